"""Asking the router by hand: whole answers, or Unreachable."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.models import client
from scope.models.client import Router, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = json.dumps({"words": "ü" * 200_000})


class Scripted:
    """A server that takes one connection, reads the request, and sends just these bytes."""

    def __init__(self, path: Path, answer: bytes, *, reads: bool = True) -> None:
        self.request = b""
        self._answer = answer
        self._reads = reads
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen(1)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._socket.accept()
            with connection:
                while self._reads and not self._is_whole():
                    self.request += connection.recv(1 << 16)
                connection.sendall(self._answer)

    def _is_whole(self) -> bool:
        head, found, body = self.request.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return bool(found) and len(body) >= int(length or 0)

    def close(self) -> None:
        """Stop; whoever still waits is let go."""
        self._socket.close()
        self._thread.join(10)


@pytest.fixture
def root() -> Iterator[Path]:
    """A root with a short path."""
    made = Path(tempfile.mkdtemp(prefix="sc", dir="/tmp"))
    (made / "run").mkdir()
    yield made
    shutil.rmtree(made)


def asked(root: Path, answer: bytes, timeout_s: float = 10.0, *, reads: bool = True) -> tuple[client.Reply, Scripted]:
    """Ask a server that answers with these bytes."""
    server = Scripted(root / "run" / "router.socket", answer, reads=reads)
    try:
        return Router(str(root), "scope-1-1-abc\n").chat({"say": "ü\n" * 50_000}, "1/1/1.1", timeout_s), server
    finally:
        server.close()


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


def test_a_question_and_its_answer_are_whole(root: Path) -> None:
    """With its token, its id, and every byte of the body, both ways."""
    raw = BODY.encode()
    reply, server = asked(root, http(raw, f"Content-Length: {len(raw)}", "X-Odd:  a: b "))
    assert (reply.status, reply.json, reply.headers["x-odd"]) == (200, json.loads(BODY), "a: b")
    head, _, body = server.request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\nHost: ")
    assert b"\r\nAuthorization: Bearer scope-1-1-abc\r\n" in head
    assert b"\r\nX-Request-Id: 1/1/1.1\r\n" in head
    assert json.loads(body) == {"say": "ü\n" * 50_000}


@given(st.binary(min_size=1, max_size=300).map(bytes.hex), st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_an_answer_in_chunks_is_put_together(text: str, sizes: list[int]) -> None:
    """However it was cut; and one whose last chunk is missing is none."""
    body, at = json.dumps({"a": text}).encode(), 0
    pieces: list[bytes] = []
    while at < len(body):
        piece = body[at : at + sizes[len(pieces) % len(sizes)]]
        pieces.append(b"%x;odd=1\r\n%s\r\n" % (len(piece), piece))
        at += len(piece)
    whole = b"".join(pieces)
    assert client._joined(whole + b"0\r\n\r\n") == body
    for cut in (whole, whole[:-3], b"", b"zz\r\n", whole + b"0"):
        with pytest.raises(ValueError, match=r"lost|invalid literal"):
            client._joined(cut)


def test_an_answer_until_the_end_of_the_connection_is_taken(root: Path) -> None:
    """Without a length."""
    reply, _ = asked(root, http(BODY.encode()))
    assert reply.json == json.loads(BODY)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        http(b'{"a"', "Content-Length: 100"),
        http(b"5\r\n{}", "Transfer-Encoding: chunked"),
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"x" * 200_000,
    ],
)
def test_an_answer_that_is_cut_is_none(answer: bytes, root: Path) -> None:
    """What the router did is not known then, so the same id is asked again."""
    with pytest.raises(Unreachable):
        asked(root, answer)


def test_a_refusal_that_comes_before_all_is_read_counts(root: Path) -> None:
    """A server may answer and close while the question is still being sent."""
    body = b'{"error": {"code": "token"}}'
    answer = http(body, f"Content-Length: {len(body)}", status="401 Unauthorized")
    try:
        reply, _ = asked(root, answer, reads=False)
    except Unreachable:
        return  # the kernel may have dropped it with the connection
    assert (reply.status, reply.json["error"]["code"]) == (401, "token")


@pytest.mark.parametrize(("status", "taken"), [("200 OK", 502), ("500 Sorry", 500), ("404 Not Found", 404)])
def test_what_is_no_json_is_an_error_with_its_words(status: str, taken: int, root: Path) -> None:
    """A success that cannot be read is none."""
    reply, _ = asked(root, http(b"<h1>hello</h1>", "Content-Length: 14", status=status))
    assert (reply.status, reply.json["error"]["message"]) == (taken, "<h1>hello</h1>")


def test_a_router_that_is_not_there_is_unreachable(root: Path) -> None:
    """No socket, a socket that nobody serves, a file in its place; and one that says nothing."""
    router = Router(str(root))
    path = root / "run" / "router.socket"
    with pytest.raises(Unreachable, match="No such file"):
        router.get("/v1/health")
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    with pytest.raises(Unreachable, match="refused"):
        router.get("/v1/health")
    path.unlink()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen(1)
        with pytest.raises(Unreachable, match=r"said nothing for 0\.05 s"):
            router.post("/v1/port", {}, 0.05)


def test_a_root_with_a_long_path_says_where_its_router_is(root: Path) -> None:
    """In `run/router`; a socket's path fits into 107 bytes only."""
    deep = root / ("d" * 100)
    (deep / "run").mkdir(parents=True)
    router = Router(str(deep))
    for said in (None, "{", "[]", '{"pid": 1}', "\0"):
        if said is not None:
            (deep / "run" / "router").write_text(said)
        with pytest.raises(Unreachable, match="no router has said where it is"):
            router.get("/v1/health")
    (deep / "run" / "router").write_text(json.dumps({"pid": 1, "socket": str(root / "s"), "port": None}))
    server = Scripted(root / "s", http(b'{"ok": true}', "Content-Length: 12"))
    assert router.get("/v1/health").json == {"ok": True}
    assert b"Authorization" not in server.request
    server.close()
