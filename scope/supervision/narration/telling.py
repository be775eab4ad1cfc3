"""Telling a session's story in words that fit eighty columns; every line of it can be found in the files."""

from __future__ import annotations

import textwrap
from shlex import join
from typing import TYPE_CHECKING, Any, Final

from scope.laws.durations import words

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS: Final = 80
_INSTRUCTIONS_AT_MOST: Final = 6


def in_words(found: dict[str, Any]) -> str:
    """Tell what `explain` found as a text."""
    why = f": {found['why']}" if found["why"] else ""
    lines = _wrapped(f"session {found['id']} is {found['state']}{why}", "", "  ")
    if found["problem"]:
        lines.append(f"its task cannot be read: {found['problem']}")
    elif found["task"]:
        told = found["task"]
        lines.append(f"its command: {join(told['command'])}" if told["command"] else f"its task: {told['title']}")
    if found["waits_for"]:
        lines.append(f"it waits for: {', '.join(found['waits_for'])}")
    lines += ["", "signs:"]
    for sign in (*found["signs"], f"the watcher: {found['watcher']}"):
        lines += _wrapped(sign, "  ", "    ")
    lines += ["", "supervision:", *_supervision(found["supervision"])]
    if found["decisions"]:
        variations = [each["variation"] for each in found["supervision"]["variations"]]
        lines += ["", "decisions:"]
        for line in found["decisions"]:
            lines += _decision(line, variations)
    lines += ["", f"directory: {found['directory']}"]
    if found["state"] == "running":
        lines.append(f"attach: {found['attach']}")
    return "\n".join(lines) + "\n"


def _supervision(told: dict[str, Any]) -> list[str]:
    said = [
        f"supervisor: {_supervisor(told['supervisor'])}",
        f"playbook: {_playbook(told)}",
        f"attempts: {_attempts(told['attempts'])}",
    ]
    for name, key in (("variations", "variation"), ("assignable", "name")):
        tried = [each[key] for each in told[name] if each["tried"]]
        left = [each[key] for each in told[name] if not each["tried"]]
        if told[name]:
            done = f"{len(tried)} of {len(told[name])} tried" + (f": {', '.join(tried)}" if tried else "")
            said.append(f"{name}: {done}" + (f"; left: {', '.join(left)}" if left else ""))
    deferred = told["deferred"]
    if deferred:
        until = f"session {deferred['until_done']} is done" if deferred["until_done"] else deferred["until"]
        said.append(f"deferred until {until or 'the watcher looks again'}")
    said += [f"problem: {problem}" for problem in told["problems"]]
    return [
        *(part for line in said for part in _wrapped(line, "  ", "    ")),
        *(_group(told["group"]) if told["group"] else []),
        *(_question(told["question"]) if told["question"] else []),
    ]


def _supervisor(told: dict[str, Any]) -> str:
    said = f"{told['name']}, {'declared' if told['is_declared'] else 'implied'}"
    if told["strategy"]:
        said += f" ({told['strategy']}, {told['intensity']} restarts within {words(told['period_s'])})"
    if told["has_given_up"]:
        return f"{said}; it gave up"
    return said if told["may_restart"] else f"{said}; it has restarted as often as it may"


def _playbook(told: dict[str, Any]) -> str:
    source = told["playbook_from"]
    if source == "none":
        return "none; a failure is " + ("run again while retries are left" if told["attempts"]["retries"] else "final")
    given = {"given": "given with the task", "default": "the default"}.get(source, f"that of {source}")
    return f"{', '.join(told['playbook'])} ({given})"


def _attempts(told: dict[str, int]) -> str:
    most = told["retries"] + told["granted"]
    granted = f" ({told['granted']} granted by a person)" if told["granted"] else ""
    left = f"{told['left']} of {_count(most, 'retry', 'retries')} left{granted}" if most else "no retries"
    return f"{told['failed']} failed; {left}"


def _group(told: dict[str, Any]) -> list[str]:
    named = f"group {told['id']} of like failures" + (f": {told['error']}" if told["error"] else "")
    if told["supervisor"]:
        named = f"group {told['id']}: the children of supervisor '{told['supervisor']}', which gave up"
    lines = _wrapped(named, "  ", "    ")
    for step in told["steps"]:
        lines += _wrapped(_step(step), "    ", "      ")
    return lines


def _step(step: dict[str, Any]) -> str:
    match step["move"]:
        case "climb":
            return f"one level up: {step['why']}"
        case "consult":
            return f"session {step['advisor']} is asked for advice (scope attach {step['advisor']})"
        case "advise":
            return f"advice: {step['why']}"
        case "send":
            return f"session {step['canary']} goes first with it, as the canary"
        case "release":
            return f"the others follow: {step['why']}"
        case "ask":
            return "a person is asked"
        case "settle":
            return f"a person let it {step['verdict']}"
        case _:
            return f"closed: {step['why']}"


