"""`scope completion`: what makes a shell complete the words of scope."""

from __future__ import annotations

import sys

from scope.cli.grammar import Argument, Command
from scope.errors import BadInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "completion",
    "Print what makes bash, zsh or fish complete commands, options, ids, names and labels.",
    text="""\
It only prints; to install it, write that where your shell looks. bash, with the package bash-completion:
scope completion bash > ~/.local/share/bash-completion/completions/scope, or without it this line in ~/.bashrc:
eval "$(scope completion bash)"

zsh: scope completion zsh > DIR/_scope, where DIR is in $fpath before compinit runs; or this line in ~/.zshrc, behind
compinit: eval "$(scope completion zsh)"

fish: scope completion fish > ~/.config/fish/completions/scope.fish""",
    epilog="Examples: scope completion bash · scope completion zsh · scope completion fish",
    arguments=[Argument("shell", meaning="bash, zsh or fish.")],
)


def run(given: Given) -> int:
    """Print the completion of one shell."""
    from scope.cli.shells import bash, fish, zsh  # noqa: PLC0415 - they import every command

    shell = given.text("shell") or ""
    scripts = {"bash": bash.script, "zsh": zsh.script, "fish": fish.script}
    if shell not in scripts:
        raise BadInput("there is no completion for", shell, hint="scope completion bash; or: zsh, fish")
    sys.stdout.write(scripts[shell]())
    return 0
