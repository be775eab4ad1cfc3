"""What the words of the command line may be, as far as a shell can offer them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.cli import catalogue, topics
from scope.cli.commands import agent, inbox, path, policy, report, skill, stats
from scope.laws import budget, failure, plays, roster, states, task
from scope.laws.policy import THENS
from scope.models import costs
from scope.sessions.wait import UNTIL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scope.cli.grammar import Argument, Command, Option

SHELLS: Final = ("bash", "zsh", "fish")
FILES: Final = "files"
DIRECTORIES: Final = "directories"
LIVE: Final = ("sessions", "live", "labels", "questions", "agents")
"""What only `scope complete` knows; each is a word that it takes."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a word may be: something of `LIVE`, files, directories or one of `choices`; else nobody knows.

    Of a `is_list` there may be several with commas between.
    """

    source: str = ""
    choices: tuple[str, ...] = ()
    is_list: bool = False


_NOTHING: Final = Taken()
_ACTIONS: Final = Taken(choices=("status", "stop"))
_AGENTS: Final = Taken("agents")

_BY_METAVAR: Final = {
    "KEY=VALUE": Taken("labels"),
    "ID": Taken("sessions"),
    "DIR": Taken(DIRECTORIES),
    "FILE": Taken(FILES),
    "FILE=TEMPLATE": Taken(FILES),
    "STATE": Taken(choices=tuple(states.STATES)),
    "ROLE": Taken(choices=tuple(roster.ROLES)),
}
_BY_ARGUMENT: Final = {
    "sessions": Taken("sessions"),
    "session": Taken("sessions"),
    "dir": Taken(DIRECTORIES),
}
# Those of one command: an option by its first spelling, an argument by its name.
OWN: Final = {
    ("spawn", "--playbook"): Taken(choices=(*plays.PLAYS, "default"), is_list=True),
    ("spawn", "--executor"): Taken(choices=task.FOR_PEOPLE),
    ("spawn", "--supervisor"): _AGENTS,
    ("spawn", "--agent"): _AGENTS,
    ("spawn", "--assignable"): _AGENTS,
    ("spawn", "--budget"): Taken(choices=tuple(f"{name}=" for name in budget.LIMITS)),
    ("wait", "sessions"): Taken("live"),
    ("wait", "--until"): Taken(choices=tuple(UNTIL), is_list=True),
    ("rename", "name"): _NOTHING,
    ("send", "session"): Taken("live"),
    ("redirect", "session"): Taken("live"),
    ("abort", "sessions"): Taken("live"),
    ("answer", "id"): Taken("questions"),
    ("inbox", "words"): Taken("questions"),
    ("inbox", "--state"): Taken(choices=inbox.STATES),
    ("inbox", "--assignee"): _AGENTS,
    ("ack", "ids"): Taken("questions"),
    ("forward", "id"): Taken("questions"),
    ("forward", "name"): _AGENTS,
    ("silence", "--expire"): _NOTHING,
    ("policy", "action"): Taken(choices=policy.ACTIONS),
    ("policy", "--then"): Taken(choices=THENS),
    ("budget", "bounds"): Taken(choices=tuple(f"{name}=" for name in budget.LIMITS)),
    ("cost", "--by"): Taken(choices=tuple(costs.GROUPINGS)),
    ("stats", "--by"): Taken(choices=stats.KINDS),
    ("report", "--by"): Taken(choices=report.PERIODS),
    ("fail", "--class"): Taken(choices=failure.CLASSES),
    ("router", "action"): _ACTIONS,
    ("watch", "action"): _ACTIONS,
    ("refine", "--agent"): _AGENTS,
    ("refine", "--supervisor"): _AGENTS,
    ("agent", "action"): Taken(choices=agent.ACTIONS),
    ("agent", "name"): _AGENTS,
    ("agent", "--supervisor"): _AGENTS,
    ("skill", "action"): Taken(choices=skill.ACTIONS),
    ("skill", "--agent"): _AGENTS,
    ("path", "thing"): Taken(choices=path.THINGS),
    ("help", "subject"): Taken(choices=(*catalogue.SHOWN, *topics.TOPICS)),
    ("completion", "shell"): Taken(choices=SHELLS),
}


def commands() -> Iterator[Command]:
    """Yield the commands that people call."""
    return (catalogue.load(name)[0] for name in catalogue.SHOWN)


def of_option(command: Command, option: Option) -> Taken:
    """Return what an option takes."""
    return OWN.get((command.name, option.flags[0])) or _BY_METAVAR.get(option.metavar, _NOTHING)


def of_argument(command: Command, argument: Argument) -> Taken:
    """Return what a word without a dash may be at its place."""
    return OWN.get((command.name, argument.name)) or _BY_ARGUMENT.get(argument.name, _NOTHING)
