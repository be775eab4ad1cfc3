"""Budgets: nothing is called that could exceed one, whoever asks at the same time."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scope.store import layout
from tests.models.provider import broken, say

if TYPE_CHECKING:
    from tests.models.conftest import Office
    from tests.models.desk import Said

# With `price: {input: 1, output: 2}` and 1,000,000 tokens, a call costs some cents over a dollar.
BIG = (500_000, 250_000)


def _at_once(office: Office, token: str, words: str, count: int, **more: Any) -> list[Said]:
    answers: list[Said] = []
    threads = [threading.Thread(target=lambda: answers.append(office.chat(token, words, **more))) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_spent_budget_refuses_in_words_and_asks_nobody(office: Office) -> None:
    """402 says whose budget, how much of it is spent, and what the call might have cost."""
    office.levels(office.model("max_tokens: 1000"))
    session, token = office.new("budget: {usd: 1.0005}\n")
    office.provider.script("spent", say("dear", usage=BIG))
    assert office.chat(token, "spent").json["scope"]["cost"] == 1.0
    said = office.chat(token, "spent")
    assert (said.status, said.code) == (402, "budget")
    words = said.json["error"]["message"]
    assert words.startswith(f"the budget of session {session}: $1.00 of $1.00 is spent, and this call may cost $0.002")
    assert said.json["scope"] == {"scope": f"session {session}", "limit": "usd"}
    assert len(office.lines(session)) == 1


@pytest.mark.parametrize(("limit", "most"), [("calls", "2"), ("tokens", "2600")])
def test_calls_and_tokens_are_bounded_too(office: Office, limit: str, most: str) -> None:
    """A budget of calls, or of tokens, holds as one of dollars does."""
    office.levels(office.model("max_tokens: 1000"))
    _, token = office.new(f"budget: {{{limit}: {most}}}\n")
    office.provider.script(f"two {limit}", *[say("x", usage=(500, 400))] * 2)
    statuses = [office.chat(token, f"two {limit}") for _ in range(3)]
    assert [said.status for said in statuses] == [200, 200, 402]
    assert statuses[2].json["scope"]["limit"] == limit


def test_twenty_calls_at_once_do_not_exceed_a_budget_for_five(office: Office) -> None:
    """What is under way counts as spent: exactly as many as fit are made."""
    office.levels(office.model("max_tokens: 1000"))
    session, token = office.new("budget: {calls: 5}\n")
    office.provider.script("at once", *[say("x", delay_s=0.1)] * 5)
    answers = _at_once(office, token, "at once", 20)
    assert sorted(said.status for said in answers) == [200] * 5 + [402] * 15
    assert len(office.lines(session)) == 5


def test_twenty_calls_at_once_do_not_exceed_dollars(office: Office) -> None:
    """By what each may cost at most, and not by what it turns out to cost."""
    office.levels(office.model("max_tokens: 1000"))
    session, token = office.new("budget: {usd: 0.0103}\n")  # a call may cost 0.002 and a little
    office.provider.script("dollars", *[say("x", delay_s=0.1, usage=(40, 1000))] * 5)
    passed = [said for said in _at_once(office, token, "dollars", 20, max_tokens=1000) if said.status == 200]
    assert 4 <= len(passed) <= 5
    assert sum(float(str(line["cost"])) for line in office.lines(session)) <= 0.0103


def test_a_child_cannot_spend_what_its_parent_has_not_left(office: Office) -> None:
    """A budget holds for a session and for all below it, however much the child was given."""
    office.levels(office.model("max_tokens: 1000"))
    parent, token = office.new("budget: {calls: 3}\n")
    child = office.session(f"{parent}.1", task="budget: {calls: 100}\n")
    grandchild = office.session(f"{parent}.1.1")
    office.provider.script("family", *[say("x")] * 3)
    assert [office.chat(one, "family").status for one in (token, child, grandchild)] == [200] * 3
    for one in (token, child, grandchild):
        said = office.chat(one, "family")
        assert (said.status, said.json["scope"]["scope"]) == (402, f"session {parent}")


def test_a_childs_own_budget_does_not_bind_its_parent(office: Office) -> None:
    """What is bounded below is bounded there only."""
    office.levels(office.model("max_tokens: 1000"))
    parent, token = office.new("budget: {calls: 9}\n")
    child = office.session(f"{parent}.1", task="budget: {calls: 1}\n")
    office.provider.script("below", *[say("x")] * 2)
    assert [office.chat(child, "below").status for _ in range(2)] == [200, 402]
    assert office.chat(token, "below").status == 200


def test_a_tree_has_a_bound_of_its_own(office: Office) -> None:
    """With `budgets.tree`, it bounds all of a person's session; `budgets.session` what each spends itself."""
    office.levels(office.model("max_tokens: 1000"), more="budgets: {session: {calls: 2}, tree: {calls: 3}}\n")
    top, token = office.new()
    child = office.session(f"{top}.1")
    office.provider.script("tree", *[say("x")] * 3)
    assert [office.chat(token, "tree").status for _ in range(2)] == [200, 200]
    said = office.chat(token, "tree")
    assert (said.status, said.json["scope"]["scope"]) == (402, f"session {top}")
    assert office.chat(child, "tree").status == 200
    said = office.chat(child, "tree")
    assert (said.status, said.json["scope"]["scope"]) == (402, f"tree {top}")


