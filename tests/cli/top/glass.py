"""A person in front of a dashboard: a pane of another tmux server, which they look at and press keys in."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Final

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World

_PROMPT: Final = "desk>"


class Glass:
    """A shell on a terminal of a known size, and what it shows."""

    def __init__(self, world: World, columns: int = 80, lines: int = 24, **env: str) -> None:
        self._world = world
        self._env = {**world.env, **env}
        size = ("-x", str(columns), "-y", str(lines))
        given = [f"{name}={value}" for name, value in env.items()]
        shell = ["env", *given, f"PS1={_PROMPT} ", "sh", "-i"]
        self._tmux("-f", os.devnull, "new-session", "-d", *size, "-c", str(world.project), *shell)
        self._tmux("set-option", "-g", "prefix", "C-a")
        self.until(_PROMPT)

    def top(self, *words: str, shows: str = " session") -> str:
        """Start `scope top WORDS`, and wait for its screen."""
        self.type(" ".join(("scope", "top", *words)))
        return self.until(shows)

    def type(self, text: str) -> None:
        """Type a line and press Enter."""
        self.letters(text)
        self.press("Enter")

    def letters(self, text: str) -> None:
        """Type letters."""
        self._tmux("send-keys", "-l", "--", text)

    def press(self, *keys: str) -> None:
        """Press keys, by the names that tmux gives them."""
        self._tmux("send-keys", *keys)

    def resize(self, columns: int, lines: int) -> None:
        """Draw the window larger or smaller."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def until(self, *texts: str) -> str:
        """Wait until the screen shows all of these, and return it."""
        return self.until_lines(lambda lines: all(text in "\n".join(lines) for text in texts), f"{texts}")

    def until_gone(self, text: str) -> str:
        """Wait until the screen shows this no more, and return it."""
        return self.until_lines(lambda lines: text not in "\n".join(lines), f"no {text!r}")

    def until_lines(self, holds: object, what: str) -> str:
        """Wait until something holds of the lines of the screen, and return it."""
        assert callable(holds)
        try:
            return str(until(lambda: holds(self.screen().split("\n")) and self.screen(), what=what))
        except AssertionError as error:
            error.add_note(self.screen())
            raise

    def until_left(self) -> str:
        """Wait until the shell is there again, say its exit code, and return what is below its command line."""
        self.until_lines(lambda lines: "\n".join(lines).rstrip().endswith(f"\n{_PROMPT}"), "the shell")
        self.type("echo left-$? $(stty -a | grep -o -- '-*echo ')")
        screen = self.until_lines(lambda lines: any(re.match(r"left-\d+", line) for line in lines), "an exit code")
        return screen.partition("scope top")[2]

    def screen(self, *, styled: bool = False) -> str:
        """What the terminal shows; with its escape sequences where they are wanted."""
        return self._tmux("capture-pane", "-p", *(["-e"] if styled else []))

    def selected(self) -> str:
        """The line that is shown in reverse."""
        lines = self.screen(styled=True).split("\n")
        return next(
            (
                re.sub(r"\x1b\[[0-9;]*m", "", line)
                for line in lines
                if re.match(r"(\x1b\[[0-9;]*m)*\x1b\[[0-9;]*7m", line)
            ),
            "",
        )

    def pid(self) -> int:
        """The process that was started last in the shell."""
        shell = self._tmux("display-message", "-p", "#{pane_pid}").strip()
        found = subprocess.run(["ps", "--ppid", shell, "-o", "pid="], capture_output=True, text=True, check=True)
        return int(found.stdout.split()[-1])

    def close_terminal(self) -> None:
        """Close the window with everything in it."""
        self._tmux("kill-server")

    def _tmux(self, *words: str) -> str:
        line = ["tmux", "-L", "glass", *words]
        return subprocess.run(line, env=self._env, capture_output=True, text=True, check=True, timeout=30).stdout
