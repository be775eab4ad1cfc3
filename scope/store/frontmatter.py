"""Writing frontmatter, without yaml: what `spawn` writes must not cost fifteen milliseconds."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

_PLAIN_FIRST: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.")
_PLAIN: Final = _PLAIN_FIRST | frozenset("-+=@%")
_LONGEST_SHORT: Final = 0xFFFF


def write(keys: Mapping[str, str | Sequence[str] | Mapping[str, str]], body: str) -> str:
    """Return a markdown document that `store.document.parse` reads back as the same keys and body."""
    lines = ["---"]
    for name, value in keys.items():
        if isinstance(value, str):
            lines.append(f"{name}: {scalar(value)}")
        elif hasattr(value, "items"):
            pairs = ", ".join(f"{scalar(key)}: {scalar(item)}" for key, item in value.items())
            lines.append(f"{name}: {{{pairs}}}")
        else:
            lines.append(f"{name}: [{', '.join(map(scalar, value))}]")
    lines += ["---", body]
    return "\n".join(lines)


def scalar(text: str) -> str:
    """Write one string: plain where that is safe everywhere in YAML, else in double quotes."""
    start = text.lstrip("-")[:1]
    if start and start in _PLAIN_FIRST and _PLAIN.issuperset(text) and not text.startswith("---"):
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if " " <= character <= "~":
        return character
    code = ord(character)
    # JSON would write what lies beyond 16 bits as two halves, which YAML refuses.
    return f"\\u{code:04x}" if code <= _LONGEST_SHORT else f"\\U{code:08x}"
