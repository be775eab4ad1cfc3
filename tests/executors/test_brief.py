"""The brief: what an executor was given can be read from it, and whether that was the same task."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.errors import StoreFault
from scope.executors import brief, orders
from scope.executors.brief import Equipment, Given, Record
from scope.executors.model import brief as reader
from scope.executors.model import tools
from scope.executors.orders import Terms
from scope.laws.group import Advice
from scope.laws.task import Task
from scope.store import document
from tests.models.provider import bash, call, done

if TYPE_CHECKING:
    from pathlib import Path

    from tests.executors.workshop import Workshop

WORDS = "Make the tests run.\n\nThey are in t/."
LAYOUT = Given("t-layout", "4f2a9c1d", "Tests in t/. Use when pytest finds none.", "1. Run `pytest t`.\n")
CACHE = Given("no-cache", "11ee22ff", "Caches that lie.", "1. Remove `.cache`.", (("cache", "off"),))
DIGEST = "Attempt 1 failed its check: no tests ran.\n"
ADVICE = Advice("rules", "1. Set testpaths.\n", (("flags", "t"),), "runbook 'no-tests' knows it")

names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)
revisions = st.text("0123456789abcdef", min_size=1, max_size=12)
lines = st.text(st.characters(exclude_characters="\r", exclude_categories=("Cs",)), max_size=60)
skills = st.builds(Given, names, revisions, lines, lines)
pairs = st.tuples(names, revisions)
reasons = st.lists(st.tuples(names, lines), max_size=3, unique_by=lambda pair: pair[0]).map(tuple)
equipments = st.builds(
    Equipment, st.lists(skills, max_size=3).map(tuple), st.lists(pairs, max_size=3).map(tuple), reasons
)
advices = st.none() | st.builds(Advice, st.sampled_from(["rules", "2", "3", "human"]), lines, st.just(()), lines)
tasks = st.builds(
    Task,
    body=lines,
    executor=st.sampled_from(["command", "model", "template"]),
    vars=st.lists(st.tuples(names, lines), max_size=3, unique_by=lambda pair: pair[0]).map(tuple),
)


def written(place: Path, text: str, number: int = 1) -> str:
    """Put a brief where the watcher would, and return the attempt's directory."""
    directory = place / "attempts" / str(number)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "brief.md").write_text(text)
    return str(directory)


def test_a_brief_reads_as_it_is_promised() -> None:
    """Keys of all that was given and held back, then the words, the skills, the advice and what failed."""
    task = Task(body=f"{WORDS}\n", executor="model", check="pytest -q", vars=(("flags", "t"),))
    equipment = Equipment((LAYOUT, CACHE), (("other", "99"),), (("third", "another of the same kind is nearer"),))
    assert brief.compose(task, ADVICE, equipment, DIGEST, 0) == (
        '---\nexecutor: model\ncheck: "pytest -q"\nvars: {flags: t}\n'
        "skills: [t-layout@4f2a9c1d, no-cache@11ee22ff]\ncontrol: [other@99]\n"
        'left_out: {third: "another of the same kind is nearer"}\nadvice_from: rules\n---\n'
        f"{WORDS}\n\n## Skills\n\n"
        "### t-layout\n\nTests in t/. Use when pytest finds none.\n\n1. Run `pytest t`.\n\n"
        "### no-cache\n\nCaches that lie.\n\n1. Remove `.cache`.\n\n"
        "## Advice\n\n1. Set testpaths.\n\n"
        "## What failed before\n\nAttempt 1 failed its check: no tests ran.\n"
    )


def test_what_is_empty_is_left_out() -> None:
    """A task alone is its words as they were written; a bare "once more" says nothing."""
    assert brief.compose(Task(body=WORDS), None, Equipment(), "", 0) == f"---\nexecutor: command\n---\n{WORDS}"
    said = brief.compose(Task(body=WORDS), Advice("human", " ", (), "\n"), Equipment(), "\n", 3)
    assert said == f"---\nexecutor: command\nresumes: 3\nadvice_from: human\n---\n{WORDS}"
    assert brief.compose(Task(), ADVICE, Equipment(), "", 0).endswith("---\n## Advice\n\n1. Set testpaths.\n")


