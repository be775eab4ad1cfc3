"""Machines and roots as they should not be: each is a clear error, or a skip that is reported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.driver import SCOPE, World, is_alive, until


def test_a_root_that_is_removed_ends_its_watcher_and_a_new_one_starts_afresh(world: World) -> None:
    """No hang, no orphan: a wait says so, the watcher goes, the same place can be a root again."""
    session = world.sh("sleep 300")
    world.until_started(session)
    watcher = world.watcher_pid()
    waiting = world.start("wait", session)
    until(lambda: Path(f"/proc/{waiting.pid}/fd").exists())
    # Again, where the watcher wrote into what was just being removed.
    until(lambda: shutil.rmtree(world.root, ignore_errors=True) or not world.root.exists())
    said = waiting.communicate(timeout=30)[1]
    assert waiting.returncode in (4, 5)
    assert "Traceback" not in said
    until(lambda: not is_alive(watcher or 0))
    assert world.wait(world.sh("echo afresh")) == "afresh\n"


def test_another_users_root_is_refused(world: World) -> None:
    """Nothing runs in a root that belongs to somebody else."""
    world.wait(world.sh("true"))
    world.run("watch", "stop", code=0)
    if os.getuid():
        pytest.skip("only root can give files away")
    os.chown(world.root, 4242, -1)
    assert "it belongs to user 4242" in world.run("spawn", "--", "true", code=5).stderr
    assert "hint:" in world.run("init", code=5).stderr


def test_a_cloned_root_runs_nothing_until_a_person_trusts_it(world: World) -> None:
    """A repository that brings a .scope/ is read and never run; `scope init` is the word of trust."""
    place = world.root / "sessions" / "1"
    place.mkdir(parents=True)
    (place / "task.md").write_text("---\ncommand: [touch, pwned]\nby: cli\n---\n")
    os.chmod(world.root, 0o700)
    for words in (("spawn", "--", "true"), ("watch",), ("wait", "1"), ("retry", "1"), ("watch", "--once")):
        said = world.run(*words, code=5)
        assert "nobody recorded it on this machine" in said.stderr
        assert "hint: if you trust it: scope init" in said.stderr
    for words in (("ls",), ("tree",), ("poll", "1"), ("logs", "1"), ("explain", "1"), ("events",)):
        world.run(*words, code=0)
    assert not (world.project / "pwned").exists()
    assert not (world.root / "run").exists()
    world.run("init", code=0)
    world.wait("1")
    assert (world.project / "pwned").exists()


def test_a_newer_format_is_refused(world: World) -> None:
    """An old scope does not touch what a newer one wrote."""
    world.wait(world.sh("true"))
    world.run("watch", "stop", code=0)
    (world.root / "FORMAT").write_text("2\n")
    for words in (("spawn", "--", "true"), ("ls",), ("poll", "1"), ("init",)):
        assert "its FORMAT is '2', this scope knows 1" in world.run(*words, code=5).stderr


def test_corrupt_lines_in_journals_are_skipped(world: World) -> None:
    """Garbage, a torn line and a line of another kind: the watcher and the readers go on."""
    session = world.sh("while [ ! -e go ]; do sleep 0.01; done; echo end")
    world.until_started(session)
    world.until_state(session, "running")
    world.kill_watcher()
    for journal in (
        world.session(session) / "decisions.jsonl",
        world.root / "events.jsonl",
        world.root / "run" / "index.jsonl",
    ):
        with journal.open("ab") as stream:
            stream.write(b'\xff\xfe garbage\n[1, 2]\n{"move": 7, "seq": "x"}\n{"torn": ')
    (world.project / "go").touch()
    assert world.wait(session) == "end\n"
    assert world.run("events", code=0).stdout.splitlines()[-1].split("\t")[3] == "running -> done"
    assert "1" in world.run("ls", code=0).stdout
    assert "lines of decisions.jsonl are no decisions" in world.run("explain", session, code=0).stdout


def test_a_wrong_configuration_is_reported_and_changes_nothing(world: World) -> None:
    """File, line and the nearest known key, in the watcher's log; the work goes on."""
    world.configure(max_runing="3")
    assert world.wait(world.sh("echo on")) == "on\n"
    assert "config.yaml:1': unknown key 'max_runing', did you mean 'max_running'?" in world.log()


