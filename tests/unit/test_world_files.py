"""The probe of files, on files of every odd kind."""

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.errors import InvalidInput
from holdfast.recovering.patterns import shows
from holdfast.world import Files, observe
from holdfast.world import files as files_module
from holdfast.world.matching import matching
from observing import changes, look, named, state_of
from strategies import patient

WORDS = hashlib.sha256(b"words").hexdigest()
AS_USER = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def write(path: Path, text: str = "words") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_seen_by_its_content(tmp_path: Path) -> None:
    os.utime(write(tmp_path / "src" / "a.py"), (0, 1_769_680_800))
    seen = Files(["src/a.py", "absent.py"], tmp_path).look()
    assert (seen["kind"], seen["root"], seen["paths"]) == ("files", str(tmp_path.resolve()), ["src/a.py", "absent.py"])
    assert seen["files"] == {
        "absent.py": None,
        "src/a.py": {"type": "file", "sha256": WORDS, "size": 5, "modified": "2026-01-29T10:00:00+00:00"},
    }
    assert observe([Files(["src/a.py", "absent.py"], tmp_path)]).event().files == {"src/a.py": WORDS, "absent.py": None}


def test_one_path_will_do(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    for paths in ("a.py", Path("a.py"), tmp_path / "a.py", [tmp_path / "x" / ".." / "a.py"], "./a.py"):
        assert Files(paths, tmp_path).look()["files"].keys() == {"a.py"}


def test_a_file_beside_the_root_has_its_whole_path(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    (tmp_path / "root").mkdir()
    assert Files("../a.py", tmp_path / "root").look()["files"].keys() == {str(tmp_path.resolve() / "a.py")}


def test_links_folders_pipes_and_sockets_are_told_as_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # for the name of a socket is short
    write(tmp_path / "a.py")
    (tmp_path / "folder").mkdir()
    for name, target in (("link", "a.py"), ("broken", "nowhere"), ("loop", "loop"), ("to_folder", "folder")):
        (tmp_path / name).symlink_to(target)
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        names = ["link", "broken", "loop", "to_folder", "folder", "pipe", "socket", "a.py/below"]
        seen = Files(names, tmp_path).look()["files"]
    link = seen.pop("link")
    assert (link["type"], link["link"], link["sha256"]) == ("link", "a.py", WORDS)
    assert seen == {
        "broken": {"type": "link", "link": "nowhere", "broken": True},
        "loop": {"type": "link", "link": "loop", "unreadable": "Too many levels of symbolic links"},
        "to_folder": {"type": "link", "link": "folder"},
        "folder": {"type": "directory"},
        "pipe": {"type": "other"},
        "socket": {"type": "other"},
        "a.py/below": None,
    }


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.py")
    files = Files("a.py", tmp_path)
    state = state_of(look(files))

    def refuse(path: Path) -> dict[str, Any]:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(files_module, "_read", refuse)
    assert files.look()["files"] == {"a.py": {"unreadable": "Permission denied"}}
    (found,) = changes(state, files)
    assert (found.kind, found.sentence) == ("file_unreadable", "a.py cannot be read any more: Permission denied")
    unread = state_of(look(files))
    assert "files" not in dict([look(files)])["world.observed"]  # null would say that it is not there
    monkeypatch.undo()
    (found,) = changes(unread, files)
    assert (found.kind, found.sentence) == ("file_modified", "a.py can be read now; before: Permission denied")


@AS_USER
def test_what_may_not_be_looked_at_is_not_taken_for_absent(tmp_path: Path) -> None:
    closed = write(tmp_path / "closed" / "a.py").parent
    write(tmp_path / "secret").chmod(0)
    closed.chmod(0)
    try:
        seen = Files(["closed/a.py", "secret"], tmp_path).look()["files"]
        assert seen == {path: {"unreadable": "Permission denied"} for path in ("closed/a.py", "secret")}
        for pattern in ("closed/*.py", "**/*.py", "closed/*/b.py", "closed/a.py/*"):
            with pytest.raises(PermissionError):
                Files(pattern, tmp_path).look()
    finally:
        closed.chmod(0o700)


def test_a_folder_that_may_not_be_read_is_not_taken_for_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "src" / "a.py")
    real = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "src":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    observation = observe([Files("**/*.py", tmp_path)])
    assert str(observation.failed("files")).startswith("PermissionError: [Errno 13] Permission denied: ")


def test_a_root_that_is_away_says_nothing_of_its_files(tmp_path: Path) -> None:
    observation = observe([Files("a.py", tmp_path / "unmounted")])
    assert str(observation.failed("files")).startswith("FileNotFoundError: ")
    assert observation.event().files is None


def test_a_heavy_file_is_read_in_pieces(tmp_path: Path) -> None:
    with (tmp_path / "heavy").open("wb") as heavy:
        heavy.truncate(64 * 1024 * 1024)
    (seen,) = Files("heavy", tmp_path).look()["files"].values()
    assert (seen["size"], seen["sha256"]) == (64 * 1024 * 1024, hashlib.sha256(bytes(64 * 1024 * 1024)).hexdigest())


class Meanwhile:
    """A digest during which something happens to the file, that many times."""

    def __init__(self, happens: Callable[[], object], times: int) -> None:
        self.happens, self.times, self.real = happens, times, hashlib.file_digest

    def __call__(self, file: Any, algorithm: str) -> Any:
        digest = self.real(file, algorithm)
        if self.times:
            self.times -= 1
            self.happens()
        return digest


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.py", "draft")
    monkeypatch.setattr(hashlib, "file_digest", Meanwhile(lambda: write(path, "words "), times=1))
    (seen,) = Files("a.py", tmp_path).look()["files"].values()
    assert (seen["sha256"], seen["size"]) == (hashlib.sha256(b"words ").hexdigest(), 6)


def test_a_file_that_never_rests_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "log")

    def grow() -> None:
        with path.open("a") as log:
            log.write("more")

    monkeypatch.setattr(hashlib, "file_digest", Meanwhile(grow, times=-1))
    assert Files("log", tmp_path).look()["files"] == {"log": {"unreadable": "it changes while it is being read"}}


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.py")
    real = os.open

    def swap(*arguments: Any) -> int:
        path.unlink()
        os.mkfifo(path)
        return real(*arguments)

    monkeypatch.setattr(os, "open", swap)
    assert Files("a.py", tmp_path).look()["files"] == {"a.py": {"unreadable": "it is no longer a file"}}


