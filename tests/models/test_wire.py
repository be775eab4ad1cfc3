"""The router's wire: OpenAI's requests in, every provider's format out, and who may ask for what."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from scope.models import tokens
from scope.store import layout
from tests.models.provider import Turn, bash, cut, say

if TYPE_CHECKING:
    from tests.models.conftest import Office

BASH = {
    "type": "function",
    "function": {
        "name": "bash",
        "description": "Run it.",
        "parameters": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
    },
}
KINDS = pytest.mark.parametrize("kind", ["openai", "anthropic"])


@KINDS
def test_a_chat_is_answered_and_says_what_it_took(office: Office, kind: str) -> None:
    """A request in OpenAI's form gets a reply in OpenAI's form, and one key that says what it took."""
    office.levels(office.model("context: 1000", kind))
    session, token = office.new()
    office.provider.script(f"chat {kind}", say("hello", usage=(1000, 100)))
    said = office.chat(token, f"chat {kind}", identity=f"{session}/1/1.1")
    assert (said.status, said.text) == (200, "hello")
    assert said.json["usage"]["total_tokens"] == 1100
    took = said.json["scope"]
    assert took["request"] == f"{session}/1/1.1"
    assert (took["level"], took["deployment"], took["window"]) == (0, "0/0", 1000)
    assert (took["cost"], took["tokens"], took["note"]) == (0.0012, 1100, "")
    assert took["spent"] == {"usd": 0.0012, "tokens": 1100, "calls": 1}
    (line,) = office.lines(session)
    assert (line["outcome"], line["cost"], line["prompt_tokens"], line["completion_tokens"]) == (
        "ok",
        0.0012,
        1000,
        100,
    )


@KINDS
def test_tools_go_there_and_their_calls_come_back(office: Office, kind: str) -> None:
    """The provider sees the tools in its own format, and its calls come back in OpenAI's, also on the next turn."""
    office.levels(office.model(kind=kind))
    _, token = office.new()
    office.provider.script(f"tool {kind}", bash("ls -l"), say("done"))
    said = office.chat(token, f"tool {kind}", tools=[BASH])
    message = said.json["choices"][0]["message"]
    (made,) = message["tool_calls"]
    assert (said.json["choices"][0]["finish_reason"], message["content"]) == ("tool_calls", None)
    assert (made["type"], made["function"]["name"]) == ("function", "bash")
    assert json.loads(made["function"]["arguments"]) == {"command": "ls -l"}
    seen = office.provider.of(f"tool {kind}")[0].body["tools"][0]
    assert (seen["name"] if kind == "anthropic" else seen["function"]["name"]) == "bash"
    turns = [
        {"role": "user", "content": f"tool {kind}"},
        message,
        {"role": "tool", "tool_call_id": made["id"], "content": "total 0"},
    ]
    body = {"model": "default", "messages": turns, "tools": [BASH]}
    assert office.request("POST", "/v1/chat/completions", body, token).text == "done"
    assert "total 0" in office.provider.of(f"tool {kind}")[1].text


@KINDS
def test_a_stream_comes_in_chunks_and_its_last_one_says_what_it_took(office: Office, kind: str) -> None:
    """Words come in OpenAI's chunks, then one chunk with usage and cost, then [DONE]; all of it is in the ledger."""
    office.levels(office.model(kind=kind))
    session, token = office.new()
    office.provider.script(f"stream {kind}", say("words " * 20, usage=(500, 50)))
    *chunks, end = office.chat(token, f"stream {kind}", stream=True).chunks
    words = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"])
    assert (end, words) == ("DONE", "words " * 20)
    assert chunks[-1]["usage"]["total_tokens"] == 550
    assert chunks[-1]["scope"]["cost"] == pytest.approx(0.0006)
    (line,) = office.lines(session)
    assert (line["outcome"], line["prompt_tokens"], line["completion_tokens"]) == ("ok", 500, 50)


