"""What the ladder promises, end to end: what was found broken when each sentence of it was tried."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from tests.driver import until
from tests.models.provider import call
from tests.supervision.test_advisors import advice, case, court
from tests.supervision.test_alike import RUNBOOK
from tests.supervision.test_learning import crystals, evidence, outcomes, school, spawn

if TYPE_CHECKING:
    from pathlib import Path

    from tests.driver import World
    from tests.models.provider import Provider

__all__ = ["court", "school"]

WRONG = 'echo "error: too bright: $1"; exit 1'
DEPLOYS = """\
---
command: [sh, -c, "echo deployed with $1", sh, "{{ switch }}"]
check: {signal: ci, within: 2d, at_least: 90%}
playbook: default
retries: 3
job_type: deploy
vars: {switch: off}
---
"""


def by_hand(place: Path, name: str, match: str, value: str = "on") -> Path:
    """Write a skill as a person does, and return its file."""
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{name}.md"
    path.write_text(
        f"---\nname: {name}\ndescription: The light.\n{match}\napply: {{vars: {{switch: {value}}}}}\n---\nTurn it.\n"
    )
    return path


def light(world: World, *more: str) -> str:
    """Spawn work that says which value it was given, under a check."""
    return world.spawn("--var", "switch=off", "--check", "true", *more, "--", "echo", "{{ switch }}")


def deploy(world: World) -> str:
    """Spawn work whose check comes late, and wait until it waits for that."""
    path = world.project / "deploy.md"
    path.write_text(DEPLOYS)
    session = world.spawn(f"@{path}")
    world.until_state(session, "waiting")
    return session


def tell(world: World, session: str, **data: object) -> None:
    """Let the signal come for one session."""
    world.run("event", "ci", "--session", session, "--data", json.dumps(data), code=0)


def test_every_use_of_a_skill_is_evidence_also_by_a_label_alone(school: World) -> None:
    """Else a skill that does harm would be given for ever."""
    skill = by_hand(school.root / "skills", "web", "match: {team: web}")
    session = light(school, "-l", "team=web")
    assert school.wait(session) == "on\n"
    [line] = evidence(skill)
    assert (line["id"], line["arm"], line["use"], line["outcome"]) == (f"{session}/1", "treated", "followed", "success")


def test_every_use_of_a_skill_is_evidence_also_by_what_the_words_say(study: World, provider: Provider) -> None:
    """A skill for models that has no `match` is found by its criteria."""
    skill = study.root / "skills" / "sky.md"
    skill.parent.mkdir(exist_ok=True)
    skill.write_text("---\nname: sky\ndescription: The sky.\nwhen: [colour of sky]\n---\n1. Look up.\n")
    provider.script("Name the colour", call("done", result="blue", skills={"sky": "followed"}))
    study.wait(study.spawn("Name the colour of the sky", "--check", "true"))
    [line] = evidence(skill)
    assert (line["use"], line["verifier"], line["outcome"]) == ("followed", "check", "success")


def test_late_checks_that_failed_otherwise_are_other_failures(school: World) -> None:
    """What a signal says of the error counts, or one diagnosis would be given to two."""
    one, other = deploy(school), deploy(school)
    tell(school, one, value=0.5, message="error: the pump is broken")
    tell(school, other, value=0.7, message="PermissionError: the door is locked")
    school.run("wait", one, code=3)
    school.run("wait", other, code=3)
    [first], [second] = (case(school, session)["escalation_history"] for session in (one, other))
    assert first["fingerprint"] != second["fingerprint"]
    assert first["error"].startswith("the signal 'ci' brought 50%")
    assert first["error"].endswith("error: the pump is broken")


def test_numbers_alone_make_no_other_failure_of_a_late_check(school: World) -> None:
    """50% and 70% of what was asked for is the same failure."""
    one, other = deploy(school), deploy(school)
    tell(school, one, value=0.5, commit="a")
    tell(school, other, value=0.7, commit="b")
    school.run("wait", one, code=3)
    school.run("wait", other, code=3)
    first, second = (case(school, session)["escalation_history"][0] for session in (one, other))
    assert first["fingerprint"] == second["fingerprint"]


def test_a_late_failure_is_advised_and_its_success_by_signal_becomes_a_skill(school: World) -> None:
    """Signal, playbook, advice, signal, skill; the next deploys well at once. Evidence says who verified it."""
    first = deploy(school)
    tell(school, first, value=0.5, message="error: the switch is off")
    until(lambda: school.moves(first).count("await") == 2)
    [failure] = outcomes(school)
    assert (failure["outcome"], failure["verifier"]) == ("failure", "signal")
    [given] = case(school, first)["escalation_advice"]
    assert (given["from_level"], given["variables"], given["outcome"]) == ("rules", {"switch": "on"}, "running")
    tell(school, first, value=0.95)
    school.wait(first)
    [skill] = crystals(school)
    assert "the signal 'ci'" not in skill.read_text().partition("## Verify")[2].partition("## Where")[0]
    second = deploy(school)
    tell(school, second, value=0.95)
    assert school.wait(second) == "deployed with on\n"
    [line] = evidence(skill)
    assert (line["arm"], line["use"], line["verifier"], line["outcome"]) == ("treated", "followed", "signal", "success")


def test_a_replay_is_none_of_the_work_that_people_select_by_label(school: World) -> None:
    """What the watcher tries for itself may fail, and nobody who waits for the work hears of it."""
    (school.project / ".gitignore").write_text(".scope\nwent\n")
    for words in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -q -m begin"):
        subprocess.run(["git", *words.split()], cwd=school.project, env=school.env, check=True)
    here = "case $PWD in *worktrees*) echo error: not here; exit 1;; esac"
    session = spawn(school, "--replayable", "-l", "team=sea", "-l", "entity=h1", "--check", here)
    school.wait(session)
    [skill] = crystals(school)
    until(lambda: json.loads(school.run("skill", "list", "--json").stdout)[0]["verdict"] == "quarantined")
    [line] = evidence(skill)
    assert (line["session"] != session, line["entity"], line["outcome"]) == (True, "h1", "failure")
    school.wait("-l", "team=sea")


def two_quirks(world: World) -> str:
    """Spawn work that fails until two variables are set, each with an error of its own."""
    unset = '[ "$%d" = on ] || { echo "error: %s is unset"; exit 1; }'
    script = "; ".join((unset % (1, "alpha"), unset % (2, "beta")))
    return world.spawn(
        "--playbook", "default", "--job-type", "two", "--var", "alpha=off", "--var", "beta=off", "--check", "true",
        "--", "sh", "-c", script, "sh", "{{ alpha }}", "{{ beta }}",
    )  # fmt: skip


def test_of_two_quirks_the_first_stays_mended_while_the_second_is(school: World) -> None:
    """What advice set holds on where something else fails after it; and the skill knows both."""
    for name in ("alpha", "beta"):
        text = RUNBOOK.replace("name: switch", f"name: {name}").replace("the switch is off", f"{name} is unset")
        (school.root / "skills" / "runbooks" / f"{name}.md").write_text(text.replace("switch: ", f"{name}: "))
    first = two_quirks(school)
    school.wait(first)
    assert [entry["error"] for entry in case(school, first)["escalation_history"]] == [
        "error: alpha is unset", "error: beta is unset",
    ]  # fmt: skip
    [skill] = crystals(school)
    assert "apply: {vars: {alpha: on, beta: on}}" in skill.read_text()
    assert "Tried in vain" not in skill.read_text()
    second = two_quirks(school)
    school.wait(second)
    assert not school.attempt(second, 2).exists()
    together = [two_quirks(school) for _ in range(3)]
    school.wait(*together)


def test_what_advice_set_in_vain_is_set_no_more(court: World, provider: Provider) -> None:
    """The very same failed with it: the next advice begins from the task."""
    provider.script(
        "alpha is unset", advice("Try.", beta="maybe"), advice("Set it.", alpha="on"), advice("And that.", beta="on")
    )
    session = two_quirks(court)
    court.wait(session)
    values = [line for n in (1, 2, 3, 4) for line in (court.attempt(session, n) / "brief.md").read_text().splitlines()]
    assert [line for line in values if line.startswith("vars:")] == [
        "vars: {alpha: off, beta: off}", "vars: {alpha: off, beta: maybe}",
        "vars: {alpha: on, beta: off}", "vars: {alpha: on, beta: on}",
    ]  # fmt: skip
