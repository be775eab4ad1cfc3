"""A simulated machine for one session: what is true of it, what the watcher sees, what verdicts do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scope.laws.case import Adopt, AttemptView, Case, Fail, Hold, Limits, Recover, Reopen, Start, Stop, Verdict
from scope.laws.states import TERMINAL, following
from tests.laws.cases import MOVE_OF

if TYPE_CHECKING:
    from scope.laws.case import StopReason
    from scope.laws.states import State

EVENTS: Final = (
    "begin", "exit 0", "exit 1", "kill", "kill but a child stays", "reboot", "tmux falls silent", "tmux answers",
    "abort", "take the abort back", "redirect", "retry", "full", "free", "time",
)  # fmt: skip


class Land:
    """One session's truth; `happen` changes it as the world would, `obey` as the watcher would."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.now = 0.0
        self.state: State = "pending"
        self.tries = self.unstarted = self.attempts = 0
        self.stopping: StopReason | None = None
        self.wishes: list[Any] = []
        self.is_abort_wished = self.is_silent = self.is_full = False
        self.is_alive = self.is_child_left = self.has_begun = self.is_closed = self.is_other_boot = False
        self.exit: int | None = None
        self.begun = self.ended = 0.0

    def happen(self, event: str) -> None:
        """Let the world move."""
        match event.split(" "):
            case ["begin"]:
                self.has_begun = self.has_begun or self.is_alive
            case ["exit", code] if self.is_alive and self.has_begun:
                self.exit, self.is_alive, self.ended = int(code), False, self.now
            case ["kill", *child] if self.is_alive:
                self.is_alive, self.is_child_left, self.ended = False, bool(child), self.now
            case ["reboot"] if self.attempts:
                self.is_other_boot, self.is_alive, self.is_child_left, self.ended = True, False, False, self.now
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
        return Case(
            state=self.state,
            attempt=self._attempt() if self.attempts else None,
            tries=self.tries,
            unstarted=self.unstarted,
            limits=self.limits,
            abort_wish="somebody" if self.is_abort_wished else "",
            wish=self.wishes[0] if self.wishes else "",
            has_slot=not self.is_full,
            is_server_known=not self.is_silent,
        )

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
        )

    def obey(self, verdict: Verdict) -> None:
        """Carry a verdict out, as `act` and the chronicle do, and hold it to what may never happen."""
        move = MOVE_OF.get(type(verdict))
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
            case Stop(reason, _):
                self.stopping = reason
            case Recover(kind, _, costs):
                self.stopping = None
                self.tries += costs
                self.unstarted = self.unstarted + 1 if kind == "unstarted" else 0
                assert self.tries <= self.limits.retries
            case Adopt():
                self.tries = 0 if self.wishes.pop(0) == "redirect" else self.tries
            case Reopen():
                self.tries = self.unstarted = 0
                self.stopping = None
                self.wishes = self.wishes[1:] if self.wishes[0] == "retry" else self.wishes
            case Hold(_, look_again_s):
                self.now += look_again_s or 0.0
            case Fail():
                assert not self.is_alive, "failed, and still at work"
            case _:
                pass
        if self.state in TERMINAL:
            assert not self.is_alive, f"{self.state}, and still at work"

    def end_what_is_being_ended(self) -> None:
        """Let the watcher's TERM, grace and KILL come to their end."""
        if self.stopping is not None and not self.is_closed:
            self.is_alive = self.is_child_left = False
            self.is_closed, self.ended = True, self.now
