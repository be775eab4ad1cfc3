"""What comes back of work that could not be landed: short, and enough to go on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scope.laws.conflict import Clash, hunks, of_check, of_clashes, shortened

MERGED = """\
kept
<<<<<<< HEAD
theirs
||||||| 1a2b3c4
as it was
=======
mine
>>>>>>> scope/3
kept too
"""


def test_only_what_met_is_told_without_what_was_there_before() -> None:
    """The two sides with their marks."""
    assert list(hunks(MERGED)) == ["<<<<<<< HEAD", "theirs", "=======", "mine", ">>>>>>> scope/3"]


def test_a_conflict_names_files_sides_changes_and_the_way_on() -> None:
    """Like failures are those on the same file."""
    back = of_clashes("main", [Clash("b.txt", MERGED, ("1a2b3c4 scope 2: Mark it",)), Clash("a.txt")], "/p")
    assert back.headline == "it conflicts with 'main' in b.txt, a.txt"
    assert back.on == "conflict in a.txt"
    for words in ("CONFLICT in b.txt", "met 1a2b3c4 scope 2: Mark it", "  mine", "git apply --3way /p"):
        assert words in back.text()


def test_a_check_that_fails_is_told_with_the_end_of_what_it_printed() -> None:
    """And the line itself."""
    back = of_check("main", "make test", "fails (exit 2)", [*map(str, range(99)), "E: bad", ""], "/p")
    assert back.headline == "merged into 'main', its check fails (exit 2): E: bad"
    assert "check: make test" in back.lines
    assert len(back.lines) < 30


@given(st.lists(st.text(max_size=3), max_size=60), st.integers(3, 30))
def test_what_is_shortened_has_its_first_and_its_last_lines(lines: list[str], at_most: int) -> None:
    """And says how many are missing."""
    told = shortened(lines, at_most)
    assert len(told) <= at_most
    if len(lines) <= at_most:
        assert told == lines
    else:
        assert (told[0], told[-1]) == (lines[0], lines[-1])
        left = len(lines) - len(told) + 1
        assert f"… {left} lines …" in told


@given(st.text(alphabet="<=>| ab\n", max_size=200))
def test_any_text_has_hunks(text: str) -> None:
    """Also one whose marks do not match."""
    assert set(hunks(text)) <= set(text.splitlines())
