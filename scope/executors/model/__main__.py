"""`python -m scope.executors.model ATTEMPT_DIRECTORY`: be the worker of one attempt, in its pane."""

from __future__ import annotations

import sys

from scope.executors.model import process
from scope.executors.model.loop import Worker


def main(attempt_directory: str) -> int:
    """Work, and return the exit code."""
    return process.run(attempt_directory, lambda place: Worker(place).run())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
