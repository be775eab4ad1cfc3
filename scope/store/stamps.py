"""Stamps: whether what a file looked like can tell that it has changed since.

Two changes within one tick of the kernel's clock carry one time, and a file that was changed in place may keep its
size; git calls such an entry of its index racily clean. So what had just been changed is read again at the next look.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_TICK_NS: Final = 50_000_000  # longer than any tick


def is_settled(changed_ns: int, looked_ns: int) -> bool:
    """Tell whether a further change would show: of a file that says it changed then, at a look that began then."""
    return abs(looked_ns - changed_ns) > _TICK_NS
