"""Every error that a person can meet: its exit code and its words, as they were agreed to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from scope.cli import catalogue
from tests.cli import golden

if TYPE_CHECKING:
    from tests.driver import World

Words = tuple[str, ...]

_UNKNOWN: tuple[Words, ...] = (("--bad",), ("9",), ("nobody",), ("web-test",))
_MANY: tuple[Words, ...] = ((), ("no*",), ("-l", "team=sea"), ("-l", "team"), ("-l",), ("--json=yes", "1"), *_UNKNOWN)
_ONE: tuple[Words, ...] = ((), ("*",), *_UNKNOWN)
_TRUE: Words = ("--", "true")

ERRORS: dict[str, tuple[Words, ...]] = {
    "init": (("here",), ("--bad",)),
    "doctor": (("here",), ("--bad",), ("--json=yes",)),
    "demo": (("a", "b"), ("--bad",), (".",)),
    "stats": (("--by", "moon"), ("--since", "yesterday"), ("--bad",)),
    "report": (
        (),
        ("here",),
        ("--html",),
        ("--html", "."),
        ("--html", "nowhere/page.html"),
        ("--html", "/dev/null", "--force"),
        ("--html", "-", "--json"),
        ("--html", "page.html", "--by", "moon"),
        ("--html", "page.html", "--since", "yesterday"),
    ),
    "spawn": (
        (),
        ("--",),
        ("--", ""),
        ("words alone",),
        ("words alone", "--level", "2"),
        ("words alone", "--budget", "usd=soon"),
        ("words", "--executor", "model", *_TRUE),
        ("two", "words", *_TRUE),
        ("--bad", *_TRUE),
        ("--nam", "x", *_TRUE),
        ("--name",),
        ("--name", "Bad Name", *_TRUE),
        ("--name", "7", *_TRUE),
        ("--name", "web-tests", *_TRUE),
        ("--label", "team", *_TRUE),
        ("--label", "k=a,b", *_TRUE),
        ("--var", "k", *_TRUE),
        ("--env", "1=2", *_TRUE),
        ("--env", "NOT_SET_HERE", *_TRUE),
        ("--cwd", "/nowhere", *_TRUE),
        ("--template", "a"),
        ("--template", "a=nowhere.j2"),
        ("--template", "../a=task.md"),
        ("--template", "a=task.md", *_TRUE),
        ("words", "--executor", "template"),
        ("--base", "v1", *_TRUE),
        ("--skill", "nobody", *_TRUE),
        ("--retries", "x", *_TRUE),
        ("--retries", "-1", *_TRUE),
        ("--priority", "high", *_TRUE),
        ("--timeout", "soon", *_TRUE),
        ("--idle-timeout", "soon", *_TRUE),
        ("--after", "9", *_TRUE),
        ("--after", "nobody", *_TRUE),
        ("--parent", "9", *_TRUE),
        ("--executor", "magic", *_TRUE),
        ("--playbook", "restart,vry", *_TRUE),
        ("--playbook", "restart,restart", *_TRUE),
        ("--variation", "env", *_TRUE),
        ("--variation", "args:'", *_TRUE),
        ("--assignable", "nobody", *_TRUE),
        ("--supervisor", "nobody", *_TRUE),
        ("--expected", "soon", *_TRUE),
        ("--budget", "soon", *_TRUE),
        ("--budget", "seconds=soon", *_TRUE),
        ("--budget", "colour=1", *_TRUE),
        ("--level", "high", *_TRUE),
        ("--level", "0", *_TRUE),
        ("--level", "0", "--role", "advisor", *_TRUE),
        ("--role", "advisor", *_TRUE),
        ("--agent", "nobody", *_TRUE),
        ("@missing.md",),
        ("@open.md",),
        ("@wrong.md",),
        ("@key.md",),
        ("@task.md", "--var", "other=1"),
        ("--", "echo", "{{ nobody }}"),
        ("--", "echo", "caf\udce9"),
    ),
    "wait": (
        *_MANY,
        ("--any", "--all", "1"),
        ("--any", "-n", "1", "1"),
        ("-n", "0", "1"),
        ("-n", "2", "1"),
        ("-n", "x", "1"),
        ("--timeout", "soon", "1"),
        ("--timeout",),
        ("--until", "later", "1"),
        ("--propagate", "1", "2"),
        ("--timeout", "10ms", "2"),
        ("1", "2.2", "2.2.1"),
        ("3",),
        ("6",),
    ),
    "poll": _MANY,
    "ls": (("--state", "lost"), ("--state",), *_MANY[1:]),
    "tree": _MANY[1:],
    "top": ((), ("--state", "lost"), ("--state",), ("--bad",)),
    "logs": (
        *_ONE,
        ("1", "2"),
        ("-n", "x", "1"),
        ("-n", "-3", "1"),
        ("-n", "1"),
        ("--attempt", "x", "1"),
        ("--attempt", "9", "1"),
        ("2.10",),
    ),
    "attach": (*_ONE, ("3",), ("2",), ("2.10",)),
    "send": (
        (),
        ("2",),
        ("*", "text"),
        ("9", "text"),
        ("2", ""),
        ("1", "text"),
        ("2.2.1", "text"),
        ("--bad", "2", "t"),
    ),
    "redirect": (*_ONE, ("2",), ("2", "words alone"), ("2", "--"), ("2", "--", ""), ("2", "--bad", *_TRUE)),
    "abort": (*(words for words in _MANY if "--json=yes" not in words), ("1",)),
    "retry": (*(words for words in _MANY if "--json=yes" not in words), ("1",), ("2",), ("2.10",)),
    "event": (
        (),
        ("Bad Name",),
        ("ci", "run"),
        ("--bad", "ci"),
        ("ci", "--data"),
        ("ci", "--data", "{ok: true}"),
        ("ci", "--data", "true"),
        ("ci", "--data", '{"value": NaN}'),
        ("ci", "--session", "9"),
        ("ci", "--session", "nobody"),
        ("ci", "-l", "team=sea"),
        ("ci", "--session", "1", "--data", '{"session": "2"}'),
        ("ci", "--json=yes"),
    ),
    "land": (*_ONE, ("1",), ("2",), ("2.10",), ("--json=yes", "1")),
    "refine": (
        ("--bad",),
        (),
        ("9",),
        ("nobody",),
        ("-l", "team"),
        ("--timeout", "soon"),
        ("--target",),
    ),
    "up": (("now",), ("--bad",), (), ("--dry-run", "--json=yes")),
    "agent": (
        ("lst",),
        ("list", "ann"),
        ("show",),
        ("show", "wrker"),
        ("new",),
        ("new", "human"),
        ("new", "Ann"),
        ("new", "ann", "--from", "nobody"),
        ("new", "ann", "--supervisor", "nobody"),
        ("new", "ann", "--supervisor", "ann"),
        ("list", "--from", "worker"),
        ("--bad",),
    ),
    "events": (("1",), ("--since", "x"), ("--since", "-1"), ("--since",), ("--bad",)),
    "explain": _ONE,
    "show": _ONE,
    "gc": (("1",), ("--older", "soon"), ("--older",), ("--keep", "few"), ("--bad",), ("--json=yes",)),
    "rm": (*_MANY, ("2",), ("2.10",), ("2.2",), ("3",)),
    "pause": (("now",), ("--reason",), ("--bad",)),
    "resume": (("now",), ("--bad",)),
    "rename": ((), ("1",), ("9", "other"), ("1", "7"), ("1", "Bad Name"), ("1", "web-tests"), ("1", "a", "b")),
    "fail": (("--class", "lost"), ("--class",), ("--bad",)),
    "progress": (("words",), (), ("--bad",)),
    "ask": (("Go?",), (), ("--bad",)),
    "inbox": (
        ("1",),
        ("show",),
        ("show", "e1"),
        ("show", "1", "2"),
        ("list", "e1"),
        ("--state", "lost"),
        ("--test-notification", "1"),
        ("--all", "1"),
        ("--bad",),
        ("--json=yes",),
    ),
    "ack": ((), ("e1",), ("1",), ("nobody",), ("--bad", "e1")),
    "forward": ((), ("e1",), ("e1", "human"), ("1", "human"), ("--bad", "e1", "human")),
    "silence": (
        ("team=web", "--for", "2h"),
        ("job_tpye=x", "--for", "2h"),
        ("job_type", "--for", "2h"),
        ("job_type=~(", "--for", "2h"),
        ("job_type=x",),
        ("job_type=x", "--for", "soon"),
        ("job_type=x", "--for", "2h", "--expire", "s1"),
        ("--for", "2h"),
        ("--expire", "s1"),
        ("--bad",),
    ),
    "policy": (
        ("lst",),
        ("list", "x"),
        ("show",),
        ("show", "nobody"),
        ("new", "Bad Name", "--match", "class=lost", "--then", "fail"),
        ("new", "x"),
        ("new", "x", "--match", "class"),
        ("new", "x", "--match", "clas=lost", "--then", "fail"),
        ("new", "x", "--match", "class=lost", "--then", "ignore"),
        ("new", "x", "--match", "class=lost", "--then", "fail", "--advice", "words"),
        ("new", "x", "--match", "class=lost", "--then", "fail", "--until", "yesterday"),
        ("withdraw", "nobody"),
        ("withdraw", "x", "--then", "fail"),
        ("show", "x", "--all"),
        ("--bad",),
    ),
    "answer": ((), ("e1",), ("e1", "yes"), ("1", "yes"), ("9", "yes"), ("nobody", "yes"), ("e1", "yes", "--var", "x")),
    "cost": (("--by", "colour"), ("--by",), ("--since", "soon"), ("9",), ("nobody",), ("-l", "team=sea"), ("--bad",)),
    "budget": (*_ONE, ("2", "usd"), ("2", "usd=soon"), ("2", "colour=1"), ("2", "calls=-1"), ("--json=yes", "2")),
    "router": (("up",), ("status", "now"), ("--bad",), ()),
    "path": (
        ("lg",),
        ("xyzzy",),
        ("config", "1"),
        ("session",),
        ("session", "9"),
        ("session", "1", "1"),
        ("attempt", "1", "x"),
        ("attempt", "1", "9"),
        ("attempt", "2.10"),
        ("ledger",),
        ("--bad",),
    ),
    "recover": (("now",), ("--bad",), ("--json=yes",)),
    "help": (("spwan",), ("confg",), ("xyzzy",), ("wait", "poll"), ("--bad",)),
    "completion": ((), ("csh",), ("bash", "zsh"), ("--bad",)),
    "complete": ((), ("moons",), ("live", "a", "b"), ("--bad",)),
    "skill": (("lst",), ("show",), ("show", "nobody"), ("match",), ("trust",), ("lint", "nobody"), ("--bad",)),
    "watch": (("up",), ("status", "now"), ("--bad",), ("--once",), ("--foreground",)),
}
ALONE: tuple[Words, ...] = (("spwan",), ("--bad",), ("help", "spwan"), ("xyzzy",), ("",))


def transcript(world: World, *calls: Words, env: dict[str, str] | None = None) -> str:
    """Call `scope` with each, and say what it answered."""
    return "".join(golden.transcript(words, world.run(*words, env=env), world) for words in calls)


def write_wrong_tasks(world: World) -> None:
    """Task files as people get them wrong."""
    (world.project / "open.md").write_text("---\nname: half\n")
    (world.project / "wrong.md").write_text("---\nname: a\n  retries: 2\n---\nWords.\n")
    (world.project / "key.md").write_text("---\ncommand: [make]\nretrys: 2\n---\nWords.\n")
    (world.project / "task.md").write_text("---\ncommand: [echo, '{{ who }}']\nvars: {who: me}\n---\n")


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_the_errors_of_a_command_are_as_they_were_agreed_to(name: str, states: World) -> None:
    """Usage errors, and names of nothing: no command is without."""
    write_wrong_tasks(states)
    states.env["SCOPE_LOCAL_PORTS"] = ""  # whatever may listen on the machine that this runs on
    said = transcript(states, *((name, *words) for words in ERRORS[name]))
    golden.agrees(f"errors {name}", said)
    assert "\x1b" not in said


def test_a_word_that_is_no_command_is_refused_with_the_one_that_was_meant(world: World) -> None:
    """And makes nothing."""
    golden.agrees("errors", transcript(world, *ALONE))
    assert list(world.project.iterdir()) == []


def test_without_a_root_commands_say_how_to_make_one(world: World) -> None:
    """Exit code 4, for all that need one."""
    calls = [("poll", "1"), ("wait", "1"), ("ls",), ("tree",), ("logs", "1"), ("attach", "1"), ("send", "1", "x")]
    calls += [("redirect", "1", *_TRUE), ("abort", "1"), ("retry", "1"), ("events",), ("explain", "1"), ("watch",)]
    calls += [("cost",), ("budget", "1"), ("router",), ("router", "status"), ("event", "ci")]
    led_astray = transcript(world, ("ls",), env={"SCOPE_DIR": "/nowhere"})
    golden.agrees("errors without a root", transcript(world, *calls) + led_astray)


def test_a_root_that_nobody_trusts_is_read_and_runs_nothing(states: World) -> None:
    """Exit code 5 for what lets something run; what only reads goes on."""
    (states.home / ".scope" / "roots").unlink()
    calls = [("spawn", *_TRUE), ("wait", "2"), ("send", "2", "x"), ("redirect", "2", *_TRUE), ("retry", "2.2")]
    calls += [
        ("attach", "2"),
        ("watch",),
        ("poll", "2"),
        ("ls", "1"),
        ("abort", "2"),
        ("budget", "2", "usd=1"),
        ("router",),
    ]
    golden.agrees("errors in an untrusted root", transcript(states, *calls))


def test_inside_a_session_only_what_is_below_it_is_reached(states: World) -> None:
    """Authority flows down: not to itself, not up, not sideways."""
    calls = [("abort", "2"), ("abort", "1"), ("send", "3", "x"), ("retry", "1"), ("redirect", "2", *_TRUE)]
    calls += [("budget", "2", "usd=1"), ("budget", "3", "usd=1")]
    golden.agrees("errors inside a session", transcript(states, *calls, env={"SCOPE_SESSION": "2"}))
    states.run("abort", "2.10", code=0, env={"SCOPE_SESSION": "2"})


def test_a_root_of_a_newer_scope_is_left_alone(states: World) -> None:
    """Not even read."""
    (states.root / "FORMAT").write_text("2\n")
    golden.agrees("errors in a newer root", transcript(states, ("spawn", *_TRUE), ("ls",), ("init",)))


def test_without_tmux_nothing_is_spawned(world: World) -> None:
    """It is said before anything is written."""
    world.env["PATH"] = str(world.base)
    golden.agrees("errors without tmux", transcript(world, ("spawn", *_TRUE), ("watch",), ("init",), ("watch",)))
    assert list((world.root / "sessions").iterdir()) == []


def test_a_file_that_cannot_be_read_is_no_traceback(world: World) -> None:
    """A directory where a file should be."""
    world.run("init", code=0)
    place = world.session("1")
    (place / "state").mkdir(parents=True)
    (place / "task.md").write_text("---\ncommand: [make]\n---\n")
    (world.root / "events.jsonl").mkdir()
    calls = [("poll", "1"), ("ls",), ("events",), ("spawn", "@/proc/self/mem")]
    golden.agrees("errors of files", transcript(world, *calls))


def test_the_exit_code_of_a_wrong_word_is_the_same_everywhere() -> None:
    """In the transcripts: 2 for what is wrong, 4 for what is not there; each with one error and a hint."""
    said = "".join(path.read_text(encoding="utf-8") for path in sorted(golden.PLACE.glob("errors*.txt")))
    for call in said.split("$ scope")[1:]:
        code = re.search(r"\[exit (\d+)\]", call)
        assert code is not None
        assert ("stderr: error: " in call) == (code[1] in ("2", "4", "5", "124")), call
        assert call.count("stderr: error: ") <= 1, call
        assert call.count("stderr: hint: ") >= call.count("stderr: error: "), call


def test_errors_are_found_before_the_root_is_made(world: World) -> None:
    """A wrong spawn leaves no .scope behind."""
    for words in (("--name", "Bad Name", *_TRUE), ("--bad", *_TRUE), ("--cwd", "/nowhere", *_TRUE), ()):
        world.run("spawn", *words, code=2)
    assert list(world.project.iterdir()) == []
