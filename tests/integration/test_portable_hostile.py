"""Exports that were damaged or made to do harm: each is refused by name, and nothing of it is put back."""

import gzip
import io
import json
import os
import tarfile
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from command import Command
from holdfast import bootstrap
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.errors import HoldfastError, InvalidInput, SnapshotDamaged
from holdfast.interfaces.cli.exits import CHECK_FAILED
from holdfast.portable import arrive, bundle, history, manifest
from holdfast.portable.export import Exporter
from holdfast.portable.manifest import NAME
from holdfast.saving import segment
from holdfast.store.chain import genesis, link
from strategies import patient
from twice import another, everything
from writing import said

HISTORY = "tracking/snapshots/conversation-history/s.jsonl.gz"
AT = "2026-01-29T10:00:00+00:00"
GOOD: dict[str, Any] = {"type": "custom.x", "actor": "a", "occurred_at": AT, "recorded_at": AT, "data": {}}

laws = hypothesis_settings(patient, max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.fixture
def second(settings: Settings, tmp_path: Path) -> Iterator[Holdfast]:
    """An empty installation."""
    with another(settings, tmp_path / "second") as fresh, Holdfast(fresh) as holdfast:
        yield holdfast


@pytest.fixture
def out(hf: Holdfast, tmp_path: Path) -> Path:
    """An export of one session, which every test makes something else of."""
    session = hf.start("u", session_id="s")
    session.append(*(said(f"message {number}") for number in range(20)))
    root = tmp_path / "out"
    Exporter(hf.service._engine, "default", bootstrap.policy(hf.settings), root).export(["s"])
    return root


def take(hf: Holdfast, path: Path) -> None:
    service = hf.service
    with arrive.opened(path) as (root, said):
        ids = {each: each for each in said.sessions}
        list(arrive.arrive(service._engine, service.tenant, service._rules, root, said, ids))


def refused(hf: Holdfast, path: Path, what: str) -> str:
    """What is said of it, which begins with the name of the file. Nothing was put back."""
    with pytest.raises(SnapshotDamaged) as caught:
        take(hf, path)
    assert hf.sessions().items == []
    assert caught.value.what == what, caught.value.message
    assert caught.value.message.isprintable()
    return caught.value.problem


def line(**fields: Any) -> bytes:
    """A line of a history as anyone may write it: `GOOD`, and other fields in their place. `raw` is data as text."""
    raw = fields.pop("raw", None)
    made = {"id": str(uuid4()), **GOOD, **fields}
    data = json.dumps(made.pop("data")).encode() if raw is None else raw
    return json.dumps(made).encode()[:-1] + b',"data":' + data + b"}"


START = line(type="session.started", data={"user_id": "u"})


def forge(root: Path, *lines: bytes) -> None:
    """Another log for the session: file, checksum and chain of digests are in order."""
    text = b"".join(each + b"\n" for each in (segment.head(1, len(lines)), *lines))
    seal(root, gzip.compress(text, mtime=0), len(lines))


def seal(root: Path, content: bytes, count: int) -> None:
    (root / HISTORY).write_bytes(content)
    digest = genesis("default", "s")
    try:
        for at in history.read(root / HISTORY, HISTORY, count):
            digest = link(digest, at[:-1], at.data)
    except (HoldfastError, TypeError):
        pass
    said = manifest.load(root)
    said.files[HISTORY] = manifest.digest_of(root / HISTORY)
    said.sessions["s"] = manifest.Entry(events=count, digest=digest.hex(), history=HISTORY)
    (root / NAME).write_bytes(said.dump())


def test_a_log_that_could_have_been_is_taken(second: Holdfast, out: Path) -> None:
    """What the others here are refused for is not how they are written."""
    forge(
        out,
        START,
        line(),
        line(type="lease.taken", data={"owner": "o", "fence": 2**53 - 1, "exclusive": False}, fence=7),
    )
    take(second, out)
    assert second.session("s").verify() == 3
    assert second.service.find("s").fence == 2**53 - 1
    second.session("s").append(said("on"))
    second.session("s").verify()


NO_TIMES: list[Any] = [
    "yesterday", 5, "", [], "9" * 5000, "1969-12-31T23:59:59+00:00", "2200-01-01T00:00:00+00:00",
    "2026-01-29T10:00:00", "2026-01-29T12:00:00+02:00", "0001-01-01T00:00:00+10:00",
]  # fmt: skip


def each(name: str, values: list[Any]) -> list[dict[str, Any]]:
    return [{name: value} for value in values]


WRONG: list[dict[str, Any]] = [
    {"type": "message.added", "version": 2, "data": {"role": "user", "content": "x"}},
    *each("type", ["nope", "", 5, [], None, True, {"a": 1}, "session.started", "custom.\0"]),
    *each("actor", ["", " a", 5, None, "x" * 129, "a\nb", "a\0", ["a"]]),
    *each("id", ["x", 5, None, "", [1]]),
    *each("occurred_at", NO_TIMES),
    *each("recorded_at", NO_TIMES),
    {"occurred_at": None},
    *each("version", ["1", True, 1.0, 2**70, 0, -1, 2**31, 2**62, 10**400, None, [1]]),
    *each("fence", ["5", 2**63, 2**70, -1, 1.5, False, [5]]),
    *each("conversation", ["", " ", 5, "x" * 129, "a\u202eb"]),
    *each("causation_id", ["x", 5, [], None]),
    *each("data", [[], 5, None, "text", {"a": "x" * 300_000}, {"a": 2**64}, {"a": 10**400}]),
    *(
        {"raw": raw}
        for raw in (b"", b"{", b"{}}", b'{"a": NaN}', b'{"a": "\\ud800"}', b'{"a": "\xff"}', b"\0", b'{"a": "\0"}',
                     b"[" * 100_000, b'{"a":' * 200 + b"1" + b"}" * 200, b'{},"fence":2')
    ),
    {"type": "message.added", "data": {}},
    {"type": "message.added", "data": {"role": "nobody", "content": "x"}},
    *(
        {"type": "lease.taken", "data": {"owner": "o", "fence": 1} | each}
        for each in ({"fence": 2**70}, {"fence": -1}, {"fence": "7"}, {"owner": ""}, {"owner": "a\0"}, {"fence": None})
    ),
]  # fmt: skip


def test_an_event_that_the_log_would_not_have_is_refused(second: Holdfast, out: Path) -> None:
    for wrong in WRONG:
        forge(out, START, line(), line(**wrong), line())
        problem = refused(second, out, HISTORY)
        assert "event 3" in problem or "cannot be read" in problem, wrong


def test_a_log_that_is_none_is_refused(second: Holdfast, out: Path) -> None:
    same = line()
    for lines in (
        [line()],
        [line(), START],
        [START, START],
        [START, b"\0" * 100],
        [START, b""],
        [START, b"[]"],
        [START, b'"text"'],
        [START, b'{"data":{}}'],
        [START, line(recorded_at=None)[:-1]],
        [line(type="session.started", data={"user_id": "a\0"})],
        [line(type="session.started", data={})],
        [line(type="session.started", data={"user_id": "u"}, recorded_at=None)],
        [START, same, line(), same],
    ):
        forge(out, *lines)
        refused(second, out, HISTORY)
    for content, count in (
        (b"", 1),
        (b"no gzip", 1),
        (gzip.compress(b""), 1),
        (gzip.compress(segment.head(1, 2) + b"\n" + START + b"\n"), 2),
        (gzip.compress(segment.head(1, 1) + b"\n" + START + b"\n" + line() + b"\n"), 1),
        (gzip.compress(segment.head(1, 2) + b"\n" + START + b"\n" + line()), 2),
        (gzip.compress(segment.head(2, 2) + b"\n" + START + b"\n"), 1),
        (gzip.compress(segment.head(1, 1) + b"\n" + START + b"\n")[:-9], 1),
    ):
        seal(out, content, count)
        refused(second, out, HISTORY)


def test_a_file_of_zeros_eats_no_memory(second: Holdfast, out: Path) -> None:
    zeros = gzip.compress(bytes(1 << 24)) * 64  # a gigabyte
    tracemalloc.start()
    try:
        for content in (zeros, gzip.compress(segment.head(1, 2) + b"\n" + START + b"\n") + zeros):
            seal(out, content, 2)
            refused(second, out, HISTORY)
        assert tracemalloc.get_traced_memory()[1] < 1 << 25
    finally:
        tracemalloc.stop()


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"format": "holdfast.export/2"}, "this release reads"),
    ({"format": "\x1b[31m"}, "this release reads"),
    ({"tenant": "other"}, "an event was altered"),
    ({"tenant": 5}, "tenant"),
    ({"\x1b[31m": 5}, "Extra inputs"),
    ({"sessions": {"\x1b[31m": 5}}, "should be an object"),
    ({"sessions": {"s": {"events": 1, "digest": "x", "history": HISTORY}}}, "digest"),
    ({"sessions": {"s": {"events": 0, "digest": "0" * 64, "history": HISTORY}}}, "events"),
    ({"sessions": {"s": {"events": 2**80, "digest": "0" * 64, "history": HISTORY}}}, "events"),
    ({"sessions": {"s": {"events": 21, "digest": "0" * 64, "history": HISTORY}}}, "an event was altered"),
    ({"sessions": {"s": {"events": 2, "digest": "0" * 64, "history": HISTORY}}}, "should hold 2 events"),
    ({"sessions": {"s": {"events": 21, "digest": "0" * 64, "history": "/etc/passwd"}}}, "names no file"),
    ({"files": {}}, "names no file"),
    *(
        ({"files": {path: "0" * 64}}, "no export has")
        for path in ("/etc/passwd", "../x", "tracking/../../x", "tracking", "tracking/", "tracking/a\0", NAME,
                     "tracking//a", "tracking/.x", "tracking/a/b/c/d/e", "tracking/a\n")
    ),
    ({"files": {"tracking/missing": "0" * 64, HISTORY: "0" * 64}}, "is missing"),
    ({"files": {"tracking/sessions": "0" * 64, HISTORY: "0" * 64}}, "is no file"),
    ({"files": {HISTORY: "0" * 64}}, "was altered"),
]  # fmt: skip


