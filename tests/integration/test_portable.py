"""Export and import: what leaves an installation comes back in another one, equal event by event."""

import gzip
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import InvalidInput, LogDamaged, SessionExists, SessionNotFound, SnapshotDamaged
from holdfast.events import Event
from holdfast.portable import arrive, bundle, history
from holdfast.portable.export import Exporter
from holdfast.portable.manifest import NAME, Manifest, load
from strategies import events, patient
from twice import another, everything, published, write
from writing import said

SESSIONS, SNAPSHOTS, RECOVERY = "tracking/sessions", "tracking/snapshots", "tracking/recovery"

ODD = [
    "a/b",
    "../../etc/passwd",
    "..",
    "a..b",
    ".hidden",
    "проводник",
    "代理-7",
    "con",
    "x" * 128,
    "ж" * 128,
    "Case",
    "CASE",
]


@pytest.fixture
def second(settings: Settings, tmp_path: Path) -> Iterator[Holdfast]:
    """An empty installation."""
    with another(settings, tmp_path / "second") as fresh, Holdfast(fresh) as holdfast:
        yield holdfast


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def export(hf: Holdfast, root: Path, *session_ids: str) -> int:
    exporter = Exporter(hf.service._engine, hf.service.tenant, bootstrap.policy(hf.settings), root)
    return exporter.export(session_ids)


def take(hf: Holdfast, path: Path, **as_: str) -> dict[str, bool]:
    """Import everything that is there; which ids came, and which of them were new."""
    service = hf.service
    with arrive.opened(path) as (root, manifest):
        ids = {each: as_.get(each, each) for each in manifest.sessions}
        return dict(arrive.arrive(service._engine, service.tenant, service._rules, root, manifest, ids))


def a_session(hf: Holdfast, session_id: str | None = None, **details: Any) -> Session:
    session = hf.start("u", kind="trip", agent="planner", session_id=session_id, **details)
    session.append(said("Plan my\0 trip \x1b[31m"), *(said(f"and {number}") for number in range(4)))
    with session.lease("one"):
        session.append(said("alone"))
    return session


def tree(root: Path) -> dict[str, bytes]:
    return {each.relative_to(root).as_posix(): each.read_bytes() for each in sorted(root.rglob("*")) if each.is_file()}


def document(root: Path, path: str) -> Any:
    return json.loads((root / path).read_bytes())


@pytest.mark.promise(1)
@pytest.mark.promise(5)
@hypothesis_settings(patient, max_examples=25, suppress_health_check=list(HealthCheck))
@given(made=events())
def test_any_session_comes_back_equal_event_by_event(
    hf: Holdfast, second: Holdfast, tmp_path: Path, made: list[Event]
) -> None:
    session = hf.start("u")
    write(hf, session, *published(made))
    out, packed = tmp_path / session.id, tmp_path / f"{session.id}.tar.gz"
    assert export(hf, out, session.id) == 1
    bundle.pack(out, packed)
    assert take(second, out) == {session.id: True}
    assert everything(second.session(session.id)) == everything(session)
    assert take(second, packed, **{session.id: f"{session.id}-again"}) == {f"{session.id}-again": True}
    again = second.session(f"{session.id}-again")
    assert again.verify() == session.verify()
    assert [(each.id, each.data, each.recorded_at) for each in again.events(limit=None)] == [
        (each.id, each.data, each.recorded_at) for each in session.events(limit=None)
    ]
    assert take(second, packed) == {session.id: False}


