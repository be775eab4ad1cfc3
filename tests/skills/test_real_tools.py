"""The runbooks that ship, against what the tools themselves print."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from scope.laws.runbook import diagnose
from scope.laws.symptom import read
from scope.skills.runbooks import load

if TYPE_CHECKING:
    from pathlib import Path

    from scope.laws.runbook import Diagnosis


class Bench:
    """A directory and an environment of one's own, in which tools are run and their words are diagnosed."""

    def __init__(self, place: Path) -> None:
        self.place = place / "work"
        self.home = place / "home"
        self.place.mkdir()
        self.home.mkdir()
        self.rules = load(str(place / "no-root")).rules
        nothing = dict.fromkeys(("GIT_CONFIG_GLOBAL", "PIP_CONFIG_FILE", "npm_config_userconfig"), "/dev/null")
        people = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        self.environment = nothing | people | {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PY": sys.executable,
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "-p no:cacheprovider",
            "RUFF_NO_CACHE": "true",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CEILING_DIRECTORIES": str(place),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "npm_config_update_notifier": "false",
            "npm_config_audit": "false",
            "npm_config_fund": "false",
        }  # fmt: skip

    def run(self, script: str, *, by: str = "sh", fails: bool = True) -> str:
        """Run a script and return all that it printed; it must end as said."""
        done = subprocess.run(
            [by, "-c", script],
            cwd=self.place,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=60,
        )
        said = done.stdout.decode("utf-8", "replace")
        assert (done.returncode != 0) == fails, said
        return said

    def diagnosis(self, said: str, of_class: str = "unknown") -> Diagnosis | None:
        """Return what the built-in runbooks say about it."""
        return diagnose(self.rules, read(said), of_class, "")

    def is_diagnosed(self, said: str, rule: str, of_class: str, **variables: str) -> None:
        """Fail unless that rule speaks, with this class and these variables."""
        found = self.diagnosis(said)
        assert found is not None, said
        assert (found.rule.name, found.rule.diagnosis, dict(found.variables)) == (rule, of_class, variables), said


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Give a bench whose home holds no runbooks."""
    monkeypatch.setenv("SCOPE_HOME", str(tmp_path / "scope-home"))
    return Bench(tmp_path)


def needs(tool: str) -> None:
    """Skip where the tool is not installed."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")


SOCKET = 'import socket as s; a = s.create_server(("127.0.0.1", 0)); '

PYTHON = [
    ("python-module-missing", "missing_context", "import no_such.thing", {"missing_module": "no_such"}),
    ("python-syntax-error", "wrong_approach", "def f(:", {}),
    ("python-syntax-error", "wrong_approach", "if 1:\nx", {}),
    ("out-of-memory", "resource", "bytearray(1 << 60)", {"jobs": "1"}),
    ("disk-full", "resource", 'with open("/dev/full", "w") as stream: stream.write("x")', {}),
    ("permission-denied", "policy", 'open("x", "w"); import subprocess; subprocess.run(["./x"])', {}),
    ("address-in-use", "resource", f"{SOCKET} s.create_server(a.getsockname())", {"port": "0"}),
    ("network-unreachable", "transient", 'import socket; socket.create_connection(("127.0.0.1", 1))', {}),
    ("network-unreachable", "transient", f"{SOCKET} s.create_connection(a.getsockname(), 0.1).recv(1)", {}),
    ("network-unreachable", "transient", 'import socket; socket.getaddrinfo("nowhere.invalid", 80)', {}),
]

SHELL = [
    ("python-module-missing", "missing_context", "$PY -m no_such_thing", {"missing_module": "no_such_thing"}),
    ("command-not-found", "missing_context", "no-such-command a b", {"missing_command": "no-such-command"}),
    ("command-not-found", "missing_context", "exec no-such-command a b", {"missing_command": "no-such-command"}),
    ("command-not-found", "missing_context", "./no-such-script", {"missing_command": "./no-such-script"}),
    ("command-not-found", "missing_context", "env no-such-command", {"missing_command": "no-such-command"}),
    ("permission-denied", "policy", "touch x; ./x", {}),
    ("disk-full", "resource", "dd if=/dev/zero of=/dev/full count=1", {}),
    ("disk-full", "resource", "cp /etc/passwd /dev/full", {}),
    ("out-of-memory", "resource", "sh -c 'kill -9 $$'; exit 137", {"jobs": "1"}),
]


