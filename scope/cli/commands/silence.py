"""`scope silence`: what a person does not want to hear of for a time."""

from __future__ import annotations

import sys
import time

from scope.cli import inboxnames
from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput
from scope.store import inboxdir, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given
    from scope.laws.silence import Silence

COMMAND = Command(
    "silence",
    "Hear nothing of some cases for a time; or list what is silenced, or end that.",
    text="""\
Without a matcher it lists the silences that hold: id, left, matchers, why. What is silenced still lies in
scope inbox, which says so; nobody is told of it until the silence ends, which it does by itself.

A matcher is KEY=VALUE, KEY!=VALUE, KEY=~REGEX or KEY!~REGEX, as Alertmanager has them; of several all must
match, a regex the whole value. KEY is fingerprint, class, kind (failure, question, supervisor), job_type,
entity_type, agent, supervisor, label.NAME, or session, whose VALUE is an id, a name or a quoted glob. Of a
case with many sessions all must match.

Each is a file, .scope/silences/ID.md, which you may edit. Inside a session nothing is silenced.""",
    epilog="Examples: scope silence job_type=nightly --for 8h --why 'the mirror is down' · "
    "scope silence label.team=~'web|docs' 'session=import-*' --for 2h · scope silence --expire s3",
    arguments=[Argument("matchers", many=True, required=False, meaning="What is silenced.")],
    options=[
        Option(
            "--for",
            metavar="TIME",
            meaning="For how long: 90 (seconds), 2h, 3d; or until 2026-01-02T15:04:05Z.",
            name="length",
        ),
        Option("--why", metavar="TEXT", meaning="Why, for whoever reads it."),
        Option("--expire", metavar="ID", meaning="End a silence now."),
        Option("--all", "-a", meaning="List also those that have ended."),
        Option("--json", meaning="Print an array: id, match, until, left_s, why, by, made, path, problem."),
    ],
)
_GAP: Final = "\t"


def run(given: Given) -> int:
    """Make a silence, end one, or list them."""
    words, ended = given.words("matchers"), given.text("expire")
    _refuse(given, words, ended)
    root = roots.require_trusted() if words or ended else roots.require()
    from scope.sessions.asking import silences  # noqa: PLC0415 - imports yaml, after the simple refusals

    now_s = time.time()
    if ended:
        found = silences.expire(root, ended, now_s)
        return _say(root, given, [found], f"{found.id} has ended\n")
    if words:
        found = _make(root, given, words, now_s)
        return _say(root, given, [found], f"{found.id} silences that until {found.until}\n")
    return _list(root, given, now_s)


def _refuse(given: Given, words: list[str], ended: str | None) -> None:
    if words or ended:
        inboxnames.refuse_inside("silence", ended or words[0])
    if words and ended:
        raise BadInput("--expire does not go with a matcher", words[0], hint=f"scope silence --expire {ended}")
    if words and not given.text("length"):
        raise BadInput("cannot silence", words[0], "it is not said for how long", "scope silence … --for 2h")
    for name in ("length", "why"):
        if given.text(name) and not words:
            option = "for" if name == "length" else name
            raise BadInput(
                f"--{option} goes with a matcher", hint="for example: scope silence job_type=nightly --for 2h"
            )


def _make(root: str, given: Given, words: list[str], now_s: float) -> Silence:
    from scope.laws.silence import Matcher, matcher  # noqa: PLC0415 - as above
    from scope.sessions.asking import silences  # noqa: PLC0415
    from scope.sessions.records import reports  # noqa: PLC0415

    matchers: list[Matcher] = []
    for word in words:
        found = matcher(word.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
        if isinstance(found, str):
            raise BadInput("cannot silence", word[:80], found, "see: scope silence --help")
        matchers.append(found)
    length = given.text("length") or ""
    until_s = reports.moment(length, now_s)
    if until_s is None or until_s <= now_s:
        raise BadInput("--for takes 2h or 2026-01-02T15:04:05Z, not", length[:80], hint="see: scope silence --help")
    why = " ".join((given.text("why") or "").encode("utf-8", "surrogateescape").decode("utf-8", "replace").split())
    return silences.make(root, matchers, until_s, why, now_s)


def _list(root: str, given: Given, now_s: float) -> int:
    from scope.laws import silence as law  # noqa: PLC0415 - as above
    from scope.sessions.asking import silences  # noqa: PLC0415

    found = silences.load(root)
    shown = [each for each in found.silences if given.flag("all") or not law.is_over(each, now_s)]
    if not given.flag("json"):
        for problem in found.problems:
            sys.stderr.write(f"warning: not taken: {problem}\n")
    return _say(root, given, shown, "" if shown else "nothing is silenced\n", found.problems, is_list=True)


def _say(
    root: str,
    given: Given,
    found: list[Silence],
    words: str,
    problems: tuple[str, ...] = (),
    *,
    is_list: bool = False,
) -> int:
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        said = [_as_json(root, each) for each in found]
        empty = dict.fromkeys(said[0] if said else ("id", "match", "until", "left_s", "why", "by", "made", "path"))
        said += [{**empty, "problem": problem} for problem in problems]
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
        return 0
    if is_list:
        from scope.laws.durations import words as lasting  # noqa: PLC0415 - as above

        for each in found:
            left_s = _left_s(each)
            left = lasting(left_s) if left_s else "ended"
            sys.stdout.write(_GAP.join((each.id, left, " ".join(map(str, each.matchers)), each.why)) + "\n")
    sys.stderr.write(words)
    return 0


def _as_json(root: str, found: Silence) -> dict[str, object]:

    return {
        "id": found.id,
        "match": [str(each) for each in found.matchers],
        "until": found.until,
        "left_s": round(_left_s(found)),
        "why": found.why or None,
        "by": found.by or None,
        "made": found.made or None,
        "path": inboxdir.silence(root, found.id),
        "problem": None,
    }


def _left_s(found: Silence) -> float:
    from scope.laws import silence as law  # noqa: PLC0415 - as above

    return max(0.0, law.ends(found) - time.time())