def test_a_manifest_that_says_something_else_is_refused(second: Holdfast, out: Path) -> None:
    said = json.loads((out / NAME).read_bytes())
    for change, says in CHANGES:
        (out / NAME).write_text(json.dumps(said | change))
        with pytest.raises(SnapshotDamaged, match=says) as caught:
            take(second, out)
        assert caught.value.message.isprintable()
    assert second.sessions().items == []


def test_a_session_of_no_possible_id_is_refused(second: Holdfast, out: Path) -> None:
    manifest = json.loads((out / NAME).read_bytes())
    for session_id in ("", "a b", "x" * 129, "\x1b[31m", "a\0"):
        (out / NAME).write_text(json.dumps(manifest | {"sessions": {session_id: manifest["sessions"]["s"]}}))
        with pytest.raises(InvalidInput, match="session_id") as caught:
            take(second, out)
        assert caught.value.message.isprintable()
    assert second.sessions().items == []


def test_no_manifest_is_no_export(second: Holdfast, out: Path, tmp_path: Path) -> None:
    for content in (b"", b"[]", b"{}", b"\xff", b"{" * 100_000, b"null", b'{"tenant": "default", "sessions": null}'):
        (out / NAME).write_bytes(content)
        refused(second, out, NAME)
    (out / NAME).unlink()
    refused(second, out, NAME)
    with pytest.raises(InvalidInput, match="does not exist"):
        take(second, tmp_path / "nowhere")


