"""On the command line: fork, export, import, and a restore into a database that has nothing in it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from command import Command
from holdfast import bootstrap
from holdfast.blobs.vault import Vault
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.portable.restore import restore
from holdfast.testing import wait_until
from processes import Process, ended
from twice import another, everything
from writing import contents, said


@pytest.fixture
def holdfast(settings: Settings) -> Command:
    return Command(settings)


@pytest.fixture
def second(settings: Settings, tmp_path: Path) -> Iterator[Holdfast]:
    """An empty installation."""
    with another(settings, tmp_path / "second") as fresh, Holdfast(fresh) as holdfast:
        yield holdfast


@pytest.fixture
def session(hf: Holdfast) -> Session:
    session = hf.start("u", session_id="s", title="Paris")
    session.append(*(said(f"message {number}") for number in range(1, 10)))
    return session


def test_fork(holdfast: Command, hf: Holdfast, session: Session) -> None:
    point = session.save().id
    (forked,) = holdfast("sessions", "fork", "s", "--at", 5, "--id", "f", "--reason", "why", "--json").lines
    assert (forked["id"], forked["events"], forked["status"], forked["title"]) == ("f", 6, "active", "Paris")
    assert hf.session("f").events()[-1].data == {"from_session": "s", "at_seq": 5, "reason": "why"}
    assert holdfast("sessions", "fork", "s", "--at", point, "--id", "g").out == "g: 11 events, forked from s\n"
    assert holdfast("sessions", "fork", "s").out.startswith("SESSION-")
    for words, code in (
        (["nobody"], 3),
        (["s", "--at", 0], 2),
        (["s", "--at", 99], 2),
        (["s", "--at", "soon"], 2),
        (["s", "--at", "RECOVERY-1"], 3),
        (["s", "--id", "f"], 4),
        (["s", "--id", "a b"], 2),
    ):
        told = holdfast("sessions", "fork", *words)
        assert (told.code, told.out) == (code, ""), words
        assert told.err.startswith("error: ")
    assert len(hf.sessions().items) == 4


def test_export_and_import(holdfast: Command, hf: Holdfast, session: Session, second: Holdfast, tmp_path: Path) -> None:
    hf.start("v", session_id="t").append({"type": "session.closed"})
    out, packed, elsewhere = tmp_path / "out", tmp_path / "out.tar.gz", Command(second.settings)
    assert holdfast("export", "--all", "--to", out, "--json").lines == [{"sessions": 2, "to": str(out)}]
    assert holdfast("export", "s", "t", "--bundle", packed).code == 0
    registry = json.loads((out / "tracking/sessions/session-registry.json").read_bytes())["sessionRegistry"]
    assert registry["metadata"]["totalSessions"] == 2
    assert elsewhere("import", packed, "--session", "t").out == "t: imported\n"
    assert elsewhere("import", out, "--json").lines == [
        {"session_id": "s", "imported": True},
        {"session_id": "t", "imported": False},
    ]
    assert everything(second.session("s")) == everything(session)
    assert elsewhere("import", out, "--session", "s", "--as", "s2").out == "s2: imported\n"
    assert contents(second.session("s2")) == contents(session)


def test_what_is_asked_for_wrongly(holdfast: Command, session: Session, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert holdfast("export", session.id, "--to", out).code == 0
    for words, code in (
        (["export", "--to", out], 2),
        (["export", "s", "--all", "--to", out], 2),
        (["export", "s"], 2),
        (["export", "s", "--to", out, "--bundle", out], 2),
        (["export", "nobody", "--to", tmp_path / "other"], 3),
        (["import", out, "--session", "nobody"], 3),
        (["import", tmp_path / "nowhere"], 2),
        (["import", tmp_path], 6),
        (["import", out, "--as", "a b"], 2),
    ):
        told = holdfast(*words)
        assert (told.code, told.out) == (code, ""), words
        assert told.err, words


def test_an_import_that_cannot_have_one_of_its_ids_puts_nothing_back(
    holdfast: Command, hf: Holdfast, session: Session, second: Holdfast, tmp_path: Path
) -> None:
    hf.start("v", session_id="z")
    assert holdfast("export", session.id, "z", "--to", tmp_path / "out").code == 0
    second.start("w", session_id="z")
    told = Command(second.settings)("import", tmp_path / "out")
    assert (told.code, told.out) == (4, "")
    assert "'z' is there already, with other events" in told.err
    assert [each.id for each in second.sessions().items] == ["z"]


def test_a_restore_makes_the_schema_where_there_is_none(
    settings: Settings, hf: Holdfast, session: Session, tmp_path: Path
) -> None:
    saved = session.save()
    url = settings.database_url or ""
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(f"{url.rpartition('/')[0]}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            fresh = {"database_url": f"{url.rpartition('/')[0]}/{name}", "data_dir": tmp_path / "fresh"}
            empty = settings.model_copy(update=fresh)
            (told,) = Command(empty)("restore", "--from", settings.data_dir / "blobs", "--json").lines
            assert (told["session_id"], told["seq"], told["new"]) == ("s", saved.seq, True)
            with Holdfast(empty) as again:
                assert everything(again.session("s")) == everything(session)
                assert again.session("s").save().seq == saved.seq
            assert hf.service.saves.verify("s", saved.id)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_no_transaction_waits_for_the_location(
    settings: Settings, session: Session, second: Holdfast, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.save()
    vault = bootstrap.unclaimed_vault(settings)
    engine = second.service._engine
    read: list[str] = []
    get = Vault.get

    def alone(self: Vault, name: str, address: bytes, *, key_id: str | None = None) -> bytes:
        read.append(name)
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # a QueuePool
        return get(self, name, address, key_id=key_id)

    monkeypatch.setattr(Vault, "get", alone)
    (returned,) = restore(engine, vault, second.service._rules)
    assert returned.new
    assert len(read) == len(set(read)) == 2, "and each blob is read once"


@pytest.mark.promise(3)
@pytest.mark.parametrize("command", ["import", "restore"])
def test_killed_in_the_middle_and_repeated(
    settings: Settings, hf: Holdfast, second: Holdfast, tmp_path: Path, command: str
) -> None:
    """Some sessions are there, one is half written, and the program is gone."""
    sessions = [hf.start("u", session_id=f"s{number:02}") for number in range(12)]
    for each in sessions:
        each.append(*(said("x" * 2000) for _ in range(700)))
        each.save()
    out = tmp_path / "out.tar.gz"
    assert Command(settings)("export", "--all", "--bundle", out).code == 0
    arguments = ["import", str(out)] if command == "import" else ["restore", "--from", str(settings.data_dir / "blobs")]
    program = [sys.executable, "-m", "holdfast.interfaces.command", *arguments]
    process = Process(command, program, second.settings, tmp_path)
    with ended(process):
        wait_until(lambda: 2 <= len(second.sessions().items) < 12, what="some of the sessions")
        process.kill()
    wait_until(lambda: _writers(second) == 0, what="the end of its transaction")
    there = [each.id for each in second.sessions().items]
    assert 2 <= len(there) < 12
    for session_id in there:
        assert everything(second.session(session_id)) == everything(hf.session(session_id))
    told = Command(second.settings)(*arguments, "--json")
    assert told.code == 0
    new = {line["session_id"]: line["imported" if command == "import" else "new"] for line in told.lines}
    assert new == {each.id: each.id not in there for each in sessions}
    for each in sessions:
        assert everything(second.session(each.id)) == everything(each)


DOOMED = """
import os, signal
from holdfast.client import connect
from holdfast.pipeline import put_back
from holdfast.store import log

