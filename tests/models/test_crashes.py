"""kill -9 at any step: nothing is lost but the answer in flight, and nothing is billed twice."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scope.models import costs
from tests.driver import until
from tests.models.provider import Turn, broken, hang, say

if TYPE_CHECKING:
    from tests.models.conftest import Office

LOST = (OSError, http.client.HTTPException)
STEPS = 6  # open, old reply's end, reply, ledger, shut, and one beyond
PROGRAM = str(Path(__file__).parent / "dying.py")


def _counted(office: Office) -> list[dict[str, Any]]:
    return [dict(line) for line in costs.settled(office.ledger())]


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_killed_at_any_step_a_call_is_answered_and_accounted_for_once(alone: Office, step: int) -> None:
    """The worker asks again with the same id: it gets an answer, and the ledger counts one call.

    Where the answer was kept before the kill, the provider is not asked again.
    """
    alone.levels(alone.model("max_tokens: 100"), more="budgets: {session: {calls: 3}}\n")
    token = alone.session("1")
    dying = alone.start(program=["-P", PROGRAM, str(step)])
    alone.provider.script("killed", say("answer one", usage=(10, 10)), say("answer two", usage=(10, 10)))
    try:
        first = alone.chat(token, "killed", identity="1/1/1.1").text
        assert step == STEPS, "the kill came too late"
    except LOST:
        first = ""
        assert dying.wait(30) == -signal.SIGKILL
    if step == STEPS:
        alone.kill(dying)
    is_kept = (alone.root / "run" / "replies" / "1").exists()
    alone.start()
    said = alone.chat(token, "killed", identity="1/1/1.1")
    asked = len(alone.provider.of("killed"))
    assert said.status == 200, said.raw
    assert first in ("", said.text)
    # Before the call was opened nobody was asked, in between one more is, and with the reply kept nobody is.
    assert asked == (1 if step == 1 or is_kept else 2)
    (line,) = _counted(alone)
    assert (line["id"], line["outcome"], line["prompt_tokens"]) == ("1/1/1.1", "ok", 10)
    assert said.json["scope"]["spent"]["calls"] == 1
    assert not [one for one in _open(alone) if one == "1/1/1.1"]
    assert alone.chat(token, "killed", identity="1/1/1.1").text == said.text
    assert len(alone.provider.of("killed")) == asked


def _open(office: Office) -> set[str]:
    found: set[str] = set()
    for text in (office.root / "run" / "calls.jsonl").read_text().splitlines():
        line = json.loads(text)
        found |= {line["open"]} if "open" in line else set()
        found -= {line.get("shut", "")}
    return found


def test_a_call_in_flight_counts_as_reserved_until_it_is_made_again(alone: Office) -> None:
    """Nobody knows what it took: its line says so, and budgets count the most that it may have taken."""
    alone.levels(alone.model("max_tokens: 100"), more="budgets: {session: {tokens: 300}}\n")
    token = alone.session("1")
    router = alone.start()
    alone.provider.script("in flight", hang(30), say("after all", usage=(10, 10)))
    thread = threading.Thread(target=_ask_in_vain, args=(alone, token))
    thread.start()
    until(lambda: alone.provider.of("in flight"))
    alone.kill(router)
    thread.join()
    alone.start()
    (line,) = alone.ledger()
    assert (line["outcome"], line["cost"], line["id"]) == ("unknown", None, "1/1/1.1")
    assert 100 < line["reserved"]["tokens"] < 200
    assert line["reserved"]["usd"] == pytest.approx((line["reserved"]["tokens"] + 100) / 1e6)
    other = alone.chat(token, "something else " * 30, identity="1/1/2.1")
    assert (other.status, other.json["scope"]["limit"]) == (402, "tokens")
    said = alone.chat(token, "in flight", identity="1/1/1.1")
    assert said.text == "after all"
    assert said.json["scope"]["spent"] == {"usd": pytest.approx(3e-5), "tokens": 20, "calls": 1}
    (line,) = _counted(alone)
    assert line["outcome"] == "ok"


def test_a_call_that_is_cut_off_twice_is_one_unknown_call(alone: Office) -> None:
    """Each time it is asked for again, its line takes the place of the one before."""
    alone.levels(alone.model("max_tokens: 100"))
    token = alone.session("1")
    alone.provider.script("in flight", hang(30), hang(30))
    for kills in (1, 2):
        router = alone.start()
        thread = threading.Thread(target=_ask_in_vain, args=(alone, token))
        thread.start()
        until(partial(_is_asked, alone, kills))
        alone.kill(router)
        thread.join()
    for _ in range(2):
        alone.kill(alone.start())
    assert [line["outcome"] for line in alone.ledger()] == ["unknown", "unknown"]
    (line,) = _counted(alone)
    alone.start()
    alone.provider.script("another", say("x", usage=(10, 10)))
    spent = alone.chat(token, "another").json["scope"]["spent"]
    assert (spent["calls"], spent["tokens"]) == (2, line["reserved"]["tokens"] + 20)


def _ask_in_vain(office: Office, token: str) -> None:
    with pytest.raises(LOST):
        office.chat(token, "in flight", identity="1/1/1.1")


def test_killed_between_ledger_and_answer_the_kept_answer_is_given(alone: Office) -> None:
    """The same id after a restart: the same body, byte for byte, and no further line."""
    alone.levels(alone.model())
    token = alone.session("1")
    router = alone.start()
    alone.provider.script("kept", say("the answer"))
    first = alone.chat(token, "kept", identity="1/1/1.1")
    alone.kill(router)
    alone.start()
    again = alone.chat(token, "kept", identity="1/1/1.1")
    assert again.json == first.json
    assert len(alone.ledger()) == len(alone.provider.of("kept")) == 1


def test_only_a_sessions_newest_answer_is_kept(office: Office) -> None:
    """The next request lets go of the one before; other sessions' are their own."""
    office.levels(office.model())
    session, token = office.new()
    office.provider.script("newest", say("one"), say("two"), say("one again"))
    assert office.chat(token, "newest", identity=f"{session}/1/1.1").text == "one"
    assert office.chat(token, "newest", identity=f"{session}/1/2.1").text == "two"
    assert office.chat(token, "newest", identity=f"{session}/1/2.1").text == "two"
    assert office.chat(token, "newest", identity=f"{session}/1/1.1").text == "one again"
    assert len(office.lines(session)) == 3


