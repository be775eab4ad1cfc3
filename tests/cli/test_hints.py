"""Hints: what an error proposes is taken by the command line, and a word that was mistyped is recognised."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from scope.cli import catalogue
from scope.cli.grammar import Irregular, read
from scope.cli.help import irregular
from scope.cli.topics import TOPICS
from scope.errors import BadInput
from tests.cli import golden

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.driver import World

_HINT = re.compile(r"(?m)^stderr: hint: (.*)$")
_COMMAND = re.compile(r"(?<![\w./'])scope ((?:[^';,()]|'[^']*')+)")
_PROSE = re.compile(r" (?:lists them|prints it|tells what|lets it|shows|says|of this|\.\.\.).*$")


def proposed() -> Iterator[tuple[str, str]]:
    """Each command line that a hint of the agreed errors proposes, with the hint."""
    for path in sorted(golden.PLACE.glob("errors*.txt")):
        for hint in _HINT.findall(path.read_text(encoding="utf-8")):
            for found in _COMMAND.findall(hint):
                yield _PROSE.sub("", found).strip(), hint


def is_taken(words: list[str]) -> bool:
    """Tell whether the command line takes these words, as far as it can tell without doing anything."""
    if words[0] in ("--help", "--version"):
        return True
    if words[0] == "help":
        return len(words) < 3 and {*words[1:]} <= {*TOPICS, *catalogue.NAMES, "--help"}
    command = catalogue.load(words[0])[0]
    if words[1:] == ["--help"]:
        return True
    try:
        read(command, words[1:])
    except Irregular:
        return irregular(command, words[1:]) is not None
    return True


def test_what_a_hint_proposes_is_taken() -> None:
    """Capitals stand for what only the person knows; the rest is typed as it stands."""
    lines = {line for line, _ in proposed()}
    assert len(lines) > 40
    for line in sorted(lines):
        assert is_taken(shlex.split(line)), line


def test_what_no_hint_should_propose_is_not_taken() -> None:
    """Shown failing once."""
    with pytest.raises(BadInput, match="no such option"):
        is_taken(["wait", "--tmeout", "1"])


MISTYPED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("spwan", "--", "true"), "did you mean: scope spawn"),
    (("help", "confg"), "did you mean: scope help config"),
    (("path", "lgo"), "did you mean: scope path log"),
    (("spawn", "--retires", "1", "--", "true"), "did you mean --retries?"),
    (("spawn", "--executor", "modle", "words"), "did you mean 'model'?"),
    (("spawn", "--playbook", "restart,vry", "--", "true"), "did you mean 'vary'?"),
    (("spawn", "--budget", "usdd=1", "--", "true"), "did you mean 'usd'?"),
    (("ls", "--state", "runing"), "did you mean 'running'?"),
    (("wait", "--until", "need-input", "1"), "did you mean 'needs-input'?"),
    (("cost", "--by", "modle"), "did you mean 'model'?"),
    (("stats", "--by", "skil"), "did you mean 'skill'?"),
    (("watch", "stpo"), "did you mean 'stop'?"),
    (("router", "staus"), "did you mean 'status'?"),
    (("skill", "lst"), "scope skill list"),
    (("poll", "web-test"), "did you mean 'web-tests'?"),
)


def test_a_word_that_was_mistyped_is_recognised(states: World) -> None:
    """Commands, options, and the values that are one of a few."""
    for words, hint in MISTYPED:
        said = states.run(*words)
        assert said.returncode in (2, 4), words
        assert said.stderr.splitlines()[-1] == f"hint: {hint}", words
