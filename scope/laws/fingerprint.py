"""Telling like failures from unlike ones: a short name that every occurrence of one failure shares.

As Sentry does: what somebody says explicitly counts more than where it failed, and that more than the message,
of which only the words count. The name begins with the version of these rules: across versions nothing is alike.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

VERSION: Final = "1"
_DIGITS: Final = 12

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_OF_DAY: Final = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
# A date or time of day; else a run of the characters that names, numbers and paths are made of, or a URL.
_WORD: Final = re.compile(
    rf"(?P<time>{_DATE}(?:[T ]{_OF_DAY})?|[0-9]{{1,2}}:[0-9]{{2}}:[0-9]{{2}}(?:[.,][0-9]+)?)"
    r"|(?P<run>[\w.@%+~/#-]+)(?P<url>://[^\s'\"<>]*)?"
)
# Temporary names as Python and mktemp draw them.
_TEMPORARY: Final = re.compile(r"tmp[a-z0-9_]{8}|tmp\.[A-Za-z0-9]{6,10}")
_LENGTH: Final = re.compile(r"-?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?(?:[numµ]?s|m|h|d|min|secs?|[kKMGTP]?i?B)?")
_CLOCK: Final = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:d|h|m|s|ms))+")
# `E404` and `F401` are two errors: such a number is a word.
_CODE: Final = re.compile(r"[A-Z]{1,6}[0-9]{1,5}")
_FILE: Final = re.compile(
    r"[^.#][^#]*(?P<suffix>\.(?:py|pyi|js|jsx|ts|tsx|mjs|cjs|json|toml|ya?ml|cfg|ini|txt|md|lock|log|sh|c|h|cc|cpp|go|rs"
    r"|java|rb|php|css|html|xml|csv|sql|so|whl|gz|zip|tar|pem))"
)
_SUFFIX: Final = re.compile(r"[^./](?P<suffix>\.[A-Za-z]{1,8})$")
_PART: Final = re.compile(r"[^\W_]+")
_HEX: Final = re.compile(r"0[xX][0-9A-Fa-f]+|(?=[0-9A-Fa-f]*[0-9])[0-9A-Fa-f]{7,}")
_MIXED: Final = re.compile(r"(?=.{6})[A-Za-z]*[0-9]+[A-Za-z]+[0-9][0-9A-Za-z]*")
_NUMBER: Final = re.compile(r"[0-9]+")
_JOINED: Final = re.compile(r"#(?:[._,+-]#)+")


def fingerprint(*, job_type: str, of_class: str, check: str, error: str, explicit: str = "") -> str:
    """Return the fingerprint of one failure; `check` as the task words it, before anything is filled in."""
    parts = ("explicit", job_type, explicit) if explicit else ("seen", job_type, of_class, check, normalised(error))
    # Each part with its length, so that no two lists of parts read the same.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return f"{VERSION}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGITS]}"


def normalised(line: str) -> str:
    """Return the line with everything replaced that differs between two occurrences of one error.

    Numbers, ids and addresses become `#`, times `<time>`, and a path `<path>` with the suffix of its file:
    whether a .toml or a .so is missing makes two failures, in whose repository and under which name does not.
    What has been normalised stays as it is.
    """
    # No rule but those for paths and temporary names matches what holds no digit, and their results hold nothing of
    # what they look for: a second pass finds nothing to do.
    return _WORD.sub(_word, _UUID.sub("#", " ".join(line.split())))


def _word(match: re.Match[str]) -> str:
    if match["time"] is not None:
        return "<time>"
    if match["url"] is not None:
        return "<url>"
    run = match["run"]
    # The end of a sentence is no part of a name.
    bare = run.rstrip(".")
    return (_named(bare) if bare else "") + run[len(bare) :]


def _named(run: str) -> str:
    if "/" in run and any(c.isalpha() for c in run):
        suffix = _SUFFIX.search(run)
        return f"<path>{suffix['suffix']}" if suffix else "<path>"
    if _CODE.fullmatch(run):
        return run
    if _LENGTH.fullmatch(run) or _CLOCK.fullmatch(run):
        return "#"
    if _TEMPORARY.fullmatch(run):
        return "<path>"
    file = _FILE.fullmatch(run)
    if file:
        return f"<path>{file['suffix']}"
    return _JOINED.sub("#", _PART.sub(_part, run))


def _part(match: re.Match[str]) -> str:
    part = match[0]
    return "#" if _HEX.fullmatch(part) or _MIXED.fullmatch(part) else _NUMBER.sub("#", part)
