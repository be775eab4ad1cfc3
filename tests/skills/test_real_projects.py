"""The runbooks that ship, against what pytest, ruff, git, pip and npm print about a project."""

from __future__ import annotations

import json
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from scope.laws.symptom import read
from tests.skills.test_real_tools import Bench, bench, needs

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["bench"]

ONE = ("test_a.py::test_a",)
PYTEST = [
    ("python-module-missing", "missing_context", "import no_such", {"missing_module": "no_such"}, ("test_a.py",)),
    ("python-syntax-error", "wrong_approach", "def test_a(:", {}, ("test_a.py",)),
    ("test-collection-error", "wrong_approach", "1 / 0", {}, ("test_a.py",)),
    ("pytest-no-tests", "missing_context", "x = 1", {}, ()),
    ("pytest-fixture-missing", "missing_context", "def test_a(no): 1", {"missing_fixture": "no"}, ONE),
    ("test-assertion-failed", "unknown", "def test_a(): assert 1 == 2", {}, ONE),
    ("test-assertion-failed", "unknown", "def test_a(): {}['x']", {}, ONE),
    (
        "network-unreachable",
        "transient",
        "def test_a(): raise ConnectionRefusedError(111, 'Connection refused')",
        {},
        ONE,
    ),
]


@pytest.mark.parametrize(("rule", "of_class", "code", "variables", "failing"), PYTEST)
def test_pytest_is_understood(
    bench: Bench, rule: str, of_class: str, code: str, variables: dict[str, str], failing: tuple[str, ...]
) -> None:
    """The cause within the test counts more than that a test failed; and the tests are named."""
    (bench.place / "test_a.py").write_text(code + "\n")
    said = bench.run("$PY -m pytest")
    bench.is_diagnosed(said, rule, of_class, **variables)
    assert read(said).failing == failing


def test_tests_that_are_deselected_or_not_there_are_no_tests(bench: Bench) -> None:
    """Exit 5 and exit 4."""
    (bench.place / "test_a.py").write_text("def test_a(): pass\n")
    bench.is_diagnosed(bench.run("$PY -m pytest -q -k other"), "pytest-no-tests", "missing_context")
    bench.is_diagnosed(bench.run("$PY -m pytest -q test_b.py"), "pytest-no-tests", "missing_context")


RUFF = [
    "echo 'import os' >a.py; $PY -m ruff check a.py",
    "echo 'import os' >a.py; $PY -m ruff check --output-format concise a.py",
    "echo 'x = y' >a.py; $PY -m ruff check a.py",
    "echo 'x=1' >a.py; $PY -m ruff format --check a.py",
    "echo 'def(' >a.py; $PY -m ruff check a.py",
]


@pytest.mark.parametrize("script", RUFF)
def test_ruff_is_understood(bench: Bench, script: str) -> None:
    """Fixable or not, in both of its formats."""
    bench.is_diagnosed(bench.run(script), "ruff-violations", "wrong_approach", ruff_fix="--fix")


TWO = """
git init -q . && git symbolic-ref HEAD refs/heads/main && echo 1 >a && git add a && git commit -qm 1 || exit 9
git checkout -q -b other && echo 2 >a && git commit -qam 2 && git checkout -q main || exit 9
"""
REMOTE = f"""{TWO}
git init -q --bare ../o && git remote add origin ../o && git push -q origin main && git clone -q -b main ../o ../c &&
(cd ../c && echo 9 >z && git add z && git commit -qm z && git push -q origin main) || exit 9
echo 8 >y && git add y && git commit -qm y || exit 9
"""

GIT = [
    ("git-merge-conflict", "wrong_approach", f"{TWO} echo 3 >a; git commit -qam 3; git merge other"),
    ("git-merge-conflict", "wrong_approach", f"{TWO} echo 3 >a; git commit -qam 3; git rebase other"),
    ("git-merge-conflict", "wrong_approach", f"{TWO} echo 3 >a; git commit -qam 3; git cherry-pick other"),
    ("git-dirty-tree", "wrong_approach", f"{TWO} echo 3 >a; git checkout other"),
    ("git-dirty-tree", "wrong_approach", f"{TWO} echo 3 >a; git merge other"),
    ("git-dirty-tree", "wrong_approach", f"{TWO} echo 3 >a; git rebase other"),
    ("git-dirty-tree", "wrong_approach", f"{TWO} git rm -q a; git commit -qm 3; echo 3 >a; git checkout other"),
    ("git-index-lock", "transient", f"{TWO} touch .git/index.lock; git commit -qam 3 --allow-empty"),
    ("git-not-a-repository", "missing_context", "git status"),
    ("git-push-rejected", "wrong_approach", f"{REMOTE} git push origin main"),
    ("git-push-rejected", "wrong_approach", f"{REMOTE} git fetch -q; git push origin main"),
    ("network-unreachable", "transient", "git ls-remote http://127.0.0.1:1/x.git"),
]


@pytest.mark.parametrize(("rule", "of_class", "script"), GIT)
def test_git_is_understood(bench: Bench, rule: str, of_class: str, script: str) -> None:
    """In real repositories."""
    bench.is_diagnosed(bench.run(script), rule, of_class)


