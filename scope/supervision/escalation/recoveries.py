"""The lines of the supervisor's moves: what was chosen, what was passed over and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scope.laws import case as verdicts
from scope.supervision.escalation import inbox

if TYPE_CHECKING:
    from scope.laws.case import Case, Verdict
    from scope.laws.playbook import Choice


def words(verdict: Verdict, seen: Case, boot: str) -> dict[str, Any]:
    """Return what the decision says for a move of the supervisor, or for an answer."""
    match verdict:
        case verdicts.Again(why, choice, word):
            line: dict[str, Any] = {"move": "again", "why": why, **_chosen(choice)}
            if word is not None and word.advice is not None:
                line |= {
                    "group": word.group,
                    "serial": word.serial,
                    "advice": inbox.advice_words(word.advice),
                    "is_canary": word.is_canary,
                    "is_granted": word.is_granted and _is_spent(seen),
                }
            return line
        case verdicts.Defer(why, choice, pause_s, until_done):
            until: dict[str, Any] = {"until_done": until_done} if until_done else {"pause_s": round(pause_s or 0.0, 3)}
            return {"move": "defer", "why": why, **_chosen(choice), **until, "boot": boot}
        case verdicts.Escalate(why, choice, for_person, group, gives_up):
            line = {"move": "escalate", "why": why, **_chosen(choice), "for_person": for_person}
            return (
                line
                | ({"group": group, "is_inhibited": True} if group else {})
                | ({"gives_up": gives_up} if gives_up else {})
            )
        case verdicts.Reply(why, question, answer, by):
            move = "answer" if seen.state == "waiting" else "reply"
            return {"move": move, "why": why, "question": question, "answer": answer, "by": by}
        case _:
            return {}


def _chosen(choice: Choice | None) -> dict[str, Any]:
    if choice is None or choice.play is None:
        return {}
    line: dict[str, Any] = {"play": choice.play, "argument": choice.argument}
    if choice.alternatives:
        line["passed_over"] = dict(choice.alternatives)
    return line


def _is_spent(seen: Case) -> bool:
    return seen.standing is None or seen.standing.attempts_left <= 0
