"""What `scope doctor` finds, and what it mends: each thing shown wrong once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scope.cli.checks import root as rooms
from scope.store import locks, rundir
from tests.driver import SCOPE, until
from tests.supervision.test_polling import on_a_network, unshared

if TYPE_CHECKING:
    from tests.driver import World


@pytest.fixture
def place(world: World) -> World:
    """A world with a root, in which nobody asks for servers of models."""
    world.env["SCOPE_LOCAL_PORTS"] = ""
    world.run("init", code=0)
    return world


def look(world: World, check: str, *words: str, code: int = 0, before: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the doctor says of one thing."""
    line = [*before, SCOPE, "doctor", "--json", *words]
    done = subprocess.run(line, cwd=world.project, env=world.env, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stdout
    (found,) = [each for each in json.loads(done.stdout) if each["check"] == check]
    assert found["ok"] or found["repair"]
    return found


def watcher_of(world: World) -> int:
    """The pid of the living watcher, which is never 0: that would be all of this process's own group."""
    pid = world.watcher_pid()
    assert pid
    return pid


def programs(world: World, *names: str) -> Path:
    """A directory of programs, which is all of the world's PATH."""
    made = world.base / "bin"
    made.mkdir()
    for name in names:
        (made / name).symlink_to(shutil.which(name, path=world.env["PATH"]) or "")
    world.env["PATH"] = str(made)
    return made


def test_where_all_is_well_every_line_says_so(place: World) -> None:
    """Also after work was done; only models are still to be had."""
    place.wait(place.spawn("--", "true"))
    found = json.loads(place.run("doctor", "--json", code=0).stdout)
    assert [each["check"] for each in found if not each["ok"]] == ["models"]
    assert len({each["check"] for each in found}) == len(found)
    said = place.run("doctor", code=0).stdout
    assert said.count("\nok    ") + said.startswith("ok    ") == len(found) - 1


def test_a_tmux_that_is_too_old_is_no_tmux(place: World) -> None:
    """Work would fail in odd ways."""
    made = programs(place, "git", "flock", "scope", "sh")
    (made / "tmux").write_text("#!/bin/sh\necho tmux 3.1c\n")
    (made / "tmux").chmod(0o755)
    assert "is too old: work needs 3.2" in look(place, "tmux", code=5)["says"]
    (made / "tmux").write_text("#!/bin/sh\necho tmux next-3.6\n")
    assert look(place, "tmux")["ok"]


def test_what_would_be_good_to_have_keeps_nobody_from_working(place: World) -> None:
    """No git, no flock, no scope inside: exit code 0, and what to do."""
    programs(place, "tmux")
    for check in ("git", "flock", "PATH"):
        assert not look(place, check)["ok"]
    assert look(place, "PATH")["repair"] == f"export PATH={Path(SCOPE).parent}:$PATH"
    (place.base / "bin" / "scope").write_text("#!/bin/sh\n")
    (place.base / "bin" / "scope").chmod(0o755)
    assert "another scope" in look(place, "PATH")["says"]


def test_a_check_that_cannot_be_made_hides_none_of_the_others(place: World) -> None:
    """Something else lies in the place of run/: that is told, and all the rest."""
    shutil.rmtree(place.root / "run")
    (place.root / "run").write_text("")
    assert "Not a directory" in look(place, "watcher", code=5)["says"]
    assert look(place, "disk", code=5)["ok"]


def test_a_root_on_a_network_file_system_is_told(place: World) -> None:
    """It works, by looking."""
    assert look(place, "file system")["ok"]
    on_a_network(place)
    assert "a network file system (nfs4)" in look(place, "file system")["says"]


def test_a_socket_whose_path_is_too_long_is_found_before_the_first_spawn(place: World) -> None:
    """And the way to a shorter one."""
    place.env["TMUX_TMPDIR"] = f"{place.base}/{'long/' * 20}"
    found = look(place, "tmux server", code=5)
    assert "bytes long" in found["says"]
    assert found["repair"] == "export TMUX_TMPDIR=/tmp"


def test_a_tmux_server_without_its_socket_gets_it_back(place: World) -> None:
    """Somebody cleaned the directory of temporary files; the session that runs is not touched."""
    session = place.sh("exec sleep 300")
    place.until_state(session, "running")
    watcher = watcher_of(place)
    os.kill(watcher, signal.SIGSTOP)  # it would do the same
    try:
        known = json.loads((place.root / "run" / "tmux").read_text())
        Path(known["socket"]).unlink()
        found = look(place, "tmux server", code=5)
        assert f"kill -USR1 {known['pid']}" in found["repair"]
        done = place.run("doctor", "--fix", code=0)
        assert done.stderr == f"fixed: the tmux server, pid {known['pid']}, has its socket again: {known['socket']}\n"
        assert f"ok    tmux server: it lives, pid {known['pid']}" in done.stdout
        assert place.tmux("list-sessions", "-F", "#{session_name}").split()[0].startswith(session)
    finally:
        os.kill(watcher, signal.SIGCONT)


def test_a_tmux_server_that_does_not_answer_is_told_apart(place: World) -> None:
    """Its socket is there, so that nothing can be brought back; nothing is done."""
    place.until_started(place.sh("exec sleep 300"))
    watcher, server = watcher_of(place), place.tmux_pid()
    os.kill(watcher, signal.SIGSTOP)
    os.kill(server, signal.SIGSTOP)
    try:
        assert "does not answer" in look(place, "tmux server", "--fix", code=5)["says"]
    finally:
        os.kill(server, signal.SIGCONT)
        os.kill(watcher, signal.SIGCONT)


def test_what_others_can_get_at_is_closed(place: World) -> None:
    """The environment of a session may hold secrets; what people keep open outside of that stays open."""
    session = place.spawn("--", "true")
    place.wait(session)
    kept = [place.root / "sessions", place.session(session) / "env", place.root / "run" / "watcher.log"]
    for path in kept:
        path.chmod(0o755)
    (place.root / "config.yaml").chmod(0o644)
    found = look(place, "permissions")
    assert (found["ok"], found["repair"]) == (False, "scope doctor --fix")
    assert str(kept[1]) in found["says"]
    assert look(place, "permissions", "--fix")["ok"]
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o700] * 3
    assert (place.root / "config.yaml").stat().st_mode & 0o777 == 0o644


