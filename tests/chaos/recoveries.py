"""What must hold of the supervisors' moves, judged from the decisions and from what each attempt left."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from scope.store import journal
from tests.chaos.gatherings import groups, is_granting
from tests.chaos.town import INTENSITY, PERIOD_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.chaos.plan import Plan
    from tests.driver import World

    Line = dict[str, Any]

_FREE = ("redirected", "unstarted", "sibling", "supervisor")
_NO_FAILURE = (*_FREE, "lost")
_FOLLOWS = {
    "pending": {"running", "failed", "deferred", "escalated", "waiting", "aborted"},
    "running": {"done", "failed", "recovering", "waiting", "aborted"},
    "waiting": {"running", "pending", "done", "failed", "recovering", "aborted"},
    "recovering": {"pending", "done", "deferred", "escalated", "failed", "aborted"},
    "deferred": {"pending", "failed", "escalated", "aborted"},
    "escalated": {"pending", "done", "deferred", "escalated", "failed", "aborted"},
    "done": {"recovering"},
    "failed": {"recovering"},
    "aborted": {"recovering"},
}
"""From the design, not from the code."""


def can_follow(before: str, after: str) -> bool:
    """Tell whether the table of the design lets this state follow that one."""
    return after in _FOLLOWS.get(before, ())


def is_passed(world: World, lines: Sequence[Line]) -> bool:
    """Tell whether a session is done by the word of a person or of a policy, whatever its attempts did."""
    group = next((line.get("group") for line in reversed(lines) if line["move"] == "escalate"), None)
    settled = [line.get("verdict") for line in groups(world).get(str(group), ()) if line["move"] == "settle"]
    return settled[-1:] == ["pass"] or "let it pass" in str(lines[-1].get("why"))


def epochs(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the decisions in parts, each of which a person's retry or another task begins."""
    parts: list[list[Line]] = [[]]
    for line in lines:
        if line["move"] == "reopen" or (line["move"] == "adopt" and line.get("wish") == "redirect"):
            parts.append([])
        parts[-1].append(line)
    return parts


def judge_session(world: World, session: str, task: Mapping[str, Any], lines: Sequence[Line]) -> Iterator[str]:
    """Say what does not hold of one supervised session."""
    for part in epochs(lines):
        yield from _judge_tries(world, int(task["retries"]), part)
        yield from _judge_moves(part)
    for line in lines:
        number = int(line.get("attempt") or 0)
        if line["move"] != "recover":
            continue
        is_failure = line["kind"] not in _FREE and (line["kind"] != "lost" or line["costs_retry"])
        if is_failure and not (world.attempt(session, number) / "failure.md").exists():
            yield f"attempt {number} failed ({line['kind']}), and there is no failure.md"
        if line["kind"] in ("sibling", "supervisor") and not task.get("supervisor"):
            yield f"attempt {number} was ended for its {line['kind']}, and it has no declared supervisor"
    yield from _judge_case(world, session, lines)


def _judge_tries(world: World, retries: int, part: Sequence[Line]) -> Iterator[str]:
    starts = sum(line["move"] == "start" for line in part)
    free = sum(_is_free(world, line) for line in part)
    # An attempt that was under way when a person gave another task is paid for by the task before.
    over = 1 if part and part[0]["move"] == "adopt" else 0
    granted = [line for line in part if line["move"] == "again" and line.get("is_granted")]
    if starts > 1 + retries + len(granted) + free + over:
        yield f"it has {retries} retries, {len(granted)} granted, {free} free, and began {starts} times"
    if len({(line["group"], line["serial"]) for line in granted}) < len(granted):
        yield "one advice granted it more than one attempt"
    known = groups(world)
    for line in granted:
        advices = [one for one in known[line["group"]] if one["move"] == "advise" and one["serial"] == line["serial"]]
        if not advices or not is_granting(advices[-1]):
            yield f"it was granted an attempt by {line['group']}, whose advice {line['serial']} grants none"


def _is_free(world: World, line: Line) -> bool:
    if line["move"] != "recover" or line["costs_retry"]:
        return False
    return line["kind"] in _NO_FAILURE or _reported(world, line) == "quota"


def _reported(world: World, line: Line) -> str:
    path = world.attempt(str(line["session"]), int(line["attempt"])) / "report.json"
    return str(json.loads(path.read_text()).get("class")) if path.exists() else ""


def _judge_moves(part: Sequence[Line]) -> Iterator[str]:
    """The same move is never made twice on one failure, except as a policy of a person says."""
    made = Counter(
        (line["play"], line["argument"], line["fingerprint"])
        for line in part
        if line.get("play") and "policy" not in line["argument"]
    )
    for (play, argument, fingerprint), count in made.items():
        if count > 1:
            yield f"'{play} {argument}' was made {count} times on {fingerprint}"


def _judge_case(world: World, session: str, lines: Sequence[Line]) -> Iterator[str]:
    path = world.session(session) / "escalation.json"
    failed = {int(line["attempt"]): line for line in lines if _is_answer(line)}
    advised = [(line["attempt"] + 1, line["advice"]["instructions"]) for line in lines if "advice" in line]
    if not path.exists():
        if failed:
            yield "it has failed, and there is no escalation.json"
        return
    case = json.loads(path.read_text())
    if set(case) != {"escalation_history", "escalation_advice"}:
        yield f"its escalation.json has {sorted(case)}"
        return
    history = [(one["attempt"], one["fingerprint"], one["move"]) for one in case["escalation_history"]]
    wanted = [(number, line["fingerprint"], line.get("play") or line["move"]) for number, line in failed.items()]
    if history != wanted:
        yield f"its case tells of {history}, its decisions of {wanted}"
    if [(one["attempt"], one["instructions"]) for one in case["escalation_advice"]] != advised:
        yield f"its case was advised {case['escalation_advice']}, its decisions say {advised}"


def _is_answer(line: Line) -> bool:
    return bool(line.get("fingerprint")) and line["move"] not in ("stop", "adopt")


def judge_intensity(world: World, plan: Plan) -> Iterator[str]:
    """Say which supervisor restarted more often than it may; who begins anew at a person's word counts anew."""
    most = {one.name: one.intensity for one in plan.supervisors}
    history: dict[str, list[float]] = defaultdict(list)
    seen: set[tuple[str, str, int]] = set()
    for _, line in journal.read(str(world.root / "restarts.jsonl")):
        name = line.get("supervisor")
        if not isinstance(name, str):
            continue
        match line.get("event"):
            case "resumed":
                history[name] = []
            case "restart":
                key = (name, line["session"], line["attempt"])
                if key in seen:
                    yield f"supervisor {name}: {key} is in the history twice"
                seen.add(key)
                history[name].append(line["at"])
                within = sum(line["at"] - at < PERIOD_S for at in history[name])
                if within > most.get(name, INTENSITY):
                    yield f"supervisor {name}: {within} restarts within a period of {most.get(name, INTENSITY)}"
