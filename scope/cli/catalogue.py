"""Which commands there are, in the order in which the help lists them; each is a module of its name."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Command

GROUPS = (
    ("Begin", ("init", "demo")),
    ("Work", ("spawn", "wait", "poll", "ls", "tree", "logs", "attach")),
    ("Steer", ("send", "redirect", "abort", "retry")),
    ("Look deeper", ("events", "explain", "watch")),
)
NAMES = tuple(name for _, names in GROUPS for name in names)


def load(name: str) -> "tuple[Command, object]":
    """Return a command's grammar and the function that carries it out."""
    from importlib import import_module  # noqa: PLC0415 - one module per run, not all

    module = import_module(f"scope.cli.commands.{name}")
    return module.COMMAND, module.run
