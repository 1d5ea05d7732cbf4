"""Forgetting a person: nothing is left of them anywhere, and of everybody else nothing is missing."""

import gzip
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from aftermath import check
from command import Command
from forgetting import CAMPAIGN, Person, everything, finish, places, worked
from holdfast.blobs.cipher import new_key
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.doctor import examine
from holdfast.errors import ForgettingRefused, SessionArchived, SessionExists, SessionNotFound
from holdfast.pipeline.capture import Saver
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.learn import learn
from holdfast.pipeline.put_back import put_back
from holdfast.pipeline.recompute import forget as forget_memory
from holdfast.remembering.receipt import person_digest, session_digest
from holdfast.saving.tracking import folder
from holdfast.store.evidence import OWNER
from holdfast.store.forgetting import OF_SESSIONS
from holdfast.store.transaction import transaction
from holdfast.testing import wait_until
from resting import Timers
from twice import everything as whole
from writing import drain, raw, said, stream_of

ANN, BOB = "ann@example.org", "bob@example.org"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"backup_url": str(tmp_path / "data" / "backup"), "autosave_keep": 1})


@pytest.fixture
def ann(hf: Holdfast) -> Person:
    return Person(hf, ANN, "xylophone")


@pytest.fixture
def bob(hf: Holdfast) -> Person:
    return Person(hf, BOB, "marmalade")


def state_of(person: Person) -> list[Any]:
    return [(whole(session), session.snapshots()) for session in person.sessions]


def is_gone(person: Person, settings: Settings, engine: Engine) -> None:
    """Nothing of the person is left, by any byte."""
    found = everything(settings, engine)
    assert person.word.encode() not in found
    assert person.id.encode() not in found
    for session in person.sessions:
        assert session.id.encode() not in found
    verdict = person.hf.service.forgetting.verify(person.id)
    assert verdict.clean, verdict.found


def is_whole(person: Person, before: list[Any], settings: Settings, engine: Engine) -> None:
    assert state_of(person) == before
    for session in person.sessions:
        assert check(person.hf, session) == 1
    assert person.word.encode() in everything(settings, engine)


@pytest.mark.promise(10)
def test_nothing_is_left_of_the_one_and_nothing_is_missing_of_the_other(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person, bob: Person
) -> None:
    worked(engine, settings, ann, bob)
    before = state_of(bob)
    assert not hf.service.forgetting.verify(ANN).clean
    heads = {session.id: session.events()[-1].digest.hex() for session in ann.sessions}
    receipt = hf.forget(ANN, asked_by="privacy desk")
    is_gone(ann, settings, engine)
    is_whole(bob, before, settings, engine)
    assert receipt.done
    assert receipt.person == person_digest("default", ANN).hex()
    assert {each.session: each.head for each in receipt.sessions} == {
        session_digest("default", session_id).hex(): head for session_id, head in heads.items()
    }
    assert sum(each.events for each in receipt.sessions) == receipt.removed["events"]
    assert receipt.removed["sessions"] == 2
    assert len(receipt.blobs) == receipt.removed["blobs"] > 0
    assert receipt.removed["blobs in the second location"] > 0
    assert {"memories", "evidence", "summaries", "runs", "traces", "snapshots", "folds", "segments"} <= set(
        receipt.removed
    )
    assert {each.what for each in receipt.kept} == {"campaign budgets"}
    assert receipt.asked_by == "privacy desk"
    assert ANN not in str(receipt.to_json())
    assert hf.forget(ANN) == receipt, "once is enough"
    assert hf.service.forgetting.receipts(ANN) == [receipt]


def test_who_asked_is_told_without_the_persons_id_and_else_as_given(hf: Holdfast) -> None:
    hf.start("desk")
    assert hf.forget("desk", asked_by="helpdesk 7, for desk's owner").asked_by == "helpdesk 7, for the person's owner"


@pytest.mark.promise(10)
def test_encrypted_blobs_go_too(
    settings: Settings,
    engine: Engine,
) -> None:
    settings = settings.model_copy(update={"blob_keys": new_key()})
    with Holdfast(settings) as hf:
        ann, bob = Person(hf, ANN, "xylophone"), Person(hf, BOB, "marmalade")
        worked(engine, settings, ann, bob)
        before = state_of(bob)
        assert ann.word.encode() in everything(settings, engine)
        hf.forget(ANN)
        is_gone(ann, settings, engine)
        is_whole(bob, before, settings, engine)


