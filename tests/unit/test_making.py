"""Making a save, without a database: its laws, on sizes so small that every way through is taken."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from holdfast.errors import LogDamaged
from holdfast.events import Event
from holdfast.pipeline.making import Making, Order, make, plan
from holdfast.pipeline.restored import restored
from holdfast.saving import segment
from holdfast.saving.packing import unpacked
from holdfast.saving.policy import REASONS, Policy
from holdfast.saving.tiers import TIERS, Tier
from holdfast.session import State, fold
from holdfast.store.chain import genesis, link
from holdfast.store.savings import Covering, Fold, Saving
from strategies import patient

TENANT, SESSION = "default", "SESSION-260129-001"
AT = datetime(2026, 1, 29, 10, tzinfo=UTC)
POLICY = Policy(
    enabled=True, intervals=dict.fromkeys(TIERS, 30.0), keep=5, triggers=frozenset(REASONS), tail=500
)  # fmt: skip

SMALL = {
    "saving.cover.FULL_EVENTS": 4,
    "saving.cover.FULL_BYTES": 400,
    "saving.cover.SEALED_EVENTS": 2,
    "saving.cover.SEALED_BYTES": 150,
    "saving.cover.FAN": 3,
    "saving.cover.MAX_TAIL": 3,
    "saving.cover.MAX_BYTES": 3000,
    "saving.cover.SHARE": 2,
    "pipeline.making.CHUNK": 11,
    "pipeline.making.HEAVY": 300,
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SMALL.items():
        monkeypatch.setattr(f"holdfast.{name}", value)


class Life:
    """A session: its log, and what was saved of it, as the tables and the blobs would have it."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.digest = genesis(TENANT, SESSION)
        self.cover: list[Covering] = []
        self.folds: dict[int, Fold] = {}
        self.blobs: dict[str, bytes] = {}
        self.snapshots: list[Any] = []
        self.read: list[int] = []
        self.saving = Saving(
            1, TENANT, SESSION, 0, self.digest, None, AT, 0, None, 0, 0, 0, 0, 0, None, None, None
        )  # fmt: skip
        self.append("session.started", {"user_id": "u"})

    def append(self, event_type: str, data: dict[str, Any]) -> None:
        seq = len(self.rows) + 1
        text = orjson.dumps(data)
        fields = (seq, UUID(int=seq), event_type, 1, "a", None, None, None, AT, AT + timedelta(seconds=seq))
        self.digest = link(self.digest, fields, text)
        self.rows.append((*fields, text, self.digest))
        self.saving = replace(self.saving, seq=seq, digest=self.digest)

    def between(self, after: int, upto: int) -> list[tuple[Any, ...]]:
        self.read.append(upto - after)
        return self.rows[after:upto]

    def save(self, *tiers: Tier, asked: bool = False) -> list[Making]:
        """To the end, in as many rounds as that needs."""
        rounds: list[Making] = []
        while not rounds or rounds[-1].made.seq < self.saving.seq:
            rounds.append(self.round(Order(1, dict.fromkeys(tiers), asked=asked)))
            assert len(rounds) <= len(self.rows)
        return rounds

    def round(self, order: Order) -> Making:
        planned = plan(self.saving, order, POLICY)
        making = make(
            planned,
            self.between(planned.range.after, planned.range.upto),
            cover=self.cover if planned.covers else [],
            read=self.between,
            existing=frozenset(row.tier for row in self.snapshots if row.seq == planned.upto),
            points=frozenset(row.id for row in self.snapshots),
        )
        self.commit(making)
        return making

    def commit(self, making: Making) -> None:
        """As `savings.write` does."""
        made, saving = making.made, self.saving
        for name, (_, content) in making.blobs.items():
            self.blobs[name] = content
        if made.fold:
            self.folds[made.fold.seq] = made.fold
            saving = replace(
                saving, fold_seq=made.fold.seq, fold_bytes=made.fold.size, recipe=made.fold.recipe,
                fold=made.fold.body, fold_digest=made.fold.digest,
            )  # fmt: skip
        version = saving.cover + bool(made.pieces)
        fresh = [Covering(piece, version, 0, making.blobs[name][0]) for piece, name in made.pieces]
        self.cover = sorted(
            [*(each for each in self.cover if each not in made.replaced), *fresh], key=lambda each: each.piece.first
        )
        self.snapshots += [row for row, _, _ in made.rows]
        self.saving = replace(
            saving, cover=version, covered=max((piece.last for piece, _ in made.pieces), default=made.saving.covered),
            tail_bytes=made.tail_bytes, autosaves=saving.autosaves + made.numbered,
        )  # fmt: skip

    def damage_cover(self, place: int, how: str) -> None:
        if not self.cover or min(each.added for each in self.cover) < 0:
            return
        one = self.cover.pop(place % len(self.cover))
        moved = one._replace(piece=one.piece._replace(first=one.piece.first + 1, last=one.piece.last + 1))
        self.cover += {"lost": [], "twice": [one, one._replace(added=one.added - 1000)], "moved": [moved]}[how]
        self.cover.sort(key=lambda each: each.piece.first)

    def events(self) -> Iterator[Event]:
        for *fields, text, digest in self.rows:
            seq, event_id, kind, version, actor, _, _, _, occurred_at, recorded_at = fields
            yield Event(SESSION, seq, event_id, kind, version, actor, occurred_at, recorded_at,
                        orjson.loads(text), digest, None, None, None)  # fmt: skip

    def check(self, *, cover: bool) -> None:
        """What must hold after every save, and of the cover after one that needed it."""
        pieces = [each.piece for each in self.cover]
        if cover:
            assert (pieces[0].first, pieces[-1].last) == (1, self.saving.covered)
            assert all(before.last + 1 == after.first for before, after in pairwise(pieces))
        for each in self.cover if cover else []:
            blob = next(content for name, content in self.blobs.items() if each.address.hex() in name)
            lines = segment.decode("s", blob, each.piece.first, each.piece.last)
            assert lines == [segment.Line(*row[:-1]) for row in self.rows[each.piece.first - 1 : each.piece.last]]
            assert each.piece.bytes == segment.size(lines)
        for row in self.snapshots:
            assert row.fold_seq in self.folds
            assert row.fold_seq <= row.seq


