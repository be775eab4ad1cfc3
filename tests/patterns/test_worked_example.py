"""The worked example of Factor XI on real repositories: the tree handles all that it can, and a person sets one policy.

Two rigs, two repositories of one origin, have the same shared file. Three workers change it; meanwhile it is changed
under them, in each rig otherwise. What they did conflicts, is given to fresh workers on top of the updated base, and
still conflicts with the other rig's: that is the pattern. The coordinator sees that two rigs share the file, and that
no instruction mends that; a person says whose it is; that goes down to both rigs, and the workers finish.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from tests.conftest import SETTINGS
from tests.driver import until
from tests.executors.hamlet import git, repository
from tests.models.provider import say

if TYPE_CHECKING:
    from pathlib import Path

    from tests.driver import World
    from tests.models.provider import Provider, Turn

TREE = """\
supervisors:
  mayor:
    template: coordinator
    playbook: [escalate]
    children:
      witness-a: {playbook: [reassign, restart, escalate], triggers: {attempts: 9}, agents: [fresh-a]}
      witness-b: {playbook: [reassign, restart, escalate], triggers: {attempts: 9}, agents: [fresh-b]}
"""
MODELS = "models:\n  levels:\n" + "".join(
    f'    {level}: [{{{{model: openai/{name}, base_url: "{{url}}", api_key_env: TEST_MODEL_KEY, retries: 0}}}}]\n'
    for level, name in ((2, "strong"), (3, "top"))
)
SHARED = "first = 0\n\n\n\n\nsecond = 0\n\n\n\n\nthird = 0\n"
# Each sets one line of the file; once it is known whose that is, the other rig's is merged as that says.
WORK = """\
set -e
while [ ! -e "$4/go" ]; do sleep 0.02; done
sed -i "s/^$1 = .*/$1 = $2/" shared.cfg
git commit -qam "$1 is $2"
case $3 in none) exit 0 ;; "$2") how=ours ;; *) how=theirs ;; esac
git fetch -q "$4/other-of-$2" main
git merge -q -X "$how" -m "as $3 has it" FETCH_HEAD
"""
# Nothing lands that the other rig could not merge.
AGREES = 'git fetch -q "$OTHER" main && git merge-tree --write-tree --name-only HEAD FETCH_HEAD'


def rigs(world: World) -> dict[str, Path]:
    """Two repositories of one origin, which know where the other one is."""
    first, second = world.project / "rig-a", world.project / "rig-b"
    repository(first, **{"shared.cfg": SHARED})
    shutil.copytree(first, second, symlinks=True)
    (world.base / "other-of-rig-a").symlink_to(second)
    (world.base / "other-of-rig-b").symlink_to(first)
    return {"rig-a": first, "rig-b": second}


def worker(world: World, place: Path, line: str, *options: str) -> str:
    """A session that changes one line of the shared file, in a work tree of its rig."""
    letter = place.name[-1]
    words = ("--worktree", "--check", "git diff --quiet HEAD", "--retries", "8", "--var", "owner=none")
    supervised = ("--supervisor", f"witness-{letter}", "--assignable", f"fresh-{letter}", "--job-type", "set-shared")
    command = ("sh", "-c", WORK, "work", line, place.name, "{{ owner }}", str(world.base))
    return world.spawn(*words, *supervised, *options, "--", *command, cwd=place)


def changed_under_them(place: Path, how: str) -> None:
    """Somebody changes all of the file, in each rig otherwise."""
    (place / "shared.cfg").write_text(SHARED.replace("= 0", f"= {place.name} {how}"))
    git(place, "commit", "-qam", f"all of it, as {place.name} needs it")


def settle(town: World, provider: Provider) -> None:
    """The declared tree, who advises at which level, and who commits."""
    town.env["TEST_MODEL_KEY"] = "sk-test-12345678"
    # Who is asked first waits for a router that loads: half a minute, on a busy machine.
    text = SETTINGS.replace("advisor_wait: 10s", "levels: [rules, 2, 3, human], advisor_wait: 90s")
    (town.root / "config.yaml").write_text(text + MODELS.format(url=provider.url))
    (town.root / "tree.yaml").write_text(TREE)
    town.run("up", code=0)
    (town.home / ".gitconfig").write_text("[user]\n\tname = Ann\n\temail = ann@example.org\n")


def played(world: World, session: str) -> list[str]:
    """The moves of a session's supervisor so far."""
    return [line["play"] for line in world.decisions(session) if line.get("play")]


