"""The trajectory: all that happened to a model's attempt, one line each, from which it can be continued."""

from __future__ import annotations

import time

from scope.laws.ids import is_count
from scope.store import attemptdir, journal, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    Line = dict[str, Any]


class Trajectory:
    """An attempt's own lines behind those that it continues; all in memory, its own on disk too."""

    __slots__ = ("_inherited", "lines", "path")

    def __init__(self, attempt_directory: str, inherited: Sequence[Line] = ()) -> None:
        self.path = attemptdir.trajectory(attempt_directory)
        self.lines: list[Line] = list(inherited)
        self._inherited = len(self.lines)

    @property
    def own(self) -> list[Line]:
        """The lines of this attempt."""
        return self.lines[self._inherited :]

    def add(self, kind: str, *, is_durable: bool = True, **said: Any) -> Line:  # noqa: ANN401 - JSON
        """Write a line; when this returns it is there for good. Raises StoreFault."""
        line = {"time": _now(), "kind": kind, **said}
        journal.append(self.path, line, is_durable=is_durable)
        self.lines.append(line)
        return line

    def of_kind(self, *kinds: str) -> Iterator[Line]:
        """Yield the lines of these kinds, the newest first."""
        return (line for line in reversed(self.lines) if line["kind"] in kinds)

    @property
    def step(self) -> int:
        """The number of the last reply, 0 before the first; what is continued is counted on."""
        return next((line["step"] for line in self.of_kind("reply")), 0)


def inherited(session_directory: str, number: int) -> list[Line]:
    """Return the lines of an attempt, behind those that it continued itself."""
    lines: list[Line] = []
    below = number + 1
    while 0 < number < below:  # each continues an earlier one, also where somebody edited it
        of_attempt = list(_whole(attemptdir.trajectory(layout.attempt(session_directory, number))))
        lines = of_attempt + lines
        said = next((str(line.get("attempt")) for line in of_attempt if line["kind"] == "resumes"), "")
        below, number = number, int(said) if is_count(said) else 0
    return lines


def _whole(path: str) -> Iterator[Line]:
    for _, line in journal.read(path):
        if _is_one(line):
            yield line


def _is_one(line: Line) -> bool:
    """Tell whether a line is one of ours; a person may have edited it."""
    kind = line.get("kind")
    number = {"reply": "step", "elided": "before", "summary": "before"}.get(str(kind), "")
    return (
        isinstance(kind, str)
        and isinstance(line.get("step", 0), int)
        and (not number or isinstance(line.get(number), int))
    )


def _now() -> str:
    at = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03d}Z"
