"""`scope answer`: answer what waits for a person."""

from __future__ import annotations

import os
import sys

from scope.cli.commands.fail import readable, spoken
from scope.cli.grammar import Argument, Command, Option
from scope.cli.revival import renew
from scope.errors import BadInput, NotFound, StoreFault
from scope.sessions import daemon
from scope.sessions.selection import one
from scope.store import atomic, layout, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given
    from scope.sessions.escalations import Escalation

_PERSON: Final = "person"
_ADVICE: Final = "advice"  # the variable that takes a person's words

COMMAND = Command(
    "answer",
    "Answer a question or a group of like failures from scope inbox.",
    text="""\
A question takes one of its options, or any text where it has none. A failure takes retry (once more),
fail (give it up), pass (let it count as done), or any other text: instructions that the next attempt is
given. One answer is for all the sessions of the group: one of them goes first with it, the others follow.

The answer is written into .scope/escalations/ID.md, as you could with an editor. There is one answer: a
second is refused. Inside a session nothing is answered.""",
    epilog="Examples: scope answer e12 yes · scope answer e7 'the tests live in tests/unit now' --var dir=tests/unit",
    arguments=[
        Argument("id", meaning="Id from scope inbox; or a session, by id or name, that waits for an answer."),
        Argument("text", many=True, meaning="The answer; - for standard input."),
    ],
    options=[
        Option("--var", metavar="K=V", many=True, meaning="A value for a variable that the work declares; repeatable."),
        Option("--json", meaning="Print an object: id, answer, by, vars, sessions."),
    ],
)


def run(given: Given) -> int:
    """Write the answer into its file."""
    own = os.environ.get("SCOPE_SESSION")
    word = given.text("id") or ""
    if own:
        raise BadInput("cannot answer", word, f"this is inside session {own}", "a person answers: scope inbox")
    variables = _variables(given.words("var"))
    root = roots.require_trusted()
    renew(root)
    from scope.sessions import escalations  # noqa: PLC0415 - imports yaml, after the simple refusals

    escalation = _meant(root, word)
    text = spoken(given.words("text"))
    if not text:
        raise BadInput("there is no answer for", word, hint=f"scope answer {word} 'some words'")
    found = escalations.answer(root, escalation, text, variables, _PERSON)
    daemon.ensure(root)
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        said = {"id": found.id, "answer": found.answer, "by": found.by, "vars": dict(found.variables)}
        sys.stdout.write(json.dumps({**said, "sessions": list(found.sessions)}, indent=2) + "\n")
    else:
        whom = f"session {found.sessions[0]}" if len(found.sessions) == 1 else f"{found.members} sessions"
        sys.stderr.write(f"answered {found.id}, for {whom}\n")
    _warn_of_what_nobody_takes(root, found, variables)
    return 0


def _meant(root: str, word: str) -> str:
    """Return the escalation that a person means: its id, or that of the session which waits for it."""
    from scope.sessions import escalations  # noqa: PLC0415 - imports yaml

    if escalations.is_escalation_id(word) and os.path.exists(layout.escalation(root, word)):
        return word
    try:
        session = one(root, word)
    except NotFound:
        if escalations.is_escalation_id(word):
            raise escalations.missing(root, word) from None
        raise
    asked = atomic.read(layout.question(layout.session(root, session)))
    if asked is None:
        raise BadInput("cannot answer", session, "it waits for nobody's answer", "see what does: scope inbox")
    return asked.partition("\n")[0].strip()


def _warn_of_what_nobody_takes(root: str, found: Escalation, variables: dict[str, str]) -> None:
    """Say which of a person's words and variables no task of theirs can take: nothing else would tell."""
    if found.kind != "failure":
        return
    from scope.laws.task import Task  # noqa: PLC0415 - after every refusal
    from scope.sessions.escalations import WORDS  # noqa: PLC0415 - imports yaml
    from scope.sessions.reading import read_task  # noqa: PLC0415 - imports yaml

    try:
        read = [read_task(layout.session(root, each)) for each in found.sessions]
    except StoreFault:
        return  # it is answered all the same
    tasks = [task for task in read if isinstance(task, Task)]
    if not tasks:
        return
    declared = {name for task in tasks for name, _ in task.vars}
    whose = "its task declares no" if found.members == 1 else "none of their tasks declares a"
    has = f" (there is: {', '.join(sorted(declared))})" if declared else ""
    for name in variables:
        if name not in declared:
            sys.stderr.write(f"warning: {whose} variable '{name}': it changes nothing{has}\n")
    is_read = all(task.executor == "model" for task in tasks)  # a model reads its brief
    if found.answer not in WORDS and _ADVICE not in declared and not is_read:
        sys.stderr.write(
            f"warning: {whose} variable '{_ADVICE}': your words are in the next brief.md only ($SCOPE_BRIEF)\n"
        )


def _variables(words: list[str]) -> dict[str, str]:
    variables = {}
    for word in words:
        name, equals, value = readable(word).partition("=")
        if not equals or not name:
            raise BadInput("--var takes K=V, not", word, hint="for example: --var flags=-q")
        variables[name] = value
    return variables
