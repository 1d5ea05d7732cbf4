"""Damage: whatever byte of a snapshot is flipped, cut or gone, it is found, named, and never believed."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from capturing import counts
from damaging import VERSIONS, WITHOUT_CONTENT, Saved, alterations, altered, changed, needed, saved_sessions, spoiled
from holdfast.config import Settings
from holdfast.errors import BlobDamaged, WrongKey
from strategies import patient

laws = settings(
    patient, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(params=["plain", "encrypted"])
def saved(request: pytest.FixtureRequest, settings: Settings, engine: Engine) -> Iterator[Saved]:
    if request.param == "encrypted":
        settings = settings.model_copy(update={"blob_keys": Fernet.generate_key().decode()})
    with saved_sessions(settings, engine) as found:
        yield found


@pytest.mark.promise(5)
@pytest.mark.promise(6)
def test_every_blob_that_is_gone_cut_or_altered_is_named(saved: Saved, engine: Engine) -> None:
    assert saved.damaged() == {}
    assert len(saved.blobs) > 8
    of = {each.id: needed(engine, each) for each in saved.snapshots}
    for path in saved.blobs:
        content = path.read_bytes()
        for other in (
            None,
            b"",
            content[:-1],
            content[:10],
            content + b"x",
            content[::-1],
            saved.blobs[0].read_bytes(),
        ):
            if other == content:
                continue
            with altered(path, other):
                found = saved.damaged()
                assert set(found) == {point for point, names in of.items() if any(path.name in each for each in names)}
                assert all(isinstance(error, BlobDamaged | WrongKey) for error in found.values())
                assert all(path.name in error.message for error in found.values())
        with altered(path, None):
            saved.check_states()


@pytest.mark.promise(6)
@laws
@given(which=st.integers(0, 99), where=st.integers(0, 10**6), bits=st.integers(0, 255))
def test_any_byte_of_a_blob_that_is_flipped_or_missing_is_named(
    saved: Saved, engine: Engine, which: int, where: int, bits: int
) -> None:
    path = saved.blobs[which % len(saved.blobs)]
    with altered(path, spoiled(path.read_bytes(), where, bits)):
        found = saved.damaged()
    wanted = {each.id for each in saved.snapshots if any(path.name in name for name in needed(engine, each))}
    assert set(found) == wanted
    assert all(path.name in error.message for error in found.values())


@pytest.mark.promise(5)
@pytest.mark.promise(6)
@pytest.mark.parametrize("saved", ["plain"], indirect=True)
@pytest.mark.parametrize("table", ["snapshots", "folds", "segments", "blobs"])
def test_every_column_of_every_row_that_is_altered_is_noticed_or_says_nothing(
    saved: Saved, engine: Engine, table: str
) -> None:
    before = counts(engine)
    unnoticed: dict[str, list[str]] = {}
    for row, column, value in list(alterations(engine, table)):
        with changed(engine, table, row, column, value):
            found = saved.damaged()
            saved.check_states()
        if (table, column) in WITHOUT_CONTENT:
            assert not found, (column, value)
        elif not found and (table, column) not in VERSIONS:
            unnoticed.setdefault(column, []).append(f"{row}: {value}")
    assert unnoticed == {}
    assert counts(engine) == before
    assert saved.damaged() == {}
