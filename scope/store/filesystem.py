"""Which file system a path lies on: on a network one, what another host writes is told to nobody here."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_MOUNTS: Final = "/proc/self/mountinfo"
_REMOTE: Final = frozenset(
    (
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "drvfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
        "nfs4", "ocfs2", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
    )
)  # fmt: skip
# Whatever else is made of FUSE is taken for remote: one who polls misses nothing.
_LOCAL_FUSE: Final = frozenset(("fuse.fuse-overlayfs", "fuse.mergerfs", "fuse.bindfs", "fuse.encfs", "fuse.gocryptfs"))


def kind(path: str) -> str:
    """Return the kind of file system that a path lies on, as `mount` names it; nothing where none can tell."""
    try:
        device = os.stat(path).st_dev
        with open(_MOUNTS, "rb") as stream:
            mounts = stream.read().decode("utf-8", "surrogateescape")
    except OSError:
        return ""
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts.splitlines():
        head, _, tail = line.partition(" - ")
        if head.split(" ", 3)[2:3] == [number]:
            return tail.partition(" ")[0]
    return ""


def is_remote(named: str) -> bool:
    """Tell whether files on this kind of file system may be written by another host."""
    return named in _REMOTE or (named.startswith("fuse") and named not in _LOCAL_FUSE and named != "fuseblk")
