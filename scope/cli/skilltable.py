"""How skills look: a table on a terminal, lines with tabs everywhere else, objects in JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

from scope.cli import tables
from scope.laws import skill as law
from scope.laws.budget import dollars
from scope.sessions.records.record import one_line
from scope.skills.library import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.laws.skill import Subject
    from scope.skills.evidence import Evidence
    from scope.skills.library import Broken
    from scope.skills.matching import Candidate, Selection
    from scope.skills.standing import Standing

KEYS: Final = (
    "name", "description", "place", "tier", "within", "path", "revision", "version", "source", "verdict", "by", "n",
    "successes", "failures", "base_rate", "posterior", "lower", "cost_per_success", "problem",
)  # fmt: skip
BROKEN: Final = "broken"
COLUMNS: Final = ("NAME", "VERDICT", "N", "RATE", "LOWER", "WITHOUT", "COST", "TIER", "DESCRIPTION")
CHOSEN: Final = ("NAME", "REVISION", "VERDICT", "N", "RATE", "LOWER", "COST", "TOKENS", "SCORE", "PATH")
LEFT_OUT: Final = ("LEFT OUT", "WHY")
OUTCOMES: Final = ("TIME", "ATTEMPT", "REVISION", "ARM", "USE", "VERIFIER", "OUTCOME", "COST", "JOB")
HISTORY: Final = ("REVISION", "UNTIL", "VERSION", "PATH")
_COLOURS: Final = {
    "active": "green", "admitted": "cyan", "probation": "yellow", "quarantined": "red", BROKEN: "bold red"
}  # fmt: skip
_UNKNOWN: Final = "-"
_GAP: Final = 2
_FIRST_AT_LEAST: Final = 16
_LAST_AT_LEAST: Final = 12
_SPARE: Final = (
    "TIER", "PATH", "JOB", "SCORE", "WITHOUT", "LOWER", "REVISION", "TOKENS", "VERIFIER", "DESCRIPTION"
)  # fmt: skip
"""What a narrow terminal does not show, in this order: better than all of it cut."""


def table(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Print lines of cells; on a terminal under a head, what would not fit left out, and the last cell cut."""
    lines = [["".join(c for c in " ".join(cell.split()) if c.isprintable()) for cell in line] for line in lines]
    if not sys.stdout.isatty():
        sys.stdout.write("".join("\t".join(line) + "\n" for line in lines))
        return
    from rich.cells import cell_len  # noqa: PLC0415 - on a terminal only
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    out = tables.console()
    widths = {column[0]: max(map(cell_len, column)) for column in zip(columns, *lines, strict=True)}
    for spare in _SPARE:
        if _least([*widths.values()]) > out.width:
            widths.pop(spare, None)
    # A name can be told by its beginning, a figure cannot.
    over = max(0, _least([*widths.values()]) - out.width)
    widths[columns[0]] = max(min(widths[columns[0]], _FIRST_AT_LEAST), widths[columns[0]] - over)
    last, width = list(widths.items())[-1]
    widths[last] = min(width, max(0, out.width - _least([*widths.values()])) + _LAST_AT_LEAST)
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name, width in widths.items():
        shown.add_column(name, no_wrap=True, width=width, overflow="ellipsis")
    for line in lines:
        kept = (cell for name, cell in zip(columns, line, strict=True) if name in widths)
        shown.add_row(*(Text(cell, style=_COLOURS.get(cell, "")) for cell in kept))
    out.print(shown)


def _least(widths: Sequence[int]) -> int:
    """Return the width that columns take at least: all but the last one whole."""
    return sum(widths[:-1]) + min(widths[-1], _LAST_AT_LEAST) + _GAP * (len(widths) - 1)


def print_json(said: object) -> None:
    """Print one object or array."""
    sys.stdout.write(json.dumps(said, indent=2) + "\n")


def visible(text: str) -> str:
    """Return a file's text for who reads it: on a terminal, what would drive it, or hides words, is spelled out."""
    if not sys.stdout.isatty():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def row(found: Entry | Broken, standing: Standing | None, problem: str = "") -> dict[str, object]:
    """Return the documented keys of one skill; what is not known of it is null."""
    said: dict[str, object] = dict.fromkeys(KEYS)
    if not isinstance(found, Entry):
        return said | {"name": found.name or None, "path": found.path, "verdict": BROKEN, "problem": str(found)}
    skill = found.skill
    said |= {
        "name": skill.name,
        "description": skill.description or None,
        "place": found.place,
        "tier": found.tier,
        "within": found.within or None,
        "path": found.path,
        "revision": found.revision,
        "version": skill.version,
        "source": skill.source or None,
        "problem": problem or None,
    }
    return said if standing is None else said | _figures(standing)


