"""The embedded servers and the stack, with real servers: started, killed, restarted, left behind, taken twice."""

import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis, Stack, account, postgres
from holdfast.embedded.server import HOST, Server
from holdfast.errors import InvalidInput, StoreUnavailable, StreamUnavailable
from holdfast.testing import wait_until

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="what is done about root needs root")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")

Start = Callable[[type[Server], Path], Server]


@pytest.fixture
def start() -> Iterator[Start]:
    servers = []

    def started(kind: type[Server], directory: Path) -> Server:
        server = kind(directory)
        servers.append(server)
        server.start()
        return server

    yield started
    for server in servers:
        server.stop()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HOLDFAST_")]:
        monkeypatch.delenv(name)


def put(server: Server, value: str) -> None:
    if isinstance(server, EmbeddedRedis):
        with Redis.from_url(server.url) as client:
            client.rpush("kept", value)
        return
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def kept(server: Server) -> list[str]:
    if isinstance(server, EmbeddedRedis):
        with Redis.from_url(server.url, decode_responses=True) as client:
            return [str(value) for value in client.lrange("kept", 0, -1)]
    with psycopg.connect(server.url) as connection:
        return [value for (value,) in connection.execute("SELECT value FROM kept")]


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)  # as stay those whom nobody reaps
    except psutil.NoSuchProcess:
        return True


both = pytest.mark.parametrize("kind", [EmbeddedRedis, EmbeddedPostgres])


@both
def test_what_was_acknowledged_outlives_a_kill_and_a_stop(kind: type[Server], tmp_path: Path, start: Start) -> None:
    server = start(kind, tmp_path / "server")
    address = server.url
    put(server, "one")
    server.kill()
    assert not server.running
    assert server.pid is None
    server.start()
    put(server, "two")
    server.stop()

    again = start(kind, tmp_path / "server")

    assert again.url == address
    assert kept(again) == ["one", "two"]


@both
def test_starting_again_what_runs_changes_nothing(kind: type[Server], tmp_path: Path, start: Start) -> None:
    server = start(kind, tmp_path)
    before = server.pid
    server.start()
    assert server.pid == before


@both
def test_a_port_that_was_taken_meanwhile_is_given_up(kind: type[Server], tmp_path: Path, start: Start) -> None:
    server = start(kind, tmp_path)
    put(server, "one")
    server.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((HOST, server.whereabouts.port))
        other.listen()
        taken = server.url
        server.start()
    assert server.url != taken
    assert kept(server) == ["one"]


@both
def test_a_leftover_is_ended_before_its_files_are_used(kind: type[Server], tmp_path: Path, start: Start) -> None:
    leftover = start(kind, tmp_path)
    put(leftover, "one")

    server = start(kind, tmp_path)

    assert not leftover.running
    assert kept(server) == ["one"]


@both
def test_secrets_and_data_are_for_the_owner_alone(kind: type[Server], tmp_path: Path, start: Start) -> None:
    server = start(kind, tmp_path)
    for path in (tmp_path / "server.json", server.log_path, server.home):
        assert path.stat().st_mode & 0o077 == 0, path


def test_redis_is_set_up_to_keep_what_publish_promises(redis_server: EmbeddedRedis) -> None:
    with Redis.from_url(redis_server.url, decode_responses=True) as client:
        found = client.config_get("append*", "maxmemory*", "bind", "save")
    assert found["appendonly"] == "yes"
    assert found["appendfsync"] == "always"
    assert found["maxmemory-policy"] == "noeviction"
    assert found["maxmemory"] == "0"
    assert found["bind"] == HOST


def test_redis_can_write_through(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path, appendfsync="everysec")
    server.start()
    try:
        with Redis.from_url(server.url, decode_responses=True) as client:
            assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
    finally:
        server.stop()


def test_redis_wants_its_password(redis_server: EmbeddedRedis) -> None:
    port = redis_server.whereabouts.port
    with Redis(host=HOST, port=port, retry=Retry(NoBackoff(), 0)) as client, pytest.raises(AuthenticationError):
        client.ping()


def test_postgres_is_set_up_to_keep_what_append_promises(postgres_server: EmbeddedPostgres) -> None:
    expected = {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "listen_addresses": HOST,
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
    }
    with psycopg.connect(postgres_server.url) as connection:
        found = {name: connection.execute(f"SHOW {name}").fetchone() for name in expected}
    assert found == {name: (value,) for name, value in expected.items()}


