"""Somebody at a real shell in a real terminal, who types and presses Tab."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World

COMPLETIONS: Final = Path(__file__).parents[2] / "completions"
SHELLS: Final = ("bash", "zsh", "fish")
_PROMPT: Final = "ready>"
_SETTINGS: Final = {
    "bash": f"""\
PS1='{_PROMPT} '
bind 'set show-all-if-ambiguous on'
bind 'set bell-style none'
. '{COMPLETIONS}/scope.bash'
""",
    "zsh": f"""\
PS1='{_PROMPT} '
fpath=('{COMPLETIONS}' $fpath)
autoload -Uz compinit
compinit -u -d $ZDOTDIR/dump
""",
    "fish": f"""\
function fish_prompt; echo -n '{_PROMPT} '; end
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
source '{COMPLETIONS}/scope.fish'
""",
}


class Typist:
    """One shell of a world, without anything of the developer's own."""

    def __init__(self, world: World, shell: str) -> None:
        program = shutil.which(shell)
        if program is None:
            pytest.skip(f"{shell} is not installed")
        self._world = world
        place = world.base / "shell"
        (place / "fish").mkdir(parents=True)
        settings = {"bash": "bashrc", "zsh": ".zshrc", "fish": "fish/config.fish"}
        (place / settings[shell]).write_text(_SETTINGS[shell])
        env = {**world.env, "ZDOTDIR": str(place), "XDG_CONFIG_HOME": str(place), "XDG_DATA_HOME": str(place)}
        words = {"bash": ["--noprofile", "--rcfile", f"{place}/bashrc", "-i"], "zsh": ["-d", "-i"], "fish": ["-i"]}
        size = ("-x", "150", "-y", "40")
        self._tmux("new-session", "-d", *size, "-c", str(world.project), program, *words[shell], env=env)
        until(lambda: _PROMPT in self.screen(), what=f"a prompt of {shell}")

    def tab(self, text: str, shows: str) -> str:
        """Type a text on a fresh line, press Tab until `shows` is on the screen, and return the screen."""
        self._tmux("send-keys", "C-u", "C-l")
        until(lambda: self.screen().strip() == _PROMPT, what=f"a fresh line: {self.screen()}")
        self._tmux("send-keys", "-l", text)
        self._tmux("send-keys", "Tab")
        until(lambda: shows in self.screen(), what=f"'{shows}' after '{text}': {self.screen()}")
        return self.screen()

    def run(self, text: str) -> None:
        """Type a line and let the shell carry it out."""
        self._tmux("send-keys", "-l", text)
        self._tmux("send-keys", "Enter")

    def screen(self) -> str:
        """What the terminal shows."""
        return self._tmux("capture-pane", "-p")

    def _tmux(self, *words: str, env: dict[str, str] | None = None) -> str:
        line = ["tmux", "-L", "typist", "-f", os.devnull, *words]
        return subprocess.run(
            line, env=env or self._world.env, capture_output=True, text=True, check=True, timeout=30
        ).stdout
