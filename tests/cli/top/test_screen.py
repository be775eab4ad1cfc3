"""`scope top` on a real terminal: what a person sees."""

from __future__ import annotations

import json
import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.top.glass import Glass
from tests.driver import is_alive, until

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness
    from tests.driver import World

_ASKED = """\
---
question: May I deploy?
options: [go, wait]
answer: ""
state: open
kind: question
opened: "2026-01-02T03:04:05Z"
sessions: ["3"]
members: 1
---
Session 3 wants to deploy to the cluster.
"""


@pytest.fixture
def asking(states: World) -> World:
    """A session in every state, of which one asks a question."""
    (states.root / "escalations").mkdir()
    (states.root / "escalations" / "e1.md").write_text(_ASKED)
    return states


def test_the_first_look_shows_the_tree_who_asks_and_a_log(asking: World) -> None:
    """On 80 by 24: everything in its place, and no line is broken."""
    glass = Glass(asking)
    glass.top(shows="compiling")
    lines = glass.until("compiling", "? help  q quit").split("\n")
    assert "watcher lives" in lines[0]
    assert lines[1].startswith(" 10 sessions  1 waiting  1 escalated  1 failed  1 running")
    assert lines[2].startswith(" ▲ 1 waits for you: e1 May I deploy?")
    assert lines[3].split() == ["ID", "STATE", "AGE", "TRY", "NAME", "ACTIVITY", "1/10"]
    ids = ["1", "2", "2.1", "2.2", "2.2.1", "2.10", "3", "4", "5", "6"]
    assert [line.replace("▾", " ").split()[0] for line in lines[4:14]] == ids
    assert lines[5].startswith(" ▾ 2          running       1d    1")
    assert lines[16].startswith("── 1 build ─ log ──")
    assert lines[23].rstrip().endswith("? help  q quit")


@pytest.mark.parametrize(("columns", "lines"), [(60, 20), (40, 12)])
def test_other_sizes_lose_what_matters_least(columns: int, lines: int, asking: World) -> None:
    """Ids, states and the way out are on every screen."""
    glass = Glass(asking, columns, lines)
    screen = glass.top(shows="q quit")
    assert " 2.2.1 " in screen
    assert "running" in screen
    assert "TRY" not in screen


def test_a_terminal_may_change_its_size(asking: World) -> None:
    """Larger, smaller, too small for anything, and back."""
    glass = Glass(asking)
    glass.top(shows="q quit")
    for columns, lines in ((130, 40), (20, 4), (62, 18), (80, 24)):
        glass.resize(columns, lines)
        glass.until_lines(lambda found, wide=columns: "scope" in found[0] and len(found[0]) <= wide, "the first line")
    glass.until_lines(lambda found: found[16].startswith("── 1 build") and "q quit" in found[23], "all as it was")


def test_arrows_select_fold_and_unfold(asking: World) -> None:
    """The selected line is in reverse, and what is folded says how many it hides."""
    glass = Glass(asking)
    glass.top()
    glass.press("Down")
    until(lambda: "web-tests" in glass.selected(), what=glass.selected())
    glass.until("── 2 web-tests ─ log")
    glass.press("Left")
    glass.until("▸ 2 ", "+4")
    glass.until_gone("2.2.1")
    glass.press("Right")
    glass.until("2.2.1")
    glass.press("End")
    until(lambda: glass.selected().split()[:1] == ["6"], what=glass.selected())
    glass.press("f", "k", "k", "k")
    until(lambda: glass.selected().split()[:1] == ["3"], what=glass.selected())


def test_what_is_asked_is_shown_beneath_and_its_log_by_tab(asking: World) -> None:
    """`n` goes to the next that asks."""
    glass = Glass(asking)
    glass.top()
    glass.press("n")
    glass.until("── 3 deploy ─ asked: e1", " Answers: go, wait.", "Session 3 wants to deploy to the cluster.")
    glass.press("Tab")
    glass.until("── 3 deploy ─ log", " compiling")


def test_a_filter_takes_the_selectors_of_ls_and_words(asking: World) -> None:
    """While it is typed; Escape shows everything again."""
    glass = Glass(asking)
    glass.top()
    glass.press("/")
    glass.until("show only:")
    glass.letters("-s failed")
    glass.until("1/2", "2.2 ")
    glass.until_gone("build")
    glass.press("Enter")
    glass.until("/-s failed")
    glass.press("Escape")
    glass.until("deploy", "/10")
    glass.press("/")
    glass.letters("kind=tests")
    glass.until("1/1", "web-tests")
    glass.press("C-u")
    glass.letters("nothing of the kind")
    glass.until("Nothing is selected by the filter")


