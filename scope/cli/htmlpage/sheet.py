"""The sheet on which the page stands: made whole, and written over nothing but an earlier page."""

from __future__ import annotations

import os
from string import Template
from typing import TYPE_CHECKING, Any, Final

from scope.errors import BadInput
from scope.store import atomic

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK: Final = '<meta name="generator" content="scope report">'
"""What a page of ours says near its beginning; a file without it was written by somebody else."""

_NEAR: Final = 1024


def made(root: str, since: str, by: str | None) -> tuple[str, Mapping[str, Any]]:
    """Return the page, and what it says in short; raises StoreFault."""
    from scope.cli.htmlpage import facts, sections  # noqa: PLC0415 - a refusal does not need them
    from scope.cli.htmlpage.markup import join  # noqa: PLC0415
    from scope.supervision.wards import clock  # noqa: PLC0415

    found = facts.gather(root, since, by)
    whole = found.tree.sums(found.tree.whole(), loads=found.tree.loads.values())
    now = clock.stamp()[: len("2026-01-02T03:04")].replace("T", " ")
    content = join(
        sections.heading(found, f"{now} UTC"),
        sections.verdict(found, whole),
        sections.tiles(found, whole),
        sections.curves(found),
        sections.cases(found.cases),
        sections.supervisors(found),
        sections.tree(found),
    )
    name = os.path.basename(os.path.dirname(root)) or root
    text = Template(_template()).substitute(title=join(f"scope report: {name}"), content=content)
    return text, {"ended": whole.ended, "open": len(found.cases), "verdict": whole.verdict}


def refuse(path: str, *, is_forced: bool) -> None:
    """Raise BadInput where the page cannot lie there, or would replace a file of somebody else's."""
    if os.path.isdir(path):
        raise BadInput("cannot write the page over the directory", path, hint=f"name a file: {path}/report.html")
    directory = os.path.dirname(path)
    if directory and not os.path.isdir(directory):
        raise BadInput("cannot write", path, "there is no such directory", f"make it: mkdir -p {directory}")
    if os.path.exists(path) and not os.path.isfile(path):
        raise BadInput("cannot write the page over", path, "it is no plain file", "name a file: report.html")
    if os.path.lexists(path) and not is_forced and MARK.encode() not in _beginning(path):
        raise BadInput("cannot replace", path, "scope did not write it", "name another file, or give --force")


def write(path: str, text: str) -> str:
    """Write the page, whole or not at all, and return where it lies; raises StoreFault."""
    path = os.path.realpath(path)
    atomic.replace(path, text.encode("utf-8", "replace").decode(), mode=_mode(path))
    return path


def _beginning(path: str) -> bytes:
    stream = atomic.stream(path)
    if stream is None:
        return b""
    with stream:
        return stream.read(_NEAR)


def _mode(path: str) -> int:
    """Return the permissions of what is replaced; a new page is for its owner alone, for it tells what others do."""
    try:
        return os.stat(path).st_mode & 0o666
    except OSError:
        return 0o600


def _template() -> str:
    text = atomic.read(os.path.join(os.path.dirname(__file__), "page.html"))
    assert text is not None
    return text
