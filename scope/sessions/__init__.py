"""The primitives, files only: spawn, wait, poll, send, abort, and how a session is read."""
