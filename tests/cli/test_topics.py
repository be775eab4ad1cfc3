"""The topics of `scope help`: what they say is what the code does."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scope import errors
from scope.cli import topics
from scope.cli.main import INTERRUPTED
from scope.errors import ScopeError
from scope.laws import configuration, task
from scope.store import layout

if TYPE_CHECKING:
    from tests.driver import World

_ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ScopeError)]


def said(world: World, topic: str, columns: int = 80) -> str:
    """What a topic says."""
    done = world.run("help", topic, code=0, env={"COLUMNS": str(columns)})
    assert done.stderr == ""
    return done.stdout


def test_every_error_stands_below_its_exit_code(world: World) -> None:
    """And each code that an error has is explained, on the first page too."""
    text = " ".join(said(world, "exit-codes").split())
    first = " ".join(world.run("--help", code=0, env={"COLUMNS": "80", "TERM": "dumb"}).stdout.split())
    assert INTERRUPTED in topics.EXIT_CODES
    for kind in _ERRORS:
        assert kind.exit_code in topics.EXIT_CODES
        assert kind is ScopeError or f"{kind.__name__}: {' '.join((kind.__doc__ or '').split())}" in text
    for code, meaning in topics.EXIT_CODES.items():
        assert f"{code} {meaning}" in text
        assert f"{code} {meaning}" in first


STORE = Path(layout.__file__).parent
SPELLING = sorted(path for path in STORE.glob("*.py") if "Writer: " in path.read_text(encoding="utf-8"))


def test_there_is_more_than_one_place_of_paths() -> None:
    """Else the law below would hold of nothing."""
    assert {"archivedir", "attemptdir", "inboxdir", "layout", "rundir", "skilldir"} <= {path.stem for path in SPELLING}


@pytest.mark.parametrize("module", SPELLING, ids=lambda path: path.stem)
def test_every_path_that_is_spelled_is_explained(module: Path, world: World) -> None:
    """All functions of the store whose docstring begins with a path; most with a writer."""
    text = said(world, "files")
    functions = [
        node for node in ast.parse(module.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)
    ]
    documented = [ast.get_docstring(node) or "" for node in functions]
    named = [re.match(r"`([^`]+)`", promise) for promise in documented]
    last = [match[1].rstrip("/").rpartition("/")[2] for match in named if match]
    assert last
    for name in last:
        ending = re.sub(r"<[^>]+>", "[^/\n]+", name.replace(".", r"\."))
        assert re.search(rf"(?m)^\S*/{ending}$", text), name


def test_no_placeholder_of_the_code_is_left(world: World) -> None:
    """Paths as people find them: from .scope or ~/.scope on, with ID, N and NAME for what varies."""
    paths = [line for line in said(world, "files").splitlines()[2:] if line and not line.startswith(" ")]
    assert paths == sorted(set(paths))
    for path in paths:
        assert re.fullmatch(r"(~/)?\.scope/[A-Za-z0-9._/-]+", path), path
        assert not re.search(r"DIRECTORY|ROOT|PLACE|_", path.replace("waiting_on", "").replace("in_vain", "")), path


@pytest.mark.parametrize(("topic", "keys"), [("config", configuration.KEYS), ("task", task.KEYS)])
def test_every_key_is_explained_with_an_example(topic: str, keys: tuple[topics.Key, ...], world: World) -> None:
    """From the one list of them."""
    text = said(world, topic)
    for key in keys:
        assert f"\n{key.name}: {key.example}\n" in text
        assert key.meaning in " ".join(text.split())


@pytest.mark.parametrize("topic", topics.TOPICS)
def test_topics_fit_on_a_narrow_terminal(topic: str, world: World) -> None:
    """Sixty columns, but for the examples and paths, which are to be copied."""
    lines = said(world, topic, 60).splitlines()
    assert all(len(line) <= 60 for line in lines if line.startswith("     "))


def test_the_page_of_help_names_every_topic(world: World) -> None:
    """And the hint for a topic that was meant names it."""
    page = world.run("help", "--help", code=0, env={"COLUMNS": "80", "TERM": "dumb"}).stdout
    assert all(topic in page for topic in topics.TOPICS)
    assert "did you mean: scope help config" in world.run("help", "confg", code=2).stderr


def test_topics_touch_nothing(world: World) -> None:
    """They want no root, and make none."""
    for topic in topics.TOPICS:
        said(world, topic)
    assert list(world.home.iterdir()) == []
    assert list(world.project.iterdir()) == []


def test_exit_codes_are_numbers_of_the_tree_that_is_drawn() -> None:
    """The tree at the top of the errors says the same."""
    drawn = dict(re.findall(r"── (\w+) +(\d+) ", errors.__doc__ or ""))
    assert len(drawn) >= len(_ERRORS) - 1
    assert all(int(drawn[kind.__name__]) == kind.exit_code for kind in _ERRORS if kind is not ScopeError)