@given(tasks, advices, equipments, lines)
def test_what_was_given_is_read_back(task: Task, advice: Advice | None, equipment: Equipment, digest: str) -> None:
    """Whatever the words hold: names, revisions, variables and the level, and the body as one text."""
    text = brief.compose(task, advice, equipment, digest, 0)
    parsed = document.parse(text)
    assert parsed.body == text.partition("\n---\n")[2]
    assert brief.Record(
        skills=tuple((skill.name, skill.revision) for skill in equipment.skills),
        control=equipment.control,
        advice_from=advice.level if advice else "",
        variables=task.vars,
    ) == brief.record_of(parsed)


def test_an_attempt_without_a_brief_was_given_nothing(tmp_path: Path) -> None:
    """Absent, torn or no YAML; but a file that cannot be read is not the same as none."""
    assert brief.recorded(str(tmp_path / "attempts" / "1")) == Record()
    for text in (
        "",
        "---\nskills: [a@1",
        "---\nskills: {\n---\n",
        "---\nskills: a@1\nvars: [x]\ncontrol: [[a]]\n---\n",
    ):
        assert brief.recorded(written(tmp_path, text)) == Record()
    (tmp_path / "attempts" / "2" / "brief.md").mkdir(parents=True)
    with pytest.raises(StoreFault):
        brief.recorded(str(tmp_path / "attempts" / "2"))


@given(task=tasks, advice=advices, equipment=equipments, digest=lines, other=lines)
def test_an_attempt_is_known_to_be_of_its_task(
    tmp_path_factory: pytest.TempPathFactory,
    task: Task,
    advice: Advice | None,
    equipment: Equipment,
    digest: str,
    other: str,
) -> None:
    """With skills, advice and a digest behind the words; of other words it is another."""
    directory = written(tmp_path_factory.mktemp("s"), brief.compose(task, advice, equipment, digest, 0))
    assert brief.is_of(task, directory)
    body = task.body.strip()
    if other.strip() and not other.strip().startswith(body):
        assert not brief.is_of(Task(body=other), directory)
    assert not brief.is_of(Task(body=f"{task.body} and more words"), directory)


@pytest.mark.parametrize("executor", ["model", "advisor", "template", "command"])
def test_only_a_model_goes_on_where_it_was(executor: str, tmp_path: Path) -> None:
    """Killed in the middle, with skills and advice at either attempt; an advisor begins anew."""
    root = tmp_path / ".scope"
    session = root / "sessions" / "1"
    shape: dict[str, Any] = {"command": ("true",)} if executor == "command" else {"templates": (("a", "b"),)}
    task = Task(body=WORDS, executor=executor, **(shape if executor in ("command", "template") else {}))
    first = Terms(str(root), "1", 1, equipment=Equipment((LAYOUT,)))
    orders.prepare(str(session), str(session / "attempts" / "1"), task, first)
    (session / "attempts" / "1" / "trajectory.jsonl").write_text('{"kind": "task"}\n')
    second = Terms(str(root), "1", 2, advice=ADVICE, equipment=Equipment((CACHE,)), digest=DIGEST)
    orders.prepare(str(session), str(session / "attempts" / "2"), task, second)
    said = document.parse((session / "attempts" / "2" / "brief.md").read_text())
    assert said.keys.get("resumes", "") == ("1" if executor == "model" else "")
    assert brief.recorded(str(session / "attempts" / "2")).skills == (("no-cache", "11ee22ff"),)


