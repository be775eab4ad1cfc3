"""What `config.yaml` may say."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.budget import Budget
from scope.laws.configuration import KEYS, Configuration, Escalation, Supervision, Triggers, parse, slots
from scope.laws.plays import PLAYS
from scope.laws.roster import Roster
from scope.laws.schema import Problem
from scope.store import document
from tests.laws.cases import thorough

SECTIONS = ("supervision", "triggers", "escalation", "models", "budgets")
nodes: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.text(max_size=5) | st.sampled_from(["7", "10m", "80%", "4G", "restart", "human", "rules"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def _names(settings: Any, before: str = "") -> list[str]:
    names: list[str] = []
    if isinstance(settings, Roster):
        return [f"{before.removesuffix('roster.')}{field.name}" for field in fields(settings)]
    for field in fields(settings):
        value = getattr(settings, field.name)
        name = f"{before}{field.name}"
        is_section = is_dataclass(value) and not isinstance(value, Budget)
        names += _names(value, f"{name}.") if is_section else [name]
    return names


def _settings(keys: dict[str, Any], below: Configuration | None = None) -> Configuration:
    settings = parse(keys, below or Configuration())
    assert isinstance(settings, Configuration), settings
    return settings


def _problem(keys: dict[str, Any]) -> Problem:
    problem = parse(keys, Configuration())
    assert isinstance(problem, Problem), problem
    return problem


def _nested(name: str, node: Any) -> dict[str, Any]:
    section, _, key = name.rpartition(".")
    return {section: {key: node}} if section else {key: node}


def test_the_keys_cover_exactly_the_fields() -> None:
    """Nothing can be set that is not used, and nothing used that cannot be set."""
    assert sorted(key.name for key in KEYS) == sorted(_names(Configuration()))


def test_every_keys_example_is_right() -> None:
    """It is what the documentation shows."""
    for key in KEYS:
        assert key.meaning
        written, _ = document.mapping(f"key: {key.example}")
        assert not isinstance(parse(_nested(key.name, written["key"]), Configuration()), Problem), key.name


def test_keys_go_over_those_below_and_leave_the_others() -> None:
    """Project over home over built-in."""
    home = _settings({"grace": "500ms", "max_running": "7"})
    assert home == Configuration(max_running=7, grace=0.5)
    assert _settings({"grace": "2s"}, home) == Configuration(max_running=7, grace=2.0)
    assert _settings({}, home) == home


def test_a_sections_keys_go_one_by_one_over_those_below() -> None:
    """A project that sets the intensity keeps the span of home."""
    home = _settings({"supervision": {"span": "3", "playbook": ["vary", "escalate"]}, "triggers": {"memory": "512M"}})
    project = _settings({"supervision": {"intensity": "2"}, "escalation": {"group_wait": "20ms"}}, home)
    assert project.supervision == Supervision(span=3, playbook=("vary", "escalate"), intensity=2)
    assert project.triggers == Triggers(memory=512 << 20)
    assert project.escalation == Escalation(group_wait=0.02)


def test_a_key_with_a_dot_says_the_same_as_its_section() -> None:
    """Both spellings are taken, as one setting."""
    assert _settings({"supervision.span": "3"}) == _settings({"supervision": {"span": "3"}})


@pytest.mark.parametrize("section", SECTIONS)
def test_an_empty_section_sets_nothing_and_one_that_is_a_word_is_refused(section: str) -> None:
    """A heading without keys is not yet wrong."""
    assert _settings({section: None}) == _settings({section: {}}) == Configuration()
    assert "takes keys of its own" in _problem({section: "on"}).says


def test_nothing_ends_local_recovery_or_an_attempt_that_nobody_set_a_trigger_for() -> None:
    """The times in the examples are for who wants them."""
    triggers = Configuration().triggers
    assert (triggers.attempts, triggers.wall_time, triggers.no_progress) == (0, None, None)
    assert (triggers.memory, triggers.cpu) == (None, None)


def test_the_times_of_groups_are_alertmanagers() -> None:
    """Thirty seconds, five minutes, four hours."""
    assert Configuration().escalation == Escalation(("rules", "2", "3", "human"), 30.0, 300.0, 30.0, 14400.0)
    assert Configuration().supervision.playbook == PLAYS


@pytest.mark.parametrize("levels", [[], ["rules"], ["human", "rules"], ["boss", "human"], ["2", "2", "human"], "rules"])
def test_a_ladder_ends_at_a_person_and_goes_over_known_levels_once(levels: Any) -> None:
    """Whatever climbs has to arrive at somebody."""
    assert _problem({"escalation": {"levels": levels}}).key == "escalation.levels"


def test_a_ladder_may_be_as_short_as_a_person_alone() -> None:
    """Everybody else is optional."""
    assert _settings({"escalation": {"levels": "human"}}).escalation.levels == ("human",)


@pytest.mark.parametrize("playbook", [["restart", "restart"], ["pray"], "Restart"])
def test_a_playbook_is_made_of_the_six_moves_each_at_most_once(playbook: Any) -> None:
    """A misspelt move must not be one that is never made."""
    assert _problem({"supervision": {"playbook": playbook}}).key == "supervision.playbook"


@thorough
@given(
    st.dictionaries(
        st.sampled_from([*SECTIONS, *(key.name for key in KEYS)]) | st.text(max_size=5),
        nodes | st.dictionaries(st.sampled_from([key.name.rpartition(".")[2] for key in KEYS]), nodes, max_size=3),
        max_size=3,
    )
)
def test_no_document_is_a_surprise(keys: dict[str, Any]) -> None:
    """Whatever somebody wrote, it is a configuration or says what is wrong with which key."""
    settings = parse(keys, Configuration())
    if isinstance(settings, Problem):
        assert settings.says
    else:
        assert settings.escalation.levels[-1] == "human"


def test_an_unknown_key_is_refused_and_the_nearest_is_proposed() -> None:
    """A misspelt limit must not be a limit that is not there."""
    assert _problem({"max_runing": "2"}) == Problem(
        "max_runing", "unknown key 'max_runing', did you mean 'max_running'?"
    )
    assert _problem({"xyzzy": "2"}) == Problem("xyzzy", "unknown key 'xyzzy'")
    assert _problem({"supervision": {"spam": "2"}}) == Problem(
        "supervision.spam", "unknown key 'supervision.spam', did you mean 'supervision.span'?"
    )


def test_a_wrong_value_is_refused_with_its_key() -> None:
    """The message can say file and line."""
    assert _problem({"grace": "long"}).key == "grace"
    assert _problem({"triggers": {"memory": "much"}}).key == "triggers.memory"


@pytest.mark.parametrize(
    ("cores", "memory_mib", "expected"), [(1, 128, 4), (2, 4096, 64), (64, 1 << 20, 200), (64, 1024, 16)]
)
def test_slots_follow_the_machine_between_4_and_200(cores: int, memory_mib: int, expected: int) -> None:
    """The scarcer of cores and memory decides."""
    assert slots(cores, memory_mib) == expected