@contextmanager
def answering(status: int, pages: dict[str, object] | None = None) -> Iterator[str]:
    """Serve these pages as JSON, and this status for any other."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = (pages or {}).get(self.path)
            self.send_response(status if page is None else 200)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.end_headers()
            self.wfile.write(json.dumps(page).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_remote_that_wants_credentials_is_understood(bench: Bench) -> None:
    """No prompt, no password, no guess."""
    with answering(401) as there:
        said = bench.run(f"git clone -q {there}/x.git")
    bench.is_diagnosed(said, "git-authentication", "missing_context")


def wheel(bench: Bench, name: str, version: str, *requirements: str) -> None:
    """Make the smallest package that pip takes."""
    inside = f"{name}-{version}.dist-info"
    lines = "".join(f"Requires-Dist: {requirement}\n" for requirement in requirements)
    with zipfile.ZipFile(bench.place / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{inside}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{lines}")
        archive.writestr(f"{inside}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{inside}/RECORD", "")


LOCAL = "$PY -m pip install --no-index --find-links . --target t"
UNMANAGED = (
    "$PY -c 'import sys, sysconfig, runpy; sys.base_prefix = sys.prefix; real = sysconfig.get_path; "
    'sysconfig.get_path = lambda name, *rest: "." if name == "stdlib" else real(name, *rest); '
    'sys.argv = ["pip", "install", "aa"]; runpy.run_module("pip", run_name="__main__")\''
)


def test_pip_is_understood(bench: Bench) -> None:
    """With packages of our own, and an index that is a closed port."""
    for name, version, *requirements in (("bb", "1"), ("bb", "2"), ("aa", "1", "bb==1"), ("cc", "1", "bb==2")):
        wheel(bench, name, version, *requirements)
    said = bench.run(f"{LOCAL} bb==9")
    bench.is_diagnosed(said, "pip-no-matching", "missing_context", missing_requirement="bb==9")
    bench.is_diagnosed(bench.run(f"{LOCAL} aa cc"), "pip-resolution-impossible", "wrong_approach")
    (bench.place / "r.txt").write_text(f"bb==1 --hash=sha256:{'0' * 64}\n")
    bench.is_diagnosed(bench.run(f"{LOCAL} -r r.txt"), "pip-hash-mismatch", "policy")
    said = bench.run("$PY -m pip install --index-url http://127.0.0.1:1/ --retries 1 --target t no-such")
    bench.is_diagnosed(said, "network-unreachable", "transient")
    assert bench.diagnosis(bench.run(f"{LOCAL} aa", fails=False)) is None


def test_a_python_that_belongs_to_the_system_is_understood(bench: Bench) -> None:
    """Pip's own words, for a Python that is marked as Debian marks its own."""
    (bench.place / "EXTERNALLY-MANAGED").write_text("[externally-managed]\nError=Use apt.\n")
    bench.is_diagnosed(bench.run(UNMANAGED), "pip-externally-managed", "wrong_approach", python=".venv/bin/python")


NPM = [
    ("npm-no-package", {}, "npm install", {}),
    ("npm-missing-script", {"scripts": {"a": "true"}}, "npm run lint:x", {"missing_script": "lint:x"}),
    ("npm-engine", {"engines": {"node": ">=99"}}, "npm install --engine-strict", {}),
    ("command-not-found", {"scripts": {"a": "no-such-tool x"}}, "npm run a", {"missing_command": "no-such-tool"}),
    ("npm-package-not-found", {"dependencies": {"zz": "1"}}, "npm install", {}),
    ("npm-package-not-found", {"dependencies": {"bb": "9"}}, "npm install", {}),
    ("npm-dependency-conflict", {"dependencies": {"aa": "1.0.0", "bb": "2.0.0"}}, "npm install", {}),
    (
        "network-unreachable",
        {"dependencies": {"aa": "1"}},
        "npm install --registry http://127.0.0.1:1/ --fetch-retries 0",
        {},
    ),
]


def packument(name: str, *versions: str, **more: object) -> dict[str, object]:
    """Return what a registry says about a package."""
    dist = {"tarball": "http://127.0.0.1:1/", "shasum": "0" * 40}
    each = {version: {"name": name, "version": version, "dist": dist, **more} for version in versions}
    return {"name": name, "dist-tags": {"latest": versions[-1]}, "versions": each}


PAGES = {
    "/aa": packument("aa", "1.0.0", peerDependencies={"bb": "^1.0.0"}),
    "/bb": packument("bb", "1.0.0", "2.0.0"),
}


@pytest.mark.parametrize(("rule", "package", "script", "variables"), NPM)
def test_npm_is_understood(
    bench: Bench, rule: str, package: dict[str, object], script: str, variables: dict[str, str]
) -> None:
    """With a registry of our own."""
    needs("npm")
    if package:
        (bench.place / "package.json").write_text(json.dumps({"name": "p", "version": "1.0.0", **package}))
    with answering(404, PAGES) as there:
        bench.environment["npm_config_registry"] = f"{there}/"
        said = bench.run(script)
    of_class = {"npm-dependency-conflict": "wrong_approach", "network-unreachable": "transient"}
    bench.is_diagnosed(said, rule, of_class.get(rule, "missing_context"), **variables)


def test_a_warning_of_npm_is_no_failure(bench: Bench) -> None:
    """An engine that does not fit is only talked about, where nobody is strict."""
    needs("npm")
    (bench.place / "package.json").write_text('{"name": "p", "version": "1.0.0", "engines": {"node": ">=99"}}')
    assert bench.diagnosis(bench.run("npm install", fails=False)) is None
