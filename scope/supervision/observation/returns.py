"""Work that was given back: it ended well, and then could not be landed, so its attempt has failed after all.

What it met stands in the message by which it was given back (`sessions.records.wishes`). A restart then is no blind
one: it begins on top of what it met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scope.laws.failure import Failure
from scope.laws.fingerprint import fingerprint
from scope.laws.task import Task
from scope.sessions.branches import landing
from scope.store import atomic, document, layout, maildir
from scope.supervision.wards.chronicle import RETURNED

if TYPE_CHECKING:
    from scope.laws.plays import Play
    from scope.supervision.wards.chronicle import Chronicle
    from scope.supervision.wards.ward import Ward

PLAYBOOK: Final[tuple[Play, ...]] = ("restart",)
"""What is done about it where nobody supervises: the retries bound it."""

_LINES: Final = 40


def diagnosed(ward: Ward) -> Failure:
    """Return what the message says by which a ward's work was given back."""
    said = _message(ward)
    headline, _, rest = said.body.strip().partition("\n")
    headline = headline.strip() or "its work could not be landed"
    on, job_type = str(said.keys.get("on") or ""), ward.task.job_type if isinstance(ward.task, Task) else ""
    return Failure(
        kind=RETURNED,
        # On top of what it met it may go well, as with anything that passes.
        of_class="transient",
        fingerprint=fingerprint(
            job_type=job_type, of_class=RETURNED, check="", error=headline, explicit=f"{RETURNED} {on}" if on else ""
        ),
        headline=headline,
        lines=tuple(rest.strip("\n").split("\n")[:_LINES]) if rest.strip() else (),
        needs="reassignment",
        base=str(said.keys.get("base") or ""),
    )


def has_landed(root: str, session: str, story: Chronicle) -> bool:
    """Tell whether the work of a session that is done is where it should be: at once, unless it was given back."""
    if not story.returned:
        return True
    noted = landing.noted_of(root, session)
    return noted is not None and noted.commit != ""


def _message(ward: Ward) -> document.Document:
    found = maildir.find(layout.inbox(ward.directory), ward.chronicle.returned)
    try:
        return document.parse((atomic.read(found[0]) if found else None) or "")
    except (document.Unfinished, document.Malformed):
        return document.Document()
