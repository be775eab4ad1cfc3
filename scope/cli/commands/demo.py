"""`scope demo`: a small repository, a tree of real sessions in it, and what to try next."""

from __future__ import annotations

import os
import sys
import time

from scope.cli.grammar import Argument, Command, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from rich.console import Group

    from scope.cli.grammar import Given
    from scope.patterns.demo import Performance, Stage
    from scope.sessions.listing import Row

_NEWS_KEPT: Final = 3

COMMAND = Command(
    "demo",
    "See it work: real sessions in a small repository, one failing, one killed and retried.",
    text="""\
This will: make a new directory (DIR, else scope-demo in the system's temporary directory); make a git
repository of a few commits in it, without touching your git configuration; make a .scope/ in it and record
that in ~/.scope/roots; start a watcher and a private tmux server for it; run eight sessions, three of them
children that one of them spawns; and kill -9 the processes of one of them. It takes about ten seconds.

It needs git and tmux, no key and no network, and touches no other root. All of it is left for you to
explore, the watcher and the tmux server too; at the end it says how to remove it.

Exit codes: 0 all went as planned, the planned failure too · 1 something did not · 130 interrupted; the
sessions go on.""",
    epilog="Examples: scope demo · scope demo ~/try-scope · scope demo --json",
    arguments=[Argument("dir", required=False, meaning="Where; it must be new or empty.")],
    options=[
        Option("--json", meaning="Print an object: dir, deviations (empty: as planned), sessions (as scope ls --json).")
    ],
)


def run(given: Given) -> int:
    """Play the demonstration and tell how it went."""
    from scope.patterns import demo  # noqa: PLC0415 - help needs none of it

    # Their shell's SCOPE_DIR, if it has one, would lead the commands to try elsewhere.
    is_led_elsewhere = bool(os.environ.get("SCOPE_DIR"))
    stage = demo.prepare(given.text("dir"))
    is_json = given.flag("json")
    is_live = not is_json and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    try:
        performance = _live(stage) if is_live else demo.play(stage, _Lines(stage).show)
    except KeyboardInterrupt:
        sys.stderr.write(f"\nit lies in {stage.directory}; to remove it:\n{_removal(stage)}")
        raise
    if is_json:
        _print_json(stage, performance)
    else:
        _print(stage, performance, is_led_elsewhere=is_led_elsewhere)
    for deviation in performance.deviations:
        sys.stderr.write(f"not as planned: {deviation}\n")
    return 1 if performance.deviations else 0


class _Lines:
    """A line on standard error for each change of state."""

    def __init__(self, stage: Stage) -> None:
        self.root = stage.root
        self.began = time.monotonic()
        self.offset = 0
        self._say(f"a git repository of {stage.commits} commits in {stage.directory}")

    def show(self, news: str) -> None:
        from scope.sessions.index import entries  # noqa: PLC0415
        from scope.store import journal, layout  # noqa: PLC0415

        fresh = list(journal.read(layout.events(self.root), self.offset))
        names = entries(self.root) if fresh else {}
        for self.offset, event in fresh:
            session, attempt = str(event.get("session", "")), event.get("attempt", 0)
            name = names[session].name if session in names else ""
            why = f"attempt {attempt}" if event.get("to") == "running" else event.get("why", "")
            self._say(f"{session:<4} {name:<9} {event.get('to', ''):<10} {why}")
        if news:
            self._say(news)

    def _say(self, words: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self.began:5.1f}s  {words}\n")


def _live(stage: Stage) -> Performance:
    """Play with the table of sessions in place on the screen."""
    from rich.live import Live  # noqa: PLC0415 - on a terminal only

    from scope.cli import tables  # noqa: PLC0415
    from scope.patterns import demo  # noqa: PLC0415
    from scope.sessions.listing import rows  # noqa: PLC0415

    said = [f"a git repository of {stage.commits} commits in {stage.directory}"]
    with Live(console=tables.console(), auto_refresh=False, transient=True) as live:

        def show(news: str) -> None:
            said.extend([news] if news else [])
            live.update(_screen(rows(stage.root), said[-_NEWS_KEPT:]), refresh=True)

        return demo.play(stage, show)


