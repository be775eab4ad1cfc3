"""`scope event`: a signal from outside, for the checks that wait for it."""

from __future__ import annotations

import json
import os
import sys

from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput
from scope.laws.ids import is_name, order
from scope.sessions.processes import daemon
from scope.sessions.records import signals
from scope.store import layout, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given

_NOT_TWICE: Final = "the sessions are named twice: by --session or --label, and in --data"

COMMAND = Command(
    "event",
    "Let a signal come from outside, for work whose check comes late.",
    text="""\
A check may come late: with check: {signal: next-ci-run, within: 2d, at_least: 90%} a session whose command has
ended well is waiting until this signal tells whether the work was good. The first that comes after the
attempt's end and says something decides; when none has come within that time, the check has failed. This command
sends a signal; scope events, with an s, prints what happened to sessions.

DATA is {"ok": true}, {"outcome": "success"} or "failure"; for a check with at_least {"value": 0.93}, 93 or "93%",
or {"passed": 45, "total": 50}. Without at_least a signal without data is good. With session, labels, job_type or
entity in it, it is only for sessions that fit. A message in it is kept with the failure that it reports.

Each is a line of .scope/signals/NAME.jsonl, {"time": …, "by": …, "data": DATA}, and may be appended there by
hand; it is kept also when nobody waits for it. For one session DATA can be put into the file
.scope/sessions/ID/performance.json instead, after the attempt's end: alone, or by signals as {"NAME": DATA}.""",
    epilog='Examples: scope event next-ci-run --data \'{"passed": 45, "total": 50}\' · '
    "scope event deployed --session 3 · scope event review --label team=web --data '{\"ok\": false}'",
    arguments=[Argument("name", meaning="The signal's name, as it stands in the check.")],
    options=[
        Option("--data", "-d", metavar="JSON", meaning="What it brings, an object; - for standard input."),
        Option(
            "--session",
            "-s",
            metavar="ID",
            many=True,
            meaning="Only for this session: id, name or quoted glob; repeatable.",
        ),
        Option("--label", "-l", metavar="KEY=VALUE", many=True, meaning="Only for those with this label; repeatable."),
        Option("--json", meaning="Print an object: signal, time, by, data, waiting (the sessions that wait for it)."),
    ],
)


def run(given: Given) -> int:
    """Send the signal, and say who waits for it."""
    name = given.text("name") or ""
    if not is_name(name):
        raise BadInput("a signal's name is [a-z0-9][a-z0-9._-]*, at most 64, not", name[:80], hint=_hint())
    data = _data(given.text("data"))
    root = roots.require()
    if given.words("session") or given.words("label"):
        from scope.sessions.records.selection import select  # noqa: PLC0415 - only where somebody is named

        if "session" in data:
            raise BadInput("cannot send", name, _NOT_TWICE, "leave one of them out")
        data["session"] = select(root, given.words("session"), given.words("label"))
    waiting = _waiting(root, name, data)  # before it comes: who gets it waits no more
    line = signals.send(root, name, data, _who())
    if not roots.why_untrusted(root):
        daemon.ensure(root)
    if given.flag("json"):
        sys.stdout.write(json.dumps({"signal": name, **line, "waiting": waiting}, indent=2) + "\n")
    else:
        said = "".join(f"session {session} waits for it\n" for session in waiting)
        sys.stderr.write(said or "nobody waits for it; it is kept\n")
    return 0


def _data(text: str | None) -> dict[str, object]:
    """Return what the signal brings; raises BadInput for what is no object of JSON."""
    if text is None:
        return {}
    if text == "-":
        text = sys.stdin.buffer.read(signals.LONGEST_DATA + 1).decode("utf-8", "replace")
    if len(text) > signals.LONGEST_DATA:
        raise BadInput("cannot send more than 64 KB of data", hint="send where it can be found")
    try:
        data = json.loads(text, parse_constant=_refuse_constant, parse_float=_number)
    except (ValueError, RecursionError) as error:
        why = str(error).partition(":")[0]
        raise BadInput("--data takes JSON, not", _brief(text), why[:1].lower() + why[1:], _hint()) from error
    if not isinstance(data, dict):
        raise BadInput("--data takes an object of JSON, not", _brief(text), hint=_hint())
    return data


def _refuse_constant(word: str) -> None:
    raise ValueError(f"it holds {word}")


def _number(word: str) -> float:
    number = float(word)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"it holds {word[:20]}, which is more than a number can be")
    return number


def _waiting(root: str, name: str, data: dict[str, object]) -> list[str]:
    """Return the sessions that wait for this signal, and that it is for."""
    from scope.laws.signal import concerns  # noqa: PLC0415 - after every refusal
    from scope.laws.task import Task  # noqa: PLC0415
    from scope.sessions.records import allocation, record  # noqa: PLC0415
    from scope.sessions.records.reading import read_task  # noqa: PLC0415

    found = []
    for session in allocation.all_ids(root):
        directory = layout.session(root, session)
        if record.state(directory) != "waiting":
            continue
        awaited = signals.awaited(directory)
        if awaited is None or awaited.name != name:
            continue
        task = read_task(directory)
        if concerns(data, signals.whose(session, task if isinstance(task, Task) else Task())):
            found.append(session)
    return sorted(found, key=order)


def _who() -> str:
    own = os.environ.get("SCOPE_SESSION")
    return f"session-{own}" if own else "person"


def _brief(text: str) -> str:
    from scope.sessions.records.record import one_line  # noqa: PLC0415 - only on the way out

    return one_line(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))[:80]


def _hint() -> str:
    return "for example: scope event next-ci-run --data '{\"ok\": true}'"
