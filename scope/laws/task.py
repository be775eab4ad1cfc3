"""What a task says: the typed form of `task.md`, and the one list of its keys."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from scope.laws import budget, late, plays, schema
from scope.laws.budget import Budget
from scope.laws.schema import Key, Problem, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.late import Late
    from scope.laws.schema import Node

KEYS: Final[tuple[Key, ...]] = (
    Key("executor", "name", "what carries it out", "command"),
    Key("command", "argv", "the program and its arguments, never a shell string", "[pytest, -q]"),
    Key("check", "text", "a shell line run in cwd after exit 0, or a signal to come; it verifies", "pytest -q"),
    Key("templates", "mapping", "files to write, and the Jinja template of each", "{ruff.toml: ruff.toml.j2}"),
    Key("name", "session_name", "a name to call it by; unique among the sessions that have not ended", "web-tests"),
    Key("labels", "labels", "pairs to select it by", "{team: web}"),
    Key("cwd", "path", "the directory it works in", "/src/app"),
    Key("env", "mapping", "variables on top of the caller's environment", "{CI: '1'}"),
    Key("vars", "mapping", "declared variables with defaults: `{{ name }}` within an argument", "{flags: -q}"),
    Key("job_type", "name", "the kind of work, what skills match on", "run-tests"),
    Key("entity_type", "name", "the kind of thing that it works on", "repo"),
    Key("signals", "words", "what is true of that thing", "[python, src-layout]"),
    Key("skill", "name", "the one skill to begin with, instead of those that match", "monorepo-biome"),
    Key("worktree", "flag", "works in a git work tree of its own, clean at each attempt", "true"),
    Key("base", "word", "the commit that its work tree begins with; default: the newest", "4f2a9c1"),
    Key("setup", "text", "a shell line run in its work tree each time that it is clean, before the work", "npm ci"),
    Key("replayable", "flag", "may be run again, in a clean work tree, to try what was learned", "true"),
    Key("advises", "word", "whom an advisor advises (written by the watcher)", "e3/1"),
    Key("timeout", "duration", "longest time one attempt may take", "10m"),
    Key("idle_timeout", "duration", "longest time one attempt may print nothing", "2m"),
    Key("priority", "number", "the higher starts first among those that wait for a slot", "0"),
    Key("retries", "count", "how many further attempts there may be, whoever orders them", "2"),
    Key("playbook", "words", "the recovery moves of its supervisor, in order; or default", "[restart, vary, escalate]"),
    Key("variations", "words", "what `vary` tries, in order: env:K=V, args:…, command:…, timeout:…", '["env:CI=1"]'),
    Key("assignable", "words", "the agents or executors that `reassign` may give it to", "[other]"),
    Key("expected", "duration", "soft limit: from then on, no progress means that it is stuck", "10m"),
    Key("budget", "mapping", "what it may spend, with all below it", "{usd: 0.50, seconds: 3600}"),
    Key("level", "count", "the level of the models that it may use", "0"),
    Key("role", "name", "the same by its role: executor, advisor, checker, reducer, filter", "executor"),
    Key("agent", "name", "the agent that it runs for", "ann"),
    Key("supervisor", "name", "the declared supervisor that it has", "web"),
    Key("after", "ids", "the sessions that must be done before it starts", '["3", "4"]'),
    Key("after_any", "flag", "start when those of `after` have ended, however they ended", "true"),
    Key("created", "word", "when it was spawned (written by the spawner)", "2026-01-31T12:00:00Z"),
    Key("by", "word", "who spawned it (written by the spawner)", "cli"),
)

EXECUTORS: Final = ("command", "model", "template", "advisor")
FOR_PEOPLE: Final = EXECUTORS[:3]
"""Those that anybody may ask for; advisors are the watcher's."""
THINKING: Final = ("model", "advisor")
RETRIES_OF_A_PLAYBOOK: Final = 3
_HOLE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Task:
    """What one session is asked to do; durations in seconds, pairs in the order written."""

    body: str = ""
    executor: str = "command"
    command: tuple[str, ...] = ()
    check: str = ""
    late: Late | None = None
    templates: tuple[tuple[str, str], ...] = ()
    name: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    cwd: str = ""
    env: tuple[tuple[str, str], ...] = ()
    vars: tuple[tuple[str, str], ...] = ()
    job_type: str = ""
    entity_type: str = ""
    signals: tuple[str, ...] = ()
    skill: str = ""
    worktree: bool = False
    base: str = ""
    setup: str = ""
    replayable: bool = False
    advises: str = ""
    timeout: float | None = None
    idle_timeout: float | None = None
    priority: int = 0
    retries: int = 0
    playbook: tuple[str, ...] = ()
    variations: tuple[str, ...] = ()
    assignable: tuple[str, ...] = ()
    expected: float | None = None
    budget: tuple[tuple[str, str], ...] = ()
    level: int | None = None
    role: str = ""
    agent: str = ""
    supervisor: str = ""
    after: tuple[str, ...] = ()
    after_any: bool = False
    created: str = ""
    by: str = ""

    def title(self) -> str:
        """Say it in one line: the first line of the body, else the command."""
        first = next((line.strip("# ").strip() for line in self.body.splitlines() if line.strip("# ")), "")
        return first or " ".join(self.command) or ", ".join(file for file, _ in self.templates)

    def allowance(self) -> Budget:
        """Return what it may spend."""
        parsed = budget.parse(self.budget)
        return Budget() if isinstance(parsed, str) else parsed

    @property
    def is_thinking(self) -> bool:
        """Tell whether a model does it."""
        return self.executor in THINKING

    @property
    def is_help(self) -> bool:
        """Tell whether it helps failing work: it has slots of its own, and gets no help itself."""
        return self.executor == "advisor"

    @property
    def is_supervised(self) -> bool:
        """Tell whether its own keys give it a supervisor that recovers it, and may ask for advice."""
        return bool(self.playbook or self.variations or self.assignable or self.supervisor) and not self.is_help

    @property
    def is_checked(self) -> bool:
        """Tell whether something decides whether it was good."""
        return bool(self.check) or self.late is not None

    @property
    def is_routed(self) -> bool:
        """Tell whether it needs the router: it is a model's work, or asks for a level."""
        return self.is_thinking or self.level is not None or bool(self.role)

    def argv(self) -> tuple[str, ...]:
        """Return the command with its variables filled in; raise Refused for one that is not declared."""
        declared = dict(self.vars)

        def fill(match: re.Match[str]) -> str:
            if match[1] not in declared:
                raise Refused(f"the variable '{match[1]}' is not declared in 'vars'")
            return declared[match[1]]

        return tuple(_HOLE.sub(fill, argument) for argument in self.command)