def test_the_answers_of_ended_sessions_are_let_go(alone: Office) -> None:
    """A router that starts clears away what nobody asks for any more."""
    alone.levels(alone.model())
    tokens = [alone.session(session) for session in ("1", "2")]
    router = alone.start()
    alone.provider.script("ended", say("a"), say("b"))
    assert [alone.chat(token, "ended").status for token in tokens] == [200, 200]
    (alone.root / "sessions" / "1" / "state").write_text("done\n")
    alone.kill(router)
    alone.start()
    assert [path.name for path in (alone.root / "run" / "replies").iterdir()] == ["2"]


def test_one_session_does_not_get_anothers_answer(office: Office) -> None:
    """An id is a session's own, whatever it looks like."""
    office.levels(office.model())
    first, token = office.new()
    _, other = office.new()
    office.provider.script("mine", say("mine"), say("yours"))
    assert office.chat(token, "mine", identity=f"{first}/1/1.1").text == "mine"
    assert office.chat(other, "mine", identity=f"{first}/1/1.1").text == "yours"


def test_two_that_ask_with_one_id_get_one_answer(office: Office) -> None:
    """While it is under way the second joins the first: one call, one line."""
    office.levels(office.model())
    session, token = office.new()
    office.provider.script("join", say("together", delay_s=0.3))
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(office.chat(token, "join", identity=f"{session}/1/1.1").json))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert all(one == answers[0] for one in answers)
    assert len(office.lines(session)) == len(office.provider.of("join")) == 1


