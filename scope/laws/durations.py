"""Durations as people write them: `90`, `500ms`, `10m`, `1h30m`, `2d`."""

from __future__ import annotations

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_LONGEST = 1e9  # thirty years; clocks and selects fail on what is much longer
_NONE = -1.0


def seconds(text: str) -> float | None:
    """Return the seconds that `text` says, or None where it says none; a bare number is seconds."""
    text = text.strip()
    if not text or not text.isascii() or not text.isprintable() or "_" in text:
        return None
    try:
        length = float(text)
    except ValueError:
        length = _with_units(text)
    return abs(length) if 0 <= length <= _LONGEST else None


def _with_units(text: str) -> float:
    total, number, unit = 0.0, "", ""
    for c in [*text, "\0"]:
        if (c.isdigit() or c in ".\0") and unit:
            if unit not in _UNITS or not number or number.count(".") > 1 or number == ".":
                return _NONE
            total += float(number) * _UNITS[unit]
            number, unit = "", ""
        if c.isdigit() or c == ".":
            number += c
        elif c != "\0":
            unit += c
    return _NONE if number or unit else total


def words(duration_s: float) -> str:
    """Say a duration in at most two units: `4s`, `3m20s`, `2h`, `5d3h`."""
    left = int(duration_s)
    if left < 1:
        return "0s" if duration_s <= 0 else f"{int(duration_s * 1000)}ms"
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
        elif parts:
            break
    return "".join(parts[:2])