def test_a_root_that_others_can_get_at_is_closed_by_the_doctor_too(place: World) -> None:
    """Until then it runs nothing."""
    place.root.chmod(0o755)
    assert not look(place, "root", code=5)["ok"]
    assert look(place, "root", "--fix")["ok"]
    place.wait(place.spawn("--", "true"))


def test_halves_of_files_are_removed_once_their_writer_is_dead(place: World) -> None:
    """Of one that lives they are still to become something."""
    session = place.spawn("--", "true")
    place.wait(session)
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = [
        place.root / "run" / f"tmux.new-{ended.pid}-1",
        place.session(session) / f"state.new-{ended.pid}-7",
        place.attempt(session) / f"failure.md.new-{ended.pid}-2",
    ]
    stays = [place.session(session) / f"state.new-{os.getpid()}-7", place.attempt(session) / "notes.new-1-1.txt"]
    for path in (*left, *stays):
        path.touch(mode=0o600)
    assert look(place, "leftovers")["ok"]  # whoever writes them may live on another host
    for path in left:
        os.utime(path, (0, 0))
    stays.append(place.root / "run" / f"kept.new-{ended.pid}-3")
    stays[-1].mkdir(mode=0o700)  # nothing of ours
    assert look(place, "leftovers")["says"].startswith("3 halves of files")
    assert place.run("doctor", "--fix", code=0).stderr == "fixed: removed 3 halves of files\n"
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in stays)


def test_a_lock_that_is_held_for_long_is_told_with_who_holds_it(place: World) -> None:
    """Nobody can be given a name meanwhile."""
    with locks.hold(rundir.names_lock(str(place.root))):
        found = look(place, "locks", code=5)
    assert f"by {os.getpid()}:" in found["says"]
    assert look(place, "locks")["ok"]


def test_a_watcher_whose_lock_another_process_holds_does_not_live(place: World) -> None:
    """Something inherited it, say."""
    with locks.hold(rundir.watcher_lock(str(place.root))) as lock:
        os.write(lock.descriptor, b"1\n")
        found = look(place, "watcher", code=5)
    assert f"({os.getpid()})" in found["says"]
    assert found["repair"].endswith(f"kill {os.getpid()}")


def test_notices_that_are_nearly_used_up_are_told(place: World) -> None:
    """Of this container's, too; it goes on without."""
    assert look(place, "inotify")["ok"]
    waiting = place.start("wait", place.sh("exec sleep 300"))
    try:
        until(lambda: not look(place, "inotify")["says"].startswith("in use: 0 of"))
    finally:
        waiting.kill()
        waiting.communicate()
    found = look(place, "inotify", before=tuple(unshared("0 >/proc/sys/user/max_inotify_instances")))
    assert (found["ok"], found["needed"]) == (False, False)
    assert found["repair"] == "sudo sysctl -w fs.inotify.max_user_instances=1024"
    place.env["SCOPE_NO_INOTIFY"] = "1"
    assert look(place, "inotify")["ok"]


def test_a_disk_that_is_full_is_found(place: World) -> None:
    """On a small one of its own."""
    if subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "true"], check=False).returncode:
        pytest.skip("this system lets nobody mount")
    small = 'mount -t tmpfs -o size=8m,mode=700 none .scope && exec "$@"'
    before = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", small, "sh")
    found = look(place, "disk", code=5, before=before)
    assert found["says"].startswith("only 8 MB free")
    assert found["repair"] == f"free some; what takes the most: du -sh {os.path.realpath(place.root)}/*"
    assert rooms.disk(None) == []


def test_what_could_not_be_mended_is_an_error_in_words(place: World) -> None:
    """Of a root that belongs to nobody here: nothing is changed, and it is told whose it is not."""
    if os.getuid() != 0:
        pytest.skip("only root can give a file away")
    (place.root / "run" / "given-away").write_text("")
    os.chown(place.root / "run" / "given-away", 12345, 12345)
    found = look(place, "permissions", "--fix", code=5)
    assert found["says"].endswith("run/given-away")
    assert found["repair"].startswith("sudo chown -R ")