def test_a_person_can_raise_a_budget_while_it_runs(office: Office) -> None:
    """sessions/<id>/budget holds from the next call on."""
    office.levels(office.model("max_tokens: 1000"), more="budgets: {session: {calls: 1}}\n")
    session, token = office.new()
    office.provider.script("raised", *[say("x")] * 2)
    assert [office.chat(token, "raised").status for _ in range(2)] == [200, 402]
    Path(layout.raised(layout.session(str(office.root), session))).write_text("calls: 2\n")
    assert [office.chat(token, "raised").status for _ in range(2)] == [200, 402]


def test_the_seconds_of_a_session_are_not_the_routers_business(office: Office) -> None:
    """The watcher counts the time of attempts; the router bounds seconds of agents, levels and days."""
    office.levels(office.model("max_tokens: 1000"))
    _, token = office.new("budget: {seconds: 1, children: 0}\n")
    office.provider.script("slow", say("x", delay_s=1.1), say("y"))
    assert [office.chat(token, "slow").status for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("where", ["settings", "identity"])
def test_an_agent_has_a_budget_for_the_day(office: Office, where: str) -> None:
    """All its sessions spend of it, and so does what they spawn; its identity is over the settings."""
    agent = f"ann-{where}"
    bound = "budgets: {agent: {calls: 2}}\n" if where == "settings" else "budgets: {agent: {calls: 99}}\n"
    office.levels(office.model("max_tokens: 1000"), more=bound)
    if where == "identity":
        place = office.root / "agents" / agent
        place.mkdir(parents=True)
        (place / "identity.md").write_text("---\nbudget: {calls: 2}\n---\nAnn.\n")
    first, token = office.new(f"agent: {agent}\n")
    child = office.session(f"{first}.1")
    _, second = office.new(f"agent: {agent}\n")
    office.provider.script(f"agent {where}", *[say("x")] * 2)
    assert [office.chat(one, f"agent {where}").status for one in (token, child)] == [200, 200]
    said = office.chat(second, f"agent {where}")
    assert (said.status, said.json["scope"]["scope"]) == (402, f"agent {agent}")


def test_a_level_has_a_budget_for_the_day(office: Office) -> None:
    """Other levels go on."""
    levels = f"{{0: [{office.model()}], 5: [{office.model()}]}}"
    office.configure(f"models:\n  levels: {levels}\nbudgets: {{level: {{5: {{calls: 1}}}}}}\n")
    _, token = office.new("level: 5\n")
    office.provider.script("level", *[say("x")] * 2)
    assert office.chat(token, "level").status == 200
    said = office.chat(token, "level")
    assert (said.status, said.json["scope"]["scope"]) == (402, "level 5")
    assert office.chat(token, "level", model="level-0").status == 200


def test_a_day_has_a_budget(alone: Office) -> None:
    """All of a root spends of it; it survives a router that was killed."""
    alone.levels(alone.model("max_tokens: 1000"), more="budgets: {day: {calls: 2}}\n")
    first, second = alone.session("1"), alone.session("2")
    router = alone.start()
    alone.provider.script("day", *[say("x")] * 2)
    assert [alone.chat(one, "day").status for one in (first, second)] == [200, 200]
    alone.kill(router)
    alone.start()
    said = alone.chat(first, "day")
    assert (said.status, said.json["scope"]["scope"]) == (402, "day")
    assert said.json["error"]["message"].startswith("the budget of the day: ")


def test_yesterdays_calls_are_not_todays(alone: Office) -> None:
    """A day's budget is of one UTC day; a session's is for good."""
    alone.levels(alone.model(), more="budgets: {day: {calls: 1}, session: {calls: 2}}\n")
    yesterday = time.strftime("%Y-%m-%dT12:00:00.000Z", time.gmtime(time.time() - 86400))
    old = f'{{"time": "{yesterday}", "id": "1/1/0", "session": "1", "level": 0, "outcome": "ok", "cost": 1.0}}\n'
    (alone.root / "ledger.jsonl").write_text(old)
    token = alone.session("1")
    alone.start()
    alone.provider.script("today", say("x"))
    assert alone.chat(token, "today").status == 200
    assert alone.chat(token, "today").json["scope"]["scope"] == "session 1"


def test_an_unknown_price_is_null_and_tokens_still_count(office: Office) -> None:
    """No price ends nothing: cost null in the reply and in the ledger, and the other limits hold."""
    office.levels(office.model("max_tokens: 1000").replace("price: {input: 1, output: 2}, ", ""))
    session, token = office.new("budget: {usd: 0.001, calls: 2}\n")
    office.provider.script("priceless", *[say("x", usage=BIG)] * 2)
    took = office.chat(token, "priceless").json["scope"]
    assert (took["cost"], took["tokens"], took["spent"]["tokens"]) == (None, 750_000, 750_000)
    assert office.lines(session)[0]["cost"] is None
    assert [office.chat(token, "priceless").status for _ in range(2)] == [200, 402]


def test_a_price_that_litellm_knows_needs_no_line_in_the_settings(office: Office) -> None:
    """The map that comes with it is used, without the network, cached tokens and all."""
    url = office.provider.url
    office.levels(f'{{model: openai/gpt-4o-mini, base_url: "{url}", api_key_env: TEST_KEY, retries: 0}}')
    _, token = office.new()
    office.provider.script("mapped", say("x", usage=(1_000_000, 0)))
    took = office.chat(token, "mapped").json["scope"]
    assert took["cost"] == pytest.approx(0.15)
    assert took["window"] == 128_000


def test_a_failed_call_that_cost_nothing_gives_its_reservation_back(office: Office) -> None:
    """After an error there is as much left as before."""
    office.levels(office.model("max_tokens: 1000"))
    _, token = office.new("budget: {tokens: 1500}\n")
    office.provider.script("gives back", *[broken()] * 3, say("x", usage=(10, 10)))
    assert [office.chat(token, "gives back").status for _ in range(4)] == [502] * 3 + [200]


def test_the_cheaper_one_is_taken_when_a_budget_runs_low_and_it_is_said(office: Office) -> None:
    """In the reply, in the ledger and in the log; before that it is not taken at all."""
    office.levels(office.model("max_tokens: 10"), office.model("max_tokens: 10, when_low: true"))
    session, token = office.new("budget: {tokens: 1000}\n")
    office.provider.script("low", say("a", usage=(400, 10)), say("b", usage=(450, 10)), say("c", usage=(1, 1)))
    took = [office.chat(token, "low").json["scope"] for _ in range(3)]
    assert [one["deployment"] for one in took] == ["0/0", "0/0", "0/1"]
    assert [one["note"] for one in took] == ["", "", f"13% of the budget of session {session} is left"]
    assert took[1]["left"] == pytest.approx(0.13)
    assert office.lines(session)[2]["note"] == took[2]["note"]
    assert f"13% of the budget of session {session} is left" in office.log()


def test_the_cheaper_one_is_taken_when_the_usual_one_no_longer_fits(office: Office) -> None:
    """A budget into which the usual call does not fit is low, whatever the percentage."""
    office.levels(office.model("max_tokens: 5000"), office.model("max_tokens: 10, when_low: true"))
    _, token = office.new("budget: {tokens: 1000}\n")
    office.provider.script("fits", say("a"))
    took = office.chat(token, "fits").json["scope"]
    assert took["deployment"] == "0/1"
    assert "0 of 1000 tokens are spent, and this call may take 50" in took["note"]


def test_what_is_left_is_of_the_scarcest_budget(office: Office) -> None:
    """`left` in the reply: the smallest part that is left of any of them."""
    office.levels(office.model("max_tokens: 10"), more="budgets: {session: {calls: 4}}\n")
    parent, _ = office.new("budget: {calls: 2}\n")
    child = office.session(f"{parent}.1")
    office.provider.script("left", say("x"))
    assert office.chat(child, "left").json["scope"]["left"] == 0.5
