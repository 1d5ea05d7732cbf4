"""Session tokens: shown once, stored as hashes, and good until they end."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text

from command import Command
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import HoldfastError, InvalidInput, SessionClosed, SessionNotFound, TokenInvalid
from holdfast.testing import wait_until


@pytest.fixture
def session(hf: Holdfast) -> Session:
    return hf.start("u", agent="guide")


def is_good(hf: Holdfast, token: str) -> bool:
    try:
        hf.session_by_token(token)
    except TokenInvalid:
        return False
    return True


def test_a_token_opens_its_session_and_no_other(hf: Holdfast, session: Session) -> None:
    other = hf.start("u").issue_token()
    token = session.issue_token(label="the web")
    opened = hf.session_by_token(token)
    assert (opened.id, opened.agent) == (session.id, "guide")
    assert hf.session_by_token(token, agent="liaison").agent == "liaison"
    assert hf.session_by_token(other).id != session.id
    assert token.startswith("hft_")
    assert len(token) == 4 + 43, "256 bits in base64"
    assert len({session.issue_token() for _ in range(20)}) == 20


def test_every_token_that_opens_nothing_is_told_the_same(
    settings: Settings, hf: Holdfast, session: Session, engine: Engine
) -> None:
    revoked, exchanged, expired, good = (session.issue_token() for _ in range(4))
    (_, _, _, first) = session.tokens()
    assert hf.rotate_token(exchanged) != exchanged
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE tokens SET expires_at = now() WHERE hash = sha256(cast(:token AS bytea))"),
            {"token": expired.encode()},
        )
    assert session.revoke_token(first.id)
    nonsense = ["", "hft_", "hft_" + "x" * 43, good[:-1], good + "\n", good.upper(), None, 7, b"hft_"]
    told = set()
    with Holdfast(settings.model_copy(update={"tenant": "other"})) as other:
        for client, token in [(other, good), *((hf, each) for each in (revoked, exchanged, expired, *nonsense))]:
            for use in (client.session_by_token, client.rotate_token):
                with pytest.raises(TokenInvalid) as caught:
                    use(token)  # type: ignore[arg-type]  # that is the point
                told.add((caught.value.message, *caught.value.args, caught.value.__cause__))
    assert len(told) == 1
    assert is_good(hf, good)


def test_a_token_ends_by_the_clock_of_the_database(hf: Holdfast, session: Session) -> None:
    token = session.issue_token(seconds=1)
    assert is_good(hf, token)
    wait_until(lambda: not is_good(hf, token), what="its end")
    with pytest.raises(TokenInvalid):
        hf.rotate_token(token)


def test_rotation_ends_the_old_one_and_lasts_as_long(hf: Holdfast, session: Session) -> None:
    old = session.issue_token(seconds=3600, label="web")
    new = hf.rotate_token(old)
    assert (is_good(hf, old), is_good(hf, new)) == (False, True)
    with pytest.raises(TokenInvalid):
        hf.rotate_token(old)
    replacing, replaced = session.tokens()
    assert (replaced.rotated, replacing.rotated, replacing.label) == (True, False, "web")
    assert replacing.expires_at - replacing.created_at == replaced.expires_at - replaced.created_at


def test_within_its_grace_the_old_one_opens_the_session_but_is_not_exchanged_again(
    hf: Holdfast, session: Session
) -> None:
    old = session.issue_token()
    hf.rotate_token(old, grace=1)
    assert is_good(hf, old)
    with pytest.raises(TokenInvalid):
        hf.rotate_token(old)
    wait_until(lambda: not is_good(hf, old), what="the end of its grace")
    older = session.issue_token()
    newer = hf.rotate_token(older, grace=3600)
    assert session.revoke_tokens() == 3
    assert not is_good(hf, older)
    assert not is_good(hf, newer)


def test_of_those_who_rotate_a_token_at_once_one_wins(hf: Holdfast, session: Session) -> None:
    def rotate(token: str) -> str | None:
        try:
            return hf.rotate_token(token, grace=60)
        except TokenInvalid:
            return None

    for _ in range(10):
        token = session.issue_token()
        with ThreadPoolExecutor(8) as pool:
            won = [each for each in pool.map(rotate, [token] * 8) if each]
        assert len(won) == 1
        assert is_good(hf, won[0])


def test_revoking_is_by_id_and_within_the_session(hf: Holdfast, session: Session) -> None:
    token, theirs = session.issue_token(), hf.start("u")
    (listed,) = session.tokens()
    with pytest.raises(InvalidInput) as caught:
        theirs.revoke_token(listed.id)
    with pytest.raises(InvalidInput) as mistaken:
        session.revoke_token(token)
    assert token not in f"{caught.value}{mistaken.value}"
    assert theirs.revoke_tokens() == 0
    assert is_good(hf, token)
    assert session.revoke_token(listed.id)
    assert not session.revoke_token(listed.id)
    assert not is_good(hf, token)


@pytest.mark.parametrize("unknown", [None, "", 5, "token-0", [], True, "a\0b", "\ud800"])
def test_an_id_that_is_none_ends_no_token(hf: Holdfast, session: Session, unknown: Any) -> None:
    tokens = [session.issue_token() for _ in range(2)]
    with pytest.raises(InvalidInput, match="token_id"):
        session.revoke_token(unknown)
    assert all(is_good(hf, each) for each in tokens)


def test_a_closed_sessions_token_lets_read_and_not_write(hf: Holdfast, session: Session) -> None:
    token = session.issue_token()
    session.add_conversation_message("guide_agent", "user", "hi")
    session.append({"type": "session.closed", "data": {}})
    opened = hf.session_by_token(token)
    assert len(opened.get_conversation_history("guide_agent")) == 1
    with pytest.raises(SessionClosed):
        opened.add_conversation_message("guide_agent", "user", "ho")


@pytest.mark.parametrize(
    "options", [{"seconds": 0}, {"seconds": 1e12}, {"seconds": True}, {"seconds": "9"}, {"label": ""}, {"label": "\n"}]
)
def test_what_is_no_token_is_not_issued(session: Session, options: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        session.issue_token(**options)  # type: ignore[arg-type]  # that is the point
    assert session.tokens() == []


def test_there_is_none_for_a_session_that_is_not_there(hf: Holdfast) -> None:
    absent = Session(hf, "absent", "agent")
    for use in (absent.issue_token, absent.tokens, absent.revoke_tokens):
        with pytest.raises(SessionNotFound):
            use()


@pytest.mark.promise(9)
def test_a_token_is_nowhere_but_where_it_was_given(
    hf: Holdfast,
    session: Session,
    engine: Engine,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    issued = hf.service.tokens.issue(session.id)
    token = issued.text
    opened = hf.session_by_token(token)
    new = hf.rotate_token(token)
    errors: list[HoldfastError] = []
    for use in (hf.session_by_token, hf.rotate_token, session.revoke_token):
        with pytest.raises(HoldfastError) as caught:
            use(token)
        errors.append(caught.value)
    said = repr([issued, opened, hf, session.tokens(), errors, [vars(each) for each in errors]])
    with engine.begin() as connection:
        tables = connection.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        ).scalars()
        stored = "".join(
            str(row) for table in tables for row in connection.execute(text(f"SELECT t::text FROM {table} t"))
        )
    output = capsys.readouterr()
    for secret in (token, new):
        for place in (said, stored, caplog.text, output.out, output.err):
            assert secret[4:] not in place
            assert secret[4:].encode().hex() not in place


def test_the_command_line(settings: Settings, hf: Holdfast, session: Session) -> None:
    holdfast = Command(settings)
    (made,) = holdfast("tokens", "issue", session.id, "--label", "web", "--seconds", 3600, "--json").lines
    token = made["token"]
    assert hf.session_by_token(token).id == session.id
    shown = holdfast("tokens", "issue", session.id)
    assert is_good(hf, shown.out.strip())
    assert "it is not shown again" in shown.err

    (told,) = holdfast("tokens", "show", "--json", typed=f"{token}\n").lines
    assert (told["session_id"], told["label"]) == (session.id, "web")
    assert "token" not in told
    assert f"{told['id']} opens {session.id} until " in holdfast("tokens", "show", typed=token).out

    (rotated,) = holdfast("tokens", "rotate", "--json", typed=token).lines
    assert is_good(hf, rotated["token"])
    gone = holdfast("tokens", "show", typed=token)
    assert (gone.code, gone.out) == (4, "")
    assert token not in gone.err

    lines = holdfast("tokens", "list", session.id, "--json").lines
    assert [each["id"] for each in lines] == [each.id for each in session.tokens()]
    assert token[4:] not in holdfast("tokens", "list", session.id).out
    assert holdfast("tokens", "revoke", session.id, rotated["id"], "--json").lines[0]["revoked"] == 1
    assert "1 token revoked" in holdfast("tokens", "revoke", session.id, "--all").out
    assert not any(is_good(hf, each) for each in (token, rotated["token"], shown.out.strip()))
    assert holdfast("tokens", "revoke", session.id).code == 2
    assert holdfast("tokens", "list", "absent").code == 3
    assert {"rotated", "revoked"} <= set(holdfast("tokens", "list", session.id).out.split())
    assert holdfast("tokens", "list", hf.start("u").id).err == "No tokens.\n"
