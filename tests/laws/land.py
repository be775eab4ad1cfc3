"""A simulated machine for one session: what is true of it, what the watcher sees, what verdicts do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from scope.laws import intensity
from scope.laws.case import (
    Adopt,
    Again,
    AttemptView,
    Case,
    Defer,
    Deferral,
    Escalate,
    Hold,
    Limits,
    Recover,
    Reopen,
    Start,
    Stop,
    Verdict,
)
from scope.laws.failure import Failure
from scope.laws.group import Word
from scope.laws.playbook import Standing
from scope.laws.plays import Played
from scope.laws.states import TERMINAL, following
from tests.laws.cases import move_of

if TYPE_CHECKING:
    from scope.laws.case import StopReason
    from scope.laws.playbook import Choice
    from scope.laws.states import State

EVENTS: Final = (
    "begin", "exit 0", "exit 1", "kill", "kill but a child stays", "reboot", "tmux falls silent", "tmux answers",
    "abort", "take the abort back", "redirect", "retry", "full", "free", "time",
)  # fmt: skip
TROUBLES: Final = (*EVENTS, "report", "sibling")
"""What befalls a session that has a supervisor."""
NOTHING: Final = Word("nothing", "it was given another task")


@dataclass(slots=True)
class Care:
    """A supervisor, as one session sees it; `restarts` is the history of all its children."""

    standing: Standing
    intensity: int = 5
    period_s: float = 600.0
    restarts: list[float] = field(default_factory=list)

    def is_restart_allowed(self, now: float) -> bool:
        """Tell whether it may restart once more."""
        return intensity.is_allowed(self.restarts, now, self.intensity, self.period_s)


class Land:
    """One session's truth; `happen` changes it as the world would, `obey` as the watcher would."""

    def __init__(self, limits: Limits, care: Care | None = None, name: str = "1") -> None:
        self.limits = limits
        self.care = care
        self.name = name
        self.now = 0.0
        self.state: State = "pending"
        self.tries = self.unstarted = self.attempts = 0
        self.stopping: StopReason | None = None
        self.wishes: list[Any] = []
        self.is_abort_wished = self.is_silent = self.is_full = False
        self.is_alive = self.is_child_left = self.has_begun = self.is_closed = self.is_other_boot = False
        self.exit: int | None = None
        self.begun = self.ended = 0.0
        # What only supervised work knows; `failing` is what the next attempt will fail of.
        self.failing = Failure("exit", "unknown", "v1-a")
        self.failed: Failure | None = None
        self.reported = self.sibling = self.group = ""
        self.word: Word | None = None
        self.is_bound = False
        self.played: tuple[Played, ...] = ()
        self.advised: tuple[tuple[str, int], ...] = ()
        self.deferred_until = 0.0
        self.pauses = self.grants = self.free = 0

    def happen(self, event: str) -> None:
        """Let the world move."""
        match event.split(" "):
            case ["begin"]:
                self.has_begun = self.has_begun or self.is_alive
            case ["exit", code] if self.is_alive and self.has_begun:
                self.exit, self.is_alive, self.ended = int(code), False, self.now
            case ["report"] if self.is_alive and self.has_begun:
                self.reported = self.failing.of_class
            case ["kill", *child] if self.is_alive:
                self.is_alive, self.is_child_left, self.ended = False, bool(child), self.now
            case ["reboot"] if self.attempts:
                self.is_other_boot, self.is_alive, self.is_child_left, self.ended = True, False, False, self.now
            case ["sibling"]:
                self.sibling = "3" if self.is_alive else ""
            case ["tmux", *said]:
                self.is_silent = said != ["answers"]
            case ["abort"] | ["take", *_]:
                self.is_abort_wished = event == "abort"
            case ["redirect" | "retry" as wish]:
                self.is_abort_wished = False
                self.wishes.append(wish)
            case ["full" | "free"]:
                self.is_full = event == "full"
            case _:
                self.now += 1.0

    def case(self) -> Case:
        """Return what the watcher sees."""
        is_judged = self.state in ("recovering", "escalated") and self.failed is not None
        return Case(
            state=self.state,
            attempt=self._attempt() if self.attempts else None,
            tries=self.tries,
            unstarted=self.unstarted,
            limits=replace(self.limits, retries=self.limits.retries + self.grants),
            abort_wish="somebody" if self.is_abort_wished else "",
            wish=self.wishes[0] if self.wishes else "",
            has_slot=not self.is_full,
            is_server_known=not self.is_silent,
            is_supervised=self.care is not None,
            failure=self.failed if is_judged else None,
            played=self.played,
            standing=self.standing() if is_judged else None,
            word=self.word if self.group else NOTHING,
            deferral=Deferral(max(0.0, self.deferred_until - self.now)),
            goes_along_with=self.sibling,
        )

    def standing(self) -> Standing | None:
        """Return how things stand for the next move of its supervisor."""
        if self.care is None:
            return Standing(pauses=self.pauses) if self.failed and self.failed.of_class == "quota" else None
        return replace(
            self.care.standing,
            attempts_left=self.limits.retries + self.grants - self.tries + 1,
            attempts=self.tries,
            is_restart_allowed=self.care.is_restart_allowed(self.now),
            pause_s=5.0,
            pauses=self.pauses,
        )

    @property
    def is_spent(self) -> bool:
        """Whether it has no attempt left."""
        return self.tries > self.limits.retries + self.grants

    def _attempt(self) -> AttemptView:
        return AttemptView(
            number=self.attempts,
            pane="unknown" if self.is_silent else "alive" if self.is_alive else "absent",
            pane_status=None,
            is_lock_held=not self.is_silent and self.is_child_left,
            has_started=self.has_begun,
            is_closed=self.is_closed,
            exit=self.exit,
            has_check=False,
            is_captured=not self.is_alive,
            is_other_boot=self.is_other_boot,
            age_s=0.0 if self.is_other_boot else self.now - self.begun,
            silent_s=self.now - self.begun,
            ended_s=self.now - self.ended,
            stopping=self.stopping,
            is_wrapper_alive=False,
            reported=self.reported,
        )

    def obey(self, verdict: Verdict) -> None:
        """Carry a verdict out, as `act` and the chronicle do, and hold it to what may never happen."""
        move = move_of(self.state, verdict)
        if move is not None:
            to = following(self.state, move)
            assert to is not None, f"{self.state} refuses {move}"
            self.state = to
        match verdict:
            case Start(number):
                assert not self.is_alive, "two attempts at once"
                assert not self.is_child_left, "something of the attempt before goes on"
                assert number == self.attempts + 1
                self.attempts, self.begun, self.exit, self.stopping = number, self.now, None, None
                self.is_alive, self.has_begun, self.is_closed, self.is_other_boot = True, False, False, False
                self.failed, self.reported = None, ""
            case Stop(reason, _):
                self.stopping = reason
            case Recover(kind, _, costs):
                self._recover(kind, costs=costs)
            case Again() | Defer() | Escalate():
                self._move(verdict)
            case Adopt():
                if self.wishes.pop(0) == "redirect":
                    self._begin_anew()
            case Reopen():
                self._begin_anew()
                self.stopping = None
                self.wishes = self.wishes[1:] if self.wishes[0] == "retry" else self.wishes
            case Hold(_, look_again_s):
                self.now += look_again_s or 0.0
            case _:
                pass
        if self.state in TERMINAL:
            assert not self.is_alive, f"{self.state}, and still at work"

    def _move(self, verdict: Again | Defer | Escalate) -> None:
        choice = verdict.choice
        if choice is not None and choice.play is not None and self.failed is not None:
            self.played = (*self.played, Played(choice.play, choice.argument, self.failed.fingerprint))
        match verdict:
            case Again(_, _, word):
                self._again(choice, word)
            case Defer(pause_s=pause_s):
                self.pauses += 1
                self.deferred_until = self.now + (pause_s or 0.0)
            case Escalate():
                self.is_bound = choice is not None and choice.play == "reframe"

    def _recover(self, kind: str, *, costs: bool) -> None:
        self.stopping, self.sibling = None, ""
        self.tries += costs
        self.free += not costs
        self.unstarted = self.unstarted + 1 if kind == "unstarted" else 0
        is_failure = costs or (kind == "report" and self.reported == "quota")
        self.failed = replace(self.failing, kind=kind) if is_failure else None
        assert self.tries <= self.limits.retries + self.grants + (self.care is not None)

    def _again(self, choice: Choice | None, word: Word | None) -> None:
        if choice is not None and choice.play == "restart" and self.care is not None:
            self.care.restarts.append(self.now)
        if word is not None and word.advice is not None:
            self.advised = (*self.advised, (word.group, word.serial))
            self.grants += word.is_granted and self.is_spent
        self.group, self.word = "", None

    def _begin_anew(self) -> None:
        self.tries = self.unstarted = self.pauses = self.grants = self.free = 0
        self.played, self.failed, self.group, self.word = (), None, "", None

    def end_what_is_being_ended(self) -> None:
        """Let the watcher's TERM, grace and KILL come to their end."""
        if self.stopping is not None and not self.is_closed:
            self.is_alive = self.is_child_left = False
            self.is_closed, self.ended = True, self.now
