"""`scope skill`: the library of skills, how they do, and what people decide of them."""

from __future__ import annotations

import os
import sys

from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput, StoreFault
from scope.store import atomic, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given
    from scope.skills.evidence import Said
    from scope.skills.library import Entry
    from scope.skills.outcomes import Tally
    from scope.skills.standing import Standing

COMMAND = Command(
    "skill",
    "List, match, write and judge skills: what work begins with.",
    text="""\
list (the default) · show NAME · match TASK · new NAME · edit NAME · lint [NAME or FILE …] · evidence NAME ·
history NAME · diff NAME [REVISION] · quarantine NAME · trust NAME

A skill is a markdown file: an agent's own (.scope/agents/AGENT/skills/), the project's (.scope/skills/), the
home's (~/.scope/skills/), or one that ships; a nearer one hides a farther one of its name. Its frontmatter
says which work it is for, its text what to do. match takes a task's words, @FILE, or a session's id, and
prints what such work is given: at most three, those first that have done best. What counts is what a check,
a signal or a person verified: a skill is in probation, or admitted when a replay with nothing else passed; then
active, or quarantined, when work does worse with it. Beside each rate stands the cost of a verified success.

lint finds skills that bend checks, read secrets, or run what they fetch; such a skill is given to nobody
until a person trusts it, at that revision. quarantine keeps a skill from all work, --lift gives it another
chance. Both are a person's word, and refused inside a session. edit opens $EDITOR, and takes only what is in
order; the old text is kept for history and diff.

With --json, show adds to the keys of list: when, match, expect, vars, fingerprint, tokens, text. match prints
chosen (the keys of list, tokens, score, criterion), left_out (name, why) and tokens; lint an array of path,
line, words, why; evidence adds outcomes, words, admissions and written; history is an array of revision,
until, version, path; diff prints name, from, to, diff. All others print the object of list.""",
    epilog="Examples: scope skill · scope skill match 'make the tests run' --job-type run-tests --why · "
    "scope skill trust fix-src-layout",
    arguments=[
        Argument("action", required=False, meaning="What to do; default: list."),
        Argument("words", many=True, required=False, meaning="Names, or with match the task."),
    ],
    options=[
        Option("--job-type", metavar="NAME", meaning="With match and new: the kind of work."),
        Option("--entity-type", metavar="NAME", meaning="With match and new: the kind of thing that it works on."),
        Option("--signal", metavar="WORD", many=True, meaning="The same: what is true of that thing; repeatable."),
        Option("--label", "-l", metavar="KEY=VALUE", many=True, meaning="The same: a label; repeatable."),
        Option("--agent", metavar="NAME", meaning="The agent whose own skills come first, or get the new one."),
        Option("--why", meaning="With match: also what is not given, and why."),
        Option("--from", metavar="TEXT", meaning="With new: its text; - for standard input.", name="source"),
        Option("--lift", meaning="With quarantine: end it, and begin to count anew."),
        Option(
            "--json",
            meaning="Print an array, or an object where one skill is named: name, description, place, tier, within, "
            "path, revision, version, source, verdict, by, n, successes, failures, base_rate, posterior, lower, "
            "cost_per_success, problem.",
        ),
    ],
)
_KIND: Final = ("job_type", "entity_type", "signal", "label")
_TAKEN: Final = {"match": (*_KIND, "why"), "new": (*_KIND, "source"), "quarantine": ("lift",)}
_DECIDED: Final[dict[str, Said]] = {"quarantine": "quarantined", "trust": "trusted"}
_WRITING: Final = ("new", "edit", *_DECIDED)
ACTIONS: Final = ("list", "show", "match", "new", "edit", "lint", "evidence", "history", "diff", *_DECIDED)


