"""What `spawn` promises: an id at once, once, and nothing half done."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from tests.driver import SCOPE, until

if TYPE_CHECKING:
    from tests.driver import World


def test_a_hundred_spawns_from_twenty_processes_get_distinct_ids_and_each_runs_once(world: World) -> None:
    """The allocation is the mkdir: nobody gets an id that another has, children included."""
    parent = world.sh("sleep 600")
    ran = world.base / "ran"
    ran.mkdir()
    ids: list[str] = []

    def five(number: int) -> None:
        above = ("--parent", parent) if number % 2 else ()
        for _ in range(5):
            script = f'mktemp {ran}/"$SCOPE_SESSION".XXXX'
            ids.append(world.spawn(*above, "--", "sh", "-c", script))

    threads = [threading.Thread(target=five, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 100
    assert sum(1 for session in ids if session.startswith(f"{parent}.")) == 50
    world.wait(*ids, within=120)
    assert sorted(name.rpartition(".")[0] for name in os.listdir(ran)) == sorted(ids)


@pytest.mark.parametrize("after_ms", [0, 5, 8, 10, 12, 13, 14, 15, 16, 18, 20])
def test_a_killed_spawn_leaves_nothing_or_a_session_that_runs(world: World, after_ms: int) -> None:
    """Killed with -9 at any moment: an id that was printed runs; a directory without a task is ignored."""
    world.sh("true")
    world.wait("1")
    process = world.start("spawn", "--", "echo", "alive", start_new_session=True)
    threading.Event().wait(after_ms / 1000)
    process.send_signal(signal.SIGKILL)
    printed = process.communicate()[0].strip()
    if printed:
        assert world.wait(printed) == "alive\n"
    # What came later is not disturbed by what was left behind.
    assert world.wait(world.sh("echo next")) == "next\n"
    for left in (world.root / "sessions").iterdir():
        if (left / "task.md").exists():
            world.wait(left.name)


def test_a_child_carries_its_parents_id_and_is_found_under_it(world: World) -> None:
    """Inside a session `spawn` makes children, wherever their working directory is."""
    parent = world.sh("cd / && scope spawn -- echo child && scope wait 1.1")
    assert world.wait(parent).splitlines() == ["1.1", "child"]
    assert world.run("tree", code=0).stdout.splitlines()[1].startswith("  1.1 done")


def test_the_callers_environment_is_kept_without_its_secrets(world: World) -> None:
    """What looks like a secret stays outside unless it is named; what is set is set."""
    extra = {"PLAIN": "it's plain\nin two lines", "API_TOKEN": "hush", "NAMED_KEY": "given"}
    script = 'printf "%s|%s|%s|%s" "$PLAIN" "$API_TOKEN" "$NAMED_KEY" "$SET"'
    session = world.spawn("--env", "NAMED_KEY", "--env", "SET=yes", "--", "sh", "-c", script, env=extra)
    assert world.wait(session) == "it's plain\nin two lines||given|yes\n"
    assert oct((world.session(session) / "env").stat().st_mode & 0o777) == "0o600"
    grep = subprocess.run(["grep", "-rl", "hush", str(world.root)], capture_output=True, check=False)
    assert grep.stdout == b""


def test_the_callers_umask_and_directory_are_the_works_own(world: World) -> None:
    """Files that work makes look as if its caller had made them, where the caller was."""
    place = world.project / "a b;c#d%e'f"
    place.mkdir()
    done = subprocess.run(
        ["sh", "-c", f"umask 027; {SCOPE} spawn --wait -- sh -c 'touch made; pwd'"],
        cwd=place, env=world.env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == f"{place}\n"
    assert oct((place / "made").stat().st_mode & 0o777) == "0o640"


def test_arguments_arrive_as_they_were_written(world: World) -> None:
    """An argv is never a shell string: quotes, spaces, line breaks and signs are just characters."""
    words = ["a b", "", "'", '"', "$HOME", "`id`", ";", "-q", "--", "é", "x\ny", "#{pane_id}", "%H", "\\"]
    session = world.spawn("--", "python3", "-c", "import sys; print(ascii(sys.argv[1:]))", *words)
    assert world.wait(session).strip() == ascii(words)


def test_variables_fill_the_commands_holes_and_nothing_else_does(world: World) -> None:
    """`{{ name }}` stands within one argument; a variable that is not declared is refused."""
    assert world.wait(world.spawn("--var", "who=a  b", "--", "echo", "hi {{ who }}")) == "hi a  b\n"
    said = world.run("spawn", "--", "echo", "{{ nobody }}", code=2)
    assert "'nobody' is not declared" in said.stderr


def test_a_task_of_a_megabyte_is_taken(world: World) -> None:
    """The words of a task travel as a file, so their size is no matter."""
    session = world.run("spawn", "-", "--", "true", text="x" * (1 << 20), code=0).stdout.strip()
    world.wait(session)
    assert (world.session(session) / "task.md").stat().st_size > 1 << 20


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--name", "Bad Name", "--", "true"), "'name' takes a name"),
        (("--name", "7", "--", "true"), "'name' takes a name"),
        (("--label", "nokey", "--", "true"), "--label takes K=V, not 'nokey'"),
        (("--label", "k=a\x07b", "--", "true"), "'labels' takes names"),
        (("--retries", "-1", "--", "true"), "'retries' takes a whole number"),
        (("--retries=x", "--", "true"), "'retries' takes a whole number"),
        (("--timeout", "soon", "--", "true"), "'timeout' takes a duration"),
        (("--after", "99", "--", "true"), "there is no session '99'"),
        (("--parent", "../1", "--", "true"), "there is no session '../1'"),
        (("--cwd", "/nowhere", "--", "true"), "cannot work in '/nowhere'"),
        (("--executor", "magic", "--", "true"), "there is no executor 'magic'"),
        (("--env", "1=2", "--", "true"), "--env takes K=V or K, not '1=2'"),
        (("--",), "takes at least the program's name"),
        ((), "there is nothing to do"),
        (("words alone",), "cannot carry out words alone"),
        (("@missing.md",), "there is no task file 'missing.md'"),
        (("--", "echo", "caf\udce9"), "not UTF-8"),
    ],
)
def test_bad_input_is_one_clear_line_and_makes_no_session(world: World, words: tuple[str, ...], says: str) -> None:
    """What cannot be taken is refused before anything is written."""
    said = world.run("spawn", *words)
    assert said.returncode in (2, 4, 5), said
    assert says.lower() in said.stderr.lower()
    assert said.stderr.count("error:") == 1
    assert "hint:" in said.stderr
    assert not list((world.root / "sessions").iterdir()) if (world.root / "sessions").exists() else True


def test_a_name_belongs_to_one_live_session(world: World) -> None:
    """A name that is in use is refused, also when many ask for it at once; afterwards it is free again."""
    racers = [world.start("spawn", "--name", "web", "--", "sleep", "600") for _ in range(8)]
    outcomes = [(racer.communicate()[0].strip(), racer.returncode) for racer in racers]
    winners = [session for session, code in outcomes if code == 0]
    assert len(winners) == 1
    assert sum(1 for _, code in outcomes if code == 2) == 7
    world.run("abort", "web", code=0)
    world.wait("web", code=1)
    assert world.spawn("--name", "web", "--", "true")


def test_a_spawn_under_a_pipe_that_closed_still_makes_its_session(world: World) -> None:
    """`scope spawn | true` is no error, and the session runs."""
    subprocess.run(["sh", "-c", f"{SCOPE} spawn -- echo on | true"], cwd=world.project, env=world.env, check=True)
    until(lambda: world.state("1") == "done")
