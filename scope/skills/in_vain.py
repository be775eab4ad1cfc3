"""What not to do: advice that a failure was not mended by, remembered by its fingerprint for whoever advises next."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from scope.store import atomic, journal, skilldir

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST: Final = 4000
_LONGEST_ERROR: Final = 400


@dataclass(frozen=True, slots=True)
class Vain:
    """One advice that was followed and did not help: what it was, for which failure, and how it ended."""

    id: str
    time: str
    fingerprint: str
    job_type: str
    level: str
    instructions: str
    variables: tuple[tuple[str, str], ...]
    error: str
    session: str
    attempt: int


def remember(root: str, vain: Vain) -> None:
    """Append what did not help; the same one again changes nothing. Raises StoreFault."""
    kept = replace(
        vain,
        instructions=atomic.writable(vain.instructions, _LONGEST),
        error=atomic.writable(vain.error, _LONGEST_ERROR),
    )
    path = skilldir.in_vain(root)
    atomic.directory(path.rpartition("/")[0])
    journal.append(path, asdict(kept))


def of(root: str, fingerprint: str, job_type: str, at_most: int = 5) -> tuple[Vain, ...]:
    """Return what did not help against this failure, then against others of such work; the newest first.

    A line that is none is passed over. Raises StoreFault.
    """
    same: dict[str, Vain] = {}
    akin: dict[str, Vain] = {}
    for _, line in journal.read(skilldir.in_vain(root)):
        is_same = bool(fingerprint) and line.get("fingerprint") == fingerprint
        if not is_same and not (job_type and line.get("job_type") == job_type):
            continue
        vain = _vain(line)
        if vain is not None:
            (same if is_same else akin)[vain.id] = vain
    return (*_newest(same.values(), at_most), *_newest(akin.values(), at_most))[: max(0, at_most)]


def _newest(found: Iterable[Vain], at_most: int) -> Iterable[Vain]:
    return reversed(deque(found, maxlen=max(0, at_most)))


def _vain(line: Mapping[str, Any]) -> Vain | None:
    kept = {field.name: line.get(field.name) for field in fields(Vain)}
    pairs, attempt = kept.pop("variables"), kept.pop("attempt")
    if not isinstance(pairs, list) or not isinstance(attempt, int):
        return None
    if not all(isinstance(value, str) for value in kept.values()):
        return None
    try:
        variables = tuple((str(name), str(value)) for name, value in pairs)
    except (TypeError, ValueError):
        return None
    return Vain(**kept, variables=variables, attempt=attempt)  # type: ignore[arg-type]