def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(second: Holdfast, out: Path) -> None:
    (out / HISTORY).unlink()
    os.mkfifo(out / HISTORY)
    assert "is missing" in refused(second, out, HISTORY)


def bundled(out: Path) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """What is in the export's bundle, to make others of."""
    packed = out.with_name("good.tar.gz")
    bundle.pack(out, packed)
    with tarfile.open(packed) as tar:
        for member in tar:
            file = tar.extractfile(member)
            yield member, file.read() if file else b""


def pack(path: Path, entries: Iterable[tuple[tarfile.TarInfo, bytes]]) -> None:
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for member, content in entries:
            tar.addfile(member, io.BytesIO(content))


def entry(name: str, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


HOSTILE: Mapping[str, tuple[tarfile.TarInfo, bytes]] = {
    "traversal": entry("../evil", b"x"),
    "traversal inside": entry("tracking/../../evil", b"x"),
    "absolute": entry("/tmp/evil", b"x"),
    "outside": entry("evil", b"x"),
    "odd name": entry("tracking/\x1b[31m\n", b"x"),
    "not text": entry("tracking/\udcff", b"x"),
    "symlink": entry("tracking/evil", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard link": entry("tracking/evil", type=tarfile.LNKTYPE, linkname=NAME),
    "hard link outside": entry("tracking/evil", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
    "device": entry("tracking/evil", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
    "pipe": entry("tracking/evil", type=tarfile.FIFOTYPE),
    "sparse": entry("tracking/evil", type=tarfile.GNUTYPE_SPARSE),
    "unknown": entry("tracking/evil", type=b"Z"),
    "twice": entry(HISTORY, b"x"),
    "manifest twice": entry(NAME, b"{}"),
    "extra": entry("tracking/evil", b"x"),
    "a file for a folder": entry("tracking/snapshots", b"x"),
    "below a file": entry(f"{HISTORY}/evil", b"x"),
}


@pytest.mark.parametrize("first", [True, False])
def test_an_entry_that_no_export_has_is_refused(second: Holdfast, out: Path, *, first: bool) -> None:
    path = out.with_name("evil.tar.gz")
    good = [each for each in bundled(out) if each[0].isreg()]
    for kind, evil in HOSTILE.items():
        pack(path, [evil, *good] if first else [*good, evil])
        before = sorted(out.parent.rglob("*"))
        with pytest.raises(SnapshotDamaged) as caught:
            take(second, path)
        assert caught.value.message.isprintable(), kind
        assert sorted(out.parent.rglob("*")) == before, kind
    assert second.sessions().items == []
    assert not Path("/tmp/evil").exists()


def test_a_missing_entry_is_named(second: Holdfast, out: Path) -> None:
    path = out.with_name("evil.tar.gz")
    entries = [each for each in bundled(out) if each[0].isreg()]
    for index, (member, _) in enumerate(entries):
        pack(path, [*entries[:index], *entries[index + 1 :]])
        refused(second, path, member.name)


def test_a_cut_bundle_is_refused_wherever_it_is_cut(second: Holdfast, out: Path) -> None:
    content = (list(bundled(out)), out.with_name("good.tar.gz").read_bytes())[1]
    path = out.with_name("evil.tar.gz")
    for size in (0, 1, 9, 10, 11, *range(20, len(content), 97), len(content) - 9, len(content) - 1):
        path.write_bytes(content[:size])
        refused(second, path, path.name)
    raw = gzip.decompress(content)
    for size in (0, 100, 512, 1000, len(raw) // 1024 * 512, len(raw) // 1024 * 512 + 7):
        path.write_bytes(gzip.compress(raw[:size]))
        with pytest.raises(SnapshotDamaged):
            take(second, path)
    path.write_bytes(content + b"garbage")
    refused(second, path, path.name)
    assert second.sessions().items == []


def header(info: tarfile.TarInfo, **fields: Any) -> bytes:
    for name, value in fields.items():
        setattr(info, name, value)
    return info.tobuf(tarfile.GNU_FORMAT)


ZEROS = gzip.compress(bytes(1 << 24))


BOMBS = [
    header(tarfile.TarInfo("tracking/x"), size=1 << 40),
    header(tarfile.TarInfo("tracking/x"), size=(1 << 62) + 512),
    header(tarfile.TarInfo("x"), type=tarfile.XHDTYPE, size=1 << 30),
    header(tarfile.TarInfo("x"), type=tarfile.XGLTYPE, size=1 << 30),
    header(tarfile.TarInfo("x"), type=tarfile.GNUTYPE_LONGNAME, size=1 << 30),
    header(tarfile.TarInfo("x"), type=tarfile.GNUTYPE_LONGLINK, size=1 << 30),
    header(tarfile.TarInfo("tracking/x"), size=-512),
    header(tarfile.TarInfo("x"), type=tarfile.DIRTYPE, size=-1024),
    header(tarfile.TarInfo("tracking/x"), size=0) + bytes(1024),
]


def test_a_bomb_fails_early(second: Holdfast, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = out.with_name("bomb.tar.gz")
    monkeypatch.setattr(bundle, "ROOM", 1 << 20)
    monkeypatch.setattr(bundle, "TIMES", 10)
    tracemalloc.start()
    try:
        for start in BOMBS:
            path.write_bytes(gzip.compress(start) + ZEROS * 64)
            refused(second, path, path.name)
        assert tracemalloc.get_traced_memory()[1] < 1 << 25
    finally:
        tracemalloc.stop()


def flipped(content: bytes, place: float, bit: int) -> bytes:
    index = int(place * len(content))
    return content[:index] + bytes([content[index] ^ 1 << bit]) + content[index + 1 :]


@pytest.mark.promise(5)
@laws
@given(data=st.data(), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_in_any_file_is_found_and_named(
    second: Holdfast, out: Path, data: st.DataObject, place: float, bit: int
) -> None:
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    name = data.draw(st.sampled_from([each for each in files if each != NAME]))
    content = (out / name).read_bytes()
    (out / name).write_bytes(flipped(content, place, bit))
    try:
        assert "was altered" in refused(second, out, name)
    finally:
        (out / name).write_bytes(content)


@pytest.mark.parametrize("packed", [False, True])
@laws
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_in_a_manifest_or_bundle_is_found_or_means_nothing(
    hf: Holdfast, second: Holdfast, out: Path, place: float, bit: int, *, packed: bool
) -> None:
    path, start = out, out / NAME
    if packed:
        path = start = out.with_name("flipped.tar.gz")
        bundle.pack(out, path)
    content = start.read_bytes()
    before = second.sessions().items
    start.write_bytes(flipped(content, place, bit))
    try:
        take(second, path)
    except (SnapshotDamaged, InvalidInput):
        assert second.sessions().items == before
    else:
        assert everything(second.session("s")) == everything(hf.session("s"))
        assert len(second.sessions().items) == 1
    finally:
        start.write_bytes(content)


def test_the_command_says_it_in_a_line_and_by_its_exit_code(second: Holdfast, out: Path) -> None:
    holdfast = Command(second.settings)
    forge(out, START, line(type="lease.taken", data={"owner": "o", "fence": 2**70}))
    told = holdfast("import", out, "--json")
    assert (told.code, told.out) == (CHECK_FAILED, "")
    assert told.err.startswith(f"error: {HISTORY}: event 2: ")
    assert len(told.err.splitlines()) == 1
    spoil: dict[str, Callable[[], object]] = {
        "no.tar.gz": lambda: out.with_name("no.tar.gz").write_bytes(b"nothing"),
        "cut.tar.gz": lambda: out.with_name("cut.tar.gz").write_bytes(ZEROS[:-5]),
    }
    for name, make in spoil.items():
        make()
        told = holdfast("import", out.with_name(name))
        assert (told.code, told.out) == (CHECK_FAILED, "")
        assert told.err.startswith(f"error: {name}: cannot be read")
    assert second.sessions().items == []


def test_the_time_that_is_told_is_of_the_event(second: Holdfast, out: Path) -> None:
    forge(out, START, line(recorded_at="2026-02-01T00:00:00.000001+00:00"))
    take(second, out)
    assert second.session("s").events()[1].recorded_at == datetime.fromisoformat("2026-02-01T00:00:00.000001+00:00")
