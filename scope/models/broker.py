"""The broker: which deployment answers a call, and what is written down of it."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final, TypeVar

from scope.laws.roster import candidates
from scope.models import faults, ledger, prices, requests
from scope.models.accounts import spoken
from scope.models.availability import Availability
from scope.models.call import ESTIMATED, Outcome
from scope.models.faults import Fault
from scope.models.heard import Heard
from scope.models.keys import NoKey
from scope.models.prices import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from scope.laws.roster import Deployment
    from scope.models.books import Books
    from scope.models.call import Call, Held
    from scope.models.gateway import Gateway
    from scope.models.keys import Keys
    from scope.models.log import Log
    from scope.models.replies import Replies

    Chunk = dict[str, Any]

_Given = TypeVar("_Given")
_PASSING: Final = frozenset(("provider", "timeout"))  # the same once more may do
_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 8.0
_FINAL: Final = frozenset(("request", "ledger"))  # another deployment would say the same


class Broker:
    """Asks the deployments of a level in their order until one answers; each call gets one line of the ledger."""

    def __init__(self, gateway: Gateway, keys: Keys, books: Books, replies: Replies, log: Log) -> None:
        self._gateway = gateway
        self._keys = keys
        self._books = books
        self._replies = replies
        self._log = log
        self._availability = Availability()

    async def answer(self, call: Call) -> dict[str, Any]:
        """Return the whole answer to a call; raises Fault."""
        gateway, request = self._gateway, call.request
        held, given = await self._first(call, lambda one, most, key: gateway.complete(one, request, most, key))
        tokens, note = given.tokens, ""
        if not tokens.total:
            tokens, note = Tokens(request.prompt_tokens, requests.tokens(_length(given.body))), ESTIMATED
        cost = given.cost if given.cost is not None and not note else _cost(held, tokens)
        return self._finish(call, held, Outcome(ledger.OK, tokens, cost, usage=given.usage, note=note), given.body)

    async def stream(self, call: Call) -> AsyncGenerator[Chunk, None]:
        """Yield the answer to a call in chunks; the last one carries usage and what the call took.

        Raises Fault, before the first chunk or after any. One who stops listening ends the call.
        """
        gateway, request = self._gateway, call.request

        async def begin(one: Deployment, most: int, key: str | None) -> tuple[Chunk, AsyncIterator[Chunk]]:
            chunks = gateway.stream(one, request, most, key)
            async for chunk in chunks:
                return chunk, chunks
            raise Fault(502, "provider", f"{one.model} sent an empty stream")

        held, (first, rest) = await self._first(call, begin)
        heard = Heard()
        is_whole = False
        try:
            async with aclosing(rest):  # type: ignore[type-var]
                if heard.take(first):
                    yield first
                async for chunk in rest:
                    if heard.take(chunk):
                        yield chunk
            is_whole = True
        except Fault as fault:
            self._cut(call, held, heard, fault.message)
            raise
        finally:
            if not is_whole and not heard.is_settled:
                self._cut(call, held, heard, "the client went away")
        tokens, note = prices.used(heard.usage), ""
        if not tokens.total:
            tokens, note = heard.estimated(request.prompt_tokens), ESTIMATED
        outcome = Outcome(ledger.OK, tokens, _cost(held, tokens), usage=heard.usage, note=note)
        yield self._finish(call, held, outcome, heard.last(), is_kept=False)

    async def _first(
        self, call: Call, ask: Callable[[Deployment, int, str | None], Awaitable[_Given]]
    ) -> tuple[Held, _Given]:
        """Return what the first deployment gave that answered; raises Fault where none does."""
        failures: list[Fault] = []
        refusals: list[Fault] = []
        tried: set[str] = set()
        while True:
            waits_s = []
            for one in self._order(call):
                if one.name in tried:
                    continue
                wait_s = self._availability.enter(one, self._most(call, one).total)
                if wait_s:
                    waits_s.append(wait_s)
                    continue
                tried.add(one.name)
                try:
                    return await self._tries(call, one, ask)
                except Fault as fault:
                    self._availability.leave(one)
                    (refusals if fault.code == "budget" else failures).append(fault)
                    if fault.code in _FINAL:
                        raise
            if refusals and not call.is_low:
                call.is_low = True  # what no longer fits into a budget has found it low
                call.why_cheaper = refusals[0].message
                continue
            if not waits_s or failures or not await self._is_freed(call, min(waits_s), failures):
                limits = {one.model: self._availability.limited_until(one) for one in self._of_level(call)}
                limited = {model: at for model, at in limits.items() if at is not None}
                raise faults.worst(failures, refusals, limited, call.level)

    async def _tries(
        self, call: Call, one: Deployment, ask: Callable[[Deployment, int, str | None], Awaitable[_Given]]
    ) -> tuple[Held, _Given]:
        """Ask a deployment as often as its `retries` say, where it was the provider that failed; raises Fault."""
        for number in range(one.retries):
            try:
                return await self._try(call, one, ask, is_last=False)
            except Fault as fault:
                if fault.code not in _PASSING:
                    raise
            await asyncio.sleep(min(_PAUSE_S * 2**number, _LONGEST_PAUSE_S))
        return await self._try(call, one, ask)

    async def _try(
        self,
        call: Call,
        one: Deployment,
        ask: Callable[[Deployment, int, str | None], Awaitable[_Given]],
        *,
        is_last: bool = True,
    ) -> tuple[Held, _Given]:
        """Reserve, ask, and return what was given; a deployment that fails rests, and its key is read again."""
        key = await self._key(one)
        most = self._most(call, one)
        held = self._books.reserve(call, one, self._gateway.price(one), most)
        try:
            try:
                return held, await ask(one, most.completion // call.request.choices, key)
            except Fault as fault:
                fresh = await self._fresh_key(one, key, fault)
                if fresh is None:
                    raise
                return held, await ask(one, most.completion // call.request.choices, fresh)
        except Fault as fault:
            self._failed(call, held, fault, is_last=is_last or fault.code not in _PASSING)
            raise

    def _failed(self, call: Call, held: Held, fault: Fault, *, is_last: bool) -> None:
        one = held.deployment
        if fault.code == "rate_limit" and fault.retry_at is not None:
            self._availability.limit(one, fault.retry_at)
        elif is_last and fault.code != "request":
            self._availability.rest(one, call.settings.models.cooldown)
        words = self._keys.hidden(fault.message)
        tokens = Tokens(call.request.prompt_tokens) if fault.is_lost else Tokens()
        outcome = Outcome(
            ledger.ERROR, tokens, _cost(held, tokens) if fault.is_lost else 0.0, words, note=ESTIMATED * fault.is_lost
        )
        self._books.write(call, self._books.settle(call, held, outcome))
        call.notes.append(f"{one.name}: {fault.code}")
        self._log.say(f"{call.identity} at {one.name}: {fault.code}: {words}")

    def _cut(self, call: Call, held: Held, heard: Heard, why: str) -> None:
        """Put down a stream that did not come to its end: what arrived was billed, so it is estimated."""
        heard.is_settled = True
        tokens = heard.estimated(call.request.prompt_tokens)
        outcome = Outcome(ledger.CUT, tokens, _cost(held, tokens), self._keys.hidden(why), heard.usage, ESTIMATED)
        self._books.write(call, self._books.settle(call, held, outcome))
        self._availability.leave(held.deployment)
        self._log.say(f"{call.identity} at {held.deployment.name}: cut: {outcome.error}")

    def _finish(
        self, call: Call, held: Held, outcome: Outcome, body: dict[str, Any], *, is_kept: bool = True
    ) -> dict[str, Any]:
        """Settle a call that was answered, and return the body with what it took."""
        if held.deployment.when_low and call.why_cheaper:
            call.notes.insert(0, call.why_cheaper)
            self._log.say(f"{call.identity}: {call.why_cheaper}: {held.deployment.model} is taken")
        else:
            call.why_cheaper = ""
        written = self._books.settle(call, held, outcome)
        spent = self._books.spent(call).spent()
        body["scope"] = {
            "request": call.identity,
            "level": call.level,
            "model": held.deployment.model,
            "deployment": held.deployment.name,
            "cost": outcome.cost,
            "tokens": outcome.tokens.total,
            "ms": written["ms"],
            "window": self._gateway.window(held.deployment),
            "spent": {"usd": spent.usd, "tokens": spent.tokens, "calls": spent.calls},
            "left": round(self._books.scarcest(call, call.bounds)[0], 6),
            "note": call.why_cheaper,
        }
        if is_kept:
            self._replies.keep(call.session, call.identity, written, body)
        self._books.write(call, written)
        self._availability.leave(held.deployment)
        return body

    def _order(self, call: Call) -> list[Deployment]:
        """Return the deployments of a call's level, in the order in which they are tried now."""
        roster, of_level = call.settings.models.roster, self._of_level(call)
        left, name = self._books.scarcest(call, call.bounds)
        call.is_low = call.is_low or left * 100 < call.settings.models.low_at
        if call.is_low and not call.why_cheaper:
            call.why_cheaper = f"{left:.0%} of the budget of {spoken(name)} is left"
        quotas = self._books.has_quota(of_level, call)
        return self._availability.order(candidates(roster, call.level, quotas, is_low=call.is_low))

    @staticmethod
    def _of_level(call: Call) -> tuple[Deployment, ...]:
        return call.settings.models.roster.levels.get(call.level, ())

    def _most(self, call: Call, one: Deployment) -> Tokens:
        completion = min(call.request.max_tokens or one.max_tokens, one.max_tokens)
        return Tokens(call.request.prompt_tokens, completion * call.request.choices)

    async def _key(self, one: Deployment) -> str | None:
        try:
            if self._keys.is_known(one):
                return self._keys.of(one)
            return await asyncio.get_running_loop().run_in_executor(None, self._keys.of, one)
        except NoKey as error:
            raise Fault(502, "key", f"there is no key for {one.model}: {error}") from error

    async def _fresh_key(self, one: Deployment, refused: str | None, fault: Fault) -> str | None:
        """Return another key where the source of the refused one has one by now."""
        if fault.code != "key":
            return None
        self._keys.forget(one, refused)
        key = await self._key(one)
        return key if key != refused else None

    async def _is_freed(self, call: Call, wait_s: float, failures: list[Fault]) -> bool:
        """Wait for a place where all are taken; where it is a matter of calls a minute, say until when instead."""
        if wait_s < float("inf"):
            says = f"level {call.level} has made as many calls this minute as its settings allow"
            failures.append(Fault(429, "rate_limit", says, retry_at=time.time() + wait_s))
            return False
        if await self._availability.any_freed(max(one.timeout for one in self._of_level(call))):
            return True
        failures.append(Fault(429, "rate_limit", f"all places of level {call.level} are taken"))
        return False


def _cost(held: Held, tokens: Tokens) -> float | None:
    return prices.cost(held.price, tokens) if held.price else None


def _length(body: dict[str, Any]) -> int:
    return sum(len(str(choice.get("message", ""))) for choice in body.get("choices", ()))
