"""Keeping within the window: which old observations are left out, and what is summed up. Pure.

What was left out stays left out, so that a provider's cache of the beginning holds for many steps.
"""

from __future__ import annotations

from scope.executors.model import context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from scope.executors.model.trajectory import Line

DEFAULT: Final = 32_768  # tokens, until the router has said it
ELIDE_OVER: Final = 0.60
ELIDE_TO: Final = 0.40
SUM_UP_OVER: Final = 0.80
KEEP_AT_MOST: Final = 0.50
_LAST_STEPS: Final = 2  # whose observations are never left out
_KEPT_STEPS: Final = 3  # at most, word for word behind a summary
_LONGEST_QUOTE: Final = 1000
_SHARE_OF_RECORD: Final = 0.5
_WORTH_IT: Final = 0.9  # a summary costs a call


def of(lines: Sequence[Line]) -> int:
    """Return how many tokens the window holds, as the last reply said it."""
    for line in reversed(lines):
        if line["kind"] == "reply" and isinstance(line.get("window"), int) and line["window"] > 0:
            return int(line["window"])
    return DEFAULT


def elided_before(system: str, lines: Sequence[Line], size: int, beside: int) -> int | None:
    """Return before which step observations are to be left out; None where all fits, or nothing would be won."""
    now = context.tokens(context.messages(system, lines), lines, beside)
    if now <= ELIDE_OVER * size:
        return None
    shown = context.shown(lines)
    steps = _steps(shown)
    too_much = (now - ELIDE_TO * size) * context.CHARACTERS_PER_TOKEN / context.ratio(lines)
    won, best = 0, None
    for step in steps[1 : len(steps) - _LAST_STEPS + 1]:
        fresh = context.elided(lines) if best is None else best
        saved = sum(
            max(0, len(str(line.get("text"))) - len(context.elision(line)))
            for line in shown
            if line["kind"] == "observation" and fresh <= line.get("step", 0) < step
        )
        if saved:
            won, best = won + saved, step
        if won >= too_much:
            break
    return best


def summed_up_before(system: str, lines: Sequence[Line], size: int, beside: int) -> int | None:
    """Return before which step all is to be summed up; None where it fits, or there is nothing to sum up."""
    now = context.tokens(context.messages(system, lines), lines, beside)
    if now <= SUM_UP_OVER * size:
        return None
    steps = _steps(lines)
    already = max((line["before"] for line in lines if line["kind"] == "summary"), default=0)
    for kept in range(min(_KEPT_STEPS, len(steps)), -1, -1):
        before = steps[-kept] if kept else steps[-1] + 1 if steps else 0
        if not any(already <= step < before for step in steps):
            continue
        shortened = [*lines, {"kind": "summary", "before": before, "text": ""}]
        after = context.tokens(context.messages(system, shortened), lines, beside)
        if after <= KEEP_AT_MOST * size or not kept:
            return before if after <= _WORTH_IT * now else None
    return None


def record(lines: Sequence[Line], before: int, size: int) -> str:
    """Return what is to be summed up, as plain text that fits into the window whatever it was."""
    said = [text for line in lines if (text := _said(line, before))]
    longest = max(2000, int(size * _SHARE_OF_RECORD * context.CHARACTERS_PER_TOKEN / context.ratio(lines)))
    text = "\n\n".join(said)
    return text if len(text) <= longest else _cut(text, longest)


def _said(line: Line, before: int) -> str:
    kind = line["kind"]
    if kind in ("reply", "observation") and line.get("step", 0) >= before:
        return ""
    match kind:
        case "task":
            return f"The task:\n{line.get('text')}"
        case "summary":
            return f"Summed up before:\n{line.get('text')}"
        case "message":
            return f"A person wrote:\n{line.get('text')}" if line.get("by") != "scope" else ""
        case "reply":
            words = [str(line.get("text") or "")]
            words += [f"{call.get('name')} {call.get('arguments')}" for call in context.calls(line)]
            return f"Step {line.get('step')}:\n" + _cut("\n".join(filter(None, words)), 2 * _LONGEST_QUOTE)
        case "observation":
            text = _cut(str(line.get("text") or ""), _LONGEST_QUOTE)
            return f"Result:\n{text}" + (f"\n(all of it: {line['output']})" if line.get("output") else "")
    return ""


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n[…]\n{text[-half:]}"


def _steps(lines: Sequence[Line]) -> list[int]:
    return [line["step"] for line in lines if line["kind"] == "reply" and isinstance(line.get("step"), int)]
