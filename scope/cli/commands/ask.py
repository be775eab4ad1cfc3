"""`scope ask`: ask a person from inside a session, and wait for the answer."""

from __future__ import annotations

import sys
import time

from scope.cli.commands.fail import readable, spoken
from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput, TimedOut
from scope.sessions.asking import questions
from scope.sessions.asking.questions import Question
from scope.sessions.records import record, reports
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given

_LONGEST: Final = 1 << 16

COMMAND = Command(
    "ask",
    "Inside a session: ask a person, wait for the answer, and print it.",
    text="""\
The question appears in scope inbox; scope answer, or an editor, answers it. Until then the session is
waiting, and its slot is lent to others.

At the deadline the default is the answer; without a default the question is given up, with exit code 124.
Without a deadline it waits for as long as it takes. After 130 (Ctrl-C) nobody waits for the answer.""",
    epilog="Examples: scope ask 'May I drop the table?' --option yes --option no --default no --deadline 1h · "
    "scope ask 'Which branch is this for?'",
    arguments=[Argument("question", many=True, meaning="What to ask; - for standard input.")],
    options=[
        Option("--option", "-o", metavar="TEXT", many=True, meaning="An answer to choose from, one line; repeatable."),
        Option(
            "--default", metavar="TEXT", meaning="The answer at the deadline; one of the options, if there are any."
        ),
        Option("--deadline", metavar="TIME", meaning="How long to wait, 90 (seconds) or 10m; or 2026-01-02T15:04:05Z."),
        Option("--json", meaning="Print an object: answer, by."),
    ],
)


def run(given: Given) -> int:
    """Ask, wait, and print the answer."""
    reports.refuse_outside("ask")
    now_s = time.time()
    question = _question(given, now_s)
    root = roots.require_trusted()
    _, _, attempt = reports.require_own_attempt(root, "ask")
    found = questions.ask(root, attempt, question)
    if question.deadline_s is not None and (found is None or found.by == questions.DEFAULT):
        from scope.laws.durations import words  # noqa: PLC0415 - only with a deadline

        within = words(max(0.0, round(question.deadline_s - now_s, 3)))
        if found is None:
            raise TimedOut(
                f"nobody answered within {within}:", _brief(question.text), hint="scope ask takes a --default for that"
            )
        sys.stderr.write(f"nobody answered within {within}; the default is taken\n")
    assert found is not None
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps({"answer": found.text, "by": found.by}, indent=2) + "\n")
    else:
        sys.stdout.write(found.text + "\n")
    return 0


def _question(given: Given, now_s: float) -> Question:
    text = spoken(given.words("question"))
    if not text:
        raise BadInput("there is nothing to ask", hint="for example: scope ask 'Which branch is this for?'")
    if len(text) > _LONGEST:
        raise BadInput("cannot ask more than 64 KB", hint="put it into a file and ask with its path")
    options = tuple(map(readable, given.words("option")))
    for option in options:
        if not option or option != record.one_line(option):
            raise BadInput("an option is one short line, not", _brief(option), hint="see: scope ask --help")
    default = given.text("default")
    if default is not None:
        default = readable(default)
        if options and default not in options:
            raise BadInput("--default is none of the options", _brief(default), hint=f"they are {', '.join(options)}")
    return Question(text, options, default, _deadline(given.text("deadline"), now_s))


def _deadline(text: str | None, now_s: float) -> float | None:
    if text is None:
        return None
    at_s = reports.moment(text, now_s)
    if at_s is None:
        raise BadInput("--deadline takes 10m or 2026-01-02T15:04:05Z, not", text[:80], hint="see: scope ask --help")
    return at_s


def _brief(text: str) -> str:
    return record.one_line(text)[:80]
