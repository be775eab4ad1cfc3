"""Faults: how the router says no, and what a provider said of when to come back."""

from __future__ import annotations

import email.utils
import math
import re
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_RESETS: Final = ("x-ratelimit-reset-requests", "x-ratelimit-reset-tokens")
_REMAINING: Final = ("x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens")
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST_S: Final = 366 * 86400.0
_LONGEST_MESSAGE: Final = 2000
_STATUS_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}


class Fault(Exception):
    """A call that is not answered: the status, one word for programs, and words for people."""

    def __init__(self, status: int, code: str, message: str, *, retry_at: float | None = None, **scope: str) -> None:
        self.status = status
        self.code = code
        self.message = message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…"
        self.retry_at = retry_at  # unix seconds
        self.scope = scope
        self.is_lost = False  # nobody knows what the provider made of it, nor what it billed
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        """Return the body of the answer, in OpenAI's form."""
        kind = _STATUS_TYPES.get(self.status, "server_error")
        error: dict[str, Any] = {"message": self.message, "type": kind, "code": self.code}
        if self.retry_at is not None:
            error["retry_at"] = self.retry_at
        return {"error": error, "scope": self.scope} if self.scope else {"error": error}

    def headers(self, now: float) -> dict[str, str]:
        """Return what HTTP says about when to come back."""
        if self.retry_at is None:
            return {}
        return {"Retry-After": str(max(0, math.ceil(self.retry_at - now)))}


def worst(failures: Sequence[Fault], refusals: Sequence[Fault], limited: Mapping[str, float], level: int) -> Fault:
    """Return the one fault that says best why nobody answered: when to come back, if anybody said.

    `limited` are the models that are not asked before a time that their provider named.
    """
    named = [*limited.values(), *(fault.retry_at for fault in failures if fault.retry_at is not None)]
    if named:
        said = [fault.message for fault in failures if fault.code == "rate_limit"]
        until = time.strftime("%H:%M:%S", time.gmtime(min(named)))
        words = "; ".join(said) or f"{', '.join(limited)}: rate limited"
        return Fault(429, "rate_limit", f"{words} (until {until} UTC)", retry_at=min(named))
    others = [fault for fault in failures if fault.code != "rate_limit"]
    found = (others or failures)[-1:] or refusals[:1]
    return found[0] if found else Fault(503, "no_model", f"there is no model at level {level}")


def retry_at(headers: Mapping[str, str], now: float) -> float | None:
    """Return when a provider wants to be asked again (unix seconds); None where it named no time.

    Of OpenAI's two resets the one that counts is the one of which nothing remains.
    """
    named = {name.lower(): value.strip() for name, value in headers.items()}
    after_ms = _number(named.get("retry-after-ms", ""))
    if after_ms is not None:
        return now + after_ms / 1000
    after = named.get("retry-after", "")
    after_s = _number(after)
    if after_s is None and after:
        return _date(after, now)
    if after_s is not None:
        return now + after_s
    spent = [reset for reset, rest in zip(_RESETS, _REMAINING, strict=True) if named.get(rest) == "0"]
    lengths = [length for name in spent if (length := _length_s(named.get(name, ""))) is not None]
    return now + max(lengths) if lengths else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= _LONGEST_S else None


def _date(text: str, now: float) -> float | None:
    try:
        at = email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(at, now) if at <= now + _LONGEST_S else None


def _length_s(text: str) -> float | None:
    """Read `6m0s`, `1.5s`, `20ms`."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS_S[unit] for number, unit in parts)
