"""`scope spawn`: write a session, make sure that a watcher lives, print the id."""

from __future__ import annotations

import os
import sys

from scope.cli.grammar import Argument, Command, Option
from scope.cli.revival import revive
from scope.errors import BadInput, Environment
from scope.laws.plainness import is_plain
from scope.sessions.processes import daemon
from scope.sessions.spawn import parent_from_environment, spawn
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from scope.cli.grammar import Given
    from scope.laws.task import Task

    Keys = dict[str, str | Sequence[str] | Mapping[str, str]]

_ONE_VALUE: Final = (
    "name", "check", "retries", "timeout", "idle_timeout", "priority", "executor", "job_type", "entity_type",
    "expected", "supervisor", "level", "role", "agent", "skill", "base", "setup",
)  # fmt: skip
_FLAGS: Final = ("after_any", "worktree", "replayable")
_PAIRS_AND_LISTS: Final = ("label", "var", "budget", "variation", "assignable", "playbook", "template")

COMMAND = Command(
    "spawn",
    "Start work as a session of its own and print its id.",
    text="""\
The session is a directory under .scope/sessions/; a watcher sees it and runs it in tmux, so this
returns at once. What follows -- is a program and its arguments, never a shell string.

TASK says in words what to do; @FILE reads it from a task file, - from standard input. The command
comes last, after --. Words alone are done by a model with tools, of the level that is asked for: which
models a level has stands in config.yaml; scope doctor says what is there. With --template nothing is
run but the check: files are rendered from templates (Jinja) and the variables of --var.

Inside a session the new one becomes its child: 2 spawns 2.1, 2.2 and so on.""",
    epilog="Examples: scope spawn -- pytest -q · scope spawn 'Fix the failing test' --check 'pytest -q' "
    "--budget usd=0.50 · scope spawn --check 'test -s out' --retries 2 -- make out · "
    "scope spawn --playbook restart,vary,escalate --variation env:CI=1 -- make test · "
    "scope spawn --playbook default --job-type run-tests --signal python --var dir=tests --check 'test -s report.xml' "
    "-- pytest --junitxml=report.xml '{{ dir }}' · "
    "scope spawn --template app.ini=app.ini.j2 --var port=80 --check './app --check app.ini'",
    arguments=[Argument("task", required=False, meaning="What to do: words, @FILE, or - for standard input.")],
    options=[
        Option("--name", "-n", metavar="NAME", meaning="A name to call it by, unique among those that have not ended."),
        Option("--label", "-l", metavar="KEY=VALUE", many=True, meaning="A label to select it by; repeatable."),
        Option("--cwd", "-C", metavar="DIR", meaning="Where it works; default: here."),
        Option(
            "--env",
            "-e",
            metavar="K[=V]",
            many=True,
            meaning="Set a variable, or pass one of yours that looks like a secret (*_KEY, *_TOKEN, …); repeatable.",
        ),
        Option(
            "--var",
            metavar="K=V",
            many=True,
            meaning="Fill {{ K }} within the command's arguments or in templates; skills and advice set such "
            "variables, too, and no others; repeatable.",
        ),
        Option(
            "--template",
            metavar="FILE=TEMPLATE",
            many=True,
            meaning="Write a file below the working directory from a template; repeatable.",
        ),
        Option("--worktree", meaning="Work in a git work tree of its own, which each attempt begins clean."),
        Option("--base", metavar="COMMIT", meaning="The commit that its work tree begins with; default: HEAD."),
        Option("--setup", metavar="CMD", meaning="A shell line run in that work tree each time, before the work."),
        Option("--replayable", meaning="It may be run again, in a clean work tree, to try what was learned."),
        Option(
            "--check",
            metavar="CMD",
            meaning="A shell line run after exit 0; its exit 0 makes the work verified. In a task file it may be a "
            "signal that comes later: scope event --help.",
        ),
        Option(
            "--retries",
            "-r",
            metavar="N",
            meaning="Further attempts when one fails; default 0, or 3 with --playbook, --variation or --assignable.",
        ),
        Option(
            "--playbook",
            metavar="MOVES",
            meaning="The moves that its supervisor may make after a failure, in this order: restart, vary, reassign, "
            "reframe, defer, escalate, with commas between; or default.",
        ),
        Option(
            "--variation",
            metavar="FORM",
            many=True,
            meaning="What vary tries: env:K=V, args:WORDS (behind its own), command:WORDS (instead), timeout:TIME; "
            "repeatable, tried in this order.",
        ),
        Option(
            "--assignable",
            metavar="NAME",
            many=True,
            meaning="An agent that reassign may give it to; repeatable, or several with commas.",
        ),
        Option(
            "--supervisor",
            metavar="NAME",
            meaning="The agent that supervises it, declared in agents/NAME/identity.md; default: an implied one.",
        ),
        Option(
            "--expected",
            metavar="TIME",
            meaning="How long an attempt should take: from then on, one that makes no progress is taken for stuck.",
        ),
        Option(
            "--budget",
            metavar="K=V",
            many=True,
            meaning="What it may spend with all below it: usd, tokens, calls, children, and seconds for all its "
            "attempts; repeatable, or several with commas.",
        ),
        Option("--level", metavar="N", meaning="The level of the models that it may use; default: that of its role."),
        Option("--role", metavar="ROLE", meaning="The same by its role, such as executor (the default) or advisor."),
        Option("--agent", metavar="NAME", meaning="The agent that it runs for, declared in agents/NAME/identity.md."),
        Option("--timeout", metavar="TIME", meaning="Longest time for one attempt: 90 (seconds), 10m, 1h30m."),
        Option("--idle-timeout", metavar="TIME", meaning="Longest time for one attempt without output."),
        Option("--priority", metavar="N", meaning="The higher starts first when slots are scarce; default 0."),
        Option(
            "--after",
            metavar="ID",
            many=True,
            meaning="Start when this session is done; repeatable, or several with commas.",
        ),
        Option("--after-any", meaning="Start when those of --after have ended, however they ended."),
        Option("--parent", "-p", metavar="ID", meaning="Make it a child; default: the session this runs inside."),
        Option("--job-type", metavar="NAME", meaning="The kind of work, for skills to match on."),
        Option("--entity-type", metavar="NAME", meaning="The kind of thing it works on, for skills to match on."),
        Option("--signal", metavar="WORD", many=True, meaning="What is true of that thing; repeatable."),
        Option("--skill", metavar="NAME", meaning="The one skill to begin with, instead of those that match."),
        Option(
            "--executor", metavar="NAME", meaning="What carries it out: command, model or template; default: as given."
        ),
        Option("--wait", "-w", meaning="Wait for it, then print its result, as scope wait does."),
        Option("--quiet", "-q", meaning="With --wait, print no result and say nothing: the exit code tells."),
        Option("--verbose", "-v", meaning="With --wait, say each change of state on standard error."),
        Option("--json", meaning="Print an object: id (with --wait, what scope wait --json prints)."),
    ],
    takes_command=True,
)


