"""The actions of `scope skill` that look at files: lint, history, diff."""

from __future__ import annotations

import os
import sys
from difflib import unified_diff
from typing import TYPE_CHECKING, Final

from scope.cli import skillnames, skilltable
from scope.errors import NotFound
from scope.laws import tampering
from scope.laws.skill import Skill
from scope.sessions.records.reports import stamp
from scope.skills import versions
from scope.skills.library import Broken, read
from scope.store import atomic

if TYPE_CHECKING:
    from scope.cli.grammar import Given

_NAME_AND_REVISION: Final = 2


def lint(root: str, given: Given, words: list[str]) -> int:
    """Print what is wrong with skills, by file and line; exit code 1 where anything is."""
    found: list[dict[str, object]] = []
    for name, path in _linted(root, given, words):
        text = atomic.read_named(path)
        if text is None:
            raise NotFound("there is no skill file", path, hint="see them: scope skill list")
        skill = read(name, text, path)
        if isinstance(skill, Broken) and text.strip():
            found.append({"path": path, "line": skill.line, "words": "", "why": skill.says})
        found += [
            {"path": path, "line": finding.line, "words": finding.words, "why": finding.why}
            for finding in tampering.findings(text)
        ]
    if given.flag("json"):
        skilltable.print_json(found)
    else:
        for each in found:
            said = f"{each['why']}: {each['words']}" if each["words"] else each["why"]
            sys.stdout.write(f"{each['path']}:{each['line']}: {said}\n")
    return 1 if found else 0


def history(root: str, given: Given, words: list[str]) -> int:
    """Print the bodies that a skill has had, the one that it has first."""
    name = skillnames.alone(words, "history")
    said: list[dict[str, object]] = []
    for each in versions.history(skillnames.find(root, given, name).path):
        skill = read(name, atomic.read(each.path) or "", each.path)
        version = skill.version if isinstance(skill, Skill) else None
        until = None if each.until is None else stamp(each.until)
        said.append({"revision": each.revision, "until": until, "version": version, "path": each.path})
    if given.flag("json"):
        skilltable.print_json(said)
    else:
        lines = [[str(value) if value is not None else "" for value in each.values()] for each in said]
        skilltable.table(skilltable.HISTORY, lines)
    return 0


def diff(root: str, given: Given, words: list[str]) -> int:
    """Print what differs between an older body of a skill, by default the last, and the one that it has."""
    name = skillnames.alone(words[:1], "diff")
    skillnames.refuse_more(words, _NAME_AND_REVISION, "diff")
    now, *older = versions.history(skillnames.find(root, given, name).path)
    wanted = words[1] if len(words) == _NAME_AND_REVISION else ""
    known = [*older, now] if wanted else older
    before = next((each for each in known if each.revision.startswith(wanted)), None)
    if before is None:
        why = f"nobody kept revision {wanted}" if wanted else "there is no older one"
        raise NotFound("nothing to compare with", name, why, f"see them: scope skill history {name}")
    old, new = (_lines(each.path) for each in (before, now))
    text = "".join(unified_diff(old, new, f"{name} {before.revision}", f"{name} {now.revision}"))
    if given.flag("json"):
        skilltable.print_json({"name": name, "from": before.revision, "to": now.revision, "diff": text})
    else:
        sys.stdout.write(skilltable.visible(text))
    return 0


def _linted(root: str, given: Given, words: list[str]) -> list[tuple[str, str]]:
    """Return name and path of what is to be linted: the files and skills that are named, else all skills."""
    if not words:
        shelves, agent = skillnames.library(root, given), skillnames.agent(given)
        every = [(entry.skill.name, entry.path) for entry in shelves.entries(agent)]
        return every + [(each.name, each.path) for each in shelves.broken(agent) if each.name]
    return [
        (os.path.basename(word).removesuffix(".md"), word)
        if "/" in word or word.endswith(".md")
        else (word, skillnames.find(root, given, word).path)
        for word in words
    ]


def _lines(path: str) -> list[str]:
    return [f"{line}\n" for line in (atomic.read(path) or "").splitlines()]
