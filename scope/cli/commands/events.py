"""`scope events`: every change of state, in order, resumable."""

from __future__ import annotations

import json
import os
import sys

from scope.cli import jsonarray
from scope.cli.grammar import Command, Option
from scope.errors import BadInput, NotFound
from scope.laws.ids import is_count
from scope.store import journal, layout, notices, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from scope.cli.grammar import Given

_LOOK_AGAIN_S: Final = 1.0
_POLL_S: Final = 0.1

COMMAND = Command(
    "events",
    "Print every change of state: sequence number, time, session, change, reason.",
    text="""\
The sequence numbers grow by one and are never used again, so that a reader can go on where it was:
scope events --since 41 prints 42 and later. This is the log of what happened to sessions; scope event, without
the s, sends a signal from outside to the checks that wait for it.""",
    epilog="Examples: scope events · scope events -f --since 41 --json",
    options=[
        Option("--follow", "-f", meaning="Go on as they happen."),
        Option("--since", metavar="SEQ", meaning="Only those after this sequence number."),
        Option(
            "--json",
            meaning="Print an array (with --follow one object per line): seq, time, session, attempt, from, to, "
            "why, decision.",
        ),
    ],
)


def run(given: Given) -> int:
    """Print, and follow, the events."""
    root = roots.require()
    since = given.text("since") or "0"
    if not is_count(since):
        raise BadInput("--since takes a sequence number, not", since, hint="scope events prints it first in each line")
    path = layout.events(root)
    if not given.flag("follow"):
        found = [line for _, line in journal.read(path) if _number(line) > int(since)]
        if given.flag("json"):
            jsonarray.write(found)
        else:
            sys.stdout.write("".join(map(_words, found)))
        return 0
    _follow(root, path, int(since), is_json=given.flag("json"))
    return 0


def _follow(root: str, path: str, since: int, *, is_json: bool) -> None:
    import select  # noqa: PLC0415 - only to follow
    import time  # noqa: PLC0415

    waker = notices.Notices(root)
    waker.watch(root, notices.CREATE)
    offset = 0
    while True:
        waker.watch(path, notices.MODIFY)
        try:
            if os.stat(path).st_size < offset:
                offset = 0  # another journal than before; the numbers tell what is new
        except OSError:
            if not os.path.isdir(root):
                raise NotFound("the root was removed", root, hint="make one: scope init") from None
        for behind, line in journal.read(path, offset):
            offset = behind
            if _number(line) > since:
                sys.stdout.write(json.dumps(line) + "\n" if is_json else _words(line))
        sys.stdout.flush()
        if waker.descriptor is None or waker.is_short:
            time.sleep(_POLL_S)
        elif select.select([waker.descriptor], [], [], _LOOK_AGAIN_S)[0]:
            waker.read()


def _number(line: dict[str, Any]) -> int:
    value = line.get("seq")
    return value if isinstance(value, int) else 0


def _words(line: dict[str, Any]) -> str:
    change = f"{line.get('from', '')} -> {line.get('to', '')}"
    fields = (line.get("seq", ""), line.get("time", ""), line.get("session", ""), change, line.get("why", ""))
    return "\t".join(map(str, fields)) + "\n"
