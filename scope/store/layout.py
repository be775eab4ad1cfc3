"""Where everything lies: each path of the contract, spelled once, with its one writer.

What lies in `run/` is in `store.rundir`, what lies in `archive/` in `store.archivedir`, and what one attempt
leaves behind in `store.attemptdir`. Paths are plain strings: the hot commands cannot afford pathlib.
"""

from __future__ import annotations

import os

FORMAT_VERSION = "1"
DIRECTORY = ".scope"


def format_file(root: str) -> str:
    """`FORMAT`. Writer: whoever makes the root, once."""
    return f"{root}/FORMAT"


def ignore_file(root: str) -> str:
    """`.gitignore` of `*`. Writer: whoever makes the root, once."""
    return f"{root}/.gitignore"


def config(root: str) -> str:
    """`config.yaml`. Writer: people."""
    return f"{root}/config.yaml"


def events(root: str) -> str:
    """`events.jsonl`, one line per change of state. Writer: the watcher."""
    return f"{root}/events.jsonl"


def departures(root: str) -> str:
    """`departures.jsonl`, what figures need of sessions whose directories went. Writer: `scope gc` and `scope rm`."""
    return f"{root}/departures.jsonl"


def roots(home: str) -> str:
    """`~/.scope/roots`, the roots that may run work. Writer: `init` and a first `spawn`."""
    return f"{home}/roots"


def agents(place: str) -> str:
    """`agents/`, of a root or of the home."""
    return f"{place}/agents"


def identity(agent_directory: str) -> str:
    """`identity.md`, who an agent is. Writer: people."""
    return f"{agent_directory}/identity.md"


def declared(agent_directory: str) -> str:
    """`declared.json`, the keys that `tree.yaml` gave the agent's identity. Writer: `scope up`."""
    return f"{agent_directory}/declared.json"


def retired(agent_directory: str) -> str:
    """`identity.retired.md`, who an agent was that is declared no more. Writer: `scope up --prune`."""
    return f"{agent_directory}/identity.retired.md"


def tree(root: str) -> str:
    """`tree.yaml`, the declared tree of supervisors. Writer: people."""
    return f"{root}/tree.yaml"


def restarts(root: str) -> str:
    """`restarts.jsonl`, the history of restarts of all supervisors. Writer: the watcher."""
    return f"{root}/restarts.jsonl"


def skills(place: str) -> str:
    """`skills/`, of a root, of the home, of an agent, or built in. Writer: people and the watcher; an edit wins."""
    return f"{place}/skills"


def hooks(place: str) -> str:
    """`hooks/`, of a root or of the home: executables that are told of events. Writer: people."""
    return f"{place}/hooks"


def hook(place: str, event: str) -> str:
    """`hooks/<event>`, run at each event of that name (scope help hooks). Writer: people."""
    return f"{place}/hooks/{event}"


def run(root: str) -> str:
    """`run/`: locks, logs, sockets; nothing in it is the truth."""
    return f"{root}/run"


def signals(root: str) -> str:
    """`signals/`, what came to pass outside, for checks that come late: `<name>.jsonl`."""
    return f"{root}/signals"


def signal(root: str, name: str) -> str:
    """`signals/<name>.jsonl`, a line each time. Writer: anybody, by appending (`scope event`)."""
    return f"{root}/signals/{name}.jsonl"


def worktree(root: str, session_id: str) -> str:
    """`worktrees/<id>/`, the session's own git work tree. Writer: its attempts.

    Beside it, as `<id>.aside-<n>`, what attempt n found in its place and could not make clean.
    """
    return f"{root}/worktrees/{session_id}"


def branch_start(root: str, session_id: str) -> str:
    """`worktrees/<id>.base`, the commit that its branch begins with, and in which repository. Writer: its attempts."""
    return f"{root}/worktrees/{session_id}.base"


def landed(root: str, session_id: str) -> str:
    """`worktrees/<id>.landed`, JSON: the commit that brings its work into a person's branch. Writer: `scope land`."""
    return f"{root}/worktrees/{session_id}.landed"


