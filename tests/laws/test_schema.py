"""Keys and the shapes of their values."""

from __future__ import annotations

from typing import Any

import pytest

from scope.laws.schema import Key, Refused, nearest, read


def _read(shape: Any, node: Any) -> object:
    return read(Key("key", shape, "what it means"), node)


@pytest.mark.parametrize(
    ("shape", "node", "value"),
    [
        ("text", "2.10", "2.10"),
        ("text", "", ""),
        ("word", "true", "true"),
        ("name", "a-b", "a-b"),
        ("session_name", "a1", "a1"),
        ("path", "/a b/c", "/a b/c"),
        ("count", "007", 7),
        ("number", "-3", -3),
        ("duration", "1h30m", 5400.0),
        ("flag", "yes", True),
        ("flag", "off", False),
        ("words", "one", ("one",)),
        ("words", ["2.10", "true"], ("2.10", "true")),
        ("words", [], ()),
        ("argv", ["a", ""], ("a", "")),
        ("ids", ["2.10", "2.1"], ("2.10", "2.1")),
        ("ids", "3", ("3",)),
        ("mapping", {"N": "1.0", "B": "true"}, (("N", "1.0"), ("B", "true"))),
        ("labels", {"team": "web"}, (("team", "web"),)),
    ],
)
def test_a_value_of_its_keys_shape_is_read(shape: str, node: object, value: object) -> None:
    """Text stays as written; only what is a number, a duration or a flag by its key becomes one."""
    assert _read(shape, node) == value


@pytest.mark.parametrize(
    ("shape", "node", "says"),
    [
        ("text", ["a"], "'key' takes one value"),
        ("text", None, "'key' takes one value"),
        ("word", "", "one line that is not empty"),
        ("path", "a\nb", "one line that is not empty"),
        ("name", "A", "a name"),
        ("session_name", "2.1", "a name that is no number"),
        ("count", "-1", "a whole number, not '-1'"),
        ("count", "1.0", "a whole number"),
        ("count", "9" * 5000, "a whole number"),
        ("number", "--1", "a whole number"),
        ("number", "-" + "9" * 5000, "a whole number"),
        ("duration", "soon", "a duration such as 90, 10m or 1h30m, not 'soon'"),
        ("flag", "True", "true or false"),
        ("words", {"a": "b"}, "a list of words"),
        ("words", ["a", ["b"]], "a list of words"),
        ("argv", "pytest -q", "never a shell string"),
        ("argv", [], "at least the program's name"),
        ("argv", ["", "a"], "at least the program's name"),
        ("ids", ["a"], "session ids, not 'a'"),
        ("mapping", "a", "a mapping"),
        ("mapping", {"a": ["b"]}, "'key.a' takes one value"),
        ("labels", {"team": "a,b"}, "names and short values"),
        ("labels", {"Team": "a"}, "names and short values"),
    ],
)
def test_a_value_of_another_shape_is_refused_with_what_is_expected(shape: str, node: object, says: str) -> None:
    """The message names the key and the way on."""
    with pytest.raises(Refused) as refusal:
        _read(shape, node)
    assert says in str(refusal.value)
    assert "'key" in str(refusal.value)


def test_the_nearest_word_is_proposed_only_when_it_is_near() -> None:
    """A wild guess helps nobody."""
    assert nearest("retrys", ["retries", "timeout"]) == "retries"
    assert nearest("banana", ["retries", "timeout"]) is None
    assert nearest("x", []) is None
