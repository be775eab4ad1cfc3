"""What the watcher has decided about one session so far, folded from its `decisions.jsonl`.

A decision is committed by its line; everything else that a session shows (its state, its events,
its result) follows from the lines and is completed from them after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from scope.laws.case import STOP_REASONS
from scope.laws.group import Advice
from scope.laws.plan import Plan
from scope.laws.plays import PLAYS, Played
from scope.laws.states import MOVES, following
from scope.store import journal, layout

if TYPE_CHECKING:
    from scope.laws.case import StopReason
    from scope.laws.states import Move, State

FREE: Final = frozenset(("hold", "note"))
"""Lines that commit to nothing: they are there for people."""

RETURNED: Final = "landing"
"""How an attempt failed that ended well, and could not be landed."""

_NO_FAILURE: Final = frozenset(("redirected", "unstarted", "sibling", "supervisor"))


@dataclass(slots=True)
class Chronicle:
    """Where the decisions have led one session; times in seconds since the boot `boot`."""

    sequence: int = 0
    state: State = "pending"
    attempt: int = 0
    tries: int = 0
    unstarted: int = 0
    stopping: StopReason | None = None
    redirects: tuple[str, ...] = ()
    boot: str = ""
    begun: float = 0.0
    last: dict[str, Any] = field(default_factory=dict)  # the last line that commits
    said: str = ""  # the reason in the last line, notes aside
    failed: str = ""  # how the attempt failed that is being recovered from
    played: tuple[Played, ...] = ()
    plan: Plan = field(default_factory=Plan)
    advised: tuple[tuple[str, int], ...] = ()  # group and number of each advice that it ran with
    advice: tuple[dict[str, Any], ...] = ()  # what was advised, as `escalation.json` shows it
    returned: str = ""  # the message that last gave its work back, which could not be landed
    kept: tuple[tuple[str, str], ...] = ()  # what advice set that helped: after it, something else failed
    faults: frozenset[str] = frozenset()  # the fingerprints that advice was given for
    grants: int = 0  # attempts that a person granted beyond the retries
    group: str = ""
    is_bound_to_rules: bool = False
    is_canary: bool = False
    is_inhibited: bool = False  # escalated with those of its kind, before it began
    deferral: dict[str, Any] = field(default_factory=dict)
    pauses: int = 0
    asking: int = 0  # the number of the question that a person is asked
    escalation: str = ""  # … and the id under which
    asked_at: float = 0.0
    answered_at: float = 0.0
    paused_s: float = 0.0  # of the latest attempt, waiting for answers
    spent_s: float = 0.0  # by the attempts before the latest
    first_begun: float = 0.0
    ordered_at: float = 0.0  # when its supervisor last had it begin again after a failure
    appointment: dict[str, Any] = field(default_factory=dict)  # the line by which it began to await a signal
    awaiting_since: float = 0.0
    brought: dict[str, Any] = field(default_factory=dict)  # the line by which a signal, or its absence, failed it

    @property
    def is_at_work(self) -> bool:
        """Whether its latest attempt runs: also while it waits for a person's answer."""
        return self.state == "running" or (self.state == "waiting" and self.asking > 0)

    @property
    def is_awaiting(self) -> bool:
        """Whether its work has ended well, and it waits for the signal that tells whether it was good."""
        return self.state == "waiting" and bool(self.appointment)

    def add(self, line: dict[str, Any]) -> None:
        """Take one more line into account; what no watcher can have written changes nothing."""
        move = str(line.get("move"))
        self.sequence = max(self.sequence, _number(line.get("seq")))
        if move != "note":  # of which nothing follows
            self.said = str(line.get("why", ""))
        if move in FREE:
            return
        self._fold(move, line)

    def _fold(self, move: str, line: dict[str, Any]) -> None:
        match move:
            case "stop":
                self.stopping = next((known for known in STOP_REASONS if known == line.get("reason")), None)
            case "adopt":
                if line.get("wish") == "redirect":
                    self.redirects = (*self.redirects, str(line.get("message", "")))
                    self._begin_anew()
            case "reply":
                pass
            case _ if move in MOVES:
                self._move(move, line)
            case _:
                return
        self.last = line

    def _begin_anew(self) -> None:
        """A person's word is news: what was tried before it counts no more."""
        self.tries = self.unstarted = self.pauses = self.grants = 0
        self.played, self.plan, self.failed = (), Plan(), ""
        self.group, self.deferral, self.advised = "", {}, ()
        self.kept, self.faults, self.returned = (), frozenset(), ""
        self.appointment, self.awaiting_since, self.brought = {}, 0.0, {}

    def _move(self, move: Move, line: dict[str, Any]) -> None:
        state = following(self.state, move)
        if state is None:
            return
        self.state = state
        at = _seconds(line.get("at"))
        match move:
            case "start":
                self.attempt = _number(line.get("attempt"))
                self.boot = str(line.get("boot", ""))
                self.begun = _seconds(line.get("begun"))
                self.first_begun = self.first_begun or self.begun
                self.stopping, self.failed, self.paused_s = None, "", 0.0
                self.appointment, self.awaiting_since, self.brought = {}, 0.0, {}
            case "recover":
                self._recover(line, at)
            case "reopen":
                self._reopen(line)
                self.stopping = None
            case "again":
                self._again(line, at)
            case "defer":
                self._play(line)
                self.deferral, self.pauses = line, self.pauses + 1
            case "escalate":
                self._play(line)
                self.group = str(line.get("group", ""))
                self.is_bound_to_rules = line.get("play") == "reframe"
                self.is_inhibited = bool(line.get("is_inhibited"))
            case "ask":
                self.asking, self.asked_at = _number(line.get("question")), at
                self.escalation = str(line.get("escalation", ""))
            case "answer":
                self.asking, self.paused_s = 0, self.paused_s + max(0.0, at - self.asked_at)
                self.answered_at = at
            case "await":
                self.appointment, self.awaiting_since = line, at
                self.asking, self.stopping = 0, None
            case "fail":
                self._fail_late(line)
            case _:
                pass

    def _reopen(self, line: dict[str, Any]) -> None:
        if line.get("wish") != "return":
            self._begin_anew()
            return
        # Not a person's word but a failure after all, of the attempt that had ended well.
        self.returned = str(line.get("message", ""))
        self.failed = RETURNED
        self.tries += 1

    def _recover(self, line: dict[str, Any], at: float) -> None:
        kind = str(line.get("kind", ""))
        costs = bool(line.get("costs_retry"))
        self._fail_late(line)
        if self.awaiting_since and at:
            # Nothing of it ran meanwhile: that time is neither its own nor that of its troubles.
            self.first_begun += max(0.0, at - self.awaiting_since)
            at = self.awaiting_since
        self.stopping = None
        self.asking = 0
        self.tries += costs
        self.unstarted = self.unstarted + 1 if kind == "unstarted" else 0
        self.failed = "" if kind in _NO_FAILURE or (kind == "lost" and not costs) else kind
        self.spent_s += max(0.0, at - self.begun - self.paused_s) if at else 0.0
        self.is_canary = False

    def _fail_late(self, line: dict[str, Any]) -> None:
        if self.appointment and not self.brought and line.get("kind") == "check":
            self.brought = line

    def _again(self, line: dict[str, Any], at: float) -> None:
        self._play(line)
        if line.get("play"):
            self.ordered_at = at
        advice = line.get("advice")
        if isinstance(advice, dict):
            self.advised = (*self.advised, (str(line.get("group", "")), _number(line.get("serial"))))
            self.is_canary = bool(line.get("is_canary"))
            self.advice = (*self.advice, {**advice, "attempt": self.attempt + 1, "is_canary": self.is_canary})
            self._keep(str(line.get("fingerprint", "")))
            given = advice_of(advice)
            variables = {**dict(self.kept), **dict(given.variables)}
            self.plan = replace(self.plan, advice=replace(given, variables=tuple(variables.items())))
            self.grants += bool(line.get("is_granted"))
        self.group = ""

    def _keep(self, fault: str) -> None:
        """Keep what the advice before set, if the work fails as it never did before: that was mended, this is next."""
        if self.plan.advice is not None and fault and fault not in self.faults:
            self.kept = self.plan.advice.variables
        self.faults |= {fault}

    def _play(self, line: dict[str, Any]) -> None:
        play = next((known for known in PLAYS if known == line.get("play")), None)
        if play is None:
            return
        argument = str(line.get("argument", ""))
        self.played = (*self.played, Played(play, argument, str(line.get("fingerprint", ""))))
        if play == "vary" and argument.isdigit():
            self.plan = replace(self.plan, variation=int(argument))
        if play == "reassign":
            self.plan = replace(self.plan, assignee=argument)


def advice_of(said: dict[str, Any]) -> Advice:
    """Return the advice that a line holds."""
    variables = said.get("variables")
    pairs = variables.items() if isinstance(variables, dict) else ()
    return Advice(
        level=str(said.get("from_level", "")),
        instructions=str(said.get("instructions", "")),
        variables=tuple((str(name), str(value)) for name, value in pairs),
        reasoning=str(said.get("reasoning", "")),
        insufficient=str(said.get("insufficient", "")),
        session=str(said.get("session", "")),
        cost_usd=cost if isinstance(cost := said.get("cost", 0.0), int | float) else None,
    )


def read(directory: str) -> Chronicle:
    """Return a session's chronicle; a corrupt line is skipped."""
    chronicle = Chronicle()
    for _, line in journal.read(layout.decisions(directory)):
        chronicle.add(line)
    return chronicle


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)):
        return 0.0
    try:
        number = float(value)
    except OverflowError:
        return 0.0
    return number if isfinite(number) else 0.0
