"""From a terminal's bytes to plain text."""

from __future__ import annotations

import re

# CSI, OSC and the like (ended by BEL or ST), two-character sequences, and other control bytes.
_ESCAPES = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"
    rb"|\x1b[\]PX^_][^\x07\x1b\r\n]*(?:\x07|\x1b\\|(?=[\r\n]|$))"  # one that never ends, ends with its line
    rb"|\x1b[ -/]*[0-~]"
    rb"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]"
)
_MARKER = re.compile(rb"\x1b\]7797;scope exit [0-9]+\x1b\\")
_RETURNS = re.compile(rb"\r+\n")


def plain(raw: bytes) -> bytes:
    """Remove escape sequences and control characters; lines end in LF, tabs stay."""
    return _RETURNS.sub(b"\n", _ESCAPES.sub(b"", raw).replace(b"\x1b", b""))


def without_marker(raw: bytes) -> bytes:
    """Remove the wrapper's end marker, and nothing else."""
    return _MARKER.sub(b"", raw)


def overwritten(raw: bytes) -> bytes:
    """Keep of each line what stands after its last carriage return, as a screen would show a progress bar."""
    lines = _RETURNS.sub(b"\n", raw).split(b"\n")
    return b"\n".join(line.rstrip(b"\r").rpartition(b"\r")[2] for line in lines)
