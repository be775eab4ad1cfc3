"""Without notices: watcher, wait, logs and events look instead, wherever the system tells nothing or not enough."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.driver import SCOPE, is_alive, until

if TYPE_CHECKING:
    from tests.driver import World

ELSEWHERE = Path(__file__).parents[1] / "elsewhere"


def unshared(what: str) -> list[str]:
    """The words before a command that make the kernel refuse a user's inotify instances or watches; or skip."""
    words = ["unshare", "--user", "--map-root-user", "sh", "-c", f'echo {what} && exec "$@"', "sh"]
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        pytest.skip("this system has no user namespaces")
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody have a user namespace")
    return words


def on_a_network(world: World) -> None:
    """Let the world's directory lie on what the machine calls a network file system."""
    device = os.stat(world.base).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    (world.home / "mountinfo").write_text(f"36 25 {number} / / rw,relatime shared:1 - nfs4 server:/export rw\n")
    world.env["PYTHONPATH"] = str(ELSEWHERE / "mounted")


def holds_notices(pid: int) -> bool:
    """Tell whether a process has an inotify instance."""
    links = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed in between
            links.append(os.readlink(path))
    return any("inotify" in link for link in links)


def whole_life(world: World, *before: str) -> None:
    """Spawn, follow, steer, wait and abort, all without notices; `before` stands before each command."""

    def scope(*words: str) -> str:
        line = [*before, SCOPE, *words]
        done = subprocess.run(
            line, cwd=world.project, env=world.env, capture_output=True, text=True, timeout=60, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode in (0, 1), (words, done.returncode, done.stderr, world.log())
        return done.stdout

    followers = []
    try:
        world.run("init", code=0)
        events = subprocess.Popen(
            [*before, SCOPE, "events", "-f"], cwd=world.project, env=world.env, stdout=subprocess.PIPE, text=True
        )
        followers.append(events)
        go = world.base / "go"
        scope("spawn", "--", "sh", "-c", f"echo one; until [ -e {go} ]; do sleep 0.02; done; echo two")
        world.until_started("1")
        logs = subprocess.Popen(
            [*before, SCOPE, "logs", "-f", "1"], cwd=world.project, env=world.env, stdout=subprocess.PIPE, text=True
        )
        followers.append(logs)
        waits = subprocess.Popen(
            [*before, SCOPE, "wait", "1"], cwd=world.project, env=world.env, stdout=subprocess.PIPE, text=True
        )
        followers.append(waits)
        assert logs.stdout is not None
        assert events.stdout is not None
        assert logs.stdout.readline() == "one\n"
        go.touch()
        assert waits.communicate(timeout=60)[0] == "one\ntwo\n"
        assert logs.communicate(timeout=60)[0] == "two\n"
        assert waits.returncode == logs.returncode == 0
        said = ""
        while "done" not in said:
            said = events.stdout.readline()
        assert "running -> done" in said
        scope("spawn", "--", "sleep", "300")
        world.until_started("2")
        scope("abort", "2")
        scope("wait", "2")
        assert world.state("2") == "aborted"
        until(lambda: not world.marked("/2/1"))
    finally:
        for follower in followers:
            follower.kill()
            follower.communicate()


def test_where_notices_are_not_wanted_everything_works_by_looking(world: World) -> None:
    """SCOPE_NO_INOTIFY says so; the watcher has it from whoever started it."""
    world.env["SCOPE_NO_INOTIFY"] = "1"
    whole_life(world)
    pid = world.watcher_pid()
    assert pid is not None
    assert not holds_notices(pid)


def test_on_a_network_file_system_everything_works_by_looking(world: World) -> None:
    """What another host writes there is told to nobody here, so nobody listens."""
    on_a_network(world)
    whole_life(world)
    pid = world.watcher_pid()
    assert pid is not None
    assert not holds_notices(pid)


@pytest.mark.parametrize("what", ["0 >/proc/sys/user/max_inotify_instances", "1 >/proc/sys/user/max_inotify_watches"])
def test_where_the_kernel_has_no_more_notices_everything_works_by_looking(what: str, world: World) -> None:
    """EMFILE for an instance, ENOSPC for a watch: another program may have used up what a user has."""
    whole_life(world, *unshared(what))


def test_a_watcher_that_could_not_watch_listens_again_once_it_can(world: World) -> None:
    """Short of watches for a while is not blind for ever."""
    words = unshared("2 >/proc/sys/user/max_inotify_watches")
    limit = world.base / "limit"
    script = f'"$@"; until [ -e {limit} ]; do sleep 0.02; done; echo 9999 >/proc/sys/user/max_inotify_watches; sleep 60'
    world.run("init", code=0)
    first = subprocess.Popen(
        [*words, "sh", "-c", script, "sh", SCOPE, "spawn", "--", "sleep", "300"], cwd=world.project, env=world.env,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        world.until_started("1")
        pid = world.watcher_pid()
        assert pid is not None
        assert watches(pid) == 2
        limit.touch()
        until(lambda: watches(pid) > 3, what=f"{watches(pid)} watches")
    finally:
        os.killpg(first.pid, 9)
        first.communicate()


def watches(pid: int) -> int:
    """How many paths a process watches."""
    count = 0
    for path in Path(f"/proc/{pid}/fdinfo").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed in between
            count += path.read_text().count("inotify wd:")
    return count


def test_on_a_machine_without_proc_and_pidfd_everything_works(world: World) -> None:
    """As on macOS: `ps` tells of the processes, and all of an attempt's are ended, detached ones too."""
    world.env |= {"PYTHONPATH": str(ELSEWHERE / "bare"), "SCOPE_NO_INOTIFY": "1"}
    world.configure(grace="500ms")
    whole_life(world)
    session = world.sh("trap '' TERM; setsid sh -c 'trap : TERM; while :; do sleep 0.1; done' & sleep 300 & wait")
    world.until_started(session)
    until(lambda: len(world.marked(f"/{session}/1")) >= 4)
    world.run("abort", session, code=0)
    world.wait(session, code=1)
    until(lambda: not world.marked(f"/{session}/1"), what="all processes are gone")
    pid = world.watcher_pid()
    assert pid is not None
    world.run("watch", "stop", code=0)
    until(lambda: not is_alive(pid))


def test_without_proc_the_watcher_knows_its_tmux_server_again(world: World) -> None:
    """By when it started: after kill -9 of the watcher the sessions go on."""
    world.env |= {"PYTHONPATH": str(ELSEWHERE / "bare"), "SCOPE_NO_INOTIFY": "1"}
    session = world.sh(f"until [ -e {world.base}/go ]; do sleep 0.02; done; echo on")
    world.until_started(session)
    server = world.tmux_pid()
    world.kill_watcher()
    (world.base / "go").touch()
    assert world.wait(session) == "on\n"
    assert world.tmux_pid() == server


def test_without_flock_of_the_shell_an_attempt_takes_its_lock_all_the_same(world: World) -> None:
    """Python does it: macOS has no flock(1)."""
    place = world.base / "bin"
    place.mkdir()
    for directory in ("/bin", "/usr/bin", "/usr/local/bin"):
        for program in Path(directory).iterdir():
            link = place / program.name
            if program.name != "flock" and not link.is_symlink():
                link.symlink_to(program)
    world.env["PATH"] = f"{Path(SCOPE).parent}:{place}"
    assert shutil.which("flock", path=world.env["PATH"]) is None
    session = world.sh("sleep 300 & echo started; exec sleep 300")
    world.until_started(session)
    lock = world.attempt(session) / "lock"
    held = subprocess.run(["flock", "--nonblock", str(lock), "true"], check=False) if shutil.which("flock") else None
    assert held is None or held.returncode == 1
    world.run("abort", session, code=0)
    world.wait(session, code=1)
    assert world.wait(world.spawn("--", "echo", "free")) == "free\n"
