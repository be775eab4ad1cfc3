"""What lies in `attempts/<n>/`: each path of one attempt, spelled once, with its one writer."""

from __future__ import annotations


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
