"""What the worker does when the router's answer is no reply: wait, ask again, or end. Decided purely."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, TypeAlias

    Verdict: TypeAlias = "Pause | Shorten | Park | Give | Stand"

WAIT_AT_MOST_S: Final = 60.0
FIRST_PAUSE_S: Final = 1.0  # then twice as long each time
MOST_PAUSES: Final = 5
MOST_LIMITS: Final = 10  # waits in place for a time that a provider named, one behind the other
_UNREACHABLE_FIRST_S: Final = 0.05
_UNREACHABLE_LONGEST_S: Final = 1.0


class Pause:
    """Wait so long, then ask again; `until_s` is the moment that a provider named, if one did."""

    __slots__ = ("seconds", "until_s")

    def __init__(self, seconds: float, until_s: float | None = None) -> None:
        self.seconds = seconds
        self.until_s = until_s


class Shorten:
    """The prompt is too long: leave more of it out, and ask again."""

    __slots__ = ()


class Park:
    """Nothing may be spent now: end, and be continued at that moment, or when somebody knows better."""

    __slots__ = ("until_s",)

    def __init__(self, until_s: float | None) -> None:
        self.until_s = until_s


class Give:
    """Give up, as a failure of this class."""

    __slots__ = ("of_class",)

    def __init__(self, of_class: str) -> None:
        self.of_class = of_class


class Stand:
    """The attempt is over already: say nothing more."""

    __slots__ = ()


class Trouble:
    """What went wrong with one question so far."""

    __slots__ = ("limits", "pauses")

    def __init__(self) -> None:
        self.limits = 0
        self.pauses = 0


def judged(status: int, error: dict[str, Any], trouble: Trouble, now_s: float) -> Verdict:
    """Decide what follows from an answer that is no reply; counts it in `trouble`."""
    code = error.get("code")
    match status:
        case 429:
            return _limited(error.get("retry_at"), trouble, now_s)
        case 402:
            return Give("budget")
        case 400 | 413 if code == "context":
            return Shorten()
        case 401 | 403:
            return Stand() if code == "closed" else Give("policy")
    if code in ("key", "no_model"):
        return Give("policy")  # a person must configure something: asking again only costs time
    if status >= 500:  # noqa: PLR2004 - HTTP's own
        return _pause(trouble) or Give("resource" if code == "ledger" else "transient")
    return Give("unknown")


def _limited(retry_at: object, trouble: Trouble, now_s: float) -> Verdict:
    if not isinstance(retry_at, int | float) or isinstance(retry_at, bool):
        return _pause(trouble) or Park(None)
    until_s = float(retry_at)
    trouble.limits += 1
    if until_s - now_s > WAIT_AT_MOST_S or trouble.limits > MOST_LIMITS:
        return Park(until_s)
    return Pause(max(0.0, until_s - now_s), until_s)


def _pause(trouble: Trouble) -> Pause | None:
    trouble.pauses += 1
    return Pause(FIRST_PAUSE_S * 2.0 ** (trouble.pauses - 1)) if trouble.pauses <= MOST_PAUSES else None


def unreachable_s(times: int) -> float:
    """Return how long to wait for a router that gave no answer so many times."""
    return float(min(_UNREACHABLE_LONGEST_S, _UNREACHABLE_FIRST_S * 2.0 ** min(times, 10)))
