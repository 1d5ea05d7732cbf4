"""Effects: announced before, settled after, never done twice without somebody's knowing."""

import threading
from contextlib import AbstractContextManager

import pytest

from holdfast.client import Holdfast
from holdfast.client.effects import Effect
from holdfast.errors import EffectDone, EffectUncertain, InvalidEvent, StaleWriter
from holdfast.events import EffectIntended, EffectSettled


def test_an_effect_is_in_the_log_before_it_happens_and_settled_after(hf: Holdfast) -> None:
    session = hf.start("u")
    with session.effect("send_mail", "trip-1", target="ada", arguments={"subject": "Paris"}) as effect:
        assert session.state().effects["send_mail/trip-1"].status == "intended"
        effect.settle({"message_id": 7})
    _, intended, settled = (event.payload for event in session.events())
    assert isinstance(intended, EffectIntended)
    assert isinstance(settled, EffectSettled)
    assert (intended.action, intended.idempotency_key, intended.target) == ("send_mail", "trip-1", "ada")
    assert (settled.effect_id, settled.outcome, settled.result) == ("send_mail/trip-1", "done", {"message_id": 7})
    assert session.state().unsettled_effects == []


@pytest.mark.promise(6)
def test_what_was_done_is_not_done_again_and_its_result_is_told(hf: Holdfast) -> None:
    session = hf.start("u")
    with session.effect("send_mail", "trip-1") as effect:
        effect.settle("sent")
    with pytest.raises(EffectDone, match="was done before, and is not done again") as it, again(hf, session.id):
        pytest.fail("the block must not run")
    assert it.value.result == "sent"
    with session.effect("send_mail", "trip-2"), session.effect("charge_card", "trip-1"):
        pass
    assert len(session.events()) == 7


def again(hf: Holdfast, session_id: str) -> AbstractContextManager[Effect]:
    return hf.session(session_id).effect("send_mail", "trip-1")


@pytest.mark.promise(6)
def test_what_raised_is_uncertain_until_somebody_says_what_became_of_it(hf: Holdfast) -> None:
    session = hf.start("u")
    with pytest.raises(TimeoutError) as it, session.effect("send_mail", "trip-1"):
        raise TimeoutError("the mail server did not answer")
    assert it.value.__notes__ == ["effect send_mail/trip-1 is uncertain: nobody knows whether it was done"]
    assert [effect.id for effect in session.state().unsettled_effects] == ["send_mail/trip-1"]
    with (
        pytest.raises(EffectUncertain, match="nobody knows whether it was done: find out, and say so"),
        again(hf, session.id),
    ):
        pytest.fail("the block must not run")
    session.settle_effect("send_mail", "trip-1", "failed", error="the server has no such mail")
    with session.effect("send_mail", "trip-1"):
        pass
    assert session.state().effects["send_mail/trip-1"].status == "done"


@pytest.mark.parametrize("how", ["fail", "abandon"])
def test_what_is_known_not_to_have_happened_is_settled_whether_it_raised_or_not(hf: Holdfast, how: str) -> None:
    session = hf.start("u")
    with pytest.raises(RuntimeError), session.effect("send_mail", "a") as effect:  # noqa: PT012  # the block is what is tested
        getattr(effect, how)("no such address")
        raise RuntimeError
    with session.effect("send_mail", "b") as effect:
        getattr(effect, how)("no such address")
    found = session.state().effects
    expected = {"fail": "failed", "abandon": "abandoned"}[how]
    assert {each.status for each in found.values()} == {expected}
    assert {each.error for each in found.values()} == {"no such address"}


def test_a_repeatable_effect_may_be_begun_again_until_it_is_done(hf: Holdfast) -> None:
    session = hf.start("u")
    for _ in range(2):
        with pytest.raises(OSError, match="lost"), session.effect("put", "a", repeatable=True):
            raise OSError("lost")
    with session.effect("put", "a", repeatable=True):
        pass
    with pytest.raises(EffectDone), session.effect("put", "a", repeatable=True):
        pass


@pytest.mark.promise(4)
@pytest.mark.promise(6)
def test_of_many_that_begin_one_effect_at_once_one_does(hf: Holdfast) -> None:
    session = hf.start("u", shared=True)
    sent: list[int] = []
    refused: list[Exception] = []

    def send(number: int) -> None:
        try:
            with hf.session(session.id).effect("send_mail", "trip-1"):
                sent.append(number)
        except (EffectUncertain, EffectDone) as error:
            refused.append(error)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(sent), len(refused)) == (1, 7)


@pytest.mark.promise(4)
def test_whoever_lost_the_lease_begins_nothing(hf: Holdfast) -> None:
    session = hf.start("u")
    with pytest.raises(StaleWriter), session.lease("old"):  # noqa: PT012  # as above
        hf.service.take_lease(session.id, "new", exclusive=True, takeover=True)
        with session.effect("send_mail", "trip-1"):
            pytest.fail("the block must not run")
    assert session.state().effects == {}


def test_an_effect_needs_a_kind_and_a_key_and_json(hf: Holdfast) -> None:
    session = hf.start("u")
    with pytest.raises(InvalidEvent), session.effect("send_mail", "a", arguments={"x": object()}):
        pass
    for kind, key in (("", "a"), ("send_mail", "")):
        with pytest.raises(ValueError, match=r"kind|key"), session.effect(kind, key):
            pass
    assert len(session.events()) == 1
