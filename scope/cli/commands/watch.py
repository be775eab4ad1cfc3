"""`scope watch`: the watcher, by hand."""

from __future__ import annotations

import sys

from scope.cli import paused
from scope.cli.grammar import Argument, Command, Option
from scope.cli.revival import revive
from scope.errors import BadInput, Environment, StoreFault
from scope.sessions.processes import daemon, holder
from scope.sessions.records import pausing
from scope.store import atomic, roots, rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "watch",
    "Start the watcher, or ask after it, or stop it.",
    text="""\
One watcher per root starts, follows and ends the sessions; commands that need one start it by themselves.
Stopping it, kindly or with kill -9, ends no session: the next one goes on from the files.

Without ACTION it is started in the background, unless one lives. status says whether one lives (exit
code 0) or not (1), and where its log is. stop ends it: the next command that needs one starts it again, but
after a reboot none does by itself, until scope watch, scope recover or scope spawn says so.

It runs hooks: executables in .scope/hooks and ~/.scope/hooks that are named like an event (state, done,
failed, aborted, needs-input, escalation, answered), with the event as JSON on their standard input. See
scope help hooks.""",
    epilog="Examples: scope watch status · scope watch stop · scope watch --foreground",
    arguments=[Argument("action", required=False, meaning="status or stop.")],
    options=[
        Option("--foreground", meaning="Be the watcher, with its log on standard error, until Ctrl-C."),
        Option("--once", meaning="Do all that is due now, then leave; for cron, and for tests."),
        Option(
            "--json",
            meaning="With status, print an object: alive, pid, root, log, tmux (name, socket, pid), paused (why).",
        ),
    ],
)


def run(given: Given) -> int:
    """Start, be, ask after or stop the watcher."""
    root = roots.require()
    action = given.text("action")
    if action is not None and (given.flag("foreground") or given.flag("once")):
        raise BadInput("--foreground and --once go without", action, hint="scope watch --foreground")
    match action:
        case "status":
            return _status(root, is_json=given.flag("json"))
        case "stop":
            return _stop(root)
        case None:
            pass
        case _:
            from scope.cli.meant import hint  # noqa: PLC0415 - only for who mistyped

            known = "it knows: scope watch status, scope watch stop"
            raise BadInput("watch does not know", action, hint=hint(action, ("status", "stop"), known))
    roots.refuse_untrusted(root)
    revive(root)
    daemon.require_tmux()
    if given.flag("foreground") or given.flag("once"):
        if daemon.is_alive(root):
            raise Environment(
                "there is a watcher already for", root, f"pid {pid_of(root) or 'unknown'}", "scope watch stop"
            )
        from scope.supervision.life import live  # noqa: PLC0415 - only to be the watcher

        atomic.remove(rundir.watcher_stop(root))
        return live(root, once=given.flag("once"), in_foreground=given.flag("foreground"))
    started = daemon.ensure(root, is_asked=True)
    sys.stderr.write(f"the watcher {'starts' if started else 'lives already'}; its log is {rundir.watcher_log(root)}\n")
    return 0


def pid_of(root: str) -> int | None:
    """Return the pid of the watcher; None where none lives."""
    return holder.pid(rundir.watcher_lock(root))


def _status(root: str, *, is_json: bool) -> int:
    is_alive = daemon.is_alive(root)
    pid = pid_of(root) if is_alive else None
    log = rundir.watcher_log(root)
    if is_json:
        import json  # noqa: PLC0415 - only when asked for

        from scope.tmux.server import recorded  # noqa: PLC0415

        known = recorded(root)
        tmux = {"name": known.name, "socket": known.socket, "pid": known.pid} if known else None
        why = pausing.reason(root)
        said = {"alive": is_alive, "pid": pid, "root": root, "log": log, "tmux": tmux, "paused": why}
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    elif is_alive:
        sys.stdout.write(f"the watcher of {root} lives, pid {pid or 'unknown'}; its log: {log}\n")
    elif daemon.is_stopped(root):
        sys.stdout.write(f"no watcher lives for {root}; it was stopped before the reboot: scope recover\n")
    else:
        sys.stdout.write(f"no watcher lives for {root}; the next command that needs one starts it\n")
    if not is_json:
        paused.tell(root)
    return 0 if is_alive else 1


def _stop(root: str) -> int:
    # First, for one that was started a moment ago, and has not begun, must not take the place of this one.
    try:  # noqa: SIM105 - contextlib would be imported for it
        daemon.stop_for_good(root)
    except StoreFault:
        pass  # a full disk, or no run/ yet: whoever lives is stopped all the same
    if not holder.end(rundir.watcher_lock(root), "the watcher", rundir.watcher_log(root)):
        sys.stderr.write("no watcher lives\n")
    return 0
