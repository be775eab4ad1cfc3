"""The gateway: the only door to litellm, which knows every provider's wire format.

Each deployment is a model group of its own in one litellm Router: litellm retries within it and
keeps its connections; which deployment is asked at all is decided elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from scope.laws.roster import Price
from scope.models import prices, translation
from scope.models.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scope.laws.roster import Deployment, Roster
    from scope.models.prices import Tokens
    from scope.models.requests import Request

_Foreign: TypeAlias = Any
"""What is litellm's; nothing of it leaves this room."""

_WINDOW: Final = 32768
_LATE_S: Final = 1.0  # litellm's own timeout comes first, and says more
_NEARLY_NOTHING: Final = 1e-15  # why a call costs nothing litellm wonders for two milliseconds, each time
_NO_KEY: Final = "none"  # servers on this machine take any
_LOGGERS: Final = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")


class Gateway:
    """Asks providers, and says what they answered in words of ours: an OpenAI body, or a Fault."""

    def __init__(self) -> None:
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would fetch prices from the network
        import litellm  # noqa: PLC0415 - two seconds, which nobody but the router has

        litellm.suppress_debug_info = True
        litellm.telemetry = False
        litellm.drop_params = True
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.setLevel(logging.CRITICAL)  # what fails is said by us, once
        self._litellm = litellm
        self._mapped = frozenset(litellm.model_cost)  # its Router adds models of ours, at no price
        self._infos: dict[str, dict[str, Any]] = {}
        self._served: tuple[Deployment, ...] = ()
        self._strange: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._router: Any = None

    def configure(self, roster: Roster) -> None:
        """Serve these deployments from now on; calls under way end as they began."""
        for one in roster.deployments:
            self._info(one.model)
        self._strange = {one.name: why for one in roster.deployments if (why := self._unknown(one))}
        self._served = tuple(one for one in roster.deployments if one.name not in self._strange)
        self._keys = {one.name: key for one in self._served if (key := self._keys.get(one.name))}
        self._connect()

    def _unknown(self, deployment: Deployment) -> str:
        """Say why litellm cannot serve a deployment; nothing where it can. One wrong name must not stop the others."""
        try:
            self._litellm.get_llm_provider(deployment.model, api_base=deployment.base_url or None)
        except Exception:  # noqa: BLE001 - whatever it is, there is no provider of that name
            provider = deployment.model.partition("/")[0]
            return f"{deployment.model}: litellm knows no provider '{provider}' (a server of OpenAI's kind is openai/…)"
        return ""

    def _connect(self) -> None:
        """Make litellm's Router anew: a key that goes with each call instead would cost it a millisecond."""
        from litellm.router import Router  # noqa: PLC0415 - as litellm itself
        from litellm.types.router import RetryPolicy  # noqa: PLC0415

        self._router = Router(
            model_list=[self._entry(one) for one in self._served],
            num_retries=0,
            disable_cooldowns=True,
            retry_policy=RetryPolicy(
                RateLimitErrorRetries=0,
                AuthenticationErrorRetries=0,
                BadRequestErrorRetries=0,
                ContentPolicyViolationErrorRetries=0,
                NotFoundErrorRetries=0,
            ),
        )
        # It counts for other ways of choosing than ours, which takes a fifth of each call.
        self._router.discard()
        self._router.increment_deployment_usage_for_response = _nothing
        self._router.set_response_headers = _unchanged

    def price(self, deployment: Deployment) -> Price | None:
        """Return a deployment's price; None where nobody knows it."""
        if deployment.price is not None:
            return deployment.price
        info = self._info(deployment.model)
        if not info or info.get("input_cost_per_token") is None:
            return None
        cached = info.get("cache_read_input_token_cost")
        million = 1_000_000
        return Price(
            float(info["input_cost_per_token"]) * million,
            float(info.get("output_cost_per_token") or 0.0) * million,
            None if cached is None else float(cached) * million,
        )

    def window(self, deployment: Deployment) -> int:
        """Return how many tokens a deployment's window holds."""
        known = self._info(deployment.model).get("max_input_tokens")
        return deployment.context or (known if isinstance(known, int) and known > 0 else _WINDOW)

    async def complete(self, deployment: Deployment, request: Request, max_tokens: int, key: str | None) -> Answer:
        """Return a deployment's answer; raises Fault."""
        at_most_s = deployment.timeout + _LATE_S
        try:
            async with asyncio.timeout(at_most_s):
                said = await self._ask(deployment, request, max_tokens, key)
            return Answer(_body(said), self._billed(deployment, said))
        except Exception as error:
            raise translation.fault(self._litellm, deployment, error) from error

    async def stream(
        self, deployment: Deployment, request: Request, max_tokens: int, key: str | None
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield a deployment's answer in OpenAI's chunks as they come; raises Fault."""
        said = None
        try:
            async with asyncio.timeout(deployment.timeout + _LATE_S):
                said = await self._ask(deployment, request, max_tokens, key)
            chunks = aiter(said)
            while True:
                async with asyncio.timeout(deployment.timeout):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    return
                yield chunk.model_dump(exclude_none=True)
        except Exception as error:
            raise translation.fault(self._litellm, deployment, error) from error
        finally:
            if said is not None and hasattr(said, "aclose"):
                with contextlib.suppress(Exception):
                    await said.aclose()

    async def _ask(self, deployment: Deployment, request: Request, max_tokens: int, key: str | None) -> _Foreign:
        if deployment.name in self._strange:
            raise Fault(503, "no_model", self._strange[deployment.name])
        key = key or _NO_KEY
        if self._keys.get(deployment.name) != key:
            self._keys[deployment.name] = key
            self._connect()
        streaming = {"stream": True, "stream_options": {"include_usage": True}} if request.is_stream else {}
        return await self._router.acompletion(
            model=deployment.name,
            # litellm changes messages in place for some providers, and another may be asked next.
            messages=[dict(message) for message in request.messages],
            **request.options,
            **streaming,
            max_tokens=max_tokens,
            timeout=deployment.timeout,
            num_retries=0,  # each try is a call, and a line of the ledger: the broker makes them
            _skip_mcp_handler=True,  # else litellm 1.10x imports `mcp` as soon as there are tools
        )

    def _entry(self, deployment: Deployment) -> dict[str, Any]:
        """Return a deployment as litellm's Router takes it: a model group of its own."""
        parameters: dict[str, Any] = {
            "model": deployment.model,
            "timeout": deployment.timeout,
            "api_key": self._keys.get(deployment.name, _NO_KEY),
        }
        if deployment.base_url:
            parameters["api_base"] = deployment.base_url
        about: dict[str, Any] = {"id": deployment.name}
        known = None if deployment.price else self.price(deployment)
        if known is None or not (known.input and known.output):
            about |= dict.fromkeys(("input_cost_per_token", "output_cost_per_token"), _NEARLY_NOTHING)
        return {"model_name": deployment.name, "litellm_params": parameters, "model_info": about}

    def _billed(self, deployment: Deployment, said: _Foreign) -> float | None:
        """Return what litellm says that an answer cost, which knows more than two prices; None where we know."""
        if deployment.price is not None or self.price(deployment) is None:
            return None
        try:
            return float(self._litellm.completion_cost(completion_response=said, model=deployment.model))
        except Exception:  # noqa: BLE001 - an unknown price ends nothing
            return None

    def _info(self, model: str) -> dict[str, Any]:
        """Return what litellm's map says of a model; nothing for one that it does not know."""
        if model not in self._infos:
            try:
                found = dict(self._litellm.get_model_info(model))
            except Exception:  # noqa: BLE001 - it raises a bare Exception for an unknown model
                found = {}
            self._infos[model] = found if found.get("key") in self._mapped else {}
        return self._infos[model]


class Answer:
    """A provider's answer: its body, and what litellm says that it cost, if it does."""

    __slots__ = ("body", "cost", "usage")

    def __init__(self, body: dict[str, Any], cost: float | None) -> None:
        self.body = body
        self.cost = cost
        self.usage: dict[str, Any] = body.get("usage") or {}

    @property
    def tokens(self) -> Tokens:
        """What the provider counted."""
        return prices.used(self.usage)


async def _nothing(*_: object, **__: object) -> None:
    """Count nothing."""


async def _unchanged(response: _Foreign, *_: object, **__: object) -> _Foreign:
    return response


def _body(said: _Foreign) -> dict[str, Any]:
    body: dict[str, Any] = said.model_dump(exclude_none=True)
    for choice in body.get("choices", ()):
        if isinstance(choice.get("message"), dict):
            choice["message"].setdefault("content", None)
    return body
