"""One grammar, two readers: the quick one and typer give the same answers; and what the texts say exists."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import scope
from scope import errors
from scope.cli import catalogue
from scope.cli.grammar import Irregular, read
from scope.cli.help import irregular
from scope.errors import BadInput, ScopeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scope.cli.grammar import Command, Given, Option

COMMANDS = [catalogue.load(name)[0] for name in catalogue.NAMES]
SOURCES = sorted(Path(scope.__file__).parent.rglob("*.py"))
KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, ScopeError)}

anything = st.text(max_size=6) | st.sampled_from(["", "-", "1", "2.1", "a=b", "=", "--", "-1", "é", "caf\udce9", "a b"])
plain = anything.filter(lambda word: word == "-" or not word.startswith("-"))
quickly = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


def spelt(option: Option) -> st.SearchStrategy[list[str]]:
    """An option in one of its spellings, the irregular ones among them."""
    flag = st.sampled_from(option.flags)
    if option.kind == "flag":
        return flag.map(lambda word: [word]) | flag.map(lambda word: [f"{word}=1"])
    apart = st.tuples(flag, plain).map(list)
    joined = st.builds(lambda word, value: [f"{word}={value}"], flag, anything)
    glued = st.builds(lambda word, value: [f"{word}{value}"], flag, anything)
    return apart | apart | joined | glued | st.tuples(flag, anything).map(list) | flag.map(lambda word: [word])


def lines(command: Command) -> st.SearchStrategy[list[str]]:
    """Lists of words as its grammar allows them, and some as it does not."""
    parts = [plain.map(lambda word: [word]) for _ in range(2 if command.arguments else 1)]
    parts += [spelt(option) for option in command.options]
    parts.append(st.sampled_from([["--"], ["--bad"], ["-x"]]))
    line = st.lists(st.one_of(parts), max_size=6).map(lambda found: sum(found, []))  # noqa: RUF017 - six at most
    return line.filter(lambda words: not {"-h", "--help"}.intersection(words))


def values(found: Given | None) -> object:
    """What a reader found."""
    assert found is not None
    return found.values, found.command


@pytest.mark.parametrize("command", COMMANDS, ids=catalogue.NAMES)
def test_what_the_quick_reader_takes_typer_takes_alike(command: Command) -> None:
    """Every value, list and flag the same; so nobody can tell which of them read."""

    @quickly
    @given(lines(command))
    def holds(words: list[str]) -> None:
        try:
            found = read(command, words)
        except Irregular:
            return
        assert values(irregular(command, words)) == values(found)

    holds()


@pytest.mark.parametrize("command", COMMANDS, ids=catalogue.NAMES)
def test_what_typer_takes_has_a_plain_spelling(command: Command) -> None:
    """Whatever typer finds in odd spellings, the quick reader finds in plain ones; the rest is BadInput."""

    @quickly
    @given(lines(command))
    def holds(words: list[str]) -> None:
        try:
            found = irregular(command, words)
        except BadInput:
            return
        if found is not None:
            again = plainly(command, found)
            if again is not None:
                assert values(read(command, again)) == values(found)

    holds()


def plainly(command: Command, found: Given) -> list[str] | None:
    """Spell what was given plainly; nothing where an argument begins with a dash but is none."""
    words: list[str] = []
    for option in command.options:
        flag = next(flag for flag in option.flags if flag.startswith("--"))
        if option.kind == "flag":
            words += [flag] if found.flag(option.name) else []
        else:
            given_ = found.words(option.name) if option.kind == "many" else [found.text(option.name)]
            words += [f"{flag}={value}" for value in given_ if value is not None]
    own: list[str] = []
    for argument in command.arguments:
        word = found.text(argument.name)
        own += found.words(argument.name) if argument.is_many else [] if word is None else [word]
    if not command.takes_command:
        return [*words, "--", *own]
    if any(word.startswith("-") and word != "-" for word in own):
        return None
    return [*words, *own, *(["--", *found.command] if found.command is not None else [])]


@pytest.mark.parametrize("command", COMMANDS, ids=catalogue.NAMES)
def test_every_command_has_a_summary_and_an_example(command: Command) -> None:
    """One sentence, and at least one line to copy."""
    assert command.summary.endswith(".")
    assert len(command.summary) <= 90
    assert list(examples(command))
    assert all(option.meaning.endswith((".", ").")) for option in command.options)
    assert all(argument.meaning.endswith(".") for argument in command.arguments)


def examples(command: Command) -> Iterator[list[str]]:
    """The command lines of an epilog, as words."""
    said = command.epilog.removeprefix("Examples: ").removeprefix("Example: ")
    for line in re.split(r" · | && ", said):
        yield shlex.split(line)


@pytest.mark.parametrize("command", COMMANDS, ids=catalogue.NAMES)
def test_every_example_is_taken_as_it_stands(command: Command) -> None:
    """By the quick reader, at that: an example is plainly right."""
    found = list(examples(command))
    assert any(words[1] == command.name for words in found)
    for words in found:
        assert words[0] == "scope"
        read(catalogue.load(words[1])[0], words[2:])


def test_every_module_of_a_command_is_in_the_catalogue() -> None:
    """No command is forgotten, none is listed twice."""
    place = Path(catalogue.__file__).parent / "commands"
    assert sorted(catalogue.NAMES) == sorted(path.stem for path in place.glob("*.py") if path.stem != "__init__")
    assert [command.name for command in COMMANDS] == list(catalogue.NAMES)


def hints() -> Iterator[tuple[str, str]]:
    """Every hint in our sources, with where it stands; what is filled in is X."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if called in KINDS:
                    found = [*node.args[3:4], *(word.value for word in node.keywords if word.arg == "hint")]
                    yield from ((text, f"{path.name}:{node.lineno}") for part in found for text in texts(part))


def texts(node: ast.expr) -> list[str]:
    """The texts that an expression may be."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(part.value if isinstance(part, ast.Constant) else "X" for part in parts)]
        case ast.IfExp(body=one, orelse=other):
            return texts(one) + texts(other)
        case _:
            return []


def test_every_hint_names_a_command_that_exists() -> None:
    """A way on that leads nowhere is worse than none."""
    found = list(hints())
    assert len(found) > 40
    for text, where in found:
        for name in re.findall(r"(?<![\w.'])scope (\S+)", text):
            word = name.rstrip(",;.")
            assert word in (*catalogue.NAMES, "--help", "X"), f"{where}: {text}"


def test_every_page_names_only_commands_that_exist() -> None:
    """Also within the texts, the options and the arguments."""
    for command in COMMANDS:
        parts = (*command.options, *command.arguments)
        for text in (command.summary, command.text, command.epilog, *(part.meaning for part in parts)):
            for name in re.findall(r"\bscope ([a-z]+)\b(?! -- )", text):
                assert name in catalogue.NAMES or f"without scope, {name}" in text, f"{command.name}: {text}"