def test_the_model_is_given_the_whole_body_and_the_skills_by_name(tmp_path: Path) -> None:
    """Task, skills, advice and digest are one text."""
    task = Task(body=WORDS, executor="model")
    text = brief.compose(task, ADVICE, Equipment((LAYOUT, CACHE)), DIGEST, 0)
    read = reader.read(written(tmp_path, text))
    assert read.text == text.partition("\n---\n")[2].strip()
    assert read.skills == ("t-layout", "no-cache")
    assert reader.read(written(tmp_path, brief.compose(task, None, Equipment(), "", 0))).skills == ()


def parameters(shop: Workshop, tool: str) -> dict[str, Any]:
    """What the model was told of a tool."""
    listed = shop.relay.bodies[-1]["tools"]
    return next(each["function"] for each in listed if each["function"]["name"] == tool)


@pytest.mark.parametrize("end", ["done", "fail"])
def test_a_model_says_how_it_used_its_skills(end: str, shop: Workshop) -> None:
    """Names and words that are none are passed over, and the file is there before the end."""
    said = {"t-layout": "followed", "no-cache": "loved", "unknown": "ignored"}
    words = {"result": "ok"} if end == "done" else {"class": "wrong_approach", "message": "no"}
    shop.prepare(skills="[t-layout@4f2a9c1d, no-cache@11ee22ff]")
    shop.run(bash("true"), call(end, **words, skills=said), code=0 if end == "done" else 1)
    assert json.loads((shop.attempt() / "skills.json").read_text()) == {"t-layout": "followed"}


@pytest.mark.parametrize("said", ["followed", ["t-layout"], {"t-layout": ["followed"]}, None, {}])
def test_what_is_said_amiss_of_skills_ends_nothing(said: object, shop: Workshop) -> None:
    """The result counts more than a word on what helped."""
    shop.prepare(skills="[t-layout@4f2a9c1d]")
    shop.run(call("done", result="ok", skills=said))
    assert shop.result() == "ok\n"
    assert not (shop.attempt() / "skills.json").exists()


def test_without_skills_nobody_is_asked_about_them(shop: Workshop) -> None:
    """And what is said of some all the same is dropped."""
    shop.run(call("done", result="ok", skills={"t-layout": "followed"}))
    assert not (shop.attempt() / "skills.json").exists()
    assert tools.schemas(()) is tools.SCHEMAS
    assert "skills" not in json.dumps(tools.schemas(()))


def test_with_skills_only_done_and_fail_ask_about_them() -> None:
    """Each by its name, with the three words that there are."""
    for tool in tools.schemas(("a", "b.c-d")):
        asked = tool["function"]["parameters"]["properties"].get("skills")
        assert (asked is not None) == (tool["function"]["name"] in ("done", "fail"))
        if asked is not None:
            assert list(asked["properties"]) == ["a", "b.c-d"]
            assert all(each["enum"] == list(tools.USES) for each in asked["properties"].values())
            assert "skills" not in tool["function"]["parameters"]["required"]
    assert "skills" not in json.dumps(tools.SCHEMAS)


def test_a_resumed_model_is_told_when_its_brief_is_another(shop: Workshop) -> None:
    """The same text is not said twice; with other skills it is said as the task that it is now."""
    text = "Make a file\n\n## Skills\n\n### a\n\n1. Do it."
    shop.run(bash("true"), bash("true"), done("x"), task=text)
    kept = shop.lines()[:7]
    (shop.attempt() / "trajectory.jsonl").write_text("".join(json.dumps(line) + "\n" for line in kept))
    (shop.attempt() / "query").unlink()
    shop.prepare(2, task=text, resumes=1)
    shop.run(done("ok"), number=2, task=text)
    assert "The task was changed" not in shop.provider.seen[-1].text
    shop.prepare(3, task=text.replace("Do it", "Do it twice"), resumes=1)
    shop.run(done("ok"), number=3, task=text)
    assert "The task was changed" in shop.provider.seen[-1].text
    assert "Do it twice" in shop.provider.seen[-1].text
