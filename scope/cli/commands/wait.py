"""`scope wait`: block until sessions have ended, then print their results."""

from __future__ import annotations

import sys

from scope.cli.grammar import LABEL, SESSIONS, Command, Option
from scope.cli.revival import revive
from scope.errors import BadInput, TimedOut
from scope.laws.ids import is_count
from scope.laws.states import NEEDS_PERSON, TERMINAL
from scope.sessions.records import record
from scope.sessions.records.outcome import Outcome
from scope.sessions.records.selection import select
from scope.sessions.wait import UNTIL, Goal, wait
from scope.store import layout, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scope.cli.grammar import Given
    from scope.laws.states import State

COMMAND = Command(
    "wait",
    "Wait until sessions have ended, then print their results.",
    text="""\
One session's result is printed as it is; several have a line above each, as in head and tail.

Exit codes: 0 all succeeded · 1 one failed or was aborted · 3 one needs a person · 4 not found · 124 the
time was over · 130 interrupted. After 124 and 130 the sessions go on.""",
    epilog="Examples: scope wait 1 · scope wait --any 1 2 3 · scope wait 'worker-*' --timeout 10m",
    arguments=[SESSIONS],
    options=[
        LABEL,
        Option("--all", "-a", meaning="Wait for all of them; this is the default."),
        Option("--any", meaning="Wait for one of them."),
        Option("--number", "-n", metavar="N", meaning="Wait for N of them."),
        Option("--timeout", "-t", metavar="TIME", meaning="Give up after this long: 90 (seconds), 10m, 1h30m."),
        Option(
            "--until",
            "-u",
            metavar="STATES",
            meaning="What to wait for, with commas between: done, failed, aborted, ended (the default), needs-input, "
            "running.",
        ),
        Option("--propagate", meaning="Exit with the session's own exit code; for one session."),
        Option("--quiet", "-q", meaning="Print no results and say nothing: the exit code tells."),
        Option("--verbose", "-v", meaning="Say each change of state on standard error, as it happens."),
        Option("--json", meaning="Print an array: id, state, verified, exit, attempt, why, ended, result."),
    ],
)


def run(given: Given) -> int:
    """Wait as asked, and print."""
    refuse_voices(given)
    root = roots.require()
    revive(root)
    sessions = select(root, given.words("sessions"), given.words("label"), takes_archived=True)
    if given.flag("propagate") and len(sessions) != 1:
        raise BadInput("--propagate needs one session, not", str(len(sessions)), hint="name one")
    timeout_s = None
    if given.text("timeout") is not None:
        from scope.laws.durations import seconds  # noqa: PLC0415 - only with --timeout

        timeout_s = seconds(given.text("timeout") or "")
        if timeout_s is None:
            raise BadInput(
                "--timeout takes a time such as 10m, not", given.text("timeout"), hint="see: scope wait --help"
            )
    if not given.flag("quiet"):
        for session in sessions:
            if record.is_archived(root, session):
                sys.stderr.write(f"session {session} is archived: scope show {session}\n")
    return wait_and_print(
        root,
        sessions,
        needed=_needed(given, len(sessions)),
        until=_until(given.text("until")),
        timeout_s=timeout_s,
        is_json=given.flag("json"),
        is_propagating=given.flag("propagate"),
        is_quiet=given.flag("quiet"),
        is_verbose=given.flag("verbose"),
    )


def refuse_voices(given: Given) -> None:
    """Raise BadInput for a command that shall say more and nothing at once, or about what it does not wait for."""
    voices = [name for name in ("quiet", "verbose") if given.flag(name)]
    if voices and "wait" in given.values and not given.flag("wait"):
        raise BadInput(f"--{voices[0]} says how to wait", hint=f"scope spawn --wait --{voices[0]} -- COMMAND")
    if "quiet" in voices and (len(voices) > 1 or given.flag("json")):
        raise BadInput("--quiet goes with neither --verbose nor --json", hint="give one of them")


