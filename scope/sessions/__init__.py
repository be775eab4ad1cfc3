"""The primitives, files only: spawn, wait, send, abort; below them, what a session's files say."""