@KINDS
def test_a_streamed_tool_call_is_whole_when_put_together(office: Office, kind: str) -> None:
    """The pieces of a call's arguments make the arguments."""
    office.levels(office.model(kind=kind))
    _, token = office.new()
    office.provider.script(f"piecemeal {kind}", bash("echo 1"))
    chunks = office.chat(token, f"piecemeal {kind}", stream=True, tools=[BASH]).chunks
    pieces: list[dict[str, Any]] = []
    for chunk in chunks[:-1]:
        for choice in chunk["choices"]:
            pieces += [made["function"] for made in choice["delta"].get("tool_calls", ())]
    assert json.loads("".join(piece.get("arguments") or "" for piece in pieces)) == {"command": "echo 1"}


@KINDS
def test_a_cut_stream_ends_with_an_error_and_is_put_down_as_cut(office: Office, kind: str) -> None:
    """A provider that hangs up in the middle: an error event, no [DONE], and a line that estimates what was billed."""
    office.levels(office.model(kind=kind))
    session, token = office.new()
    office.provider.script(f"cut {kind}", cut())
    chunks = office.chat(token, f"cut {kind}", stream=True).chunks
    assert chunks[-1]["error"]["code"] == "provider"
    assert "DONE" not in chunks
    (line,) = office.lines(session)
    assert (line["outcome"], "estimated" in str(line["note"])) == ("cut", True)
    assert int(str(line["completion_tokens"])) > 0


