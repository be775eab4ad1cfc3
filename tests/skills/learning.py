"""`python learning.py STEP ROOT HOME LESSON GIVEN`: learn one lesson, killed with -9 before the STEP-th change to disk.

With STEP 0 nothing kills it. LESSON is JSON, GIVEN names with commas; what became of it is printed.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from scope.laws.crystal import Lesson
    from scope.skills.crystals import crystallise
    from scope.skills.library import Library
    from tests.supervision.mortal import arm

    at, root, os.environ["SCOPE_HOME"], said, given = sys.argv[1:]
    keys = json.loads(said)
    keys["variables"] = tuple(map(tuple, keys["variables"]))
    lesson = Lesson(**{name: tuple(value) if isinstance(value, list) else value for name, value in keys.items()})
    library = Library(root)
    sys.stdin.readline()  # until everybody is ready
    arm(int(at))
    made = crystallise(root, library, lesson, [name for name in given.split(",") if name])
    sys.stdout.write(json.dumps(made and asdict(made)) + "\n")
