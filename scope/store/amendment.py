"""Amending the frontmatter of a file that people edit too: single keys change, every other byte stays.

What cannot be changed line by line, such as all keys in one, is left to the person.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from scope.store import document, frontmatter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scope.store.document import Document

    Written: TypeAlias = str | Sequence[str] | Mapping[str, str]

_FENCE: Final = "---"
# The rest of a line behind `key:`: a value that ends on it, then perhaps a person's comment.
_COMMENT: Final = re.compile(
    r"""(?:\s*(?:"[^"\\]*"|'[^']*'|\{[^{}#]*\}|\[[^\[\]#]*\]|[^\s"'{}\[\]|>#][^#]*?))?(\s+#.*)?$"""
)


def amended(before: str, changes: Mapping[str, Written]) -> str | None:
    """Return the text with these keys of its frontmatter changed and every other byte as it was.

    None where a line cannot be changed by itself: then only a person can.
    """
    try:
        was = document.parse(before)
    except (document.Unfinished, document.Malformed):
        return None
    lines = before.split("\n")
    end = next((at for at, found in enumerate(lines) if at and found.rstrip() == _FENCE), None)
    if end is None or not was.lines:
        return None
    starts = sorted(at - 1 for at in was.lines.values())
    # From below, so that the numbers above stay true.
    for key in sorted(changes, key=lambda key: was.lines.get(key, end + 1), reverse=True):
        at = was.lines[key] - 1 if key in was.lines else end
        below = min((start for start in starts if start > at), default=end) if key in was.lines else end
        lines[at:below] = _replaced(lines[at:below], key, changes[key], lines[0])
    after = "\n".join(lines)
    return after if _differ_only_in(was, after, changes) else None


def line(key: str, value: Written) -> str:
    """Return the line that says it; nothing behind the colon for an empty text, for a person to fill in."""
    return f"{key}:{_behind(value)}"


def sound(written: str) -> str:
    """Return a text without halves of letters, which no YAML may carry."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in written)


def _replaced(held: list[str], key: str, value: Written, fence: str) -> list[str]:
    """Return the lines of one key with another value; blank lines and comments among them stay."""
    carriage = "\r" if fence.endswith("\r") else ""
    first = held[0].rstrip("\r") if held else f"{key}:"
    comment = _COMMENT.match(first.partition(":")[2])
    kept = [below for below in held[1:] if not below.strip() or below.lstrip().startswith("#")]
    said = line(first.partition(":")[0], value)
    return [said + ((comment and comment[1]) or "") + carriage, *kept]


def _differ_only_in(was: Document, after: str, changes: Mapping[str, Written]) -> bool:
    try:
        became = document.parse(after)
    except (document.Unfinished, document.Malformed):
        return False
    same = {key: node for key, node in was.keys.items() if key not in changes}
    wanted = {key: sound(value) if isinstance(value, str) else became.keys.get(key) for key, value in changes.items()}
    return became.body == was.body and became.keys == {**same, **wanted}


def _behind(value: Written) -> str:
    if isinstance(value, str):
        return f" {_scalar(value)}" if value else ""
    if hasattr(value, "items"):
        return f" {{{', '.join(f'{_scalar(key)}: {_scalar(item)}' for key, item in value.items())}}}"
    return f" [{', '.join(map(_scalar, value))}]"


def _scalar(value: str) -> str:
    """Write one string as `store.frontmatter` does, but leave every letter readable."""
    value = sound(value)
    plain = frontmatter.scalar(value)
    if not plain.startswith('"'):
        return plain
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else _escaped(c) for c in value) + '"'


def _escaped(character: str) -> str:
    return "\\n" if character == "\n" else frontmatter.scalar(character)[1:-1]
