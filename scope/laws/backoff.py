"""How long to wait before the next try: twice as long each time, and not all at once."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

_SHORTEST_S: Final = 0.001
_MOST_DOUBLINGS: Final = 1000  # far beyond any cap, and still a float


def delay_s(number: int, seed: str, *, base_s: float, cap_s: float) -> float:
    """Return the delay before try `number` (from 1): between half and all of base · 2ⁿ⁻¹, at most the cap.

    The same number and seed give the same delay, so that whoever asks again after a crash waits for
    the same moment; many seeds that failed together spread.
    """
    doublings = min(max(number - 1, 0), _MOST_DOUBLINGS)
    longest_s = max(_SHORTEST_S, min(cap_s, base_s * 2.0**doublings))
    return longest_s * (0.5 + _fraction(f"{number}\0{seed}") / 2)


def _fraction(text: str) -> float:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