@pytest.mark.promise(10)
def test_buckets_are_emptied_too(settings: Settings, engine: Engine, bucket: str) -> None:
    settings = settings.model_copy(update={"blob_url": f"{bucket}/here", "backup_url": f"{bucket}/there"})
    with Holdfast(settings) as hf:
        ann, bob = Person(hf, ANN, "xylophone"), Person(hf, BOB, "marmalade")
        worked(engine, settings, ann, bob)
        before = state_of(bob)
        receipt = hf.forget(ANN)
        is_gone(ann, settings, engine)
        is_whole(bob, before, settings, engine)
        for place in places(settings, engine):
            names = " ".join(place.names(""))
            assert names
            assert not any(address in names for address in receipt.blobs)


@pytest.mark.promise(10)
def test_what_comes_late_is_dropped_and_no_dead_letter(
    hf: Holdfast, engine: Engine, settings: Settings, ingest: Ingest, ann: Person, bob: Person
) -> None:
    worked(engine, settings, ann, bob)
    session = ann.sessions[0]
    session.publish(said(f"waiting {ann.word}"))
    hf.forget(ANN)
    session.publish(said(f"late {ann.word}"))
    hf.publisher.redis.xadd(stream_of(hf, session), raw(session, said(f"wrong {ann.word}"), version="x"))
    started = {"type": "session.started", "data": {"user_id": ANN, "title": ann.word}}
    hf.publisher.redis.xadd(stream_of(hf, session), raw(session, started))
    stranger = hf.start("carol")
    hf.publisher.redis.xadd(stream_of(hf, stranger), raw(stranger, said("a letter")) | {"session": "nobody"})
    drain(ingest)
    assert [letter.session_id for letter in hf.service.dead_letters()] == ["nobody"]
    is_gone(ann, settings, engine)
    with pytest.raises(SessionNotFound):
        session.append(said(ann.word))
    with pytest.raises(SessionExists, match="was forgotten"):
        hf.start(ANN, session_id=session.id)
    with pytest.raises(SessionExists, match="was forgotten"):
        hf.fork(bob.sessions[0].id, new_id=session.id)
    assert session.recover(record=False).status == "failed"
    is_gone(ann, settings, engine)


@pytest.mark.promise(10)
def test_dead_letters_and_entries_that_nobody_drains_go(
    hf: Holdfast, engine: Engine, settings: Settings, ingest: Ingest, ann: Person, bob: Person
) -> None:
    session, other = ann.begin(), bob.begin()
    for each, person in ((session, ann), (other, bob)):
        hf.publisher.redis.xadd(stream_of(hf, each), raw(each, said(person.word), version="x"))
    unborn = {"type": "session.started", "data": {"user_id": ANN, "title": ann.word}}
    hf.publisher.redis.xadd(stream_of(hf, session), raw(session, unborn, version="99") | {"session": "unborn"})
    drain(ingest)
    assert len(hf.service.dead_letters()) == 3
    orphan = f"{settings.prefix}stream:99"
    for each, person in ((session, ann), (other, bob)):
        hf.publisher.redis.xadd(orphan, raw(each, said(person.word)))
    notice = hf.publisher.keys.notice("t")
    hf.publisher.redis.rpush(notice, f'[{{"id": "x", "message": "there is no session \'{session.id}\'"}}]')
    verdict = hf.service.forgetting.verify(ANN)
    assert {each.where for each in verdict.found} == {"sessions", "dead_letters"}
    receipt = hf.forget(ANN)
    assert (receipt.removed["dead_letters"], receipt.removed["stream"], receipt.removed["notices"]) == (2, 1, 1)
    is_gone(ann, settings, engine)
    assert [letter.session_id for letter in hf.service.dead_letters()] == [other.id]
    assert hf.publisher.redis.xlen(orphan) == 1