def test_the_worked_example_of_factor_eleven(town: World, provider: Provider) -> None:
    """Three workers, two rigs, one file: nine steps without a person, one answer, and all of it is landed."""
    settle(town, provider)
    places = rigs(town)
    seen: list[str] = []

    def adviser(body: dict[str, Any]) -> Turn:
        if body["model"] == "strong":  # the witness's: it sees one case, and the others gather meanwhile
            until(lambda: all(town.state(session) == "escalated" for session in "123"))
            return say(json.dumps({"instructions": "Do it once more.", "reasoning": "It may be over."}))
        seen.append(json.dumps(body["messages"]))
        why = "shared.cfg is shared by rig-a and rig-b, and each wants it otherwise: policy needed, whose is it?"
        return say(json.dumps({"instructions": "Do it once more, as the owner wants it.", "reasoning": why}))

    provider.script("failed", *[adviser] * 9)

    first, second = worker(town, places["rig-a"], "first"), worker(town, places["rig-a"], "second")
    third = worker(town, places["rig-b"], "third")
    for session in (first, second, third):
        until((town.attempt(session) / "base").exists)
    for place in places.values():
        changed_under_them(place, "by hand")
    (town.base / "go").touch()
    refineries = [
        town.run(
            "refine", "--check", AGREES, "--name", f"refinery-{name}", "--stay", code=0, cwd=place,
            env={"OTHER": str(town.base / f"other-of-{name}")},
        ).stdout.strip()
        for name, place in places.items()
    ]  # fmt: skip

    # 1 to 4: a conflict each, a fresh worker on the updated base, and still a conflict, which is a pattern.
    asked = until(lambda: json.loads(town.run("inbox", "--json", code=0).stdout), within=120)
    for session in (first, second, third):
        assert played(town, session)[:3] == ["reassign", "restart", "escalate"]
        failures = [(town.attempt(session, number) / "failure.md").read_text() for number in (1, 2)]
        assert "conflicts with 'main' in shared.cfg" in failures[0]
        assert f"all of it, as {'rig-b' if session == third else 'rig-a'} needs it" in failures[0]
        assert "Merge conflict in shared.cfg" in failures[1]
    # 5 to 7: the coordinator sees both rigs, and asks a person one question for all of them.
    assert "rig-a" in seen[0]
    assert "rig-b" in seen[0]
    (question,) = asked
    until(lambda: json.loads(town.run("inbox", "--json", code=0).stdout)[0]["sessions"] == [first, second, third])
    case = (town.root / "escalations" / f"{question['id']}.md").read_text()
    assert "shared.cfg is shared by rig-a and rig-b" in case
    assert "Merge conflict in shared.cfg" in case

    # 8 to 10: a person decides whose file it is; both rigs are told, and the workers finish.
    answer = ("Rig A owns this file, rig B adapts", "--var", "owner=rig-a", "--as-policy", "--name", "shared-file")
    town.run("answer", question["id"], *answer, code=0)
    until(lambda: all(titles(place)[-1].startswith("scope ") for place in places.values()), within=60)
    until(lambda: {f"scope {s}" for s in (first, second)} <= landed(places["rig-a"]), within=60)
    assert landed(places["rig-b"]) == {f"scope {third}"}
    for place, lines in ((places["rig-a"], ("first", "second")), (places["rig-b"], ())):
        text = (place / "shared.cfg").read_text()
        assert all(f"{line} = rig-a\n" in text for line in lines)
        assert "rig-b" not in text
    assert [town.state(session) for session in (first, second, third)] == ["done"] * 3
    assert json.loads(town.run("inbox", "--json", code=0).stdout) == []

    # And from now on: the next such case is decided by the policy, before anybody is asked.
    for place in places.values():
        changed_under_them(place, "anew")
    fourth = worker(town, places["rig-b"], "first")
    until(lambda: f"scope {fourth}" in landed(places["rig-b"]), within=60)
    assert any("policy 'shared-file'" in line["why"] for line in town.decisions(fourth))
    assert played(town, fourth) == ["restart"]
    assert "first = rig-a anew\n" in (places["rig-b"] / "shared.cfg").read_text()
    assert json.loads(town.run("inbox", "--json", code=0).stdout) == []
    for refinery in refineries:
        assert town.state(refinery) == "running"


def titles(place: Path) -> list[str]:
    """The titles of what was landed, the oldest first."""
    return git(place, "log", "--first-parent", "--reverse", "--format=%s").splitlines()


def landed(place: Path) -> set[str]:
    """The sessions whose work is in a rig's branch."""
    return {title.partition(":")[0] for title in titles(place) if title.startswith("scope ")}
