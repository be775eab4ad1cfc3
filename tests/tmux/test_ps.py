"""Processes as `ps` tells them: the same that /proc tells, on systems that have none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scope.tmux import ps
from tests.driver import until


def test_a_process_is_told_with_its_parent_its_group_and_when_it_started() -> None:
    """The same each time, whatever language and time zone who asks lives in."""
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        until(lambda: (found := ps.one(child.pid)) is not None and "sleep" in found[4])
        found = ps.one(child.pid)
        assert found is not None
        pid, parent, group, started, command = found
        assert (pid, parent, group, command) == (child.pid, os.getpid(), child.pid, "sleep 60")
        script = f"from scope.tmux import ps; print(ps.one({child.pid})[3])"
        env = {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "de_DE.UTF-8"}
        elsewhere = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
        assert abs(int(elsewhere.stdout) - started) <= 1
        assert child.pid in {line[0] for line in ps.everything()}
    finally:
        child.kill()
        child.wait()
    assert ps.one(child.pid) is None


def test_a_zombie_is_no_process() -> None:
    """It has ended; its parent has only not asked how."""
    child = subprocess.Popen(["true"])
    try:
        until(lambda: ps.one(child.pid) is None)
        assert child.pid not in {line[0] for line in ps.everything()}
    finally:
        child.wait()


def test_what_stands_in_an_environment_is_told_from_what_stands_in_a_command_line() -> None:
    """Who searches for a mark, or talks of one, does not carry it."""
    mark = "SCOPE_ATTEMPT=/r/1/1"
    carrier = subprocess.Popen(["sleep", "61"], env={**os.environ, "SCOPE_ATTEMPT": "/r/1/1"})
    talker = subprocess.Popen(["sh", "-c", "sleep 61 & wait", mark], start_new_session=True)
    try:
        until(lambda: mark in ps.environments(ps.everything()).get(carrier.pid, ""))
        until(lambda: mark in (ps.one(talker.pid) or (0, 0, 0, 0, ""))[4])
        assert mark not in ps.environments(ps.everything())[talker.pid]
    finally:
        os.killpg(talker.pid, 9)
        for process in (carrier, talker):
            process.kill()
            process.wait()


def test_who_has_a_file_open_is_told(tmp_path: Path) -> None:
    """By lsof, where there is one."""
    if shutil.which("lsof") is None:
        pytest.skip("lsof is not installed")
    path = tmp_path / "lock"
    with path.open("w") as stream:
        holder = subprocess.Popen(["sleep", "60"], stdout=stream)
    try:
        assert ps.holders(str(path)) == [holder.pid]
    finally:
        holder.kill()
        holder.wait()
    assert ps.holders(str(path)) == []
