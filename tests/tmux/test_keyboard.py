"""Typing into panes, as real terminals take it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from scope.tmux import keyboard
from scope.tmux.server import Server
from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World


def test_typing_into_a_program_that_has_ended_is_refused_and_the_server_lives(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before 3.4, a paste into a dead pane ends the tmux server and all that runs in it."""
    world.run("init", code=0)
    for name, value in world.env.items():
        monkeypatch.setenv(name, value)
    server = Server(str(world.root))
    identity = server.ensure()
    try:
        said = server.run("new-session", "-d", "-P", "-F", "#{pane_id} #{pane_tty}", "-s", "ended", "true").split()
        until(lambda: server.run("display-message", "-p", "-t", said[0], "#{pane_dead}").strip() == "1")
        with pytest.raises(keyboard.Untypable):
            keyboard.press(server, said[0], said[1], "anybody there?")
        assert server.is_running()
        assert server.run("list-buffers") == ""
    finally:
        os.kill(identity.pid, 9)
