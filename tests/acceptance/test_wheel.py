"""The installed wheel, away from the checkout: it carries its Celery configuration, its Procfile and its migrations."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.testing import wait_until
from processes import CELERY, QUEUES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the wheel's content, built from a copy of the checkout."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (place / "dist").glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*install, str(place / "site"), str(wheel)], check=True, capture_output=True)
    return place / "site"


def environment(installed: Path, settings: Settings) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(installed),
        "HOLDFAST_REDIS_URL": settings.redis_url,
        "HOLDFAST_DATABASE_URL": str(settings.database_url),
        "HOLDFAST_PREFIX": settings.prefix,
    }


def test_a_worker_runs_from_the_installed_wheel(
    installed: Path, settings: Settings, hf: Holdfast, tmp_path: Path
) -> None:
    given = environment(installed, settings)
    where = "import holdfast, holdfast.worker.celeryconfig as c; print(holdfast.__file__, c.task_default_queue)"
    found = subprocess.run(
        [sys.executable, "-c", where], env=given, cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    assert found.startswith(str(installed))
    session = hf.start("u")
    session.publish({"type": "message.added", "data": {"role": "user", "content": "hello"}})
    command = [*CELERY, "worker", "--concurrency=1", f"--queues={QUEUES}"]
    with subprocess.Popen(
        command, env=given, cwd=tmp_path, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as worker:
        try:
            wait_until(session.messages, what="the commit")
        finally:
            worker.terminate()


def test_the_wheel_carries_what_is_no_python(installed: Path) -> None:
    package = installed / "holdfast"
    assert (package / "Procfile").read_text() == (ROOT / "Procfile").read_text()
    assert (package / "worker" / "celeryconfig.py").read_text() == (ROOT / "celeryconfig.py").read_text()
    assert (package / "store" / "migrations" / "script.py.mako").exists()
    assert (package / "py.typed").exists()
