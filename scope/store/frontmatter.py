"""Writing frontmatter, without yaml: what `spawn` writes must not cost fifteen milliseconds."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

_PLAIN_FIRST: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.")
_PLAIN: Final = _PLAIN_FIRST | frozenset("-+=@%")


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
    import json  # noqa: PLC0415 - most words are plain

    return json.dumps(text)
