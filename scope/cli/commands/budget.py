"""`scope budget`: what a session may spend, and letting it spend more."""

from __future__ import annotations

import sys

from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput
from scope.sessions.records import record, wishes
from scope.sessions.records.selection import one
from scope.store import atomic, layout, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given
    from scope.laws.budget import Budget, Spent

COMMAND = Command(
    "budget",
    "Say what a session may spend and has spent, or let it spend more.",
    text="""\
The bounds are those of usd, tokens, calls, children (sessions directly below it) and seconds (of all its
attempts). What is spent below a session is spent by it, too. With K=V the bound is set anew, in the
session's file budget, as you could with an editor; it holds from the next call on.""",
    epilog="Examples: scope budget 3 · scope budget 3 usd=5 calls=400",
    arguments=[
        Argument("session", meaning="Id or name."),
        Argument("bounds", many=True, required=False, meaning="New bounds, such as usd=5 or calls=400."),
    ],
    options=[Option("--json", meaning="Print an object: id, budget, spent, own, left (of the scarcest, 0 to 1).")],
)


def run(given: Given) -> int:
    """Set the bounds that are given, and say how the budget stands."""
    bounds = [part for word in given.words("bounds") for part in word.split(",") if part]
    root = roots.require_trusted() if bounds else roots.require()
    session = one(root, given.text("session") or "")
    if bounds:
        wishes.refuse_sideways(session, "set the budget of")
        _set(layout.session(root, session), bounds)
    _say(root, session, is_json=given.flag("json"))
    if bounds:
        _say_how_to_go_on(root, session)
    return 0


def _set(directory: str, bounds: list[str]) -> None:
    """Write bounds over those that people have set before."""
    from scope.laws import budget  # noqa: PLC0415 - after the simple refusals
    from scope.sessions.records import allowance  # noqa: PLC0415 - imports yaml

    pairs: dict[str, str] = {}
    for bound in bounds:
        name, equals, value = bound.partition("=")
        if not equals:
            raise BadInput("a bound is K=V, not", bound, hint="for example: usd=5")
        pairs[name] = value
    asked = budget.parse(pairs.items())
    if isinstance(asked, str):
        raise BadInput("cannot set the budget", None, asked, "for example: usd=5")
    raised = asked.over(allowance.raised(directory))
    found = ((name, getattr(raised, name)) for name in budget.LIMITS)
    lines = [f"{name}: {int(bound) if bound == int(bound) else bound}\n" for name, bound in found if bound is not None]
    atomic.replace(layout.raised(directory), "".join(lines))
    atomic.poke(directory)  # the watcher looks, for the seconds and the children are its business


def _say(root: str, session: str, *, is_json: bool) -> None:
    from scope.laws.budget import LIMITS  # noqa: PLC0415 - after the simple refusals
    from scope.models import purse  # noqa: PLC0415 - imports yaml

    found = purse.of(root, session)
    with_all = _spent(found.spent, found.children)
    itself = _spent(found.own_spent)
    if is_json:
        import json  # noqa: PLC0415 - only when asked for

        said: dict[str, object] = {"id": session, "budget": _bounds(found.allowed), "spent": with_all}
        said["own"] = None if found.own.is_empty else {"budget": _bounds(found.own), "spent": itself}
        sys.stdout.write(json.dumps({**said, "left": round(found.left, 4)}, indent=2) + "\n")
        return
    for name in LIMITS:
        bound = getattr(found.allowed, name)
        sys.stdout.write(f"{name}\t{_amount(name, with_all[name])}\t{_of(name, bound)}\n")
        bound = getattr(found.own, name)
        if bound is not None:
            sys.stdout.write(f"{name}\t{_amount(name, itself[name])}\t{_of(name, bound)} by itself\n")


def _bounds(budget: Budget) -> dict[str, float | None]:
    from scope.laws.budget import LIMITS  # noqa: PLC0415 - as above

    return {name: getattr(budget, name) for name in LIMITS}


def _spent(spent: Spent, children: int = 0) -> dict[str, float]:
    """Return what is spent of each bound, in the order of the bounds."""
    return {
        "usd": round(spent.usd, 8),
        "tokens": spent.tokens,
        "calls": spent.calls,
        "children": children,
        "seconds": round(spent.seconds, 3),
    }


def _of(name: str, bound: float | None) -> str:
    return "of any" if bound is None else f"of {_amount(name, bound)}"


def _amount(name: str, amount: float) -> str:
    from scope.laws import budget, durations  # noqa: PLC0415 - as above

    if name == "usd":
        return budget.dollars(amount)
    return durations.words(amount) if name == "seconds" else str(amount)


def _say_how_to_go_on(root: str, session: str) -> None:
    """Say what brings a session back that its budget has ended."""
    directory = layout.session(root, session)
    state = record.state(directory)
    asked = record.question(directory)
    if asked is not None and state in ("waiting", "escalated"):
        sys.stderr.write(f"hint: it goes on when it is answered: scope answer {asked[0]} retry\n")
    elif state == "failed":
        sys.stderr.write(f"hint: it goes on when it is tried again: scope retry {session}\n")