def wait_and_print(
    root: str,
    sessions: Sequence[str],
    *,
    needed: int | None = None,
    until: frozenset[str] = TERMINAL,
    timeout_s: float | None = None,
    is_json: bool = False,
    is_propagating: bool = False,
    is_quiet: bool = False,
    is_verbose: bool = False,
) -> int:
    """Wait for sessions, print what became of them, and return the exit code."""
    say = _hush if is_quiet else _talk
    goal = Goal(sessions, len(sessions) if needed is None else needed, until)
    states = wait(root, goal, timeout_s, say, revive, _News().tell if is_verbose else None)
    if states is None:
        words = " ".join(sessions[:10]) + (" …" if len(sessions) > 10 else "")  # noqa: PLR2004
        raise TimedOut("the time was over before this was reached by", words, "they go on", f"scope wait {words}")
    held_up = {} if goal.is_met(states) else _held_up(root, goal.left(states))
    left = [] if held_up else goal.left(states)
    outcomes = [Outcome(root, session, states[session]) for session in sessions if session not in left]
    if not is_quiet:
        _print(outcomes, is_json=is_json, is_single=len(sessions) == 1)
    if is_propagating and outcomes and outcomes[0].exit is not None:
        return outcomes[0].exit
    return _code(root, outcomes, held_up, say)


def _held_up(root: str, left: Sequence[str]) -> dict[str, list[str]]:
    """Return what keeps each session from moving that comes after some about which a person is asked."""
    if not left:
        return {}
    from scope.sessions import standstill  # noqa: PLC0415 - imports yaml

    return standstill.held_up(root, left)


def _print(outcomes: Sequence[Outcome], *, is_json: bool, is_single: bool) -> None:
    if is_json:
        from scope.cli import jsonarray  # noqa: PLC0415 - the plain form does without

        jsonarray.write(outcome.as_json() for outcome in outcomes)
        return
    for number, outcome in enumerate(outcomes):
        if not is_single:
            gap = "\n" if number else ""
            sys.stdout.write(f"{gap}==> {outcome.id} {outcome.state}: {outcome.why} <==\n")
        sys.stdout.write(outcome.result)
    sys.stdout.flush()


def _code(root: str, outcomes: Sequence[Outcome], held_up: dict[str, list[str]], say: Callable[[str], None]) -> int:
    states: set[State] = {outcome.state for outcome in outcomes}
    told: set[str] = set()
    for outcome in outcomes:
        if outcome.state in NEEDS_PERSON:
            _say_what_is_asked(root, outcome.id, outcome.why, told, say)
        elif outcome.state in ("failed", "aborted"):
            say(f"session {outcome.id} {outcome.state}: {outcome.why}")
        for other in held_up.get(outcome.id, ()):
            say(f"session {outcome.id} comes after session {other}")
            _say_what_is_asked(root, other, "", told, say)
    if states & NEEDS_PERSON or held_up:
        return 3
    return 1 if states & {"failed", "aborted"} else 0


def _say_what_is_asked(root: str, session: str, why: str, told: set[str], say: Callable[[str], None]) -> None:
    asked = record.question(layout.session(root, session))
    if asked is None:
        say(f"session {session} needs a person: {why or record.activity(layout.session(root, session), 'waiting')}")
        say(f"hint: look at {root}/sessions/{session}, or: scope explain {session}")
    elif asked[0] not in told:
        told.add(asked[0])
        say(f"session {session} needs a person: {asked[1]}")
        from scope.store import inboxdir  # noqa: PLC0415 - where a person is asked

        say(f"hint: scope answer {asked[0]} … (read {inboxdir.escalation(root, asked[0])})")


def _needed(given: Given, count: int) -> int:
    number = given.text("number")
    if sum((given.flag("all"), given.flag("any"), number is not None)) > 1:
        raise BadInput("--all, --any and --number exclude each other", hint="give one of them")
    if given.flag("any"):
        return 1
    if number is None:
        return count
    if not (is_count(number) and 0 < int(number) <= count):
        raise BadInput(f"--number takes 1 to {count}, not", number, hint="see: scope wait --help")
    return int(number)


def _until(words: str | None) -> frozenset[str]:
    if words is None:
        return TERMINAL
    states: frozenset[str] = frozenset()
    for word in words.split(","):
        if word.strip() not in UNTIL:
            from scope.cli.meant import hint  # noqa: PLC0415 - only for who mistyped

            raise BadInput("--until does not know", word.strip(), hint=hint(word.strip(), UNTIL))
        states |= UNTIL[word.strip()]
    return states


def _talk(words: str) -> None:
    sys.stderr.write(words + "\n")


def _hush(words: str) -> None:
    """Say nothing."""


class _News:
    """A line for each session whose state is another than before."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, State] = {}

    def tell(self, states: dict[str, State]) -> None:
        for session, state in states.items():
            if self._known.get(session) != state:
                _talk(f"session {session} is {state}")
        self._known = states
