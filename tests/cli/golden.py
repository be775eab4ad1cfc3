"""Golden files: what people see, kept as it was last agreed to; `UPDATE_GOLDEN=1 pytest` agrees anew."""

from __future__ import annotations

import os
import re
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subprocess import CompletedProcess

    from tests.driver import World

PLACE = Path(__file__).parent / "golden"
_FILTERS = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"\bpid \d+"), "pid PID"),
    (re.compile(r"\bscope-[0-9a-f]{8}\b"), "scope-HASH"),
    (re.compile(r"(?<=\t)(\d+(ms|[smhd]))+(?=\t)"), "AGE"),
    (re.compile(r"inbox/new/\S+"), "inbox/new/MESSAGE"),
)


def agrees(name: str, text: str) -> None:
    """Fail the test unless a golden file says this text; blanks at the ends of lines do not count."""
    text = "".join(line.rstrip() + "\n" for line in text.splitlines())
    text = text.encode("utf-8", "backslashreplace").decode()
    path = PLACE / f"{re.sub('[ -]+', '-', name)}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == (path.read_text(encoding="utf-8") if path.exists() else ""), f"{path} differs: UPDATE_GOLDEN=1"


def filtered(text: str, world: World) -> str:
    """Replace what no two runs have in common: the world's directory, times, ages, pids, server names."""
    text = text.replace(os.path.realpath(world.base), "/WORLD").replace(str(world.base), "/WORLD")
    for pattern, word in _FILTERS:
        text = pattern.sub(word, text)
    return text


def transcript(words: tuple[str, ...], done: CompletedProcess[str], world: World) -> str:
    """Say in one piece what was called, what it answered and how it ended."""
    said = f"$ {join(('scope', *words))}\n[exit {done.returncode}]\n"
    said += "".join(f"stdout: {line}\n" for line in done.stdout.splitlines())
    said += "".join(f"stderr: {line}\n" for line in done.stderr.splitlines())
    return filtered(said, world) + "\n"