def growth(sizes: Sequence[int], keys: int = 3) -> list[tuple[str, dict[str, Any]]]:
    return [("state.set", {"key": str(place % keys), "value": "x" * size}) for place, size in enumerate(sizes)]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grow"), st.lists(st.integers(0, 20) | st.integers(0, 600), min_size=1, max_size=40)),
        st.tuples(st.just("save"), st.sets(st.sampled_from(TIERS), min_size=1), st.booleans()),
        st.tuples(st.sampled_from(["the fold is damaged", "the fold is of another recipe"])),
        st.tuples(st.just("the cover is damaged"), st.integers(0, 99), st.sampled_from(["lost", "twice", "moved"])),
    ),
    min_size=2,
    max_size=14,
)


@pytest.mark.promise(5)
@settings(patient, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(STEPS)
def test_whatever_was_saved_before_a_save_is_all_of_the_session(steps: list[tuple[Any, ...]]) -> None:
    life = Life()
    for step, *how in [*steps, ("save", {"full"}, False)]:
        if step == "grow":
            for each in growth(how[0]):
                life.append(*each)
        elif step == "save":
            tiers: list[Tier] = sorted(how[0])
            *_, last = life.save(*tiers, asked=how[1])
            life.check(cover=last.plan.covers)
            again = life.round(Order(1, dict.fromkeys(tiers)))
            new = (again.made.rows, again.made.pieces, again.made.fold, again.blobs)
            assert not any(new), "nothing is new"
            if last.plan.folds_from is None:
                event("a heavy fold was left as it was")
            check_read_back(life, tiers)
        elif step == "the cover is damaged":
            life.damage_cover(*how)
        elif step == "the fold is damaged" and life.saving.fold:
            life.saving = replace(life.saving, fold=life.saving.fold + b"x")
        elif life.saving.fold:
            life.saving = replace(life.saving, recipe=0)


def check_read_back(life: Life, tiers: Sequence[Tier]) -> None:
    events = list(life.events())
    newest = {row.tier: row for row in life.snapshots}
    for tier in tiers:
        row = newest[tier]
        assert (row.seq, row.log_digest) == (len(events), life.digest)
        folded = State.model_validate_json(unpacked("f", life.folds[row.fold_seq].body))
        assert fold(events[row.fold_seq :], folded) == fold(events)
    if "full" in tiers:
        name, content = next(each for each in reversed(life.blobs.items()) if "/sessions/" in each[0])
        alone = restored(name, content, lambda name, _: life.blobs[name])
        assert list(alone.events()) == events
        assert alone.state() == fold(events)


def test_pieces_that_merge_behind_larger_ones_of_the_same_save_leave_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.pipeline.making.CHUNK", 1000)
    life = Life()
    for each in growth([1] * 200):
        life.append(*each)
    life.save("conversation")
    for each in growth([1100] * 6 + [200] * 10):
        life.append(*each)
    (making,) = life.save("full")
    assert any(piece.events > 4 for piece, _ in making.made.pieces), "some were merged"
    life.check(cover=True)
    check_read_back(life, ["full"])


@pytest.mark.promise(7)
def test_what_a_save_reads_follows_what_is_new_however_heavy_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    life = Life()
    for each in growth([3000] * 400, keys=50):
        life.append(*each)
    life.save("full")
    assert life.saving.fold_bytes > 32 * 1024
    life.read.clear()
    saves = 100
    for _ in range(saves):
        for each in growth([50] * 10):
            life.append(*each)
        life.save("context")
    assert sum(life.read) / saves <= 8 * 10
    assert len(life.folds) <= 3, "a heavy state is not folded for every save"


def test_an_altered_event_is_not_saved_over_what_is_right() -> None:
    life = Life()
    for each in growth([10] * 8):
        life.append(*each)
    life.save("full")
    for each in growth([10] * 4):
        life.append(*each)
    row = life.rows[10]
    life.rows[10] = (*row[:-2], row[-2].replace(b"x", b"y"), row[-1])
    with pytest.raises(LogDamaged, match="event 11: was altered after it was committed"):
        life.save("full")
    life.rows[10] = row
    del life.rows[11]
    with pytest.raises(LogDamaged, match="event 12: is missing"):
        life.save("context")


@pytest.mark.parametrize("tier", TIERS)
def test_a_head_that_is_not_the_logs_end_is_damage(tier: Tier) -> None:
    life = Life()
    life.saving = replace(life.saving, digest=b"another")
    with pytest.raises(LogDamaged, match="does not match the session's head"):
        life.save(tier)
