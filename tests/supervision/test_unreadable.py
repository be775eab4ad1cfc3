"""What workers and people leave where the watcher reads: strange, broken or half-written, it stops nobody."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scope.supervision.wards import clock
from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World

HELD = """
import fcntl, json, os, sys, time
place = os.environ["PLACE"]
descriptor = os.open(place + "/aside", os.O_RDWR | os.O_CREAT)
fcntl.flock(descriptor, fcntl.LOCK_EX)
os.write(descriptor, sys.argv[1].encode())
os.rename(place + "/aside", place + "/question-1.json")  # whole and locked, as scope ask does it
while not os.path.exists(place + "/answer-1.json"):
    time.sleep(0.01)
print(json.load(open(place + "/answer-1.json"))["answer"])
"""


def within_attempt(script: str) -> str:
    """Return a script that knows the directory of its attempt as `$PLACE`."""
    return f'PLACE=$(dirname "$SCOPE_BRIEF"); export PLACE; {script}'


def lives_on(world: World, watcher: int | None) -> None:
    """Fail unless the same watcher lives, and still carries out something new."""
    assert world.wait(world.sh("echo on"), within=25) == "on\n"
    assert world.watcher_pid() == watcher
    assert "Traceback" not in world.log()


@pytest.mark.parametrize("deadline", ["NaN", "Infinity", "-Infinity", "1e17", "-5", "true", "9" * 400, '"soon"'])
def test_a_deadline_that_no_clock_can_show_is_none(town: World, deadline: str) -> None:
    """The question is asked, and answered, and the watcher lives on."""
    (town.project / "ask.py").write_text(HELD)
    said = f'{{"question": "Go?", "options": ["yes", "no"], "default": "no", "deadline": {deadline}}}'
    session = town.sh(within_attempt(f"exec python3 ask.py '{said}'"))
    town.until_state(session, "waiting")
    watcher = town.watcher_pid()
    lives_on(town, watcher)
    town.run("answer", session, "yes", code=0)
    assert town.wait(session) == "yes\n"


def test_a_question_of_half_characters_and_without_end_can_be_asked_and_answered(town: World) -> None:
    """What no file can hold is replaced, what is too long is cut, and there are not more options than one reads."""
    (town.project / "ask.py").write_text(HELD.replace("sys.argv[1].encode()", "open('said.json', 'rb').read()"))
    options = ["\ud800 one", "two", *(f"o{number}" for number in range(100))]
    said = {"question": "\udfff Go? " + "x" * 9000, "options": options, "default": "\ud801"}
    (town.project / "said.json").write_text(json.dumps(said))
    session = town.sh(within_attempt("exec python3 ask.py"))
    town.until_state(session, "waiting")
    lives_on(town, town.watcher_pid())
    [shown] = (town.root / "escalations").glob("*.md")
    assert len(shown.read_text(encoding="utf-8")) < 10_000
    assert "o47" in shown.read_text()
    assert "o48" not in shown.read_text()
    town.run("answer", session, "? one", code=0)
    assert town.wait(session) == "? one\n"


REPORTS = {
    "half characters": r"""printf '{"class": "\\ud800", "message": "\\ud800 lost", "needs": "\\udfff", '\
