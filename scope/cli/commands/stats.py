"""`scope stats`: how work went and who resolved what failed, in figures, and whether the tree is healthy."""

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
    from scope.cli.treefigures import Ends, Group, Tree

COMMAND = Command(
    "stats",
    "Say how work went, who helped, what it cost, and whether the tree is healthy.",
    text="""\
Every attempt that a check, a signal or a person judged is a line of .scope/outcomes.jsonl; by job, skill and level
this adds up the tasks that have a job type, an entity type or signals, or were given a skill. VERIFIED is how many
succeeded in the end; SKILLED how many did at their first attempt of those that began with a skill; UNSKILLED the
same of the others. With each rate stands what one success of it took, failures and advice included; - where nobody
knows, or there was none. AGAIN counts failures that were known already, SOLVED BY whose advice the last attempt
had, and ADVICE is what advisors took.

By day, week, supervisor, or all as one, it adds up every session that ended, those without a check too. ESCALATED
is how many were, of those; WORKERS how many needed nobody (retries are their own), SUPERVISORS how many a restart,
a runbook or a policy resolved, ABOVE how many took a model's advice or a person's word. HALF IN and MOST IN say how
long it took from a failure to its resolution: half of them, and 90 %. AGAIN counts failures that had been resolved
before; LOAD is how many sessions live below a supervisor, of its span. What was aborted before anybody was asked
counts for nothing.

Below the table a terminal shows whether the tree is healthy: of all sessions 90 % resolved by workers, 8 % by
supervisors, 2 % above, as few as 20 being too few to judge; and where it is not, which figure shows it and what
helps. .scope/run/metrics.prom has the same for Prometheus, scope report as a page.

Into a pipe it prints lines with tabs: the group, then the keys of --json in their order; the last line is the
total, in which each task and session counts once.""",
    epilog="Examples: scope stats · scope stats --by week --since 30d · scope stats --by supervisor --json",
    options=[
        Option(
            "--by",
            "-b",
            metavar="WHAT",
            meaning="What is added up: job (the default), skill, level, day, week, supervisor or all.",
        ),
        Option("--since", metavar="TIME", meaning="Only what ended since: 7d, 12h, or a day such as 2026-01-02 (UTC)."),
        Option(
            "--json",
            meaning="Print an array: by, key, tasks, verified, cost_per_success, attempts, with_skill, "
            "passed_with_skill, cost_with_skill, without_skill, passed_without_skill, cost_without_skill, repeats, "
            "alone, by_skill, by_rules, by_models, by_human, escalation_cost, ended, aborted, escalated, "
            "escalation_rate, at_worker, at_supervisor, at_coordinator, at_human, untold, resolution_median_s, "
            "resolution_p90_s, failures, recurred, restarts, load, span, verdict, advice.",
        ),
    ],
)
_OF_TASKS = ("job", "skill", "level")
KINDS = (*_OF_TASKS, "day", "week", "supervisor", "all")


def run(given: Given) -> int:
    """Add up what ended and print it."""
    root = roots.require()
    by = given.text("by") or "job"
    if by not in KINDS:
        raise BadInput("--by does not know", by, hint=hint(by, KINDS))
    since = first(given.text("since"), "stats")
    from scope.cli import treefigures  # noqa: PLC0415 - dataclasses, after every refusal
    from scope.supervision.figures.loads import Spans, loads  # noqa: PLC0415

    tree, live = treefigures.read(root, since)
    spans = Spans(root)
    tree = treefigures.with_loads(tree, loads(spans, live))
    groups = {}
    found = tree.grouped(by, spans.name_of)
    if by == "supervisor":
        found = {**{name: treefigures.Group() for name in tree.loads}, **found}
        found = {name: found[name] for name in sorted(found, key=treefigures.place)}
    for key, group in found.items():
        load = tree.loads.get(key) if by == "supervisor" else None
        groups[key] = (group, tree.sums(group, load, tree.loads.values() if by == "all" else ()))
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        from scope.cli import statstable  # noqa: PLC0415

        said = [
            {**statstable.as_json(by, key, statstable.figures(group.works)), **treefigures.as_json(ends)}
            for key, (group, ends) in groups.items()
        ]
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    elif tree.is_empty and not groups:
        sys.stderr.write("nothing was verified\n" if not since else "nothing was verified since then\n")
    elif not sys.stdout.isatty():
        sys.stdout.write(treefigures.lines(groups, tree))
    else:
        _show(by, groups, tree)
    return 0


def _show(by: str, groups: dict[str, tuple[Group, Ends]], tree: Tree) -> None:
    from scope.cli import healthtable, statstable  # noqa: PLC0415 - on a terminal only

    if by not in _OF_TASKS:
        healthtable.table(by, groups, tree)
    elif groups:
        rows = [(key, statstable.figures(group.works)) for key, (group, _) in groups.items()]
        statstable.table(by, [*rows, (statstable.TOTAL, statstable.figures(tree.works))])
    if tree.ends:
        sys.stdout.write("\n" if groups else "")
        sys.stdout.flush()
        healthtable.verdict(tree.verdict(), tree.sums(tree.whole()), tree.days())
