"""Asking the router, by hand: HTTP/1.1 over its unix socket, without what `http.client` costs to import."""

from __future__ import annotations

import json
import os
import socket

from scope.errors import Environment, StoreFault
from scope.store import atomic, rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

LONGEST_PATH: Final = 100  # bytes of a socket's path; the kernel takes 107
LONGEST_ANSWER: Final = 1 << 26
_QUICK_S: Final = 5.0
_PIECE: Final = 1 << 16
_END: Final = b"\r\n\r\n"
_BAD_GATEWAY: Final = 502
_SHOWN: Final = 500


class Unreachable(Environment):
    """The router gave no answer: none runs, or it went in the middle. What it did meanwhile is unknown."""


class Reply:
    """An answer with a status; `json` is its body, or `{"error": …}` where that was none of the router's."""

    __slots__ = ("headers", "json", "status")

    def __init__(self, status: int, headers: Mapping[str, str], body: dict[str, Any]) -> None:
        self.status = status
        self.headers = headers  # names in lower case
        self.json = body


class Router:
    """The router of a root, as one attempt reaches it; without a token, only its health can be asked for."""

    def __init__(self, root: str, token: str = "") -> None:
        self.root = root
        self._token = token.strip()

    def chat(self, body: Mapping[str, Any], request_id: str, timeout_s: float) -> Reply:
        """Ask for a completion. The same id again gets the same answer, and is paid once. Raises Unreachable."""
        return self._exchange("POST", "/v1/chat/completions", json.dumps(body), request_id, timeout_s)

    def get(self, path: str, timeout_s: float = _QUICK_S) -> Reply:
        """Ask for what a path says, such as `/v1/health`. Raises Unreachable."""
        return self._exchange("GET", path, "", "", timeout_s)

    def post(self, path: str, body: Mapping[str, Any], timeout_s: float = _QUICK_S) -> Reply:
        """Wish something, such as `/v1/port`. Raises Unreachable."""
        return self._exchange("POST", path, json.dumps(body), "", timeout_s)

    def _exchange(self, method: str, path: str, body: str, request_id: str, timeout_s: float) -> Reply:
        lines = [f"{method} {path} HTTP/1.1", "Host: scope", "Connection: close", "Content-Type: application/json"]
        if self._token:
            lines.append(f"Authorization: Bearer {self._token}")
        if request_id:
            lines.append(f"X-Request-Id: {request_id}")
        lines.append(f"Content-Length: {len(body)}")  # JSON as we write it is ASCII
        head = "\r\n".join(lines).encode("ascii", "replace") + _END
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(timeout_s)
                connection.connect(self._socket_path())
                _send(connection, head + body.encode("ascii"))
                return _answer(connection)
        except OSError as error:
            why = f"it said nothing for {timeout_s:g} s" if isinstance(error, TimeoutError) else str(error.strerror)
            raise self._unreachable(why) from error
        except ValueError as error:
            raise self._unreachable(str(error)) from error

    def _unreachable(self, why: str) -> Unreachable:
        return Unreachable("cannot reach the router of", self.root, why, "start it: scope router")

    def _socket_path(self) -> str:
        path = rundir.router_socket(self.root)
        if len(os.fsencode(path)) <= LONGEST_PATH:
            return path
        try:
            said = json.loads(atomic.read(rundir.router_address(self.root), atomic.SMALL) or "{}")
            return str(said["socket"])
        except (ValueError, RecursionError, LookupError, TypeError, StoreFault) as error:
            raise ConnectionError(2, "no router has said where it is") from error


def _send(connection: socket.socket, data: bytes) -> None:
    # A router that refuses (a wrong token, say) may answer and close before it has read all: the answer counts.
    try:
        connection.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return


def _answer(connection: socket.socket) -> Reply:
    """Read one answer to its end; raise ValueError where it is cut."""
    raw = b""
    while _END not in raw:
        piece = connection.recv(_PIECE)
        if not piece:
            raise ValueError("the connection was lost")
        raw += piece
        if len(raw) > _PIECE * 2:
            raise ValueError("it sent a head without an end")
    head, _, body = raw.partition(_END)
    status, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    try:
        code = int(status.split()[1])
        length = int(headers["content-length"]) if "content-length" in headers else None
    except (IndexError, ValueError) as error:
        raise ValueError("its answer is no HTTP") from error
    pieces, size = [body], len(body)
    while (length is None or size < length) and (piece := connection.recv(_PIECE)):
        pieces.append(piece)
        size += len(piece)
        if size > LONGEST_ANSWER:
            raise ValueError("its answer has no end")
    body = b"".join(pieces)
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = _joined(body)
    elif length is not None and size < length:
        raise ValueError("the connection was lost in the middle of the answer")
    return _reply(code, headers, body)


def _joined(body: bytes) -> bytes:
    """Return the bytes of a chunked body; raise ValueError where its last chunk is missing."""
    pieces: list[bytes] = []
    while True:
        line, found, body = body.partition(b"\r\n")
        size = int(line.partition(b";")[0] or b"-", 16) if found else -1
        if size < 0 or len(body) < size:
            raise ValueError("the connection was lost in the middle of the answer")
        if size == 0:
            return b"".join(pieces)
        pieces.append(body[:size])
        body = body[size + 2 :]


def _reply(status: int, headers: Mapping[str, str], body: bytes) -> Reply:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict):
        return Reply(status, headers, said)
    words = body[:_SHOWN].decode("utf-8", "replace").strip() or f"status {status} without words"
    # A success that cannot be read is none.
    error = {"message": words, "type": "http", "code": "provider"}
    return Reply(status if status >= 400 else _BAD_GATEWAY, headers, {"error": error})  # noqa: PLR2004 - HTTP's own
