"""Sessions: their ids, their listing, and that no tenant sees another's."""

import base64
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, text

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import InvalidInput, SessionExists, SessionNotFound
from holdfast.pipeline.ingest import Ingest
from holdfast.store.sessions import RECENT
from writing import contents, drain, drained, said

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def other(settings: Settings) -> Iterator[Holdfast]:
    """Another tenant of the same installation."""
    with Holdfast(settings.model_copy(update={"tenant": "other"})) as holdfast:
        yield holdfast


def ids(hf: Holdfast, **filters: Any) -> list[str]:
    return [listed.id for listed in hf.sessions(**filters).items]


def test_ids_are_counted_per_tenant_and_day(hf: Holdfast, other: Holdfast) -> None:
    made = [hf.start("u").id for _ in range(3)]
    assert all(re.fullmatch(r"SESSION-\d{6}-00[123]", each) for each in made)
    assert [each[-3:] for each in made] == ["001", "002", "003"]
    assert other.start("u").id == made[0]


def test_the_thousandth_id_of_a_day_has_four_digits(hf: Holdfast, engine: Engine) -> None:
    hf.start("u")
    with engine.begin() as connection:
        connection.execute(text("UPDATE session_counters SET count = 998"))
    assert [hf.start("u").id[15:] for _ in range(3)] == ["999", "1000", "1001"]


def test_an_id_of_our_form_that_a_caller_gave_is_passed_over(hf: Holdfast) -> None:
    first = hf.start("u").id
    hf.start("u", session_id=f"{first[:-3]}002")
    hf.start("u", session_id=f"{first[:-3]}003")
    assert hf.start("u").id == f"{first[:-3]}004"


def test_sessions_that_are_started_at_once_have_ids_of_their_own(hf: Holdfast) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [session.id for session in pool.map(lambda _: hf.start("u"), range(24))]
    assert sorted(each[-3:] for each in made) == [f"{number:03d}" for number in range(1, 25)]


@pytest.mark.promise(3)
def test_one_id_starts_one_session_however_many_try(hf: Holdfast) -> None:
    def start(number: int) -> str | None:
        try:
            hf.start(f"user-{number}", session_id="wanted")
        except SessionExists:
            return None
        return f"user-{number}"

    with ThreadPoolExecutor(4) as pool:
        started = [each for each in pool.map(start, range(8)) if each]
    (listed,) = hf.sessions().items
    assert started == [listed.user_id]
    assert (listed.events, Session(hf, "wanted", "a").verify()) == (1, 1)


def test_the_listing_is_filtered_by_each_of_its_filters_and_by_all(hf: Holdfast, engine: Engine) -> None:
    for number, user in enumerate(("ann", "bob", "ann", "bob")):
        hf.start(user, session_id=f"s{number}", kind="trip" if number else "task", title=f"Paris in {2020 + number}")
    hf.session("s2").append({"type": "session.paused"})
    hf.session("s3").append({"type": "session.closed"})
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET created_at = timestamptz '2026-01-01' + key * interval '1 day'"))
    first = hf.sessions().items[-1].created_at
    day = timedelta(days=1)
    assert ids(hf) == ["s3", "s2", "s1", "s0"]
    assert ids(hf, user_id="ann") == ["s2", "s0"]
    assert ids(hf, status="active") == ["s1", "s0"]
    assert ids(hf, status="paused") == ["s2"]
    assert ids(hf, since=first + day) == ["s3", "s2", "s1"]
    assert ids(hf, until=first + day) == ["s0"]
    assert ids(hf, since=first + day, until=first + 3 * day) == ["s2", "s1"]
    assert ids(hf, text="paris 2021") == ["s1"]
    assert ids(hf, text="TRIP ann") == ["s2"]
    assert ids(hf, text="paris -bob") == ["s2", "s0"]
    assert ids(hf, text='"in 2023" & | ! \' (') == ["s3"]
    assert ids(hf, text="") == ids(hf, user_id="nobody") == []
    assert ids(hf, user_id="bob", status="closed", since=first, text="s3") == ["s3"]


