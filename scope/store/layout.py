"""Where everything lies: each path of the contract, spelled once, with its one writer.

What lies in `run/` is in `store.rundir`, what lies in `archive/` in `store.archivedir`. Paths are plain
strings: the hot commands cannot afford pathlib.
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


def lock(attempt_directory: str) -> str:
    """`lock`, held by the attempt's processes. Writer: nobody; the watcher makes it."""
    return f"{attempt_directory}/lock"


def orders(attempt_directory: str) -> str:
    """`command`, what the wrapper is to run, as shell words. Writer: the watcher, once."""
    return f"{attempt_directory}/command"


def brief(attempt_directory: str) -> str:
    """`brief.md`, exactly what the executor was given. Writer: the watcher, once."""
    return f"{attempt_directory}/brief.md"


def rendering(attempt_directory: str) -> str:
    """`templates.json`, the files to render, with the template and the variables of each. Writer: the watcher, once."""
    return f"{attempt_directory}/templates.json"


def started(attempt_directory: str) -> str:
    """`started`, the wrapper's pid and the boot's id. Writer: the worker."""
    return f"{attempt_directory}/started"


def closed(attempt_directory: str) -> str:
    """`closed`, fenced off. Writer: the watcher."""
    return f"{attempt_directory}/closed"


def waiting_on(attempt_directory: str) -> str:
    """`waiting_on`, the ids it waits for, held locked while it does; a second wait at once adds its pid to the name.

    Writer: the worker.
    """
    return f"{attempt_directory}/waiting_on"


def output(attempt_directory: str) -> str:
    """`output.log`, the pane's bytes. Writer: the pane's pipe."""
    return f"{attempt_directory}/output.log"


def check(attempt_directory: str) -> str:
    """`check`, what the check printed, then `exit N`. Writer: the worker."""
    return f"{attempt_directory}/check"


def report(attempt_directory: str) -> str:
    """`report.json`, what `scope fail` reported. Writer: the worker, once."""
    return f"{attempt_directory}/report.json"


def asked(attempt_directory: str, number: int) -> str:
    """`question-<k>.json`, what `scope ask` asks; held locked while it waits for the answer. Writer: the worker."""
    return f"{attempt_directory}/question-{number}.json"


def answered(attempt_directory: str, number: int) -> str:
    """`answer-<k>.json`, the answer to question k. Writer: the watcher."""
    return f"{attempt_directory}/answer-{number}.json"


def base(attempt_directory: str) -> str:
    """`base`, the commit that the attempt began with, and clean or dirty. Writer: the attempt, before its work."""
    return f"{attempt_directory}/base"


def changes(attempt_directory: str) -> str:
    """`changes.patch`, what the attempt changed in its own work tree. Writer: the attempt at its end, or the next.

    What the next one finds there that is not that, such as a person's, lies in `changes.later.patch` beside it.
    """
    return f"{attempt_directory}/changes.patch"


def failure(attempt_directory: str) -> str:
    """`failure.md`, the structured failure report. Writer: the watcher."""
    return f"{attempt_directory}/failure.md"


def token(attempt_directory: str) -> str:
    """`token`, what the attempt shows the router. Writer: the watcher, once."""
    return f"{attempt_directory}/token"


def trajectory(attempt_directory: str) -> str:
    """`trajectory.jsonl`, every reply, action and observation of a model's attempt. Writer: the worker."""
    return f"{attempt_directory}/trajectory.jsonl"


def query(attempt_directory: str) -> str:
    """`query`, the id of the newest question, under which its answer can be had again. Writer: the worker."""
    return f"{attempt_directory}/query"


def observed(attempt_directory: str, step: int, number: int) -> str:
    """`outputs/<step>-<n>`, the whole output of one command of a model's. Writer: that command."""
    return f"{attempt_directory}/outputs/{step}-{number}"


def returned(attempt_directory: str) -> str:
    """`result.md`, what the model gave back with `done`. Writer: the worker, once."""
    return f"{attempt_directory}/result.md"


def uses(attempt_directory: str) -> str:
    """`skills.json`, what a model says of the skills that it was given. Writer: the worker."""
    return f"{attempt_directory}/skills.json"


def advice(attempt_directory: str) -> str:
    """`advice.json`, what an advisor advises. Writer: the worker."""
    return f"{attempt_directory}/advice.json"


def usage(attempt_directory: str) -> str:
    """`usage.json`, tokens, cost, seconds and calls so far. Writer: the worker."""
    return f"{attempt_directory}/usage.json"


def exit_code(attempt_directory: str) -> str:
    """`exit`, an integer; its presence ends the attempt. Writer: the worker, last."""
    return f"{attempt_directory}/exit"


def mark(root: str, session_id: str, number: int) -> str:
    """Return the value of SCOPE_ATTEMPT, carried by every process of an attempt."""
    return f"{root}/{session_id}/{number}"


def home() -> str:
    """Return `~/.scope`, or SCOPE_HOME: what outlives a project. It is never a root."""
    return os.path.realpath(os.environ.get("SCOPE_HOME") or os.path.expanduser(f"~/{DIRECTORY}"))