def run(given: Given) -> int:
    """Spawn one session and print its id."""
    if given.flag("quiet") or given.flag("verbose"):
        from scope.cli.commands.wait import refuse_voices  # noqa: PLC0415 - only with --wait

        refuse_voices(given)
    keys, body, task = _task(given)
    environment = _environment(given.words("env"))
    roster = None
    if task is not None and task.is_routed:
        from scope.cli import routing  # noqa: PLC0415 - imports yaml, for what needs a model only

        roster = routing.roster_for(roots.find(), task)
    root = roots.for_spawn()
    if not daemon.is_alive(root):
        daemon.require_tmux()
    parent = _parent(root, given.text("parent"))
    if given.words("after"):
        from scope.sessions.records.selection import select  # noqa: PLC0415 - only with --after

        words = [word for words in given.words("after") for word in words.split(",") if word]
        keys["after"] = select(root, words, takes_archived=True)
    if keys.get("supervisor") or keys.get("assignable") or keys.get("agent"):
        from scope.cli.taskfile import refuse_unknown_agents  # noqa: PLC0415 - imports yaml

        refuse_unknown_agents(root, keys)
    if keys.get("skill"):
        from scope.cli import skillnames  # noqa: PLC0415 - imports yaml

        skillnames.taken(root, given, str(keys["skill"]))
    level = routing.level_for(root, task, parent, roster) if task is not None and roster is not None else 0
    session = spawn(root, keys, body, environment, parent)
    try:
        if not given.flag("wait"):
            # The id is out before anything can go wrong with a daemon: the session exists.
            sys.stdout.write(f'{{"id": "{session}"}}\n' if given.flag("json") else f"{session}\n")
            sys.stdout.flush()
    finally:
        # Also when nobody reads the id; the router first, for it takes the longest to load.
        if roster is not None:
            routing.start(root, session, level, roster)
        elif task is not None and task.is_supervised:
            from scope.cli import routing  # noqa: PLC0415 - as above

            routing.ready(root)
        revive(root)
        daemon.ensure(root, is_asked=True)
    if not given.flag("wait"):
        return 0
    from scope.cli.commands.wait import wait_and_print  # noqa: PLC0415 - only with --wait

    is_quiet, is_verbose = given.flag("quiet"), given.flag("verbose")
    return wait_and_print(root, [session], is_json=given.flag("json"), is_quiet=is_quiet, is_verbose=is_verbose)


