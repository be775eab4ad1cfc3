"""What a check found: whether it is right, whether work needs it, what is there, and the way on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[str | None], list["Finding"]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    `mend` does what `scope doctor --fix` may do about it, and says what that was; it raises ScopeError.
    """

    check: str
    is_ok: bool
    says: str
    repair: str = ""
    is_needed: bool = False
    mend: Callable[[], str] | None = None

    @property
    def is_wrong(self) -> bool:
        """Tell whether work is held up by it."""
        return self.is_needed and not self.is_ok

    def as_json(self) -> dict[str, object]:
        """Return the documented keys."""
        return {
            "check": self.check, "ok": self.is_ok, "needed": self.is_needed, "says": self.says, "repair": self.repair
        }  # fmt: skip
