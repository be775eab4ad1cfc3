"""`scope inbox`: what waits for a person."""

from __future__ import annotations

import sys

from scope.cli.grammar import Argument, Command, Option
from scope.cli.revival import revive
from scope.errors import BadInput
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given
    from scope.cli.inboxtable import Known

STATES: Final = ("open", "acked", "silenced", "answered", "closed")
_SHOW: Final = 2  # words
_TEST: Final = "scope: a test"
_TOLD: Final = "If you read this, you can be told when work needs you."

COMMAND = Command(
    "inbox",
    "List what waits for you: id, state, age, severity, sessions, question; or show one.",
    text="""\
The most urgent comes first: by severity (normal, high, highest), then by age. Like failures of many
sessions are one line, and one answer is for all of them. Each is a file, .scope/escalations/ID.md, which
tells the whole case, and show ID prints it; scope answer, ack and forward write into it, and so may you, with
an editor.

Nothing here makes a sound but a failure of several workers alike, a question of policy, and more cases than
usual within an hour, which are told as one: by the URLs in ~/.scope/notify.urls (mode 0600, a line each, as
apprise has them), by notify.command in config.yaml, and on attached terminals. --test-notification tries them.

A file that cannot be read is listed first, with what is wrong and where.

On a terminal as a table, into a pipe as lines with tabs between the same six columns.""",
    epilog="Examples: scope inbox · scope inbox show e12 · scope inbox --all --json · scope inbox --test-notification",
    arguments=[Argument("words", many=True, required=False, meaning="An id, or show and an id; default: list.")],
    options=[
        Option("--all", "-a", meaning="Also what is answered or closed."),
        Option("--state", metavar="STATE", meaning="Only these: open, acked, silenced, answered or closed."),
        Option("--assignee", metavar="NAME", meaning="Only what this one is to answer; human for yourself."),
        Option("--test-notification", meaning="Notify yourself now, by every way that is set up."),
        Option(
            "--json",
            meaning="Print an array, or of one that is shown an object, with its body besides: id, state, kind, "
            "severity, opened, age_s, question, options, default, deadline, answer, by, vars, sessions, members, "
            "class, fingerprint, path, problem, policy, assignee, silenced, notified, needs, job_type, entity_type, "
            "agent, supervisor, labels.",
        ),
    ],
)


def run(given: Given) -> int:
    """List the escalations, show one, or try how you are notified."""
    words = given.words("words")
    _refuse(given, words)
    if given.flag("test_notification"):
        from scope.cli import inboxnames  # noqa: PLC0415 - only here

        inboxnames.refuse_inside("try", "--test-notification")
        return _test(roots.require_trusted())
    root = roots.require()
    revive(root)
    from scope.cli import inboxtable  # noqa: PLC0415 - after every refusal
    from scope.sessions.asking import escalations  # noqa: PLC0415 - imports yaml

    known = inboxtable.Known(root)
    if words:
        return _show(root, given, words[-1], known)
    state, assignee = given.text("state"), given.text("assignee")
    is_all = given.flag("all") or state in ("answered", "closed")
    found = inboxtable.ordered(escalations.every(root), is_all=is_all)
    found = [each for each in found if known.is_meant(each, state, assignee)]
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps([inboxtable.as_json(root, each, known) for each in found], indent=2) + "\n")
    elif found:
        inboxtable.listing(found, known)
    else:
        sys.stderr.write("nothing waits for you\n")
    return 0


def _refuse(given: Given, words: list[str]) -> None:
    if len(words) > 1 and words[0] != "show":
        raise BadInput("inbox does not know", words[0], hint=f"scope inbox show {words[0]}")
    if words == ["show"]:
        raise BadInput("it is not said what to show", hint="list what there is: scope inbox --all")
    if len(words) > _SHOW:
        raise BadInput("show does not take", words[2], hint=f"scope inbox show {words[1]}")
    state = given.text("state")
    if state is not None and state not in STATES:
        raise BadInput(f"--state takes {', '.join(STATES)}, not", state[:80], hint="see: scope inbox --help")
    strays = [name for name in ("all", "state", "assignee", "json") if given.values[name]]
    if given.flag("test_notification") and (words or strays):
        raise BadInput("--test-notification goes with nothing else", hint="scope inbox --test-notification")
    if words and (left := [name for name in strays if name != "json"]):
        raise BadInput(f"--{left[0]} does not go with", words[-1], hint=f"scope inbox show {words[-1]}")


def _show(root: str, given: Given, word: str, known: Known) -> int:
    from scope.cli import inboxnames, inboxtable  # noqa: PLC0415 - after every refusal
    from scope.sessions.asking import escalations  # noqa: PLC0415

    found = escalations.read(root, inboxnames.meant(root, word, "show"))
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        body = found.body if isinstance(found, escalations.Escalation) else None
        said = {**inboxtable.as_json(root, found, known), "body": body}
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    else:
        from scope.cli import inboxpage  # noqa: PLC0415 - after every refusal

        sys.stdout.write(inboxpage.page(root, found, known))
    return 0


def _test(root: str) -> int:
    """Tell the person that they can be told, and say what came of it."""
    from scope.sessions.records import configuration  # noqa: PLC0415 - only here
    from scope.supervision.notification import channels, courier  # noqa: PLC0415

    ways = channels.every(root, configuration.load(root).notify)
    facts = {"notice": 0, "reasons": ["test"], "title": _TEST, "message": _TOLD, "cases": [], "root": root}
    is_well = True
    for way in ways:
        outcome = courier.attempt(way, channels.Letter(_TEST, _TOLD, facts))
        is_well &= outcome.is_sent
        said = (outcome.why or "sent") if outcome.is_sent else f"failed, {outcome.why}"
        sys.stdout.write(f"{way.name}: {said}\n")
    if not any(way.name != "tmux" for way in ways):
        sys.stderr.write("nothing reaches you elsewhere: write a URL into ~/.scope/notify.urls\n")
    return 0 if is_well else 1
