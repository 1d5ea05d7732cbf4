"""What agents see of a real session's context: by role, by declaration, and as it changes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from holdfast.client import Holdfast, Session
from holdfast.errors import InvalidInput, SessionNotFound
from holdfast.session import fold
from holdfast.sharing.document import document


@pytest.fixture
def session(hf: Holdfast) -> Session:
    session = hf.start("phil", agent="bot-manager")
    session.append(
        {"type": "campaign.updated", "data": {"gtm_id": "YIELD-XYZ-001", "tier": 2, "campaign_owner": "@phil"}},
        {
            "type": "task.assigned",
            "data": {
                "description": "Generate X post",
                "scope": {"boundaries": ["Only channels: X, Blog", "No APY claims without source"]},
                "budget": {"max_tokens": 100_000},
            },
        },
        {"type": "knowledge.learned", "data": {"area": "product", "facts": {"chains": 28, "api_key": "sk-123"}}},
        {"type": "artifact.produced", "data": {"path": "drafts/x_post.md", "type": "draft_x_post"}},
        {"type": "compute.settled", "data": {"skill": "product-oracle", "tokens": 2000}},
    )
    return session


def test_a_role_sees_its_part_in_the_protocols_form(session: Session) -> None:
    assert session.slice("content-worker").as_document() == {
        "context_for_content_worker": {
            "campaign": {"gtm_id": "YIELD-XYZ-001", "tier": 2},
            "task": {
                "description": "Generate X post",
                "scope": {"channels": ["x", "blog"], "boundaries": ["No APY claims without source"]},
            },
            "knowledge": {"product": {"chains": 28, "api_key": "[redacted]"}},
            "budget": {"tokens_remaining": 98_000},
        }
    }
    assert "artifacts" in session.slice("brand-validator").content


def test_what_is_declared_counts_for_whoever_comes_later(hf: Holdfast, session: Session) -> None:
    session.declare_slice("lawyer", include=["campaign.*", "artifacts[*].path"], redact=["campaign.campaign_owner"])
    seen = hf.session(session.id, agent="somebody").slice("lawyer")
    assert seen.content == {
        "campaign": {"gtm_id": "YIELD-XYZ-001", "tier": 2, "campaign_owner": "[redacted]"},
        "artifacts": [{"path": "drafts/x_post.md"}],
    }
    session.declare_slice("lawyer", role="manager")
    assert "history" in session.slice("lawyer").content or "compute" in session.slice("lawyer").content
    session.declare_slice("lawyer", include=[])
    assert session.slice("lawyer").content == {}


def test_what_no_view_can_be_is_told_when_it_is_declared(session: Session) -> None:
    with pytest.raises(InvalidInput, match=r"include\[0\]"):
        session.declare_slice("lawyer", include=["knowledge..product"])
    assert session.state().slices == {}


def test_a_limit_for_once(session: Session) -> None:
    facts = {f"fact_{number}": "the chains and the posts " * 20 for number in range(200)}
    session.append({"type": "knowledge.learned", "data": {"area": "product", "facts": facts}})
    seen = session.slice("content-worker", max_tokens=2000)
    assert seen.tokens <= 2000 < session.slice("content-worker").tokens
    assert [each.why for each in seen.dropped if each.why == "limit"]


def test_it_follows_what_is_committed_by_others(hf: Holdfast, session: Session) -> None:
    assert session.slice("content-worker").content["knowledge"]["product"]["chains"] == 28
    other = hf.session(session.id, agent="product-oracle")
    for chains in (29, 30, 31):
        other.append({"type": "knowledge.learned", "data": {"area": "product", "facts": {"chains": chains}}})
        seen = session.slice("content-worker").content["knowledge"]["product"]["chains"]
        assert seen == chains
    state, shown = session._context.look(lambda state: state.model_copy(deep=True))
    assert state == fold(session.events(limit=None)) == session.state()
    assert shown == document(state)


def test_what_is_seen_can_be_changed_by_whoever_sees_it(session: Session) -> None:
    session.slice("content-worker").content["knowledge"]["product"]["chains"] = 0
    assert session.slice("content-worker").content["knowledge"]["product"]["chains"] == 28


def test_a_session_that_went_another_way_is_read_anew(session: Session) -> None:
    """A log that was put back from elsewhere: what was followed is not the beginning of what is there now."""
    session.slice("content-worker")
    context = session._context
    context._digest = b"of another log"
    with context.reading() as state:
        assert state == session.state()


def test_a_session_that_is_not_there(hf: Holdfast) -> None:
    with pytest.raises(SessionNotFound):
        Session(hf, "SESSION-260129-404", "agent").slice("content-worker")


def test_threads_share_a_session(session: Session) -> None:
    def work(number: int) -> None:
        session.update_context({"knowledge": {"product": {f"fact_{number}": number}}})
        assert session.slice("content-worker").content["knowledge"]["product"][f"fact_{number}"] == number
        assert session.check("Write an X post", record=False).result
        assert session.context()["session_context"]["knowledge"]["product"]["chains"] == 28

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(60)))
    seen = session.slice("content-worker").content["knowledge"]["product"]
    assert {f"fact_{number}": number for number in range(60)}.items() <= seen.items()