def run(given: Given) -> int:
    """Do one of the actions."""
    action, words = given.text("action") or "list", given.words("words")
    _refuse(given, action, words)
    root = roots.require_trusted() if action in _WRITING else roots.require()
    match action:
        case "list":
            return _list(root, given)
        case "show":
            return _show(root, given, words)
        case "match":
            return _match(root, given, words)
        case "new" | "edit":
            return _write(root, given, words, action)
        case "evidence":
            return _evidence(root, given, words)
        case "quarantine" | "trust":
            return _decide(root, given, words, action)
        case _:
            from scope.cli import skillfiles  # noqa: PLC0415 - after the simple refusals, as everything below

            actions = {"lint": skillfiles.lint, "history": skillfiles.history, "diff": skillfiles.diff}
            return actions[action](root, given, words)


def _refuse(given: Given, action: str, words: list[str]) -> None:
    """Raise BadInput for words that do not go together, and for what only a person does."""
    if action not in ACTIONS:
        from scope.laws.schema import nearest  # noqa: PLC0415 - only on the way out

        meant = nearest(action, list(ACTIONS))
        raise BadInput("skill does not know", action, hint=f"scope skill {meant or '--help'}")
    for name in (*_KIND, "why", "source", "lift"):
        if given.values[name] and name not in _TAKEN.get(action, ()):
            option = f"--{'from' if name == 'source' else name.replace('_', '-')}"
            raise BadInput(f"{option} does not go with", action, hint="see: scope skill --help")
    own = os.environ.get("SCOPE_SESSION")
    if own and action in _DECIDED:
        why = f"this is inside session {own}"
        raise BadInput(f"cannot {action}", " ".join(words), why, "a person decides: scope skill evidence NAME")
    if action == "list" and words:
        raise BadInput("list does not take", words[0], hint=f"scope skill show {words[0]}")


def _list(root: str, given: Given) -> int:
    from scope.cli import skillnames, skilltable  # noqa: PLC0415 - as above

    library, agent, tally = skillnames.library(root, given), skillnames.agent(given), skillnames.tally(root)
    found = [(entry, *_standing(entry, tally)) for entry in library.entries(agent)]
    broken = library.broken(agent)
    if given.flag("json"):
        said = [skilltable.row(*each) for each in found]
        skilltable.print_json(said + [skilltable.row(each, None) for each in broken])
    elif found or broken:
        lines = [skilltable.listed(*each) for each in found]
        skilltable.table(skilltable.COLUMNS, lines + [skilltable.listed(each, None) for each in broken])
    else:
        sys.stderr.write("there are no skills yet: scope skill new NAME\n")
    return 0


def _show(root: str, given: Given, words: list[str]) -> int:
    from scope.cli import skillnames, skilltable  # noqa: PLC0415 - as above

    entry = skillnames.taken(root, given, skillnames.alone(words, "show"))
    standing = skillnames.stand(root, entry)
    text = atomic.read(entry.path) or ""
    if given.flag("json"):
        skilltable.print_json(skilltable.whole(entry, standing, text))
    else:
        sys.stdout.write(skilltable.visible(text if text.endswith("\n") else f"{text}\n"))
        sys.stderr.write(skilltable.summary(entry, standing))
    return 0


def _match(root: str, given: Given, words: list[str]) -> int:
    from scope.cli import skillnames, skilltable  # noqa: PLC0415 - as above
    from scope.sessions.records import configuration  # noqa: PLC0415
    from scope.skills import matching  # noqa: PLC0415

    subject, learning = skillnames.subject(root, given, words), configuration.load(root).learning
    library, agent, is_why = skillnames.library(root, given), skillnames.agent(given), given.flag("why")
    found = matching.match(
        library,
        subject,
        agent,
        skillnames.tally(root).without,
        at_most=learning.inject,
        active_cap=learning.active_cap,
        is_exhaustive=is_why,
    )
    if given.flag("json"):
        chosen = [skilltable.chosen(candidate, subject) for candidate in found.chosen]
        left_out = [{"name": name, "why": why} for name, why in found.left_out]
        skilltable.print_json({"chosen": chosen, "left_out": left_out, "tokens": found.tokens})
        return 0
    skilltable.selection(found, subject, is_why=is_why)
    if not found.chosen:
        sys.stderr.write("no skill is given to such work" + ("\n" if is_why else "; why: --why\n"))
    return 0


