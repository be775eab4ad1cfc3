"""`python learning.py STEP ROOT HOME LESSON GIVEN`: learn one lesson, killed with -9 before the STEP-th change to disk.

With STEP 0 nothing kills it. LESSON is JSON, GIVEN names with commas; what became of it is printed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from typing import Any

_STEPS = {"os.mkdir", "os.rename", "os.remove", "os.link"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _arm(at: int) -> None:
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, details: tuple[Any, ...]) -> None:
        if event in _STEPS or (event == "open" and isinstance(details[2], int) and details[2] & _WRITING):
            step()

    def counted(function: Any) -> Any:
        def wrapper(*words: Any) -> Any:
            step()
            return function(*words)

        return wrapper

    sys.addaudithook(hook)
    os.write = counted(os.write)
    os.fsync = counted(os.fsync)


if __name__ == "__main__":
    from scope.laws.crystal import Lesson
    from scope.skills.crystals import crystallise
    from scope.skills.library import Library

    at, root, os.environ["SCOPE_HOME"], said, given = sys.argv[1:]
    keys = json.loads(said)
    keys["variables"] = tuple(map(tuple, keys["variables"]))
    lesson = Lesson(**{name: tuple(value) if isinstance(value, list) else value for name, value in keys.items()})
    library = Library(root)
    sys.stdin.readline()  # until everybody is ready
    _arm(int(at))
    made = crystallise(root, library, lesson, [name for name in given.split(",") if name])
    sys.stdout.write(json.dumps(made and asdict(made)) + "\n")
