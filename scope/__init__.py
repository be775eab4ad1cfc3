"""Autonomous work as supervised tmux sessions, with everything it knows in plain files."""

__version__ = "0.1.0"
