"""The body of a skill that the machine makes: a procedure, with when to begin it, when to stop, how to verify.

Its words come from models and from what tools printed: control characters go, and every part is
bounded. What only reports (an error, a check, what was tried) is left out where it reads like
tampering: it orders nothing, and would keep a good remedy from being given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scope.laws import tampering

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PRECONDITIONS: Final = "Preconditions"
STEPS: Final = "Steps"
NOT_WHEN: Final = "Do not use when"
ABANDON: Final = "Abandon if"
VERIFY: Final = "Verify"
IN_VAIN: Final = "Tried in vain"
ORIGIN: Final = "Where it comes from"
TITLES: Final = (PRECONDITIONS, STEPS, NOT_WHEN, ABANDON, VERIFY, IN_VAIN, ORIGIN)

LONGEST: Final = 2400
"""Three such bodies with their descriptions fit into the tokens that some work is given."""

_LONGEST_STEPS: Final = 1000
_LONGEST_LIST: Final = 240
_LONGEST_ITEM: Final = 140
_LONGEST_CHECK: Final = 160
_SHOWN: Final = 4  # variables that have a step of their own
_LONGEST_NAME: Final = 40
_LONGEST_VALUE: Final = 50

_ESCAPE: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_NUMBERED: Final = re.compile(r" {0,3}([0-9]{1,3})[.)] +(?=\S)")
_MARK: Final = re.compile(r"(?: {0,3}(?:[-*+]|#{1,6}) +)+")
_SENTENCE: Final = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.) +(?=[A-Z`\"])")
_SETTING: Final = "The variable `"
_VERIFY: Final = re.compile(r"Verify(?: that)?:? +(?=\S)")
_ABANDON: Final = re.compile(r"Abandon (?=(?:if|after|when) +\S)")
_FENCE: Final = "```"
_INDENT: Final = "   "


def plain(text: str, at_most: int) -> str:
    """Fold a text into one printable line of at most so many characters."""
    line = " ".join(word for word in "".join(map(_printable, _ESCAPE.sub("", text))).split(" ") if word)
    return line if len(line) <= at_most else f"{line[: at_most - 1].rstrip()}…"


def compose(parts: Mapping[str, str]) -> str:
    """Return the body that has these sections, by their titles; those that are empty are left out."""
    return "\n\n".join(f"## {title}\n\n{parts[title]}" for title in TITLES if parts.get(title))


def sections(body: str) -> dict[str, str]:
    """Return the sections of a body by their titles, what stands before the first under the empty one."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in body.split("\n"):
        if line.startswith("## ") and line[3:].rstrip() in TITLES:
            title = line[3:].rstrip()
        else:
            found.setdefault(title, []).append(line)
    parts = {name: "\n".join(lines).strip("\n") for name, lines in found.items()}
    return {name: part for name, part in parts.items() if part}


def steps(instructions: str, variables: Sequence[tuple[str, str]]) -> str:
    """Return the steps that instructions and variables come to.

    Lines with numbers are kept with theirs; else every line is a step, or every sentence of a single one.
    The last lines that say how to verify and when to give up are no steps.
    """
    settings = [
        f"{_SETTING}{plain(name, _LONGEST_NAME)}` is set to `{plain(value, _LONGEST_VALUE)}`."
        for name, value in variables[:_SHOWN]
    ]
    if len(variables) > _SHOWN:
        settings.append(f"So are {len(variables) - _SHOWN} more, as the frontmatter says.")
    room = _LONGEST_STEPS - sum(len(said) + len("999. \n") for said in settings)
    said, ends = _parted(instructions)
    lines, last = _fitting(_items(said), room - sum(len(line) + 1 for line in ends))
    return "\n".join((*lines, *(f"{number}. {said}" for number, said in enumerate(settings, last + 1))))


