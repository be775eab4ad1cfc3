"""What a walk does: a sequence of steps that depends on the seed and the number of sessions only."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ACTOR: Final = str(Path(__file__).with_name("actor.sh"))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a session is: its options, how an attempt that nobody touched may exit, how often it fails by itself."""

    name: str
    weight: int
    exits: frozenset[int]
    options: tuple[str, ...] = ()
    ends_by_itself: bool = True


def _exits(*codes: int) -> frozenset[int]:
    return frozenset(codes)


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("succeed", 2, _exits(0)),
        Kind("fail", 1, _exits(7)),
        Kind("flaky", 2, _exits(0, 5)),
        Kind("lines", 3, _exits(0)),
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
}
ACTS_PER_SESSION: Final = 1.5


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


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole walk."""

    seed: int
    sessions: int
    slots: int
    steps: tuple[Step, ...]


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
        )
        for number, act in enumerate(["spawn", "spawn", *acts])
    )
    return Plan(seed, sessions, dice.choice((3, 8, 40)), steps)
