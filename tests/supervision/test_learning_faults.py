"""What was learned cannot always be kept: the work begins and ends all the same, and nothing is counted for another."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scope.executors.brief import Record
from scope.laws.task import Task
from scope.skills import evidence as records
from scope.skills.evidence import Admission
from scope.skills.library import Entry
from scope.skills.outcomes import Ending
from scope.store import layout
from scope.supervision.experience.equipment import Armoury
from scope.supervision.experience.replays import Replays
from tests.conftest import SETTINGS
from tests.driver import until
from tests.supervision.test_advisors import LADDER, advice
from tests.supervision.test_alike import RUNBOOK
from tests.supervision.test_learning import crystals, evidence, spawn

if TYPE_CHECKING:
    from tests.driver import World
    from tests.models.provider import Provider

SKILL = """\
---
name: light
description: Turns the light on.
match: {job_type: light}
apply: {vars: {switch: "on"}}
---
1. Turn the switch on.
"""


@pytest.fixture
def school(town: World) -> World:
    """A town without a control arm, whose rules know the switch."""
    (town.root / "config.yaml").write_text(SETTINGS + "learning: {control_arm: 0}\n")
    place = town.root / "skills" / "runbooks"
    place.mkdir(parents=True)
    (place / "switch.md").write_text(RUNBOOK)
    return town


def notes(world: World, session: str) -> list[str]:
    """What was said for people between a session's decisions."""
    return [line["why"] for line in world.decisions(session) if line["move"] == "note"]


@pytest.mark.parametrize("name", ["outcomes.jsonl", "skills/.versions/lock"])
def test_work_begins_and_ends_also_where_nothing_can_be_learned(school: World, name: str) -> None:
    """A directory in the place of a file: the session says what could not be kept."""
    (school.root / name).mkdir(parents=True)
    session = spawn(school)
    school.wait(session)
    assert school.moves(session)[-1] == "succeed"
    assert any("could not be kept" in why for why in notes(school, session))


def test_evidence_that_cannot_be_written_keeps_nobody_from_its_end(school: World) -> None:
    """The skill is left out then, and the work goes on as if there were none."""
    school.wait(spawn(school))
    [skill] = crystals(school)
    beside = skill.with_suffix(".evidence.jsonl")
    beside.unlink()
    beside.mkdir()
    second = spawn(school)
    school.wait(second)
    assert "skills:" not in (school.attempt(second) / "brief.md").read_text()


def test_advice_in_vain_that_cannot_be_read_keeps_no_advisor_from_being_asked(study: World, provider: Provider) -> None:
    """Nor from being followed."""
    (study.root / "config.yaml").write_text(SETTINGS + LADDER.format(url=provider.url))
    (study.root / "memory" / "failures.jsonl").mkdir(parents=True)
    provider.script("the switch is off", advice("Look again."), advice("Turn it on.", switch="on"))
    session = spawn(study, "--retries", "4")
    study.wait(session)
    assert study.moves(session).count("start") == 3
    assert any("failures.jsonl" in why for why in notes(study, session))


def test_sessions_of_two_projects_with_one_id_are_two_pieces_of_evidence(world: World) -> None:
    """The evidence of a skill in the home is that of all projects, each of which has a session 1."""
    skill = world.home / ".scope" / "skills" / "light.md"
    skill.parent.mkdir(parents=True)
    skill.write_text(SKILL)
    for name in ("one", "two"):
        project = world.base / name
        project.mkdir()
        world.run("init", cwd=project, code=0)
        session = world.spawn(
            "--job-type", "light", "--var", "switch=off", "--check", "true", "--", "test", "{{ switch }}", "=", "on",
            cwd=project,
        )  # fmt: skip
        assert session == "1"
        world.run("wait", session, cwd=project, code=0)
    assert len(records.read(str(skill.with_suffix(".evidence.jsonl"))).outcomes) == 2
    assert {line["session"] for line in evidence(skill)} == {"1"}


def test_what_an_attempt_was_given_stays_as_it_was_whoever_takes_it_up(school: World) -> None:
    """A watcher dies behind the start, and a person edits the skill: the pane has read what it was given before."""
    shims = school.base / "bin"
    shims.mkdir()
    slow = f'#!/bin/sh\ntouch "{school.base}/came"\nuntil test -e "{school.base}/go"; do sleep 0.02; done\n'
    (shims / "flock").write_text(f'{slow}exec /usr/bin/flock "$@"\n')
    (shims / "flock").chmod(0o755)
    school.env["PATH"] = f"{shims}:{school.env['PATH']}"
    skill = school.root / "skills" / "light.md"
    skill.write_text(SKILL)
    session = spawn(school)
    until(lambda: (school.base / "came").exists())
    before = (school.attempt(session) / "brief.md").read_text()
    assert "skills: [light@" in before
    school.kill_watcher()
    skill.write_text(SKILL.replace('"on"', '"dim"'))
    other = school.sh("true")
    until(lambda: school.attempt(other).exists(), what=school.log())  # the new one has looked at all
    (school.base / "go").touch()
    school.wait(session)
    assert (school.attempt(session) / "brief.md").read_text() == before


def test_the_work_tree_of_a_replay_is_removed_also_after_a_kill_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was judged already, and the watcher died before it had anything removed."""
    root = str(tmp_path)
    for place in ("skills", "worktrees"):
        (tmp_path / place).mkdir()
    Path(layout.branch_start(root, "7")).write_text("commit\nrepository\n")
    (tmp_path / "skills" / "light.md").write_text(SKILL)
    armoury = Armoury(root)
    armoury.library.look()
    entry = armoury.library.find("light")
    assert isinstance(entry, Entry)
    records.admit(entry.evidence, Admission("7", "success", entry.revision, "then"))
    removed: list[list[str]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda argv, **_: removed.append(argv))
    task = Task(labels=(("replay", "light"),), skill="light", by="watcher")
    ending = Ending("7/1", "then", "7", 1, outcome="success", is_replay=True)
    Replays(root, armoury).judge(task, Record(skills=(("light", entry.revision),)), ending)
    assert [argv[-4:-1] for argv in removed] == [["repository", layout.worktree(root, "7"), "scope/7"]]
    assert len(records.read(entry.evidence).admissions) == 1


def test_a_replay_that_fails_is_nobody_s_trouble(school: World) -> None:
    """Here what nobody had committed is missing: the skill is not admitted, and no person or advisor is asked."""
    (school.project / "light.conf.j2").write_text("switch = {{ switch }}\n")
    (school.project / ".gitignore").write_text(".scope\nlocal\nlight.conf\n")
    for words in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -q -m begin"):
        subprocess.run(["git", *words.split()], cwd=school.project, env=school.env, check=True)
    (school.project / "local").touch()
    session = school.spawn(
        "--playbook", "default", "--job-type", "wire", "--var", "switch=off", "--replayable",
        "--template", "light.conf=light.conf.j2",
        "--check", 'grep -q "= on" light.conf || { echo "error: the switch is off"; exit 1; }; test -e local',
    )  # fmt: skip
    school.wait(session)
    assert school.until_state("2", "failed", "escalated") == "failed"
    assert school.run("inbox", code=0).stdout == ""
    [skill] = crystals(school)
    assert [line.outcome for line in records.read(str(skill.with_suffix(".evidence.jsonl"))).admissions] == [
        "begun",
        "failure",
    ]
