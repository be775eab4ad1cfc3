"""How policies look: lines with tabs, objects in JSON; and how often each has decided a case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scope.laws import policy as law
from scope.laws.policy import LABEL
from scope.sessions.records import allocation, reports
from scope.store import atomic, layout

if TYPE_CHECKING:
    from scope.laws.policy import Policy

KEYS: Final = (
    "name", "match", "then", "answer", "advice", "vars", "until", "holds", "uses", "by", "from", "made", "why", "path",
    "problem",
)  # fmt: skip
# How a decision names the policy that it follows: at the beginning of its reason, or as who answered.
_USE: Final = re.compile(rb'"(?:why|by)": "policy \'([a-z0-9._-]+)\'')


def uses(root: str) -> dict[str, int]:
    """Return how many decisions of the sessions that are there each policy has made."""
    found: dict[str, int] = {}
    for session in allocation.all_ids(root):
        text = atomic.tail(layout.decisions(layout.session(root, session)), atomic.LARGEST)
        for line in text.splitlines():
            used = _USE.search(line)
            if used is not None:
                name = used[1].decode()
                found[name] = found.get(name, 0) + 1
    return found


def row(policy: Policy, path: str, used: int, now_s: float) -> dict[str, object]:
    """Return the documented keys of one policy; what it does not say is null."""
    return {
        "name": policy.name,
        "match": dict(_matched(policy)),
        "then": policy.then or None,
        "answer": policy.answer or None,
        "advice": policy.advice or None,
        "vars": dict(policy.variables),
        "until": policy.until or None,
        "holds": not law.is_over(policy, now_s),
        "uses": used,
        "by": policy.by or None,
        "from": policy.source or None,
        "made": policy.made or None,
        "why": policy.body.strip() or None,
        "path": path,
        "problem": None,
    }


def broken(problem: str) -> dict[str, object]:
    """Return the keys of a file that is no policy."""
    return {**dict.fromkeys(KEYS), "problem": problem}


def line(policy: Policy, used: int, now_s: float) -> str:
    """Return one policy as cells with tabs between: name, what it says, how often it has, until when, about what."""
    said = f"answer {policy.answer}" if policy.answer else policy.then
    if policy.advice or policy.variables:
        said += " with advice"
    until = policy.until or "-"
    if law.is_over(policy, now_s):
        until = "withdrawn" if reports.instant(policy.until) is not None else policy.until
    about = " ".join(f"{key}={value}" for key, value in _matched(policy))
    return "\t".join("".join(c if c.isprintable() else "?" for c in cell) for cell in (
        policy.name, said, str(used), until, about
    ))  # fmt: skip


def _matched(policy: Policy) -> list[tuple[str, str]]:
    pairs = [
        ("class", policy.of_class),
        ("fingerprint", policy.fingerprint),
        ("job_type", policy.job_type),
        ("entity_type", policy.entity_type),
        ("error", policy.error),
        ("question", policy.question),
        ("failing", " ".join(policy.failing)),
        *((f"{LABEL}{name}", value) for name, value in policy.labels),
    ]
    return [(key, value) for key, value in pairs if value]
