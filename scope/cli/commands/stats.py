"""`scope stats`: what was learned, in figures, from the outcomes of verified work."""

from __future__ import annotations

import sys

from scope.cli.grammar import Command, Option
from scope.cli.meant import hint
from scope.cli.since import first
from scope.errors import BadInput
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "stats",
    "Say how verified work went: at first try, with skills and without, who helped, the cost.",
    text="""\
Every attempt that a check, a signal or a person judged is a line of .scope/outcomes.jsonl; this adds up the tasks
that have a job type, an entity type or signals, or were given a skill. VERIFIED is how many succeeded in the end;
SKILLED how many did at their first attempt of those that began with a skill; UNSKILLED the same of the others. With
each rate stands what one success of it took, failures and advice included; - where nobody knows, or there was none.
AGAIN counts failures that were known already, SOLVED BY whose advice the last attempt had, and ADVICE is what
advisors took.

On a terminal as a table, into a pipe as lines with tabs: the group, then the keys of --json in their order; the
last line is the total, in which each task counts once.""",
    epilog="Examples: scope stats · scope stats --by skill · scope stats --since 7d --json",
    options=[
        Option("--by", "-b", metavar="WHAT", meaning="What is added up: job (the default), skill or level."),
        Option(
            "--since", metavar="TIME", meaning="Only what was judged since: 7d, 12h, or a day such as 2026-01-02 (UTC)."
        ),
        Option(
            "--json",
            meaning="Print an array: by, key, tasks, verified, cost_per_success, attempts, with_skill, "
            "passed_with_skill, cost_with_skill, without_skill, passed_without_skill, cost_without_skill, repeats, "
            "alone, by_skill, by_rules, by_models, by_human, escalation_cost.",
        ),
    ],
)
_KINDS = ("job", "skill", "level")


def run(given: Given) -> int:
    """Add up the outcomes and print them."""
    root = roots.require()
    by = given.text("by") or "job"
    if by not in _KINDS:
        raise BadInput("--by does not know", by, hint=hint(by, _KINDS))
    since = first(given.text("since"), "stats")
    from scope.cli import statstable  # noqa: PLC0415 - dataclasses, after every refusal
    from scope.skills import outcomes  # noqa: PLC0415

    found = statstable.works(outcomes.read(root), since)
    groups = statstable.grouped(found, by)
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        said = [statstable.as_json(by, key, statstable.figures(each)) for key, each in groups.items()]
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    elif found:
        statstable.listing(by, groups, found)
    else:
        sys.stderr.write("nothing was verified\n" if not since else "nothing was verified since then\n")
    return 0
