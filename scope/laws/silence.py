"""A silence: what a person does not want to hear of until a time; it lies in the inbox all the same.

The matchers are Alertmanager's: `key=value`, `key!=value`, `key=~regex` and `key!~regex`, the regex
over the whole value. A session is matched by its id or its name, and with `=` as a glob.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scope.laws import schema
from scope.laws.ids import is_name
from scope.laws.schema import Key, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scope.laws.schema import Node

Operator: TypeAlias = Literal["=", "!=", "=~", "!~"]
Facts: TypeAlias = "Mapping[str, tuple[str, ...]]"
"""What is true of a case: all its values by their key; of sessions an id with the name behind a slash."""

SESSION: Final = "session"
LABEL: Final = "label."
MATCHED: Final = (
    "fingerprint", "class", "kind", "job_type", "entity_type", "agent", "supervisor", SESSION
)  # fmt: skip
KEYS: Final[tuple[Key, ...]] = (
    Key("match", "words", "what is silenced; all must match", "[job_type=run-tests, label.team=~web.*]"),
    Key("until", "word", "when it ends", "2026-12-31T00:00:00Z"),
    Key("by", "text", "who made it", "person"),
    Key("made", "word", "when it was made", "2026-01-31T12:00:00Z"),
)
_MATCHER: Final = re.compile(r"([a-z_]+(?:\.[A-Za-z0-9._-]+)?)\s*(!=|=~|!~|=)\s*(.*)", re.DOTALL)
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a case."""

    key: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        return f"{self.key}{self.operator}{self.value}"


@dataclass(frozen=True, slots=True)
class Silence:
    """What is silenced, until when (as written), and why."""

    id: str
    matchers: tuple[Matcher, ...]
    until: str
    why: str = ""
    by: str = ""
    made: str = ""


def matcher(text: str) -> Matcher | str:
    """Return the matcher that a person wrote, or what is wrong with it."""
    found = _MATCHER.fullmatch(text.strip())
    if found is None:
        return f"a matcher is KEY=VALUE, KEY!=VALUE, KEY=~REGEX or KEY!~REGEX, not '{text[:80]}'"
    key, operator, value = found.groups()
    if key not in MATCHED and not (key.startswith(LABEL) and is_name(key[len(LABEL) :])):
        meant = schema.nearest(key, [*MATCHED])
        more = f"did you mean '{meant}'?" if meant else f"there is {', '.join(MATCHED)} and label.NAME"
        return f"no case has a '{key[:80]}': {more}"
    if not value or len(value) > _LONGEST or not value.isprintable():
        return f"'{key}' takes a value of one line, at most {_LONGEST} characters"
    if operator.endswith("~"):
        try:
            re.compile(value)
        except (re.error, OverflowError) as error:  # a{99999999999}
            return f"'{value}' is no regular expression: {error}"
    return Matcher(key, operator, value)  # type: ignore[arg-type] # one of the four, by the pattern


def parse(silence_id: str, keys: Mapping[str, Node], body: str) -> Silence | Problem:
    """Return the silence, or the first thing that is wrong with it."""
    values = schema.values(keys, KEYS)
    if isinstance(values, Problem):
        return values
    words = values.get("match")
    if not isinstance(words, tuple) or not words:
        return Problem("match", "'match' takes what is silenced, such as [job_type=run-tests]")
    matchers = []
    for word in words:
        found = matcher(str(word))
        if isinstance(found, str):
            return Problem("match", f"in 'match': {found}")
        matchers.append(found)
    until = str(values.get("until", ""))
    if _instant(until) is None:
        return Problem("until", "'until' takes a time with its zone such as 2026-12-31T00:00:00Z")
    said = (str(values.get(key, "")) for key in ("by", "made"))
    return Silence(silence_id, tuple(matchers), until, body.strip(), *said)


def ends(silence: Silence) -> float:
    """Return the unix seconds at which a silence ends."""
    return _instant(silence.until) or 0.0


def is_over(silence: Silence, now_unix_s: float) -> bool:
    """Tell whether a silence has ended."""
    return ends(silence) <= now_unix_s


def silences(silence: Silence, facts: Facts) -> bool:
    """Tell whether a silence is about a case: each matcher holds for all that the case has of its key."""
    return all(_holds(each, facts.get(each.key, ())) for each in silence.matchers)


def first_about(found: Iterable[Silence], facts: Facts, now_unix_s: float) -> Silence | None:
    """Return a silence that holds now and is about a case: of several the one that ends last."""
    about = [each for each in found if not is_over(each, now_unix_s) and silences(each, facts)]
    return max(about, key=ends, default=None)


def _holds(wanted: Matcher, values: Sequence[str]) -> bool:
    if wanted.operator.startswith("!"):
        return not any(_is_like(wanted, value) for value in values)
    # One of many sessions that is not meant deserves to be heard.
    return bool(values) and all(_is_like(wanted, value) for value in values)


def _is_like(wanted: Matcher, value: str) -> bool:
    either = [part for part in value.split("/", 1) if part] if wanted.key == SESSION else [value]
    if wanted.operator.endswith("~"):
        pattern = re.compile(wanted.value, re.DOTALL)
        return any(pattern.fullmatch(part) for part in either)
    if wanted.key == SESSION:
        return any(fnmatchcase(part, wanted.value) for part in either)
    return value == wanted.value


def _instant(text: str) -> float | None:
    try:
        at = datetime.fromisoformat(text)
        return at.timestamp() if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