def _write(root: str, given: Given, words: list[str], action: str) -> int:
    from scope.cli import skilldraft, skillnames  # noqa: PLC0415 - as above

    name = skillnames.alone(words, action)
    if action == "edit":
        path = skilldraft.edit(root, skillnames.find(root, given, name), name)
        if path is None:
            sys.stderr.write("nothing was changed\n")
            return 0
    else:
        from scope.cli.commands.fail import spoken  # noqa: PLC0415 - as above

        single = {key: [given.text(key) or ""] for key in ("job_type", "entity_type") if given.text(key)}
        labels = {key: [value] for key, value in skillnames.labels(given)}
        match = {**single, "signals": given.words("signal"), **labels}
        source = given.text("source")
        text = None if source is None else spoken([source])
        path = skilldraft.make(root, name, skillnames.agent(given), match, text)
    _tell(root, given, name, path)
    return 0


def _evidence(root: str, given: Given, words: list[str]) -> int:
    from dataclasses import asdict  # noqa: PLC0415 - as above

    from scope.cli import skillnames, skilltable  # noqa: PLC0415
    from scope.skills import evidence  # noqa: PLC0415

    entry = skillnames.taken(root, given, skillnames.alone(words, "evidence"))
    found, standing = evidence.read(entry.evidence), skillnames.stand(root, entry)
    if given.flag("json"):
        lines: dict[str, object] = {
            "outcomes": [asdict(each) for each in found.outcomes],
            "words": [asdict(each) for each in found.words],
            "admissions": [asdict(each) for each in found.admissions],
            "written": [asdict(each) for each in found.written],
        }
        skilltable.print_json(skilltable.row(entry, standing) | lines)
        return 0
    if found.lines:
        skilltable.table(skilltable.OUTCOMES, skilltable.outcomes(found))
    sys.stderr.write(skilltable.summary(entry, standing))
    return 0


def _decide(root: str, given: Given, words: list[str], action: str) -> int:
    """Write a person's word beside the skill."""
    import time  # noqa: PLC0415 - as above

    from scope.cli import skillnames  # noqa: PLC0415
    from scope.laws import tampering  # noqa: PLC0415
    from scope.sessions.records.reports import stamp  # noqa: PLC0415
    from scope.skills import evidence  # noqa: PLC0415

    name = skillnames.alone(words, action)
    entry = skillnames.taken(root, given, name)
    said: Said = "lifted" if given.flag("lift") else _DECIDED[action]
    if said == "trusted":
        for finding in tampering.findings(atomic.read(entry.path) or ""):
            sys.stderr.write(f"warning: {entry.path}:{finding.line}: {finding.why}: {finding.words}\n")
    evidence.say(entry.evidence, evidence.Word(said, stamp(time.time()), entry.revision))
    _tell(root, given, name, entry.path)
    return 0


def _tell(root: str, given: Given, name: str, path: str) -> None:
    """Say how a skill stands now, and whether another of its name is nearer."""
    from scope.cli import skillnames, skilltable  # noqa: PLC0415 - as above

    entry = skillnames.taken(root, given, name)
    if entry.path != path:
        sys.stderr.write(f"warning: {path} is hidden by the nearer {entry.path}\n")
    standing = skillnames.stand(root, entry)
    if given.flag("json"):
        skilltable.print_json(skilltable.row(entry, standing))
    else:
        sys.stderr.write(skilltable.summary(entry, standing))


def _standing(entry: Entry, tally: Tally) -> tuple[Standing | None, str]:
    from scope.skills import matching  # noqa: PLC0415 - as above

    try:
        return matching.stand(entry, *tally.without(entry)), ""
    except StoreFault as fault:
        return None, fault.line()
