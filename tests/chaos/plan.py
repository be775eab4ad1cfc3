"""What a walk does: a sequence of steps that depends on the seed and the number of sessions only."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_UNSUPERVISED: Final = 0.35
_DECLARED: Final = 0.3
_ASSIGNABLE: Final = 0.4
ACTOR: Final = str(Path(__file__).with_name("actor.sh"))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a session is: its options, how an attempt that nobody touched may exit, how often it fails by itself."""

    name: str
    weight: int
    exits: frozenset[int]
    options: tuple[str, ...] = ()
    ends_by_itself: bool = True
    words: tuple[str, ...] = ()  # further arguments; CLASS is one of the classes of failures
    is_supervised: bool = False  # it comes with a playbook, always


_LAMP = "test -e well || { echo error: the lamp is out; exit 3; }"


def _exits(*codes: int) -> frozenset[int]:
    return frozenset(codes)


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("succeed", 2, _exits(0)),
        Kind("fail", 1, _exits(7)),
        Kind("flaky", 2, _exits(0, 5)),
        Kind("lines", 3, _exits(0, 3)),  # 3 under the check of a task that it varies
        Kind("patient", 4, _exits(0), ends_by_itself=False),
        Kind("stubborn", 2, _exits(0), ends_by_itself=False),
        Kind("detached", 2, _exits(0), ends_by_itself=False),
        Kind("leaving", 2, _exits(0, 6)),
        Kind("checked", 1, _exits(0), ("--check", "echo looked"), ends_by_itself=False),
        Kind("badly-checked", 1, _exits(3), ("--check", "exit 3"), ends_by_itself=False),
        Kind(
            "flakily-checked",
            1,
            _exits(0, 4),
            ("--check", 'mkdir "first-$SCOPE_SESSION" && exit 4; true'),
            ends_by_itself=False,
        ),
        Kind("late", 1, _exits(), ("--timeout", "1")),
        Kind("parent", 2, _exits(0, 63)),
        Kind("listening", 2, _exits(0), ends_by_itself=False),
        Kind("alike", 8, _exits(0, 3), is_supervised=True),
        Kind("alike-checked", 2, _exits(0, 3), ("--check", _LAMP), is_supervised=True),
        Kind("switched", 3, _exits(0, 3), ("--var", "switch=off"), words=("{{ switch }}",), is_supervised=True),
        Kind("in-vain", 3, _exits(0, 3), ("--var", "switch=off"), words=("{{ switch }}",), is_supervised=True),
        Kind("reporting", 4, _exits(0), words=("CLASS",), is_supervised=True),
        Kind("asking", 2, _exits(0)),
        Kind("asking-defaulting", 2, _exits(0)),
        Kind("asking-briefly", 1, _exits(0, 8)),
        Kind("progressing", 2, _exits(0), ("--expected", "500ms"), ends_by_itself=False, is_supervised=True),
        Kind("falling", 4, _exits(0, 3), ends_by_itself=False, is_supervised=True),
        Kind("stuck", 2, _exits(0), ("--expected", "500ms"), is_supervised=True),
        Kind("spending", 1, _exits(0, 3), ("--budget", "seconds=1s"), is_supervised=True),
    )
}

# How often each act comes up; those on sessions need one to aim at.
ACTS: Final = {
    "kill_watcher": 6,
    "kill_tmux": 2,
    "kill_wrapper": 3,
    "kill_command": 3,
    "kill_detached": 2,
    "kill_pipe": 2,
    "start_wait": 2,
    "kill_wait": 2,
    "kill_spawn": 4,
    "kill_everything": 1,
    "stop_watcher": 3,
    "stop_tmux": 3,
    "unlink_socket": 2,
    "touch_abort": 2,
    "abort": 2,
    "retry": 4,
    "redirect": 3,
    "send": 3,
    "garbage": 2,
    "torn": 2,
    "watch_stop": 2,
    "answer": 8,
    "answer_by_editor": 6,
    "scribble": 3,
    "remove_escalation": 3,
    "write_policy": 1,
    "mend": 2,
    "spoil": 2,
}
ACTS_PER_SESSION: Final = 1.5