def test_a_client_that_goes_away_ends_its_stream(office: Office) -> None:
    """Nobody listens: what came so far is put down as cut, and nothing stays reserved."""
    office.levels(office.model("parallel: 1"))
    session, token = office.new()
    office.provider.script("leaver", say("word " * 100_000), say("next"))
    body = json.dumps({"messages": [{"role": "user", "content": "leaver"}], "stream": True}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(office.socket)
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert b"200 OK" in client.recv(1000)
    assert office.chat(token, "leaver").text == "next"
    assert [line["outcome"] for line in office.lines(session)] == ["cut", "ok"]


def test_many_requests_may_use_one_connection(office: Office) -> None:
    """Keep-alive works."""
    office.levels(office.model())
    _, token = office.new()
    office.provider.script("again and again", say("one"), say("two"))
    body = json.dumps({"messages": [{"role": "user", "content": "again and again"}]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    with socket.socket(socket.AF_UNIX) as client, client.makefile("rb") as stream:
        client.connect(office.socket)
        for words in (b"one", b"two"):
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            headers = dict(line.split(b": ", 1) for line in iter(stream.readline, b"\r\n") if b": " in line)
            assert words in stream.read(int(headers[b"Content-Length"]))


def test_only_known_parameters_reach_a_provider(office: Office) -> None:
    """A client can neither send the key elsewhere nor raise the limit of a reply."""
    office.levels(office.model("max_tokens: 50"))
    _, token = office.new()
    office.provider.script("smuggle", say("no"))
    more: dict[str, Any] = {
        "api_base": "http://127.0.0.1:9/v1",
        "api_key": "x",
        "extra_headers": {"a": "b"},
        "mock_response": "yes",
    }
    assert office.chat(token, "smuggle", max_tokens=5000, temperature=0.5, **more).text == "no"
    (seen,) = office.provider.of("smuggle")
    assert (seen.body["max_tokens"], seen.body["temperature"]) == (50, 0.5)
    assert "a" not in seen.headers


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"messages": []}', b'{"messages": [1]}', b'{"messages": [{}], "n": 99}',
     b'{"messages": [{}], "max_tokens": "many"}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_request_is_refused_in_words(office: Office, body: bytes) -> None:
    """400, a sentence, and no provider is asked."""
    office.levels(office.model())
    _, token = office.new()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
    with socket.socket(socket.AF_UNIX) as client, client.makefile("rb") as stream:
        client.connect(office.socket)
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = stream.read()
    assert b"400" in answer.splitlines()[0]
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "request"


def test_a_strange_route_is_answered_in_the_same_form(office: Office) -> None:
    """404 and 405 are errors like the others."""
    assert office.get("/v1/strange").json["error"]["code"] == "request"
    assert office.get("/v1/chat/completions").status == 405


def test_a_levels_models_are_listed_up_to_the_sessions_own(office: Office) -> None:
    """A tool sees the levels that it may name, with their windows."""
    levels = f"{{0: [{office.model('context: 1000, max_tokens: 10')}], 1: [{office.model()}], 2: [{office.model()}]}}"
    office.configure(f"models:\n  levels: {levels}\n")
    _, token = office.new("level: 1\n")
    found = office.get("/v1/models", token).json["data"]
    assert [one["id"] for one in found] == ["level-0", "level-1"]
    assert found[0] == {
        "id": "level-0", "object": "model", "owned_by": "scope", "context_window": 1000, "max_tokens": 10,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "level"), [("default", 1), ("level-0", 0), ("0", 0), ("executor", 0), ("gpt-9", 1), ("", 1)]
)
def test_a_models_name_means_a_level(office: Office, name: str, level: int) -> None:
    """A level, a role, or the session's own for any other name."""
    office.configure(f"models:\n  levels: {{0: [{office.model()}], 1: [{office.model()}]}}\n")
    _, token = office.new("level: 1\n")
    office.provider.script("which", say("this"))
    assert office.chat(token, "which", model=name).json["scope"]["level"] == level


def test_no_session_gets_a_level_above_its_own(office: Office) -> None:
    """403 in words, whether it asks by number or by role; nobody is asked."""
    office.configure(f"models:\n  levels: {{0: [{office.model()}], 2: [{office.model()}]}}\n")
    _, token = office.new("level: 0\n")
    for name in ("level-2", "2", "advisor"):
        said = office.chat(token, "above", model=name)
        assert (said.status, said.code) == (403, "level"), said.raw


def test_a_child_works_at_no_higher_level_than_its_parent_unless_the_watcher_made_it(office: Office) -> None:
    """What a task claims is capped by those above it; help that the watcher orders is not."""
    office.configure(f"models:\n  levels: {{0: [{office.model()}], 2: [{office.model()}]}}\n")
    parent, _ = office.new("level: 0\n")
    office.provider.script("child", say("a"), say("b"))
    capped = office.session(f"{parent}.1", task="level: 2\n")
    helper = office.session(f"{parent}.2", task="level: 2\nby: watcher\n")
    assert office.chat(capped, "child").json["scope"]["level"] == 0
    assert office.chat(helper, "child").json["scope"]["level"] == 2


def test_a_level_without_a_model_says_which_levels_there_are(office: Office) -> None:
    """503, and the names of those that could be asked."""
    office.levels(office.model())
    _, token = office.new("level: 7\n")
    said = office.chat(token, "nobody")
    assert (said.status, said.code) == (503, "no_model")
    assert "level 7" in said.json["error"]["message"]
    assert "levels: 0" in said.json["error"]["message"]


def test_a_wrong_token_is_refused(office: Office) -> None:
    """401 without a token, with a strange one, with one of another root, and with one that was changed."""
    session, token = office.new()
    other = tokens.make(str(office.base), session, 1)
    for wrong in ("", "scope", "sk-123", other, token[:-1] + ("0" if token[-1] != "0" else "1"), token + "0"):
        said = office.chat(wrong, "x")
        assert (said.status, said.code) == (401, "token")


def test_the_token_may_come_as_an_api_key(office: Office) -> None:
    """Some tools send `x-api-key`."""
    office.levels(office.model())
    _, token = office.new()
    port = office.request("POST", "/v1/port", {}, token).json["base_url"]
    with urlopen(Request(f"{port}/models", headers={"x-api-key": token})) as answer:  # noqa: S310
        assert json.loads(answer.read())["data"]


def test_another_sessions_token_does_not_help_the_process_of_a_session(office: Office) -> None:
    """A process that runs inside one session cannot speak for another, nor can its children."""
    office.levels(office.model())
    mine, token = office.new()
    other, stolen = office.new()
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from tests.models.desk import Desk\n"
        f"d = Desk.__new__(Desk); from pathlib import Path; d.root = Path({str(office.root)!r})\n"
        "for token in sys.argv[1:]: print(d.get('/v1/models', token).raw.decode())"
    )
    shell = ["sh", "-c", '"$@"; true', "sh", "env", "-u", "SCOPE_ATTEMPT", sys.executable, "-c", code, token, stolen]
    env = {**os.environ, "SCOPE_ATTEMPT": layout.mark(str(office.root), mine, 1)}
    repository = Path(__file__).parents[2]
    done = subprocess.run(shell, env=env, capture_output=True, text=True, check=True, cwd=repository)
    allowed, refused = map(json.loads, done.stdout.splitlines())
    assert allowed["object"] == "list"
    assert refused["error"]["code"] == "session"
    assert f"session {other}" in refused["error"]["message"]