def test_names_of_any_bytes_and_times_beyond_the_calendar_are_told(tmp_path: Path) -> None:
    try:
        path = write(tmp_path / os.fsdecode(b"caf\xe9.py"))
        os.utime(path, (0, 2**40))
    except OSError:
        pytest.skip("this file system takes neither")
    seen = observe([Files("*.py", tmp_path)]).seen("files")["files"]
    assert seen.keys() == {"caf\\xe9.py"}
    assert seen["caf\\xe9.py"]["sha256"] == WORDS


PATTERNS = {
    "*.py": {"a.py", ".hidden.py"},
    "**/*.py": {"a.py", ".hidden.py", "src/b.py", "src/deep/er/c.py"},
    "src/**": {"src/b.py", "src/deep/er/c.py", "src/deep/d.txt", "src/link"},
    "src/**/*.py": {"src/b.py", "src/deep/er/c.py"},
    "src/*/*": {"src/deep/d.txt", "src/link/d.txt"},
    "./src//*.py": {"src/b.py"},
    "**/deep/**/c.py": {"src/deep/er/c.py"},
    "s[rx]c/?.py": {"src/b.py"},
    "**/**/d.txt": {"src/deep/d.txt"},
    "nowhere/**/*": set(),
    "a.py/*": set(),
    "src/link/*": {"src/link/d.txt"},
}


@pytest.mark.parametrize(("pattern", "files"), PATTERNS.items())
def test_a_pattern_names_these(tmp_path: Path, pattern: str, files: set[str]) -> None:
    for name in ("a.py", ".hidden.py", "src/b.py", "src/deep/er/c.py", "src/deep/d.txt", ".git/hooks/x.py"):
        write(tmp_path / name)
    (tmp_path / "src" / "link").symlink_to("deep")
    (tmp_path / "folder.py").mkdir()
    seen = Files(pattern, tmp_path).look()
    assert seen["files"].keys() == files
    assert all(shows(seen, each) for each in files)
    assert Files(str(tmp_path / pattern), "/").look()["files"].keys() == {str(tmp_path / each)[1:] for each in files}


