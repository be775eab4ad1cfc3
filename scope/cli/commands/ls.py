"""`scope ls`: every session, one line each."""

from __future__ import annotations

from scope.cli import paused
from scope.cli.grammar import Argument, Command, Option
from scope.cli.meant import hint
from scope.cli.revival import revive
from scope.errors import BadInput
from scope.laws.ids import SessionId, tmux_name
from scope.laws.states import STATES, TERMINAL
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scope.cli.grammar import Given
    from scope.sessions.records.listing import Row

COMMAND = Command(
    "ls",
    "List sessions: id, state, age, name, task and activity.",
    text="On a terminal as a table, into a pipe as lines with tabs between the same six columns.",
    epilog="Examples: scope ls · scope ls --live · scope ls --state failed --json",
    arguments=[Argument("sessions", many=True, required=False, meaning="Ids, names or quoted globs; default: all.")],
    options=[
        Option("--label", "-l", metavar="KEY=VALUE", many=True, meaning="Only with this label; repeatable."),
        Option("--state", "-s", metavar="STATE", many=True, meaning="Only in this state; repeatable."),
        Option("--live", meaning="Only those that have not ended."),
        Option(
            "--json",
            meaning="Print an array: id, parent, name, state, activity, title, executor, labels, created, age_s, "
            "attempts, attach (the tmux command line).",
        ),
    ],
)


def run(given: Given) -> int:
    """List sessions."""
    root = roots.require()
    revive(root)
    found = selected(root, given.words("sessions"), given.words("label"))
    for state in given.words("state"):
        if state not in STATES:
            raise BadInput("there is no state", state, hint=hint(state, STATES, f"they are {', '.join(STATES)}"))
    if given.words("state"):
        found = [row for row in found if row.state in given.words("state")]
    if given.flag("live"):
        found = [row for row in found if row.state not in TERMINAL]
    if given.flag("json"):
        from scope.cli import jsonarray  # noqa: PLC0415 - only when asked for

        jsonarray.write(as_json(root, found))
        paused.tell(root)
        return 0
    from scope.cli import tables  # noqa: PLC0415 - after every refusal

    tables.listing(found)
    paused.tell(root)
    return 0


def selected(root: str, words: list[str], labels: list[str]) -> list[Row]:
    """Return the rows that were asked for; all of them when nothing was."""
    from scope.sessions.records.listing import rows  # noqa: PLC0415 - after every refusal
    from scope.sessions.records.selection import select  # noqa: PLC0415

    return rows(root, select(root, words, labels) if words or labels else None)


def as_json(root: str, found: Iterable[Row]) -> Iterator[dict[str, object]]:
    """Return the documented keys of each row, the attach line among them."""
    from shlex import join  # noqa: PLC0415 - only for JSON

    from scope.tmux.address import client  # noqa: PLC0415

    attach = join((*client(root), "attach-session", "-t"))
    for row in found:
        yield row.as_json(f"{attach} ={tmux_name(SessionId(row.id))}")
