"""What went wrong with one attempt, in the vocabulary that decisions are made in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

Class: TypeAlias = Literal[
    "transient",
    "timeout",
    "resource",
    "lost",
    "budget",
    "quota",
    "missing_context",
    "wrong_approach",
    "task_too_big",
    "dependency_cycle",
    "policy",
    "unknown",
]
CLASSES: Final[tuple[Class, ...]] = get_args(Class)

# How an attempt ended says what class it is, where nobody knows better.
OF_KIND: Final[dict[str, Class]] = {
    "timeout": "timeout",
    "stuck": "timeout",
    "lost": "lost",
    "memory": "resource",
    "cpu": "resource",
    "cycle": "dependency_cycle",
    "budget": "budget",
}

WORDLESS: Final = "{} {} without a word"
NOT_FOUND: Final = "a command was not found"
SILENT: Final = (WORDLESS.format("exit", 1), NOT_FOUND, *OF_KIND)
"""The errors of attempts that said nothing: by these alone, any work is like any other."""

NOT_THE_WORKS: Final[frozenset[str]] = frozenset({"quota"})
"""Classes that are no failure of the work: they cost no retry."""

POINTLESS_TO_REPEAT: Final[frozenset[str]] = frozenset(
    {"budget", "missing_context", "wrong_approach", "task_too_big", "dependency_cycle", "policy"}
)
"""Classes in which the same attempt once more would only fail once more."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt: how it ended, what class that is, and which failures are like it."""

    kind: str  # exit, check, landing, timeout, stuck, lost, memory, cpu, cycle, budget, report
    of_class: Class
    fingerprint: str
    headline: str = ""  # the line that best names the error
    lines: tuple[str, ...] = ()  # at most 40 that say what failed
    failing: tuple[str, ...] = ()  # the tests, targets, … that a tool named
    needs: str = ""  # diagnosis, reassignment, reframing, decomposition, information, policy
    message: str = ""  # the worker's own words
    tried: tuple[str, ...] = ()  # what the worker tried before it gave up
    is_diagnosed: bool = False  # its class was reported by the worker or known from a runbook
    runbook: str = ""  # the runbook that knows it
    base: str = ""  # the commit that the next attempt begins with, where that is another one
    until: float | None = None  # when trying again makes sense, in seconds from now
    until_done: str = ""  # … or which session has to be done for that


def of_class(word: object) -> Class | None:
    """Return the class that a word names, if it names one."""
    return next((known for known in CLASSES if known == word), None)
