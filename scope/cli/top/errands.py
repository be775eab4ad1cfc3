"""Errands: the commands that a key stands for, each run as a person would type it."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING

from scope.sessions.processes import daemon
from scope.sessions.records import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Errands:
    """Runs `scope …` on one root, in the environment that the dashboard was started with."""

    def __init__(self, root: str, environment: Mapping[str, str]) -> None:
        self._environment = {**environment, "SCOPE_DIR": root}

    async def run(self, words: Sequence[str]) -> tuple[int, list[str]]:
        """Run a command beside the dashboard; return its exit code and what it said, without control characters."""
        try:
            process = await asyncio.create_subprocess_exec(
                *daemon.argv(["scope", *words]),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        except (OSError, ValueError) as error:  # too many processes; a word with a null byte
            return 1, [f"error: cannot run scope {words[0]}: {error}"]
        _, errors = await process.communicate()
        return process.returncode or 0, _lines(errors)

    def take_over(self, words: Sequence[str]) -> tuple[int, list[str]]:
        """Run a command that has the terminal to itself; return its exit code and its errors."""
        done = subprocess.run(
            daemon.argv(["scope", *words]), env=self._environment, stderr=subprocess.PIPE, check=False
        )
        return done.returncode, _lines(done.stderr)


def _lines(said: bytes) -> list[str]:
    found = (record.one_line(line) for line in said.decode("utf-8", "replace").splitlines())
    return [line for line in found if line]