@pytest.mark.promise(10)
def test_a_spool_that_comes_back_brings_nothing_back(
    settings: Settings, engine: Engine, ingest: Ingest, tmp_path: Path
) -> None:
    with Holdfast(settings) as hf:
        ann = Person(hf, ANN, "xylophone")
        session = ann.begin()
        spool = tmp_path / "spool"
        down = settings.model_copy(update={"spool": spool, "redis_url": "redis://127.0.0.1:1/0", "timeout": 0.1})
        with Holdfast(down) as away:
            away.session(session.id, agent="a").publish(said(ann.word))
        assert ann.word.encode() in spool.read_bytes()
        hf.forget(ANN)
        with Holdfast(settings.model_copy(update={"spool": spool})) as back:
            assert back.flush()
        drain(ingest)
        is_gone(ann, settings, engine)
        assert hf.service.dead_letters() == []


@pytest.mark.promise(10)
def test_a_fork_that_is_somebody_elses_stays_whole_with_the_blobs_that_it_shares(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person
) -> None:
    session = ann.begin()
    session.append(*(said(f"{number} {ann.word}") for number in range(20)))
    session.save()
    fork = hf.fork(session.id)
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET user_id = 'carol' WHERE id = :id"), {"id": fork.id})
    fork.save()
    before = whole(fork)
    receipt = hf.forget(ANN)
    assert whole(fork) == before
    assert check(hf, fork) == 1
    assert {each.what for each in receipt.kept} >= {"shared blobs", "mentions"}
    verdict = hf.service.forgetting.verify(ANN)
    assert verdict.clean, verdict.found
    assert sum(each.count for each in verdict.mentions) > 0
    hf.forget("carol")
    assert [*places(settings, engine)[0].names("")] == []


@pytest.mark.promise(10)
def test_a_fork_of_the_persons_own_goes_with_its_parent(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person
) -> None:
    session = ann.begin()
    ann.works(session)
    session.save()
    ann.sessions.append(hf.fork(session.id))
    ann.sessions[1].save()
    receipt = hf.forget(ANN)
    assert receipt.removed["sessions"] == 2
    is_gone(ann, settings, engine)
    assert [*places(settings, engine)[0].names("")] == []


@pytest.mark.promise(10)
def test_an_archived_session_goes_and_others_archives_stay(
    hf: Holdfast, engine: Engine, settings: Settings, ingest: Ingest, ann: Person, bob: Person
) -> None:
    worked(engine, settings, ann, bob)
    for session in (ann.sessions[0], bob.sessions[0]):
        session.append({"type": "session.closed", "data": {}})
        assert Timers(settings, engine, ingest).archive(session) == 1
        with pytest.raises(SessionArchived):
            session.append(said("more"))
    before = bob.sessions[0].events(limit=None)
    assert ann.word.encode() in everything(settings, engine)
    hf.forget(ANN)
    is_gone(ann, settings, engine)
    assert bob.sessions[0].events(limit=None) == before
    hf.revive(bob.sessions[0].id)
    assert bob.sessions[0].verify() == len(before)


@pytest.mark.promise(10)
def test_what_a_campaign_learned_from_the_person_goes_and_what_others_said_as_well_stays(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person, bob: Person
) -> None:
    for person in (ann, bob):
        session = person.begin()
        session.append(
            {"type": "campaign.updated", "data": {"gtm_id": CAMPAIGN, "status": "in_progress"}},
            learned({"ctr": "doubled by short subject lines"}),
            learned({f"of {person.word}": f"sells best on mondays, says {person.word}"}),
        )
        with transaction(engine) as connection:
            learn(connection, settings.tenant, session.id)
    assert len(memories_of_campaign(engine)) == 3
    receipt = hf.forget(ANN)
    is_gone(ann, settings, engine)
    left = memories_of_campaign(engine)
    assert len(left) == 2
    assert sum(bob.word in each for each in left) == 1
    assert {each.what: each.count for each in receipt.kept}["campaign memories"] == 1


def learned(facts: dict[str, str]) -> dict[str, Any]:
    return {"type": "knowledge.learned", "data": {"area": "past_learnings", "facts": facts}}