def test_what_a_look_would_have_shown(tmp_path: Path) -> None:
    write(tmp_path / "src" / "a.py")
    (tmp_path / "src" / "link").symlink_to(tmp_path)
    beside = Files("/nowhere/*.py", tmp_path).look()
    assert shows(beside, "/nowhere/a.py")
    assert not shows(beside, "nowhere/a.py")
    seen = Files(["src/**/*.py", "**/[ab].txt", str(tmp_path / "x.md")], tmp_path).look()
    assert (seen["paths"], seen["not_followed"]) == (["src/**/*.py", "**/[ab].txt", "x.md"], ["src/link"])
    assert all(shows(seen, path) for path in ("src/a.py", "src/gone.py", "src/x/y/z.py", "a.txt", "x/b.txt", "x.md"))
    hidden = ("a.py", "src/a.pyc", "src/link/b.py", "c.txt", "src/.git/x.py", "y.md", "src", "/src/a.py")
    assert not any(shows(seen, path) for path in hidden)


def test_a_name_that_looks_like_a_pattern_is_a_name_where_there_is_such_a_file(tmp_path: Path) -> None:
    write(tmp_path / "app" / "[id].tsx")
    write(tmp_path / "app" / "i.tsx")
    assert Files("app/[id].tsx", tmp_path).look()["files"].keys() == {"app/[id].tsx"}


def test_a_folder_that_goes_while_it_is_looked_at_is_empty(tmp_path: Path) -> None:
    assert list(matching(tmp_path / "gone", "*", set())) == []


def test_too_many_files_are_refused_by_name_of_the_limit(tmp_path: Path) -> None:
    for number in range(6):
        write(tmp_path / f"{number}.py")
    assert len(Files("*.py", tmp_path, limit=6).look()["files"]) == 6
    with pytest.raises(InvalidInput, match=r"paths: are more than 5 files; name fewer, or raise `limit`"):
        Files(["*.py", "**/*.py"], tmp_path, limit=5).look()


@pytest.mark.parametrize("paths", [[], [""], ["a\0b"], [b"a"], [1]])
def test_what_is_no_path_is_refused(paths: Any) -> None:
    with pytest.raises(InvalidInput, match="paths"):
        Files(paths)


def test_changes_are_named_one_by_one(tmp_path: Path) -> None:
    for name in ("changed.py", "gone.py", "same.py", "touched.py", "folder.py"):
        write(tmp_path / name)
    (tmp_path / "link.py").symlink_to("same.py")
    files = Files(["*.py", "awaited.txt"], tmp_path)
    state = state_of(look(files))
    os.utime(write(tmp_path / "changed.py", "other words"), (0, 1_769_680_800))
    (tmp_path / "gone.py").unlink()
    os.utime(write(tmp_path / "new.py"), (0, 1_769_680_800))
    write(tmp_path / "awaited.txt")
    os.utime(tmp_path / "touched.py", (0, 0))
    (tmp_path / "folder.py").unlink()
    (tmp_path / "folder.py").symlink_to("same.py")
    (tmp_path / "link.py").unlink()
    (tmp_path / "link.py").symlink_to("touched.py")
    assert {change.subject: (change.kind, change.sentence.partition(" (written")[0]) for change in changes(
        state, files)} == {
        "awaited.txt": ("file_created", "awaited.txt is new"),
        "changed.py": (
            "file_modified", "changed.py was modified at 2026-01-29 10:00:00 UTC (11 bytes; before: 5)"),
        "folder.py": ("file_modified", "folder.py is a link now; before: a file"),
        "gone.py": ("file_deleted", "gone.py was deleted"),
        "link.py": ("file_modified", "link.py leads to touched.py now; before: to same.py"),
        "new.py": ("file_created", "new.py is new"),
    }  # fmt: skip


