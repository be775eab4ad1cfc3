"""The executor `template`: files from templates and declared variables, all or none at fault, each old or new."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.driver import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.driver import World

STEP = """\
import sys
from scope.store import atomic
from scope.executors.template import __main__ as template
real = atomic.replace
left = int(sys.argv[2])
def replace(*words, **more):
    global left
    left -= 1
    if left < 0:
        open("stopped", "w").close()
        import time
        time.sleep(60)
    real(*words, **more)
atomic.replace = replace
sys.exit(template.main(sys.argv[1]))
"""
"""The same renderer, which stops before one of its writes."""


class Bench:
    """One attempt's directory and one to work in."""

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="st", dir="/tmp"))
        self.cwd = self.base / "work"
        self.attempt = self.base / "attempt"
        self.cwd.mkdir()
        self.attempt.mkdir()

    def write(self, **files: str) -> None:
        """Put files where it works; `__` stands for a slash, `_` for a dot."""
        for name, text in files.items():
            path = self.cwd / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())

    def declare(self, templates: dict[str, str], **variables: str) -> None:
        """Write what the watcher hands over."""
        (self.attempt / "templates.json").write_text(json.dumps({"templates": templates, "vars": variables}))

    def run(self, templates: dict[str, str], code: int = 0, umask: int = 0o022, **variables: str) -> str:
        """Render, and return what is printed."""
        self.declare(templates, **variables)
        done = subprocess.run(
            [sys.executable, "-P", "-m", "scope.executors.template", str(self.attempt)],
            cwd=self.cwd,
            env={"HOME": str(self.base), "PATH": os.defpath},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            umask=umask,
            check=False,
        )
        said = done.stdout.decode()
        assert done.returncode == code, said
        assert "Traceback" not in said
        return said

    def read(self, name: str) -> str:
        """A file where it works, byte for byte."""
        return (self.cwd / name).read_bytes().decode()

    def names(self) -> list[str]:
        """All files where it works."""
        return sorted(str(path.relative_to(self.cwd)) for path in self.cwd.rglob("*") if path.is_file())


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A directory to render in."""
    made = Bench()
    yield made
    shutil.rmtree(made.base)


def test_a_file_is_rendered_and_one_that_is_right_is_left_alone(bench: Bench) -> None:
    """A line for each, and the second time nothing is written."""
    bench.write(ruff_toml_j2="extend = '{{ extend }}'\n", other_j2="{% if extend %}yes{% endif %}\n\n")
    templates = {"ruff.toml": "ruff.toml.j2", "conf/other": "other.j2"}
    said = bench.run(templates, extend="../ruff.toml")
    assert said == "wrote ruff.toml from ruff.toml.j2\nwrote conf/other from other.j2\n"
    assert bench.read("ruff.toml") == "extend = '../ruff.toml'\n"
    assert bench.read("conf/other") == "yes\n\n"
    before = (bench.cwd / "ruff.toml").stat()
    said = bench.run(templates, extend="../ruff.toml")
    assert said == "ruff.toml is as it should be\nconf/other is as it should be\n"
    after = (bench.cwd / "ruff.toml").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_nothing_is_escaped_and_every_byte_stays(bench: Bench) -> None:
    """Angle brackets, quotes, line ends of both kinds, what is no UTF-8; and no line end is added."""
    bench.write(a_j2="<{{ x }}>\r\nend\r\n", b_j2="{{ x }}")
    (bench.cwd / "c.j2").write_bytes(b"\xff{{ x }}\xfe\n")
    bench.run({"a": "a.j2", "b": "b.j2", "c": "c.j2"}, x="'&\"é")
    assert bench.read("a") == "<'&\"é>\r\nend\r\n"
    assert bench.read("b") == "'&\"é"
    assert (bench.cwd / "c").read_bytes() == b"\xff'&\"" + "é".encode() + b"\xfe\n"


@given(text=st.text(st.characters(exclude_characters="{\r", exclude_categories=("Cs",)), max_size=200))
def test_a_text_without_braces_comes_out_as_it_is(text: str) -> None:
    """A template of nothing but text is that text."""
    from scope.executors.template.rendering import render  # noqa: PLC0415 - it loads jinja2

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "a.j2"
        path.write_bytes(text.encode())
        assert render(str(path), {}) == text


def test_templates_include_what_lies_beside_them(bench: Bench) -> None:
    """Wherever the template lies: absolute, in the home, below or above the working directory."""
    place = bench.base / "shelf"
    (place / "parts").mkdir(parents=True)
    (place / "page.j2").write_text("{% extends 'base.j2' %}{% block b %}{% include 'parts/x.j2' %}{% endblock %}")
    (place / "base.j2").write_text("[{% block b %}{% endblock %}]")
    (place / "parts" / "x.j2").write_text("x={{ x }}")
    for template in (str(place / "page.j2"), "~/shelf/page.j2", "../shelf/page.j2"):
        bench.run({"page": template}, x="1")
        assert bench.read("page") == "[x=1]"
        (bench.cwd / "page").unlink()


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("one\n{{ nobody }}\n", "t.j2:2': the variable 'nobody' is not declared; declared are flags, name"),
        ("{% include 'part.j2' %}", "part.j2:3': the variable 'lost' is not declared; declared are flags, name"),
        ("\n\n{% if %}", "t.j2:3': Expected an expression, got 'end of statement block'"),
        ("{{ name.first }}", "t.j2:1': 'str object' has no attribute 'first'"),
        ("a\n{{ 1 / 0 }}", "t.j2:2': division by zero"),
        ("{{ name.__class__.__mro__ }}", "t.j2:1': access to attribute '__class__' of 'str' object is unsafe."),
        ("{% include '../secret' %}", "t.j2:1': there is no template '../secret' beside it"),
        ("{% include '/etc/passwd' %}", "t.j2:1': there is no template '/etc/passwd' beside it"),
        ("{% for i in range(10 ** 9) %}{% endfor %}", "t.j2:1': Range too big"),
        ("{% include 't.j2' %}", "t.j2:1': maximum recursion depth exceeded"),
        ("{{ lipsum() }}", "t.j2:1': the variable 'lipsum' is not declared"),
        ("{{ name | nothing }}", "t.j2:1': No filter named 'nothing'"),
        ("{{ 'a' + 1 }}", "t.j2:1': can only concatenate str"),
        ("{{ dict(a=1, a=2) }}", "t.j2': keyword argument repeated: a"),
        ("{% for a in [1] %}" * 25 + "{% endfor %}" * 25, "t.j2': too many statically nested blocks"),
        ("{{ '\\ud800' }}", "t.j2': it makes half a character (a lone surrogate), which no file can hold"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_with_its_place(template: str, says: str, bench: Bench) -> None:
    """Then a hint; nothing is written, not even what is right."""
    (bench.base / "secret").write_text("x")
    bench.write(good_j2="good", t_j2=template, part_j2="1\n2\n{{ lost }}")
    said = bench.run({"good": "good.j2", "bad": "t.j2"}, code=1, name="x", flags="y").splitlines()
    assert len(said) == 2
    assert said[0].startswith(f"error: cannot render '{bench.cwd}/")
    assert says in said[0]
    assert said[1].startswith("hint: ")
    assert bench.names() == ["good.j2", "part.j2", "t.j2"]


def test_no_variable_comes_from_anywhere_else(bench: Bench) -> None:
    """None declared is said, too; a default in the template is one."""
    bench.write(t_j2="{{ HOME }}", d_j2="{{ HOME | default('none') }}")
    assert "'HOME' is not declared; none is declared" in bench.run({"a": "t.j2"}, code=1)
    bench.run({"a": "d.j2"})
    assert bench.read("a") == "none"


def test_a_template_that_is_no_file_is_refused(bench: Bench) -> None:
    """Missing, a directory, a pipe that nobody writes to."""
    assert bench.run({"a": "nowhere.j2"}, code=1).startswith("error: there is no template 'nowhere.j2'\nhint: ")
    (bench.cwd / "place").mkdir()
    assert bench.run({"a": "place"}, code=1).startswith("error: cannot read '")
    os.mkfifo(bench.cwd / "pipe")
    assert "it is no plain file" in bench.run({"a": "pipe"}, code=1)


def test_a_file_keeps_its_mode_and_a_new_one_is_as_the_umask_says(bench: Bench) -> None:
    """A script stays executable, a secret stays secret; parents are made."""
    bench.write(t_j2="new", script="old", private="old")
    (bench.cwd / "script").chmod(0o777)
    (bench.cwd / "private").chmod(0o600)
    bench.run({"script": "t.j2", "private": "t.j2", "deep/er/file": "t.j2"}, umask=0o027)
    modes = {
        name: oct((bench.cwd / name).stat().st_mode & 0o777) for name in ("script", "private", "deep/er/file", "deep")
    }
    assert modes == {"script": "0o777", "private": "0o600", "deep/er/file": "0o640", "deep": "0o750"}


def test_links_that_lead_out_are_refused_and_others_are_kept(bench: Bench) -> None:
    """A file behind a link, a directory that is one, one that hangs in the air."""
    outside = bench.base / "outside"
    outside.mkdir()
    (outside / "file").write_text("theirs")
    (bench.cwd / "file").symlink_to(outside / "file")
    (bench.cwd / "place").symlink_to(outside)
    (bench.cwd / "air").symlink_to(outside / "new")
    bench.write(t_j2="ours", real="old")
    for name in ("file", "place/file", "place/new/deep", "air"):
        said = bench.run({"good": "t.j2", name: "t.j2"}, code=1)
        assert said.startswith(f"error: cannot write '{name}': it leads out of the working directory, to {outside}")
    assert [path.name for path in outside.iterdir()] == ["file"]
    assert (outside / "file").read_text() == "theirs"
    assert not (bench.cwd / "good").exists()
    (bench.cwd / "inside").symlink_to("real")
    bench.run({"inside": "t.j2"})
    assert (bench.cwd / "inside").is_symlink()
    assert bench.read("real") == "ours"


def test_what_cannot_be_written_is_refused(bench: Bench) -> None:
    """A directory, a file below a file, one file by two names."""
    bench.write(t_j2="x", plain="x")
    (bench.cwd / "place").mkdir()
    assert "'place': it is a directory" in bench.run({"place": "t.j2"}, code=1)
    assert bench.run({"plain/file": "t.j2"}, code=1).startswith("error: cannot write 'plain/file': ")
    assert "'./a': it is the same file as 'a'" in bench.run({"a": "t.j2", "./a": "t.j2"}, code=1)


@pytest.mark.parametrize("writes", range(4))
def test_killed_between_any_two_writes_each_file_is_old_or_new(writes: int, bench: Bench) -> None:
    """And the next run makes what is left."""
    names = ("a", "b", "c")
    bench.write(t_j2="new {{ x }}\n" * 1000, **dict.fromkeys(names, "old"))
    bench.declare(dict.fromkeys(names, "t.j2"), x="1")
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", STEP, str(bench.attempt), str(writes)], cwd=bench.cwd, stdout=subprocess.DEVNULL
    )
    until(lambda: (bench.cwd / "stopped").exists() or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    new = "new 1\n" * 1000
    assert [bench.read(name) for name in names] == [new] * writes + ["old"] * (3 - writes)
    said = bench.run(dict.fromkeys(names, "t.j2"), x="1")
    assert [bench.read(name) for name in names] == [new] * 3
    assert said.count("as it should be") == writes


def result(world: World, session: str) -> dict[str, Any]:
    """What `wait --json` tells of a session."""
    return dict(json.loads(world.run("wait", session, "--json").stdout)[0])


def test_ctrl_c_ends_it_without_a_word(bench: Bench) -> None:
    """A person who looks on has had enough: no traceback, and what was there stays."""
    bench.write(t_j2="new", a="old")
    bench.declare({"a": "t.j2"})
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", STEP, str(bench.attempt), "0"],
        cwd=bench.cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    until(lambda: (bench.cwd / "stopped").exists())
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[0] == b""
    assert process.returncode == -signal.SIGINT
    assert bench.read("a") == "old"


def test_a_session_renders_then_checks(town: World) -> None:
    """The main job: files and variables by options, words for people, and the check's word."""
    (town.project / "t.j2").write_text("port = {{ port }}\n")
    words = ("Configure the server", "--template", "conf/server.toml=t.j2", "--var", "port=80")
    session = town.spawn(*words, "--check", "grep -q 80 conf/server.toml")
    assert town.wait(session) == "wrote conf/server.toml from t.j2\n"
    assert result(town, session)["verified"] is True
    assert (town.project / "conf" / "server.toml").read_text() == "port = 80\n"
    brief = (town.attempt(session) / "brief.md").read_text()
    assert "executor: template" in brief
    assert "templates: {conf/server.toml: t.j2}" in brief
    assert 'vars: {port: "80"}' in brief or "vars: {port: 80}" in brief
    assert brief.endswith("Configure the server")
    argv = Path(town.attempt(session) / "command").read_text()
    assert "t.j2" not in argv


def test_a_failure_is_named_by_its_line(town: World) -> None:
    """Whoever reads the report sees the file and the variable; nothing of Python."""
    (town.project / "t.j2").write_text("{{ port }}")
    session = town.spawn("--template", "a=t.j2", "--retries", "0")
    town.wait(session, code=3)
    assert (town.attempt(session) / "exit").read_text().strip() == "1"
    report = (town.attempt(session) / "failure.md").read_text()
    assert f"error: cannot render '{town.project}/t.j2:1': the variable 'port' is not declared" in report


def test_it_renders_in_the_work_tree(town: World) -> None:
    """From the template that is committed there, and only there."""
    for words in (("init", "-q"), ("add", "-A"), ("-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "x")):
        (town.project / "t.j2").write_text("x")
        subprocess.run(["git", *words], cwd=town.project, check=True)
    session = town.spawn("--template", "a=t.j2", "--worktree", "--check", "test -s a")
    town.wait(session)
    assert (town.root / "worktrees" / session / "a").read_text() == "x"
    assert not (town.project / "a").exists()
