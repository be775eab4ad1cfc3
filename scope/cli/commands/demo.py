"""`scope demo`: six repositories, what was learned from them, and what to try next."""

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
    from scope.sessions.records.index import Entry
    from scope.sessions.records.listing import Row

_NEWS_KEPT: Final = 3
_ALIGNED: Final = 42  # columns of a command; what is longer has its words behind it

COMMAND = Command(
    "demo",
    "See it learn: one job for six repositories, failing, advised, and not failing twice.",
    text="""\
This will: make a new directory (DIR, else scope-demo in the system's temporary directory); make six small git
repositories in it, without touching your git configuration; make a .scope/ in it, with a configuration and a
runbook, and record that in ~/.scope/roots; start a watcher and a private tmux server for it; and run seven sessions
that shall make tests run, and one that tries a new skill. It takes about five seconds, at most a minute.

Rules help the first of a kind and a person two at once, whose answer is given here as you would; what helped becomes
a skill, with which the next of that kind begins. It needs git and tmux, no key and no network, asks no model, and
touches no other root. All of it is left for you to explore, the watcher and the tmux server too; at the end it says
how to remove it.

Exit codes: 0 all went as planned · 1 something did not · 130 interrupted; the sessions go on.""",
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
        self._say(_begun(stage))

    def show(self, news: str) -> None:
        from scope.sessions.records.index import entries  # noqa: PLC0415
        from scope.store import journal, layout  # noqa: PLC0415

        fresh = list(journal.read(layout.events(self.root), self.offset))
        names = entries(self.root) if fresh else {}
        for self.offset, event in fresh:
            session, attempt = str(event.get("session", "")), int(event.get("attempt", 0))
            name = _name(names[session]) if session in names else ""
            why = _given(self.root, session, attempt) if event.get("to") == "running" else event.get("why", "")
            self._say(f"{session:<4} {name:<12} {event.get('to', ''):<10} {why}")
        if news:
            self._say(news)

    def _say(self, words: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self.began:5.1f}s  {words}\n")


def _given(root: str, session: str, attempt: int) -> str:
    """Say which attempt it is, and what of a skill's it begins with."""
    from scope.executors import brief  # noqa: PLC0415
    from scope.store import layout  # noqa: PLC0415

    given = brief.recorded(layout.attempt(layout.session(root, session), attempt)).skills
    return f"attempt {attempt}" + (f", with {', '.join(name for name, _ in given)}" if given else "")


def _live(stage: Stage) -> Performance:
    """Play with the table of sessions in place on the screen."""
    from rich.live import Live  # noqa: PLC0415 - on a terminal only

    from scope.cli import tables  # noqa: PLC0415
    from scope.patterns import demo  # noqa: PLC0415
    from scope.sessions.records.listing import rows  # noqa: PLC0415

    said = [_begun(stage)]
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
        table.add_row(indent + row.id, Text(_name(row.entry)), state, tries, Text(row.activity, style="dim"))
    return Group(table, Text(), *(Text(words, style="dim", no_wrap=True, overflow="ellipsis") for words in said))


def _name(entry: Entry) -> str:
    return entry.name or ("a replay" if "replay" in entry.labels else "")


def _begun(stage: Stage) -> str:
    return f"six git repositories in {stage.directory}"


def _print(stage: Stage, performance: Performance, *, is_led_elsewhere: bool) -> None:
    _learned(stage.root)
    sys.stdout.write(f"\n{_story(stage.directory, performance)}\n")
    sys.stdout.write(_next(stage, performance, is_led_elsewhere=is_led_elsewhere))
    sys.stdout.write(f"\nWhen you have seen enough:\n{_removal(stage)}")
    sys.stdout.flush()


def _learned(root: str) -> None:
    """Print how each kind of work went, and the skills that came of it with their evidence."""
    from scope.cli import statstable  # noqa: PLC0415 - at the end only
    from scope.skills import library, matching, outcomes  # noqa: PLC0415

    found = statstable.works(outcomes.read(root))
    if found:
        groups = statstable.grouped(found, "job")
        statstable.table("job", [(key, statstable.figures(works)) for key, works in groups.items()])
    sys.stdout.write("\nskills learned:\n")
    for entry in library.load(root).entries():
        if entry.place == "project":
            how = matching.stand(entry)
            did = f"{how.successes} of {how.n} passed with it, {how.status}"
            sys.stdout.write(f"  {entry.skill.name}\n     from {entry.skill.source or 'a person'}: {did}\n")
    sys.stdout.flush()


def _story(directory: str, performance: Performance) -> str:
    """Say what happened, which is only true when there was no deviation."""
    took, ids, tried = f"{performance.took_s:.0f} s", performance.sessions, " ".join(performance.replays)
    if performance.deviations:
        return f"This took {took}, and did not go as planned; it is left in {directory}\n"
    replayed = f"  {tried} had only that, in a clean work tree, and passed: it is admitted.\n" if tried else ""
    return (
        f"All went as planned, in {took}, and is left in {directory}:\n"
        f"  {ids['ledger']} failed: its tests lie elsewhere. A runbook knew, and the retry passed:\n"
        "     that became a skill.\n"
        f"{replayed}"
        f"  {ids['almanac']}, of the same layout, began with it and passed at its first attempt.\n"
        f"  {ids['herald']} failed: a library of its own was not found; mended and learned,\n"
        f"     and so {ids['sundial']} passed at once.\n"
        f"  {ids['tariff']} and {ids['voyage']} failed alike, on what no rule knows: one question for a person.\n"
        "     The answer was tried by one, then taken by the other, and is a skill too:\n"
        f"     {ids['tariff-again']} began with it.\n"
        f"     {performance.answered}\n"
    )


def _next(stage: Stage, performance: Performance, *, is_led_elsewhere: bool) -> str:
    from shlex import quote  # noqa: PLC0415

    ids = performance.sessions
    first = f".scope/sessions/{ids['ledger']}"
    led = [(f"export SCOPE_DIR={quote(stage.root)}", "yours leads to another root")] if is_led_elsewhere else []
    lines = [
        (f"cd {quote(stage.directory)}", ""),
        *led,
        ("scope tree", "who did what"),
        (f"scope explain {ids['ledger']}", "what was decided, and why"),
        (f"cat {first}/escalation.json", "what failed, what was advised"),
        (f"cat {first}/attempts/2/brief.md", "what its retry was told"),
        ("scope skill list", "what was learned; how it does"),
    ]
    lines += [(f"scope skill show {name}", "a file: edit it") for name in performance.skills[:1]]
    lines += [
        (f"cat .scope/sessions/{ids['almanac']}/attempts/1/brief.md", "what began with it"),
        ("scope inbox --all", "what a person was asked"),
        ("scope stats", "the table above"),
        ("grep -rl missing_context .scope/sessions", "the files are the interface"),
    ]
    width = max(len(command) for command, why in lines if why and len(command) <= _ALIGNED)
    said = (f"  {command:<{width}}  {f'# {why}' if why else ''}".rstrip() + "\n" for command, why in lines)
    return "Try next:\n" + "".join(said)


def _removal(stage: Stage) -> str:
    from shlex import join, quote  # noqa: PLC0415

    from scope.tmux.address import client  # noqa: PLC0415

    return (
        f"  SCOPE_DIR={quote(stage.root)} scope watch stop\n"
        f"  {join(client(stage.root))} kill-server\n"
        f"  cd / && rm -rf {quote(stage.directory)}\n"
    )


def _print_json(stage: Stage, performance: Performance) -> None:
    import json  # noqa: PLC0415

    from scope.cli.commands.ls import as_json  # noqa: PLC0415
    from scope.sessions.records.listing import rows  # noqa: PLC0415

    said = {
        "dir": stage.directory,
        "deviations": list(performance.deviations),
        "sessions": list(as_json(stage.root, rows(stage.root))),
    }
    sys.stdout.write(json.dumps(said, indent=2) + "\n")
