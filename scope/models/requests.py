"""Requests: what a client asks for, in OpenAI's form, and what of it goes on to a provider.

Only parameters that are known here go on: others could name another address for the provider's key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from scope.models.faults import Fault

PASSED: Final = frozenset((
    "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "n", "parallel_tool_calls",
    "presence_penalty", "reasoning_effort", "response_format", "seed", "stop", "temperature", "thinking",
    "tool_choice", "tools", "top_logprobs", "top_p", "verbosity",
))  # fmt: skip
_CHARACTERS_PER_TOKEN: Final = 3
_TOKENS_OF_AN_IMAGE: Final = 1600
_MOST_CHOICES: Final = 16


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it was asked for; `prompt_tokens` is an estimate, from above."""

    model: str
    messages: list[dict[str, Any]]
    options: dict[str, Any]
    max_tokens: int | None
    prompt_tokens: int
    is_stream: bool
    choices: int


def keys(raw: bytes) -> dict[str, str]:
    """Return the keys that a body hands over, by the variables that they stood in; raise Fault for anything else."""
    try:
        said = json.loads(raw)["keys"]
        return {str(name): str(value) for name, value in said.items() if value}
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise _wrong("'keys' has to be an object of names and keys") from error


def parse(raw: bytes) -> Request:
    """Return the request that a body holds; raise Fault for one that cannot be passed on."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"the body is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise _wrong("the body has to be an object")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        raise _wrong("'messages' has to be a list of messages")
    choices = _count(body, "n") or 1
    if choices > _MOST_CHOICES:
        raise _wrong(f"'n' is at most {_MOST_CHOICES}")
    return Request(
        model=str(body.get("model") or ""),
        messages=messages,
        options={name: value for name, value in body.items() if name in PASSED and value is not None},
        max_tokens=_count(body, "max_completion_tokens") or _count(body, "max_tokens"),
        prompt_tokens=_estimate(raw, messages),
        is_stream=body.get("stream") is True,
        choices=choices,
    )


def tokens(characters: int) -> int:
    """Return how many tokens a text of so many characters has at most, usually."""
    return -(-characters // _CHARACTERS_PER_TOKEN)


def _estimate(raw: bytes, messages: list[dict[str, Any]]) -> int:
    size, images = len(raw), 0
    if b"image_url" in raw:
        for message in messages:
            content = message.get("content")
            for part in content if isinstance(content, list) else ():
                url = part.get("image_url") if isinstance(part, dict) else None
                if url is not None:
                    size -= len(json.dumps(url))
                    images += 1
    return tokens(max(0, size)) + images * _TOKENS_OF_AN_IMAGE


def _count(body: dict[str, Any], name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _wrong(f"'{name}' has to be a whole number above 0")
    return value


def _wrong(says: str) -> Fault:
    return Fault(400, "request", says)
