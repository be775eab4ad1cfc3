"""What lies in `run/`: locks, logs, sockets, caches. Nothing of it is the truth; each path with its one writer."""

from __future__ import annotations

import os


def config_last(root: str) -> str:
    """`run/config.last`, the last settings that could be taken, as their files said them. Writer: the watcher."""
    return f"{root}/run/config.last"


def watcher_lock(root: str) -> str:
    """`run/watcher.lock`, held while a watcher lives; says its pid. Writer: the watcher."""
    return f"{root}/run/watcher.lock"


def watcher_stop(root: str) -> str:
    """`run/watcher.stop`, the boot in which `watch stop` was said last: a watcher started before does not begin.

    After another boot only a person's word starts one: `watch`, `recover`, `spawn`. Writer: the CLI.
    """
    return f"{root}/run/watcher.stop"


def watcher_log(root: str) -> str:
    """`run/watcher.log`. Writer: the watcher."""
    return f"{root}/run/watcher.log"


def tmux(root: str) -> str:
    """`run/tmux`, name, socket, pid and start time of the server. Writer: the watcher."""
    return f"{root}/run/tmux"


def tmux_config(root: str) -> str:
    """`run/tmux.conf`. Writer: the watcher."""
    return f"{root}/run/tmux.conf"


def index(root: str) -> str:
    """`run/index.jsonl`, names and labels for listings; disposable. Writer: the watcher."""
    return f"{root}/run/index.jsonl"


def metrics(root: str) -> str:
    """`run/metrics.prom`, the figures of the root as Prometheus reads them. Writer: the watcher."""
    return f"{root}/run/metrics.prom"


def metrics_counts(root: str) -> str:
    """`run/metrics.json`, what was counted so far, and up to which line of each journal. Writer: the watcher."""
    return f"{root}/run/metrics.json"


def hook_failures(root: str) -> str:
    """`run/hooks`, JSON: how the hooks failed that did not work when they last ran. Writer: the watcher."""
    return f"{root}/run/hooks"


def names_lock(root: str) -> str:
    """`run/names.lock`, held while a name is chosen. Writer: nobody."""
    return f"{root}/run/names.lock"


def escalations_lock(root: str) -> str:
    """`run/escalations.lock`, held while an escalation is changed. Writer: nobody."""
    return f"{root}/run/escalations.lock"


def silences_lock(root: str) -> str:
    """`run/silences.lock`, held while the id of a silence is chosen. Writer: nobody."""
    return f"{root}/run/silences.lock"


def courier_lock(root: str) -> str:
    """`run/courier.lock`, held while somebody delivers notices; says its pid. Writer: the courier."""
    return f"{root}/run/courier.lock"


def courier_log(root: str) -> str:
    """`run/courier.log`, the last words of a courier that could not even begin. Writer: the courier."""
    return f"{root}/run/courier.log"


def housekeeping_lock(root: str) -> str:
    """`run/housekeeping.lock`, held while a session is taken away; says which. Writer: `scope gc` and `scope rm`."""
    return f"{root}/run/housekeeping.lock"


def land_lock(root: str) -> str:
    """`run/land.lock`, held while the work of a session is landed. Writer: nobody."""
    return f"{root}/run/land.lock"


def land_index(root: str) -> str:
    """`run/land.index`, git's index of what would be landed. Writer: `scope land --dry-run`."""
    return f"{root}/run/land.index"


def up_lock(root: str) -> str:
    """`run/up.lock`, held while the declared tree is applied. Writer: nobody."""
    return f"{root}/run/up.lock"


def refinery_lock(root: str, repository: str) -> str:
    """`run/refinery-<hash>.lock`, held while a refinery lands work in a repository. Writer: nobody."""
    import hashlib  # noqa: PLC0415 - only for a refinery

    return f"{root}/run/refinery-{hashlib.sha256(os.fsencode(repository)).hexdigest()[:8]}.lock"


def calls(root: str) -> str:
    """`run/calls.jsonl`, the model calls under way and what is reserved for them. Writer: the router."""
    return f"{root}/run/calls.jsonl"


def replies(root: str) -> str:
    """`run/replies/`, the newest reply of each session, for a worker that asks again. Writer: the router."""
    return f"{root}/run/replies"


def router_lock(root: str) -> str:
    """`run/router.lock`, held while a router lives; says its pid. Writer: the router."""
    return f"{root}/run/router.lock"


def router_log(root: str) -> str:
    """`run/router.log`. Writer: the router."""
    return f"{root}/run/router.log"


def router_socket(root: str) -> str:
    """`run/router.socket`, which only its owner can open. Writer: the router."""
    return f"{root}/run/router.socket"


def router_address(root: str) -> str:
    """`run/router`, JSON: pid, the socket's real path, the port if one is open. Writer: the router."""
    return f"{root}/run/router"


def router_secret(root: str) -> str:
    """`run/router.secret`, from which the tokens of attempts are made. Writer: whoever needs it first, once."""
    return f"{root}/run/router.secret"


def router_wanted(root: str) -> str:
    """`run/router.wanted`, there while work waits for a router that only a key can start: the variables it needs.

    Writer: the watcher.
    """
    return f"{root}/run/router.wanted"
