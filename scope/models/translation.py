"""Translation: what litellm raises, in words of ours. Nothing else leaves the gateway."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from scope.models import faults
from scope.models.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scope.laws.roster import Deployment

_Foreign: TypeAlias = Any
_TALK_OF_OURS: Final = "\n\nLiteLLM: "
# The provider may have read the prompt, and billed it, though no answer of it arrived whole.
_LOST: Final = frozenset((
    "ClientPayloadError", "JSONDecodeError", "MidStreamFallbackError", "ReadError", "ReadTimeout",
    "RemoteProtocolError", "ServerDisconnectedError", "SocketTimeoutError", "TimeoutError",
))  # fmt: skip
_NO_CONNECTION: Final = "Connection error."
# litellm's names for what happened, which are often wrong, before the provider's own words.
_NAMED: Final = re.compile(r"(?:litellm\.)?(?:[A-Za-z]*(?:Error|Exception|Timeout))(?: -|:) +(?=\S)")
_UNREACHED: Final = frozenset(("ClientConnectorError", "ConnectError", "ConnectTimeout", "ConnectionTimeoutError"))


def fault(litellm: _Foreign, deployment: Deployment, error: Exception) -> Fault:
    """Say what went wrong, whatever it is that was raised."""
    if isinstance(error, Fault):
        return error
    said = _translated(litellm, deployment, error)
    causes = set(_causes(error))
    is_read = bool(_LOST & causes) and not _UNREACHED & causes
    said.is_lost = said.code in ("provider", "timeout") and is_read
    return said


def _translated(litellm: _Foreign, deployment: Deployment, error: Exception) -> Fault:
    who = deployment.model
    words = _words(error)
    status = getattr(error, "status_code", None)
    if isinstance(error, litellm.ContextWindowExceededError):
        return Fault(400, "context", f"{who}: {words}")
    if isinstance(error, litellm.RateLimitError) or status == 429:  # noqa: PLR2004
        return Fault(429, "rate_limit", f"{who}: {words}", retry_at=faults.retry_at(_headers(error), time.time()))
    if isinstance(error, litellm.Timeout | TimeoutError):
        return Fault(504, "timeout", f"{who} gave no answer within {deployment.timeout:g} s")
    if status in (401, 403):
        whose = deployment.api_key_env or deployment.api_key_file or " ".join(deployment.api_key_command[:1])
        return Fault(502, "key", f"{who} refuses the key ({whose or 'none is configured'}): {words}")
    if status in (400, 413, 422):
        return Fault(400, "request", f"{who}: {words}")
    if _UNREACHED & set(_causes(error)) or words == _NO_CONNECTION:
        return Fault(502, "provider", f"{who}: nothing answers at {deployment.base_url or 'its provider'}")
    return Fault(502, "provider", f"{who}: {words}")


def _headers(error: Exception) -> dict[str, str]:
    """Return the provider's headers, wherever litellm keeps them for this provider."""
    of_response = getattr(getattr(error, "response", None), "headers", None)
    return {**dict(of_response or {}), **dict(getattr(error, "litellm_response_headers", None) or {})}


def _words(error: Exception) -> str:
    words = str(getattr(error, "message", "") or error).partition(_TALK_OF_OURS)[0]
    while (found := _NAMED.match(words)) is not None:
        words = words[found.end() :]
    return " ".join(words.split()) or type(error).__name__


def _causes(error: BaseException) -> Iterable[str]:
    at: BaseException | None = error
    for _ in range(10):
        if at is None:
            return
        yield type(at).__name__
        at = at.__cause__ or at.__context__
