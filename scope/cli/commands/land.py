"""`scope land`: merge what a session did in its own work tree."""

from __future__ import annotations

import os
import sys

from scope.cli.grammar import Argument, Command, Option
from scope.errors import Failed
from scope.sessions.records import wishes
from scope.sessions.records.selection import one
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given
    from scope.sessions.branches.landing import Landed

COMMAND = Command(
    "land",
    "Merge what a session did in its own work tree into the branch that you have checked out.",
    text="""\
What the session left uncommitted is committed on its branch, with a message that names it; the branch is merged
with your configuration and hooks; then its work tree and branch are removed, and the commit is printed. Run it in
the repository that the work came from.

Nothing of yours is changed unless all of it succeeds: it is refused while the session runs or is not verified, and
while you have changes that are not committed; a conflict is told, and left to you. Done again, it says where the work
has landed. What git ignores in the work tree goes with it.""",
    epilog="Examples: scope land 3 --dry-run · scope land 3 · scope land 3 --squash --keep",
    arguments=[Argument("session", meaning="Id or name.")],
    options=[
        Option("--unverified", meaning="Land it although no check has verified it."),
        Option("--squash", meaning="As one commit, without its branch's own."),
        Option("--keep", meaning="Keep its work tree and its branch."),
        Option("--dry-run", meaning="Only say what would be landed, and change nothing."),
        Option("--json", meaning="Print an object: id, commit, into, branch, worktree (null when removed), files."),
    ],
)


def run(given: Given) -> int:
    """Land the work of one session, and say where."""
    root = roots.require_trusted()
    session = one(root, given.text("session") or "")
    wishes.refuse_sideways(session, "land")
    from scope.sessions.branches import landing  # noqa: PLC0415 - imports subprocess, after the simple refusals

    landed = landing.already(root, session)
    if landed is None:
        wish = landing.Wish(given.flag("unverified"), given.flag("squash"), given.flag("keep"))
        landing.refuse_unready(root, session, wish)
        if given.flag("dry_run"):
            return _rehearse(root, session, is_json=given.flag("json"))
        landed = landing.land(root, session, os.getcwd(), wish)
        sys.stderr.write(f"landed on {landed.into}: {_counted(landed)}\n")
    else:
        sys.stderr.write(f"session {session} has landed on {landed.into}\n")
    stays = "" if given.flag("keep") or given.flag("dry_run") else landing.clear_away(root, session, landed)
    if stays:
        sys.stderr.write(f"its work tree stays: {stays}\n")
    _say(root, landed, is_json=given.flag("json"))
    return 0


def _rehearse(root: str, session: str, *, is_json: bool) -> int:
    """Say what would be landed."""
    from scope.sessions.branches import landing  # noqa: PLC0415 - as above

    landed, conflicts = landing.rehearsed(root, session, os.getcwd())
    if conflicts:
        raise Failed(
            f"cannot merge '{landed.branch}' into",
            landed.into,
            f"there would be conflicts in {', '.join(conflicts[:5])}",
            f"git merge-tree HEAD {landed.branch}",
        )
    sys.stderr.write(f"would land on {landed.into}: {_counted(landed)}; nothing was changed\n")
    if not is_json:
        sys.stdout.write("".join(f"{name}\n" for name in landed.files))
    else:
        _say(root, landed, is_json=True)
    return 0


def _counted(landed: Landed) -> str:
    return f"{len(landed.files)} file{'' if len(landed.files) == 1 else 's'} of session {landed.session}"


def _say(root: str, landed: Landed, *, is_json: bool) -> None:
    if not is_json:
        sys.stdout.write(f"{landed.commit}\n")
        return
    import json  # noqa: PLC0415 - only when asked for

    from scope.sessions.branches import worktrees  # noqa: PLC0415 - as above

    tree = worktrees.find(root, landed.session)
    said = {
        "id": landed.session,
        "commit": landed.commit or None,
        "into": landed.into,
        "branch": landed.branch,
        "worktree": tree.path if tree is not None else None,
        "files": landed.files,
    }
    sys.stdout.write(json.dumps(said, indent=2) + "\n")