@pytest.mark.parametrize("sign", ["closed", "exit"])
def test_a_closed_attempt_makes_no_calls(office: Office, sign: str) -> None:
    """403 as soon as the watcher has fenced it off, or it has ended."""
    office.levels(office.model())
    session, token = office.new()
    directory = Path(layout.attempt(layout.session(str(office.root), session), 1))
    assert office.get("/v1/models", token).status == 200
    (directory / sign).write_text("0")
    said = office.chat(token, "late")
    assert (said.status, said.code) == (403, "closed")


def test_a_session_that_is_gone_makes_no_calls(office: Office) -> None:
    """A token outlives its session's directory, and is worth nothing then."""
    token = tokens.make(str(office.root), "999", 1)
    assert office.chat(token, "ghost").status == 403


def test_a_port_serves_tools_that_take_a_base_url(office: Office) -> None:
    """The loopback listener is there for whoever has a token, and stays the same."""
    office.levels(office.model())
    _, token = office.new()
    assert office.request("POST", "/v1/port", {}).status == 401
    said = office.request("POST", "/v1/port", {}, token).json
    assert said["base_url"] == f"http://127.0.0.1:{said['port']}/v1"
    assert office.request("POST", "/v1/port", {}, token).json == said
    office.provider.script("tool of a tool", say("hi"))
    body = json.dumps({"model": "gpt-4", "messages": [{"role": "user", "content": "tool of a tool"}]}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urlopen(Request(f"{said['base_url']}/chat/completions", body, headers)) as answer:  # noqa: S310
        assert json.loads(answer.read())["choices"][0]["message"]["content"] == "hi"


def test_health_needs_no_token_and_counts(office: Office) -> None:
    """Who looks after the router sees that it lives, and what it does."""
    office.levels(office.model())
    _, token = office.new()
    before = office.get("/v1/health").json
    office.get("/v1/models", token)
    after = office.get("/v1/health").json
    assert after["requests"] == before["requests"] + 1
    assert after["under_way"] == 0
    assert after["ok"]
    assert time.strptime(after["started"], "%Y-%m-%dT%H:%M:%SZ")


def test_edited_settings_hold_for_the_next_call_and_wrong_ones_change_nothing(office: Office) -> None:
    """config.yaml is taken as it is now; one that cannot be taken leaves the last."""
    office.levels(office.model("max_tokens: 11"))
    _, token = office.new()
    office.provider.script("edited", say("a"), say("b"), say("c"))
    assert office.chat(token, "edited").status == 200
    office.levels(office.model("max_tokens: 22"))
    assert office.chat(token, "edited").status == 200
    office.configure("models: {levles: 3}\n")
    assert office.chat(token, "edited").status == 200
    assert [seen.body["max_tokens"] for seen in office.provider.of("edited")] == [11, 22, 22]
    assert "the settings stay as they were" in office.log()


def test_the_ledger_says_who_made_a_call_and_for_what(office: Office) -> None:
    """Session, attempt, tree, agent, job, role, skills, and the provider's own usage."""
    office.levels(office.model())
    session, _ = office.new("agent: ann\n")
    brief = "---\nexecutor: model\nskills: [rlm, tests]\n---\nDo it.\n"
    token = office.session(f"{session}.1", attempt=3, task="role: executor\njob_type: run-tests\n", brief=brief)
    office.provider.script("who", Turn(text="me", usage=(7, 5)))
    assert office.chat(token, "who").status == 200
    (line,) = office.lines(session)
    for key, value in {
        "session": f"{session}.1", "attempt": 3, "tree": session, "agent": "ann", "job": "run-tests", "level": 0,
        "role": "executor", "skills": ["rlm", "tests"], "deployment": "0/0", "error": "", "note": "",
    }.items():  # fmt: skip
        assert line[key] == value, key
    assert line["usage"]["total_tokens"] == 12  # type: ignore[index]
