"""What could take hours comes to an end: a bound on processor time that only a blow-up reaches, on any machine."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_AT_MOST_S = 30.0  # of what takes a second or two


@contextmanager
def comes_to_an_end() -> Iterator[None]:
    """Fail the test where what is done within uses more processor time than any machine needs for it."""

    def give_up(*_: int | FrameType | None) -> None:
        raise AssertionError(f"no end within {_AT_MOST_S} s of processor time")

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, _AT_MOST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