def test_postgres_wants_its_password(postgres_server: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres_server.url.replace(postgres_server.whereabouts.password, "wrong"))


def test_postgres_folds_text_of_all_scripts(postgres_server: EmbeddedPostgres) -> None:
    query = "SELECT lower('ÄŁΩЖ'), to_tsvector('simple', 'Überraschung ŁÓDŹ') @@ to_tsquery('simple', 'łódź')"
    with psycopg.connect(postgres_server.url) as connection:
        assert connection.execute(query).fetchone() == ("äłωж", True)  # Greek and Cyrillic on purpose


def test_a_server_that_does_not_start_says_why(tmp_path: Path, start: Start) -> None:
    redis, store = start(EmbeddedRedis, tmp_path / "redis"), start(EmbeddedPostgres, tmp_path / "postgres")
    redis.stop()
    store.stop()
    next((redis.home / "appendonlydir").glob("*.manifest")).write_text("nonsense\n")
    (store.home / "PG_VERSION").write_text("9.1\n")

    with pytest.raises(StreamUnavailable, match=r"ended while starting(.|\n)*server\.log(.|\n)*manifest"):
        redis.start()
    with pytest.raises(StoreUnavailable, match=r"ended while starting(.|\n)*server\.log(.|\n)*version 9\.1"):
        store.start()


def test_a_password_that_went_lost_is_told(tmp_path: Path, start: Start) -> None:
    server = start(EmbeddedPostgres, tmp_path)
    server.stop()
    (tmp_path / "server.json").unlink()
    with pytest.raises(InvalidInput, match="no longer holds the password"):
        server.start()
    assert not server.running


def test_damaged_whereabouts_are_told(tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text("{")
    with pytest.raises(InvalidInput, match=r"server\.json is damaged"):
        EmbeddedRedis(tmp_path).start()


def test_what_was_not_started_has_no_address_and_can_be_stopped(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    server.stop()
    server.kill()
    assert not server.running
    with pytest.raises(RuntimeError, match="not started"):
        _ = server.url


# --- root ------------------------------------------------------------------------------------------------------------


def test_postgres_never_runs_as_root(tmp_path: Path, start: Start) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = start(EmbeddedPostgres, closed / "postgres")
    owner = server.home.stat().st_uid
    assert server.pid is not None
    assert psutil.Process(server.pid).uids().real == owner
    assert owner != 0
    assert owner == os.geteuid() or os.geteuid() == 0
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700, "nobody's doors are opened for it"


@root_only
def test_a_cluster_of_root_or_of_an_unknown_account_changes_hands(tmp_path: Path, start: Start) -> None:
    server = start(EmbeddedPostgres, tmp_path)
    put(server, "one")
    server.stop()
    for stranger in (0, 54_321):
        account.Account(stranger, stranger).own(server.home)
        server.start()
        assert kept(server) == ["one"]
        server.stop()


@root_only
def test_without_an_account_of_ours_it_is_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(account, "NAMES", ("no-such-account", "nobody"))
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    chosen = account.unprivileged(tmp_path / "none")
    assert chosen is not None
    assert chosen.uid == pwd.getpwnam("nobody").pw_uid


@root_only
def test_programs_behind_closed_doors_are_copied_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as reachable:
        Path(reachable).chmod(0o755)
        monkeypatch.setattr(postgres, "REACHABLE", Path(reachable) / "holdfast")
        monkeypatch.setattr(postgres, "_runs", lambda programs, _account: str(programs).startswith(reachable))
        someone = account.unprivileged(tmp_path / "none")
        programs = postgres._reachable_programs(someone)
        before = programs.stat().st_ino
        monkeypatch.undo()
        assert someone is not None
        assert postgres._runs(programs, someone)

        monkeypatch.setattr(postgres, "REACHABLE", Path(reachable) / "holdfast")
        monkeypatch.setattr(postgres, "_runs", lambda programs, _account: str(programs).startswith(reachable))
        assert postgres._reachable_programs(someone).stat().st_ino == before


@root_only
def test_a_user_who_is_not_root_can_run_both() -> None:
    user = account.unprivileged(Path("/nowhere"))
    assert user is not None

    def run_as_user(script: str, place: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", script, place]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=place, user=user.uid, group=user.gid
        )

    script = (
        "import sys; from pathlib import Path; from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis\n"
        "for server in (EmbeddedRedis(Path(sys.argv[1]) / 'r'), EmbeddedPostgres(Path(sys.argv[1]) / 'p')):\n"
        "    server.start(); server.kill(); server.start(); server.stop()\n"
        "print('well')\n"
    )
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        os.chown(place, user.uid, user.gid)
        try:
            can_import = run_as_user("import holdfast.embedded", place).returncode == 0
        except PermissionError:
            can_import = False
        if not can_import:
            pytest.skip("this Python or this project lies where other users cannot reach it")
        done = run_as_user(script, place)
    assert done.stdout == "well\n", done.stderr


# --- the stack -------------------------------------------------------------------------------------------------------


def test_a_stack_is_found_while_it_runs_and_only_then(tmp_path: Path) -> None:
    with Stack(Settings.load(data_dir=tmp_path, shards=3)) as stack:
        found = Settings.load(data_dir=tmp_path)
        assert found.found
        assert (found.redis_url, found.database_url, found.shards) == (
            stack.settings.redis_url,
            stack.settings.database_url,
            3,
        )
        assert stat.S_IMODE((tmp_path / "environment").stat().st_mode) == 0o600
        assert stack.environment() == {
            "HOLDFAST_REDIS_URL": stack.settings.redis_url,
            "HOLDFAST_DATABASE_URL": stack.settings.database_url,
            "HOLDFAST_DATA_DIR": str(tmp_path),
            "HOLDFAST_SHARDS": "3",
            "HOLDFAST_BLOB_URL": str(tmp_path / "blobs"),
        }
        servers = stack.servers
        assert [server.running for server in servers] == [True, True]
    assert not Settings.load(data_dir=tmp_path).found
    assert [server.running for server in servers] == [False, False]


def test_addresses_are_never_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "environment").write_text("HOLDFAST_REDIS_URL=redis://here\nHOLDFAST_DATABASE_URL=postgresql://here\n")
    assert Settings.load(data_dir=tmp_path, redis_url="redis://there").database_url is None
    monkeypatch.setenv("HOLDFAST_DATABASE_URL", "postgresql://there")
    assert not Settings.load(data_dir=tmp_path).found


def test_a_directory_has_one_stack_at_a_time(tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path)
    with Stack(settings) as stack:
        with (
            pytest.raises(InvalidInput, match=rf"data_dir: .* is in use by another stack \(process {os.getpid()}\)"),
            Stack(settings),
        ):
            pass
        assert all(server.running for server in stack.servers)
    with Stack(settings):
        pass


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(InvalidInput, match=r"data_dir: .* cannot be used by this user"),
        Stack(Settings.load(data_dir=tmp_path / "file")),
    ):
        pass


