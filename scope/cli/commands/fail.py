"""`scope fail`: say why the work cannot be done, and stop."""

from __future__ import annotations

import os
import signal
import sys
import time

from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput
from scope.sessions.processes import daemon
from scope.sessions.records import reports
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from scope.cli.grammar import Given

_CALLER_WITHIN_S: Final = 0.3
_CALLER_LOOK_S: Final = 0.01
_WITHIN_S: Final = 30.0
_LOOK_AGAIN_S: Final = 1.0

COMMAND = Command(
    "fail",
    "Inside a session: report why the work cannot be done, and stop cleanly.",
    text="""\
A report says more than an exit code, and decides what is done about it: tried again, tried in another
way, given to somebody else, or brought before a person. The attempt is then ended as by abort, so this
does not return; whatever the command would have exited with, the attempt has failed.

CLASS is one of: transient, timeout, resource, lost (the same once more may do), budget, quota (nothing
may be spent now), missing_context (something must be known first), wrong_approach, task_too_big,
dependency_cycle, policy (somebody has to allow it), unknown.

NEED is one of: diagnosis, reassignment, reframing, decomposition, information, policy, nothing. Without
--needs, task_too_big needs decomposition, missing_context information, wrong_approach reframing, policy
policy, unknown diagnosis, and all others nothing.

The report is attempts/N/report.json; a second one takes its place. A message of more than 64 KB is cut
in its middle.""",
    epilog="Examples: scope fail --class missing_context 'which of the two schemas is right?' · "
    "scope fail -c quota --until 15m · scope fail -c transient --tried 'another mirror' -",
    arguments=[Argument("message", many=True, required=False, meaning="What failed, in words; - for standard input.")],
    options=[
        Option(
            "--class",
            "-c",
            name="of_class",
            metavar="CLASS",
            meaning="What kind of failure it is, as above; required.",
        ),
        Option("--needs", metavar="NEED", meaning="What would help; by default what the class needs."),
        Option(
            "--until",
            metavar="WHEN",
            meaning="When trying again makes sense: in 10m, at 2026-01-02T15:04:05Z, or done:ID, when that session is "
            "done.",
        ),
        Option("--fingerprint", metavar="TEXT", meaning="What like failures have in common, where you know it better."),
        Option("--tried", metavar="TEXT", many=True, meaning="What was tried in vain; repeatable."),
    ],
)


def run(given: Given) -> int:
    """Write the report, and wait for the end."""
    reports.refuse_outside("report a failure")
    of_class = _known("--class", given.text("of_class"), reports.CLASSES)
    needs = _known("--needs", given.text("needs"), reports.NEEDS) if given.text("needs") is not None else ""
    root = roots.require_trusted()
    session, _, attempt = reports.require_own_attempt(root, "report a failure")
    until = given.text("until")
    reports.report(
        attempt,
        of_class,
        needs=needs,
        until=reports.condition(root, session, until) if until is not None else "",
        fingerprint=readable(given.text("fingerprint") or ""),
        tried=[readable(text) for text in given.words("tried")],
        message=spoken(given.words("message")),
    )
    _die_after_whoever_called()
    deadline = time.monotonic() + _WITHIN_S
    while time.monotonic() < deadline:
        daemon.ensure(root)
        time.sleep(min(_LOOK_AGAIN_S, _WITHIN_S))
    sys.stderr.write(
        f"the failure is reported, but nobody ended session {session} within {_WITHIN_S:.0f}s: scope watch status\n"
    )
    return 1


def _die_after_whoever_called() -> None:
    """On TERM, let the shell that called this die first: it would take our end for leave to go on with its script."""
    caller = os.getppid()

    def end(*_: object) -> None:
        deadline = time.monotonic() + _CALLER_WITHIN_S
        while os.getppid() == caller and time.monotonic() < deadline:
            time.sleep(_CALLER_LOOK_S)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)


def spoken(words: Sequence[str]) -> str:
    """Return the words of a command line as one text, or standard input where they are `-`."""
    text = " ".join(words)
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    return readable(text).strip()


def readable(text: str) -> str:
    """Return a text that JSON and YAML can carry: what is no UTF-8, and NUL, is replaced."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "\ufffd")


def _known(option: str, word: str | None, known: Sequence[str]) -> str:
    if word in known:
        assert word is not None
        return word
    if word is None:
        raise BadInput(f"{option} is missing", hint=f"it takes {', '.join(known)}")
    from scope.laws.schema import nearest  # noqa: PLC0415 - only on the way out

    meant = nearest(word, list(known))
    raise BadInput(
        f"{option} does not know",
        word[:80],
        hint=f"did you mean '{meant}'?" if meant else f"it takes {', '.join(known)}",
    )
