"""An advisor among others: at a terminal, ended, in a session of its own, and what it loads."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import signal
import threading
from typing import TYPE_CHECKING

from tests.cli.test_imports import HEAVY
from tests.driver import until
from tests.executors.test_advisor import ADVICE, BETTER, CASE, GOOD, OTHER, POOR, QUICK, advice, advise, prepare
from tests.executors.test_imports import ALLOWED, HEAVIER, of_any_python
from tests.executors.workshop import Terminal
from tests.models.provider import Turn, hang

if TYPE_CHECKING:
    from tests.driver import World
    from tests.executors.workshop import Workshop
    from tests.models.provider import Provider


def test_what_is_typed_at_the_terminal_is_heard_and_ctrl_c_ends_nothing(shop: Workshop) -> None:
    """As with any model's work."""
    prepare(shop)
    may_answer = threading.Event()
    shop.provider.script(CASE, Turn(text=GOOD.text, gate=may_answer), BETTER)
    screen = Terminal(shop, program=QUICK)
    try:
        until(lambda: shop.relay.ids)
        screen.type("\x03")
        screen.type("it is a namespace package\n")
        until(lambda: "it is a namespace package" in screen.screen)  # the terminal's echo: it has arrived
        may_answer.set()
        assert screen.wait() == 0
    finally:
        screen.close()
    assert advice(shop) == OTHER
    assert "you: it is a namespace package" in screen.screen


def test_an_advisor_that_thinks_can_be_ended(shop: Workshop) -> None:
    """TERM is not kept waiting by a model that does not answer."""
    prepare(shop)
    shop.provider.script(CASE, hang(60))
    process = shop.start(program=QUICK)
    until(lambda: shop.relay.ids)
    assert shop.activity().startswith("thinking (")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    assert not (shop.attempt() / "report.json").exists()


def test_an_attempt_that_is_over_is_not_run(shop: Workshop) -> None:
    """It was fenced off: nothing is asked, nothing is written."""
    prepare(shop)
    (shop.attempt() / "closed").touch()
    before = sorted(os.listdir(shop.attempt()))
    advise(shop, code=75)
    assert sorted(os.listdir(shop.attempt())) == before


def test_an_advisor_loads_less_than_what_acts(shop: Workshop) -> None:
    """Neither a shell nor tools, and nothing heavy."""
    prepare(shop)
    shop.provider.script(CASE, POOR, GOOD)
    program = QUICK.replace(
        "sys.exit(main(sys.argv[1]))",
        "code = main(sys.argv[1]); open('modules', 'w').write(repr(sorted(sys.modules))); sys.exit(code)",
    )
    process = shop.start(program=program)
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 0, shown
    modules = frozenset(ast.literal_eval(shop.read("modules"))) - of_any_python()
    assert not modules & (HEAVY - ALLOWED)
    assert not modules & HEAVIER
    ours = {name for name in modules if name.startswith("scope.executors.model.")}
    assert not ours & {f"scope.executors.model.{name}" for name in ("tools", "actions", "shell", "loop", "replies")}


def advisor(world: World, session: str = "1") -> None:
    """Write an advisor's session by hand, as the watcher does."""
    directory = world.session(session)
    directory.mkdir(parents=True)
    keys = "executor: advisor\nlevel: 0\nby: watcher\nadvises: e1/1\nretries: 2\nplaybook: [restart]\n"
    (directory / "task.md").write_text(f"---\n{keys}---\n{CASE}\n")


def ledger(world: World) -> list[tuple[str, str]]:
    """Whose calls were billed, and how they went."""
    lines = [json.loads(line) for line in (world.root / "ledger.jsonl").read_text().splitlines()]
    return [(line["session"], line["outcome"]) for line in lines]


def test_an_advisor_is_a_session_like_any_other(study: World, provider: Provider) -> None:
    """A real wrapper, router and litellm: its words are the session's result, its cost is in the ledger."""
    provider.script(CASE, POOR, GOOD)
    advisor(study)
    assert study.wait("1").startswith("1. Set `path` to src.\n")
    assert json.loads((study.attempt("1") / "advice.json").read_text()) == ADVICE
    assert json.loads((study.attempt("1") / "usage.json").read_text())["calls"] == 2
    assert ledger(study) == [("1", "ok")] * 2
    assert "Why: The layout has its packages in src." in study.run("logs", "1").stdout


def test_what_was_paid_for_a_lost_attempt_serves_the_next(study: World, provider: Provider) -> None:
    """Worker and wrapper are killed while the real router waits for the provider: one call, one line, one advice."""
    may_answer = threading.Event()
    provider.script(CASE, Turn(text=GOOD.text, gate=may_answer))
    advisor(study)
    waiting = study.start("wait", "1")
    until(lambda: provider.seen)
    wrapper = int((study.attempt("1") / "started").read_text().split()[0])
    of_wrapper = f"/proc/{wrapper}/task/{wrapper}/children"
    with open(of_wrapper) as stream:
        workers = [int(pid) for pid in stream.read().split()]
    for pid in (wrapper, *workers):
        with contextlib.suppress(ProcessLookupError):  # the terminal that went has ended it
            os.kill(pid, signal.SIGKILL)
    may_answer.set()
    result, _ = waiting.communicate(timeout=60)
    assert result.startswith("1. Set `path` to src.\n")
    assert json.loads((study.attempt("1", 2) / "advice.json").read_text()) == ADVICE
    assert len(provider.seen) == 1
    assert ledger(study) == [("1", "ok")]
