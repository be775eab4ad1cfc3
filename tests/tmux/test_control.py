"""The lasting line to tmux, and that nothing depends on it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scope.tmux.control import KEEPER, Control, Lost
from tests.driver import is_alive, until

if TYPE_CHECKING:
    from scope.tmux.server import Server
    from tests.driver import World


def test_what_commands_print_comes_back_and_nothing_else(server: Server) -> None:
    """Several sequences, one answer; a sequence that fails does not take the others along."""
    control = Control(server)
    words = 'it\'s "q" $HOME #{pid} ; \\ é'
    said = control.run(
        [
            ["set-option", "-g", "@word", words, ";", "show-options", "-gqv", "@word"],
            ["has-session", "-t", "=nobody", ";", "display-message", "-p", "never"],
            ["display-message", "-p", "last"],
        ]
    )
    control.close()
    assert said.splitlines()[0] == words
    assert said.splitlines()[-1] == "last"
    assert "never" not in said


def test_a_line_that_was_cut_is_lost_and_then_made_again(server: Server) -> None:
    """Killing the session that it is attached to costs one Lost at most; then there is another line."""
    control = Control(server)
    control.run([["display-message", "-p", "one"]])
    server.run("kill-session", "-t", f"={KEEPER}")
    with contextlib.suppress(Lost):
        control.run([["display-message", "-p", "two"]])
    assert "three" in control.run([["display-message", "-p", "three"]])
    control.close()


def test_a_server_that_is_gone_is_lost_at_once(server: Server) -> None:
    """No hang, no traceback of another kind."""
    control = Control(server)
    control.run([["display-message", "-p", "one"]])
    pid = server.identity.pid if server.identity else 0
    os.kill(pid, 9)
    until(lambda: not is_alive(pid))
    with pytest.raises(Lost):
        control.run([["display-message", "-p", "two"]])
    server.ensure()


def test_words_with_line_breaks_do_not_go_over_the_line(server: Server) -> None:
    """They would end the command; ordinary calls take them."""
    with pytest.raises(Lost):
        Control(server).run([["display-message", "-p", "a\nb"]])


def test_news_that_nobody_asked_for_does_not_pile_up(server: Server) -> None:
    """`drain` reads it and drops it."""
    control = Control(server)
    control.run([["display-message", "-p", "one"]])
    for number in range(20):
        server.run("new-session", "-d", "-s", f"n{number}", "cat")
    control.drain()
    assert control.run([["display-message", "-p", "two"]]) == "two\n"
    control.close()


def test_a_watcher_whose_line_is_cut_starts_sessions_all_the_same(world: World) -> None:
    """The control client is killed again and again; every session starts once."""
    for number in range(6):
        session = world.sh("echo $SCOPE_ATTEMPT >> ran")
        world.wait(session)
        if number % 2:
            world.tmux("kill-session", "-t", f"={KEEPER}", check=False)
    ran = (world.project / "ran").read_text().split()
    assert [Path(mark).parts[-2:] for mark in ran] == [(str(n), "1") for n in range(1, 7)]


def test_a_server_can_be_ended_after_its_watcher_was_killed_in_the_middle_of_news(server: Server) -> None:
    """Kill -9 with unread answers in the pipe: the client goes too, and nothing keeps the server alive."""
    killed = (
        "import os, sys\n"
        "from scope.tmux.control import Control\n"
        "from scope.tmux.server import Server\n"
        "control = Control(Server(sys.argv[1]))\n"
        "control.run([['display-message', '-p', 'one']])\n"
        "os.write(control._client.stdin.fileno(), b'display-message -p news\\n' * 3000)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", killed, server.root], check=False)
    pid = server.identity.pid if server.identity else 0
    server.run("kill-server")
    until(lambda: not is_alive(pid))
    server.ensure()