def whole(found: Entry, standing: Standing, text: str) -> dict[str, object]:
    """Return everything that is known of one skill: the keys of `row`, and what its file says."""
    skill = found.skill
    return row(found, standing) | {
        "when": list(skill.when),
        "match": {name: list(values) for name, values in skill.match},
        "expect": skill.expect,
        "vars": dict(skill.variables),
        "fingerprint": skill.fingerprint or None,
        "tokens": skill.tokens,
        "text": text,
    }


def chosen(candidate: Candidate, subject: Subject) -> dict[str, object]:
    """Return what is said of a skill that some work is given."""
    skill = candidate.entry.skill
    criterion, score = law.best_criterion(skill, subject)
    return row(candidate.entry, candidate.standing) | {
        "tokens": skill.tokens,
        "score": round(score, 4),
        "criterion": criterion or None,
    }


def listed(found: Entry | Broken, standing: Standing | None, problem: str = "") -> tuple[str, ...]:
    """Return one skill as the cells of a line."""
    if not isinstance(found, Entry):
        return found.name, BROKEN, "", "", "", "", "", "", f"{found.says} ({found.path}:{found.line})"
    if standing is None:
        return found.skill.name, BROKEN, "", "", "", "", "", found.tier, problem
    rate, lower, cost = _rates(standing)
    without = f"{standing.base_rate:.2f}"
    said = found.skill.description or "; ".join(found.skill.when)
    return found.skill.name, standing.status, str(standing.n), rate, lower, without, cost, found.tier, said


def selection(found: Selection, subject: Subject, *, is_why: bool) -> None:
    """Print what some work is given, and with `is_why` what not, and how the criteria scored."""
    if found.chosen:
        table(CHOSEN, [_given(candidate, subject) for candidate in found.chosen])
    if not is_why:
        return
    for candidate in found.chosen:
        for criterion, score in law.scores(candidate.entry.skill, subject):
            sys.stderr.write(f"{candidate.entry.skill.name}: {score:.0%} of '{one_line(criterion)}'\n")
    if found.left_out:
        if sys.stdout.isatty() and found.chosen:
            sys.stdout.write("\n")
        table(LEFT_OUT, [(f"- {name}" if not sys.stdout.isatty() else name, why) for name, why in found.left_out])


def outcomes(found: Evidence) -> list[tuple[str, ...]]:
    """Return evidence as lines of cells by their time: attempts, replays, what the machine wrote, people's words."""
    lines: list[tuple[str, ...]] = [
        (line.time, f"{line.session}/{line.attempt}" if line.session else line.id, line.revision, line.arm, line.use,
         line.verifier, line.outcome, _cost(line.cost), line.job)
        for line in found.outcomes
    ]  # fmt: skip
    lines += [
        (each.time, each.session, each.revision, "", "", each.by, each.outcome, "", "") for each in found.admissions
    ]
    lines += [
        (each.time, f"{each.session}/{each.attempt}", each.revision, "", "", each.by, "written", "", "")
        for each in found.written
    ]
    lines += [(word.time, word.by, word.revision, "", "", "human", word.said, "", "") for word in found.words]
    return sorted(lines, key=lambda line: line[0])


def summary(found: Entry, standing: Standing) -> str:
    """Say in one line where a skill stands."""
    by = " by a person" if standing.is_by_person else ", its replay failed" if standing.has_failed_replay else ""
    cost = _UNKNOWN if standing.cost_per_success is None else dollars(standing.cost_per_success)
    return (
        f"{found.path} at {found.revision}: {standing.status}{by}; {standing.successes} of {standing.n} succeeded, "
        f"{standing.base_rate:.0%} do without it; at least {standing.lower:.0%}; cost of a success: {cost}\n"
    )


def _given(candidate: Candidate, subject: Subject) -> tuple[str, ...]:
    entry, standing = candidate.entry, candidate.standing
    rate, lower, cost = _rates(standing)
    score = f"{law.best_criterion(entry.skill, subject)[1]:.2f}"
    tokens = str(entry.skill.tokens)
    figures = (standing.status, str(standing.n), rate, lower, cost, tokens, score)
    return entry.skill.name, entry.revision, *figures, entry.path


def _rates(standing: Standing) -> tuple[str, str, str]:
    return f"{standing.posterior:.2f}", f"{standing.lower:.2f}", _cost(standing.cost_per_success)


def _cost(amount: float | None) -> str:
    return _UNKNOWN if amount is None else f"{amount:.6f}"


def _figures(standing: Standing) -> dict[str, object]:
    cost = standing.cost_per_success
    return {
        "verdict": standing.status,
        "by": "person" if standing.is_by_person else "evidence",
        "n": standing.n,
        "successes": standing.successes,
        "failures": standing.failures,
        "base_rate": round(standing.base_rate, 4),
        "posterior": round(standing.posterior, 4),
        "lower": round(standing.lower, 4),
        "cost_per_success": None if cost is None else round(cost, 8),
    }