def test_two_roots_do_not_disturb_each_other(world: World) -> None:
    """Each has its own ids, watcher and tmux server; a session of one can spawn in the other."""
    other = world.base / "other"
    other.mkdir()
    # Without what it says on standard error, where it takes a watcher that is slow to begin for one that died.
    first = world.sh(f"cd {other} && unset SCOPE_DIR && scope spawn --wait -- echo over there 2>/dev/null")
    assert world.wait(first) == "over there\n"
    assert (other / ".scope" / "sessions" / "1").exists()
    assert not (other / ".scope" / "sessions" / "1.1").exists()
    servers = {json.loads((place / ".scope" / "run" / "tmux").read_text())["name"] for place in (world.project, other)}
    assert len(servers) == 2
    stop = subprocess.run([SCOPE, "watch", "stop"], cwd=other, env=world.env, check=True, capture_output=True)
    assert stop.returncode == 0
    assert world.wait(world.sh("echo still here")) == "still here\n"


def test_a_persons_own_tmux_is_neither_read_nor_changed(world: World) -> None:
    """Their configuration, their server and their sessions stay as they are, also when scope runs inside."""
    (world.home / ".tmux.conf").write_text("set -g default-command 'touch tmux-conf-was-read'\nset -g status off\n")
    inside = f"{SCOPE} spawn --wait -- echo inside > {world.base}/said 2>&1"
    subprocess.run(
        ["tmux", "-L", "own", "new-session", "-d", "-s", "mine", f"cd {world.project} && {inside}; sleep 60"],
        env=world.env, check=True,
    )  # fmt: skip
    until(lambda: (world.base / "said").exists() and "inside" in (world.base / "said").read_text())
    mine = subprocess.run(
        ["tmux", "-L", "own", "list-sessions", "-F", "#S"], env=world.env, capture_output=True, text=True, check=True
    )
    assert mine.stdout == "mine\n"
    shown = world.tmux("show-options", "-gv", "status")
    assert shown.strip() == "on"
    subprocess.run(["tmux", "-L", "own", "kill-server"], env=world.env, check=True)
    assert world.wait(world.sh("echo after")) == "after\n"


def test_the_watcher_keeps_nothing_of_the_session_that_started_it(quick: World) -> None:
    """Started from inside a session it has no mark, no lock and no secret of it, and outlives it."""
    session = quick.sh("scope watch stop; scope spawn -- sleep 300; echo started; sleep 300", "--env", "MY_TOKEN=hush")
    until(lambda: "started" in quick.run("logs", session).stdout)
    pid = until(quick.watcher_pid)
    environ = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"SCOPE_ATTEMPT" not in environ
    assert b"hush" not in environ
    quick.run("abort", session, code=0)
    quick.wait(session, "1.1", code=1)
    assert quick.watcher_pid() == pid


def test_a_path_that_is_long_or_strange_is_no_hindrance(world: World) -> None:
    """Spaces, quotes, signs of shells and of tmux, other alphabets, a hundred characters and more."""
    place = world.project / 'it\'s a "strange" #{place} %H; $(id) é' / ("long" * 25)
    place.mkdir(parents=True)
    env = {"SCOPE_DIR": str(place / ".scope")}
    session = world.spawn("--check", "true", "--", "echo", "fine", env=env)
    assert world.run("wait", session, code=0, env=env).stdout == "fine\n"
    assert "fine" in (place / ".scope" / "sessions" / "1" / "attempts" / "1" / "output.log").read_text()
    world.run("watch", "stop", code=0, env=env)


def test_where_inotify_is_used_up_everything_still_works(world: World) -> None:
    """Without notices both watcher and wait look instead."""
    env = {"SCOPE_NO_INOTIFY": "1"}
    session = world.spawn("--", "echo", "polled", env=env)
    assert world.run("wait", session, code=0, env=env).stdout == "polled\n"
    world.run("abort", world.spawn("--", "sleep", "300", env=env), code=0, env=env)
    world.run("wait", "2", code=1, env=env)


def test_without_tmux_a_spawn_says_how_to_get_it(world: World) -> None:
    """Exit 5 before anything is written."""
    bare = world.base / "bin"
    bare.mkdir()
    for name in ("sh", "git"):
        (bare / name).symlink_to(shutil.which(name) or "")
    said = world.run("spawn", "--", "true", code=5, env={"PATH": str(bare)})
    assert "cannot find tmux" in said.stderr
    assert "apt-get install tmux" in said.stderr


def test_an_idle_watcher_does_nothing(world: World) -> None:
    """No busy loop: with a session running and nothing happening, it uses next to no time."""
    session = world.sh("sleep 300")
    world.until_started(session)
    pid = world.watcher_pid()

    def ticks() -> int:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        return int(fields[11]) + int(fields[12])

    switches = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("voluntary")]
    time.sleep(1.5)  # what is measured is the passing of time itself
    before = ticks()
    time.sleep(1.5)
    assert ticks() - before <= 2, switches
