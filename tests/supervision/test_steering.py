"""What people do to sessions: abort, redirect, retry, send; by command and by hand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.driver import is_alive, until

if TYPE_CHECKING:
    from tests.driver import World

STUBBORN = (
    "trap '' TERM INT HUP; sh -c 'trap \"\" TERM; sleep 300' & setsid sh -c 'sleep 301; :' & while :; do sleep 1; done"
)


def test_an_abort_ends_the_whole_tree_however_stubborn_and_detached(quick: World) -> None:
    """TERM, a grace, KILL: nothing of it is left, and log and reason stay."""
    session = quick.sh(f"echo here; {STUBBORN}")
    until(lambda: "here" in quick.run("logs", session).stdout and len(quick.marked()) >= 5)
    quick.run("abort", session, code=0)
    assert quick.wait(session, code=1).startswith("here\n")
    assert quick.state(session) == "aborted"
    assert quick.marked() == []


def test_what_hides_its_mark_and_its_parents_is_found_by_the_lock(quick: World) -> None:
    """A detached child with a clean environment still holds the lock, and is ended for it."""
    hidden = "setsid env -i /bin/sh -c 'echo $$ > pid; sleep 301'"
    script = f"setsid env -i /bin/sh -c 'sleep 300; :' & sleep 0.2; {hidden} & sleep 60"
    session = quick.sh(script)
    pid = until(lambda: (quick.project / "pid").exists() and (quick.project / "pid").read_text().strip())
    quick.run("abort", session, code=0)
    quick.wait(session, code=1)
    assert not is_alive(int(pid))


def test_touching_abort_aborts(quick: World) -> None:
    """A person with a shell needs no command."""
    session = quick.sh("sleep 300")
    quick.until_started(session)
    (quick.session(session) / "abort").touch()
    quick.until_state(session, "aborted")
    assert "aborted by a person" in quick.run("poll", session).stdout


def test_an_abort_reaches_the_children_and_what_has_not_begun(quick: World) -> None:
    """Whoever ends a session ends what it started; a pending one never begins."""
    parent = quick.sh("scope spawn -- sleep 300; scope spawn --after 1.1 -- sleep 301; sleep 302")
    quick.until_spawned("1.2")
    quick.until_state("1.1", "running")
    quick.run("abort", parent, code=0)
    quick.wait(parent, "1.1", "1.2", code=1)
    assert [quick.state(s) for s in (parent, "1.1", "1.2")] == ["aborted"] * 3
    assert not quick.attempt("1.2").exists()
    assert quick.marked() == []


def test_aborting_what_has_ended_ends_what_it_left_behind(quick: World) -> None:
    """A parent that is done may have children that are not."""
    parent = quick.sh("scope spawn -- sleep 300")
    quick.wait(parent)
    quick.run("abort", parent, code=0)
    quick.wait("1.1", code=1)
    assert (quick.state(parent), quick.state("1.1")) == ("done", "aborted")


def test_an_abort_is_no_failure_and_uses_no_retry(quick: World) -> None:
    """A person's own abort is not tried again."""
    session = quick.sh("sleep 300", "--retries", "5")
    quick.until_started(session)
    quick.run("abort", session, code=0)
    quick.wait(session, code=1)
    assert not quick.attempt(session, 2).exists()


def test_aborting_what_has_ended_changes_nothing(world: World) -> None:
    """Done stays done."""
    session = world.sh("true")
    world.wait(session)
    assert "had ended already" in world.run("abort", session, code=0).stderr
    assert world.state(session) == "done"


def test_a_retry_tries_again_and_keeps_what_was(world: World) -> None:
    """A new attempt of the same task; a done session is not tried again."""
    session = world.sh("test -e flag")
    world.wait(session, code=1)
    (world.project / "flag").touch()
    world.run("retry", session, code=0)
    until(lambda: world.state(session) == "done")
    assert world.attempt(session, 2).exists()
    assert "it is done" in world.run("retry", session, code=2).stderr


