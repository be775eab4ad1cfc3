"""The parts of the dashboard that know no terminal: the board, the filter, the line that is typed, the widths."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.cli.top import keys, rows, selector
from scope.cli.top.actions import ACTIONS
from scope.cli.top.board import Board
from scope.cli.top.card import Card, age
from scope.cli.top.editor import Editor
from scope.cli.top.lines import fit, fit_end, spread, width
from scope.laws.ids import SessionId, order, parent

ids = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
states = st.sampled_from(("running", "done", "failed"))


def card(session: str, state: str = "running", **more: str) -> Card:
    """A session."""
    return Card(session, parent(SessionId(session)), state, **more)  # type: ignore[arg-type]


def board(*sessions: str) -> Board:
    """A board of these sessions."""
    made = Board()
    for session in sessions:
        made.put(card(session))
    made.arrange()
    return made


def shown(made: Board) -> list[str]:
    """The ids on the board."""
    return [place.id for place in made.shown]


@given(st.lists(st.tuples(st.booleans(), ids, states), max_size=40))
def test_a_board_shows_what_is_there_in_the_order_of_the_tree(steps: list[tuple[bool, str, str]]) -> None:
    """Whatever comes and goes: each once, parents first, counted by state, and one selected if there is any."""
    made, there = Board(), {}
    for is_put, session, state in steps:
        if is_put:
            made.put(card(session, state))
            there[session] = state
        else:
            made.drop(session)
            there.pop(session, None)
        made.settle()
        assert shown(made) == sorted(there, key=order)
        assert {state: count for state, count in made.counts.items() if count} == {
            state: list(there.values()).count(state) for state in set(there.values())
        }
        assert (made.selected in there) == bool(there)
        assert made.shown == [] or made.shown[made.at].id == made.selected


@given(st.sets(ids, min_size=1, max_size=20), st.sets(ids, max_size=6), states)
def test_what_is_folded_is_hidden_unless_it_is_looked_for(there: set[str], folded: set[str], state: str) -> None:
    """Below a folded session nothing is shown; a filter shows what it selects all the same, and what is above."""
    made = board(*there)
    for session in folded & there:
        made.fold(session)
    for session in shown(made):
        above = parent(SessionId(session))
        while above is not None and above in there:
            assert above not in made.folded
            above = parent(above)
    made.filter(selector.parse("-s running"))
    assert shown(made) == sorted(there, key=order)
    made.filter(selector.parse("-s failed"))
    assert shown(made) == []
    wanted = min(there)
    made.filter(selector.parse(wanted))
    assert wanted in shown(made)
    made.reveal(wanted)
    assert made.selected == wanted


def test_below_counts_every_depth_and_a_lost_parent_leaves_its_children_at_the_top() -> None:
    """As in `scope tree`."""
    made = board("1", "1.1", "1.1.1", "2")
    assert [(place.depth, place.below) for place in made.shown] == [(0, 2), (1, 1), (2, 0), (0, 0)]
    made.drop("1")
    made.settle()
    assert [(place.id, place.depth) for place in made.shown] == [("1.1", 0), ("1.1.1", 1), ("2", 0)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", "1 2 2.1 3"),
        ("-s failed", "2.1"),
        ("-s failed -s done", "2.1 3"),
        ("--state=fail", "2.1"),
        ("state=done", "3"),
        ("--live", "1 2"),
        ("-l team=web", "1"),
        ("--label=team=web", "1"),
        ("team=web -s done", ""),
        ("TESTS", "2"),
        ("build tests", ""),
        ("web-*", "2"),
        ("2", "2 2.1"),
        ("2.1", "2.1"),
        ("'unclosed", ""),
        ("-l", "1 2 2.1 3"),
        ("-s", "1 2 2.1 3"),
    ],
)
def test_a_filter_selects_as_ls_does(typed: str, found: str) -> None:
    """States are alternatives, everything else narrows; what is half typed is no error."""
    cards = (
        Card("1", None, "running", name="build", labels=(("team", "web"),)),
        Card("2", None, "running", name="web-tests"),
        Card("2.1", "2", "failed", title="make all"),
        Card("3", None, "done"),
    )
    chosen = selector.parse(typed)
    assert " ".join(each.id for each in cards if chosen.selects(each)) == found


@given(st.text(), st.text())
def test_no_filter_fails(typed: str, name: str) -> None:
    """Whatever is typed, and whatever sessions are called."""
    chosen = selector.parse(typed)
    assert chosen.selects(card("1", name=name)) or chosen


@given(st.text(), st.integers(0, 40))
def test_a_text_is_cut_to_the_cells_it_may_take(text: str, cells: int) -> None:
    """Wide letters too: never one cell more or less."""
    text = "".join(c for c in text if c.isprintable())
    assert width(fit(text, cells)) == cells
    assert width(fit_end(text, cells)) == cells
    line = spread(((text, ""),), (("end", "bold"),), cells)
    assert sum(width(piece) for piece, _ in line) == cells


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 300))
def test_columns_fill_the_line_and_no_more(id_cells: int, name_cells: int, cells: int) -> None:
    """From a terminal that shows half a name to one as wide as a wall."""
    of = rows.columns((id_cells, name_cells), cells)
    found = (of.id, of.state, of.age, of.tries, of.cost, of.name, of.activity)
    assert min(found) >= 0
    assert cells < 40 or 1 + sum(each + 2 for each in found if each) <= cells + 1


_PRESSED = st.sampled_from(
    ("left", "right", "home", "end", "backspace", "delete", "ctrl+u", "ctrl+k", "ctrl+w", "ctrl+a", "ctrl+e", "f5")
)


@given(st.lists(st.one_of(st.tuples(st.just(True), _PRESSED), st.tuples(st.just(False), st.text(max_size=5)))))
def test_a_line_holds_only_what_can_be_printed(steps: list[tuple[bool, str]]) -> None:
    """Whatever is typed and pasted; the cursor is always in it."""
    editor = Editor()
    for is_key, text in steps:
        if is_key:
            assert editor.press(text) == (text != "f5")
        else:
            editor.insert(text)
        assert 0 <= editor.at <= len(editor.text)
        assert editor.text.isprintable()


def test_a_line_is_edited_as_in_a_shell() -> None:
    """Words, the rest, and everything before the cursor."""
    editor = Editor("one two three")
    editor.press("ctrl+w")
    assert editor.text == "one two "
    editor.press("ctrl+w")
    assert editor.text == "one "
    editor.press("home")
    editor.insert("no\n")
    assert (editor.text, editor.at) == ("no one ", 3)
    editor.press("ctrl+k")
    assert editor.text == "no "
    editor.press("ctrl+u")
    assert editor.text == ""


def test_every_key_does_something_and_no_key_does_two_things() -> None:
    """What the help lists is what there is."""
    pressed = [key for each in keys.KEYS for key in each.keys]
    assert len(pressed) == len(set(pressed))
    assert {each.action for each in keys.KEYS} == set(ACTIONS)


@pytest.mark.parametrize("cells", [20, 40, 60, 80, 120])
def test_the_line_at_the_bottom_fits_and_names_the_way_out(cells: int) -> None:
    """And the help, wherever there is room for both."""
    said = "".join(text for text, _ in keys.hints(cells)).rstrip()
    assert len(said) <= cells
    assert "? help" in said
    assert "q quit" in said


@pytest.mark.parametrize(("seconds", "said"), [(-3, "0s"), (59.9, "59s"), (60, "1m"), (7199, "1h"), (200000, "2d")])
def test_an_age_has_one_unit(seconds: float, said: str) -> None:
    """So that a row is not drawn anew each second."""
    assert age(seconds) == said


def test_textual_is_imported_by_nothing_but_the_dashboard() -> None:
    """Not by the grammar of any command, `top` among them."""
    script = (
        "import sys; from scope.cli import catalogue; [catalogue.load(name) for name in catalogue.NAMES]; "
        "from scope.cli import tables, inboxtable; print(sorted(n for n in sys.modules if n.startswith('textual')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
