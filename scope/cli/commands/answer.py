"""`scope answer`: answer what waits for a person."""

from __future__ import annotations

import sys
import time

from scope.cli import inboxnames
from scope.cli.commands.fail import spoken
from scope.cli.grammar import Argument, Command, Option
from scope.cli.revival import renew
from scope.errors import BadInput, StoreFault
from scope.sessions.processes import daemon
from scope.store import layout, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given
    from scope.sessions.asking.escalations import Escalation

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
second is refused. Inside a session nothing is answered.

With --as-policy it holds from now on: it becomes .scope/policies/NAME.md, which decides the next case like
this one without you. It is about as little as can be (this fingerprint, this kind of work, this very
question) unless --match says what else; scope policy shows, edits and withdraws it.""",
    epilog="Examples: scope answer e12 yes · scope answer e7 'the tests live in tests/unit now' --var dir=tests/unit · "
    "scope answer e9 retry --as-policy --name slow-mirror --until 30d",
    arguments=[
        Argument("id", meaning="Id from scope inbox; or a session, by id or name, that waits for an answer."),
        Argument("text", many=True, meaning="The answer; - for standard input."),
    ],
    options=[
        Option("--var", metavar="K=V", many=True, meaning="A value for a variable that the work declares; repeatable."),
        Option("--as-policy", meaning="Let it hold for all cases like this one, from now on."),
        Option("--name", metavar="NAME", meaning="With --as-policy: what the policy is called."),
        Option("--match", metavar="K=V", many=True, meaning="The same: what it is about instead; see scope policy."),
        Option("--until", metavar="TIME", meaning="The same: how long it holds, such as 30d."),
        Option("--json", meaning="Print an object: id, answer, by, vars, sessions, policy."),
    ],
)


def run(given: Given) -> int:
    """Write the answer into its file."""
    word = given.text("id") or ""
    inboxnames.refuse_inside("answer", word)
    variables = inboxnames.pairs(given.words("var"), "--var", "--var flags=-q")
    _refuse_strays(given)
    root = roots.require_trusted()
    renew(root)

    escalation = inboxnames.meant(root, word)
    text = spoken(given.words("text"))
    if not text:
        raise BadInput("there is no answer for", word, hint=f"scope answer {word} 'some words'")
    found = _answered(root, given, escalation, text, variables)
    daemon.ensure(root)
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        said: dict[str, object] = {"id": found.id, "answer": found.answer, "by": found.by}
        said |= {"vars": dict(found.variables), "sessions": list(found.sessions), "policy": found.policy or None}
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    else:
        whom = f"session {found.sessions[0]}" if len(found.sessions) == 1 else f"{found.members} sessions"
        sys.stderr.write(f"answered {found.id}, for {whom}\n")
        if given.flag("as_policy"):
            sys.stderr.write(f"policy '{found.policy}' decides the next such case: scope policy show {found.policy}\n")
    _warn_of_what_nobody_takes(root, found, variables)
    return 0


def _refuse_strays(given: Given) -> None:
    for name in ("name", "match", "until"):
        if given.values[name] and not given.flag("as_policy"):
            raise BadInput(f"--{name} goes with", "--as-policy", hint="see: scope answer --help")


def _answered(root: str, given: Given, escalation: str, text: str, variables: dict[str, str]) -> Escalation:
    """Write the answer, and make the policy that it is to become, if it is to."""
    from scope.sessions.asking import escalations  # noqa: PLC0415 - imports yaml

    found = escalations.read(root, escalation)
    if not given.flag("as_policy") or not isinstance(found, escalations.Escalation) or not found.is_open:
        return escalations.answer(root, escalation, text, variables, _PERSON)
    from dataclasses import replace  # noqa: PLC0415 - only for a policy

    from scope.sessions.asking import adoption  # noqa: PLC0415

    until = inboxnames.until(given.text("until"), time.time())
    matchers = inboxnames.pairs(given.words("match"), "--match", "--match job_type=run-tests")
    adoption.refuse(found, matchers)
    name = given.text("name") or adoption.name_for(root, found)
    held = tuple((dict(found.variables) | variables).items())
    said = escalations.meant(found.kind, text)
    adoption.planned(root, replace(found, answer=said, by=_PERSON, policy=name, variables=held), matchers, until)
    # Where the file names the policy, the watcher makes it if this process does not live to; and knows no options.
    told = "" if matchers or until else name
    answered = replace(escalations.answer(root, escalation, text, variables, _PERSON, told), policy=name)
    adoption.adopt(root, answered, matchers, until)
    return answered


def _warn_of_what_nobody_takes(root: str, found: Escalation, variables: dict[str, str]) -> None:
    """Say which of a person's words and variables no task of theirs can take: nothing else would tell."""
    if found.kind != "failure":
        return
    from scope.laws.task import Task  # noqa: PLC0415 - after every refusal
    from scope.sessions.asking.escalations import WORDS  # noqa: PLC0415 - imports yaml
    from scope.sessions.records.reading import read_task  # noqa: PLC0415 - imports yaml

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
