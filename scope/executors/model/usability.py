"""Whether the model's replies are of use: what it is reminded of, and when it is given up. Pure."""

from __future__ import annotations

from scope.executors.model import context, prompt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from scope.executors.model.trajectory import Line

MOST_IN_A_ROW: Final = 5
MOST_REFUSALS: Final = 2


class Hopeless(Exception):
    """The model is given up: as a failure of this class, for that reason."""

    def __init__(self, of_class: str, why: str) -> None:
        self.of_class = of_class
        self.why = why
        super().__init__(why)


def reminder(lines: Sequence[Line]) -> str:
    """Return what a model is to be told that called nothing; nothing where it did, or was told."""
    for line in reversed(lines):
        if line["kind"] == "message" and line.get("by") == "scope":
            return ""
        if line["kind"] == "reply":
            return "" if context.calls(line) else _words(line)
    return ""


def weigh(own: Sequence[Line]) -> None:
    """Raise Hopeless where the last replies of an attempt were all of no use."""
    useless = _useless(own)
    refusals = [line for line in useless if line.get("refusal")]
    if len(refusals) >= MOST_REFUSALS:
        raise Hopeless("policy", f"the model refuses: {refusals[0]['refusal']}")
    if len(useless) >= MOST_IN_A_ROW:
        why = f"{len(useless)} replies in a row could not be used; the last said: {_said(useless[0])}"
        raise Hopeless("unknown", why)


def _useless(own: Sequence[Line]) -> list[Line]:
    """Return the replies at the end of which none led to anything, the newest first."""
    found: list[Line] = []
    used = False
    for line in reversed(own):
        if line["kind"] == "observation" and not line.get("is_wrong"):
            used = True
        elif line["kind"] == "reply":
            if used:
                break
            found.append(line)
    return found


def _words(reply: Line) -> str:
    if reply.get("refusal"):
        return prompt.REFUSED
    words = prompt.NOTHING_CALLED if str(reply.get("text") or "").strip() else prompt.EMPTY
    return words + (prompt.CUT if reply.get("finish") == "length" else "")


def _said(reply: Line) -> str:
    called = [f"{call.get('name')} {call.get('arguments')}" for call in context.calls(reply)]
    return "\n".join(filter(None, [str(reply.get("text") or ""), *called])) or "(nothing)"
