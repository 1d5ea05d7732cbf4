"""Places: what a directory and a bucket promise alike, and what each has of its own."""

import errno
import functools
import importlib
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from disks import read_only, small_disk
from holdfast import errors
from holdfast.blobs import bucket as bucket_module
from holdfast.blobs.claim import claim, claimant
from holdfast.blobs.directory import Directory
from holdfast.blobs.place import MARKER, Place
from holdfast.blobs.url import place_at
from holdfast.blobs.vault import address
from holdfast.errors import BlobMissing, BlobsUnavailable, InvalidInput
from holdfast.testing import wait_until
from s3 import S3Server

WRITER = Path(__file__).with_name("blob_writer.py")

HOSTILE = [
    "", ".", "..", "/", "/etc/passwd", "../outside", "a/../../outside", "a//b", "a/", "a/.", ".hidden", "a/.x.new",
    "a\\b", "a\0b", "a\nb", "a b", "a*", "a?versionId=1", "a[b]", "a{b}", "ä", "x" * 201, "a/" * 520 + "a", "s3://b/k",
]  # fmt: skip


@pytest.fixture(params=["directory", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a fresh place is."""
    if request.param == "s3":
        return f"{request.getfixturevalue('bucket')}/deep/prefix"
    return str(tmp_path / "blobs")


@pytest.fixture
def place(url: str) -> Place:
    place = place_at(url)
    place.prepare()
    return place


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    directory = Directory(tmp_path / "blobs")
    directory.prepare()
    return directory


def writer(url: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, WRITER, url, *words])


def test_what_was_written_is_read_and_replaced(place: Place) -> None:
    place.write("acme/segments/0a/0a1b.jsonl.gz", b"one")
    assert place.read("acme/segments/0a/0a1b.jsonl.gz") == b"one"
    place.write("acme/segments/0a/0a1b.jsonl.gz", b"another, which is longer")
    assert place.read("acme/segments/0a/0a1b.jsonl.gz") == b"another, which is longer"
    place.write("empty", b"")
    assert place.read("empty") == b""
    everything = bytes(range(256)) * 20_000
    place.write("large", everything)
    assert place.read("large") == everything


def test_what_is_missing_is_missing_by_name(place: Place) -> None:
    place.write("a/b", b"x")
    for name in ("nothing", "a/nothing", "a", "a/b/nothing"):
        with pytest.raises(BlobMissing, match=f"blob {name} is missing in ") as caught:
            place.read(name)
        assert caught.value.name == name
        assert place.url in caught.value.problem


def test_deleting_twice_is_fine(place: Place) -> None:
    for number in range(30):
        place.write(f"a/{number}", b"x")
    place.write("b", b"x")
    gone = [f"a/{number}" for number in range(30)]
    place.delete([*gone, "never/there", "b/below"])
    place.delete(gone)
    place.delete([])
    assert list(place.names("")) == ["b"]
    assert place.folders("") == []


def test_names_come_in_order_from_all_depths(place: Place) -> None:
    written = ["a-b/c", "a.b", "a/b/c", "a/b-c", "a0", "z/1", "z/10/x", "z/2"]
    for name in reversed(written):
        place.write(name, b"x")
    assert list(place.names("")) == sorted(written)
    assert list(place.names("z")) == ["z/1", "z/10/x", "z/2"]
    assert list(place.names("z/10")) == ["z/10/x"]
    assert place.folders("") == ["a", "a-b", "z"]
    assert place.folders("z") == ["10"]


@pytest.mark.parametrize("prefix", ["nothing", "a/nothing", "a/b", "z/1/2"])
def test_a_folder_that_is_not_there_has_nothing(place: Place, prefix: str) -> None:
    place.write("a/b", b"x")
    assert list(place.names(prefix)) == []
    assert place.folders(prefix) == []


def test_a_place_that_was_just_made_is_empty(place: Place) -> None:
    assert list(place.names("")) == []
    assert place.folders("") == []
    assert place.tidy(seconds=0) == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_never_leads_out_of_the_place(place: Place, name: str, tmp_path: Path) -> None:
    calls: list[Callable[[], object]] = [
        lambda: place.read(name),
        lambda: place.write(name, b"x"),
        lambda: place.delete(["good", name]),
    ]
    if name:  # which for a listing is the whole place
        calls += [lambda: list(place.names(name)), lambda: place.folders(name)]
    for call in calls:
        with pytest.raises(InvalidInput, match="is no name for a blob"):
            call()
    assert list(place.names("")) == []
    assert {path.name for path in tmp_path.iterdir()} <= {"blobs"}


def test_a_place_is_fit_for_forks(url: str) -> None:
    program = """
import os, sys
from holdfast.blobs.url import place_at
place = place_at(sys.argv[1])
place.prepare()
place.write("from/parent", b"x")
for generation in range(2):
    if child := os.fork():
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))  # as a worker's processes end
    assert place.read("from/parent") == b"x"
    place.write(f"from/child-{generation}", b"x")
