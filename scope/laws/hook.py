"""Hooks for people: which events there are, and what each is told."""

from __future__ import annotations

from typing import Final

EVENTS: Final = {
    "state": "a session changed its state, from and to whatever",
    "done": "a session is done",
    "failed": "a session has failed",
    "aborted": "a session was aborted",
    "needs-input": "something waits for a person: a question, a failure without remedy, a task that cannot be read",
    "escalation": "something was put before a person, has grown since, or became more severe",
    "answered": "a person's answer was taken",
}
"""Each is the name of an executable in `hooks/`."""

KEYS: Final = {
    "event": "its name",
    "time": "when it came to pass, in UTC",
    "seq": "its number in events.jsonl, null where it is no change of state",
    "root": "the .scope directory",
    "session": "the session's id; of several that an escalation is about, the first",
    "name": "its name, or null",
    "labels": "its labels, an object",
    "attempt": "the number of its latest attempt",
    "from": "the state before, null where it is no change of state",
    "to": "the state now",
    "why": "the reason in one line",
    "attach": "the command line that attaches a terminal to it",
    "directory": "where the session's files lie",
    "escalation": "null, or an object: id, change (new, more, severer or answered), kind, question, options, default, "
    "severity, sessions, members, answer, by, file",
}
"""The keys of the JSON object on the standard input, in this order."""

ASKED: Final = (
    "id", "change", "kind", "question", "options", "default", "severity", "sessions", "members", "answer", "by", "file"
)  # fmt: skip
"""The keys of what is told of an escalation."""
