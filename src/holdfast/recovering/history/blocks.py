"""Blocks that are not text: which of them a format takes as they are."""

import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any

__all__ = ["anthropic_takes", "openai_takes"]

Block = dict[str, Any]

URL = re.compile(r"https?://[^\s/]+\S*")
IMAGE = re.compile(r"image/(?:jpeg|png|gif|webp)")
DATA_URL = re.compile(r"data:image/(?:jpeg|png|gif|webp);base64,(?P<data>[A-Za-z0-9+/=]+)")


def openai_takes(block: Block) -> bool:
    """Whether the block can stand in a user's message of the OpenAI format: an image, audio or a file."""
    return _checked(block, {"image_url": _openai_image, "input_audio": _openai_audio, "file": _openai_file})


def anthropic_takes(block: Block) -> bool:
    """Whether the block can stand in a user's message, or in a result, of the Anthropic format: image or document."""
    return _checked(block, {"image": _anthropic_image, "document": _anthropic_document})


def _checked(block: Block, checks: dict[str, Callable[[Block], bool]]) -> bool:
    kind = block.get("type")
    check = checks.get(kind) if isinstance(kind, str) else None
    return check is not None and check(block)


def _openai_image(block: Block) -> bool:
    image = block.get("image_url")
    if not (_has(block, {"type", "image_url"}) and isinstance(image, dict) and _has(image, {"url"}, {"detail"})):
        return False
    url = image["url"]
    data = DATA_URL.fullmatch(url) if isinstance(url, str) else None
    right = _is_base64(data["data"]) if data else _is_url(url)
    return right and image.get("detail", "auto") in ("auto", "low", "high")


def _openai_audio(block: Block) -> bool:
    audio = block.get("input_audio")
    if not (_has(block, {"type", "input_audio"}) and isinstance(audio, dict) and _has(audio, {"data", "format"})):
        return False
    return _is_base64(audio["data"]) and audio["format"] in ("wav", "mp3")


def _openai_file(block: Block) -> bool:
    file = block.get("file")
    if not (_has(block, {"type", "file"}) and isinstance(file, dict)):
        return False
    return (_has(file, {"file_id"}) or _has(file, {"file_data", "filename"})) and all(map(_is_said, file.values()))


def _anthropic_image(block: Block) -> bool:
    source = block.get("source")
    if not (_has(block, {"type", "source"}) and isinstance(source, dict)):
        return False
    if source.get("type") == "base64" and _has(source, {"type", "media_type", "data"}):
        media = source["media_type"]
        return isinstance(media, str) and IMAGE.fullmatch(media) is not None and _is_base64(source["data"])
    return source.get("type") == "url" and _has(source, {"type", "url"}) and _is_url(source["url"])


def _anthropic_document(block: Block) -> bool:
    source = block.get("source")
    if not (_has(block, {"type", "source"}, {"title", "context"}) and isinstance(source, dict)):
        return False
    if not all(_is_said(block[key]) for key in ("title", "context") if key in block):
        return False
    if source.get("type") == "url":
        return _has(source, {"type", "url"}) and _is_url(source["url"])
    if not _has(source, {"type", "media_type", "data"}):
        return False
    if source["type"] == "base64":
        return source["media_type"] == "application/pdf" and _is_base64(source["data"])
    return source["type"] == "text" and source["media_type"] == "text/plain" and _is_said(source["data"])


def _has(value: Block, needed: set[str], optional: set[str] | frozenset[str] = frozenset()) -> bool:
    """Exactly the keys needed, and of others at most these: APIs refuse what they do not know."""
    return needed <= value.keys() <= needed | optional


def _is_said(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_url(value: object) -> bool:
    return isinstance(value, str) and URL.fullmatch(value) is not None


def _is_base64(value: object) -> bool:
    if not isinstance(value, str) or not value:
        return False
    try:
        return bool(b64decode(value, validate=True))
    except ValueError:
        return False
