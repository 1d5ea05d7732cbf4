"""Effects: announced before, settled after, never done twice without somebody's knowing."""

import threading
from contextlib import AbstractContextManager

import pytest

from holdfast.client import Holdfast
from holdfast.client.effects import Effect
from holdfast.errors import EffectDone, EffectRefused, EffectUncertain, InvalidEvent, StaleWriter
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


@pytest.mark.promise(4)
def test_a_stale_writer_is_told_that_it_is_one_whatever_became_of_the_effect(hf: Holdfast) -> None:
    session = hf.start("u")
    with pytest.raises(StaleWriter), session.lease("old"):  # noqa: PT012  # as above
        with session.effect("send_mail", "trip-1"):
            pass
        hf.service.take_lease(session.id, "new", exclusive=True, takeover=True)
        with session.effect("send_mail", "trip-1"):
            pytest.fail("the block must not run")


def test_an_effect_needs_a_kind_and_a_key_and_json(hf: Holdfast) -> None:
    session = hf.start("u")
    with pytest.raises(InvalidEvent), session.effect("send_mail", "a", arguments={"x": object()}):
        pass
    for kind, key in (("", "a"), ("send_mail", "")):
        with pytest.raises(ValueError, match=r"kind|key"), session.effect(kind, key):
            pass
    assert len(session.events()) == 1


def test_what_was_abandoned_is_not_begun_again_unless_somebody_says_so(hf: Holdfast) -> None:
    session = hf.start("u")
    with session.effect("send_mail", "trip-1") as effect:
        effect.abandon("the trip was called off")
    with pytest.raises(EffectRefused, match=r"was abandoned \(the trip was called off\)"), again(hf, session.id):
        pytest.fail("the block must not run")
    session.settle_effect("send_mail", "trip-1", "failed", error="it is on again")
    with again(hf, session.id):
        pass
    assert session.state().effects["send_mail/trip-1"].status == "done"


def test_kinds_and_keys_are_told_apart_whatever_is_in_them(hf: Holdfast) -> None:
    session = hf.start("u")
    named = [("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("a", "b%2Fc"), ("ä b", "' \" \\"), ("a", "/"), ("a/", "-")]
    for kind, key in named:
        with session.effect(kind, key):
            pass
        with pytest.raises(EffectDone), session.effect(kind, key):
            pass
    assert len(session.state().effects) == len(named)


@pytest.mark.promise(6)
@pytest.mark.parametrize("result", [object(), "x" * 300_000, float("nan"), "\ud800"])
def test_a_result_that_no_event_can_hold_does_not_make_uncertain_what_was_done(hf: Holdfast, result: object) -> None:
    session = hf.start("u")
    with pytest.raises(InvalidEvent), session.effect("send_mail", "trip-1") as effect:
        effect.settle(result)
    with pytest.raises(RuntimeError) as it, session.effect("send_mail", "trip-2") as effect:  # noqa: PT012  # as above
        effect.settle(result)
        raise RuntimeError
    assert it.value.__notes__[0].startswith("and effect send_mail/trip-2 could not be settled as done")
    assert {(each.status, each.result) for each in session.state().effects.values()} == {("done", None)}


@pytest.mark.promise(4)
@pytest.mark.parametrize("failure", [KeyboardInterrupt, GeneratorExit, RuntimeError])
def test_a_lease_that_was_lost_meanwhile_does_not_hide_what_went_wrong(
    hf: Holdfast, failure: type[BaseException]
) -> None:
    session = hf.start("u")
    with pytest.raises(failure) as it, session.lease("old"), session.effect("send_mail", "trip-1") as effect:  # noqa: PT012  # as above
        effect.settle()
        hf.service.take_lease(session.id, "new", exclusive=True, takeover=True)
        raise failure
    of_effect, of_lease = it.value.__notes__
    assert of_effect.startswith("and effect send_mail/trip-1 could not be settled as done: session")
    assert of_lease.startswith("and the lease could not be released")
    assert [effect.status for effect in session.state().effects.values()] == ["intended"]
