"""Completions: what stands in `completions/` is what the command line is, and real shells offer it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from scope.cli import catalogue
from scope.cli.shells import bash, fish, words, zsh
from tests.cli.test_imports import HEAVY, imported
from tests.cli.typist import COMPLETIONS, SHELLS, Typist
from tests.driver import until

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness
    from tests.driver import World

FILES: Final = {"scope.bash": bash.script, "_scope": zsh.script, "scope.fish": fish.script}


@pytest.fixture
def pair(still: Stillness) -> World:
    """Two sessions by hand that have not ended and one that has, with the names that a watcher notes."""
    still.add("1", "done")
    still.add("2", "running")
    still.add("2.1", "pending")
    lines = (
        {"id": "1", "name": "web-build", "title": "Build it", "labels": {"team": "web"}},
        {"id": "2", "name": "web-tests", "title": "make all", "labels": {"team": "web", "kind": "tests"}},
        {"id": "7", "name": "removed", "title": "not there any more", "labels": {"old": "1"}},
        {"id": "2.1", "name": "", "title": "", "labels": {}},
    )
    (still.world.root / "run" / "index.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return still.world


def offered(world: World, *asked: str) -> dict[str, str]:
    """What `scope complete` says, by word."""
    lines = world.run("complete", *asked, code=0).stdout.splitlines()
    return {word: about for word, _, about in (line.partition("\t") for line in lines)}


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_what_the_command_line_is(name: str) -> None:
    """Generated again they are the same; `UPDATE_GOLDEN=1` writes them."""
    text = FILES[name]()
    if os.environ.get("UPDATE_GOLDEN"):
        (COMPLETIONS / name).write_text(text, encoding="utf-8")
    assert (COMPLETIONS / name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_what_ships(shell: str, world: World) -> None:
    """So that who has no such file can make one."""
    (name,) = {"bash": ["scope.bash"], "zsh": ["_scope"], "fish": ["scope.fish"]}[shell]
    assert world.run("completion", shell, code=0).stdout == (COMPLETIONS / name).read_text(encoding="utf-8")


def test_every_command_and_every_option_is_completed() -> None:
    """In all three; the hidden door in none."""
    for script in (bash.script(), zsh.script()):
        for command in words.commands():
            assert all(flag in script for option in command.options for flag in option.flags)
    for name in catalogue.SHOWN:
        assert f" {name} " in bash.script()
        assert f"'{name}:" in zsh.script()
        assert f"__scope_is_first -a {name} -d" in fish.script()
    for name in catalogue.HIDDEN:
        assert f"-a {name} " not in fish.script()


def test_what_is_known_of_words_is_known_of_words_that_exist() -> None:
    """No option or argument is renamed behind the back of the completions."""
    for name, word in words.OWN:
        command = catalogue.load(name)[0]
        known = {option.flags[0] for option in command.options} | {argument.name for argument in command.arguments}
        assert word in known, (name, word)


def test_sessions_are_offered_by_name_and_id_the_newest_first(pair: World) -> None:
    """With state and title; what was removed is not offered."""
    assert list(offered(pair, "sessions")) == ["2.1", "web-tests", "2", "web-build", "1"]
    assert offered(pair, "sessions", "web-b") == {"web-build": "1 done Build it"}
    assert offered(pair, "sessions", "2") == {"2.1": "pending", "2": "running web-tests"}


def test_of_the_ended_none_is_live(pair: World) -> None:
    """For what can be done only to those that have not ended."""
    assert list(offered(pair, "live")) == ["2.1", "web-tests", "2"]


def test_labels_are_offered_with_the_newest_session_that_has_them(pair: World) -> None:
    """As KEY=VALUE."""
    assert offered(pair, "labels", "team=w") == {"team=web": "2 web-tests"}
    assert offered(pair, "labels", "k") == {"kind=tests": "2 web-tests"}
    assert offered(pair, "labels", "old") == {}


def test_open_questions_and_agents_are_offered(pair: World) -> None:
    """By what they are called."""
    (pair.root / "escalations").mkdir()
    for name, state in (("e1", "open"), ("e2", "answered"), ("e10", "acked")):
        text = f"---\nstate: {state}\nquestion: May I?\n---\nstate: open\n"
        (pair.root / "escalations" / f"{name}.md").write_text(text.replace("state: open\n", "", state == "answered"))
    (pair.root / "agents" / "ann").mkdir(parents=True)
    assert offered(pair, "questions")["e1"] == "May I?"
    assert offered(pair, "agents", "a") == {"ann": "of this project"}


def test_a_root_that_nobody_recorded_offers_nothing(pair: World) -> None:
    """Nor does a place without a root, or a newer one; and nothing is started or made."""
    (pair.home / ".scope" / "roots").unlink()
    assert offered(pair, "sessions") == {}
    assert offered(pair, "labels") == {}
    assert pair.run("complete", "live", code=0, cwd=pair.home).stdout == ""
    assert sorted(path.name for path in pair.home.iterdir()) == [".scope"]


def test_names_that_are_none_are_not_offered(pair: World) -> None:
    """Somebody may have written into the index what would run in a shell, or move its cursor."""
    line = {"id": "1", "name": "$(touch x)", "title": "a\x1b[2J\tb\nc", "labels": {"Bad Key": "x", "ok": "a,b"}}
    with (pair.root / "run" / "index.jsonl").open("a") as stream:
        stream.write(json.dumps(line) + "\n")
    assert offered(pair, "sessions", "1") == {"1": "done a[2J b c"}
    assert sorted(offered(pair, "labels")) == ["kind=tests", "team=web"]


def test_the_door_is_cheap(pair: World) -> None:
    """It is called at every Tab: json, and nothing that is heavier."""
    modules = imported(pair, "complete", "sessions")
    assert not modules & (HEAVY - {"re", "enum", "functools", "typing", "contextlib", "warnings"})
    assert "scope.sessions.records.index" not in modules
    assert "scope.sessions.processes.daemon" not in modules


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_what_is_typed(shell: str, pair: World) -> None:
    """Commands, options, choices, and live names and labels."""
    typist = Typist(pair, shell)
    typist.tab("scope expl", "scope explain")
    typist.tab("scope wait --prop", "scope wait --propagate")
    typist.tab("scope attach web-t", "scope attach web-tests")
    typist.tab("scope logs -n 3 web-b", "scope logs -n 3 web-build")
    typist.tab("scope poll -l ki", "scope poll -l kind=tests")
    typist.tab("scope poll -l kind=te", "scope poll -l kind=tests")
    typist.tab("scope poll --label=ki", "scope poll --label=kind=tests")
    typist.tab("scope poll --label=kind=t", "scope poll --label=kind=tests")
    typist.tab("scope cost --by mod", "scope cost --by model")
    typist.tab("scope spawn --playbook restart,va", "scope spawn --playbook restart,vary")
    typist.tab("scope spawn --playbook va", "scope spawn --playbook vary")
    typist.tab("scope watch sta", "scope watch status")
    typist.tab("scope help exit", "scope help exit-codes")
    typist.tab("scope budget 2 us", "scope budget 2 usd=")
    typist.tab("scope abort web-", "scope abort web-tests")  # web-build has ended


@pytest.mark.parametrize("shell", SHELLS)
def test_behind_the_dashes_the_program_is_completed(shell: str, pair: World) -> None:
    """Its name and its files; before them, directories where one is taken."""
    (pair.project / "a-long-name.txt").write_text("")
    (pair.project / "a-long-place").mkdir()
    typist = Typist(pair, shell)
    typist.tab("scope spawn -- mkfif", "scope spawn -- mkfifo")
    typist.tab("scope spawn -- cat a-long-n", "scope spawn -- cat a-long-name.txt")
    typist.tab("scope spawn --template a-long-n", "scope spawn --template a-long-name.txt")
    typist.tab("scope spawn -C a-l", "scope spawn -C a-long-place/")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_shell_that_can_tells_what_words_mean(shell: str, pair: World) -> None:
    """Of options, commands and sessions."""
    typist = Typist(pair, shell)
    typist.tab("scope logs web-", "2 running make all")
    until(lambda: "web-build" in typist.screen(), what=f"web-build beside it: {typist.screen()}")
    typist.tab("scope wait --a", "Wait for one of them")


@pytest.mark.parametrize("shell", SHELLS)
def test_no_label_is_carried_out_by_the_shell_that_completes_it(shell: str, pair: World) -> None:
    """A label may say anything; completed, it is one word that means itself."""
    line = {"id": "1", "labels": {"evil": "$(touch pwned)`touch pwned`;touch pwned"}}
    (pair.root / "run" / "index.jsonl").write_text(json.dumps(line) + "\n")
    typist = Typist(pair, shell)
    typist.tab("echo; scope poll -l ev", "scope poll -l evil=")
    typist.run(" > said; touch finished")
    until(lambda: (pair.project / "finished").exists(), what=typist.screen())
    assert not (pair.project / "pwned").exists()
    assert (pair.project / "said").read_text().startswith("1 done")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_reads_it_without_a_word(shell: str, world: World) -> None:
    """No syntax error, nothing printed."""
    read = {"bash": ("scope.bash",), "zsh": ("-n", "_scope"), "fish": ("scope.fish",)}[shell]
    try:
        done = subprocess.run([shell, *read], cwd=COMPLETIONS, env=world.env, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip(f"{shell} is not installed")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
