"""Restore: an empty database and the second location alone give back every session, as of its newest good snapshot."""

import gzip
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from acceptance.doomed_save import doomed
from command import Command
from holdfast import bootstrap
from holdfast.blobs.cipher import new_key
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import BlobsUnavailable
from holdfast.pipeline.backup import back_up
from holdfast.portable.restore import Returned, restore
from holdfast.saving import body
from holdfast.saving.names import segment_name
from holdfast.session import fold
from twice import another, everything
from writing import said


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "backup"


@pytest.fixture
def settings(settings: Settings, backup: Path) -> Settings:
    return settings.model_copy(update={"backup_url": str(backup)})


@pytest.fixture
def second(settings: Settings, tmp_path: Path) -> Iterator[Holdfast]:
    """An empty database, and another place for its own blobs."""
    with (
        another(settings, tmp_path / "second", backup_url=str(tmp_path / "third")) as fresh,
        Holdfast(fresh) as holdfast,
    ):
        yield holdfast


def copied(session: Session) -> None:
    """Save the session, and have that in the second location."""
    hf = session._holdfast
    session.save("full")
    engine = hf.service._engine
    place = bootstrap.backup(hf.settings, engine)
    assert place
    policy = bootstrap.policy(hf.settings)
    back_up(engine, bootstrap.unclaimed_vault(hf.settings), place, policy, hf.settings.tenant, session.id)


def told(hf: Holdfast, session_id: str | None = None, saves: int = 1) -> Session:
    """A session with so many saves in the second location, and a message that is in none."""
    session = hf.start("u", kind="trip", session_id=session_id, title="A trip")
    for number in range(saves):
        session.append(*(said(f"{number} {each}\0") for each in range(3)))
        if not number:
            with session.lease("one"):
                session.append({"type": "task.assigned", "data": {"task_id": "t", "description": "d"}})
        copied(session)
    session.append(said("too late"))
    return session


def give_back(hf: Holdfast, url: object, session_id: str | None = None, **settings: Any) -> list[Returned]:
    vault = bootstrap.unclaimed_vault(hf.settings.model_copy(update={"blob_url": str(url), **settings}))
    return list(restore(hf.service._engine, vault, hf.service._rules, session_id=session_id))


def bodies(backup: Path, session: Session) -> list[Path]:
    """The full snapshots' files, the newest first."""
    return sorted(backup.glob(f"*/sessions/{session.id}/*"), reverse=True)


def own_segments(backup: Path, session: Session) -> list[Path]:
    """Segments that the newest full snapshot has for itself."""
    newest, *older = (body.decode("", path.read_bytes()).segments for path in bodies(backup, session))
    shared = {part.address for each in older for part in each}
    return [
        backup / segment_name(session._holdfast.settings.tenant, each.address)
        for each in newest
        if each.address not in shared
    ]


def flip(path: Path) -> None:
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def tree(root: Path) -> dict[str, str]:
    files = (each for each in root.rglob("*") if each.is_file())
    return {each.relative_to(root).as_posix(): sha256(each.read_bytes()).hexdigest() for each in files}


def equal_up_to(seq: int | None, again: Session, session: Session) -> bool:
    """Whether it is the session, event by event, as it was then."""
    then = session.events(limit=None)[:seq]
    return again.events(limit=None) == then and again.verify() == seq and again.state() == fold(then)


