"""Typing into a pane as a person would, and telling whether anybody read it."""

from __future__ import annotations

import fcntl
import os
import struct
import termios
from typing import TYPE_CHECKING, Final

from scope.tmux.targets import LIVES, only_if_its_own

if TYPE_CHECKING:
    from scope.sessions.processes.runner import PaneView
    from scope.tmux.server import Server

LONGEST_LINE: Final = 4095  # a terminal in line mode drops what comes after
_LFLAG: Final = 3
_SAY_ENDED: Final = "display-message -p ended"


class Untypable(Exception):
    """The text cannot be typed into this pane; says why."""


def cleaned(text: str) -> str:
    """Remove what a terminal would take as a command: a Ctrl-C in a message must not kill a worker."""
    return "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c in "\n\t" or c.isprintable())


def press(server: Server, view: PaneView, text: str) -> None:
    """Paste a text and press Enter; raises Untypable, TmuxUnreachable, or Refused for a pane that is gone."""
    text = cleaned(text).strip("\n")
    if _takes_lines(view.tty) and any(len(line.encode()) > LONGEST_LINE for line in text.split("\n")):
        raise Untypable(f"a line is longer than a terminal takes ({LONGEST_LINE} bytes)")
    aim = f'-t "{view.pane}"'  # bare, tmux stumbles over what follows
    keys = f"if-shell -F {aim} '#{{pane_in_mode}}' 'send-keys {aim} -X cancel'; send-keys {aim} Enter"
    refuse = _SAY_ENDED
    if text:
        # Through a buffer: as an argument, a trailing `;`, a leading `-` and 16 KB would all go wrong.
        server.run("load-buffer", "-b", "scope", "-", text=text)
        keys = keys.replace("; ", f"; paste-buffer -p -r -d -b scope {aim}; ")
        refuse = f"delete-buffer -b scope; {_SAY_ENDED}"
    # Before 3.4 tmux dies, with all that runs in it, of a paste into a pane whose program has ended.
    if only_if_its_own(server, view, keys, refuse, also=LIVES).strip():
        raise Untypable("the program has ended")


def unread(tty: str) -> int | None:
    """Return how many typed bytes nobody has read yet; None where the terminal cannot be asked."""
    try:
        descriptor = os.open(tty, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0])
    except OSError:
        return None
    finally:
        os.close(descriptor)


def withdraw(tty: str) -> None:
    """Take back what was typed and nobody read."""
    try:
        descriptor = os.open(tty, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return
    try:
        termios.tcflush(descriptor, termios.TCIFLUSH)
    except (OSError, termios.error):
        return
    finally:
        os.close(descriptor)


def _takes_lines(tty: str) -> bool:
    try:
        descriptor = os.open(tty, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return bool(termios.tcgetattr(descriptor)[_LFLAG] & termios.ICANON)
    except (OSError, termios.error):
        return False
    finally:
        os.close(descriptor)
