"""Disks that are full or cannot be written: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.driver import World, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def tiny() -> Iterator[World]:
    """A world whose project lies on a file system of one megabyte."""
    made = World()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none", str(made.project)], capture_output=True, check=False
    )
    if mounted.returncode:
        made.close()
        pytest.skip("only root can mount a small file system")
    try:
        yield made
    finally:
        made.close()
        subprocess.run(["umount", "-l", str(made.project)], check=False)
        shutil.rmtree(made.base, ignore_errors=True)


def until_written(world: World, session: str) -> None:
    """Wait until an attempt has written all that it writes before its work: on a full disk it would be refused."""
    world.until_started(session)
    until(lambda: (world.attempt(session) / "started").read_text().endswith("\n"))


def fill(place: Path) -> Path:
    """Use up every byte of a file system."""
    hog = place / "hog"
    with hog.open("ab", buffering=0) as stream:
        for size in (4096, 1):
            with pytest.raises(OSError, match="No space left on device"):  # noqa: PT012
                while True:
                    stream.write(b"x" * size)
    return hog


def test_a_full_disk_refuses_a_spawn_and_leaves_nothing_behind(tiny: World) -> None:
    """One clear line, exit 5; when there is space again, everything goes on."""
    assert tiny.wait(tiny.sh("echo one")) == "one\n"
    before = sorted(os.listdir(tiny.root / "sessions"))
    hog = fill(tiny.project)
    said = tiny.run("spawn", "--", "true", code=5)
    assert "No space left on device" in said.stderr
    assert "hint: free some space" in said.stderr
    assert sorted(os.listdir(tiny.root / "sessions")) == before
    hog.unlink()
    assert tiny.wait(tiny.sh("echo two")) == "two\n"


def test_an_exit_code_published_on_a_full_disk_is_not_lost(tiny: World) -> None:
    """The work ends while no verdict can be written: nothing is killed or doubled, and the code comes out later."""
    session = tiny.sh("while [ ! -e go ]; do sleep 0.01; done; exit 42", "--retries", "0")
    until_written(tiny, session)
    hog = fill(tiny.project)
    (tiny.project / "go").touch()  # an empty file takes no space
    until(lambda: (tiny.attempt(session) / "exit").exists())
    assert (tiny.attempt(session) / "exit").read_text().split() == ["42"]
    until(lambda: "No space left" in tiny.log() or tiny.state(session) == "running")
    hog.unlink()
    tiny.wait("--propagate", session, code=42)
    assert tiny.moves(session) == ["start", "fail"]


def test_a_full_disk_starts_nothing(tiny: World) -> None:
    """A start that cannot be committed does not happen; it happens once there is space."""
    world = tiny
    world.sh("while [ ! -e go ]; do sleep 0.01; done")
    held = world.sh("echo $SCOPE_ATTEMPT", "--after", "1")
    until(lambda: "after 1" in world.run("poll", held).stdout)
    until_written(world, "1")
    hog = fill(world.project)
    (world.project / "go").touch()
    until(lambda: (world.attempt("1") / "exit").exists())
    assert not world.attempt(held).exists()
    hog.unlink()
    assert world.wait(held).endswith(f"/{held}/1\n")


def test_a_root_that_cannot_be_written_is_a_clear_error(tiny: World) -> None:
    """Read-only: what can be read is read, what must be written says why it cannot be."""
    tiny.wait(tiny.sh("echo one"))
    tiny.run("watch", "stop", code=0)
    # Refused while a second watcher, which found the first alive, is still leaving.
    remount = ["mount", "-o", "remount,ro", str(tiny.project)]
    until(lambda: subprocess.run(remount, capture_output=True, check=False).returncode == 0)
    assert "Read-only file system" in tiny.run("spawn", "--", "true", code=5).stderr
    assert tiny.wait("1") == "one\n"
    assert tiny.run("ls", code=0).stdout
    subprocess.run(["mount", "-o", "remount,rw", str(tiny.project)], check=True)