def parse(keys: Mapping[str, Node], body: str) -> Task | Problem:
    """Return the task, or the first thing that is wrong with it."""
    written = keys.get("check")
    said = late.parse(written) if isinstance(written, dict) else None
    if isinstance(said, Problem):
        return said
    values = schema.values(keys if said is None else {**keys, "check": ""}, KEYS)
    if isinstance(values, Problem):
        return values
    # Every value has just been read by its key's shape, which is its field's type.
    task = replace(Task(body=body, late=said), **values)  # type: ignore[arg-type]
    if "executor" not in values and not task.command:
        task = replace(task, executor="template" if task.templates else "model")
    is_supervised = task.playbook or task.variations or task.assignable or task.supervisor or task.executor != "command"
    if "retries" not in values and is_supervised:
        task = replace(task, retries=RETRIES_OF_A_PLAYBOOK)
    return wrong(task) or task


def wrong(task: Task) -> Problem | None:
    """Tell what keeps a well-formed task from being carried out."""
    if task.level is not None and task.role:
        return Problem("role", "'role' is another word for a level: give one of the two")
    for key, limit in (("timeout", task.timeout), ("idle_timeout", task.idle_timeout), ("expected", task.expected)):
        if limit == 0:
            return Problem(key, f"'{key}' takes a time above 0; leave it out for none")
    if task.setup and not task.worktree:
        return Problem("setup", "'setup' is for a work tree of its own: worktree: true")
    recovery = _wrong_recovery(task)
    if recovery is not None:
        return recovery
    for name, _ in task.env:
        if not name.isidentifier() or not name.isascii():
            return Problem("env", f"'{name}' cannot be a variable's name")
    return _wrong_work(task)


def _wrong_work(task: Task) -> Problem | None:
    """Tell what an executor lacks, or cannot take."""
    if task.executor == "template":
        return _wrong_templates(task)
    if task.templates:
        return Problem("templates", f"'templates' are for the executor template, not '{task.executor}'")
    if task.executor == "command" and task.command:
        try:
            task.argv()
        except Refused as refusal:
            return Problem("command", str(refusal))
        return None
    if task.executor == "command":
        return Problem("command", "there is no command to run")
    if task.is_thinking and task.command:
        return Problem("command", "a model is told in words what to do, and takes no command")
    if not task.body.strip() and not task.command:
        return Problem("command", "there is nothing to do: neither a command nor words")
    return None


def _wrong_templates(task: Task) -> Problem | None:
    if task.command:
        return Problem("command", "templates are rendered, and take no command: what is to run then is the check")
    if not task.templates:
        return Problem("templates", "there is no template to render: templates: {FILE: TEMPLATE}")
    for file, template in task.templates:
        parts = file.split("/")
        if not file or not template or file.startswith(("/", "~")) or ".." in parts or parts[-1] in ("", "."):
            return Problem("templates", f"'templates' takes files below cwd, not '{file[:80]}: {template[:80]}'")
    return None


def _wrong_recovery(task: Task) -> Problem | None:
    if task.playbook != ("default",):
        said = plays.ordered(task.playbook)
        if isinstance(said, str):
            return Problem("playbook", said)
    for written in task.variations:
        from scope.laws import variation  # noqa: PLC0415 - splits words as a shell does, which few ask for

        try:
            variation.parse(written)
        except Refused as refusal:
            return Problem("variations", str(refusal))
    parsed = budget.parse(task.budget)
    return Problem("budget", parsed) if isinstance(parsed, str) else None


def names() -> tuple[str, ...]:
    """Return the names of the fields that `KEYS` must cover (a test holds the two together)."""
    return tuple(field.name for field in fields(Task) if field.name not in ("body", "late"))