def onto(root: str, session_id: str) -> str:
    """`worktrees/<id>.onto`, the commit that its next attempt begins with, in which repository, after which attempt.

    Writer: the refinery that gives its work back.
    """
    return f"{root}/worktrees/{session_id}.onto"


def ledger(root: str) -> str:
    """`ledger.jsonl`, one line per model call. Writer: the router."""
    return f"{root}/ledger.jsonl"


def sessions(root: str) -> str:
    """`sessions/`, one directory per session, allocated by mkdir."""
    return f"{root}/sessions"


def highest(root: str) -> str:
    """`sessions/.highest`, the highest id of removed sessions below each parent. Writer: the watcher."""
    return f"{root}/sessions/.highest"


def swept(root: str) -> str:
    """`sessions/.swept`, the highest id that there was below each parent. Writer: `scope gc` and `scope rm`."""
    return f"{root}/sessions/.swept"


def pause(root: str) -> str:
    """`pause`, no attempt is begun while it exists; its text says why. Writer: people."""
    return f"{root}/pause"


def session(root: str, session_id: str) -> str:
    """`sessions/<id>/`. Writer: the spawner makes it."""
    return f"{root}/sessions/{session_id}"


def task(directory: str) -> str:
    """`task.md`. Writer: the spawner, once; or a person with an editor."""
    return f"{directory}/task.md"


def environment(directory: str) -> str:
    """`env`, the caller's environment as shell assignments. Writer: the spawner, once."""
    return f"{directory}/env"


def state(directory: str) -> str:
    """`state`, one word; absent means pending. Writer: the watcher."""
    return f"{directory}/state"


def activity(directory: str) -> str:
    """`activity`, one line, what it is doing now. Writer: the worker."""
    return f"{directory}/activity"


def abort(directory: str) -> str:
    """`abort`, wanted aborted while it exists. Writer: anybody, by touch."""
    return f"{directory}/abort"


def inbox(directory: str) -> str:
    """`inbox/`, a maildir. Writer: people and ancestors; the watcher moves (for commands)."""
    return f"{directory}/inbox"


def decisions(directory: str) -> str:
    """`decisions.jsonl`, every verdict; the commit point. Writer: the watcher."""
    return f"{directory}/decisions.jsonl"


def escalation_case(directory: str) -> str:
    """`escalation.json`, the case: what failed and what was advised, of all attempts. Writer: the watcher."""
    return f"{directory}/escalation.json"


def question(directory: str) -> str:
    """`question`, there while a person's answer is awaited: the escalation's id and its words. Writer: the watcher."""
    return f"{directory}/question"


def parked(directory: str) -> str:
    """`parked`, there while it waits for a router that nobody can start: why. Writer: the watcher."""
    return f"{directory}/parked"


def raised(directory: str) -> str:
    """`budget`, what people raised its budget to: a line `usd: 5` each. Writer: people."""
    return f"{directory}/budget"


def performance(directory: str) -> str:
    """`performance.json`, what came of the work, for a check that comes late. Writer: anybody, after its end."""
    return f"{directory}/performance.json"


def name(directory: str) -> str:
    """`name`, what people call it now, whatever its task says. Writer: people (`scope rename`)."""
    return f"{directory}/name"


def result(directory: str) -> str:
    """`result.md`, what the caller gets. Writer: the watcher."""
    return f"{directory}/result.md"


def attempts(directory: str) -> str:
    """`attempts/`, one directory per try. Writer: the watcher makes it."""
    return f"{directory}/attempts"


def attempt(directory: str, number: int) -> str:
    """`attempts/<n>/`, one per try, never overwritten. Writer: the watcher makes it."""
    return f"{directory}/attempts/{number}"


def mark(root: str, session_id: str, number: int) -> str:
    """Return the value of SCOPE_ATTEMPT, carried by every process of an attempt."""
    return f"{root}/{session_id}/{number}"


def home() -> str:
    """Return `~/.scope`, or SCOPE_HOME: what outlives a project. It is never a root."""
    return os.path.realpath(os.environ.get("SCOPE_HOME") or os.path.expanduser(f"~/{DIRECTORY}"))
