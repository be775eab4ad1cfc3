"""Somebody who listens on loopback for what notifications bring, and may refuse or hang."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Listener:
    """A server on loopback that keeps every notification; `refusals` are the answers to give first."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.refusals: list[int] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            """Takes what is posted."""

            def do_POST(self) -> None:
                """Keep it, then answer."""
                outer.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.may_answer.wait(60)
                self.send_response(outer.refusals.pop(0) if outer.refusals else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop listening."""
        self.may_answer.set()
        self._server.shutdown()
        self._server.server_close()