put_back.CHUNK = 50
write, written = log.write, []

def dying(cursor, rows):
    write(cursor, rows)
    written.append(rows)
    if len(written) == 4:
        os.kill(os.getpid(), signal.SIGKILL)

log.write = dying
with connect() as hf:
    hf.fork("s", new_id="f")
"""


def test_a_fork_that_is_killed_leaves_nothing(
    settings: Settings, hf: Holdfast, session: Session, tmp_path: Path
) -> None:
    session.append(*(said("x" * 500) for _ in range(300)))
    session.save()
    before = everything(session)
    with ended(process := Process("fork", [sys.executable, "-c", DOOMED], settings, tmp_path)):
        assert process.wait(30) == -signal.SIGKILL
    wait_until(lambda: _writers(hf) == 0, what="the end of its transaction")
    assert [each.id for each in hf.sessions().items] == ["s"]
    assert everything(session) == before
    fork = hf.fork(session.id, new_id="f")
    assert contents(fork) == contents(session)


def _writers(hf: Holdfast) -> int:
    """Connections that are in a transaction, of programs beside this one."""
    with psycopg.connect(hf.settings.database_url or "", autocommit=True) as connection:
        query = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
              AND backend_type = 'client backend'
        """
        return int(connection.execute(query).fetchall()[0][0])


def test_help_names_the_commands() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "holdfast.interfaces.command", "--help"], capture_output=True, text=True, check=True
    )
    for command in ("export", "import", "restore"):
        assert f"  {command}" in told.stdout
