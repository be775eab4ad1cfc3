"""`scope help`: the page of a command, or of a topic that concerns them all."""

from __future__ import annotations

import sys

from scope.cli.grammar import Argument, Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "help",
    "Explain a command, or a topic: exit-codes, files, config, task or hooks.",
    text="""\
Without a word it lists the commands; with one it says what scope COMMAND --help says. The topics
are exit codes, what lies where under .scope/, the keys of config.yaml, those of a task file, and hooks. They
are made from the code itself: they say what this version does.""",
    epilog="Examples: scope help spawn · scope help exit-codes · scope help files",
    arguments=[
        Argument("subject", required=False, meaning="A command, or exit-codes, files, config, task or hooks."),
    ],
)


def run(given: Given) -> int:
    """Print one page."""
    from scope.cli import help as pages  # noqa: PLC0415 - typer costs forty milliseconds
    from scope.cli import topics  # noqa: PLC0415 - as above

    subject = given.text("subject")
    if subject not in topics.TOPICS:
        return pages.explain(subject)
    import shutil  # noqa: PLC0415 - only here

    sys.stdout.write(topics.page(subject, shutil.get_terminal_size().columns))
    return 0
