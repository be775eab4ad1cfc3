"""The plan of the demonstration: one job for six repositories, who knows what about it, and what is promised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Keys = dict[str, str | Sequence[str] | Mapping[str, str]]

JOB_TYPE: Final = "run-tests"
ENTITY_TYPE: Final = "repo"
SCRIPT: Final = "run-tests"
RUNBOOK_NAME: Final = "tests-below-src"
ANSWER: Final = ("Their tests want the trial settings", "--var", "settings=trial")
"""What only a person knows, in the words of `scope answer`."""

RUN_TESTS: Final = """\
#!/bin/sh
# Run the tests of the repository here: run-tests DIRECTORY LIBRARY SETTINGS
# What they say is kept in tests.log as well, where the check reads how many ran.
PYTHONPATH=vendor/$2 SETTINGS=$3 "${PYTHON:-python3}" -m unittest discover -v -s "./$1" >tests.log 2>&1
code=$?
cat tests.log
exit $code
"""

# Unittest of Python 3.11 is content with no test at all, and a repository could forget some.
CHECK: Final = "grep '^Ran [1-9]' tests.log"

VARIABLES: Final = {"tests": "tests", "missing_module": "none", "settings": "default"}
"""What advice and skills may set: nothing else about the command can be changed by anybody."""

RUNBOOK: Final = """\
---
name: tests-below-src
description: The tests lie below src, with the code. Use when unittest cannot import its start directory.
match: {error: '^ImportError: Start directory is not importable: ', job_type: run-tests}
class: missing_context
apply: {vars: {tests: src}}
version: 1
---
1. Search the tests below `src`, where the code is: packages are found from there as well.
2. See that none are left out: `git ls-files '*test*.py'`.

Verify: the tests are listed, and more than none of them ran.
Abandon if there is no directory `src`.
"""

CONFIGURATION: Final = """\
# Rules are asked, then a person; and no skill is held back to see how work does without it.
escalation: {levels: [rules, human], group_wait: 2s, group_interval: 1s}
learning: {control_arm: 0}
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One session of the demonstration, and what is promised of it."""

    name: str
    repository: str
    signals: tuple[str, ...]
    after: tuple[str, ...] = ()
    attempts: int = 1
    solved_by: str = ""  # the level whose advice its last attempt had
    begins_with: str = ""  # the part from which its first attempt has a skill
    is_replayable: bool = False


_BELOW_SRC: Final = ("python", "src-layout")
_VENDORED: Final = ("python", "vendored")
_SETTINGS: Final = ("python", "needs-settings")

PARTS: Final = (
    Part("ledger", "ledger", _BELOW_SRC, attempts=2, solved_by="rules", is_replayable=True),
    Part("herald", "herald", _VENDORED, attempts=2, solved_by="rules"),
    Part("tariff", "tariff", _SETTINGS, attempts=2, solved_by="human"),
    Part("voyage", "voyage", _SETTINGS, attempts=2, solved_by="human"),
    Part("almanac", "almanac", _BELOW_SRC, after=("ledger",), begins_with="ledger"),
    Part("sundial", "sundial", _VENDORED, after=("herald",), begins_with="herald"),
    Part("tariff-again", "tariff", _SETTINGS, after=("tariff", "voyage"), begins_with="tariff"),
)
ASKED: Final = tuple(part.name for part in PARTS if part.solved_by == "human")
"""Those about which a person is asked, once."""


def keys(part: Part, directory: str, after: Sequence[str]) -> Keys:
    """Return the frontmatter of a part's task."""
    command = [f"{directory}/{SCRIPT}", "{{ tests }}", "{{ missing_module }}", "{{ settings }}"]
    found: Keys = {
        "name": part.name,
        "job_type": JOB_TYPE,
        "entity_type": ENTITY_TYPE,
        "signals": part.signals,
        "cwd": f"{directory}/{part.repository}",
        "command": command,
        "vars": VARIABLES,
        "check": CHECK,
        "playbook": ["default"],
    }
    if part.is_replayable:
        found["replayable"] = "true"
    if after:
        found["after"] = after
    return found
