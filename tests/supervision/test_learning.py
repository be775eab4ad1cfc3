"""Never fail twice: what helped becomes a skill, and the next work of that kind begins with it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import SETTINGS
from tests.driver import until
from tests.models.provider import call, done
from tests.supervision.test_alike import write_runbook

if TYPE_CHECKING:
    from pathlib import Path

    from tests.driver import World
    from tests.models.provider import Provider

SWITCH = 'test "$1" = on || { echo "error: the switch is $1"; exit 1; }; echo "$SCOPE_SESSION" >> went'


@pytest.fixture
def school(town: World) -> World:
    """A town without a control arm, whose rules know the switch."""
    (town.root / "config.yaml").write_text(SETTINGS + "learning: {control_arm: 0}\n")
    write_runbook(town)
    return town


def spawn(world: World, *more: str, job: str = "light", signal: str = "old-house") -> str:
    """Spawn work of a kind that fails until its variable is set."""
    return world.spawn(
        "--playbook", "default", "--job-type", job, "--entity-type", "house", "--signal", signal,
        "--var", "switch=off", "--check", "test -s went", *more, "--", "sh", "-c", SWITCH, "sh", "{{ switch }}",
    )  # fmt: skip


def crystals(world: World) -> list[Path]:
    """The skills of the project."""
    return sorted((world.root / "skills").glob("*.md"))


def outcomes(world: World) -> list[dict[str, Any]]:
    """What was judged."""
    return [json.loads(line) for line in (world.root / "outcomes.jsonl").read_text().splitlines()]


def evidence(skill: Path) -> list[dict[str, Any]]:
    """The outcomes in a skill's evidence."""
    lines = skill.with_name(f"{skill.stem}.evidence.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line.get("kind") == "outcome"]


def test_the_second_task_of_a_kind_passes_at_its_first_attempt(school: World) -> None:
    """The first fails, the rules advise, the retry passes its check, a skill is there before it is done."""
    first = spawn(school)
    school.wait(first)
    [skill] = crystals(school)
    text = skill.read_text()
    for words in ("source: escalation-l1", "job_type: light", "old-house", "switch", "test -s went", "Abandon"):
        assert words in text
    second = spawn(school)
    school.wait(second)
    assert not school.attempt(second, 2).exists()
    brief = (school.attempt(second) / "brief.md").read_text()
    assert f"skills: [{skill.stem}@" in brief
    [line] = evidence(skill)
    assert (line["arm"], line["use"], line["outcome"], line["verifier"]) == ("treated", "followed", "success", "check")
    assert [(each["id"], each["outcome"]) for each in outcomes(school)] == [
        (f"{first}/1", "failure"), (f"{first}/2", "success"), (f"{second}/1", "success"),
    ]  # fmt: skip


def test_what_was_learned_and_used_is_explained(school: World) -> None:
    """The skill bears the rule's name; who made it is done because of its check; who had it says so."""
    first = spawn(school)
    school.wait(first)
    [skill] = crystals(school)
    assert skill.stem.startswith("light-switch-")
    said = school.run("explain", first, code=0).stdout
    assert said.startswith(f"session {first} is done: exit 0, and its check passed\n")
    assert f"skill '{skill.stem}' was made" in " ".join(said.split())
    second = spawn(school)
    school.wait(second)
    words = f"attempts/1/brief.md says: it began with skill '{skill.stem}'"
    assert words in json.loads(school.run("explain", "--json", second, code=0).stdout)["signs"]


def test_work_of_another_kind_is_not_given_it(school: World) -> None:
    """Another job, another entity, or a signal that is missing."""
    school.wait(spawn(school))
    other = spawn(school, "--retries", "0", job="heat")
    school.run("wait", other, code=3)
    assert "skills:" not in (school.attempt(other) / "brief.md").read_text()


def test_an_edit_by_hand_holds_at_the_next_match_and_is_never_overwritten(school: World) -> None:
    """A person's words, also where the machine would know better."""
    school.wait(spawn(school))
    [skill] = crystals(school)
    skill.write_text(skill.read_text().replace("## Steps", "## Steps\n\n0. A person was here.\n"))
    edited = skill.read_text()
    second = spawn(school)
    school.wait(second)
    assert "A person was here." in (school.attempt(second) / "brief.md").read_text()
    third = spawn(school, signal="new-house")  # nearly fits: the machine would have made it wider
    school.wait(third)
    assert skill.read_text() == edited


def test_a_kind_that_nearly_fits_makes_the_skill_wider_and_no_second_one(school: World) -> None:
    """The same remedy for the same job: signals that not all have are no condition."""
    school.wait(spawn(school))
    school.wait(spawn(school, signal="new-house"))
    [skill] = crystals(school)
    assert "version: 2" in skill.read_text()
    third = spawn(school, signal="castle")
    school.wait(third)
    assert not school.attempt(third, 2).exists()


def test_in_the_control_arm_the_skill_is_held_back_and_that_is_written_down(school: World) -> None:
    """With a control arm of 1 every first attempt goes without, and shows what happens then."""
    config = school.root / "config.yaml"
    config.write_text(config.read_text().replace("control_arm: 0", "control_arm: 1"))
    school.wait(spawn(school))
    [skill] = crystals(school)
    second = spawn(school)
    school.wait(second)
    assert f"control: [{skill.stem}@" in (school.attempt(second) / "brief.md").read_text()
    arms = {line["id"]: (line["arm"], line["outcome"]) for line in evidence(skill)}
    assert arms[f"{second}/1"] == ("control", "failure")
    assert (school.attempt(second, 2) / "exit").exists()


@pytest.mark.parametrize("cost", ["1" + "0" * 400, "NaN", "1e999", '"much"'])
def test_whatever_a_worker_says_that_it_took_its_outcome_counts(cost: str, study: World) -> None:
    """The file lies in the attempt's directory, for anybody to write: what is no sum is a cost that nobody knows."""
    script = f'printf %s \'{{"cost": {cost}}}\' >"${{SCOPE_BRIEF%/*}}/usage.json"'
    session = study.sh(script, "--level", "0", "--job-type", "light", "--check", "true")
    study.wait(session)
    [figures] = json.loads(study.run("stats", "--json", code=0).stdout)
    assert (figures["verified"], figures["cost_per_success"]) == (1, None)


def test_nothing_is_learned_without_a_check(school: World) -> None:
    """A model's opinion, or an exit code alone, verifies nothing."""
    session = school.spawn(
        "--playbook", "default", "--job-type", "light", "--var", "switch=off",
        "--", "sh", "-c", SWITCH, "sh", "{{ switch }}",
    )  # fmt: skip
    school.wait(session)
    assert crystals(school) == []


def test_a_person_s_answer_becomes_a_skill_too(school: World) -> None:
    """What the rules do not know and a person answered, nobody has to answer again."""
    (school.root / "skills" / "runbooks" / "switch.md").write_text("")
    first = spawn(school)
    school.run("wait", first, code=3)
    asked = (school.root / "escalations" / "e1.md").read_text()
    assert "; its variables: switch=off\n" in asked
    assert "- tried: 1 attempt\n" in asked
    school.run("answer", "e1", "Turn the switch on.", "--var", "switch=on", code=0)
    school.wait(first)
    [skill] = crystals(school)
    assert "source: escalation-human" in skill.read_text()
    second = spawn(school)
    school.wait(second)
    assert not school.attempt(second, 2).exists()


def test_templates_take_what_was_learned(school: World) -> None:
    """The static template: rendered with what the skill sets, at the first attempt."""
    (school.project / "light.conf.j2").write_text("switch = {{ switch }}\n")

    def render() -> str:
        return school.spawn(
            "--playbook", "default", "--job-type", "wire", "--entity-type", "house", "--var", "switch=off",
            "--template", "light.conf=light.conf.j2",
            "--check", 'grep -q "= on" light.conf || { echo "error: the switch is off"; exit 1; }',
        )  # fmt: skip

    first = render()
    school.wait(first)
    assert (school.attempt(first, 2) / "exit").exists()
    (school.project / "light.conf").unlink()
    second = render()
    school.wait(second)
    assert not school.attempt(second, 2).exists()
    assert (school.project / "light.conf").read_text() == "switch = on\n"


def test_a_skill_that_was_replayed_is_admitted(school: World) -> None:
    """In a clean work tree, with nothing but the skill; what the person has there stays untouched."""
    (school.project / ".gitignore").write_text(".scope\nwent\n")
    for words in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -q -m begin"):
        subprocess.run(["git", *words.split()], cwd=school.project, env=school.env, check=True)
    session = spawn(school, "--replayable")
    school.wait(session)
    [skill] = crystals(school)
    until(lambda: json.loads(school.run("skill", "list", "--json").stdout)[0]["verdict"] == "admitted")
    replay = next(line for line in outcomes(school) if line["is_replay"])
    assert replay["outcome"] == "success"
    assert "the label replay is there" in school.run("explain", replay["session"], code=0).stdout
    assert f"skills: [{skill.stem}@" in (school.attempt(replay["session"]) / "brief.md").read_text()
    until(lambda: not (school.root / "worktrees" / replay["session"]).exists())
    branches = ["git", "branch", "--list", "scope/*"]
    until(lambda: not subprocess.run(branches, cwd=school.project, capture_output=True, check=True).stdout)


def test_a_model_begins_with_what_was_learned_and_says_what_it_made_of_it(study: World, provider: Provider) -> None:
    """Level 0 reads the skill in its brief; its calls are charged to the skill, its word on it is evidence."""
    (study.root / "config.yaml").write_text((study.root / "config.yaml").read_text() + "learning: {control_arm: 0}\n")
    place = study.root / "skills" / "runbooks"
    place.mkdir(parents=True)
    (place / "colour.md").write_text(
        "---\nname: colour\ndescription: A guess.\nmatch: {error: 'not the colour'}\nclass: wrong_approach\n---\n"
        "1. Look at the sky first.\n"
    )
    work = (
        "Name the colour of the sky", "--job-type", "colours", "--check",
        'grep -q blue "$(dirname "$SCOPE_BRIEF")/result.md" || { echo error: not the colour; exit 1; }',
    )  # fmt: skip
    provider.script("Name the colour", done("red"), done("blue"))
    first = study.spawn(*work)
    study.wait(first)
    [skill] = crystals(study)
    provider.script("Name the colour", call("done", result="blue", skills={skill.stem: "followed"}))
    second = study.spawn(*work)
    study.wait(second)
    assert not study.attempt(second, 2).exists()
    assert "Look at the sky first." in provider.seen[-1].text
    [line] = evidence(skill)
    assert (line["use"], line["outcome"], line["cost"] > 0) == ("followed", "success", True)
    by_skill = json.loads(study.run("cost", "--by", "skill", "--json").stdout)
    assert skill.stem in [each["key"] for each in by_skill]
