"""Skills by hand: a new one, and an edit that is taken only when it is in order."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from scope.errors import BadInput, Environment, Failed
from scope.laws import tampering
from scope.laws.ids import is_name
from scope.laws.skill import Skill, revision
from scope.skills import versions
from scope.skills.library import LARGEST, Broken, read
from scope.skills.page import written
from scope.store import atomic, layout, skilldir

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scope.skills.library import Entry

_STEPS = """\
Use when … Do not use when …

1. …
2. …

Verify: …
Abandon if …"""


def make(root: str, name: str, agent: str, match: Mapping[str, Sequence[str]], text: str | None) -> str:
    """Write a new skill of the project's, or of an agent's own, and return its path.

    Without a text it holds places to fill in, and is for no work until somebody says for which.
    Raises BadInput where there is one already, or the text is none that a skill may have.
    """
    if not is_name(name):
        raise BadInput("no skill can be called", name, "a name takes a-z, 0-9, '.', '_' and '-'", "for example: fix-x")
    place = f"{layout.agents(root)}/{agent}" if agent else root
    path = f"{layout.skills(place)}/{name}.md"
    own = os.environ.get("SCOPE_SESSION")
    made = Skill(
        name=name,
        match=tuple((key, tuple(values)) for key, values in match.items() if values),
        source=f"session-{own}" if own else "person",
        body=_STEPS if text is None else text,
    )
    page = written(made)
    refuse(name, page, f"{name}.md", "say it without that")
    if not versions.create(path, page):
        raise BadInput("there is a skill already", path, hint=f"scope skill edit {name}")
    return path


def edit(root: str, found: Entry | Broken, name: str) -> str | None:
    """Let a person edit a skill and return its path, None where nothing was changed.

    The edit is made in a draft, which stays where it cannot be taken, and is gone on with by the
    next edit. A skill that ships is copied into the project. Raises BadInput for a draft that is
    no skill, that tampers, or that somebody was faster than.
    """
    before = atomic.read(found.path) or ""
    at = revision(before)
    is_built_in = not isinstance(found, Broken) and found.place == "built-in"
    path = f"{layout.skills(root)}/{name}.md" if is_built_in else found.path
    draft = skilldir.draft(path, at)
    atomic.directory(os.path.dirname(draft))
    if not atomic.create(draft, before):
        sys.stderr.write(f"this goes on with {draft}\n")
    _run_editor(draft)
    text = atomic.read(draft)
    if text is None or text == before:
        atomic.remove(draft)
        return None
    refuse(name, text, draft, f"the draft is kept: scope skill edit {name}")
    if not (versions.create(path, text) if is_built_in else versions.replace_if(path, at, text)):
        raise BadInput("cannot replace", path, "it was changed meanwhile", f"see what differs: diff {path} {draft}")
    atomic.remove(draft)
    return path


def refuse(name: str, text: str, called: str, hint: str) -> None:
    """Raise BadInput, with file and line, for a text that is no skill or that tampers."""
    if len(atomic.encode(text)) > LARGEST:
        raise BadInput("cannot take", called, f"it is longer than {LARGEST >> 10} KiB", hint)
    skill = read(name, text, called)
    if isinstance(skill, Broken):
        raise BadInput("cannot take", f"{called}:{skill.line}", skill.says, hint)
    for finding in tampering.findings(text):
        raise BadInput("cannot take", f"{called}:{finding.line}", f"{finding.why}: {finding.words}", hint)


def _run_editor(path: str) -> None:
    import shlex  # noqa: PLC0415 - only to edit
    import subprocess  # noqa: PLC0415

    words = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    hint = "say which to take: EDITOR=nano scope skill edit …"
    try:
        argv = shlex.split(words)
        code = subprocess.run([*argv, path], check=False).returncode
    except (OSError, ValueError) as error:
        raise Environment("cannot start the editor", words, str(error), hint) from error
    if code:
        raise Failed("the editor gave up", words, f"exit {code}; the draft is kept", f"it lies at {path}")
