"""The cipher: what goes in comes out, under any key that was ever the first, and under no other."""

import base64
import gzip

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from holdfast.blobs.cipher import Cipher, new_key
from holdfast.errors import BlobDamaged, InvalidInput, WrongKey

OLD, NEW, FOREIGN = new_key(), new_key(), new_key()
BLOB = gzip.compress(b"what was said")
NAME = "acme/segments/0a/0a1b.jsonl.gz"


@given(st.binary(max_size=200).map(gzip.compress), st.sampled_from([(), (OLD,), (NEW, OLD)]))
def test_what_was_sealed_opens(content: bytes, keys: tuple[str, ...]) -> None:
    cipher = Cipher(keys)
    sealed = cipher.seal(content)
    assert cipher.open(sealed, NAME) == content
    assert sealed.startswith(b"\x1f\x8b") is (not keys)


def test_plain_is_what_it_was() -> None:
    assert Cipher().seal(BLOB) == BLOB
    assert (Cipher().key_id, Cipher().key_ids) == (None, [])


def test_only_gzip_can_be_stored() -> None:
    for keys in ((), (OLD,)):
        with pytest.raises(ValueError, match="gzip"):
            Cipher(keys).seal(b"plain text")


def test_what_was_written_before_there_were_keys_stays_readable() -> None:
    assert Cipher((NEW,)).open(BLOB, NAME) == BLOB


def test_rotation() -> None:
    before = Cipher((OLD,)).seal(BLOB)
    both = Cipher((NEW, OLD))
    assert both.open(before, NAME) == BLOB
    assert Cipher((NEW,)).open(both.seal(BLOB), NAME) == BLOB, "the first key seals"
    assert both.key_ids == [Cipher((NEW,)).key_id, Cipher((OLD,)).key_id]


def test_no_key() -> None:
    with pytest.raises(WrongKey, match=rf"^blob {NAME} is encrypted; set HOLDFAST_BLOB_KEYS"):
        Cipher().open(Cipher((OLD,)).seal(BLOB), NAME)


def test_a_wrong_key() -> None:
    sealed = Cipher((FOREIGN,)).seal(BLOB)
    with pytest.raises(WrongKey, match="not among the 2 in HOLDFAST_BLOB_KEYS, or it was altered") as caught:
        Cipher((NEW, OLD)).open(sealed, NAME, Cipher((FOREIGN,)).key_id)
    assert caught.value.name == NAME


def test_an_altered_blob_is_known_where_its_key_is() -> None:
    cipher = Cipher((OLD,))
    token = bytearray(base64.urlsafe_b64decode(cipher.seal(BLOB)))
    token[30] ^= 1
    altered = base64.urlsafe_b64encode(token)
    with pytest.raises(
        BlobDamaged, match="is altered, or encrypted anew with a key not given here: its own does not open it"
    ):
        cipher.open(altered, NAME, cipher.key_id)
    with pytest.raises(WrongKey, match="or it was altered"):
        cipher.open(altered, NAME)


@pytest.mark.parametrize("cut", [1, 64, 999])
def test_a_cut_blob_is_damaged_whatever_the_keys(cut: int) -> None:
    sealed = Cipher((OLD,)).seal(BLOB)
    for keys in ((), (OLD,), (NEW,)):
        with pytest.raises(BlobDamaged, match=rf"^blob {NAME} is cut"):
            Cipher(keys).open(sealed[:-cut], NAME)


@pytest.mark.parametrize("stored", [b"", b"x", b"gAAA", b"\xff" * 9, b"gAAAAA==", b"A" * 120])
def test_neither_plain_nor_encrypted_is_damaged(stored: bytes) -> None:
    for keys in ((), (OLD,)):
        with pytest.raises(BlobDamaged, match=rf"^blob {NAME} is cut"):
            Cipher(keys).open(stored, NAME)


@pytest.mark.parametrize("length", range(40))
def test_every_length_of_a_token_is_recognised(length: int) -> None:
    content = b"\x1f\x8b" + b"x" * length
    sealed = Cipher((OLD,)).seal(content)
    assert Cipher((NEW, OLD)).open(sealed, NAME) == content
    with pytest.raises(WrongKey):
        Cipher().open(sealed, NAME)


def test_what_is_no_key_is_refused_and_not_repeated() -> None:
    for bad in ("", "hunter2", "hunter2" * 8, OLD[:-2], "ä" * 44, base64.b64encode(b"x" * 16).decode()):
        with pytest.raises(
            InvalidInput, match="number 2 is not a Fernet key; make one with `holdfast keys new`"
        ) as caught:
            Cipher((NEW, bad))
        assert caught.value.field == "blob_keys"
        assert not bad or bad not in str(caught.value) + str(caught.value.__cause__)


def test_a_fingerprint_is_stable_and_short_and_no_part_of_the_key() -> None:
    key = base64.urlsafe_b64encode(bytes(range(32))).decode()
    assert Cipher((key,)).key_id == Cipher((key, OLD)).key_id == "bb872e37"
    assert new_key() != new_key()
    Fernet(new_key())
