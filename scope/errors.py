"""Every error that a person can meet.

ScopeError                    exit code
├── BadInput                  2    a word, a name, a file of theirs is wrong
├── NotFound                  4    no such session, name, label
├── Environment               5    the machine or the root does not let us
│   ├── RootRefused           5    not recorded, not ours, or a newer format
│   ├── StoreFault            5    a file could not be read or written (full disk, read-only)
│   ├── Unreachable           5    no router answers (models.client)
│   ├── TmuxMissing           5    there is no usable tmux
│   └── TmuxUnreachable       5    tmux gave no answer: nothing is known, which is not "nothing is there"
├── TimedOut                  124  the wait ended, the work goes on
└── Failed                    1    the work itself did not succeed

`cli.main` is the only place that turns one into words and an exit code.
"""

from __future__ import annotations


class ScopeError(Exception):
    """One clear line: what failed, the quoted subject, why; then a hint that names a way on."""

    exit_code = 1

    def __init__(self, what: str, subject: str | None = None, why: str = "", hint: str = "") -> None:
        self.what = what
        self.subject = subject
        self.why = why
        self.hint = hint
        super().__init__(self.line())

    def line(self) -> str:
        """Say it in one line, without control characters."""
        text = self.what if self.subject is None else f"{self.what} '{self.subject}'"
        if self.why:
            text = f"{text}: {self.why}"
        return "".join(c if c.isprintable() else "?" for c in text)


class BadInput(ScopeError):
    """Something that a person wrote cannot be taken as it is; nothing was changed."""

    exit_code = 2


class NotFound(ScopeError):
    """Nothing goes by that id, name, pattern or label."""

    exit_code = 4


class Environment(ScopeError):
    """The machine or the root does not allow it."""

    exit_code = 5


class RootRefused(Environment):
    """A root that must not run anything: not recorded, not ours, or written by a newer scope."""


class StoreFault(Environment):
    """A file of the root could not be read or written."""


class TmuxMissing(Environment):
    """No usable tmux is installed."""


class TmuxUnreachable(Environment):
    """The tmux server did not answer; what runs in it is unknown."""


class TimedOut(ScopeError):
    """A wait reached its limit; the sessions go on."""

    exit_code = 124


class Failed(ScopeError):
    """The work did not succeed."""


def from_os(error: OSError, what: str, subject: str | None = None) -> StoreFault:
    """Translate an OSError at the door where it happened."""
    import errno  # noqa: PLC0415 - only when something failed

    hint = {
        errno.ENOSPC: "free some space, then run it again; nothing was lost",
        errno.EDQUOT: "free some space, then run it again; nothing was lost",
        errno.EROFS: "the file system is read-only: remount it, or set SCOPE_DIR to a place that can be written",
        errno.EACCES: "check who owns it: ls -ld",
        errno.EMFILE: "raise the limit of open files: ulimit -n 4096",
    }.get(error.errno or 0, "look at it with ls -ld, then run it again")
    named = subject if subject is not None else error.filename and str(error.filename)
    return StoreFault(what, named, error.strerror or str(error), hint)