def test_servers_that_are_given_are_not_started(tmp_path: Path) -> None:
    given = {"redis_url": "redis://elsewhere:1/0", "database_url": "postgresql://elsewhere/db"}
    with Stack(Settings.load(data_dir=tmp_path, **given)) as stack:
        assert stack.servers == []
        assert Settings.load(data_dir=tmp_path).redis_url == given["redis_url"]


def test_a_stack_that_cannot_start_leaves_nothing_behind(tmp_path: Path) -> None:
    with Stack(Settings.load(data_dir=tmp_path)) as stack:
        home = stack.servers[1].home
    (home / "PG_VERSION").write_text("9.1\n")
    with pytest.raises(StoreUnavailable), Stack(Settings.load(data_dir=tmp_path)):
        pass
    assert not (tmp_path / "environment").exists()
    assert EmbeddedRedis(tmp_path / "redis")._residents() == []


@linux_only
def test_servers_end_with_a_parent_that_was_killed_and_the_next_stack_finds_the_data(tmp_path: Path) -> None:
    script = (
        "import sys, time; from holdfast.config import Settings; from holdfast.embedded import Stack\n"
        "with Stack(Settings.load(data_dir=sys.argv[1])) as stack:\n"
        "    print(*(server.pid for server in stack.servers), flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        running = Settings.load(data_dir=tmp_path)
        with Redis.from_url(running.redis_url) as client:
            client.set("n", 1)
        parent.kill()
    assert len(pids) == 2
    wait_until(lambda: all(gone(pid) for pid in pids))

    left_behind = Settings.load(data_dir=tmp_path)
    assert left_behind.found
    with Stack(left_behind) as stack, Redis.from_url(stack.settings.redis_url) as client:
        assert len(stack.servers) == 2, "addresses that were left behind are nobody's wish"
        assert client.get("n") == b"1"
