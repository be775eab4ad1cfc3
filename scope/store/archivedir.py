"""What lies in `archive/`: ended sessions that were put away; each path with its one writer.

Directories on their way out lie beside the others: only there a rename brings them, wherever `archive/` leads to.
"""

from __future__ import annotations


def archives(root: str) -> str:
    """`archive/`, the sessions that were put away."""
    return f"{root}/archive"


def archived(root: str, session_id: str) -> str:
    """`archive/<id>.tar.gz`, the whole directory of an ended session. Writer: `scope gc`, once."""
    return f"{root}/archive/{session_id}.tar.gz"


def leaving(root: str, session_id: str) -> str:
    """`sessions/.leaving/<id>/`, the directory of one that was archived, until it is removed. Writer: `scope gc`."""
    return f"{root}/sessions/.leaving/{session_id}"


def removing(root: str, session_id: str) -> str:
    """`sessions/.removing/<id>/`, the directory of one that is being removed for good. Writer: `scope rm`."""
    return f"{root}/sessions/.removing/{session_id}"
