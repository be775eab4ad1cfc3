"""The figures that the watcher keeps for Prometheus: well-formed, cheap, and never going back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from scope.sessions.keeping import housekeeping
from scope.supervision.figures import metrics
from scope.supervision.figures.counters import Counters
from scope.supervision.figures.metrics import Metrics
from scope.supervision.strategy.tree import Tree
from scope.supervision.wards.log import Log
from scope.supervision.wards.roster import Roster
from tests.cli.village import Village, at, busy
from tests.driver import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.driver import World


def samples(text: str) -> dict[str, float]:
    """Every sample of a text, by its name and the values of its labels."""
    return {
        " ".join((sample.name.removeprefix("scope_"), *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Desk:
    """Metrics of a root written by hand, whose clock the test turns."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "run").mkdir(exist_ok=True)
        self.path = root / "run" / "metrics.prom"
        self.now = 0.0
        self.begin()

    def begin(self) -> None:
        """A watcher begins."""
        log = Log(str(self.root))
        roster = Roster(str(self.root))
        self.parts = roster, Tree(str(self.root), "boot", roster, log)
        self.metrics = Metrics(str(self.root), log)

    def look(self) -> dict[str, float]:
        """Let eleven seconds pass, and return what is written then."""
        self.now += 11
        self.metrics.write(*self.parts, self.now)
        return samples(self.path.read_text())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A root with thirty ended sessions."""
    busy(tmp_path)
    return Desk(tmp_path)


def test_they_are_the_figures_of_stats(desk: Desk) -> None:
    """Who resolved how much, how long it took, what came again."""
    found = desk.look()
    levels = ("worker", "supervisor", "coordinator", "human", "unknown")
    assert [found[f"sessions_resolved_total {level}"] for level in levels] == [20, 3, 1, 5, 1]
    assert found["sessions_escalated_total"] == 10
    assert (found["failures_total"], found["failures_recurred_total"]) == (10, 7)
    assert found["sessions_ended_total done"] == 30
    assert (found["resolution_seconds_count"], found["resolution_seconds_sum"]) == (10, 2760)
    assert found["resolution_seconds_bucket 60"] == 2


def test_removed_sessions_and_a_new_watcher_take_nothing_back(desk: Desk) -> None:
    """The counts lie beside the journals' places."""
    before = desk.look()
    for path in sorted((desk.root / "sessions").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    desk.begin()
    assert desk.look() == before
    Village(desk.root).well("70", 20)
    after = desk.look()
    assert after["sessions_resolved_total worker"] == before["sessions_resolved_total worker"] + 1
    assert all(after[name] >= value for name, value in before.items())


def test_a_journal_that_somebody_began_anew_is_counted_on(desk: Desk) -> None:
    """What was counted stays, and the new lines come on top."""
    desk.look()
    (desk.root / "events.jsonl").write_text("")
    Village(desk.root).well("80", 21)
    assert desk.look()["sessions_ended_total done"] == 31


def test_counts_that_cannot_be_read_are_made_again(desk: Desk) -> None:
    """From the journals, as at first."""
    before = desk.look()
    for broken in ("{", "[]", '{"offsets": {"events": -5, "groups": "x"}, "counts": {"a": NaN, "b c": true}}'):
        (desk.root / "run" / "metrics.json").write_text(broken)
        desk.begin()
        found = desk.look()
        assert {name: found[name] for name in before} == before


def test_counts_are_made_again_of_sessions_that_are_gone(desk: Desk) -> None:
    """What figures need of them was written down before they went."""
    made = Village(desk.root)
    made.well("41", 1, executor="advisor", by="watcher")
    found = desk.look()
    for session in ("1", "31", "34", "36", "41"):
        assert housekeeping.put_away(str(desk.root), session).done == "archived"
    (desk.root / "run" / "metrics.json").unlink()
    desk.begin()
    assert desk.look() == found


def test_they_are_written_every_ten_seconds_at_most_and_only_when_something_changed(desk: Desk) -> None:
    """A scraper's file keeps its inode while nothing happens."""
    desk.look()
    inode = desk.path.stat().st_ino
    desk.look()
    assert desk.path.stat().st_ino == inode
    Village(desk.root).well("90", 20)
    desk.metrics.write(*desk.parts, desk.now + 1)
    assert desk.path.stat().st_ino == inode
    desk.look()
    assert desk.path.stat().st_ino != inode


def test_a_long_history_is_taken_in_pieces(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The watcher has other work; each look goes on where the last one ended, and nothing counts twice."""
    monkeypatch.setattr(metrics, "LINES_AT_ONCE", 7)
    seen = [desk.look()["sessions_ended_total done"] for _ in range(20)]
    assert seen == sorted(seen)
    assert seen[0] < 30 == seen[-1]


def test_a_look_reads_only_what_is_new(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many sessions there are, one more costs its own two lines."""
    desk.look()
    taken = []
    monkeypatch.setattr(Counters, "take", lambda _, name, line: taken.append((name, line["session"])))
    Village(desk.root).well("95", 20)
    desk.look()
    assert taken == [("events", "95"), ("events", "95")]


def test_a_full_disk_or_a_bug_stops_no_watcher(desk: Desk) -> None:
    """It is said once in the log."""
    desk.path.mkdir()
    (desk.path / "x").touch()
    for _ in range(2):
        desk.now += 11
        desk.metrics.write(*desk.parts, desk.now)
    said = (desk.root / "run" / "watcher.log").read_text()
    assert said.count("metrics.prom") == 1


LINES = st.dictionaries(
    st.sampled_from(["session", "to", "from", "time", "event", "move", "group", "id", "outcome", "cost", "attempt"]),
    st.none()
    | st.floats()
    | st.integers(-3, 10**400)
    | st.text(max_size=4)
    | st.lists(st.integers(), max_size=1)
    | st.sampled_from(["1", "2.1", "done", "running", "escalated", at(1), "restart", "settle", "success", "failure"]),
)


@given(st.lists(st.tuples(st.sampled_from(["events", "groups", "restarts", "outcomes"]), LINES), max_size=30))
def test_no_line_takes_a_counter_back_or_breaks_the_text(lines: list[tuple[str, dict[str, Any]]]) -> None:
    """Foreign lines, torn ones, numbers beyond every sum."""
    counters = Counters("/nowhere", {})
    before: dict[str, float] = {}
    for name, line in lines:
        counters.take(name, line)
        counts = counters.as_json()["counts"]
        assert all(counts[key] >= value for key, value in before.items())
        before = dict(counts)
    assert Counters("/nowhere", json.loads(json.dumps(counters.as_json()))).as_json() == counters.as_json()


@pytest.fixture
def sampled(town: World) -> World:
    """A town with one declared supervisor."""
    place = town.root / "agents" / "web"
    place.mkdir(parents=True)
    (place / "identity.md").write_text("---\nrole: supervisor\nspan: 3\n---\n")
    return town


def test_a_watcher_writes_them_as_it_goes_and_when_it_ends(sampled: World) -> None:
    """Live sessions, what waits for a person, the load of a declared supervisor; counters from real work."""
    path = sampled.root / "run" / "metrics.prom"
    sampled.wait(sampled.sh("exit 0"))
    sampled.until_state(sampled.sh("exec sleep 60", "--supervisor", "web"), "running")
    stuck = sampled.sh("echo boom; exit 4", "--playbook", "escalate", "--retries", "1")
    sampled.wait(stuck, code=3)
    until(path.exists)
    sampled.run("watch", "stop", code=0)
    found = samples(path.read_text())
    assert found["sessions_ended_total done"] == 1
    assert (found["sessions running"], found["sessions escalated"], found["escalations_open"]) == (1, 1, 1)
    assert (found["supervisor_load web"], found["supervisor_span web"]) == (1, 3)
    assert (path.stat().st_mode & 0o777) == 0o600
    counted = json.loads((sampled.root / "run" / "metrics.json").read_text())["offsets"]["events"]
    assert counted == (sampled.root / "events.jsonl").stat().st_size