def memories_of_campaign(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT text FROM memories WHERE owner_kind = 'campaign'"))
        return list(found.scalars())


@pytest.mark.promise(10)
def test_a_long_session_goes_bit_by_bit_and_what_is_busy_is_waited_for(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.store.forgetting.EVENTS", 7)
    monkeypatch.setattr("holdfast.pipeline.forget.BATCH", 1)
    monkeypatch.setattr("holdfast.pipeline.forget.WRITE_SECONDS", 1.0)
    session = ann.begin()
    for _ in range(3):
        session.append(*(said(f"{number} {ann.word}") for number in range(20)))
        session.save()
    with engine.begin() as connection:
        connection.execute(text("UPDATE blobs SET writing_since = now()"))
    began = time.monotonic()
    receipt = hf.forget(ANN)
    assert time.monotonic() - began > 0.9
    assert receipt.removed["events"] == 61
    assert receipt.removed["blobs"] > 2
    is_gone(ann, settings, engine)


@pytest.mark.promise(10)
def test_what_a_killed_save_left_goes_too(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blobs that were announced and written, and never referred to; and a file that never got its name."""
    worked(engine, settings, ann, bob)
    ann.sessions[0].append(said(f"never saved {ann.word}"))
    monkeypatch.setattr("holdfast.pipeline.capture.Saver._commit", killed)
    with pytest.raises(KeyboardInterrupt):
        ann.sessions[0].save()
    monkeypatch.undo()
    (body,) = (settings.data_dir / "blobs").rglob(f"sessions/{folder(ann.sessions[0].id)}/*{'0' * 8}9*")
    unfinished = body.with_name(f".{'0' * 16}.new")
    unfinished.write_bytes(gzip.compress(ann.word.encode()))
    os.utime(unfinished, times=(0, 0))
    with engine.begin() as connection:
        connection.execute(text("UPDATE blobs SET writing_since = writing_since - interval '1 hour'"))
    before = state_of(bob)
    hf.forget(ANN)
    is_gone(ann, settings, engine)
    is_whole(bob, before, settings, engine)


def killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.promise(10)
@pytest.mark.parametrize("step", ["_write_blobs", "_commit"])
def test_a_save_that_was_begun_before_brings_nothing_back(
    step: str, hf: Holdfast, engine: Engine, settings: Settings, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.pipeline.forget.WRITE_SECONDS", 0.1)
    session = ann.begin()
    ann.works(session)
    as_it_is = getattr(Saver, step)

    def late(*given: Any) -> Any:
        monkeypatch.setattr(Saver, step, as_it_is)
        hf.forget(ANN)
        return as_it_is(*given)

    monkeypatch.setattr(Saver, step, late)
    with pytest.raises(SessionNotFound, match="was forgotten while it was saved"):
        session.save()
    is_gone(ann, settings, engine)


@pytest.mark.promise(10)
def test_a_fork_under_way_is_waited_for_and_goes_too(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.works(ann.begin())
    forgetting = threading.Thread(target=hf.forget, args=(ANN,))

    def slow(*given: Any, **named: Any) -> bool:
        made = put_back(*given, **named)
        forgetting.start()
        wait_until(lambda: waits_for_a_lock(engine) or not forgetting.is_alive(), what="the forgetting to come here")
        return made

    monkeypatch.setattr("holdfast.pipeline.fork.put_back", slow)
    ann.sessions.append(hf.fork(ann.sessions[0].id))
    forgetting.join()
    is_gone(ann, settings, engine)


def waits_for_a_lock(engine: Engine) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with engine.connect() as connection:
        return bool(connection.execute(text(query)).scalar_one())


@pytest.mark.parametrize(
    "held",
    [
        f"SELECT pg_advisory_xact_lock({OWNER.format(tenant='tenant')}) FROM evidence WHERE owner_kind = 'user'",
        f"SELECT pg_advisory_xact_lock({OWNER.format(tenant='tenant')}) FROM evidence WHERE owner_kind = 'campaign'",
        "SELECT FROM runs FOR UPDATE",
    ],
    ids=["user", "campaign", "run"],
)
def test_who_changes_what_is_remembered_and_who_forgets_take_turns(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person, held: str
) -> None:
    ann.works(ann.begin())
    ann.sessions[0].append(learned({"ctr": "doubled by short subject lines"}))
    finish(engine, settings, ann.sessions[0])
    kind = "campaign" if "campaign" in held or "runs" in held else "user"
    mine = f"SELECT FROM evidence WHERE owner_kind = '{kind}' FOR UPDATE NOWAIT"
    forgetting = threading.Thread(target=hf.forget, args=(ANN,))
    with transaction(engine) as connection:
        connection.exec_driver_sql(held)
        forgetting.start()
        wait_until(lambda: waits_for_a_lock(engine), what="the forgetting to come here")
        assert connection.exec_driver_sql(mine).fetchall(), "whoever holds it need not wait for what is deleted"
    forgetting.join()
    is_gone(ann, settings, engine)


@pytest.mark.promise(10)
def test_what_the_person_had_dismissed_is_forgotten_too(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person
) -> None:
    worked(engine, settings, ann)
    with transaction(engine) as connection:
        (dismissed, *_) = connection.execute(text("SELECT id::text FROM memories WHERE owner_kind = 'user'")).scalars()
        forget_memory(connection, settings.tenant, dismissed)
    receipt = hf.forget(ANN)
    assert receipt.removed["dismissals"] == 1
    is_gone(ann, settings, engine)


@pytest.mark.promise(8)
@pytest.mark.promise(10)
def test_what_was_set_aside_in_a_campaign_is_given_back_and_what_was_used_stays(
    hf: Holdfast, ann: Person, bob: Person
) -> None:
    for person in (ann, bob):
        session = person.begin()
        session.append({"type": "campaign.updated", "data": {"gtm_id": CAMPAIGN, "status": "in_progress"}})
        session.set_budget("campaign", max_skill_calls=100)
        session.use("search", calls=3)
        session.reserve("search", calls=7)
    hf.forget(ANN)
    figures = hf.budget(CAMPAIGN).figures
    assert (figures.calls_used, figures.calls_reserved) == (6, 7)
    assert bob.sessions[0].verify() > 0


@pytest.mark.promise(10)
def test_handoffs_questions_tokens_and_conversations_go(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person, bob: Person
) -> None:
    for person in (ann, bob):
        session = person.begin()
        session.escalate(f"Shall we {person.word}?", to="lead")
        session.hand_off("writer", task=person.word)
        session.issue_token(label=person.word)
        session.open_conversation("guide_agent", f"conversation-{person.word}")
        session.pin(note=person.word)
    before = whole(bob.sessions[0])
    hf.forget(ANN, override=True)
    is_gone(ann, settings, engine)
    assert [each.session_id for each in hf.decisions("lead").items] == [bob.sessions[0].id]
    assert [each.session_id for each in hf.handoffs("writer").items] == [bob.sessions[0].id]
    assert whole(bob.sessions[0]) == before


def test_a_legal_hold_refuses_and_names_the_session(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person
) -> None:
    session = ann.begin()
    ann.works(session)
    session.pin(note="case 7")
    before = whole(session)
    with pytest.raises(ForgettingRefused, match=rf"a legal hold is on {session.id} \(case 7\)") as refused:
        hf.forget(ANN)
    assert refused.value.held == (session.id,)
    assert whole(session) == before
    assert hf.service.forgetting.receipts(ANN) == []
    hf.forget(ANN, override=True)
    is_gone(ann, settings, engine)


def test_copies_that_this_process_does_not_reach_refuse_it(engine: Engine, settings: Settings, ann: Person) -> None:
    worked(engine, settings, ann)
    blind = Holdfast(settings.model_copy(update={"backup_url": None}))
    with blind, pytest.raises(ForgettingRefused, match="set HOLDFAST_BACKUP_URL"):
        blind.forget(ANN)
    assert ann.sessions[0].verify() > 0


@pytest.mark.promise(10)
def test_what_others_said_of_the_person_is_told_and_kept(hf: Holdfast, ann: Person, bob: Person) -> None:
    ann.begin()
    session = bob.begin()
    session.append(said(f"Ask {ANN} about it"), said(f"not {ANN}x"), said("nothing"))
    session.escalate("Is it so?", to=ANN)
    before = whole(session)
    receipt = hf.forget(ANN)
    assert {each.what: each.count for each in receipt.kept}["mentions"] == 2
    verdict = hf.service.forgetting.verify(ANN)
    assert verdict.clean, verdict.found
    assert {(each.where, each.count) for each in verdict.mentions} == {("events", 2), ("decisions", 1)}
    assert whole(session) == before


@pytest.mark.promise(10)
def test_what_is_begun_afterwards_is_new_and_stays_until_asked_again(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person
) -> None:
    ann.begin()
    hf.forget(ANN)
    session = ann.begin()
    session.append(said("hello"))
    verdict = hf.service.forgetting.verify(ANN)
    assert verdict.clean, verdict.found
    assert [(each.where, each.count) for each in verdict.since] == [("sessions", 1)]
    assert hf.forget(ANN).removed["sessions"] == 1
    is_gone(ann, settings, engine)
    assert len(hf.service.forgetting.receipts(ANN)) == 2


def test_another_tenants_person_of_the_same_id_is_another(settings: Settings, hf: Holdfast) -> None:
    ann = Person(hf, ANN, "xylophone")
    ann.begin()
    with Holdfast(settings.model_copy(update={"tenant": "other"})) as there:
        other = Person(there, ANN, "marmalade")
        session = other.begin()
        session.append(said(other.word))
        session.save()
        hf.forget(ANN)
        assert check(there, session) == 1
        assert hf.service.forgetting.verify(ANN).clean
        assert not there.service.forgetting.verify(ANN).clean


def test_verify_finds_what_was_put_back(
    hf: Holdfast, engine: Engine, settings: Settings, ann: Person, bob: Person
) -> None:
    worked(engine, settings, ann, bob)
    here, there = places(settings, engine)
    kept = {name: here.read(name) for name in here.names("")}
    hf.forget(ANN)
    gone = sorted(set(kept) - set(here.names("")))
    there.write(gone[0], kept[gone[0]])
    here.write("default/segments/00/" + "0" * 64 + ".jsonl.gz", gzip.compress(b"x"))
    hf.publisher.redis.xadd(stream_of(hf, ann.sessions[0]), raw(ann.sessions[0], said(ann.word)))
    found = {(each.where, each.count) for each in hf.service.forgetting.verify(ANN).found}
    assert found == {(there.url, 1), (here.url, 1), ("stream", 1)}


def test_the_commands(engine: Engine, settings: Settings, ann: Person, bob: Person) -> None:
    command = Command(settings)
    worked(engine, settings, ann, bob)
    assert command("verify-forgotten", ANN).code == 6
    assert command("forget", ANN, typed="n\n").code == 1
    assert command("verify-forgotten", ANN, "--json").lines[0]["clean"] is False
    ann.sessions[0].pin(note="case 7")
    refused = command("forget", ANN, "--yes")
    assert refused.code == 4
    assert "case 7" in refused.err
    told = command("forget", ANN, "--yes", "--override", "--by", "me", "--json")
    assert told.code == 0
    assert told.lines[0]["removed"]["sessions"] == 2
    assert command("verify-forgotten", ANN).code == 0
    shown = command("forget", ANN, "--yes")
    assert "Out of reach" in shown.out
    assert command("verify-forgotten", "nobody").code == 0
    is_gone(ann, settings, engine)


def test_every_table_of_a_session_is_emptied(engine: Engine) -> None:
    query = """
        SELECT DISTINCT conrelid::regclass::text FROM pg_constraint
        WHERE contype = 'f' AND confrelid = 'sessions'::regclass
    """
    with engine.connect() as connection:
        found = set(connection.execute(text(query)).scalars())
    assert found == {*OF_SESSIONS, "events", "savings"}


def test_the_doctor_tells_of_one_that_is_not_done(
    hf: Holdfast, settings: Settings, engine: Engine, ann: Person
) -> None:
    def verdict() -> str:
        return next(each.verdict for each in examine(settings) if each.name == "forgetting")

    ann.begin()
    assert verdict() == "ok"
    forgetter = hf.service.forgetting._forgetter
    forgetter.begin("default", ANN, asked_by=None, override=False)
    assert hf.sessions(user_id=ANN).items == []
    assert verdict() == "warning"
    with engine.begin() as connection:
        connection.execute(text("UPDATE forgettings SET begun_at = begun_at - interval '1 hour'"))
    assert verdict() == "ill"
    assert not hf.service.forgetting.verify(ANN).clean
    assert forgetter.go_on(seconds=10) == 1
    assert verdict() == "ok"
    assert hf.service.forgetting.verify(ANN).clean