def test_a_filter_may_be_given_on_the_command_line(asking: World) -> None:
    """With the options of ls."""
    glass = Glass(asking)
    glass.top("--live", "-s", "waiting", shows="1/1")
    assert "web-tests" not in glass.until("deploy", "q quit")


def test_help_names_every_key_on_a_screen_of_eighty_by_24(asking: World) -> None:
    """And goes away again."""
    glass = Glass(asking)
    glass.top()
    glass.press("?")
    glass.until("its terminal; Ctrl-b d returns", "try it again", "the sessions go on", "to the next that asks")
    glass.press("?")
    glass.until("web-tests")


def test_a_log_fills_the_screen_and_scrolls(still: Stillness) -> None:
    """From its end, on which it stays; back to its beginning, and Escape leads to the tree."""
    still.add("1", "running")
    log = still.attempt("1", 2, "".join(f"line {number}\n" for number in range(1, 301))) / "output.log"
    glass = Glass(still.world)
    glass.top()
    glass.press("l")
    glass.until("line 300", "line 282", "attempt 2")
    with log.open("a") as stream:
        stream.write("line 301\n")
    glass.until("line 301")
    glass.press("Home")
    glass.until("line 1\n", "more below")
    glass.press("G")
    glass.until("line 301")
    glass.press("Escape")
    glass.until("a attach")


def test_without_colour_there_is_none(asking: World) -> None:
    """NO_COLOR: bold, dim and reverse are left; the console of Linux gets plain signs."""
    glass = Glass(asking, NO_COLOR="1", TERM="linux")
    glass.top(shows="compiling")
    assert "\x1b[7m" in glass.screen(styled=True)
    coloured = [f"\x1b[{code}m" for code in (31, 32, 33, 35, 36)]
    assert not any(code in glass.screen(styled=True) for code in coloured)
    assert "- 2 " in glass.screen()


@pytest.mark.parametrize("terminal", ["screen", "vt220"])
def test_any_terminal_will_do(terminal: str, asking: World) -> None:
    """Its sixteen colours, or fewer."""
    glass = Glass(asking, TERM=terminal)
    glass.top(shows="compiling")
    glass.press("q")
    assert "left-0" in glass.until_left()


def test_a_terminal_that_cannot_be_drawn_on_is_refused(asking: World) -> None:
    """With a command that does without."""
    glass = Glass(asking, TERM="dumb")
    glass.top(shows="hint: watch -n1 scope ls")
    assert "left-2" in glass.until_left()


def test_what_sessions_are_called_and_print_moves_no_cursor(still: Stillness) -> None:
    """Escapes, other controls, wide letters: nothing of a session's reaches the terminal as it is."""
    evil = "\x1b[2J\x1b[31mred\x07\x9b31m\u202egnol"
    place = still.add("1", "running", keys="name: plain\n", body=f"{evil} 東京 😀\n")
    (place / "activity").write_text(f"{evil} doing\n")
    still.attempt("1", 2, f"{evil}\x1b]0;title\x07 printed 東京\tend\r\nlast \x1b[5;5Hword\n")
    line = {"id": "1", "name": f"{evil}name", "title": evil, "executor": "command", "labels": {evil: evil}}
    (still.world.root / "run" / "index.jsonl").write_text(json.dumps(line) + "\n")
    glass = Glass(still.world)
    glass.top(shows="last word")
    assert glass.until("printed 東京", "q quit").startswith(" scope ")
    assert "\x1b[31m" not in glass.screen(styled=True)


def test_what_comes_changes_and_goes_is_seen(still: Stillness) -> None:
    """Also when the selected session is removed: the next one takes its place."""
    still.add("1", "running", keys="name: one\n")
    still.add("2", "running", keys="name: two\n")
    glass = Glass(still.world)
    glass.top(shows="2 sessions")
    glass.press("Down")
    until(lambda: "two" in glass.selected())
    still.add("3", "running", keys="name: three\n")
    glass.until("3 sessions", "three")
    (still.world.session("2") / "activity.new").write_text("half done\n")
    (still.world.session("2") / "activity.new").rename(still.world.session("2") / "activity")
    glass.until("half done")
    shutil.rmtree(still.world.session("2"))
    glass.until("2 sessions")
    until(lambda: "three" in glass.selected(), what=glass.selected())


