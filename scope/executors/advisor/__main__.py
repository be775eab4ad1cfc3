"""`python -m scope.executors.advisor ATTEMPT_DIRECTORY`: be the worker of one advisor's attempt, in its pane."""

from __future__ import annotations

import sys

from scope.executors.advisor.dialogue import Dialogue
from scope.executors.model import process


def main(attempt_directory: str) -> int:
    """Ask for advice, and return the exit code."""
    return process.run(attempt_directory, lambda place: Dialogue(place).run())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