@pytest.mark.promise(1)
@pytest.mark.promise(5)
@pytest.mark.parametrize("kind", ["directory", "S3"])
def test_an_empty_database_has_every_session_again(
    settings: Settings, second: Holdfast, backup: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = str(backup) if kind == "directory" else f"{request.getfixturevalue('bucket')}/copies"
    with Holdfast(settings.model_copy(update={"backup_url": url})) as hf:
        sessions = [told(hf, each, saves=2) for each in ("SESSION-240124-001", "a/b", "s")]
        hf.start("u", session_id="never-saved")
        sessions[2].append({"type": "session.closed"})
        copied(sessions[2])
        before = tree(backup)
        returned = {each.session_id: each for each in give_back(second, url)}
        assert set(returned) == {each.id for each in sessions}
        for session in sessions:
            told_of, newest = returned[session.id], session.snapshots()[0]
            assert (told_of.tenant, told_of.seq, told_of.saved_at) == ("default", newest.seq, newest.created_at)
            assert (told_of.new, told_of.refused, told_of.conflict) == (True, [], None)
            assert equal_up_to(newest.seq, second.session(session.id), session)
        assert everything(second.session("s")) == everything(hf.session("s"))
        assert all(not each.new for each in give_back(second, url))
        assert tree(backup) == before


def test_what_was_restored_goes_on_and_is_saved(hf: Holdfast, second: Holdfast, backup: Path) -> None:
    session = told(hf, "s")
    give_back(second, backup)
    again = second.session("s")
    events = again.events(limit=None)
    again.append(said("on"))
    with again.lease("next") as lease:
        again.append(said("alone"))
        assert lease.fence == session.state().fence + 1
    saved = again.save("full")
    assert saved.seq == again.verify()
    assert again.state(at=saved.id) == again.state()
    assert again.state(at=len(events)) == fold(events)
    assert list(second.service.saves.restored("s", saved.id).events()) == again.events(limit=None)
    # Then it has gone on: a restore leaves it as it is.
    (returned,) = give_back(second, backup)
    assert (returned.new, returned.conflict) == (False, None)
    assert again.verify() == saved.seq


DAMAGE: dict[str, Callable[[Path, Session], Path]] = {
    "a flip in the body": lambda backup, session: spoilt(flip, bodies(backup, session)[0]),
    "a cut body": lambda backup, session: spoilt(cut, bodies(backup, session)[0]),
    "an empty body": lambda backup, session: spoilt(lambda path: path.write_bytes(b""), bodies(backup, session)[0]),
    "a flip in a segment": lambda backup, session: spoilt(flip, own_segments(backup, session)[0]),
    "a cut segment": lambda backup, session: spoilt(cut, own_segments(backup, session)[-1]),
    "a missing segment": lambda backup, session: spoilt(Path.unlink, own_segments(backup, session)[-1]),
}


def spoilt(how: Callable[[Path], object], path: Path) -> Path:
    how(path)
    return path


@pytest.mark.promise(5)
def test_a_damaged_snapshot_is_named_and_the_one_before_it_taken(hf: Holdfast, second: Holdfast, backup: Path) -> None:
    for number, (kind, spoil) in enumerate(DAMAGE.items()):
        session = told(hf, f"s{number}", saves=3)
        damaged = spoil(backup, session)
        (returned,) = give_back(second, backup, session.id)
        assert returned.seq == session.snapshots()[1].seq, kind
        (refused,) = returned.refused
        assert damaged.name in refused, kind
        assert bodies(backup, session)[0].name in refused, kind
        assert equal_up_to(returned.seq, second.session(session.id), session), kind


def test_where_nothing_is_good_that_is_said_and_the_others_come(hf: Holdfast, second: Holdfast, backup: Path) -> None:
    bad, good = told(hf, "bad", saves=2), told(hf, "good")
    for each in bodies(backup, bad):
        flip(each)
    before = tree(backup)
    holdfast = Command(second.settings)
    said = holdfast("restore", "--from", backup, "--json")
    assert said.code == 6
    first, other = said.lines
    assert (first["session_id"], first["folder"], len(first["refused"])) == (None, "default/sessions/bad", 2)
    assert (other["session_id"], other["new"], other["refused"]) == ("good", True, [])
    assert [each.id for each in second.sessions().items] == ["good"]
    assert equal_up_to(other["seq"], second.session("good"), good)
    said = holdfast("restore", "--from", backup, "--session", "bad")
    assert said.code == 6
    assert "no snapshot of it is good; nothing was put back" in said.out
    assert all(each.name in said.out for each in bodies(backup, bad))
    assert tree(backup) == before


def test_a_forged_snapshot_is_not_believed(hf: Holdfast, second: Holdfast, backup: Path) -> None:
    """Its checksums are in order, as only somebody who may write there can make them."""
    session = told(hf, "s")
    (path,) = bodies(backup, session)
    good = body.decode("", path.read_bytes())
    for number, forged in enumerate(
        [
            good._replace(tenant="other"),
            good._replace(session_id="other"),
            good._replace(seq=good.seq + 1),
            good._replace(seq=good.seq - 1),
            good._replace(log_digest=bytes(32)),
            good._replace(segments=[]),
            good._replace(segments=[*good.segments, *good.segments]),
            good._replace(tenant=5),  # type: ignore[arg-type]  # as is forged
            good._replace(session_id=None),  # type: ignore[arg-type]  # as above
            good._replace(session_id="a b"),
            good._replace(seq="5"),  # type: ignore[arg-type]  # as above
            good._replace(tenant="\0"),
        ]
    ):
        content = body.encode(forged)
        name = f"{900 + number:012d}-{sha256(content).hexdigest()}.json.gz"
        path.with_name(name).write_bytes(content)
        (returned,) = give_back(second, backup)
        assert (returned.session_id, returned.seq) == ("s", good.seq), forged
        assert len(returned.refused) == number + 1, forged
        assert name in returned.refused[0]
    for text in (b"[]", b"null", b"{}", b"\xff", b"{" * 100_000):
        content = gzip.compress(text)
        path.with_name(f"{990:012d}-{sha256(content).hexdigest()}.json.gz").write_bytes(content)
    (returned,) = give_back(second, backup)
    assert (returned.session_id, len(returned.refused)) == ("s", 17)
    assert [each.id for each in second.sessions().items] == ["s"]


def test_encrypted_copies_need_their_keys(settings: Settings, second: Holdfast, backup: Path) -> None:
    key, other = new_key(), new_key()
    with Holdfast(settings.model_copy(update={"blob_keys": key})) as hf:
        session = told(hf, "s")
        (path,) = bodies(backup, session)
        for keys in (None, other):
            (returned,) = give_back(second, backup, blob_keys=keys)
            assert returned.session_id is None
            assert path.name in returned.refused[0]
            assert "key" in returned.refused[0]
            assert second.sessions().items == []
        (returned,) = give_back(second, backup, blob_keys=f"{other},{key}")
        assert equal_up_to(returned.seq, second.session("s"), session)


def test_every_tenant_has_its_own_again(settings: Settings, hf: Holdfast, second: Holdfast, backup: Path) -> None:
    with Holdfast(settings.model_copy(update={"tenant": "Acme"})) as acme:
        ours, theirs = told(hf, "s"), told(acme, "s", saves=2)
        returned = give_back(second, backup, "s")
        assert {each.tenant for each in returned} == {"default", acme.settings.tenant}
        with Holdfast(second.settings.model_copy(update={"tenant": acme.settings.tenant})) as acme_again:
            for session, again in ((ours, second.session("s")), (theirs, acme_again.session("s"))):
                assert equal_up_to(session.snapshots()[0].seq, again, session)


def test_another_session_of_that_id_is_left_alone(hf: Holdfast, second: Holdfast, backup: Path) -> None:
    told(hf, "s")
    told(hf, "t")
    second.start("somebody", session_id="s").append(said("mine"))
    before = everything(second.session("s"))
    by_id = {each.session_id: each for each in give_back(second, backup)}
    assert "with other events" in (by_id["s"].conflict or "")
    assert (by_id["t"].new, by_id["t"].conflict) == (True, None)
    assert everything(second.session("s")) == before
    shown = Command(second.settings)("restore", "--from", backup)
    assert shown.code == 6
    assert "with other events" in shown.out
    assert everything(second.session("s")) == before


def test_what_else_lies_there_is_passed_over(hf: Holdfast, second: Holdfast, backup: Path) -> None:
    session = told(hf, "s")
    (backup / "default" / "sessions" / "s" / "notes.txt").write_text("mine")
    (backup / "default" / "sessions" / "empty").mkdir()
    (backup / "mine" / "sessions").mkdir(parents=True)
    (backup / "README").write_text("mine")
    returned = [each for each in give_back(second, backup) if each.session_id]
    assert [(each.session_id, each.refused) for each in returned] == [("s", [])]
    assert equal_up_to(returned[0].seq, second.session("s"), session)


def test_a_location_out_of_reach_is_not_an_empty_one(second: Holdfast, tmp_path: Path) -> None:
    with pytest.raises(BlobsUnavailable):
        give_back(second, tmp_path / "nowhere")


@pytest.mark.promise(3)
def test_a_restore_that_is_killed_at_any_step_is_repeated(hf: Holdfast, second: Holdfast, backup: Path) -> None:
    sessions = {each: told(hf, each) for each in ("a", "b", "c")}
    before = tree(backup)
    with doomed(second.settings.model_copy(update={"blob_url": str(backup)})) as program:
        for step in count(1):
            died = program.dies(step, "restore")
            for each in second.sessions().items:
                assert equal_up_to(sessions[each.id].snapshots()[0].seq, second.session(each.id), sessions[each.id])
            if not died:
                break
    assert step > 10
    assert {each.id for each in second.sessions().items} == set(sessions)
    assert tree(backup) == before


def test_the_command_says_how_far_behind_it_is(hf: Holdfast, second: Holdfast, backup: Path, tmp_path: Path) -> None:
    session = told(hf, "s")
    holdfast = Command(second.settings)
    newest = session.snapshots()[0]
    shown = holdfast("restore", "--from", backup)
    assert shown.code == 0
    assert shown.out == f"s: restored up to event {newest.seq}, as of {newest.created_at:%Y-%m-%d %H:%M:%SZ}\n"
    assert f"as they were between {newest.created_at:%Y-%m-%d %H:%M:%SZ} and" in shown.err
    (line,) = holdfast("restore", "--from", backup, "--json", "--session", "s").lines
    assert line == {
        "folder": "default/sessions/s", "tenant": "default", "session_id": "s", "seq": newest.seq,
        "saved_at": newest.created_at.isoformat().replace("+00:00", "Z"), "new": False, "refused": [],
        "conflict": None,
    }  # fmt: skip
    assert "is here already, the same" in holdfast("restore", "--from", backup).out
    shown = holdfast("restore", "--from", backup, "--session", "nobody")
    assert (shown.code, shown.out) == (3, "")
    assert "there is no session 'nobody'" in shown.err
    (tmp_path / "empty").mkdir()
    shown = holdfast("restore", "--from", tmp_path / "empty")
    assert (shown.code, shown.out) == (2, "")
    assert "there is no full snapshot of any session" in shown.err
    assert holdfast("restore", "--from", tmp_path / "nowhere").code == 5
    assert holdfast("restore").code == 2
    shown = holdfast("restore", "--help")
    assert "holdfast restore --from s3://bucket/holdfast" in shown.out
    assert "The location is only read" in " ".join(shown.out.split())
