"""`scope init`: make a root here, or say that the one here may run things."""

from __future__ import annotations

import sys

from scope.cli.grammar import Command
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "init",
    "Make a .scope/ here, or trust the one that is here.",
    text="""\
This will make .scope/ at the top of the git work tree (else in the current directory), with mode 0700
and a .gitignore of its own, and record its path and inode in ~/.scope/roots. A .scope/ that is not recorded,
such as one that came with a cloned repository, runs nothing. SCOPE_DIR names another place.

Where there is no config.yaml yet, this will write one, with every key and what it means behind #. The models
that can be reached from here stand in it, too: the provider whose key is set (by its name, never the key), or a
server of local models on this machine. Where there is just one, it becomes level 0, which is said; of
several you take one.""",
    epilog="Example: scope init",
)


def run(given: Given) -> int:  # noqa: ARG001 - it takes no words
    """Make and record a root; print its path."""
    root = roots.make()
    sys.stdout.write(f"{root}\n")
    sys.stdout.flush()
    from scope.cli import configfile  # noqa: PLC0415 - imports yaml

    said = configfile.write(root)
    if said:
        sys.stderr.write(f"{said}\n")
    return 0