print(*place.names(""), flush=True)
os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, url], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.returncode) == ("from/child-0 from/child-1 from/parent\n", 0), done.stderr


def test_threads_share_a_place(place: Place) -> None:
    names = [f"{number % 7}/{number}" for number in range(70)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: place.write(name, name.encode()), names))
        assert list(threads.map(place.read, names)) == [name.encode() for name in names]
    assert list(place.names("")) == sorted(names)


def test_a_place_belongs_to_one_installation(place: Place) -> None:
    assert claimant(place) is None
    claim(place, "one", used=False)
    claim(place, "one", used=False)
    claim(place, "one", used=True)
    assert claimant(place) == "one"
    assert list(place.names("")) == []
    with pytest.raises(InvalidInput, match=r"backup_url: .* is not where this database's snapshots are: it belongs to"):
        claim(place, "two", used=False, setting="backup_url")
    place.write("a/b", b"x")
    place.delete([MARKER])
    with pytest.raises(InvalidInput, match=r"blob_url: .* is not where .*: it holds no holdfast.json"):
        claim(place, "one", used=True)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"installation": "x"}', b'{"installation": 1, "format": {}}'])
def test_a_marker_that_cannot_be_read_is_not_taken_for_none(place: Place, content: bytes) -> None:
    place.write(MARKER, content)
    with pytest.raises(errors.BlobDamaged, match=MARKER):
        claim(place, "one", used=False)
    assert place.read(MARKER) == content


def test_a_place_of_a_later_format_is_left_alone(place: Place) -> None:
    place.write(MARKER, b'{"installation": "one", "format": 2}')
    with pytest.raises(InvalidInput, match="newer release"):
        claim(place, "one", used=True)


# The directory.


