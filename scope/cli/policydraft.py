"""A policy in a person's editor: the edit is made in a draft, and taken only when it is in order."""

from __future__ import annotations

import os
import subprocess
import sys

from scope.errors import BadInput, Failed
from scope.sessions.asking import adoption
from scope.store import atomic


def edit(name: str, path: str) -> None:
    """Let a person edit a policy; a draft that cannot be taken stays, and the next edit goes on with it.

    Raises BadInput for a draft that is no policy, or that somebody was faster than.
    """
    before = atomic.read(path) or ""
    # Its name begins with a dot, so that nobody takes it for a policy.
    draft = f"{os.path.dirname(path)}/.{name}.draft"
    if not atomic.create(draft, before):
        sys.stderr.write(f"this goes on with {draft}\n")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    # A shell takes it apart, as git has it: an editor may have options.
    code = subprocess.call(["/bin/sh", "-c", f'{editor} "$1"', "sh", draft])
    if code:
        raise Failed("the editor failed", editor, f"it exited with {code}", f"the draft stays: {draft}")
    after = atomic.read(draft) or ""
    try:
        adoption.check(name, after)
    except BadInput as error:
        raise BadInput("cannot take the draft", draft, error.why, f"go on with it: scope policy edit {name}") from error
    if atomic.read(path) != before:
        raise BadInput("somebody changed it meanwhile", path, hint=f"the draft stays: {draft}")
    if after != before:
        atomic.replace(path, after)
    atomic.remove(draft)
