"""Advice as a model writes it: what is taken, what is refused and in which words."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scope.laws import advising
from scope.laws.advising import Advised

SAID = {"instructions": "1. Set it.", "reasoning": "It is unset.", "variables": {"flags": "-q"}, "insufficient": "No."}
WRITTEN = json.dumps(SAID)


def taken(text: str) -> Advised:
    """The advice in a text; fail the test where it is none."""
    said = advising.read(text)
    assert isinstance(said, Advised), said
    return said


def refused(text: str) -> str:
    """What is wrong with a text; fail the test where it is advice."""
    said = advising.read(text)
    assert isinstance(said, str), said.as_json()
    return said


def of(**keys: Any) -> str:
    """A reply with these keys."""
    return json.dumps({"instructions": "x", **keys})


TEXTS = st.text(st.characters(), max_size=60)
REPLIES = st.one_of(
    st.text(),
    st.lists(st.sampled_from([*'{}[]":,\\ \n\tanx0', '{"', '"instructions"', '"variables":{', WRITTEN, "\ud800"])).map(
        "".join
    ),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), TEXTS),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.one_of(st.sampled_from(["instructions", "variables", "reasoning", "insufficient"]), TEXTS), inner
            ),
        ),
    ).map(json.dumps),
)
ADVICE = st.builds(
    Advised,
    instructions=TEXTS.filter(lambda text: advising.clean(text).strip()),
    reasoning=TEXTS,
    variables=st.dictionaries(
        TEXTS.filter(lambda text: advising.clean(text).strip()), TEXTS, max_size=advising.MOST_VARIABLES
    ).map(lambda values: tuple(values.items())),
    insufficient=TEXTS,
)


@given(REPLIES)
@example("[" * 100_000)
@example('{"a":' * 100_000)
@example("{" * 100_000)
def test_any_text_is_advice_or_is_told_what_is_wrong(text: str) -> None:
    """Nothing is raised; what is wrong is one line that any terminal and any request can take."""
    said = advising.read(text)
    if isinstance(said, str):
        assert said
        assert said.isprintable()
        assert len(said) < 500
    else:
        assert said.instructions or said.variables


@given(ADVICE)
def test_what_is_written_is_read_back(advised: Advised) -> None:
    """Once it was read, it is the same for ever; half characters and control characters are gone by then."""
    first = taken(json.dumps(advised.as_json()))
    written = json.dumps(first.as_json(), ensure_ascii=False, indent=2)
    assert taken(f"{written}\n").as_json() == first.as_json()
    assert {c for c in written if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")} <= {"\n"}
    written.encode()


@given(ADVICE)
def test_people_read_all_of_it(advised: Advised) -> None:
    """Instructions, every variable, the reasoning, and why the advice before did not suffice."""
    said = taken(json.dumps(advised.as_json()))
    text = advising.text_of(said)
    assert said.instructions in text
    assert said.reasoning in text
    assert said.insufficient in text
    assert all(f"- {name} = " in text for name, _ in said.variables)


def test_advice_reads_like_a_letter() -> None:
    """What to do first, why behind it."""
    assert advising.text_of(taken(WRITTEN)) == (
        "1. Set it.\n\nVariables:\n- flags = -q\n\nWhy: It is unset.\n\nWhy the advice before did not suffice: No.\n"
    )
    assert advising.text_of(Advised(variables=(("a", "1\n2"),))) == "Variables:\n- a = 1\n  2\n"


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN,
        f"\n\t {WRITTEN}\n",
        f"```json\n{WRITTEN}\n```",
        f"```\n{WRITTEN}\n```\n",
        f"Here is what I advise [1, 2] for {{name}}:\n\n{WRITTEN}\n\nI hope that it helps {{{{ x }}}} [sic].",
        json.dumps(SAID, indent=4),
    ],
)
def test_one_object_is_taken_wherever_it_stands(text: str) -> None:
    """Bare, in a fenced block, or among words."""
    assert taken(text).as_json() == SAID


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("I cannot say.", "there is no JSON object in it"),
        ('"instructions"', "there is no JSON object in it"),
        ("42", "there is no JSON object in it"),
        ('["a"]', "there is no JSON object in it"),
        ("{instructions: x}", "there is no JSON object in it"),
        (f"{WRITTEN}\n{WRITTEN}", "there are several JSON objects"),
        (f"Not {{}}, but {WRITTEN}", "there are several JSON objects"),
        (f"[{WRITTEN}]", "a list is no advice"),
        (f"so: [1, [{WRITTEN}]]", "a list is no advice"),
        (WRITTEN[:-1], "malformed or breaks off: Expecting ',' delimiter (line 1, column "),
        ('{"a": {"instructions": "x"}', "malformed or breaks off"),
        ('{"instructions": "x', "malformed or breaks off"),
        ("[" * 100_000, "nested too deeply"),
        (" " * (advising.LONGEST + 1), "the reply has 500,001 characters"),
    ],
)
def test_what_is_no_object_is_refused(text: str, why: str) -> None:
    """An object within another, or in a list, is not taken for the whole."""
    assert why in refused(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "'instructions' is missing, and no variable is set"),
        ('{"reasoning": "because"}', "'instructions' is missing"),
        (of(instructions=" \n\u0000"), "'instructions' is empty, and no variable is set"),
        (of(instructions=None), "'instructions' takes a text, not null"),
        (of(instructions=["1. Set it."]), "'instructions' takes a text, not a list"),
        (of(instructions=5), "'instructions' takes a text, not a number"),
        (of(reasoning={}), "'reasoning' takes a text, not an object"),
        (of(variables=None), "'variables' takes an object of names and values, not null"),
        (of(variables=[["a", "b"]]), "'variables' takes an object of names and values, not a list"),
        (of(variables="a=b"), "'variables' takes an object of names and values, not a text"),
        (of(variables={"a": None}), "the variable 'a' takes a text, a number, true or false, not null"),
        (of(variables={"a\nb": ["x"]}), "the variable 'a b' takes a text, a number, true or false, not a list"),
        (of(variables={"a": {}}), "not an object"),
        ('{"variables": {"a": NaN}}', "the variable 'a' takes"),
        (of(variables={" ": "x"}), "a variable in 'variables' has no name"),
        (of(variables={"a" * 201: "x"}), "the name of a variable has 201 characters: 200 at most"),
    ],
)
def test_what_has_the_wrong_shape_is_refused(text: str, why: str) -> None:
    """In words that say what it takes."""
    assert why in refused(text)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"instructions": "x" * 8_001}, "'instructions' has 8,001 characters: 8,000 at most"),
        ({"reasoning": "x" * 8_001}, "'reasoning' has 8,001 characters: 8,000 at most"),
        ({"insufficient": "x" * 8_001}, "'insufficient' has 8,001 characters: 8,000 at most"),
        ({"variables": {"a": "x" * 4_001}}, "the variable 'a' has 4,001 characters: 4,000 at most"),
        ({"variables": {str(n): "x" for n in range(51)}}, "'variables' has 51 names: 50 at most"),
    ],
)
def test_what_is_too_long_is_refused_rather_than_cut(keys: dict[str, Any], why: str) -> None:
    """Half of an instruction may say the opposite of the whole."""
    assert refused(of(**keys)) == why


def test_all_that_may_be_said_is_read_back() -> None:
    """At every bound at once, and every character one that JSON escapes."""
    values = {f"{number:02}{'n' * 198}": '"' * 4_000 for number in range(50)}
    text = '"' * 8_000
    most = Advised(text, text, tuple(values.items()), text)
    assert taken(json.dumps(most.as_json())).as_json() == most.as_json()


def test_values_are_texts_as_json_writes_them() -> None:
    """A version stays what it is, and yes is no number."""
    written = '{"variables": {"python": 3.10, "n": 7, "on": true, "off": false, "big": 1e400, "id": 007}}'
    assert "malformed" in refused(written)
    written = written.replace("007", '"007"')
    assert taken(written).variables == (
        ("python", "3.10"), ("n", "7"), ("on", "true"), ("off", "false"), ("big", "1e400"), ("id", "007"),
    )  # fmt: skip


def test_nothing_drives_a_terminal() -> None:
    """Escapes, NUL, carriage returns and their like go; lines and tabs stay."""
    said = taken(of(instructions=" a\x1b\0\x9b\u2028b\r\nc\td\ud800 ", variables={"v\x07": " 1\x00\r2 "}))
    assert said.instructions == "ab\nc\td?"
    assert said.variables == (("v", " 1\n2 "),)


def test_a_line_end_within_a_text_is_taken_as_one() -> None:
    """It is no JSON, and models write it all the same."""
    assert taken('{"instructions": "1. a\n2. b"}').instructions == "1. a\n2. b"


@pytest.mark.parametrize("said", [None, 5, ["x"], {}, True])
def test_other_keys_are_no_matter(said: object) -> None:
    """`insufficient` counts where it is a text; nothing else is looked at."""
    assert taken(of(insufficient=said, confidence=said)).as_json()["insufficient"] == ""


@pytest.mark.parametrize("text", ["[" * 900 + "x", "{ ", "[", '["', "[1] ", "[[],", '{"a": 1} '])
def test_a_text_of_brackets_is_read_to_its_end(text: str) -> None:
    """Each may begin something; but they are not looked at without bound, which took forty seconds."""
    assert refused((text * 500_000)[: advising.LONGEST])
