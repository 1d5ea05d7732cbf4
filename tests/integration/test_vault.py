"""The vault: nothing comes out that did not go in, and what is wrong is named."""

import functools
import gzip
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.blobs.cipher import Cipher, new_key
from holdfast.blobs.directory import Directory
from holdfast.blobs.place import Place
from holdfast.blobs.url import place_at
from holdfast.blobs.vault import Stored, Vault, address
from holdfast.errors import BlobDamaged, BlobMissing, BlobsUnavailable, HoldfastError, WrongKey
from strategies import patient

NAME = "acme/segments/0a/0a1b.jsonl.gz"
TEXT = b'{"type": "message.added", "data": {"content": "Book the flight."}}\n' * 3
BLOB = gzip.compress(TEXT, mtime=0)
ADDRESS = address(BLOB)
OLD, NEW, FOREIGN = (new_key() for _ in range(3))
KEYS = [(), (OLD,)]


@pytest.fixture(params=["directory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return made(request.getfixturevalue("bucket") if request.param == "s3" else str(tmp_path / "blobs"))


def made(url: str) -> Place:
    place = place_at(url)
    place.prepare()
    return place


@pytest.mark.parametrize("keys", [(), (OLD,), (NEW, OLD)])
def test_what_is_put_is_got(place: Place, keys: tuple[str, ...]) -> None:
    vault = Vault(place, Cipher(keys))
    stored = vault.put(NAME, BLOB)
    assert stored == Stored(len(place.read(NAME)), vault.cipher.key_id)
    assert vault.get(NAME, ADDRESS) == BLOB
    assert (TEXT[:10] in place.read(NAME), place.read(NAME) == BLOB) == (False, not keys)


def test_gunzip_reads_a_plain_blob(tmp_path: Path) -> None:
    Vault(made(str(tmp_path)), Cipher()).put(NAME, BLOB)
    program = shutil.which("gunzip")
    if program is None:
        assert gzip.decompress((tmp_path / NAME).read_bytes()) == TEXT
    else:
        assert subprocess.run([program, "-c", tmp_path / NAME], capture_output=True, check=True).stdout == TEXT


def test_another_blob_under_the_name_is_not_believed(place: Place) -> None:
    vault = Vault(place, Cipher((OLD,)))
    vault.put(NAME, gzip.compress(b"something else"))
    with pytest.raises(BlobDamaged, match="is altered: its checksum is wrong") as caught:
        vault.get(NAME, ADDRESS)
    assert (caught.value.name, place.url in caught.value.problem) == (NAME, True)


def test_a_missing_blob_is_named(place: Place) -> None:
    vault = Vault(place, Cipher())
    calls = (vault.get, vault.reseal, functools.partial(vault.copy_to, place))
    for call in calls:
        with pytest.raises(BlobMissing, match=NAME):
            call(NAME, ADDRESS)


@functools.cache
def sealed(keys: tuple[str, ...]) -> bytes:
    return Cipher(keys).seal(BLOB)


@st.composite
def damages(draw: st.DrawFn, stored: bytes) -> bytes:
    """A blob in which one byte was changed, or from which bytes were cut, or to which some were added."""
    where = draw(st.integers(0, len(stored) - 1))
    kind = draw(st.sampled_from(["flip", "cut", "drop", "add"]))
    if kind == "flip":
        return stored[:where] + bytes([stored[where] ^ draw(st.integers(1, 255))]) + stored[where + 1 :]
    if kind == "cut":
        return stored[:where]
    if kind == "drop":
        return stored[:where] + stored[where + 1 :]
    return stored[:where] + draw(st.binary(min_size=1, max_size=3)) + stored[where:]


@pytest.mark.parametrize("keys", KEYS)
@patient
@given(data=st.data())
def test_any_damage_is_found_and_named(
    tmp_path_factory: pytest.TempPathFactory, keys: tuple[str, ...], data: st.DataObject
) -> None:
    damaged = data.draw(damages(sealed(keys)))
    if damaged == sealed(keys):  # a byte beside its like was doubled
        return
    found(tmp_path_factory.getbasetemp() / "damage", keys, damaged)


@pytest.mark.parametrize("keys", KEYS)
def test_every_flipped_bit_and_every_cut_is_found_and_named(tmp_path: Path, keys: tuple[str, ...]) -> None:
    stored = sealed(keys)
    for where in range(len(stored)):
        found(tmp_path, keys, stored[:where])
        for bit in range(8):
            found(tmp_path, keys, stored[:where] + bytes([stored[where] ^ 1 << bit]) + stored[where + 1 :])


def found(root: Path, keys: tuple[str, ...], damaged: bytes) -> None:
    """The damage is found in a blob whose key is not known, and called damage where it is."""
    root.joinpath(NAME).parent.mkdir(parents=True, exist_ok=True)
    root.joinpath(NAME).write_bytes(damaged)
    vault = Vault(Directory(root), Cipher(keys))
    with pytest.raises((BlobDamaged, WrongKey)) as caught:
        vault.get(NAME, ADDRESS)
    assert NAME in caught.value.message
    with pytest.raises(BlobDamaged, match=f"^blob {NAME} is (cut|altered).*{root}"):
        vault.get(NAME, ADDRESS, key_id=vault.cipher.key_id)


@pytest.mark.parametrize("keys", KEYS)
def test_a_cut_is_called_a_cut(tmp_path: Path, keys: tuple[str, ...]) -> None:
    vault = Vault(made(str(tmp_path)), Cipher(keys))
    for left in (0, 1, 15, len(BLOB) - 1):
        vault.place.write(NAME, sealed(keys)[:left])
        with pytest.raises(BlobDamaged, match="is cut"):
            vault.get(NAME, ADDRESS)


def test_a_wrong_key_and_none_say_so(tmp_path: Path) -> None:
    place = made(str(tmp_path))
    Vault(place, Cipher((OLD,))).put(NAME, BLOB)
    for keys in ((), (FOREIGN,), (FOREIGN, NEW)):
        with pytest.raises(WrongKey, match="HOLDFAST_BLOB_KEYS") as caught:
            Vault(place, Cipher(keys)).get(NAME, ADDRESS, key_id=Cipher((OLD,)).key_id)
        assert (caught.value.name, str(tmp_path) in caught.value.problem) == (NAME, True)
        assert all(key not in caught.value.message for key in (OLD, *keys))


@pytest.mark.parametrize("keys", KEYS)
def test_a_copy_is_the_same_bytes_in_another_place(place: Place, tmp_path: Path, keys: tuple[str, ...]) -> None:
    vault = Vault(place, Cipher(keys))
    vault.put(NAME, BLOB)
    backup = made(str(tmp_path / "backup"))
    assert vault.copy_to(backup, NAME, ADDRESS) == len(place.read(NAME))
    assert backup.read(NAME) == place.read(NAME)
    assert Vault(backup, vault.cipher).get(NAME, ADDRESS) == BLOB


def test_damage_is_not_copied(tmp_path: Path) -> None:
    vault = Vault(made(str(tmp_path / "blobs")), Cipher())
    vault.place.write(NAME, BLOB[:-1])
    backup = made(str(tmp_path / "backup"))
    with pytest.raises(BlobDamaged):
        vault.copy_to(backup, NAME, ADDRESS)
    assert list(backup.names("")) == []


class Forgetful(Directory):
    """A disk that says yes and writes something else."""

    def write(self, name: str, content: bytes) -> None:
        super().write(name, content[:-1])


def test_a_copy_that_went_wrong_is_found_at_once(tmp_path: Path) -> None:
    vault = Vault(made(str(tmp_path / "blobs")), Cipher())
    vault.put(NAME, BLOB)
    backup = Forgetful(tmp_path / "backup")
    backup.prepare()
    with pytest.raises(BlobDamaged, match=f"came back different.*{backup.url}"):
        vault.copy_to(backup, NAME, ADDRESS)


@pytest.mark.parametrize("before", KEYS)
def test_rotation_leaves_the_content_and_needs_the_old_key_no_more(
    place: Place, tmp_path: Path, before: tuple[str, ...]
) -> None:
    Vault(place, Cipher(before)).put(NAME, BLOB)
    backup = made(str(tmp_path / "backup"))
    Vault(place, Cipher(before)).copy_to(backup, NAME, ADDRESS)
    vault = Vault(place, Cipher((NEW, *before)))
    stored = vault.reseal(NAME, ADDRESS, [backup])
    assert stored == Stored(len(place.read(NAME)), Cipher((NEW,)).key_id)
    for each in (place, backup):
        assert Vault(each, Cipher((NEW,))).get(NAME, ADDRESS) == BLOB


def test_rotation_stops_at_what_it_cannot_open_and_leaves_it(tmp_path: Path) -> None:
    vault = Vault(made(str(tmp_path)), Cipher((NEW, OLD)))
    for stored in (BLOB[:-1], Cipher((FOREIGN,)).seal(BLOB)):
        vault.place.write(NAME, stored)
        with pytest.raises((BlobDamaged, WrongKey)):
            vault.reseal(NAME, ADDRESS)
        assert vault.place.read(NAME) == stored


def test_a_place_that_is_away_is_not_damage(tmp_path: Path) -> None:
    vault = Vault(Directory(tmp_path / "away"), Cipher())
    errors: list[type[HoldfastError]] = []
    for call in (lambda: vault.put(NAME, BLOB), lambda: vault.get(NAME, ADDRESS)):
        with pytest.raises(BlobsUnavailable) as caught:
            call()
        errors.append(caught.type)
    assert errors == [BlobsUnavailable] * 2
