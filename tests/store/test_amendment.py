"""Amending what people edit too: exact, or refused."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scope.store import amendment, document

LINES = """# A note of mine: it hangs on CI only
question: "Which database?"   # asked twice
options:
- postgres

- sqlite
kind: question  # not a failure
answer:   # here
  # and here
vars:
by: ""
state: open  # mine
""".splitlines()

values = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(deadline=None, database=None, max_examples=200)
@given(st.lists(st.sampled_from([*LINES, "", "# note", "  # deep", "vars: {a: b}"]), unique=True), values)
def test_an_edit_is_exact_or_refused(chosen: list[str], value: str) -> None:
    """In whatever order the lines stand: each other key keeps its value, the body its bytes."""
    before = "\n".join(["---", *chosen, "---", "body\n"])
    try:
        was = document.parse(before)
    except document.Malformed:
        assert amendment.amended(before, {"answer": value}) is None
        return
    after = amendment.amended(before, {"answer": value, "state": "closed"})
    if after is None:
        assert not was.lines
        return
    became = document.parse(after)
    assert became.keys == {**was.keys, "answer": value, "state": "closed"}
    assert became.body == was.body
    assert [line for line in after.split("\n") if "#" in line and "note" in line] == [
        line for line in before.split("\n") if "#" in line and "note" in line
    ]


def test_a_document_without_frontmatter_or_with_a_broken_one_is_left_alone() -> None:
    """There is no line to change."""
    for text in (
        "",
        "only a body\n",
        "---\n---\n",
        "---\nanswer: it\n",
        "---\nanswer: [\n---\n",
        "---\n{answer: a}\n---\n",
    ):
        assert amendment.amended(text, {"answer": "x"}) is None


def test_a_line_stays_readable_in_every_language() -> None:
    """Quotes only where YAML needs them; an empty text is a line for a person to fill in."""
    assert amendment.line("answer", "") == "answer:"
    assert amendment.line("answer", "Grüße an 東京") == 'answer: "Grüße an 東京"'
    assert amendment.line("sessions", ["1", "2.10"]) == "sessions: [1, 2.10]"
    assert amendment.line("vars", {"flags": "-q x"}) == 'vars: {flags: "-q x"}'