'"tried": ["\\ud800"], "fingerprint": "\\ud900", "until": "\\ud900"}' > $PLACE/report.json""",
    "a directory": "mkdir $PLACE/report.json",
    "a pipe": "mkfifo $PLACE/report.json",
    "a device": "ln -s /dev/zero $PLACE/report.json",
    "too much": "truncate -s 3G $PLACE/report.json",
}


@pytest.mark.parametrize("script", REPORTS.values(), ids=REPORTS.keys())
def test_a_report_that_cannot_be_read_is_one_of_something_unknown(town: World, script: str) -> None:
    """The attempt is over and has failed, as by any report."""
    session = town.sh(within_attempt(f"{script}; exit 3"), "--retries", "0", "--playbook", "restart")
    town.run("wait", session, code=1, within=25)
    assert (town.attempt(session) / "failure.md").exists()
    lives_on(town, town.watcher_pid())


STRANGE = ("mkfifo", "ln -s /dev/zero", "mkdir", "truncate -s 3G")


WORKERS = ("question-1.json", "waiting_on", "started", "../../activity", "exit", "output.log")
PEOPLES = ("config.yaml", "policies/p.md", "agents/a/identity.md", "escalations/e1.md", "skills/runbooks/r.md")


@pytest.mark.parametrize("how", STRANGE)
def test_a_strange_thing_where_a_worker_writes_stops_nobody(town: World, how: str) -> None:
    """A pipe is not waited for, a device is not read, and a huge file not held in memory."""
    paths = [f"$PLACE/{name}" for name in WORKERS]
    made = [town.sh(within_attempt(f"rm -rf {path}; {how} {path}; sleep 0.3")) for path in paths]
    for session in made:
        town.until_started(session)
    watcher = town.watcher_pid()
    lives_on(town, watcher)
    for session in made:
        town.run("poll", session, code=0, within=10)
        town.run("explain", session, within=10)
    until(lambda: all(town.state(session) in ("done", "failed") for session in made), what=town.log())
    status = Path(f"/proc/{watcher}/status").read_text().splitlines()
    assert next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) < 300_000  # kB


@pytest.mark.parametrize("how", STRANGE)
def test_a_strange_thing_where_people_write_stops_nobody(town: World, how: str) -> None:
    """It is reported where it matters, and the work goes on."""
    for path in PEOPLES:
        place = town.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        subprocess.run([*how.split(), place], check=True)
    session = town.sh("exit 1", "--playbook", "escalate")
    town.until_state(session, "escalated")
    lives_on(town, town.watcher_pid())


def test_a_strange_thing_in_a_mailbox_wishes_nothing(town: World) -> None:
    """The messages beside it are still taken."""
    session = town.sh("sleep 60")
    town.until_state(session, "running")
    new = town.session(session) / "inbox" / "new"
    for part in ("tmp", "new", "cur"):
        (new.parent / part).mkdir(parents=True, exist_ok=True)
    os.mkfifo(new / "0")
    town.run("redirect", session, "--", "echo", "other", code=0)
    assert town.wait(session, within=25) == "other\n"


def test_the_error_is_never_a_line_of_ours(town: World) -> None:
    """What scope says above a long output is for people, and is no symptom."""
    session = town.sh("seq 1 500; exit 1", "--playbook", "escalate")
    until((town.session(session) / "question").exists)
    assert "scope logs" not in (town.attempt(session) / "failure.md").read_text()
    town.run("answer", session, "fail", code=0)
    town.run("wait", session, code=1)
    assert "[the last 200 lines; all of it: scope logs 1]" in (town.session(session) / "result.md").read_text()


@pytest.mark.parametrize("after", ["", "; echo; echo end"])
def test_the_end_of_a_line_longer_than_any_window_is_kept(town: World, after: str) -> None:
    """It may be all that was said."""
    script = f"head -c 200000 /dev/zero | tr '\\0' x; printf ' fatal: the disk is on fire'{after}; exit 1"
    session = town.sh(script, "--playbook", "escalate")
    until((town.session(session) / "question").exists)
    failure = (town.attempt(session) / "failure.md").read_text()
    assert "fatal: the disk is on fire" in failure
    assert len(failure) < 5000
    town.run("answer", session, "fail", code=0)
    assert "fatal: the disk is on fire" in town.wait(session, code=1)


def agent(world: World, name: str, text: str) -> Path:
    """Write an identity, and return its path."""
    place = world.root / "agents" / name / "identity.md"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return place


SHIFT = "---\nrole: supervisor\nplaybook: [restart]\n---\n"


def test_a_supervisor_stays_who_it_was_while_its_file_is_broken(town: World) -> None:
    """Its playbook holds, and the log says once what is wrong."""
    path = agent(town, "shift", SHIFT)
    session = town.sh("while [ ! -e go ]; do sleep 0.01; done; exit 4", "--supervisor", "shift", "--retries", "1")
    town.until_state(session, "running")
    path.write_text("---\nrole: superv")
    time.sleep(1.2)  # as long as an identity is remembered
    (town.project / "go").touch()
    town.run("wait", session, code=1, within=25)
    assert [line["play"] for line in town.decisions(session) if line.get("play")] == ["restart"]
    assert town.log().count("agent shift: it stays as it was") == 1


def test_what_is_supervised_by_somebody_who_cannot_be_read_is_held(town: World) -> None:
    """Unknown is not absent: it goes on once the file can be read."""
    path = agent(town, "shift", SHIFT)
    town.run("watch", "stop")
    session = town.sh("while [ ! -e go ]; do sleep 0.01; done; exit 4", "--supervisor", "shift", "--retries", "1")
    town.until_state(session, "running")
    town.kill_watcher()
    path.write_text("---\nrole: superv")
    (town.project / "go").touch()
    town.wait(town.sh("true"))
    until(lambda: "what it supervises is held until that can be read" in town.log())
    assert town.state(session) == "running"
    path.write_text(SHIFT)
    town.run("wait", session, code=1, within=25)
    assert [line["play"] for line in town.decisions(session) if line.get("play")] == ["restart"]


def test_a_watcher_that_finds_a_broken_configuration_takes_the_last_good_one(town: World) -> None:
    """Not the built-in settings; and the log says which."""
    path = town.root / "config.yaml"
    path.write_text(path.read_text() + "max_running: 1\n")
    town.wait(town.sh("true"))
    town.kill_watcher()
    path.write_text("max_running: [")
    town.sh("while [ ! -e go ]; do sleep 0.01; done")
    town.until_state("2", "running")
    town.sh("true")
    until(lambda: "all slots" in town.run("poll", "3", code=0).stdout, what=town.log())
    assert "the last one that could be taken holds" in town.log()
    (town.project / "go").touch()
    town.wait("2", "3")


def test_broken_policies_and_runbooks_are_named_in_the_log_and_explained(town: World) -> None:
    """With file and line; nobody has to guess why they do nothing."""
    for place in (town.root / "policies", town.root / "skills" / "runbooks"):
        place.mkdir(parents=True)
        (place / "wrong.md").write_text("---\nmach: {class: timeout}\n---\n")
    session = town.sh("sleep 60")
    town.until_state(session, "running")
    said = town.run("explain", session, code=0).stdout
    for found in (town.log(), said):
        assert "policies/wrong.md:" in found
        assert "runbooks/wrong.md:" in found


def test_a_policy_ends_at_its_instant_whatever_the_zone_it_is_written_in(town: World) -> None:
    """An hour ago in a zone far to the east reads like tomorrow, and is over."""
    place = town.root / "policies"
    place.mkdir()
    over = time.strftime("%Y-%m-%dT%H:%M:%S+14:00", time.gmtime(time.time() + 13 * 3600))
    holds = time.strftime("%Y-%m-%dT%H:%M:%S-12:00", time.gmtime(time.time() - 11 * 3600))
    (place / "a.md").write_text(f"---\nmatch: {{job_type: a}}\nthen: pass\nuntil: {over}\n---\n")
    (place / "b.md").write_text(f"---\nmatch: {{job_type: b}}\nthen: pass\nuntil: {holds}\n---\n")
    first = town.sh("exit 1", "--job-type", "a", "--playbook", "restart", "--retries", "0")
    second = town.sh("exit 1", "--job-type", "b", "--playbook", "restart", "--retries", "0")
    town.run("wait", first, code=1)
    town.wait(second)


def test_a_word_of_the_answer_is_that_word_however_it_is_written(town: World) -> None:
    """`Fail` fails it: by command, and with an editor."""
    first, second = (town.sh(f"exit {code}", "--playbook", "escalate", "--job-type", f"j{code}") for code in (3, 5))
    for session in (first, second):
        until((town.session(session) / "question").exists)
    town.run("answer", first, "Fail", code=0)
    town.run("wait", first, code=1, within=25)
    identity = (town.session(second) / "question").read_text().split("\n")[0]
    path = town.root / "escalations" / f"{identity}.md"
    path.write_text(path.read_text().replace("\nanswer:", "\nanswer: PASS"))
    town.wait(second, within=25)


def test_an_answer_that_nobody_can_take_is_warned_of(town: World) -> None:
    """Words without the variable `advice`, and a variable that no task declares."""
    plain = town.sh("[ -e tried ] || { touch tried; exit 3; }", "--playbook", "escalate", "--retries", "3")
    until((town.session(plain) / "question").exists)
    assert "hint: answer what is asked: scope answer e1 …" in town.run("retry", plain, code=2).stderr
    said = town.run("answer", plain, "look into the cellar", "--var", "flgs=-q", code=0).stderr
    assert "its task declares no variable 'flgs'" in said
    assert "brief.md only ($SCOPE_BRIEF)" in said
    town.wait(plain)
    script = "case $SCOPE_ATTEMPT in */1) exit 3 ;; esac; echo {{ advice }}"
    heard = town.spawn(
        "--playbook", "escalate", "--job-type", "other", "--retries", "3", "--var", "advice=none", "--",
        "sh", "-c", script, "{{ advice }}",
    )  # fmt: skip
    until((town.session(heard) / "question").exists)
    assert "warning" not in town.run("answer", heard, "look", code=0).stderr
    town.wait(heard)


def test_lines_that_a_person_wrote_into_the_journals_of_the_inbox_stop_nobody(town: World) -> None:
    """Whatever number is in them; what is told and asked goes on."""
    place = town.root / "escalations"
    place.mkdir()
    huge = "9" * 400
    (place / "groups.jsonl").write_text(
        '{"group": "e²", "move": "open"}\n'
        f'{{"group": "e1", "move": "open", "at": {huge}, "boot": "{clock.boot_id()}"}}\n'
    )
    lines = (f'{{"notice": 1, "at": {at}, "reasons": [], "cases": {{"e1": [0, 0]}}}}\n' for at in (huge, "NaN"))
    (place / "notified.jsonl").write_text("".join(lines))
    assert town.wait(town.sh("echo on")) == "on\n"
    lives_on(town, town.watcher_pid())
    asking = town.sh("scope ask 'Go?'")
    town.until_state(asking, "waiting")
    town.run("answer", asking, "yes", code=0)
    assert town.wait(asking) == "yes\n"
