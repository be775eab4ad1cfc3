"""Typing into panes, as real terminals take it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scope.laws.ids import SessionId
from scope.sessions.processes.runner import PaneView
from scope.tmux import keyboard
from scope.tmux.runner import TmuxRunner
from tests.driver import is_alive, until

if TYPE_CHECKING:
    from scope.tmux.server import Server
    from tests.driver import World


def pane_of(server: Server, whose: str, command: str) -> PaneView:
    """Start a command in a pane of its own that belongs to somebody."""
    words = ["new-session", "-d", "-P", "-F", "#{pane_id} #{pane_tty} #{pane_pid}", command]
    pane, tty, pid = server.run(*words).split()
    server.run("set-option", "-p", "-t", pane, "@scope", whose)
    return PaneView(SessionId("1"), 1, pane, whose, tty, int(pid), is_dead=False, status=None, is_captured=True)


def test_typing_into_a_program_that_has_ended_is_refused_and_the_server_lives(server: Server) -> None:
    """Before 3.4, a paste into a dead pane ends the tmux server and all that runs in it."""
    ended = pane_of(server, "x/1/1", "true")
    until(lambda: server.run("display-message", "-p", "-t", ended.pane, "#{pane_dead}").strip() == "1")
    with pytest.raises(keyboard.Untypable):
        keyboard.press(server, ended, "anybody there?")
    assert server.is_running()
    assert server.run("list-buffers") == ""


def test_a_pane_that_has_become_another_attempts_is_left_alone(server: Server, world: World) -> None:
    """Pane ids start over with each server: what was seen of the one before must not hit the next."""
    runner = TmuxRunner(str(world.root))
    theirs = pane_of(server, "x/2/1", "sleep 60")
    before = replace(theirs, whose="x/1/1")
    runner.release(before)
    runner.repipe(before, str(world.base / "log"))
    with pytest.raises(keyboard.Untypable):
        keyboard.press(server, before, "not for you")
    assert server.run("list-panes", "-a", "-F", "#{pane_id} #{pane_pipe}").split() == [theirs.pane, "0"]
    runner.repipe(theirs, str(world.base / "a 'b' #{pane_id} %H $HOME"))
    assert server.run("list-panes", "-a", "-F", "#{pane_pipe}").split() == ["1"]
    until(lambda: (world.base / "a 'b' #{pane_id} %H $HOME").exists())
    runner.release(theirs)
    until(lambda: not is_alive(theirs.pid))
