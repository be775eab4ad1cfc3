"""Tokens: what an attempt shows the router, so that the router knows whose call it is.

A token says its session and attempt, signed with a secret of the root: nothing has to be kept, and
the tokens of running attempts outlive the router.
"""

from __future__ import annotations

import os

from scope.errors import StoreFault
from scope.laws.ids import is_count, is_id
from scope.store import atomic, layout, rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_PREFIX: Final = "scope"
_SECRET_BYTES: Final = 32
_PARTS: Final = 4
_MARK: Final = 12


def make(root: str, session: str, attempt: int) -> str:
    """Return the token of an attempt; raises StoreFault."""
    return f"{_PREFIX}-{session}-{attempt}-{_signature(root, session, str(attempt))}"


def verify(root: str, text: str) -> tuple[str, int] | None:
    """Return the session and the attempt that a token speaks for; None where nobody here made it."""
    import hmac  # noqa: PLC0415 - the watcher makes tokens, and most of its sessions need none

    parts = text.split("-")
    if len(parts) != _PARTS or parts[0] != _PREFIX or not is_id(parts[1]) or not is_count(parts[2]):
        return None
    if not hmac.compare_digest(_signature(root, parts[1], parts[2]).encode(), parts[3].encode("utf-8", "replace")):
        return None
    return parts[1], int(parts[2])


def mark(root: str, secret: str) -> str:
    """Return what tells one key from another and says nothing of either; raises StoreFault."""
    return _signature(root, "key", secret)[:_MARK]


def _signature(root: str, session: str, attempt: str) -> str:
    import hashlib  # noqa: PLC0415 - as above
    import hmac  # noqa: PLC0415

    return hmac.new(_secret(root), f"{session}/{attempt}".encode(), hashlib.sha256).hexdigest()


def _secret(root: str) -> bytes:
    """Return the root's secret; whoever needs it first makes it, and it is never replaced.

    It is read each time: two processes that keep one in memory would disagree once somebody clears `run/`.
    """
    path = rundir.router_secret(root)
    secret = (atomic.read(path, atomic.SMALL) or "").strip()
    if not secret:
        atomic.directory(layout.run(root))
        _make(path)
        secret = (atomic.read(path, atomic.SMALL) or "").strip()
    if len(secret) < 2 * _SECRET_BYTES:
        raise StoreFault("cannot use", path, "it holds no secret", f"remove it: rm {path}; running models begin again")
    return secret.encode()


def _make(path: str) -> None:
    """Put a new secret in place, complete from its first instant, unless another was faster."""
    aside = f"{path}.new-{os.urandom(8).hex()}"
    atomic.create(aside, f"{os.urandom(_SECRET_BYTES).hex()}\n")
    try:
        os.link(aside, path)
    except FileExistsError:
        return
    except OSError as error:
        raise StoreFault("cannot write", path, error.strerror or str(error)) from error
    finally:
        atomic.remove(aside)