def test_an_aborted_session_can_be_retried(quick: World) -> None:
    """The wish to abort ends with the wish to try again."""
    session = quick.sh('case "$SCOPE_ATTEMPT" in */1) sleep 300 ;; esac')
    quick.until_started(session)
    quick.run("abort", session, code=0)
    quick.wait(session, code=1)
    quick.run("retry", session, code=0)
    until(lambda: quick.state(session) == "done")


def test_a_redirect_ends_what_runs_and_begins_the_new_task(quick: World) -> None:
    """The session keeps its id; the attempt before stays; the old processes are gone first."""
    session = quick.sh("echo old; sleep 300")
    until(lambda: "old" in quick.run("logs", session).stdout)
    quick.run("redirect", session, "--", "echo", "new", code=0)
    until(lambda: quick.state(session) == "done")
    assert quick.wait(session) == "new\n"
    assert quick.run("logs", session, "--attempt", "1").stdout.startswith("old\n")
    assert "echo old" in (quick.session(session) / "task.md").read_text()
    assert quick.marked(f"/{session}/1") == []
    until(lambda: not quick.marked())  # what has printed the end stays until that is in the log


def test_an_ended_session_can_be_redirected(world: World) -> None:
    """Also one that is done, and one that waits in the queue."""
    session = world.sh("echo one")
    world.wait(session)
    world.run("redirect", session, "--", "echo", "two", code=0)
    until(lambda: world.attempt(session, 2).exists() and world.state(session) == "done")
    assert world.wait(session) == "two\n"
    world.sh("sleep 60")
    held = world.sh("echo three", "--after", "2")
    until(lambda: "after 2" in world.run("poll", held).stdout)
    world.run("redirect", held, "--", "echo", "four", code=0)
    (world.session("2") / "abort").touch()
    until(lambda: world.state(held) == "failed")
    assert "adopt" in world.moves(held)


def test_a_message_is_typed_and_its_delivery_confirmed(world: World) -> None:
    """What the program reads counts as delivered, exactly once, with all its signs."""
    session = world.sh('touch reads; read -r line; printf "got:%s\\n" "$line"')
    world.until_state(session, "running")
    until((world.project / "reads").exists)
    text = "-l it's; #{x} $HOME `id` é;"
    assert world.run("send", session, "--", text, code=0).stderr == ""
    assert f"got:{text}\n" in world.wait(session)
    [seen] = list((world.session(session) / "inbox" / "cur").iterdir())
    assert seen.name.endswith(":2,S")


def test_a_message_that_nothing_reads_is_reported_and_taken_back(world: World) -> None:
    """Undelivered is exit 1, and what was typed does not reach a later reader."""
    session = world.sh('while [ ! -e go ]; do sleep 0.05; done; read -t 1 line; echo "[$line]"')
    world.until_state(session, "running")
    world.until_started(session)
    said = world.run("send", session, "too early", code=1)
    (world.project / "go").touch()
    assert "nothing reads its terminal" in said.stderr
    assert "too early" not in world.wait(session, code=None).replace("too early\n", "", 1)
    assert "nothing read it" in (world.session(session) / "decisions.jsonl").read_text()


def test_a_message_cannot_press_keys(world: World) -> None:
    """Control characters are left out: no message kills a worker."""
    session = world.sh('touch reads; read -r line; echo "got:$line"')
    world.until_state(session, "running")
    until((world.project / "reads").exists)
    world.run("send", session, "a\x03b\x04c\x1bd", code=0)
    assert "got:abcd\n" in world.wait(session)


def test_a_message_to_what_has_not_begun_is_queued_and_delivered_later(world: World) -> None:
    """The mailbox keeps it until there is somebody to read."""
    world.sh("while [ ! -e go ]; do sleep 0.01; done")
    session = world.sh('read -r line; echo "got:$line"', "--after", "1")
    assert "queued" in world.run("send", session, "hello", code=0).stderr
    (world.project / "go").touch()
    assert "got:hello\n" in world.wait(session)


