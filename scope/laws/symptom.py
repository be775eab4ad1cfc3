"""What the end of an attempt's output says about its failure: the lines that name it, and nothing else.

The rules are those of the tools that people run; the first rule that takes a line gives its weight. A line
that only smells of failure is kept, but never speaks for the whole while another one names the error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MOST_LINES: Final = 40
LONGEST_LINE: Final = 400
_LAST_WORDS: Final = 5  # of the output, error or not: there a tool says what came of it

_TRACEBACK: Final = re.compile(r"\s*(?:[|+] +)?Traceback \(most recent call last\):")
_RAISED, _SAID, _RUN, _SMELL, _SILENT = 0, 3, 4, 6, 7

# First what a Python or node program died of; then pytest: what was raised in a test, the summary's line; then what
# a tool calls an error, what the kernel answered, a linter's verdict on a line; then what runs others, and says only
# that one of them failed; the rest of what pytest says of a test; and at last a smell of failure.
_RULES: Final = tuple(
    (weight, re.compile(pattern))
    for weight, pattern in (
        (_RAISED, r"[A-Za-z_][\w.]*(?:Error|Exception|Expired)(?::|$)"),
        (1, r"E {3,}(?:[\w.]*(?:Error|Exception|Expired|Exit)\b|assert |Failed:|fixture )"),
        (2, r"(?:FAILED|ERROR) [^ :]+(?:::| - |$)"),
        (_SAID, r"(?:fatal|error|panic|FATAL|ERROR|FATAL ERROR|Fatal|Error)\b ?[:\[]|.*[:\s](?:fatal )?error(?:: |\[)"),
        (_SAID, r"CONFLICT \(|no tests ran in | ! \[(?:remote )?rejected\]"),
        (_SAID, r".*(?:No such file or directory|[Pp]ermission denied|command not found|: not found$|I/O error)"),
        (_SAID, r".*(?:No space left on device|Cannot allocate memory|[Oo]ut of memory|Segmentation fault)"),
        (_SAID, r".*(?:Connection (?:refused|reset|timed out)|ddress already in use|certificate verify failed)"),
        (_SAID, r".*(?:Could not resolve host|Temporary failure in name resolution)"),
        (_SAID, r"(?:\S+ line \d+: +|\S+: +)?(?:\d+ )?(?:Killed|Aborted|Terminated)\b"),
        (_SAID, r"[A-Z]{1,6}\d{2,5} \S|\S+:\d+:\d+: (?:[A-Z]{1,6}\d{2,5} |invalid-syntax)|invalid-syntax: "),
        (_RUN, r"npm (?:error|ERR!) \S|\S+: \*\*\* "),
        (5, r"E {3,}\S"),
        (_SMELL, r".*\b(?:[Ff]ail(?:s|ed|ing|ures?)?|FAIL(?:ED|URES?)?|[Ee]rrors?|ERRORS?|[Cc]annot|[Cc]ould not)\b"),
        (_SMELL, r".*\b(?:[Uu]nable to|[Nn]ot (?:found|permitted|allowed)|[Dd]enied|[Rr]efused|[Rr]ejected)\b"),
        (_SMELL, r".*\b(?:[Ii]nvalid|[Mm]issing|[Tt]imed out|[Uu]sage:|would (?:be )?(?:overwrit|reformat))"),
    )
)
# "0 errors", "no failures" and the names of tests that passed.
_ALL_WELL: Final = re.compile(r"\b(?:0|no|No|without) (?:\w+ )?(?:errors?|failed|failures?|failing)\b|\bPASSED\b| ok$")

_NAMES: Final = (
    re.compile(r"(?:FAILED|ERROR) ([^ :]+(?:::(?:[^ []+\[.*?\]|.+?))?)(?: - .*)?$"),
    re.compile(r"([^ :]+\.py::.+?) (?:FAILED|ERROR)(?: +\[ *\d+%\])?$"),
    re.compile(r"\S+: \*\*\* \[(?:[^\]]*: )?([^\]:]+)\] Error \d"),
    re.compile(r"\S+: \*\*\* No rule to make target [`']([^']+)'"),
    re.compile(r"npm (?:error|ERR!) Missing script: \"([^\"]+)\""),
    re.compile(r"npm (?:error|ERR!) Lifecycle script `([^`]+)` failed"),
)


@dataclass(frozen=True, slots=True)
class Symptom:
    """At most 40 lines that say what failed, oldest first; the one that says it best; and what a tool named."""

    lines: tuple[str, ...]
    headline: str
    failing: tuple[str, ...]
    is_named: bool = False  # the headline speaks of an error, and is not just what came last


def read(output: str) -> Symptom:
    """Return what plain text of the end of an output says; of nothing printed, nothing. In linear time."""
    lines = [line for line in map(_line, output.split("\n")) if line]
    weights = _weights(lines)
    is_named = min(weights, default=_SILENT) < _SILENT
    return Symptom(_chosen(lines, weights), _headline(lines, weights), _failing(lines), is_named)


def _line(raw: str) -> str:
    # What a screen would show of it: a progress bar's last state.
    line = raw.rstrip("\r ").rpartition("\r")[2][:LONGEST_LINE]
    return (line if line.isprintable() else "".join(c if c.isprintable() else " " for c in line)).rstrip()


def _weights(lines: list[str]) -> list[int]:
    found, in_traceback = [], False
    for line in lines:
        if _TRACEBACK.match(line):
            in_traceback = True
            found.append(_SMELL)
        elif in_traceback and not line.startswith((" ", "|", "+")):
            in_traceback = False
            found.append(_RAISED)
        else:
            found.append(_weight(line))
    return found


def _weight(line: str) -> int:
    weight = next((weight for weight, rule in _RULES if rule.match(line)), _SILENT)
    return _SILENT if weight == _SMELL and _ALL_WELL.search(line) else weight


def _chosen(lines: list[str], weights: list[int]) -> tuple[str, ...]:
    """Choose the lines that name an error, the first and the last of many, then those that smell of one."""
    first_of: dict[str, int] = {}
    for number, line in enumerate(lines):
        first_of.setdefault(line, number)
    named = [number for number in first_of.values() if weights[number] < _SMELL]
    smelling = [number for number in first_of.values() if weights[number] == _SMELL]
    chosen = {first_of[line] for line in lines[-_LAST_WORDS:]}
    if not named and not smelling:
        chosen = set(sorted(first_of.values())[-MOST_LINES:])
    for group in (named, smelling):
        chosen |= set(_ends([number for number in group if number not in chosen], MOST_LINES - len(chosen)))
    return tuple(lines[number] for number in sorted(chosen))


def _ends(group: list[int], room: int) -> list[int]:
    if len(group) <= room:
        return group
    head = (room + 1) // 2
    return group[:head] + group[len(group) - (room - head) :]


def _headline(lines: list[str], weights: list[int]) -> str:
    best = min(weights, default=_SILENT)
    candidates = [line for line, weight in zip(lines, weights, strict=True) if weight == best]
    if not candidates:
        return ""
    # A program dies of the last that it raises; other tools name the cause first, and its consequences after it.
    return candidates[-1 if best in (_RAISED, _SMELL, _SILENT) else 0].strip()


def _failing(lines: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for line in lines:
        name = next((match[1] for rule in _NAMES if (match := rule.match(line))), None)
        if name and len(found) < MOST_LINES:
            found[name] = None
    return tuple(sorted(found))
