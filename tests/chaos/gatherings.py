"""What must hold of the groups of like failures and of the inbox, judged from their files."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from scope.store import journal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.chaos.traces import Ledger
    from tests.driver import World

    Line = dict[str, Any]

_GRANTING = ("human", "tree")
_PHASE_AFTER = {
    "open": "gathering", "question": "asking", "climb": "gathering", "advise": "trying", "release": "released",
    "ask": "asking", "settle": "settled", "close": "closed",
}  # fmt: skip
_LEFT = ("done", "failed", "aborted")


def groups(world: World) -> dict[str, list[Line]]:
    """Return what was decided about each group, in order."""
    found: dict[str, list[Line]] = defaultdict(list)
    for _, line in journal.read(str(world.root / "escalations" / "groups.jsonl")):
        if isinstance(line.get("group"), str) and "move" in line:
            found[line["group"]].append(line)
    return dict(found)


def phase(lines: Sequence[Line]) -> str:
    """Return how a group stands after these decisions."""
    return next((_PHASE_AFTER[line["move"]] for line in reversed(lines) if line["move"] in _PHASE_AFTER), "")


def is_granting(line: Line) -> bool:
    """Tell whether an advice lets also those go on that have no attempt left."""
    level = str(line["advice"]["from_level"])
    return level in _GRANTING or level.startswith("supervisor ")


def frontmatter(path: Path) -> dict[str, str]:
    """Return the keys of a file of the inbox as they are written; none of a file that is not whole."""
    try:
        head, fence, _ = path.read_text().removeprefix("---\n").partition("\n---")
    except OSError:
        return {}
    pairs = (line.partition(":") for line in head.split("\n") if line[:1].isalpha())
    return {key: value.strip() for key, _, value in pairs} if fence else {}


def judge_groups(world: World, ledger: Ledger, decisions: Mapping[str, Sequence[Line]]) -> Iterator[str]:
    """Say what does not hold of the groups over the whole walk."""
    yield from _doubles(world)
    for identity, lines in groups(world).items():
        moves = [line["move"] for line in lines]
        asked = False
        for move in moves:
            if move == "ask" and asked:
                yield f"{identity}: a person was asked twice without an answer: {moves}"
            asked = move == "ask" or (asked and move in ("tell", "send"))
        by_people = sum(line["move"] == "settle" or _level(line) == "human" for line in lines)
        if by_people > ledger.answers[identity]:
            yield f"{identity}: {by_people} answers of a person were taken, {ledger.answers[identity]} were given"
        yield from _trials(identity, lines, decisions)


def _doubles(world: World) -> Iterator[str]:
    """At most one group of a fingerprint is open at any time."""
    of: dict[str, str] = {}
    for _, line in journal.read(str(world.root / "escalations" / "groups.jsonl")):
        if line.get("move") == "open":
            if line["fingerprint"] in of.values():
                yield f"{line['group']}: another group of {line['fingerprint']} is open"
            of[line["group"]] = line["fingerprint"]
        elif line.get("move") == "close":
            of.pop(line["group"], None)


def _trials(identity: str, lines: Sequence[Line], decisions: Mapping[str, Sequence[Line]]) -> Iterator[str]:
    """One tries an advice; the others go with it only when it is released."""
    serial = 0
    released_at: dict[int, float] = {}
    canaries: dict[int, list[str]] = defaultdict(list)
    for line in lines:
        match line["move"]:
            case "advise":
                serial = line["serial"]
            case "send":
                canaries[serial].append(line["canary"])
                if serial in released_at:
                    yield f"{identity}: a canary was sent after the release of advice {serial}"
            case "release":
                released_at[serial] = line["at"]
                tried = [one for one in canaries[serial] if _went(decisions.get(one, ()), identity, serial)]
                if "succeeded with it" in line["why"] and not tried:
                    yield f"{identity}: advice {serial} was released, and nobody has tried it: {line['why']}"
    yield from _goings(identity, released_at, canaries, decisions)
    for number, ones in canaries.items():
        for before, after in pairwise(ones):
            if not _has_left(decisions.get(before, ())):
                yield f"{identity}: {after} was sent with advice {number} while {before} tried it"


def _goings(
    identity: str,
    released_at: Mapping[int, float],
    canaries: Mapping[int, Sequence[str]],
    decisions: Mapping[str, Sequence[Line]],
) -> Iterator[str]:
    for session, said in decisions.items():
        for line in said:
            if line["move"] != "again" or line.get("group") != identity or "advice" not in line:
                continue
            number = line["serial"]
            is_early = line["at"] < released_at.get(number, float("inf"))
            if is_early and session not in canaries.get(number, ()):
                yield f"{identity}: {session} went with advice {number} before its release, and was no canary"
            if is_early is not line["is_canary"]:
                yield f"{identity}: {session} went with advice {number}, canary: {line['is_canary']}, early: {is_early}"


def _went(decisions: Sequence[Line], identity: str, serial: int) -> bool:
    """Tell whether a session went with an advice, and then was done without another task."""
    went = False
    for line in decisions:
        if line["move"] == "again" and (line.get("group"), line.get("serial")) == (identity, serial):
            went = True
        if line["move"] == "reopen" or (line["move"] == "adopt" and line.get("wish") == "redirect"):
            went = False
        if went and line["move"] == "succeed":
            return True
    return False


def _has_left(decisions: Sequence[Line]) -> bool:
    """Tell whether a session ever ended, or was given another task: then it may have left a group without a word."""
    return any(line["move"] in ("abort", "fail", "succeed", "reopen") or line.get("wish") for line in decisions)


def _level(line: Line) -> str:
    return str(line["advice"]["from_level"]) if line["move"] == "advise" else ""


def mismatches(world: World, decisions: Mapping[str, Sequence[Line]]) -> list[str]:
    """Say where the inbox and those who wait are not of one mind just now."""
    all_groups = groups(world)
    phases = {identity: phase(lines) for identity, lines in all_groups.items()}
    waiting: dict[str, str] = {}
    found: list[str] = []
    for session, lines in decisions.items():
        state = world.state(session)
        identity = _awaited(state, lines)
        question = world.session(session) / "question"
        if state in _LEFT and (asked := _text(question)) is not None:
            found.append(f"{session}: it is {state} and has a question: {asked!r}")
        if not identity:
            continue
        waiting[session] = identity
        if phases.get(identity, "closed") == "closed":
            found.append(f"{session}: it is {state} for {identity}, which is not open")
        elif phases[identity] == "asking" and not _is_open(world, identity):
            found.append(f"{session}: it is {state}, {identity} asks, and its file does not: {_shown(world, identity)}")
        elif phases[identity] == "asking" and not _names(question, identity):
            found.append(f"{session}: it is {state}, {identity} asks, and it has no question")
    for path in sorted((world.root / "escalations").glob("e*.md")):
        identity = path.stem
        if _is_open(world, identity) and (phases.get(identity) != "asking" or identity not in waiting.values()):
            found.append(f"{identity}: it is open, its group is {phases.get(identity)}, and nobody waits for it")
    return found


def _awaited(state: str, lines: Sequence[Line]) -> str:
    if state == "escalated":
        return next((str(line["group"]) for line in reversed(lines) if line["move"] == "escalate"), "")
    if state == "waiting":
        return next((str(line.get("escalation", "")) for line in reversed(lines) if line["move"] == "ask"), "")
    return ""


def _is_open(world: World, identity: str) -> bool:
    return _shown(world, identity).get("state") in ("open", "acked")


def _shown(world: World, identity: str) -> dict[str, str]:
    return frontmatter(world.root / "escalations" / f"{identity}.md")


def _names(question: Path, identity: str) -> bool:
    return (_text(question) or "").partition("\n")[0] == identity


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None
