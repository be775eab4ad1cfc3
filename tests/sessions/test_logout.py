"""Surviving a logout: a scope of the user's own systemd where it helps and can be had, and nothing else changes."""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path

import pytest

from scope.sessions.processes import logout

SIGNS = ("systemd", "login", "manager", "linger")
LOGIN = "0::/user.slice/user-1000.slice/session-7.scope\n"
SERVICE = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/tmux.scope\n"


class Machine:
    """A machine's files as far as a logout is concerned, below a directory."""

    def __init__(self, place: Path, *signs: str, cgroup: str = LOGIN) -> None:
        self.top = f"{place}/top/"
        runtime = place / "runtime"
        self.environment = {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "XDG_RUNTIME_DIR": str(runtime)}
        made = {
            "systemd": Path(self.top, "run/systemd/system/.keep"),
            "login": Path(self.top, "proc/self/cgroup"),
            "manager": runtime / "systemd/private",
            "linger": Path(self.top, "var/lib/systemd/linger", getpass.getuser()),
        }
        for sign in signs:
            made[sign].parent.mkdir(parents=True)
            made[sign].write_text(cgroup if sign == "login" else "")

    def proof(self, *argv: str) -> list[str]:
        """What runs a program here."""
        return logout.proof(argv, self.environment, self.top)


def program(place: Path, name: str, script: str) -> None:
    """Put a program of that name before all others."""
    path = place / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o755)


@pytest.mark.parametrize("missing", SIGNS)
def test_where_a_scope_does_not_help_nothing_is_changed(tmp_path: Path, missing: str) -> None:
    """No systemd, no login, no manager, or no lingering: the program as it is."""
    machine = Machine(tmp_path, *(sign for sign in SIGNS if sign != missing))
    assert machine.proof("echo", "hi") == ["echo", "hi"]


def test_what_is_no_part_of_a_login_stays_where_it_is(tmp_path: Path) -> None:
    """A service, or a scope of the user's manager already."""
    assert Machine(tmp_path, *SIGNS, cgroup=SERVICE).proof("echo") == ["echo"]


def test_a_daemon_of_a_login_is_run_in_a_scope_of_its_own(tmp_path: Path) -> None:
    """By systemd-run --user --scope, with its words as they are, and in the same process."""
    machine = Machine(tmp_path, *SIGNS)
    program(
        tmp_path,
        "systemd-run",
        f'echo "$*" >> {tmp_path}/called\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"',
    )
    words = machine.proof("sh", "-c", 'echo "$0 $1 $$"', "two words", "$HOME")
    process = subprocess.Popen(words, env=machine.environment, stdout=subprocess.PIPE, text=True)
    assert process.communicate(timeout=30)[0] == f"two words $HOME {process.pid}\n"
    called = (tmp_path / "called").read_text().splitlines()
    assert all(line.startswith("--user --scope --quiet --collect -- ") for line in called)
    assert [line.split(" -- ")[1].split()[0] for line in called] == ["true", "sh"]


def test_a_scope_that_cannot_be_had_costs_nothing(tmp_path: Path) -> None:
    """The daemon runs all the same."""
    machine = Machine(tmp_path, *SIGNS)
    program(tmp_path, "systemd-run", "echo 'Failed to connect to bus' >&2; exit 1\n")
    done = subprocess.run(
        machine.proof("echo", "well"), env=machine.environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("well\n", "")
