"""Which commands there are, in the order in which the help lists them; each is a module of its name."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Command

GROUPS = (
    ("Begin", ("init", "doctor", "demo")),
    ("Work", ("spawn", "wait", "poll", "ls", "tree", "top", "logs", "attach", "show", "land", "refine")),
    ("Steer", ("send", "redirect", "abort", "retry", "pause", "resume", "rename")),
    ("Decide", ("inbox", "answer", "ack", "silence", "forward", "policy", "event")),
    ("Inside a session", ("progress", "ask", "fail")),
    ("Models", ("cost", "budget", "router")),
    ("The tree", ("up", "agent")),
    ("Learn", ("skill", "stats", "report")),
    ("Clear up", ("gc", "rm")),
    ("Look deeper", ("events", "explain", "path", "watch", "recover", "help", "completion")),
)
HIDDEN = ("complete",)
"""Doors for programs: they work and explain themselves, and no list shows them."""
SHOWN = tuple(name for _, names in GROUPS for name in names)
NAMES = (*SHOWN, *HIDDEN)


def load(name: str) -> tuple[Command, object]:
    """Return a command's grammar and the function that carries it out."""
    # importlib.import_module would do the same, and import `warnings` for it.
    module = __import__(f"scope.cli.commands.{name}", fromlist=("COMMAND", "run"))
    return module.COMMAND, module.run