def test_a_failure_is_not_kept(office: Office) -> None:
    """Who asks again after an error is served anew."""
    office.levels(office.model())
    session, token = office.new()
    office.provider.script("failed once", broken(), say("better"))
    assert office.chat(token, "failed once", identity=f"{session}/1/1.1").status == 502
    assert office.chat(token, "failed once", identity=f"{session}/1/1.1").text == "better"


def test_many_calls_and_many_kills_lose_nothing_that_was_answered(alone: Office) -> None:
    """Five workers, a router that is killed again and again: each call that was answered is counted once."""
    alone.levels(alone.model("max_tokens: 100"))
    alone.provider.script("storm", *[_twenty_tokens] * 2000)
    router = alone.start()
    answered: list[str] = []

    def work(session: str) -> None:
        token = alone.session(session)
        for step in range(1, 13):
            identity = f"{session}/1/{step}.1"
            until(partial(_is_answered, alone, token, identity), 120)
            answered.append(identity)

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for kill in range(1, 4):
        wanted = 12 * kill
        until(partial(_has, answered, wanted), 120)
        os.kill(router.pid, signal.SIGKILL)
        router.wait()
        router = alone.start()
    for thread in threads:
        thread.join()
    counted = _counted(alone)
    assert sorted(line["id"] for line in counted) == sorted(answered)
    assert all(line["outcome"] == "ok" for line in counted)
    alone.kill(router)
    alone.start()
    assert _is_answered(alone, alone.session("9"), "9/1/1.1")
    total = alone.chat(alone.session("1", attempt=2), "storm").json["scope"]["spent"]
    assert (total["calls"], total["tokens"]) == (13, 13 * 20)


def _is_asked(office: Office, times: int) -> bool:
    return len(office.provider.of("in flight")) == times


def _has(answered: list[str], count: int) -> bool:
    return len(answered) >= count


def _twenty_tokens(_: dict[str, Any]) -> Turn:
    return say("x", usage=(10, 10), delay_s=0.02)


def _is_answered(office: Office, token: str, identity: str) -> bool:
    try:
        return office.chat(token, "storm", identity=identity, within_s=10).status == 200
    except LOST:
        return False


def test_a_torn_last_line_of_the_ledger_is_ended_and_skipped(alone: Office) -> None:
    """A power cut can tear a line: the next one begins on its own."""
    alone.levels(alone.model())
    (alone.root / "ledger.jsonl").write_text('{"time": "2026-01-01T00:00:00.000Z", "id": "1/1')
    token = alone.session("1")
    alone.start()
    alone.provider.script("torn", say("x"))
    assert alone.chat(token, "torn").json["scope"]["spent"]["calls"] == 1
    assert json.loads((alone.root / "ledger.jsonl").read_text().splitlines()[1])["outcome"] == "ok"


@pytest.mark.parametrize("is_broken_first", [True, False], ids=["at the start", "later"])
def test_without_a_ledger_nothing_is_called(alone: Office, is_broken_first: bool) -> None:
    """A call that cannot be accounted for is not made: 503 ledger, until the ledger can be written again."""
    alone.levels(alone.model())
    token = alone.session("1")
    ledger = alone.root / "ledger.jsonl"
    alone.provider.script("no ledger", say("x"), say("y"))
    if is_broken_first:
        ledger.mkdir()
    alone.start()
    if not is_broken_first:
        assert alone.chat(token, "no ledger").status == 200
        ledger.rename(alone.base / "aside")
        ledger.mkdir()
    before = len(alone.provider.of("no ledger"))
    said = alone.chat(token, "no ledger")
    assert (said.status, said.code) == (503, "ledger")
    assert "ledger.jsonl" in said.json["error"]["message"]
    assert len(alone.provider.of("no ledger")) == before
    ledger.rmdir()
    assert alone.chat(token, "no ledger").status == 200