def _parent(root: str, named: str | None) -> str | None:
    """Return the session to be above the new one, which has room for it."""
    if named is not None:
        from scope.sessions.records.selection import one  # noqa: PLC0415 - only with --parent

        parent: str | None = one(root, named)
    else:
        parent = parent_from_environment(root)
    if parent is not None:
        from scope.sessions.records.children import refuse_too_many  # noqa: PLC0415 - only for children

        refuse_too_many(root, parent)
    return parent


def _task(given: Given) -> tuple[Keys, str, Task | None]:
    """Return the task's keys and its words, and the task itself unless it is plainly right; raises BadInput."""
    keys: Keys = {}
    body = given.text("task") or ""
    if body == "-" or body.startswith("@"):
        from scope.cli.taskfile import read_source  # noqa: PLC0415 - imports yaml

        keys, body = read_source(body)
    for name in _ONE_VALUE:
        value = given.text(name)
        if value is not None:
            keys[name] = value
    if given.command is not None:
        keys["command"] = given.command
    for name in _FLAGS:
        if given.flag(name):
            keys[name] = "true"
    if given.words("signal"):
        keys["signals"] = given.words("signal")
    if any(given.values[name] not in (None, []) for name in _PAIRS_AND_LISTS):
        from scope.cli import spawning  # noqa: PLC0415 - most have none

        spawning.add(given, keys)
    keys["cwd"] = _directory(given.text("cwd") or str(keys.get("cwd") or "."))
    if is_plain(keys) and body.isascii():
        return keys, body, None
    from scope.cli.taskfile import judged  # noqa: PLC0415 - twenty milliseconds

    task = judged(keys, body)
    if task.base and not task.worktree:
        raise BadInput("cannot begin with the commit", task.base, "there is no work tree for it", "add --worktree")
    if task.templates and not given.words("after"):
        from scope.cli import spawning  # noqa: PLC0415 - few have templates

        spawning.refuse_missing_templates(task)
    return keys, body, task


def _environment(words: list[str]) -> dict[str, str]:
    named = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name.isidentifier() or not name.isascii():
            raise BadInput("--env takes K=V or K, not", word, hint="for example: --env CI=1, --env OPENAI_API_KEY")
        if not equals and name not in os.environ:
            raise BadInput("cannot pass the variable", name, "it is not set here", f"set it: --env {name}=VALUE")
        named[name] = value if equals else os.environ[name]
    return named


def _directory(path: str) -> str:
    try:
        full = os.path.abspath(path)
    except OSError as error:
        raise Environment("cannot work in", path, "the working directory is gone", "cd to one that is there") from error
    if not os.path.isdir(full):
        raise BadInput("cannot work in", path, "there is no such directory", "make it, or give another: --cwd DIR")
    if not os.access(full, os.X_OK):
        raise Environment("cannot work in", path, "it may not be entered", f"ls -ld {full}")
    return full