def test_the_tree_is_that_of_the_guide(hf: Holdfast, out: Path) -> None:
    for session_id, last in (("SESSION-240124-001", None), ("SESSION-240124-002", "session.closed"), ("p", "paused")):
        session = a_session(hf, session_id)
        if last:
            session.append({"type": "session.paused" if last == "paused" else last})
    point = hf.session("p").save("full")
    assert export(hf, out, "SESSION-240124-001", "SESSION-240124-002", "p") == 3

    registry = document(out, f"{SESSIONS}/session-registry.json")["sessionRegistry"]
    assert registry["metadata"] == {
        "totalSessions": 3, "activeSessions": 1, "lastSessionId": "p", "systemVersion": "1.0",
    }  # fmt: skip
    assert list(registry["sessions"]) == ["SESSION-240124-001", "SESSION-240124-002", "p"]
    entry = registry["sessions"]["p"]
    assert (entry["type"], entry["status"], entry["persistence"]["saveInterval"]) == ("trip", "paused", "30s")
    assert entry["persistence"]["lastSave"] is not None
    active = document(out, f"{SESSIONS}/active-sessions.json")
    assert active == {"activeSessions": {"SESSION-240124-001": registry["sessions"]["SESSION-240124-001"]}}
    archived = document(out, f"{SESSIONS}/session-archive/SESSION-240124-002.json")
    assert archived == {"sessionArchive": {"SESSION-240124-002": registry["sessions"]["SESSION-240124-002"]}}
    shown = document(out, f"{SNAPSHOTS}/context-snapshots/p.json")["contextSnapshots"]["p"]
    assert shown.keys() == {"timestamp", "projectState", "conversationContext", "codeContext", "aiAgentState"}
    points = document(out, f"{SNAPSHOTS}/recovery-points/p.json")
    assert [each["id"] for each in points["recoveryPoints"]["p"]] == [point.id]
    assert points["state"] == hf.session("p").state().model_dump(mode="json")
    protocols = document(out, f"{RECOVERY}/recovery-protocols.json")["recoveryProtocols"]
    assert protocols["quickRecovery"]["steps"][0] == "load-session-snapshot"
    ids = ["SESSION-240124-001", "SESSION-240124-002", "p"]
    assert set(tree(out)) == {
        NAME,
        f"{SESSIONS}/session-registry.json",
        f"{SESSIONS}/active-sessions.json",
        f"{SESSIONS}/session-archive/SESSION-240124-002.json",
        f"{RECOVERY}/recovery-protocols.json",
        *(f"{SNAPSHOTS}/{folder}/{each}.json" for folder in ("context-snapshots", "recovery-points") for each in ids),
        *(f"{SNAPSHOTS}/conversation-history/{each}.jsonl.gz" for each in ids),
    }
    assert (out / RECOVERY / "recovery-logs").is_dir()
    assert (out / RECOVERY / "emergency-backups").is_dir()


def test_gunzip_reads_a_history(hf: Holdfast, out: Path) -> None:
    session = a_session(hf, "s")
    export(hf, out, "s")
    said = subprocess.run(
        ["gunzip", "-c", out / SNAPSHOTS / "conversation-history/s.jsonl.gz"], check=True, capture_output=True
    )
    first, *lines = map(json.loads, said.stdout.splitlines())
    assert (first["first"], first["last"]) == (1, len(lines))
    assert [line["data"] for line in lines] == [event.data for event in session.events(limit=None)]


def test_another_export_into_a_directory_keeps_the_others_and_replaces_its_own(
    hf: Holdfast, second: Holdfast, out: Path
) -> None:
    a_session(hf, "a").append({"type": "session.closed"})
    a_session(hf, "b")
    export(hf, out, "a", "b")
    (out / "README").write_text("mine")
    (out / RECOVERY / "recovery-logs" / "mine.log").write_text("mine")
    before = tree(out)
    hf.session("b").append(said("more"))
    assert export(hf, out, "b") == 1
    after = tree(out)
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed == {
        NAME,
        *(f"{SESSIONS}/{name}.json" for name in ("session-registry", "active-sessions")),
        *(f"{SNAPSHOTS}/{name}" for name in ("context-snapshots/b.json", "recovery-points/b.json")),
        f"{SNAPSHOTS}/conversation-history/b.jsonl.gz",
    }
    assert after.keys() == before.keys()
    # Another session of that id, which has not ended, is not archived.
    second.start("u", session_id="a")
    export(second, out, "a")
    assert f"{SESSIONS}/session-archive/a.json" not in tree(out)
    assert document(out, f"{SESSIONS}/session-registry.json")["sessionRegistry"]["metadata"]["activeSessions"] == 2
    with arrive.opened(out) as (_, manifest):
        assert set(manifest.sessions) == {"a", "b"}


