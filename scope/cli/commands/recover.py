"""`scope recover`: what goes on after a reboot, and letting it."""

from __future__ import annotations

import sys

from scope.cli.grammar import Command, Option
from scope.cli.revival import revive
from scope.sessions.processes import daemon
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given
    from scope.supervision.reboot import Survivor

COMMAND = Command(
    "recover",
    "Say what a reboot interrupted and what becomes of it, and let it go on.",
    text="""\
It lists the sessions that were at it when the machine was restarted: id, state, attempt, next, name, why.
next is resumed (a model goes on where its last attempt was), again (a new attempt, which costs no retry),
judged (it had ended before, and nobody had looked), aborted (somebody wished it), or held (it waits, as
before, for a person or for another session).

Then the watcher is started, unless one lives: it begins them one by one (config.yaml: recovery.stagger, 200 ms
by default) and never more at once than max_running. Any other command that needs a watcher does so as well,
except where one was stopped by hand (scope watch stop) before the reboot: then nothing goes on until scope
recover, scope watch or the next scope spawn.

To have it done at each boot, from cron, with the whole path of the command: @reboot cd PROJECT && scope recover""",
    epilog="Examples: scope recover --dry-run · scope recover",
    options=[
        Option("--dry-run", meaning="Only list them; nothing is started."),
        Option("--json", meaning="Print an array: id, name, state, attempt, next, why."),
    ],
)


def run(given: Given) -> int:
    """List what a reboot interrupted, and start the watcher."""
    root = roots.require() if given.flag("dry_run") else roots.require_trusted()
    from scope.supervision import reboot  # noqa: PLC0415 - imports yaml

    found = reboot.survivors(root)
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps([_as_json(each) for each in found], indent=2) + "\n")
    else:
        sys.stdout.write("".join("\t".join(_words(each)) + "\n" for each in found))
    sys.stdout.flush()
    if given.flag("dry_run"):
        sys.stderr.write(_foreseen(root, found))
        return 0
    revive(root)
    started = daemon.ensure(root, is_asked=True)
    sys.stderr.write(f"the watcher {'starts' if started else 'lives already'}, and goes on with {_count(found)}\n")
    return 0


def _as_json(found: Survivor) -> dict[str, object]:
    return {
        "id": found.session,
        "name": found.name or None,
        "state": found.state,
        "attempt": found.attempt,
        "next": found.prospect.next,
        "why": found.prospect.why,
    }


def _words(found: Survivor) -> tuple[str, ...]:
    said = found.prospect
    return found.session, found.state, str(found.attempt), said.next, found.name, said.why


def _foreseen(root: str, found: list[Survivor]) -> str:
    if not found:
        return "no session was interrupted by a reboot\n"
    if daemon.is_alive(root):
        return f"the watcher lives, and goes on with {_count(found)}\n"
    return f"{_count(found)} would go on: scope recover\n"


def _count(found: list[Survivor]) -> str:
    moving = sum(each.prospect.next != "held" for each in found)
    return f"{moving} session{'s' * (moving != 1)}"
