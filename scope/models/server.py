"""The router's HTTP side: OpenAI's routes on a unix socket, and on loopback where a tool asks for a port."""

from __future__ import annotations

import asyncio
import json
import os
import time
import traceback
import uuid
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from scope.models import caller, requests, tokens
from scope.models.call import Call
from scope.models.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scope.laws.configuration import Configuration
    from scope.models.broker import Broker
    from scope.models.gateway import Gateway
    from scope.models.keys import Keys
    from scope.models.log import Log
    from scope.models.replies import Replies
    from scope.models.settings import Settings
    from scope.models.standing import Standing, Standings

_LARGEST_BODY: Final = 1 << 26
_LONGEST_ID: Final = 200


class Server:
    """Answers requests; knows how many, and when the last one came."""

    def __init__(
        self,
        root: str,
        broker: Broker,
        gateway: Gateway,
        standings: Standings,
        settings: Settings,
        replies: Replies,
        keys: Keys,
        log: Log,
        open_port: Callable[[], Awaitable[int]],
        say_where: Callable[[], None],
    ) -> None:
        self._root = root
        self._broker = broker
        self._gateway = gateway
        self._standings = standings
        self._settings = settings
        self._replies = replies
        self._keys = keys
        self._log = log
        self._open_port = open_port
        self._say_where = say_where
        self._roster = settings.now().models.roster
        self._joined: dict[tuple[str, str], asyncio.Task[dict[str, Any]]] = {}
        self._started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.requests = 0
        self.under_way = 0
        self.last_request = time.monotonic()

    def application(self) -> web.Application:
        """Return what aiohttp is to serve."""
        made = web.Application(client_max_size=_LARGEST_BODY, middlewares=[self._guarded])
        made.router.add_post("/v1/chat/completions", self._chat)
        made.router.add_get("/v1/models", self._models)
        made.router.add_post("/v1/port", self._port)
        made.router.add_post("/v1/keys", self._take_keys)
        made.router.add_get("/v1/health", self._health)
        return made

    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Turn whatever goes wrong into an answer; count who comes."""
        if request.path == "/v1/health":
            return await handler(request)
        self.requests += 1
        self.under_way += 1
        try:
            return await handler(request)
        except Fault as fault:
            return self._refused(fault)
        except web.HTTPException as error:
            return self._refused(Fault(error.status, "request", f"{error.reason}: {request.method} {request.path}"))
        except Exception:  # noqa: BLE001 - one request's trouble is not the others'
            self._log.say(f"a request failed:\n{traceback.format_exc()}")
            return self._refused(Fault(500, "internal", "the router failed; see run/router.log"))
        finally:
            self.under_way -= 1
            self.last_request = time.monotonic()

    def _refused(self, fault: Fault) -> web.Response:
        fault.message = self._keys.hidden(fault.message)
        return _json(fault.body(), fault.status, fault.headers(time.time()))

    async def _health(self, _: web.Request) -> web.Response:
        said = {"pid": os.getpid(), "requests": self.requests, "under_way": self.under_way, "started": self._started}
        return _json({"ok": True, **said})

    async def _models(self, request: web.Request) -> web.Response:
        session, _ = self._caller(request)
        settings = self._now()
        standing = self._standings.of(session, settings)
        found = []
        for level, deployments in sorted(settings.models.roster.levels.items()):
            if level <= standing.level and deployments:
                first = deployments[0]
                window = {"context_window": self._gateway.window(first), "max_tokens": first.max_tokens}
                found.append({"id": f"level-{level}", "object": "model", "owned_by": "scope", **window})
        return _json({"object": "list", "data": found})

    async def _port(self, request: web.Request) -> web.Response:
        self._caller(request)
        port = await self._open_port()
        return _json({"port": port, "base_url": f"http://127.0.0.1:{port}/v1"})

    async def _take_keys(self, request: web.Request) -> web.Response:
        """Take keys from a command of a person's: on the socket that only they can open, and from no session."""
        connection = request.transport.get_extra_info("socket") if request.transport else None
        pid = caller.pid_of(connection) if connection is not None else 0
        if not pid or caller.session_of(self._root, pid) is not None:
            raise Fault(403, "session", "keys are taken from a person's own commands, on the router's socket")
        self._keys.take(requests.keys(await request.read()))
        self._say_where()
        return _json({"ok": True})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        session, attempt = self._caller(request)
        asked = requests.parse(await request.read())
        settings = self._now()
        standing = self._standings.of(session, settings)
        call = Call(
            identity=_identity(request, session, attempt),
            attempt=attempt,
            request=asked,
            standing=standing,
            settings=settings,
            skills=self._standings.skills(session, attempt),
            level=_level(asked.model, standing, settings),
        )
        if not settings.models.roster.levels.get(call.level):
            known = ", ".join(map(str, sorted(settings.models.roster.levels))) or "none at all"
            raise Fault(503, "no_model", f"there is no model at level {call.level}; config.yaml has levels: {known}")
        return await (self._streamed(request, call) if asked.is_stream else self._whole(call))

    async def _whole(self, call: Call) -> web.Response:
        """Answer at once; one who asks again with the same id gets the same answer."""
        key = (call.session, call.identity)
        task = self._joined.get(key)
        if task is None:
            kept = self._replies.body(*key)
            if kept is not None:
                return _json(kept)
            task = asyncio.create_task(self._broker.answer(call))
            self._joined[key] = task
            task.add_done_callback(lambda _: self._joined.pop(key, None))
        return _json(await asyncio.shield(task))

    async def _streamed(self, request: web.Request, call: Call) -> web.StreamResponse:
        """Send chunks as they come; a stream that is cut ends with an error and without [DONE]."""
        response: web.StreamResponse | None = None
        chunks = self._broker.stream(call)
        try:
            async for chunk in chunks:
                if response is None:
                    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
                    response.headers["Cache-Control"] = "no-cache"
                    await response.prepare(request)
                await response.write(_event(json.dumps(chunk)))
        except Fault as fault:
            if response is None:
                raise
            fault.message = self._keys.hidden(fault.message)
            await response.write(_event(json.dumps(fault.body())))
            response.force_close()
            await response.write_eof()
            return response
        finally:
            await chunks.aclose()
        assert response is not None
        await response.write(_event("[DONE]"))
        await response.write_eof()
        return response

    def _caller(self, request: web.Request) -> tuple[str, int]:
        """Return whose request it is; raises Fault."""
        words = request.headers.get("Authorization", "")
        given = words[7:] if words[:7].lower() == "bearer " else request.headers.get("x-api-key", "")
        owner = tokens.verify(self._root, given.strip())
        if owner is None:
            raise Fault(401, "token", "this needs the token of an attempt: attempts/<n>/token")
        connection = request.transport.get_extra_info("socket") if request.transport else None
        inside = caller.session_of(self._root, caller.pid_of(connection)) if connection is not None else None
        if inside is not None and inside != owner[0]:
            raise Fault(403, "session", f"the token is session {owner[0]}'s, and the caller is session {inside}")
        self._standings.refuse_closed(*owner)
        return owner

    def _now(self) -> Configuration:
        """Return the settings as they are now; the gateway serves the deployments that they name."""
        settings = self._settings.now()
        if settings.models.roster is not self._roster:
            self._roster = settings.models.roster
            self._gateway.configure(self._roster)
        return settings


def _level(model: str, standing: Standing, settings: Configuration) -> int:
    """Return the level that a model's name asks for; any strange name means the session's own."""
    number = model.removeprefix("level-")
    if number.isascii() and number.isdigit() and len(number) < 4:  # noqa: PLR2004
        level = int(number)
    else:
        level = settings.models.roster.roles.get(model, standing.level)
    if level > standing.level:
        raise Fault(403, "level", f"session {standing.session} works at level {standing.level}, not at level {level}")
    return level


def _identity(request: web.Request, session: str, attempt: int) -> str:
    """Return the id that the client gave, within its session; else a new one."""
    given = request.headers.get("X-Request-Id", "").strip()
    if not given:
        return f"{session}/{attempt}/{uuid.uuid4().hex}"
    if len(given) > _LONGEST_ID or not given.isprintable():
        raise Fault(400, "request", f"'X-Request-Id' takes one line of at most {_LONGEST_ID} characters")
    return given if given.startswith(f"{session}/") else f"{session}/{attempt}/{given}"


def _json(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers, content_type="application/json")


def _event(data: str) -> bytes:
    return f"data: {data}\n\n".encode()
