"""What the worker does when the router's answer is no reply."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.executors.model import patience
from scope.sessions.records import reports
from tests.driver import until
from tests.executors.relay import Relay, refusal
from tests.models.provider import bash, broken, cut, done, limited, malformed, say

if TYPE_CHECKING:
    from tests.executors.workshop import Workshop


def test_a_limit_that_ends_soon_is_waited_for_in_place(shop: Workshop) -> None:
    """The activity says until when and whose it is; the question is asked again under a new id."""
    until_s = time.time() + 0.4
    shop.relay.said = [refusal(429, "rate_limit", "openai/small is limited", retry_at=until_s)]
    said = shop.run(done("ok"))
    assert time.time() >= until_s
    clock = time.strftime("%H:%M:%S", time.localtime(until_s))
    assert f"waits for a rate limit until {clock} (openai/small is limited)" in said
    assert shop.relay.ids == ["1/1/1.1", "1/1/1.2"]


def test_a_limit_that_ends_late_parks_the_work(shop: Workshop) -> None:
    """Its report says until when, so that it is continued then; it is no failure."""
    until_s = time.time() + 3600
    shop.relay.said = [refusal(429, "rate_limit", "openai/small is limited", retry_at=until_s)]
    shop.run(code=75)
    report = shop.report()
    assert (report["class"], report["until"], report["needs"]) == ("quota", reports.stamp(until_s), "nothing")
    assert shop.lines()[-1]["how"] == "parked"


def test_a_limit_without_a_time_is_tried_again_and_then_parked(shop: Workshop) -> None:
    """No time is ever invented."""
    said = shop.run(*[limited(None)] * 6, code=75)
    assert (shop.report()["class"], shop.report()["until"]) == ("quota", "")
    assert len(shop.relay.ids) == 6
    assert "waits for a rate limit" not in said


def test_a_budget_that_is_spent_ends_it(shop: Workshop) -> None:
    """In the router's words."""
    words = "the budget of session 3: $0.98 of $1.00 is spent, and this call may cost $0.0500"
    shop.relay.said = [refusal(402, "budget", words)]
    shop.run(code=1)
    assert (shop.report()["class"], shop.report()["message"]) == ("budget", words)


@pytest.mark.parametrize("fault", [broken(500), cut(), malformed(), broken(503)])
def test_a_provider_that_recovers_is_asked_again(fault: Any, shop: Workshop) -> None:
    """Each time under a new id: what failed was answered."""
    shop.run(bash("echo a >> said"), fault, fault, done("ok"))
    assert shop.read("said") == "a\n"
    assert shop.relay.ids == ["1/1/1.1", "1/1/2.1", "1/1/2.2", "1/1/2.3"]


def test_a_provider_that_stays_broken_is_a_transient_failure(shop: Workshop) -> None:
    """After five more tries."""
    shop.run(*[broken()] * 6, code=1)
    assert shop.report()["class"] == "transient"
    assert len(shop.relay.ids) == 6


def test_a_body_without_a_message_is_a_broken_provider(shop: Workshop) -> None:
    """Whatever else it holds."""
    shop.relay.said = [(200, {"choices": []}), (200, {"choices": "no"}), (200, {}), (200, {"raw": "no json"})]
    shop.run(done("ok"))
    assert len(shop.relay.ids) == 5


@pytest.mark.parametrize(
    ("said", "of_class"),
    [
        (refusal(401, "token"), "policy"),
        (refusal(403, "level"), "policy"),
        (refusal(403, "session"), "policy"),
        (refusal(502, "key"), "policy"),
        (refusal(503, "no_model"), "policy"),
        (refusal(400, "request", "what the provider said"), "unknown"),
        ((418, {"error": "a word"}), "unknown"),
        ((404, {"raw": "no such page"}), "unknown"),
    ],
)
def test_what_asking_again_cannot_mend_ends_it(said: Any, of_class: str, shop: Workshop) -> None:
    """At once, with the words of the answer."""
    shop.relay.said = [said]
    shop.run(code=1)
    assert shop.report()["class"] == of_class
    assert shop.report()["message"]
    assert len(shop.relay.ids) == 1


