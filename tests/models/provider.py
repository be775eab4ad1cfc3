"""A scripted provider: a real HTTP server on loopback that speaks OpenAI's and Anthropic's wire formats.

A script is a list of turns; each request of a conversation takes the next one. Which script a
conversation follows is told by words in its first message of a user. A request for which no turn is
left is answered with 500 and noted in `problems`, which the fixture checks.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Turn:
    """One answer: what the model says, which tools it calls, or how the provider fails."""

    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()  # name and arguments, the latter as the text that goes over the wire
    status: int = 200
    retry_after: str | None = None
    delay_s: float = 0.0
    finish: str = ""
    is_cut: bool = False  # the connection closes in the middle of the body
    raw: str | None = None  # sent in place of a reply
    usage: tuple[int, int] | None = None  # prompt and completion tokens
    gate: threading.Event | None = None  # until it is set, the answer is held back


Script = list["Turn | Callable[[dict[str, Any]], Turn]"]


def say(text: str, **more: Any) -> Turn:
    """A reply in words, without a tool call."""
    return Turn(text=text, **more)


def call(name: str, text: str = "", **arguments: Any) -> Turn:
    """A reply that calls one tool."""
    return Turn(text=text, calls=((name, json.dumps(arguments)),))


def bash(command: str, text: str = "") -> Turn:
    """A reply that runs a command."""
    return call("bash", text, command=command)


def done(result: str) -> Turn:
    """A reply that ends the task."""
    return call("done", result=result)


def limited(retry_after: str | None = "1") -> Turn:
    """429, with or without a time."""
    return Turn(status=429, retry_after=retry_after)


def broken(status: int = 500) -> Turn:
    """A provider that fails."""
    return Turn(status=status)


def hang(seconds: float = 3600.0) -> Turn:
    """A provider that does not answer."""
    return Turn(delay_s=seconds, text="too late")


def cut() -> Turn:
    """A body that ends in its middle."""
    return Turn(text="this is cut " * 50, is_cut=True)


def malformed() -> Turn:
    """A body that is no JSON."""
    return Turn(raw="{this is no json")


@dataclass
class Seen:
    """One request as it arrived."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    at: float = field(default_factory=time.monotonic)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation."""
        return list(self.body["messages"])

    @property
    def text(self) -> str:
        """All of the conversation as one text."""
        return json.dumps(self.messages, ensure_ascii=False)


