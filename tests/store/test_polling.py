"""Where nobody is told of changes: which file systems these are, and how a shortage is known from an absence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scope.store import filesystem
from tests.supervision.test_polling import unshared


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "9p", "virtiofs", "ceph", "fuse.sshfs", "fuse.glusterfs", "fuse"]
)
def test_what_another_host_may_write_to_is_remote(kind: str) -> None:
    """There the kernel tells only of this host's own changes."""
    assert filesystem.is_remote(kind)


@pytest.mark.parametrize(
    "kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "apfs", "fuseblk", "fuse.fuse-overlayfs", ""]
)
def test_what_only_this_host_writes_to_is_not(kind: str) -> None:
    """Nor what cannot be known."""
    assert not filesystem.is_remote(kind)


def test_the_kind_is_the_one_that_mount_tells(tmp_path: Path) -> None:
    """Of a path that is there; of any other nothing is known."""
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("this system does not tell")
    assert filesystem.kind("/proc") == "proc"
    assert filesystem.kind(str(tmp_path / "missing")) == ""


_SHORT = """
import os, sys
from scope.store.notices import Notices
place = sys.argv[1]
found = Notices(place)
print(found.watch(place), found.is_short)
print(found.watch(place + "/missing"), found.is_short)
os.mkdir(place + "/other")
print(found.watch(place + "/other"), found.is_short)
"""


def test_a_path_that_is_gone_is_told_from_one_too_many(tmp_path: Path) -> None:
    """Only the second makes the watcher look often."""
    words = unshared("1 >/proc/sys/user/max_inotify_watches")
    line = [*words, sys.executable, "-c", _SHORT, str(tmp_path)]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == ["True False", "False False", "False True"]
