"""What this machine has to reach models with: keys in the environment, servers on loopback, agents' own programs.

Keys are told by their names; nobody's value is read, kept or shown. Nothing that is found is used
until a person writes it into config.yaml; `scope init` and `scope doctor` show the line.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from scope.laws.ids import is_count
from scope.store import frontmatter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROVIDERS: Final[dict[str, str]] = {
    "OPENAI_API_KEY": "openai/gpt-5-mini",
    "ANTHROPIC_API_KEY": "anthropic/claude-haiku-4-5",
    "GEMINI_API_KEY": "gemini/gemini-2.5-flash",
    "GROQ_API_KEY": "groq/openai/gpt-oss-120b",
    "MISTRAL_API_KEY": "mistral/mistral-small-latest",
    "DEEPSEEK_API_KEY": "deepseek/deepseek-chat",
    "OPENROUTER_API_KEY": "openrouter/anthropic/claude-haiku-4.5",
    "XAI_API_KEY": "xai/grok-code-fast-1",
    "CEREBRAS_API_KEY": "cerebras/gpt-oss-120b",
    "DEEPINFRA_API_KEY": "deepinfra/openai/gpt-oss-120b",
    "FIREWORKS_API_KEY": "fireworks_ai/accounts/fireworks/models/gpt-oss-120b",
    "TOGETHERAI_API_KEY": "together_ai/openai/gpt-oss-120b",
    "MOONSHOT_API_KEY": "moonshot/kimi-k2.5",
    "DASHSCOPE_API_KEY": "dashscope/qwen-plus",
    "COHERE_API_KEY": "cohere/command-a-03-2025",
}
"""The variable of each provider, and a small model of its for level 0."""

SERVERS: Final[dict[int, str]] = {11434: "ollama", 8080: "llama.cpp", 8000: "vLLM", 1234: "LM Studio"}
"""The ports that servers of local models take by themselves."""

AGENTS: Final = ("claude", "codex", "gemini", "qwen", "opencode", "aider", "goose", "copilot", "cursor-agent", "amp")
"""Coding agents with a command line of their own."""

PORTS: Final = "SCOPE_LOCAL_PORTS"
"""The variable that names other ports to ask for local models, with commas between; empty: none."""

WITHIN_S: Final = 0.3
EXAMPLE: Final = f"{{model: {PROVIDERS['OPENAI_API_KEY']}, api_key_env: OPENAI_API_KEY}}"
_LONGEST_REPLY: Final = 1 << 20
_LONGEST_NAME: Final = 120

Kind = Literal["key", "server", "program"]


@dataclass(frozen=True, slots=True)
class Find:
    """One thing that was found: `says` it in words, `entry` is its line within a level of config.yaml."""

    kind: Kind
    name: str
    says: str
    entry: str = ""
    models: tuple[str, ...] = ()
    url: str = ""

    @property
    def line(self) -> str:
        """What to write or to type: the line for config.yaml; for a program, how it is run as work."""
        return levels(self.entry) if self.entry else f"scope spawn -- {self.name} …"


def everything(environment: Mapping[str, str]) -> tuple[Find, ...]:
    """Return what gives a model, and then the agents' own programs."""
    return (*usable(environment), *programs(environment.get("PATH", os.defpath)))


def usable(environment: Mapping[str, str]) -> tuple[Find, ...]:
    """Return what can stand in config.yaml: providers whose key is set, and servers that answer."""
    return (*keys(environment), *servers(ports(environment)))


def keys(environment: Mapping[str, str]) -> tuple[Find, ...]:
    """Return the providers whose key is set, by the variable's name."""
    return tuple(
        Find("key", name, f"{name} is set", f"{{model: {model}, api_key_env: {name}}}", (model,))
        for name, model in PROVIDERS.items()
        if environment.get(name)
    )


def programs(path: str) -> tuple[Find, ...]:
    """Return the coding agents on a path."""
    found = []
    for name in AGENTS:
        places = (os.path.join(directory, name) for directory in path.split(os.pathsep) if directory)
        place = next((place for place in places if os.path.isfile(place) and os.access(place, os.X_OK)), None)
        if place is not None:
            found.append(Find("program", name, f"{name} is installed ({place})"))
    return tuple(found)


def ports(environment: Mapping[str, str]) -> dict[int, str]:
    """Return the ports to ask, with what is expected behind each."""
    named = environment.get(PORTS)
    if named is None:
        return SERVERS
    numbers = (word.strip() for word in named.split(","))
    return {int(word): SERVERS.get(int(word), "a server") for word in numbers if is_count(word) and int(word) < 1 << 16}


def servers(asked: Mapping[int, str], within_s: float = WITHIN_S) -> tuple[Find, ...]:
    """Return the servers on loopback that list models, asked at once, and waited for no longer than this."""
    names: dict[int, tuple[str, ...]] = {}

    def ask(port: int) -> None:
        names[port] = _models(port, within_s)

    open_ones = [port for port in asked if _is_open(port, within_s)]
    if not open_ones:
        return ()
    import http.client  # noqa: F401, PLC0415 - only where a port is open, and before the servers' time begins

    deadline = time.monotonic() + within_s
    threads = [threading.Thread(target=ask, args=(port,), daemon=True) for port in open_ones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return tuple(_server(port, asked[port], names[port]) for port in open_ones if names.get(port))


def levels(entry: str) -> str:
    """Return the line of config.yaml that makes an entry the model of level 0."""
    return f"models: {{levels: {{0: [{entry}]}}}}"


def _server(port: int, what: str, names: tuple[str, ...]) -> Find:
    # What only makes vectors cannot do a task.
    chosen = next((name for name in names if "embed" not in name), names[0])
    model = frontmatter.scalar(f"openai/{chosen}")
    url = f"http://127.0.0.1:{port}/v1"
    entry = f'{{model: {model}, base_url: "{url}", price: {{input: 0, output: 0}}}}'
    ordered = (chosen, *(name for name in names if name != chosen))
    return Find("server", what, f"{what} answers on 127.0.0.1:{port} with {chosen}", entry, ordered, url)


def _is_open(port: int, within_s: float) -> bool:
    # On loopback a port that nobody holds refuses at once.
    try:
        with socket.create_connection(("127.0.0.1", port), within_s):
            return True
    except OSError:
        return False


def _models(port: int, within_s: float) -> tuple[str, ...]:
    """Return the names of the models that a server lists; none where it answers with anything else, or too late."""
    import http.client  # noqa: PLC0415 - only where a port is open

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=within_s)
    try:
        connection.request("GET", "/v1/models")
        reply = connection.getresponse()
        raw = reply.read(_LONGEST_REPLY)
        listed = json.loads(raw)["data"] if reply.status == http.client.OK else []
        return tuple(_told(str(one["id"]) for one in listed))
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, RecursionError):
        return ()
    finally:
        connection.close()


def _told(names: Iterable[str]) -> Iterable[str]:
    """Keep what can be a model's name: whoever holds the port may answer anything."""
    return (name for name in names if name and name.isprintable() and len(name) <= _LONGEST_NAME)