def test_a_directory_that_holds_something_else_is_refused_and_unchanged(hf: Holdfast, out: Path) -> None:
    a_session(hf, "a")
    (out / "tracking").mkdir(parents=True)
    (out / "tracking" / "mine.txt").write_text("mine")
    with pytest.raises(InvalidInput, match="is no export; choose another place"):
        export(hf, out, "a")
    assert tree(out) == {"tracking/mine.txt": b"mine"}
    (out / NAME).write_text("{}")
    with pytest.raises(SnapshotDamaged, match=NAME):
        export(hf, out, "a")
    assert tree(out) == {"tracking/mine.txt": b"mine", NAME: b"{}"}
    (out / NAME).write_bytes(Manifest(tenant="acme").dump())
    with pytest.raises(InvalidInput, match="'acme'"):
        export(hf, out, "a")


def test_a_place_that_cannot_be_written_is_named(hf: Holdfast, tmp_path: Path) -> None:
    a_session(hf, "a")
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InvalidInput, match="cannot be written"):
            export(hf, place, "a")
    export(hf, tmp_path / "out", "a")
    for place in (tmp_path / "no" / "x.tar.gz", tmp_path, Path("/"), Path()):
        with pytest.raises(InvalidInput, match="bundle"):
            bundle.pack(tmp_path / "out", place)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    "registry",
    [b"", b"[]", b"{}", b'{"sessionRegistry": {"sessions": []}}', b'{"sessionRegistry": {"sessions": {"a": 5}}}',
     b'{"sessionRegistry": {"sessions": {"a": {"id": 5, "status": "active", "created": ""}}}}'],
)  # fmt: skip
def test_an_altered_registry_is_not_built_on(hf: Holdfast, out: Path, registry: bytes) -> None:
    a_session(hf, "a")
    export(hf, out, "a")
    (out / SESSIONS / "session-registry.json").write_bytes(registry)
    with pytest.raises(SnapshotDamaged, match="session-registry"):
        export(hf, out, "a")


