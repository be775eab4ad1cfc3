"""What a machine has to reach models with: found by real servers, real files and names of variables."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from scope.laws import roster
from scope.models import discovery
from scope.store import document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scope.laws.roster import Deployment


PATIENT_S = 30.0
"""For those who answer: nobody is waited for who has answered."""


@contextmanager
def serving(body: Any, status: int = 200) -> Iterator[int]:
    """Answer every GET with this, as JSON unless it is bytes; yield the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status if self.path == "/v1/models" else 404)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def models(*names: str) -> dict[str, Any]:
    """A list of models as OpenAI's and every local server's API has it."""
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}


def taken(line: str) -> Deployment:
    """The deployment that a line of config.yaml makes."""
    keys, _ = document.mapping(line)
    section: Any = keys["models"]
    found = roster.parse(section["levels"])
    assert isinstance(found, dict), found
    return found[0][0]


def test_a_provider_is_found_by_its_variable_and_never_by_its_value() -> None:
    """Every one that is known: the line can be taken, and holds no key."""
    assert discovery.keys({}) == ()
    assert discovery.keys({"OPENAI_API_KEY": ""}) == ()
    for name, model in discovery.PROVIDERS.items():
        (found,) = discovery.keys({name: "sk-secret", "OTHER": "x"})
        assert "sk-secret" not in repr(found)
        made = taken(found.line)
        assert (made.model, made.api_key_env, made.base_url) == (model, name, "")


def test_a_local_server_is_found_by_what_it_answers() -> None:
    """With its first model that can talk; its line can be taken, and says that it costs nothing."""
    with serving(models("nomic-embed-text", "qwen3:4b", "llama3.2")) as port:
        (found,) = discovery.servers({port: "ollama"}, PATIENT_S)
    assert found.models == ("qwen3:4b", "nomic-embed-text", "llama3.2")
    assert found.says == f"ollama answers on 127.0.0.1:{port} with qwen3:4b"
    made = taken(found.line)
    assert (made.model, made.base_url, made.api_key_env) == ("openai/qwen3:4b", f"http://127.0.0.1:{port}/v1", "")
    assert made.price == roster.Price(0, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>no</html>",
        [],
        {},
        {"data": 3},
        {"data": [3]},
        {"data": [{}]},
        models(),
        models("a\nb"),
        models("x" * 999),
    ],
    ids=str,
)
def test_whatever_else_answers_is_no_server_of_models(body: Any) -> None:
    """Anybody may hold a port: web pages, other JSON, names that are none."""
    with serving(body) as port:
        assert discovery.servers({port: "vLLM"}, PATIENT_S) == ()


def test_a_refusal_is_no_answer() -> None:
    """A server that wants a key of its own is not asked for more."""
    with serving(models("a"), status=401) as port:
        assert discovery.servers({port: "vLLM"}, PATIENT_S) == ()


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    """All are asked at once, and a slow one holds up nobody."""
    with socket.create_server(("127.0.0.1", 0)) as silent, serving(models("a")) as port:
        asked = {silent.getsockname()[1]: "silent", port: "vLLM"}
        found = discovery.servers(asked, within_s=2.0)  # the silent one would be waited for until the test's end
    assert [find.name for find in found] == ["vLLM"]


def test_a_closed_port_is_nobody() -> None:
    """It refuses at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert discovery.servers({port: "nobody"}) == ()


def test_the_ports_to_ask_can_be_named() -> None:
    """None at all, other ones, or those that servers take by themselves."""
    assert discovery.ports({}) == discovery.SERVERS
    assert discovery.ports({discovery.PORTS: ""}) == {}
    assert discovery.ports({discovery.PORTS: "8000, 9999,x,70000"}) == {8000: "vLLM", 9999: "a server"}


def test_coding_agents_are_found_on_the_path(tmp_path: Path) -> None:
    """Only what can be run; the line runs it as work."""
    (tmp_path / "codex").write_text("#!/bin/sh\n")
    (tmp_path / "claude").write_text("#!/bin/sh\n")
    (tmp_path / "claude").chmod(0o700)
    (tmp_path / "amp").mkdir()
    (found,) = discovery.programs(f":/nowhere:{tmp_path}")
    assert (found.kind, found.name, found.line) == ("program", "claude", "scope spawn -- claude …")


def test_everything_is_what_gives_a_model_and_then_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which it would be written down."""
    monkeypatch.setattr(discovery, "servers", partial(discovery.servers, within_s=PATIENT_S))
    (tmp_path / "aider").write_text("")
    (tmp_path / "aider").chmod(0o700)
    with serving(models("m")) as port:
        environment = {"GROQ_API_KEY": "x", "PATH": str(tmp_path), discovery.PORTS: str(port)}
        assert [find.kind for find in discovery.everything(environment)] == ["key", "server", "program"]
