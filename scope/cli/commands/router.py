"""`scope router`: the router to the models, by hand."""

from __future__ import annotations

import os
import sys

from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput, Environment
from scope.sessions.processes import holder
from scope.store import roots, rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from scope.cli.grammar import Given

COMMAND = Command(
    "router",
    "Be the router to the models, or ask after it, or stop it.",
    text="""\
One router per root holds the keys of the providers, calls the models for all sessions, and holds them to
their budgets. Work that needs it starts it, and it leaves when nobody does; keys that come from a variable
(api_key_env) are those of the command that started it. Stopping it, kindly or with kill -9, loses no work:
models wait until there is one again.

Without ACTION this is the router, with the keys of this environment, until Ctrl-C. status says whether one
lives (exit code 0) or not (1). stop ends it.""",
    epilog="Examples: scope router status · scope router stop · scope router",
    arguments=[Argument("action", required=False, meaning="status or stop.")],
    options=[
        Option(
            "--json",
            meaning="With status, print an object: alive, pid, root, log, socket, port, requests, under_way, started.",
        )
    ],
)


def run(given: Given) -> int:
    """Be, ask after or stop the router."""
    root = roots.require()
    match given.text("action"):
        case "status":
            return _status(root, is_json=given.flag("json"))
        case "stop":
            if not holder.end(rundir.router_lock(root), "the router", rundir.router_log(root)):
                sys.stderr.write("no router lives\n")
            return 0
        case None:
            return _be(root)
        case action:
            from scope.cli.meant import hint  # noqa: PLC0415 - only for who mistyped

            known = "it knows: scope router status, scope router stop"
            raise BadInput("router does not know", action, hint=hint(action, ("status", "stop"), known))


def _be(root: str) -> int:
    """Become the router: the same program that others start in the background, with its words on this terminal."""
    roots.refuse_untrusted(root)
    from scope.models import handover, starting  # noqa: PLC0415 - imports yaml
    from scope.sessions.processes import daemon  # noqa: PLC0415
    from scope.sessions.records import configuration  # noqa: PLC0415

    if starting.is_alive(root):
        pid = holder.pid(rundir.router_lock(root))
        raise Environment("there is a router already for", root, f"pid {pid or 'unknown'}", "scope router stop")
    roster = configuration.load(root).models.roster
    why = starting.why_not_here(roster)
    if why:
        raise Environment("cannot be the router of", root, why, "see what is there and what is missing: scope doctor")
    reading, writing = os.pipe()
    os.write(writing, handover.words(roster))
    os.close(writing)
    os.dup2(reading, 0)
    os.close(reading)
    sys.stderr.write(f"the router starts; its log is {rundir.router_log(root)}\n")
    sys.stderr.flush()
    # What it may see of this environment is the same as ever: in particular, no key.
    argv = daemon.argv([starting.MODULE, root])
    os.execve(argv[0], argv, daemon.kept(starting.KEPT))


def _status(root: str, *, is_json: bool) -> int:
    from scope.models import handover, starting  # noqa: PLC0415 - imports yaml

    is_alive = starting.is_alive(root)
    health = _health(root) if is_alive else {}
    pid = holder.pid(rundir.router_lock(root)) if is_alive else None
    address = handover.address(root) if is_alive else {}
    if is_json:
        import json  # noqa: PLC0415 - only when asked for

        said = {
            "alive": is_alive,
            "pid": pid,
            "root": root,
            "log": rundir.router_log(root),
            "socket": address.get("socket"),
            "port": address.get("port"),
            "requests": health.get("requests"),
            "under_way": health.get("under_way"),
            "started": health.get("started"),
        }
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    elif is_alive:
        doing = f"{health['requests']} calls, {health['under_way']} under way" if health else "it gives no answer yet"
        sys.stdout.write(
            f"the router of {root} lives, pid {pid or 'unknown'}: {doing}; its log: {rundir.router_log(root)}\n"
        )
    else:
        sys.stdout.write(f"no router lives for {root}; work that needs one starts it\n")
    return 0 if is_alive else 1


def _health(root: str) -> dict[str, Any]:
    """Return what the router says of itself; nothing where it does not answer, as while it loads."""
    from scope.models.client import Router, Unreachable  # noqa: PLC0415 - only for one that lives

    try:
        said = Router(root).get("/v1/health").json
    except Unreachable:
        return {}
    return said if {"requests", "under_way"} <= said.keys() else {}