def test_a_directory_is_private(tmp_path: Path) -> None:
    directory = Directory(tmp_path / "new" / "blobs")
    directory.prepare()
    directory.write("a/b/c", b"x")
    found = {str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    folders = {"new", "new/blobs", "new/blobs/a", "new/blobs/a/b"}
    assert found == dict.fromkeys(folders, 0o700) | {"new/blobs/a/b/c": 0o600}


def test_everything_that_an_acknowledged_blob_needs_is_synced(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").resolve().relative_to(directory.root)))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    directory.write("a/b/c", b"x")
    assert set(synced[:2]) == {".", "a"}, "where folders are new, the folder above knows of them"
    assert synced[2].startswith("a/b/.")
    assert synced[3:] == ["a/b"]
    synced.clear()
    Directory(directory.root).write("a/b/d", b"x")
    assert set(synced) > {".", "a"}, "another process may have made them a moment ago"
    synced.clear()
    directory.write("a/b/c", b"y")
    assert len(synced) == 2, "and then it costs two syncs a blob"


def test_two_processes_that_write_one_name_leave_one_of_both(directory: Directory) -> None:
    """Of the directory only: S3 promises it, and moto closes an object under those who still read it."""
    directory.write("same/name", b"a" * (1 << 20))
    writers = [writer(directory.url, "one", "same/name", byte, "40") for byte in "ab"]
    while any(each.poll() is None for each in writers):
        assert directory.read("same/name") in (b"a" * (1 << 20), b"b" * (1 << 20))
    assert [each.returncode for each in writers] == [0, 0]
    assert list(directory.names("")) == ["same/name"]
    assert directory.tidy(seconds=-60) == 0


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_writer_that_is_killed_leaves_all_or_nothing(directory: Directory, step: int) -> None:
    died = writer(directory.url, "die", str(step))
    assert died.wait(60) == -9
    names = list(directory.names(""))
    assert names == (["die/blob"] if step == 3 else [])
    assert all(directory.read(name) == b"x" * (1 << 20) for name in names)
    assert directory.tidy(seconds=3600) == 0, "a writer may still be at work"
    assert directory.tidy(seconds=-60) == (1 if step == 2 else 0)
    assert [path for path in directory.root.rglob("*") if path.name.startswith(".")] == []


def holds(directory: Directory, least: int) -> bool:
    return len(list(directory.names(""))) >= least


def test_a_writer_that_is_killed_anywhere_leaves_whole_blobs_only(directory: Directory) -> None:
    for turn in range(1, 5):
        killed = writer(directory.url, "many")
        wait_until(functools.partial(holds, directory, turn * 3), what="some blobs")
        killed.kill()
        killed.wait()
    names = list(directory.names("many"))
    assert all(address(directory.read(name)).hex() == name.removeprefix("many/") for name in names)


def test_a_folder_may_go_while_somebody_writes_into_it(directory: Directory) -> None:
    def write(name: str) -> None:
        for _ in range(150):
            directory.write(name, b"x")
            assert directory.read(name) == b"x"
            directory.delete([name])

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(write, ["a/b/1", "a/b/2", "a/c/3"]))
    assert list(directory.root.iterdir()) == []


def test_files_that_are_not_ours_are_not_listed(directory: Directory) -> None:
    directory.write("a/b", b"x")
    for name in (".DS_Store", "lost and found", "a/.0123456789abcdef.new", "a/b~c?"):
        (directory.root / name).write_bytes(b"x")
    os.mkfifo(directory.root / "a" / "pipe")
    (directory.root / "empty").mkdir()
    assert list(directory.names("")) == ["a/b"]
    assert directory.folders("") == ["a", "empty"]


def fill(directory: Directory) -> None:
    for number in range(20):
        directory.write(f"b/{number}/c", b"3" * 8_000)


def test_a_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small") as root:
        directory = Directory(root)
        directory.write("a/first", b"1" * 20_000)
        with pytest.raises(
            BlobsUnavailable, match=r"small is full: make room; nothing was lost, saving goes on by itself"
        ):
            directory.write("a/first", b"2" * 100_000)
        with pytest.raises(BlobsUnavailable, match="is full"):
            fill(directory)
        assert directory.read("a/first") == b"1" * 20_000
        assert all(directory.read(name) == b"3" * 8_000 for name in directory.names("b"))
        assert directory.tidy(seconds=-60) == 0
        directory.delete(list(directory.names("b")))
        directory.write("a/second", b"2" * 20_000)
        assert list(directory.names("")) == ["a/first", "a/second"]


def test_a_read_only_directory_says_so_and_can_be_read(directory: Directory) -> None:
    directory.write("a", b"x")
    with read_only(directory.root):
        calls: list[Callable[[], object]] = [lambda: directory.write("b", b"x"), lambda: directory.delete(["a"])]
        for call in calls:
            with pytest.raises(BlobsUnavailable, match=r"out of reach while .*: (Read-only|Permission)"):
                call()
        assert directory.read("a") == b"x"
    directory.write("b", b"x")


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "full"), (errno.EDQUOT, "full"), (errno.EIO, "Input/output error")]
)
def test_a_disk_that_fails_at_the_sync_leaves_what_was_there(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    directory.write("a/b", b"before")

    def fsync(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(BlobsUnavailable, match=says):
        directory.write("a/b", b"after")
    monkeypatch.undo()
    assert directory.read("a/b") == b"before"
    assert [path.name for path in (directory.root / "a").iterdir()] == ["b"]


def test_a_disk_that_is_not_mounted_is_not_an_empty_one(tmp_path: Path) -> None:
    directory = Directory(tmp_path / "away")
    calls: list[Callable[[], object]] = [
        lambda: directory.read("a"),
        lambda: directory.write("a", b"x"),
        lambda: directory.delete(["a"]),
        lambda: list(directory.names("")),
        lambda: directory.folders(""),
        lambda: directory.tidy(seconds=0),
        lambda: claim(directory, "one", used=True),
    ]
    for call in calls:
        with pytest.raises(BlobsUnavailable, match="is it mounted"):
            call()
    assert not directory.root.exists()
    claim(directory, "one", used=False)
    assert claimant(directory) == "one"


# The bucket.


def test_a_bucket_that_is_not_there_is_not_an_empty_one(bucket: str) -> None:
    place = place_at(f"{bucket}-of-nobody/prefix")
    calls: list[Callable[[], object]] = [
        lambda: place.read("a"),
        lambda: place.write("a", b"x"),
        lambda: place.delete(["a"]),
        lambda: list(place.names("")),
        lambda: list(place.names("a")),
        lambda: place.folders(""),
        lambda: place.folders("a"),
        lambda: claim(place, "one", used=False),
    ]
    for call in calls:
        with pytest.raises(BlobsUnavailable, match=r"out of reach while .*bucket does not exist"):
            call()


def test_buckets_share_no_prefix_by_accident(bucket: str) -> None:
    one, other, all_of_it = place_at(f"{bucket}/one/"), place_at(f"{bucket}/one-more"), place_at(bucket)
    one.write("a/b", b"x")
    other.write("c", b"x")
    assert list(one.names("")) == ["a/b"]
    assert list(other.names("")) == ["c"]
    assert list(all_of_it.names("")) == ["one-more/c", "one/a/b"]
    assert all_of_it.folders("") == ["one", "one-more"]


def test_a_listing_is_of_now(bucket: str) -> None:
    one, other = place_at(bucket), place_at(bucket)
    assert one.folders("") == list(one.names("a")) == []
    other.write("a/b", b"x")
    assert (one.folders(""), list(one.names("a"))) == (["a"], ["a/b"])
    other.delete(["a/b"])
    assert one.folders("") == list(one.names("a")) == []


def test_more_objects_than_one_page_holds(bucket: str) -> None:
    place = place_at(bucket)
    names = [f"many/{number:02}" for number in range(3 * S3Server.PAGE + 1)]
    for name in names:
        place.write(name, b"x")
    assert list(place.names("many")) == names
    place.write("other", b"x")
    assert place.folders("") == ["many"]
    place.delete([*names, "other"])
    assert list(place.names("")) == []


@pytest.mark.usefixtures("bucket")
def test_a_server_that_is_away_or_hangs_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = bucket_module.S3_OPTIONS["config_kwargs"] | {"connect_timeout": 0.5, "read_timeout": 0.5}
    monkeypatch.setitem(bucket_module.S3_OPTIONS, "config_kwargs", quick)
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{hanging.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(BlobsUnavailable, match=r"timeout|Timeout"):
            place_at("s3://bucket").read("a")
        assert time.monotonic() - started < 10
    with pytest.raises(BlobsUnavailable, match="Could not connect"):
        place_at("s3://bucket").write("a", b"x")


@pytest.mark.usefixtures("bucket")
def test_without_credentials_the_bucket_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(BlobsUnavailable, match="credentials"):
        place_at("s3://bucket").read("a")


# The URL.


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "is empty"),
        ("ftp://host/x", "ftp:"),
        ("memory://x", "memory:"),
        ("simplecache::s3://b", "simplecache"),
        ("s3:bucket", "s3://bucket/prefix"),
        ("s3://", "s3://bucket/prefix"),
        ("s3://bucket/../other", "s3://bucket/prefix"),
        ("s3://bucket/x?endpoint=y", "s3://bucket/prefix"),
        ("s3://key:hunter2@bucket/x", "must not hold credentials"),
        ("file://host/x", "file:///directory"),
        ("file:x", "file:///directory"),
    ],
)
def test_a_url_that_leads_nowhere_is_refused(url: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        place_at(url, setting="backup_url")
    assert caught.value.field == "backup_url"
    assert "hunter2" not in str(caught.value)


def test_a_url_leads_to_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/of/somebody")
    assert place_at("relative/x").url == str(tmp_path / "relative/x")
    assert place_at("~/x").url == "/home/of/somebody/x"
    assert place_at("file:///a%20b/x").url == "/a b/x"


@pytest.mark.parametrize(
    ("url", "package"), [("s3://b/x", r"'holdfast\[s3\]'"), ("gs://b", "gcsfs"), ("az://b", "adlfs")]
)
def test_a_driver_that_is_missing_is_named(url: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = importlib.import_module("fsspec.registry")  # the package has a table of that name
    for name in ("s3fs", "gcsfs", "adlfs"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("_registry", "registry"):
        monkeypatch.setattr(registry, name, {})
    with pytest.raises(errors.NotConfigured, match=f"pip install {package}"):
        place_at(url)
