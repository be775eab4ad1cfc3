"""`scope policy`: a person's answers that hold from now on."""

from __future__ import annotations

import sys
import time

from scope.cli import inboxnames
from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput, NotFound
from scope.store import atomic, inboxdir, layout, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given
    from scope.laws.policy import Policy
    from scope.store.amendment import Written

COMMAND = Command(
    "policy",
    "List, show, make, edit and withdraw policies: your answers that hold from now on.",
    text="""\
list (the default) · show NAME · new NAME · edit NAME · withdraw NAME

A policy is a file, .scope/policies/NAME.md (~/.scope/policies/ for all projects), with what it is the answer
to and what the answer is. It decides each such case of the whole tree before anybody is asked; the first that
matches does, and the decision of the session says which. scope answer --as-policy makes one of an answer.

new takes what it is about as --match K=V, of which all must match: class, fingerprint, job_type, entity_type,
label.NAME; error and failing with globs; question, a glob, for an --answer. And what follows: --then pass
(let it count as done), retry (within its retries), fail or escalate (ask me). With retry --advice tells the
next attempt something, once for each failure, and --var sets variables that the work declares.

edit opens $EDITOR, and takes only what is in order. withdraw ends it now; its file stays. Those that have
ended are listed with --all. Inside a session policies are only read.""",
    epilog="Examples: scope policy · scope policy new mirror --match 'error=*mirror is down*' --then retry · "
    "scope policy withdraw mirror",
    arguments=[
        Argument("action", required=False, meaning="What to do; default: list."),
        Argument("name", required=False, meaning="The policy."),
    ],
    options=[
        Option("--match", metavar="K=V", many=True, meaning="With new: what it is about; repeatable."),
        Option("--then", metavar="WORD", meaning="The same: what a failure leads to."),
        Option("--answer", metavar="TEXT", meaning="The same: what a question is answered with."),
        Option("--advice", metavar="TEXT", meaning="With --then retry: what the next attempt is told."),
        Option("--var", metavar="K=V", many=True, meaning="The same: a value for a variable; repeatable."),
        Option("--until", metavar="TIME", meaning="With new: how long it holds, 30d or 2026-12-31T00:00:00Z."),
        Option("--why", metavar="TEXT", meaning="The same: why, for whoever reads it."),
        Option("--all", "-a", meaning="With list: also those that have ended."),
        Option(
            "--json",
            meaning="Print an array, or an object where one is named: name, match, then, answer, advice, vars, until, "
            "holds, uses, by, from, made, why, path, problem.",
        ),
    ],
)
_MAKING: Final = ("match", "then", "answer", "advice", "var", "until", "why")
ACTIONS: Final = ("list", "show", "new", "edit", "withdraw")


def run(given: Given) -> int:
    """Do one of the actions."""
    action, name = given.text("action") or "list", given.text("name") or ""
    _refuse(given, action, name)
    if action in ("list", "show"):
        root = roots.require()
        return _list(root, given) if action == "list" else _show(root, given, name)
    inboxnames.refuse_inside(f"{action} policy", name)
    root = roots.require_trusted()
    if action == "new":
        _make(root, given, name)
    elif action == "edit":
        from scope.cli import policydraft  # noqa: PLC0415 - only here

        policydraft.edit(name, _path(root, name))
    else:
        _withdraw(root, name)
    return _said(root, given, name, {"new": "made", "edit": "taken", "withdraw": "withdrawn"}[action])


def _refuse(given: Given, action: str, name: str) -> None:
    if action not in ACTIONS:
        from scope.laws.schema import nearest  # noqa: PLC0415 - only on the way out

        meant = nearest(action, list(ACTIONS))
        raise BadInput("policy does not know", action, hint=f"scope policy {meant or '--help'}")
    if action == "list" and name:
        raise BadInput("list does not take", name, hint=f"scope policy show {name}")
    if action != "list" and not name:
        raise BadInput("no policy is named", hint=f"scope policy {action} NAME")
    for option in _MAKING:
        if given.values[option] and action != "new":
            raise BadInput(f"--{option} does not go with", action, hint="see: scope policy --help")
    if given.flag("all") and action != "list":
        raise BadInput("--all does not go with", action, hint="scope policy list --all")


