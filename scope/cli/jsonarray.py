"""A list for programs: one JSON array, with each element on a line of its own.

So `jq` reads it, and `grep` does. An encoder that indents is Python's own and slow: a thousand sessions
took it longer than all else.
"""

from __future__ import annotations

import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def write(elements: Iterable[Mapping[str, object]]) -> None:
    """Print the elements as one array."""
    lines = ",\n".join(f"  {json.dumps(element)}" for element in elements)
    sys.stdout.write(f"[\n{lines}\n]\n" if lines else "[]\n")
