"""The import budget of the worker: it is started for every attempt of a model, and hundreds may run."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from tests.cli.test_imports import HEAVY, listed
from tests.executors.workshop import QUICK
from tests.models.provider import bash, call, done

if TYPE_CHECKING:
    from tests.executors.workshop import Workshop

LISTED: Final = QUICK.replace(
    "sys.exit(main(sys.argv[1]))",
    "code = main(sys.argv[1]); open('modules', 'w').write(repr(sorted(sys.modules))); sys.exit(code)",
)
# `json` needs `re`, `enum` and `functools`, and `socket` is how the router is reached.
ALLOWED: Final = frozenset(("re", "enum", "functools", "socket"))
HEAVIER: Final = frozenset(("http.client", "http", "urllib.request", "email", "ssl", "ctypes", "traceback", "decimal"))
OURS: Final = listed(
    """
    scope scope.errors scope.executors scope.executors.model scope.executors.model.__main__
    scope.executors.model.actions scope.executors.model.brief scope.executors.model.context
    scope.executors.model.ending scope.executors.model.figures scope.executors.model.loop
    scope.executors.model.observation scope.executors.model.patience scope.executors.model.process
    scope.executors.model.prompt
    scope.executors.model.queries scope.executors.model.replies scope.executors.model.reply
    scope.executors.model.shell scope.executors.model.steering scope.executors.model.tools
    scope.executors.model.trajectory scope.executors.model.transcript scope.executors.model.usability
    scope.executors.model.window scope.laws scope.laws.ids scope.laws.states scope.models scope.models.client
    scope.sessions scope.sessions.records scope.sessions.records.record scope.sessions.records.reports
    scope.sessions.records.terminal scope.sessions.records.wishes scope.store scope.store.atomic
    scope.store.attemptdir scope.store.frontmatter scope.store.journal scope.store.layout scope.store.maildir
    scope.store.rundir
    """
)


def of_any_python() -> frozenset[str]:
    """What an interpreter has loaded before it does anything."""
    program = "import sys, json; json.dump(sorted(sys.modules), sys.stdout)"
    said = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True).stdout
    return frozenset(json.loads(said)) - {"json", "re", "enum", "functools"}


def test_an_attempt_loads_what_it_needs(shop: Workshop) -> None:
    """From its start to its end, with commands, a message and a long wait: nothing heavy; ours are on the list."""
    shop.prepare()
    shop.send("hello")
    shop.provider.script("Make a file", bash("seq 5000"), call("bash", command="sleep 0.2", timeout=5), done("ok"))
    process = shop.start(program=LISTED)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    modules = frozenset(ast.literal_eval(shop.read("modules"))) - of_any_python()
    assert {name for name in modules if name.split(".")[0] == "scope"} == OURS
    assert not modules & (HEAVY - ALLOWED)
    assert not modules & HEAVIER


def test_the_budget_sees_what_is_loaded(shop: Workshop) -> None:
    """Shown failing once: a question to a person loads more."""
    shop.prepare()
    shop.provider.script("Make a file", call("ask", question="Which?"), done("ok"))
    (shop.attempt() / "answer-1.json").write_text('{"answer": "this", "by": "person"}\n')
    process = shop.start(program=LISTED)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "scope.executors.model.person" in shop.read("modules")