def test_a_state_that_changes_off_the_screen_is_counted(still: Stillness) -> None:
    """By the events, for only the rows that are shown are watched."""
    for number in range(1, 41):
        still.add(str(number), "running")
    glass = Glass(still.world)
    glass.top(shows="40 running")
    (still.world.session("40") / "state").write_text("failed\n")
    with (still.world.root / "events.jsonl").open("a") as stream:
        stream.write(json.dumps({"seq": 1, "session": "40", "to": "failed"}) + "\n")
    glass.until("39 running", "1 failed")


def test_a_session_that_cannot_be_read_is_said_to_be(still: Stillness) -> None:
    """The others are as they were."""
    still.add("1", "running", keys="name: one\n")
    place = still.add("2", "running")
    (place / "state").unlink()
    (place / "state").mkdir()
    Glass(still.world).top(shows="unreadable")


def test_costs_are_those_of_a_session_and_all_below_it(asking: World) -> None:
    """As the ledger says, and as it grows."""
    ledger = asking.root / "ledger.jsonl"
    ledger.write_text(json.dumps({"id": "a", "session": "2.2.1", "cost": 1.5, "outcome": "ok"}) + "\nno line\n")
    glass = Glass(asking)
    screen = glass.top(shows="compiling")
    assert "COST" in screen.split("\n")[3]
    assert [line.split()[0] for line in screen.split("\n")[4:14] if "$1.50" in line] == ["▾", "▾", "2.2.1"]
    with ledger.open("a") as stream:
        stream.write(json.dumps({"id": "b", "session": "2", "cost": 2, "outcome": "ok"}) + "\n")
    glass.until("$3.50")


def test_a_watcher_that_dies_is_missed(world: World) -> None:
    """And `w` starts another."""
    world.spawn("--", "sleep", "600")
    world.until_state("1", "running")
    glass = Glass(world)
    glass.top(shows="watcher lives")
    world.kill_watcher()
    glass.until("no watcher lives: w starts it")
    glass.press("w")
    glass.until_gone("no watcher lives")


def test_a_root_that_vanishes_ends_it_with_a_line(still: Stillness) -> None:
    """Exit code 4, on a terminal that was given back."""
    still.add("1", "running")
    glass = Glass(still.world)
    glass.top()
    shutil.rmtree(still.world.root)
    screen = glass.until_left()
    assert "error: the root is gone" in screen
    assert "left-4" in screen


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("C-c", 130)])
def test_leaving_gives_the_terminal_back(key: str, code: int, asking: World) -> None:
    """The shell's lines are there again, and what is typed is seen."""
    glass = Glass(asking)
    glass.top()
    glass.press(key)
    screen = glass.until_left()
    assert f"left-{code} echo" in screen
    assert "compiling" not in screen


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_gives_the_terminal_back(number: signal.Signals, code: int, asking: World) -> None:
    """Whoever sends it."""
    glass = Glass(asking)
    glass.top()
    os.kill(glass.pid(), number)
    assert f"left-{code} echo" in glass.until_left()


def test_whoever_closes_the_terminal_leaves_nothing_running(asking: World) -> None:
    """No process goes on drawing for nobody."""
    glass = Glass(asking)
    glass.top()
    pid = glass.pid()
    glass.close_terminal()
    until(lambda: not is_alive(pid))


def test_without_inotify_it_looks_now_and_then(still: Stillness) -> None:
    """Where the system gives none."""
    place = still.add("1", "running")
    glass = Glass(still.world, SCOPE_NO_INOTIFY="1")
    glass.top()
    (place / "activity").write_text("seen all the same\n")
    still.add("2", "failed")
    glass.until("seen all the same", "1 failed")


def test_an_empty_root_says_what_to_do(still: Stillness) -> None:
    """A newcomer's first screen."""
    glass = Glass(still.world)
    glass.top(shows="scope spawn -- COMMAND")
    for key in ("a", "l", "s", "r", "x", "R", "y", "n", "f", "Left", "Right", "Up", "Tab", "End"):
        glass.press(key)
    glass.until("0 sessions")