def _list(root: str, given: Given) -> int:
    from scope.cli import policytable  # noqa: PLC0415 - after every refusal
    from scope.laws import policy as law  # noqa: PLC0415
    from scope.sessions.asking import policies  # noqa: PLC0415 - imports yaml

    found, now_s = policies.load(root), time.time()
    shown = [each for each in found.policies if given.flag("all") or not law.is_over(each, now_s)]
    used = policytable.uses(root)
    if given.flag("json"):
        said = [policytable.row(each, _path(root, each.name), used.get(each.name, 0), now_s) for each in shown]
        _print_json([*said, *map(policytable.broken, found.problems)])
        return 0
    for problem in found.problems:
        sys.stderr.write(f"warning: not taken: {problem}\n")
    for each in shown:
        sys.stdout.write(policytable.line(each, used.get(each.name, 0), now_s) + "\n")
    if not shown:
        sys.stderr.write("there are no policies: scope answer ID TEXT --as-policy, or scope policy new NAME\n")
    return 0


def _show(root: str, given: Given, name: str) -> int:
    if given.flag("json"):
        return _said(root, given, name, "")
    text = atomic.read(_path(root, name)) or ""
    sys.stdout.write("".join(c if c.isprintable() or c in "\n\t" else "?" for c in text))
    return 0


def _make(root: str, given: Given, name: str) -> None:
    from scope.sessions.asking import adoption  # noqa: PLC0415 - imports yaml
    from scope.sessions.records import reports  # noqa: PLC0415 - imports yaml

    matchers = inboxnames.pairs(given.words("match"), "--match", "--match job_type=run-tests")
    words = {key: _readable(given.text(key) or "") for key in ("then", "answer", "advice")}
    keys: dict[str, Written] = {"match": matchers, **words}
    keys["vars"] = inboxnames.pairs(given.words("var"), "--var", "--var flags=-q")
    now_s = time.time()
    keys |= {"until": inboxnames.until(given.text("until"), now_s), "by": "person", "made": reports.stamp(now_s)}
    why = _readable(given.text("why") or "")
    from scope.laws.ids import is_name  # noqa: PLC0415

    if not is_name(name):
        raise BadInput("no policy can be called", name[:80], "it takes [a-z0-9._-], at most 64", "for example: mirror")
    text = adoption.page(keys, f"{why}\n" if why else "")
    adoption.check(name, text)
    atomic.directory(inboxdir.policies(root))
    if not atomic.create_whole(inboxdir.policy(root, name), text):
        raise BadInput("there is a policy already", name, hint=f"scope policy edit {name}")


def _withdraw(root: str, name: str) -> None:
    from scope.laws import policy as law  # noqa: PLC0415 - after every refusal
    from scope.sessions.asking import adoption  # noqa: PLC0415 - imports yaml
    from scope.sessions.records import reports  # noqa: PLC0415 - imports yaml
    from scope.store import amendment  # noqa: PLC0415

    path, now_s = _path(root, name), time.time()
    before = atomic.read(path) or ""
    if law.is_over(adoption.check(name, before), now_s):
        raise BadInput("cannot withdraw", name, "it has ended already", f"scope policy show {name}")
    after = amendment.amended(before, {"until": reports.stamp(int(now_s))})
    if after is None:
        raise BadInput("cannot withdraw", name, "its lines are not as usual", f"edit it: {path}")
    atomic.replace(path, after)


def _said(root: str, given: Given, name: str, done: str) -> int:
    from scope.cli import policytable  # noqa: PLC0415 - after every refusal
    from scope.sessions.asking import adoption  # noqa: PLC0415 - imports yaml

    path = _path(root, name)
    if given.flag("json"):
        found: Policy = adoption.check(name, atomic.read(path) or "")
        _print_json(policytable.row(found, path, policytable.uses(root).get(name, 0), time.time()))
    elif done:
        sys.stderr.write(f"policy '{name}' is {done}: {path}\n")
    return 0


def _path(root: str, name: str) -> str:
    """Return where the nearest policy of that name lies; raises NotFound with the one that was meant."""
    for place in (root, layout.home()):
        path = inboxdir.policy(place, name)
        if "/" not in name and atomic.read(path) is not None:
            return path
    from scope.laws.schema import nearest  # noqa: PLC0415 - only on the way out
    from scope.sessions.asking import policies  # noqa: PLC0415

    meant = nearest(name, [each.name for each in policies.load(root).policies])
    hint = f"did you mean '{meant}'?" if meant else "list them: scope policy --all"
    raise NotFound("there is no policy", name[:80], hint=hint)


def _readable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _print_json(said: object) -> None:
    import json  # noqa: PLC0415 - only when asked for

    sys.stdout.write(json.dumps(said, indent=2) + "\n")