class Provider:
    """The server, in a thread of its own; scripts may be added while it runs."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.scripts: dict[str, Script] = {}
        self.seen: list[Seen] = []
        self.problems: list[str] = []
        self.delay_s = delay_s
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def url(self) -> str:
        """The base URL for OpenAI's format; Anthropic's is the same without /v1."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def anthropic_url(self) -> str:
        """The base URL for Anthropic's format."""
        return f"http://127.0.0.1:{self.port}"

    def script(self, about: str, *turns: Turn | Callable[[dict[str, Any]], Turn]) -> None:
        """Let conversations whose first user message holds `about` follow these turns."""
        self.scripts[about] = list(turns)

    def of(self, about: str) -> list[Seen]:
        """The requests of the conversations about something, in the order in which they came."""
        return [seen for seen in self.seen if about in _first(seen.body)]

    def close(self) -> None:
        """Stop serving."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def check(self) -> None:
        """Fail the test when a request found no turn."""
        assert not self.problems, self.problems

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self) -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/chat/completions", self._openai)
        app.router.add_post("/v1/messages", self._anthropic)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _end(self) -> None:
        await self._runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _next(self, request: web.Request, body: dict[str, Any]) -> Turn:
        self.seen.append(Seen(request.path, body, dict(request.headers)))
        first = _first(body)
        about = next((key for key in sorted(self.scripts, key=len, reverse=True) if key in first), None)
        script = self.scripts.get(about) if about is not None else None
        if not script:
            self.problems.append(f"out of script for: {first[:200]!r}")
            return broken()
        turn = script.pop(0)
        return turn if isinstance(turn, Turn) else turn(body)

    async def _due(self, turn: Turn) -> None:
        if turn.gate is not None:
            await asyncio.to_thread(turn.gate.wait, 60)
        await asyncio.sleep(turn.delay_s + self.delay_s)

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        turn = self._next(request, body)
        await self._due(turn)
        if turn.status != 200:
            return _error(turn, {"error": {"message": f"scripted {turn.status}", "type": "scripted", "code": None}})
        if turn.raw is not None:
            return web.Response(text=turn.raw, content_type="application/json")
        prompt, completion = turn.usage or _usage(body, turn)
        usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        finish = turn.finish or ("tool_calls" if turn.calls else "stop")
        calls = [
            {"id": f"call_{len(self.seen)}_{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for n, (name, arguments) in enumerate(turn.calls)
        ]
        head = {"id": f"chatcmpl-{len(self.seen)}", "created": 1, "model": body["model"]}
        if not body.get("stream"):
            message: dict[str, Any] = {"role": "assistant", "content": turn.text or None}
            if calls:
                message["tool_calls"] = calls
            choices = [{"index": 0, "message": message, "finish_reason": finish}]
            reply = {**head, "object": "chat.completion", "choices": choices, "usage": usage}
            return await _whole(request, reply, is_cut=turn.is_cut)
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"content": piece} for piece in _pieces(turn.text)]
        deltas += [{"tool_calls": [{"index": n, **made}]} for n, made in enumerate(calls)]
        chunks = [
            {
                **head,
                "object": "chat.completion.chunk",
                "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
            }
            for delta in deltas
        ]
        last = {"index": 0, "delta": {}, "finish_reason": finish}
        chunks.append({**head, "object": "chat.completion.chunk", "choices": [last]})
        if (body.get("stream_options") or {}).get("include_usage"):
            chunks.append({**head, "object": "chat.completion.chunk", "choices": [], "usage": usage})
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]
        return await _streamed(request, lines, is_cut=turn.is_cut)

    async def _anthropic(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        turn = self._next(request, body)
        await self._due(turn)
        if turn.status != 200:
            kind = "rate_limit_error" if turn.status == 429 else "api_error"
            return _error(turn, {"type": "error", "error": {"type": kind, "message": f"scripted {turn.status}"}})
        if turn.raw is not None:
            return web.Response(text=turn.raw, content_type="application/json")
        prompt, completion = turn.usage or _usage(body, turn)
        content: list[dict[str, Any]] = [{"type": "text", "text": turn.text}] if turn.text else []
        content += [
            {"type": "tool_use", "id": f"toolu_{len(self.seen)}_{n}", "name": name, "input": json.loads(arguments)}
            for n, (name, arguments) in enumerate(turn.calls)
        ]
        stop = turn.finish or ("tool_use" if turn.calls else "end_turn")
        usage = {"input_tokens": prompt, "output_tokens": completion}
        message = {
            "id": f"msg_{len(self.seen)}", "type": "message", "role": "assistant", "model": body["model"],
            "content": content, "stop_reason": stop, "stop_sequence": None, "usage": usage,
        }  # fmt: skip
        if not body.get("stream"):
            return await _whole(request, message, is_cut=turn.is_cut)
        start = {**message, "content": [], "stop_reason": None, "usage": {"input_tokens": prompt, "output_tokens": 1}}
        events: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
        for index, block in enumerate(content):
            is_text = block["type"] == "text"
            empty = {"type": "text", "text": ""} if is_text else {**block, "input": {}}
            delta = (
                {"type": "text_delta", "text": block["text"]}
                if is_text
                else {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            )
            events += [
                {"type": "content_block_start", "index": index, "content_block": empty},
                {"type": "content_block_delta", "index": index, "delta": delta},
                {"type": "content_block_stop", "index": index},
            ]
        ended = {"stop_reason": stop, "stop_sequence": None}
        events += [
            {"type": "message_delta", "delta": ended, "usage": {"output_tokens": completion}},
            {"type": "message_stop"},
        ]
        lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
        return await _streamed(request, lines, is_cut=turn.is_cut)


def _first(body: dict[str, Any]) -> str:
    for message in body["messages"]:
        if message["role"] == "user":
            content = message["content"]
            return content if isinstance(content, str) else " ".join(str(part.get("text", "")) for part in content)
    return ""


def _usage(body: dict[str, Any], turn: Turn) -> tuple[int, int]:
    return len(json.dumps(body["messages"])) // 4, (len(turn.text) + sum(len(c[1]) for c in turn.calls)) // 4 + 1


def _pieces(text: str) -> list[str]:
    return [text[at : at + 20] for at in range(0, len(text), 20)]


def _error(turn: Turn, body: dict[str, Any]) -> web.Response:
    headers = {"retry-after": turn.retry_after} if turn.retry_after is not None else {}
    if turn.raw is not None:
        return web.Response(text=turn.raw, content_type="application/json", status=turn.status, headers=headers)
    return web.json_response(body, status=turn.status, headers=headers)


async def _whole(request: web.Request, body: dict[str, Any], *, is_cut: bool) -> web.StreamResponse:
    if not is_cut:
        return web.json_response(body)
    text = json.dumps(body).encode()
    response = web.StreamResponse(headers={"content-type": "application/json", "content-length": str(len(text))})
    await response.prepare(request)
    await response.write(text[: len(text) // 2])
    assert request.transport is not None
    request.transport.abort()
    return response


async def _streamed(request: web.Request, lines: list[str], *, is_cut: bool) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await response.prepare(request)
    for line in lines[: len(lines) // 2] if is_cut else lines:
        await response.write(line.encode())
    if is_cut:
        assert request.transport is not None
        request.transport.abort()
    return response
