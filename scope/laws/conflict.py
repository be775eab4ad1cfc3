"""Why work could not be landed, as its next attempt is told: which files, what met in them, whose change it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_FILES: Final = 5
_HUNK: Final = 12
_CHANGES: Final = 3
_PRINTED: Final = 25
_OURS, _BASE, _THEIRS, _END = "<<<<<<<", "|||||||", "=======", ">>>>>>>"


@dataclass(frozen=True, slots=True)
class Clash:
    """One file in which two changes met."""

    file: str
    text: str = ""  # as the merge left it, with its marks
    changes: tuple[str, ...] = ()  # that were there before: a commit and its title each


@dataclass(frozen=True, slots=True)
class Setback:
    """What is told of work that comes back: the error in a line, what it is about, and the lines below."""

    headline: str
    on: str
    lines: tuple[str, ...]

    def text(self) -> str:
        """Return it whole."""
        return "\n".join((self.headline, *self.lines)) + "\n"


def of_clashes(into: str, clashes: Sequence[Clash], earlier: str) -> Setback:
    """Return what is told of work that conflicts with a branch; `earlier` is where its own changes are kept."""
    names = [clash.file for clash in clashes]
    lines = []
    for clash in clashes[:_FILES]:
        lines.append(f"CONFLICT in {clash.file}")
        lines += [f"  met {change}" for change in clash.changes[:_CHANGES]]
        lines += [f"  {line}" for line in shortened(hunks(clash.text), _HUNK)]
    if len(clashes) > _FILES:
        lines.append(f"and {len(clashes) - _FILES} more files")
    return Setback(
        f"it conflicts with '{into}' in {_listed(names)}",
        f"conflict in {min(names, default='')}",
        (*lines, *_way_on(into, earlier)),
    )


def of_check(into: str, check: str, how: str, printed: Sequence[str], earlier: str) -> Setback:
    """Return what is told of work whose check fails once it is merged; `how` says how it ended."""
    said = [line for line in printed if line.strip()]
    return Setback(
        f"merged into '{into}', its check {how}" + (f": {said[-1].strip()[:200]}" if said else ""),
        "",
        (f"check: {check}", *(f"  {line}" for line in shortened(said, _PRINTED)), *_way_on(into, earlier)),
    )


def of_refusal(into: str, words: str, earlier: str) -> Setback:
    """Return what is told of work that git does not merge for another reason, such as a hook."""
    return Setback(f"git does not merge it into '{into}': {words}", "", _way_on(into, earlier))


def hunks(text: str) -> Iterator[str]:
    """Yield the lines of a file's conflicts with their marks, and nothing of what is between them."""
    is_within = is_base = False
    for line in text.splitlines():
        is_within = is_within or line.startswith(_OURS)
        is_base = is_within and (line.startswith(_BASE) or (is_base and not line.startswith(_THEIRS)))
        if is_within and not is_base:
            yield line
        if line.startswith(_END):
            is_within = is_base = False


def shortened(lines: Iterable[str], at_most: int) -> list[str]:
    """Return the first and the last of many lines, and between them how many are left out."""
    held = list(lines)
    if len(held) <= at_most:
        return held
    first = (at_most - 1) // 2
    last = at_most - 1 - first
    return [*held[:first], f"… {len(held) - first - last} lines …", *held[-last:]]


def _way_on(into: str, earlier: str) -> tuple[str, ...]:
    return (f"This attempt begins on the newest '{into}'. What the one before changed: git apply --3way {earlier}",)


def _listed(names: Sequence[str]) -> str:
    left = len(names) - _FILES
    return ", ".join(names[:_FILES]) + (f" and {left} more" if left > 0 else "")