def test_what_goes_wrong_with_one_leaves_an_export_of_the_others(
    hf: Holdfast, second: Holdfast, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_session(hf, "a")
    export(hf, out, "a")
    hf.session("a").append(said("more"))
    with pytest.raises(SessionNotFound):
        export(hf, out, "a", "nobody")
    assert take(second, out) == {"a": True}
    assert everything(second.session("a")) == everything(hf.session("a"))
    hf.session("a").append(said("and more"))
    write_history = history.write

    def damaged(*arguments: Any) -> None:
        write_history(*arguments)
        raise LogDamaged("a", 3, "was altered")

    monkeypatch.setattr(history, "write", damaged)
    before = tree(out)
    with pytest.raises(LogDamaged):
        export(hf, out, "a")
    assert tree(out) == before


def test_an_export_that_was_killed_is_made_again(
    hf: Holdfast, second: Holdfast, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every state that a kill can leave: all files are moved to their places one by one."""
    a_session(hf, "a")
    export(hf, out, "a")
    hf.session("a").append(said("more"), {"type": "session.closed"})
    replace = Path.replace

    class Killed(BaseException):
        pass

    for start in (None, out):
        for step in range(12):
            place = out.with_name(f"{step}-{start is not None}")
            if start:
                shutil.copytree(start, place)
            left = [step]

            def dying(self: Path, target: Path, left: list[int] = left) -> Path:
                left[0] -= 1
                if left[0] < 0:
                    raise Killed
                return replace(self, target)

            with monkeypatch.context() as patch:
                patch.setattr(Path, "replace", dying)
                try:
                    export(hf, place, "a")
                except Killed:
                    pass
                else:
                    assert step == (8 if start else 9)
                    break
            export(hf, place, "a")
            take(second, place)
    assert everything(second.session("a")) == everything(hf.session("a"))


def test_the_same_export_is_the_same_bundle(hf: Holdfast, tmp_path: Path) -> None:
    for each in ("b", "a"):
        a_session(hf, each)
    for number, order in enumerate((("a", "b"), ("b", "a"))):
        export(hf, tmp_path / str(number), *order)
        (tmp_path / str(number) / "tracking" / "mine.txt").write_text(f"no part of it {number}")
        bundle.pack(tmp_path / str(number), tmp_path / f"{number}.tar.gz")
    assert (tmp_path / "0.tar.gz").read_bytes() == (tmp_path / "1.tar.gz").read_bytes()
    names = subprocess.run(["tar", "tzf", tmp_path / "0.tar.gz"], check=True, capture_output=True, text=True).stdout
    assert names.splitlines()[0] == NAME
    assert "mine.txt" not in names


def test_ids_of_any_shape_stay_within_the_directory_and_come_back(
    hf: Holdfast, second: Holdfast, tmp_path: Path
) -> None:
    for each in ODD:
        hf.start("u", session_id=each).append(said(each))
    out, packed = tmp_path / "deep" / "out", tmp_path / "deep" / "all.tar.gz"
    assert export(hf, out, *ODD) == len(ODD)
    bundle.pack(out, packed)
    assert sorted(each.name for each in (tmp_path / "deep").iterdir()) == ["all.tar.gz", "out"]
    names = [name.casefold() for name in tree(out)]
    assert len(names) == len(set(names))
    assert take(second, packed) == dict.fromkeys(sorted(ODD), True) == take(second, packed) | dict.fromkeys(ODD, True)
    assert take(second, out) == dict.fromkeys(ODD, False)
    for each in ODD:
        assert everything(second.session(each)) == everything(hf.session(each))


def test_a_long_session_is_never_in_memory_as_a_whole(
    hf: Holdfast, second: Holdfast, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("u", session_id="s")
    for _ in range(3):
        session.append(*(said("x") for _ in range(1000)))
    monkeypatch.setattr("holdfast.pipeline.whole.PAGE", 700)
    monkeypatch.setattr("holdfast.pipeline.put_back.CHUNK", 500)
    export(hf, out, "s")
    lines = history.read(out / SNAPSHOTS / "conversation-history/s.jsonl.gz", "s", 3001)
    assert [next(lines).seq, next(lines).seq] == [1, 2]
    assert take(second, out) == {"s": True}
    assert second.session("s").verify() == 3001
    assert second.session("s").events(limit=None) == session.events(limit=None)


def test_another_session_of_that_id_is_refused_and_unchanged(hf: Holdfast, second: Holdfast, out: Path) -> None:
    a_session(hf, "s")
    export(hf, out, "s")
    second.start("somebody", session_id="s").append(said("mine"))
    before = everything(second.session("s"))
    with pytest.raises(SessionExists):
        take(second, out)
    assert everything(second.session("s")) == before
    assert take(second, out, s="other") == {"other": True}
    assert everything(second.session("s")) == before
    assert second.session("other").verify() == hf.session("s").verify()
    with pytest.raises(InvalidInput, match="session_id"):
        take(second, out, s="not an id")


def test_what_came_back_goes_on_and_is_exported_again(hf: Holdfast, second: Holdfast, tmp_path: Path) -> None:
    a_session(hf, "s")
    export(hf, tmp_path / "1", "s")
    take(second, tmp_path / "1")
    export(second, tmp_path / "2", "s")
    history_of = f"{SNAPSHOTS}/conversation-history/s.jsonl.gz"
    assert (tmp_path / "1" / history_of).read_bytes() == (tmp_path / "2" / history_of).read_bytes()
    assert load(tmp_path / "1").sessions == load(tmp_path / "2").sessions
    session = second.session("s")
    session.append(said("on"))
    assert session.save().seq == session.verify()


def test_a_history_is_text_that_others_can_write(hf: Holdfast, out: Path) -> None:
    """Line breaks in data, which only another publisher makes, come back byte for byte."""
    session = hf.start("u", session_id="s")
    session.append({"type": "custom.x", "data": {"a": "\n\r\u2028\0"}})
    export(hf, out, "s")
    path = out / SNAPSHOTS / "conversation-history/s.jsonl.gz"
    (_, line) = history.read(path, "s", 2)
    assert orjson.loads(line.data) == {"a": "\n\r\u2028\0"}
    assert gzip.decompress(path.read_bytes()).count(b"\n") == 3