@pytest.mark.parametrize(("rule", "of_class", "code", "variables"), PYTHON)
def test_python_is_understood(bench: Bench, rule: str, of_class: str, code: str, variables: dict[str, str]) -> None:
    """Its last line says what it died of."""
    (bench.place / "a.py").write_text(code + "\n")
    bench.is_diagnosed(bench.run("$PY a.py"), rule, of_class, **variables)


@pytest.mark.parametrize(("rule", "of_class", "script", "variables"), SHELL)
def test_shells_are_understood(bench: Bench, rule: str, of_class: str, script: str, variables: dict[str, str]) -> None:
    """Both sh and bash, which word it differently."""
    bench.is_diagnosed(bench.run(script), rule, of_class, **variables)
    if shutil.which("bash") and script[0] != ".":
        bench.is_diagnosed(bench.run(script, by="bash"), rule, of_class, **variables)


def test_a_disk_that_is_really_full_is_understood(bench: Bench) -> None:
    """As the kernel says it through a program, not through /dev/full."""
    disk = bench.place / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small file system")
    try:
        said = bench.run("head -c 200000 /dev/zero >disk/a && tar cf disk/b /etc/passwd")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
    bench.is_diagnosed(said, "disk-full", "resource")


def test_a_certificate_that_nobody_vouches_for_is_understood(bench: Bench) -> None:
    """A real handshake with a certificate that signs itself."""
    needs("openssl")
    bench.run("openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -days 1 -subj /CN=localhost", fails=False)
    (bench.place / "a.py").write_text(
        "import socket, ssl, threading\n"
        "there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
        "there.load_cert_chain('c', 'k')\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "def answer():\n"
        "    try:\n"
        "        there.wrap_socket(server.accept()[0], server_side=True)\n"
        "    except OSError:\n"
        "        pass\n"
        "threading.Thread(target=answer, daemon=True).start()\n"
        "here = ssl.create_default_context()\n"
        "here.wrap_socket(socket.create_connection(server.getsockname()), server_hostname='localhost')\n"
    )
    bench.is_diagnosed(bench.run("$PY a.py"), "certificate-not-trusted", "missing_context")


MAKE = [
    ("make-no-rule", "printf 'all: b.c\\n\\ttrue\\n' >Makefile; make", {"missing_target": "b.c"}),
    ("make-no-rule", "printf 'all:\\n\\ttrue\\n' >Makefile; make other", {"missing_target": "other"}),
    ("make-no-rule", "make", {}),
    ("make-missing-separator", "printf 'all:\\n    true\\n' >Makefile; make", {}),
    ("command-not-found", "printf 'all:\\n\\tno-such a\\n' >Makefile; make", {"missing_command": "no-such"}),
    ("command-not-found", "printf 'all:\\n\\tno-such a && true\\n' >Makefile; make", {"missing_command": "no-such"}),
]


@pytest.mark.parametrize(("rule", "script", "variables"), MAKE)
def test_make_is_understood(bench: Bench, rule: str, script: str, variables: dict[str, str]) -> None:
    """A recipe's own error counts more than that make stopped for it."""
    needs("make")
    of_class = "wrong_approach" if rule == "make-missing-separator" else "missing_context"
    bench.is_diagnosed(bench.run(script), rule, of_class, **variables)


def test_make_names_the_target_that_failed(bench: Bench) -> None:
    """Also where no runbook knows why."""
    needs("make")
    said = bench.run("printf 'all: one\\none:\\n\\tfalse\\n' >Makefile; make")
    assert read(said).failing == ("one",)
    assert bench.diagnosis(said) is None


QUIET = [
    "$PY -c 'print(1)'",
    "echo 0 errors, 0 failed; echo all well",
    "printf 'all:\\n\\techo done\\n' >Makefile; make || true",
    "git init -q . && echo 1 >a && git add a && git commit -m 'fix: an error' && git status",
    "echo 'x = 1' >a.py && $PY -m ruff check a.py && $PY -m ruff format --check a.py",
    "echo 'import os' >a.py && $PY -m ruff check --fix a.py",
    "printf 'def test_error():\\n    assert 1\\n' >test_a.py && $PY -m pytest -v test_a.py",
]


@pytest.mark.parametrize("script", QUIET)
def test_success_is_not_taken_for_a_failure(bench: Bench, script: str) -> None:
    """A pattern that matches what always stands there would diagnose everything."""
    assert bench.diagnosis(bench.run(script, fails=False)) is None