def test_inside_a_session_authority_flows_down_only(world: World) -> None:
    """A session cannot abort, redirect or send to itself, its siblings or its parents."""
    world.sh("sleep 60")
    for verb in ("abort 1", "redirect 1 -- true", "send 1 hi", "retry 1"):
        session = world.sh(f"scope {verb}; echo code $?")
        assert "reaches its descendants only" in world.wait(session)
    assert world.state("1") == "running"


def test_a_session_made_by_hand_runs(world: World) -> None:
    """`mkdir` and an editor do whatever `spawn` does."""
    world.run("init", code=0)
    world.run("watch", code=0)
    place = world.session("9")
    place.mkdir()
    (place / "task.md").write_text("---\ncommand: [sh, -c, 'echo by hand']\ncheck: \"true\"\n---\nA note.\n")
    until(lambda: world.state("9") == "done")
    assert world.wait("9") == "by hand\n"
    assert world.sh("true") == "10"


def test_a_task_that_is_still_being_written_is_left_alone_until_it_is_whole(world: World) -> None:
    """A half-written file is not judged; a wrong one asks for a person, and goes on when it is mended."""
    world.run("init", code=0)
    world.run("watch", code=0)
    place = world.session("1")
    place.mkdir()
    (place / "task.md").write_text("---\ncommand: [tru")
    world.run("poll", "1", code=0)
    (place / "task.md").write_text("---\ncomand: [echo, ok]\n---\n")
    world.until_state("1", "waiting")
    said = world.run("wait", "1", code=3)
    assert "task.md:2: unknown key 'comand', did you mean 'command'?" in said.stderr
    (place / "task.md").write_text("---\ncommand: [echo, ok]\n---\n")
    until(lambda: world.state("1") == "done")


def test_directories_that_are_no_sessions_disturb_nothing(world: World) -> None:
    """Strange names, files, links out of the root, unreadable tasks: skipped, and the rest goes on."""
    world.run("init", code=0)
    place = world.root / "sessions"
    (place / "notes").mkdir()
    (place / "3").write_text("a file")
    (place / "4").symlink_to("/etc")
    (place / "5").mkdir()
    (place / "6").mkdir()
    (place / "6" / "task.md").mkdir()
    (place / "7").mkdir()
    (place / "7" / "task.md").write_bytes(b"---\ncommand: [\xff\xfe, \x00]\n---\n")
    (place / "01").mkdir()
    session = world.sh("echo fine")
    assert world.wait(session) == "fine\n"
    assert world.run("ls", code=0).stdout
    assert world.run("tree", code=0).stdout


def test_a_session_aborted_after_it_was_redirected_has_ended_and_a_retry_runs_the_new_task(quick: World) -> None:
    """The later word holds; `wait` does not wait for a redirect that an abort has overtaken."""
    session = quick.sh("while :; do sleep 0.05; done")
    quick.until_started(session)
    quick.run("watch", "stop", code=0)
    quick.run("redirect", session, "--", "echo", "another", code=0, env={"SCOPE_SANDBOX": "1"})
    (quick.session(session) / "abort").touch()
    quick.wait("--timeout", "20", session, code=1)
    assert quick.state(session) == "aborted"
    quick.run("retry", session, code=0)
    assert quick.wait("--timeout", "20", session) == "another\n"


def test_a_message_that_nobody_took_does_not_keep_the_watcher_busy(world: World) -> None:
    """It stays in the mailbox of a session that has ended, which is looked at once and then left alone."""
    first = world.sh("sleep 300")
    session = world.sh("true", "--after", first)
    world.run("send", session, "too early", code=0)
    world.run("abort", first, code=0)
    world.wait("--timeout", "20", session, code=1)
    stamps = set()
    for _ in range(5):
        stamps.add((world.session(session) / "result.md").stat().st_mtime_ns)
        time.sleep(0.05)
    assert len(stamps) == 1