def _screen(rows: list[Row], said: list[str]) -> Group:
    from rich.console import Group  # noqa: PLC0415 - on a terminal only
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from scope.cli.tables import COLOURS  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    for name in ("ID", "NAME", "STATE", "TRY"):
        table.add_column(name, no_wrap=True)
    table.add_column("ACTIVITY", no_wrap=True, overflow="ellipsis", ratio=1)
    for row in rows:
        indent = "  " * row.id.count(".")
        tries = str(row.attempts or "")
        state = Text(row.state, style=COLOURS[row.state])
        table.add_row(indent + row.id, Text(row.entry.name), state, tries, Text(row.activity, style="dim"))
    return Group(table, Text(), *(Text(words, style="dim", no_wrap=True, overflow="ellipsis") for words in said))


def _print(stage: Stage, performance: Performance, *, is_led_elsewhere: bool) -> None:
    from scope.cli import tables  # noqa: PLC0415
    from scope.sessions.listing import rows  # noqa: PLC0415

    tables.tree(rows(stage.root))
    sys.stdout.write(f"\n{_story(stage.directory, performance)}\n")
    sys.stdout.write(_next(stage, performance, is_led_elsewhere=is_led_elsewhere))
    sys.stdout.write(f"\nWhen you have seen enough:\n{_removal(stage)}")
    sys.stdout.flush()


def _story(directory: str, performance: Performance) -> str:
    """Say what happened, which is only true when there was no deviation."""
    took = f"{performance.took_s:.0f} s"
    if performance.deviations:
        return f"This took {took}, and did not go as planned; it is left in {directory}\n"
    ids = performance.sessions
    return (
        f"All went as planned, in {took}, and is left in {directory}:\n"
        f"  {ids['tests']} waited for {ids['lint']}, then from its own pane spawned {' '.join(performance.children)}, "
        "which ran at once.\n"
        f"  {ids['package']} waited for {ids['tests']}; its check passed, so its result counts as verified.\n"
        f"  {ids['invoices']} failed its check, as planned: it ended with exit 0, but there is a bug.\n"
        f"  {ids['replay']} was killed with -9, seen as lost and retried; it took 2 attempts.\n"
    )


def _next(stage: Stage, performance: Performance, *, is_led_elsewhere: bool) -> str:
    from shlex import quote  # noqa: PLC0415

    from scope.patterns.sample import BRANCH  # noqa: PLC0415

    ids = performance.sessions
    lines = [(f"cd {quote(stage.directory)}", "")]
    if is_led_elsewhere:
        lines.append((f"export SCOPE_DIR={quote(stage.root)}", "yours leads to another root"))
    lines += [
        ("scope tree", "who did what"),
        (f"scope logs {ids['invoices']}", "why its check failed"),
        (f"scope explain {ids['replay']}", "how the kill was seen and answered"),
        (f"cat .scope/sessions/{ids['replay']}/decisions.jsonl", "the same, as the file says it"),
        ("grep -l failed .scope/sessions/*/state", "the files are the interface"),
        (f"git merge {BRANCH}", "mend the bug"),
        (f"scope retry {ids['invoices']}", "and try again"),
        (f"scope wait {ids['invoices']}", ""),
    ]
    said = (f"  {command:<39}{f'# {why}' if why else ''}".rstrip() + "\n" for command, why in lines)
    return "Try next:\n" + "".join(said)


def _removal(stage: Stage) -> str:
    from shlex import quote  # noqa: PLC0415

    from scope.tmux.server import default_socket, recorded, server_name  # noqa: PLC0415

    known = recorded(stage.root)
    name = server_name(stage.root)
    where = f"-L {name}" if known is None or known.socket == default_socket(name) else f"-S {quote(known.socket)}"
    return (
        f"  SCOPE_DIR={quote(stage.root)} scope watch stop\n"
        f"  tmux {where} kill-server\n"
        f"  cd / && rm -r {quote(stage.directory)}\n"
    )


def _print_json(stage: Stage, performance: Performance) -> None:
    import json  # noqa: PLC0415

    from scope.cli.commands.ls import as_json  # noqa: PLC0415
    from scope.sessions.listing import rows  # noqa: PLC0415

    said = {
        "dir": stage.directory,
        "deviations": list(performance.deviations),
        "sessions": [as_json(stage.root, row) for row in rows(stage.root)],
    }
    sys.stdout.write(json.dumps(said, indent=2) + "\n")