def test_a_path_that_was_not_asked_for_before_is_no_news(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    write(tmp_path / "b.py")
    state = state_of(look(Files(["a.py"], tmp_path)))
    assert changes(state, Files(["b.py"], tmp_path)) == []
    write(tmp_path / "a.py", "other")
    assert named(changes(state, Files("*.py", tmp_path))) == {("file_modified", "a.py")}


@pytest.mark.parametrize("prefix", ["", "sha256:", "SHA-256="])
def test_what_the_session_did_itself_is_no_news(tmp_path: Path, prefix: str) -> None:
    for name in ("a.py", "b.py", "c.py", "d.py", "e.py"):
        write(tmp_path / name, "before")
    files = Files("*.py", tmp_path)
    state = state_of(
        look(files),
        ("file.modified", {"path": "a.py", "digest": prefix + WORDS}),
        ("file.modified", {"path": str(tmp_path.resolve() / "b.py"), "change": "deleted"}),
        ("file.modified", {"path": "f.py", "change": "renamed", "renamed_from": "c.py", "digest": WORDS}),
        ("file.modified", {"path": "g.py", "change": "renamed", "renamed_from": "f.py", "digest": WORDS}),
        ("file.modified", {"path": "d.py", "digest": WORDS}),
        ("file.modified", {"path": "h.py", "change": "created", "digest": WORDS}),
        ("file.modified", {"path": "e.py"}),
    )
    for name in ("a.py", "g.py"):
        write(tmp_path / name)
    for name in ("b.py", "c.py"):
        (tmp_path / name).unlink()
    write(tmp_path / "d.py", "somebody else's")
    write(tmp_path / "e.py", "somebody's")
    assert named(changes(state, files)) == {("file_modified", "d.py"), ("file_deleted", "h.py")}


def test_a_look_after_the_sessions_own_change_is_what_counts(tmp_path: Path) -> None:
    write(tmp_path / "a.py", "seen")
    files = Files("*.py", tmp_path)
    state = state_of(("file.modified", {"path": "a.py", "digest": WORDS}), look(files))
    assert changes(state, files) == []
    write(tmp_path / "a.py")
    assert named(changes(state, files)) == {("file_modified", "a.py")}


def test_relative_paths_start_in_the_working_directory_of_the_session(tmp_path: Path) -> None:
    write(tmp_path / "pkg" / "a.py", "before")
    write(tmp_path / "a.py", "before")
    files = Files("**/*.py", tmp_path)
    state = state_of(
        ("session.started", {"user_id": "u", "working_directory": str(tmp_path.resolve() / "pkg")}),
        look(files),
        ("file.modified", {"path": "a.py", "digest": WORDS}),
    )
    write(tmp_path / "pkg" / "a.py")
    write(tmp_path / "a.py")
    assert named(changes(state, files)) == {("file_modified", "a.py")}


def test_digests_that_the_session_was_told_by_hand_are_compared_too(tmp_path: Path) -> None:
    for name in ("same.py", "changed.py", "new.py", "unknown.py"):
        write(tmp_path / name)
    by_hand = {"same.py": WORDS, "changed.py": "0" * 64, "new.py": None, "gone.py": WORDS, "unknown.py": "crc:1"}
    state = state_of(("world.observed", {"files": by_hand}))
    found = changes(state, Files(["same.py", "changed.py", "new.py", "gone.py", "unknown.py"], tmp_path))
    assert named(found) == {("file_modified", "changed.py"), ("file_created", "new.py"), ("file_deleted", "gone.py")}


def test_two_roots_do_not_mix(tmp_path: Path) -> None:
    for root in ("one", "two"):
        write(tmp_path / root / "a.py", root)
    probes = [Files("a.py", tmp_path / root, name=root) for root in ("one", "two")]
    state = state_of(look(*probes))
    assert set(state.world.files) == {"a.py", str(tmp_path.resolve() / "two" / "a.py")}
    assert changes(state, *probes) == []
    write(tmp_path / "two" / "a.py")
    assert [(change.probe, change.subject) for change in changes(state, *probes)] == [("two", "a.py")]


@settings(patient, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from("abcd"), st.none() | st.text(max_size=3)), st.data())
def test_changes_are_exactly_what_differs(tmp_path: Path, before: dict[str, str | None], data: st.DataObject) -> None:
    now = data.draw(st.fixed_dictionaries({name: st.none() | st.text(max_size=3) for name in before}))
    files = Files(list("abcd"), tmp_path)

    def make(texts: dict[str, str | None]) -> None:
        for name in "abcd":
            (tmp_path / name).unlink(missing_ok=True)
            if texts.get(name) is not None:
                (tmp_path / name).write_text(str(texts[name]), encoding="utf-8", newline="")

    make(before)
    seen, state = files.look(), state_of(look(files))
    assert files.changes(seen, seen) == []
    make(now)
    assert {change.subject for change in changes(state, files)} == {each for each in now if now[each] != before[each]}
