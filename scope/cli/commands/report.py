"""`scope report`: how the work went, as one page of HTML."""

from __future__ import annotations

import sys

from scope.cli.grammar import Command, Option
from scope.cli.since import first
from scope.errors import BadInput
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "report",
    "Write how work went as one HTML page: the verdict, curves, open cases, the tree.",
    text="""\
The page holds everything in itself: it loads nothing, so it can be sent, printed and kept. It says what scope stats
says: whether the tree is healthy and what helps where it is not, curves by day (or week, beyond 45 days), the load
of each supervisor, what waits for a person, and the sessions with their states.

It replaces a page that it wrote before, and no other file unless --force is given; - writes to standard output.
Prints the path of the page.""",
    epilog="Examples: scope report --html report.html · scope report --since 7d --html -",
    options=[
        Option("--html", metavar="FILE", meaning="Where the page goes; - is standard output."),
        Option("--since", metavar="TIME", meaning="Only what ended since: 7d, 12h, or a day such as 2026-01-02 (UTC)."),
        Option("--by", "-b", metavar="WHAT", meaning="The curves go by day or by week."),
        Option("--force", "-f", meaning="Replace the file whatever it is."),
        Option("--json", meaning="Print an object: path, ended, open, verdict."),
    ],
)
PERIODS = ("day", "week")
_STDOUT = "-"


def run(given: Given) -> int:
    """Write the page."""
    root = roots.require()
    path, by = given.text("html"), given.text("by")
    if not path:
        raise BadInput("report needs a file for the page", hint="scope report --html report.html")
    if by is not None and by not in PERIODS:
        raise BadInput("--by does not know", by, hint=f"it knows {', '.join(PERIODS)}")
    if path == _STDOUT and given.flag("json"):
        raise BadInput("--json needs a file for the page, not", path, hint="scope report --html report.html --json")
    since = first(given.text("since"), "report")
    from scope.cli.htmlpage import sheet  # noqa: PLC0415 - after every refusal

    if path == _STDOUT:
        text, _ = sheet.made(root, since, by)
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        return 0
    sheet.refuse(path, is_forced=given.flag("force"))
    text, said = sheet.made(root, since, by)
    path = sheet.write(path, text)
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps({"path": path, **said}, indent=2) + "\n")
    else:
        sys.stdout.write(f"{path}\n")
    return 0