def test_pages_show_every_session_once_while_others_are_added(hf: Holdfast, engine: Engine) -> None:
    before = [hf.start("u").id for _ in range(7)]
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET created_at = now() WHERE key % 2 = 0"))  # several at one time
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = hf.sessions(limit=2, cursor=cursor)
        seen += [listed.id for listed in page.items]
        hf.start("u")
        hf.session(before[0]).append(said("activity moves nothing"))
        if page.next is None:
            break
        cursor = page.next
    assert sorted(seen) == sorted(before)
    assert hf.sessions(limit=11).next is None, "a last page that is full names no other"


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "é", "AAAA", "\0", base64.urlsafe_b64encode(b"2026-01-01 1 2").decode(), "MjAyNi0wMS0wMSB4", "=" * 9,
     base64.urlsafe_b64encode(b"2026-01-01T00:00:00+00:00 " + b"9" * 40).decode(), "\ud800"],
)  # fmt: skip
def test_a_cursor_that_is_none_is_refused(hf: Holdfast, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor: is not a page's `next`"):
        hf.sessions(cursor=cursor)


@pytest.mark.promise(9)
def test_a_tenant_sees_and_writes_nothing_of_another(hf: Holdfast, other: Holdfast, ingest: Ingest) -> None:
    session = hf.start("u", session_id="mine", title="Paris")
    session.append(said("secret"))
    Session(hf, "refused", "agent").publish(said("a dead letter"))
    drain(ingest)
    assert (ids(other), ids(other, text="paris"), ids(other, user_id="u")) == ([], [], [])
    assert other.service.dead_letters() == []
    with pytest.raises(InvalidInput, match="there is no dead letter"):
        other.service.drop_dead_letter(hf.service.dead_letters()[0].key)
    with pytest.raises(SessionNotFound):
        other.session("mine")
    theirs = Session(other, "mine", "agent")
    for call in (theirs.events, theirs.messages, theirs.state, theirs.verify, lambda: theirs.append(said("x"))):
        with pytest.raises(SessionNotFound):
            call()
    with pytest.raises(SessionNotFound), theirs.lease("thief"):
        pass
    theirs.publish(said("x"))
    assert drained(hf, ingest, session) == ["secret"]
    assert other.service.reached([("mine", session.events()[0].id)]) == {}


@pytest.mark.promise(9)
def test_two_tenants_may_use_one_id_and_one_event_id(hf: Holdfast, other: Holdfast) -> None:
    greeting = said("hello", id="018f3c5e-7b2a-7000-8000-000000000001")
    mine, theirs = hf.start("u", session_id="same"), other.start("v", session_id="same")
    assert [each.append(greeting)[0].duplicate for each in (mine, theirs)] == [False, False]
    mine.append({"type": "session.closed"})
    theirs.append(said("goes on"))
    assert contents(theirs) == ["hello", "goes on"]


def test_a_session_without_a_title_is_listed_by_what_its_user_first_said(hf: Holdfast) -> None:
    session = hf.start("u")
    session.append({"type": "message.added", "data": {"role": "system", "content": "You plan trips"}})
    session.append({"type": "message.added", "data": {"role": "user", "content": [{"type": "image"}]}}, said(" \0 "))
    session.append(said("Plan my trip\n to  Paris " + "x" * 200), said("No, to Rome"))
    (listed,) = hf.sessions(text="paris").items
    assert listed.title == ("Plan my trip to Paris " + "x" * 200)[:120]
    assert hf.start("u", title="Given").append(said("hello"))
    assert ids(hf, text="given") != ids(hf, text="hello") == []


def test_every_filter_of_the_listing_is_served_by_an_index(hf: Holdfast, settings: Settings) -> None:
    """As fast at a million sessions as at a thousand: no plan reads the table from end to end, or sorts it."""
    start = hf.start("user-1", title="needle")
    with psycopg.connect(settings.database_url or "", autocommit=True) as connection:
        connection.execute(
            """
            INSERT INTO sessions
                (tenant, id, user_id, kind, agent, title, status, seq, digest, created_at, last_activity_at)
            SELECT 'default', 'bulk-' || n, 'user-' || n % 500, 'general', 'agent', 'about ' || n,
                   CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'closed' END, 1, '', now() - n * interval '1 minute', now()
            FROM generate_series(1, 20000) AS n
            """
        )
        connection.execute("VACUUM ANALYZE sessions")
    statements: list[tuple[str, Any]] = []
    engine = hf.service._engine
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append((given[2], given[3])))
    middle = hf.sessions(limit=1).items[0].created_at - timedelta(days=7)
    page = hf.sessions(limit=50).next
    statements.clear()
    for filters in (
        {}, {"cursor": page}, {"user_id": "user-1"}, {"status": "failed"}, {"since": middle}, {"until": middle},
        {"text": "needle"}, {"text": "about"}, {"user_id": "user-1", "status": "closed"}, {"status": "paused"},
        {"user_id": "user-1", "cursor": page}, {"user_id": "nobody"}, {"status": "failed", "until": middle},
    ):  # fmt: skip
        hf.sessions(limit=50, **filters)
    hf.session(start.id)
    asked = statements[:]
    with engine.connect() as connection:
        for statement, values in asked:
            explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalar_one()
            nodes = list(_nodes(explained[0]["Plan"]))
            assert not [node for node in nodes if node["Node Type"] == "Seq Scan"], (statement, nodes)
            # A word is looked for among the newest sessions first, which is a bounded look as well.
            bound = RECENT if "tsquery" in statement else 200
            assert max(node["Actual Rows"] for node in nodes) <= bound, (statement, nodes)
    assert len(asked) == 15  # one each, and a second for the rare word


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)