def test_an_attempt_that_was_closed_says_nothing_more(shop: Workshop) -> None:
    """The watcher closed it: a report would speak for nobody."""
    shop.relay.said = [refusal(403, "closed")]
    shop.run(code=75)
    assert not (shop.attempt() / "report.json").exists()


def test_a_ledger_that_cannot_be_written_is_a_matter_of_resources(shop: Workshop) -> None:
    """It may be a full disk, and is tried again first."""
    shop.relay.said = [refusal(503, "ledger")] * 6
    shop.run(code=1)
    assert shop.report()["class"] == "resource"


def test_a_router_that_is_not_there_is_waited_for(shop: Workshop) -> None:
    """For as long as it takes, and it is said."""
    shop.relay.close()
    shop.prepare()
    process = shop.start()
    until(lambda: shop.activity() == "waits for the router\n")
    shop.send("be quick")
    until(lambda: shop.lines(1, "message"))
    shop.provider.script("Make a file", done("ok"))
    shop.relay = Relay(shop.root, shop.provider.url)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert shop.relay.ids == ["1/1/1.1"]
    # What was sent meanwhile is in the question.
    assert shop.provider.seen[0].messages[-1] == {"role": "user", "content": "be quick"}


def test_an_answer_that_was_lost_is_asked_for_under_the_same_id(shop: Workshop) -> None:
    """So that it is paid once, and what it says is done once."""
    shop.relay.to_lose = 2
    shop.run(bash("echo a >> said"), done("ok"))
    assert shop.relay.ids == ["1/1/1.1", "1/1/1.1", "1/1/1.1", "1/1/2.1"]
    assert len(shop.provider.seen) == 2
    assert shop.read("said") == "a\n"


def test_a_worker_whose_attempt_is_gone_does_not_wait_for_ever(shop: Workshop) -> None:
    """Removed or closed while no router is there: it leaves."""
    shop.relay.close()
    shop.prepare()
    process = shop.start()
    until(lambda: shop.activity() == "waits for the router\n")
    (shop.attempt() / "closed").touch()
    assert process.wait(30) == 75


ANSWERS = st.tuples(
    st.integers(400, 599),
    st.fixed_dictionaries(
        {},
        optional={
            "code": st.sampled_from(["context", "ledger", "key", "no_model", "closed", "token", None, 7]),
            "retry_at": st.one_of(st.none(), st.floats(0, 1e6), st.text(max_size=3), st.booleans()),
        },
    ),
)


@given(st.lists(ANSWERS, max_size=40))
def test_every_row_of_answers_ends(answers: list[tuple[int, dict[str, Any]]]) -> None:
    """Pauses are bounded in number and length, and only a named time is waited for or reported."""
    trouble, pauses, now_s = patience.Trouble(), 0, 1000.0
    for status, error in answers:
        verdict = patience.judged(status, error, trouble, now_s)
        named = error.get("retry_at") if isinstance(error.get("retry_at"), float) else None
        if isinstance(verdict, patience.Pause):
            pauses += 1
            assert 0 <= verdict.seconds <= patience.WAIT_AT_MOST_S
            assert verdict.until_s is None or verdict.until_s == named
        if isinstance(verdict, patience.Park):
            assert status == 429
            assert verdict.until_s in (None, named)
    assert pauses <= patience.MOST_PAUSES + patience.MOST_LIMITS


def test_the_router_is_asked_for_often_at_first_and_never_seldom() -> None:
    """From a twentieth of a second to a second."""
    pauses = [patience.unreachable_s(times) for times in range(2000)]
    assert pauses[0] == 0.05
    assert pauses == sorted(pauses)
    assert pauses[-1] == 1.0


def test_words_that_come_with_a_limit_do_not_hurry(shop: Workshop) -> None:
    """A model that only talks after a limit is reminded as any."""
    shop.run(limited("0"), say("hm"), done("ok"))
    assert len(shop.lines(1, "message")) == 1
