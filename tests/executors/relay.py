"""A router in miniature for the worker's tests: the scripted provider behind a unix socket, in the router's words.

The real one is tested with the worker elsewhere; this one can be told to answer anything.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

Said = tuple[int, dict[str, Any]]


def refusal(status: int, code: str, message: str = "as scripted", **more: Any) -> Said:
    """An answer of the router's that is no reply."""
    return status, {"error": {"message": message, "type": "scripted", "code": code, **more}}


class Relay:
    """Serves one root; `said` are answers that it gives first, in their order, without asking the provider."""

    def __init__(self, root: Path, provider_url: str, window: int = 128_000) -> None:
        self.path = root / "run" / "router.socket"
        self.window = window
        self.cost: float | None = 0.001
        self.said: list[Said] = []
        self.ids: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.to_lose = 0  # so many answers are made and stored, but never arrive
        self._stored: dict[str, Said] = {}
        self._under_way: dict[str, asyncio.Lock] = {}
        self._url = provider_url
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def close(self) -> None:
        """Stop serving; the socket is gone then."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self) -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/chat/completions", self._chat)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._client = aiohttp.ClientSession()
        await self._runner.setup()
        await web.UnixSite(self._runner, str(self.path)).start()

    async def _end(self) -> None:
        await self._client.close()
        await self._runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if self.path.exists():
            os.unlink(self.path)

    async def _chat(self, request: web.Request) -> web.Response:
        identity = request.headers["X-Request-Id"]
        body = await request.json()
        self.ids.append(identity)
        self.bodies.append(body)
        self.tokens.append(request.headers["Authorization"].removeprefix("Bearer "))
        # As with the real one, who asks with an id that is under way joins it: what a killed worker asked still is.
        async with self._under_way.setdefault(identity, asyncio.Lock()):
            if identity not in self._stored:
                self._stored[identity] = self.said.pop(0) if self.said else await self._asked(body)
        if self.to_lose:
            self.to_lose -= 1
            assert request.transport is not None
            request.transport.abort()
        status, answer = self._stored[identity]
        if isinstance(answer, dict) and "raw" in answer:
            return web.Response(status=status, text=answer["raw"])
        return web.json_response(answer, status=status)

    async def _asked(self, body: dict[str, Any]) -> Said:
        began = time.monotonic()
        try:
            async with self._client.post(f"{self._url}/chat/completions", json=body) as response:
                text = await response.text()
                status, retry_after = response.status, response.headers.get("retry-after")
        except aiohttp.ClientError as error:
            return refusal(502, "provider", str(error))
        if status == 429:
            named = {"retry_at": time.time() + float(retry_after)} if retry_after is not None else {}
            return refusal(429, "rate_limit", "openai/small is limited", **named)
        if status != 200:
            return refusal(502, "provider", text[:200])
        try:
            answer = json.loads(text)
        except ValueError as error:
            return refusal(502, "provider", f"no JSON: {error}")
        usage = answer["usage"]
        answer["scope"] = {
            "request": "x", "level": 0, "model": "openai/small", "deployment": "0/0", "cost": self.cost,
            "tokens": usage["total_tokens"], "ms": int((time.monotonic() - began) * 1000), "window": self.window,
            "spent": {"usd": 0.0, "tokens": 0, "calls": 0}, "left": 1.0, "note": "",
        }  # fmt: skip
        return 200, answer