PLAYS: Final = ("restart", "vary", "reassign", "reframe", "defer", "escalate")
CLASSES: Final = (
    "transient", "timeout", "resource", "lost", "budget", "quota", "missing_context", "wrong_approach",
    "task_too_big", "dependency_cycle", "policy", "unknown",
)  # fmt: skip
VARIATIONS: Final = ("env:WORD=other", "args:more 'and more'", f"command:sh {ACTOR} lines", "timeout:3s")
ANSWERS: Final = ("retry", "retry", "retry", "fail", "pass", "try it at night")
STRATEGIES: Final = ("one_for_one", "rest_for_one", "one_for_all")
SUPERVISORS: Final = ("web", "base")


@dataclass(frozen=True, slots=True)
class Step:
    """One act; what it aims at is drawn as a part of what is there, between 0 and 1."""

    number: int
    act: str
    kind: str
    aim: float
    moment_s: float
    pause_s: float
    retries: int
    is_dependent: bool
    recovery: tuple[str, ...]  # the options that say how it is supervised; none: it is not
    of_class: str
    word: str  # an answer of a person


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared supervisor."""

    name: str
    strategy: str
    intensity: int
    playbook: tuple[str, ...]
    above: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole walk."""

    seed: int
    sessions: int
    slots: int
    steps: tuple[Step, ...]
    supervisors: tuple[Declared, ...]


def plan(seed: int, sessions: int) -> Plan:
    """Return the walk of a seed."""
    dice = random.Random(f"{seed} {sessions}")
    acts = ["spawn"] * sessions + dice.choices(
        list(ACTS), weights=list(ACTS.values()), k=round(sessions * ACTS_PER_SESSION)
    )
    dice.shuffle(acts)
    names, weights = list(KINDS), [kind.weight for kind in KINDS.values()]
    steps = tuple(
        Step(
            number=number,
            act=act,
            kind=dice.choices(names, weights=weights)[0],
            aim=dice.random(),
            moment_s=dice.random() * 0.08,
            pause_s=dice.choice((0.0, 0.0, 0.02, 0.1, 0.3)),
            retries=dice.choice((0, 1, 2, 3)),
            is_dependent=dice.random() < 0.2,
            recovery=_recovery(dice),
            of_class=dice.choice(CLASSES),
            word=dice.choice(ANSWERS),
        )
        for number, act in enumerate(["spawn", "spawn", *acts])
    )
    return Plan(seed, sessions, dice.choice((3, 8, 40)), steps, _declared(dice))


def _recovery(dice: random.Random) -> tuple[str, ...]:
    if dice.random() < _UNSUPERVISED:
        return ()
    options: list[str] = []
    if dice.random() < _DECLARED:
        options += ["--supervisor", dice.choice(SUPERVISORS)]
    if not options or dice.random() < _DECLARED:
        moves = dice.sample(PLAYS, dice.randint(1, len(PLAYS)))
        options += ["--playbook", dice.choice(("default", *[",".join(moves)] * 6))]
    for variation in dice.sample(VARIATIONS, dice.choice((0, 1, 1, 2, 3))):
        options += ["--variation", variation]
    if dice.random() < _ASSIGNABLE:
        options += ["--assignable", dice.choice(("ann", "ann,bob"))]
    return tuple(options)


def _declared(dice: random.Random) -> tuple[Declared, ...]:
    """Return `web`, above which is sometimes `base`, and `base`, above which is a person."""
    return tuple(
        Declared(
            name=name,
            strategy=dice.choice(STRATEGIES),
            intensity=dice.choice((1, 2)),
            playbook=dice.choice((("restart",), ("restart", "escalate"), ("vary", "restart", "reframe", "escalate"))),
            above=above,
        )
        for name, above in zip(SUPERVISORS, (dice.choice(("base", "human")), "human"), strict=True)
    )
