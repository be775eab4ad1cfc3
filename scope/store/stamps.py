"""Stamps: whether what a file looked like can tell that it has changed since.

Two changes within one tick of the kernel's clock carry one time, and a file that was changed in place may keep its
size; git calls such an entry of its index racily clean. So what had just been changed is read again at the next look.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_TICK_NS: Final = 50_000_000  # longer than those of Linux and macOS
_AHEAD_NS: Final = 3_600_000_000_000  # a file server's clock; what is later still was dated so on purpose


def is_settled(changed_ns: int, looked_ns: int) -> bool:
    """Tell whether a further change would show: of a file that says it changed then, at a look that began then."""
    return not -_AHEAD_NS <= looked_ns - changed_ns <= _TICK_NS