def preconditions(match: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """Say in words which work a skill is for."""
    said = {"job_type": "The work", "entity_type": "What it works on", "signals": "What is true of that"}
    return listed([f"{said.get(key, key)}: {plain(', '.join(values), _LONGEST_VALUE)}" for key, values in match])


def verified_by(instructions: str) -> list[str]:
    """Return what the last lines of instructions say of how to verify."""
    return [_VERIFY.sub("", line, count=1) for line in _parted(instructions)[1] if _VERIFY.match(line)]


def abandoned(instructions: str) -> list[str]:
    """Return what the last lines of instructions say of when to give up."""
    return [_ABANDON.sub("", line, count=1) for line in _parted(instructions)[1] if _ABANDON.match(line)]


def verification(check: str) -> str:
    """Say what decides whether it worked: the check of the work, where it can be shown."""
    command = "\n".join(_lines(check)).strip("\n ")
    shown = f"This passes:\n\n{_FENCE}sh\n{command}\n{_FENCE}"
    is_shown = command and len(command) <= _LONGEST_CHECK and _FENCE not in command and "\n#" not in f"\n{command}"
    return shown if is_shown and not tampering.findings(shown) else "What verifies the work itself succeeds."


def listed(lines: Iterable[str], at_most: int = _LONGEST_LIST) -> str:
    """Return lines as a list without those that read like tampering; of too many, the last that fit."""
    kept: list[str] = []
    left = at_most
    for line in reversed([f"- {plain(line, _LONGEST_ITEM)}" for line in lines if line.strip()]):
        left -= len(line) + 1
        if left < 0:
            break
        if not tampering.findings(line):
            kept.insert(0, line)
    text = "\n".join(kept)
    return "" if tampering.findings(text) else text


def items(section: str) -> tuple[str, ...]:
    """Return the lines of a list."""
    return tuple(line[2:] for line in section.split("\n") if line.startswith("- "))


def first_step(section: str) -> str:
    """Return the words of the first step, without its number."""
    line = next((line for line in section.split("\n") if _NUMBERED.match(line)), section.partition("\n")[0])
    return _NUMBERED.sub("", line, count=1)


def in_a_line(section: str, at_most: int) -> str:
    """Return the steps in one line, without what is below them and what they set."""
    lines = (_NUMBERED.sub("", line, count=1) for line in section.split("\n") if _NUMBERED.match(line))
    return plain("; ".join(line.rstrip(".:") for line in lines if not line.startswith(_SETTING)), at_most)


def _printable(c: str) -> str:
    if c.isprintable():
        return c
    return " " if c.isspace() else ""


def _lines(text: str) -> list[str]:
    """Return the lines of a text as they would be printed, blank ones left out."""
    text = _ESCAPE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\t", "    ")
    lines = ("".join(map(_printable, line)).rstrip() for line in text.split("\n"))
    return [line for line in lines if line]


def _parted(instructions: str) -> tuple[list[str], list[str]]:
    """Return the lines of instructions, and those at their end that say how to verify and when to give up."""
    said = _lines(instructions)
    ends: list[str] = []
    while len(said) > 1 and (_VERIFY.match(said[-1]) or _ABANDON.match(said[-1])):
        ends.insert(0, said.pop())
    return said, ends


def _items(lines: list[str]) -> list[list[str]]:
    """Return the steps, each as its first line, with a number if it came with one, and the lines below it."""
    found: list[list[str]] = []
    is_numbered = any(_NUMBERED.match(line) for line in _outside_code(lines))
    in_code = False
    for line in lines:
        is_fence = line.lstrip().startswith(_FENCE)
        if in_code or is_fence:
            in_code ^= is_fence
            (found or _begun(found, "Do this:"))[-1].append(_INDENT + line)
        elif found and (not _NUMBERED.match(line) if is_numbered else line.startswith("  ") and not _MARK.match(line)):
            found[-1].append(_INDENT + line.lstrip(" "))
        else:
            _begun(found, line if _NUMBERED.match(line) else _MARK.sub("", line, count=1).strip())
    if in_code:
        found[-1].append(_INDENT + _FENCE)
    if not is_numbered and len(found) == 1 and len(found[0]) == 1:
        return [[sentence] for sentence in _SENTENCE.split(found[0][0])]
    return found


def _begun(found: list[list[str]], line: str) -> list[list[str]]:
    found.append([line])
    return found


def _outside_code(lines: Iterable[str]) -> Iterable[str]:
    in_code = False
    for line in lines:
        if line.lstrip().startswith(_FENCE):
            in_code = not in_code
        elif not in_code:
            yield line


def _fitting(steps_: list[list[str]], room: int) -> tuple[list[str], int]:
    """Return the lines of the steps that fit, and the last number."""
    lines: list[str] = []
    last, left = 0, room - 2 * len(f"{_INDENT}{_FENCE}\n")
    is_numbered = any(_NUMBERED.match(first) for first, *_ in steps_)
    for first, *below in steps_:
        numbered = _NUMBERED.match(first)
        if numbered or not is_numbered:
            last = int(numbered[1]) if numbered else last + 1
            first = f"{last}. {first[numbered.end() if numbered else 0 :]}"  # noqa: PLW2901
        for line in (first, *below):
            if len(line) + 1 <= left:
                lines.append(line)
                left -= len(line) + 1
                continue
            # What is cut stays readable, and says so.
            lines.append(line[: max(0, left - 2)] + "…")
            if sum(kept.strip().startswith(_FENCE) for kept in lines) % 2:
                lines.append(_INDENT + _FENCE)
            return lines, last
    return lines, last