def _question(told: dict[str, Any]) -> list[str]:
    lines = _wrapped(f"question {told['id']}: {told['question']}", "  ", "    ")
    if told["answer"]:
        return [*lines, *_wrapped(f"answered: {told['answer']}; the watcher has still to take it", "    ", "      ")]
    own = [] if told["options"] and told["kind"] == "question" else ["your own words"]
    takes = " or ".join([*([", ".join(told["options"])] if told["options"] else []), *own])
    lines += _wrapped(f"answer it: {told['answer_with']} ({takes})", "    ", "      ")
    if told["deadline"]:
        then = f"it is {told['default']}" if told["default"] else "nobody waits for it any more"
        lines += _wrapped(f"after {told['deadline']} {then}", "    ", "      ")
    return [*lines, *([f"    problem: {told['problem']}"] if told["problem"] else [])]


def _decision(line: dict[str, Any], variations: list[str]) -> list[str]:
    """Tell one decision: when, what and why; below it, for a move of the supervisor, what it rests on."""
    stamp = _to_the_second(str(line.get("time", "")))
    attempt = line.get("attempt")
    verb = str(line.get("play") or line.get("move", ""))
    named = f"{verb} {'after ' if line.get('play') else ''}attempt {attempt}" if attempt else verb
    reason = _reason(line)
    lines = _wrapped(f"{stamp}  {named}{reason and ': '}{reason}", "  ", "      ")
    for detail in _details(line, variations):
        lines += _wrapped(detail, "      ", "        ")
    return lines


def _to_the_second(stamp: str) -> str:
    second, point, _ = stamp.partition(".")
    return f"{second}Z" if point else stamp


def _reason(line: dict[str, Any]) -> str:
    """Return why; what failed has a line of its own."""
    why = str(line.get("why", ""))
    repeats = bool(line.get("play")) and why.startswith(f"{line.get('class')} (")
    return why.rpartition("): ")[2] if repeats and "): " in why else why


def _details(line: dict[str, Any], variations: list[str]) -> Iterator[str]:
    if line.get("play") or line.get("group"):
        if line.get("class"):
            known = f" (runbook '{line['runbook']}')" if line.get("runbook") else ""
            yield f"failed as {line['class']}: {line.get('error') or 'without a word'}{known}"
        seen = _seen(_mapping(line.get("saw")))
        if seen:
            yield f"seen: {', '.join(seen)}"
    number = str(line.get("argument", ""))
    if line.get("play") == "vary" and number.isdecimal() and int(number) < len(variations):
        yield f"next: {variations[int(number)]}"
    for play, reason in _mapping(line.get("passed_over")).items():
        yield f"passed over {play}: {reason}"
    if line.get("group"):
        yield f"group: {line['group']}" + (", as the canary" if line.get("is_canary") else "")
    yield from _advice(_mapping(line.get("advice")))
    if line.get("escalation"):
        yield f"asked as: {line['escalation']}"
    if line.get("answer") is not None:
        yield f"answer: {line['answer']} (by {line.get('by') or 'nobody knows whom'})"


def _seen(saw: dict[str, Any]) -> list[str]:
    standing, attempt = _mapping(saw.get("standing")), _mapping(saw.get("attempt"))
    seen = [f"exit {attempt['exit']}"] if attempt.get("exit") is not None else []
    if not standing:
        return seen
    left = standing.get("attempts_left")
    seen.append(_count(left, "attempt", "attempts") + " left")
    siblings = standing.get("siblings")
    # Once it is escalated, it is one of them itself.
    others = siblings - (saw.get("state") == "escalated") if isinstance(siblings, int) else 0
    if others > 0:
        seen.append(_count(others, "other", "others") + " failed like it")
    if standing.get("blocks"):
        seen.append(_count(standing["blocks"], "session", "sessions") + " after it")
    return seen if standing.get("restart_allowed", True) else [*seen, "no restart allowed"]


def _advice(advice: dict[str, Any]) -> Iterator[str]:
    if not advice:
        return
    level = str(advice.get("from_level", ""))
    who = {"human": "a person", "rules": "the rules", "tree": "the tree"}.get(level, f"level {level}")
    if advice.get("insufficient") and advice["insufficient"] != advice.get("reasoning"):
        yield f"what was advised before did not suffice: {advice['insufficient']}"
    yield f"advice of {who}: {advice.get('reasoning') or ('see below' if advice.get('instructions') else 'try again')}"
    for name, value in _mapping(advice.get("variables")).items():
        yield f"  {name}={value}"
    instructions = str(advice.get("instructions") or "").splitlines()
    yield from (f"  | {line}" for line in instructions[:_INSTRUCTIONS_AT_MOST])
    if len(instructions) > _INSTRUCTIONS_AT_MOST:
        yield f"  | … {len(instructions) - _INSTRUCTIONS_AT_MOST} lines more, in its brief.md"


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(number: object, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _wrapped(text: str, first: str, further: str) -> list[str]:
    wrapped = textwrap.wrap(
        text, _COLUMNS, initial_indent=first, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )
    return wrapped or [first.rstrip()]
