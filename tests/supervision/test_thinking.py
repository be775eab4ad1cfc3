"""Sessions that think: real workers, a real router with a real litellm, and a scripted provider."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.driver import is_alive, until
from tests.models.provider import bash, call, done, hang, limited, say

if TYPE_CHECKING:
    from tests.driver import World
    from tests.models.provider import Provider, Turn


def trajectory(world: World, session: str, number: int = 1) -> list[dict[str, Any]]:
    """What a worker wrote of its attempt so far."""
    path = world.attempt(session, number) / "trajectory.jsonl"
    whole = path.read_text().rpartition("\n")[0] if path.exists() else ""  # the last line may be half written
    return [json.loads(line) for line in whole.splitlines()]


def worker(world: World, session: str) -> int:
    """The worker of a session."""
    wrapper = int((world.attempt(session) / "started").read_text().split()[0])
    found: list[int] = []

    def is_one() -> bool:
        # For an instant a command of its own looks like the worker: between fork and exec.
        children = Path(f"/proc/{wrapper}/task/{wrapper}/children").read_text().split()
        found[:] = [int(pid) for pid in children]
        return len(found) == 1

    until(is_one)
    return found[0]


def ledger(world: World) -> list[dict[str, Any]]:
    """The lines of the ledger."""
    return [json.loads(line) for line in (world.root / "ledger.jsonl").read_text().splitlines()]


def test_words_are_carried_out_and_what_is_done_is_given_back(study: World, provider: Provider) -> None:
    """The main job: no command, a question, an answer, and what it cost."""
    (study.project / "auth.py").write_text("def login(): ...\n")
    provider.script("analyze the auth module", bash("cat auth.py", "Let me look."), done("It has one function: login."))
    session = study.spawn("analyze the auth module")
    assert study.wait(session) == "It has one function: login.\n"
    assert "def login()" in provider.seen[1].text
    line = study.run("cost", "--json").stdout
    assert json.loads(line)[0]["calls"] == 2
    assert all(each["session"] == session and each["cost"] > 0 for each in ledger(study))
    shown = study.run("logs", session).stdout
    for words in ("analyze the auth module", "Let me look.", "cat auth.py", "def login()", "It has one function"):
        assert words in shown


def test_a_check_has_the_last_word(study: World, provider: Provider) -> None:
    """A model's opinion of its own work verifies nothing."""
    provider.script("write a file", bash("echo ok > out"), done("written"))
    session = study.spawn("write a file", "--check", "test -s out")
    study.wait(session)
    assert json.loads(study.run("wait", session, "--json").stdout)[0]["verified"] is True


def _family(provider: Provider) -> None:
    provider.script(
        "read the repository",
        bash("ls", "First I look around."),
        bash(
            "a=$(scope spawn --name left 'read left'); b=$(scope spawn --name right 'read right'); echo $a $b | tee ids"
        ),
        bash("scope wait $(cat ids)"),
        lambda body: done("both: " + " ".join(word for word in ("L1", "R1") if word in json.dumps(body))),
    )
    provider.script("read left", bash("cat left.txt"), done("L1"))
    provider.script("read right", bash("cat right.txt"), done("R1"))


def test_a_model_reads_a_repository_spawns_children_and_waits_for_them(study: World, provider: Provider) -> None:
    """Children are sessions below it; their results are what it waits for."""
    for name in ("left", "right"):
        (study.project / f"{name}.txt").write_text(name)
    _family(provider)
    session = study.spawn("read the repository and its halves")
    assert study.wait(session) == "both: L1 R1\n"
    assert study.state(f"{session}.1") == study.state(f"{session}.2") == "done"
    assert {line["tree"] for line in ledger(study)} == {session}


def test_killed_in_the_middle_it_goes_on_where_it_was(study: World, provider: Provider) -> None:
    """Killed with -9 while it waits for its children: nothing is done twice, and the result is the same."""
    (study.project / "left.txt").write_text("left")
    (study.project / "right.txt").write_text("right")
    _family(provider)
    provider.script("read left", bash("touch begun; until test -e go; do sleep 0.05; done; cat left.txt"), done("L1"))
    # The wait that was killed is told as unknown, and asked for again.
    turns = provider.scripts["read the repository"]
    turns.insert(3, bash("scope wait $(cat ids)"))
    session = study.spawn("read the repository and its halves")
    until(lambda: (study.project / "begun").exists())
    until(lambda: any("scope wait $(cat ids)" in json.dumps(line) for line in trajectory(study, session)))
    os.kill(worker(study, session), signal.SIGKILL)
    study.until_started(session, 2)
    (study.project / "go").touch()
    assert study.wait(session) == "both: L1 R1\n"
    assert sorted(path.name for path in (study.root / "sessions").iterdir() if path.name[0] != ".") == [
        "1",
        "1.1",
        "1.2",
    ]
    assert json.loads(study.run("wait", session, "--json").stdout)[0]["attempt"] == 2
    ids = [line["id"] for line in ledger(study)]
    assert len(ids) == len(set(ids))


def test_what_is_sent_reaches_it_at_its_next_step(study: World, provider: Provider) -> None:
    """Steered while it works."""
    seen: list[str] = []

    def end(body: dict[str, Any]) -> Turn:
        seen.append(json.dumps(body["messages"][-1]))
        return done("as you said")

    provider.script("count slowly", bash("touch begun; until test -e go; do sleep 0.05; done"), end)
    session = study.spawn("count slowly")
    until(lambda: (study.project / "begun").exists())
    study.run("send", session, "stop at seven", code=0)
    (study.project / "go").touch()
    assert study.wait(session) == "as you said\n"
    assert "stop at seven" in seen[0]


def test_a_person_answers_what_it_asks(study: World, provider: Provider) -> None:
    """It waits without a slot, `wait` says 3, and the answer is what it observes."""

    def end(body: dict[str, Any]) -> Turn:
        return done("dropped" if "yes, drop it" in json.dumps(body["messages"][-1]) else "kept")

    provider.script("tidy the tables", call("ask", question="May I drop the table?"), end)
    session = study.spawn("tidy the tables")
    said = study.run("wait", session, code=3).stderr
    assert "May I drop the table?" in said
    assert study.state(session) == "waiting"
    study.run("answer", "e1", "yes, drop it", code=0)
    assert study.wait(session) == "dropped\n"


def test_an_abort_ends_it_and_all_that_it_runs(study: World, provider: Provider) -> None:
    """Worker, command and children."""
    # What it runs is ended before it is, so that it may ask once more.
    provider.script("run for ever", bash("scope spawn -- sleep 600; touch begun; exec sleep 600"), hang())
    session = study.spawn("run for ever")
    until(lambda: (study.project / "begun").exists())
    study.run("abort", session, code=0)
    study.wait(session, code=1)
    study.wait(f"{session}.1", code=1)
    until(lambda: not study.marked(f"/{session}/") and not study.marked(f"/{session}.1/"))


def test_out_of_budget_it_stops_cleanly_and_goes_on_when_it_is_raised(study: World, provider: Provider) -> None:
    """The case stays whole: nothing that was done is done again."""
    provider.script("a long job", bash("echo once >> log"), bash("echo twice >> log"), done("finished"))
    session = study.spawn("--budget", "calls=2", "a long job")
    said = study.run("wait", session, code=3).stderr
    assert "2 of 2 calls are made" in said
    assert "class: budget" in (study.attempt(session) / "failure.md").read_text()
    study.run("budget", session, "calls=5", code=0)
    study.run("answer", "e1", "retry", code=0)
    assert study.wait(session) == "finished\n"
    assert (study.project / "log").read_text() == "once\ntwice\n"


def test_a_quota_parks_it_until_the_time_that_the_provider_names(study: World, provider: Provider) -> None:
    """Deferred, not failed: no retry is spent, and the time is the provider's."""
    provider.script("a rationed job", limited("3600"))
    session = study.spawn("a rationed job")
    study.until_state(session, "deferred")
    line = [each for each in study.decisions(session) if each["move"] == "defer"][-1]
    assert 3500 < line["pause_s"] <= 3601
    assert "quota" in line["why"]
    recovered = [each for each in study.decisions(session) if each["move"] == "recover"][-1]
    assert recovered["costs_retry"] is False
    study.run("abort", session, code=0)


def test_without_a_key_work_is_parked_and_the_next_command_that_has_it_goes_on(
    study: World, provider: Provider
) -> None:
    """Nobody waits in vain: 5 and a hint; nothing is lost."""
    provider.script("a quiet job", done("at last"))
    key = study.env.pop("TEST_MODEL_KEY")
    session = study.spawn("a quiet job")
    said = study.run("wait", session, code=5)
    assert "TEST_MODEL_KEY" in said.stderr
    assert "hint:" in said.stderr
    assert study.state(session) == "pending"
    assert study.run("wait", session, code=0, env={"TEST_MODEL_KEY": key}).stdout == "at last\n"
    assert not (study.root / "run" / "router.wanted").exists()
    assert not (study.session(session) / "parked").exists()


def test_a_router_with_its_key_in_a_file_is_started_again_by_the_watcher(study: World, provider: Provider) -> None:
    """Killed with -9 between two steps: the worker asks again, and the work goes on."""
    key = study.base / "key"
    key.write_text("sk-file-87654321\n")
    key.chmod(0o600)
    config = (study.root / "config.yaml").read_text().replace("api_key_env: TEST_MODEL_KEY", f"api_key_file: {key}")
    (study.root / "config.yaml").write_text(config)
    del study.env["TEST_MODEL_KEY"]
    provider.script("an old job", bash("touch begun; until test -e go; do sleep 0.05; done"), done("alive"))
    session = study.spawn("an old job")
    until(lambda: (study.project / "begun").exists())
    pid = int((study.root / "run" / "router.lock").read_text())
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid))
    (study.project / "go").touch()
    assert study.wait(session) == "alive\n"
    assert provider.seen[-1].headers["Authorization"] == "Bearer sk-file-87654321"


def test_a_key_is_nowhere_but_in_the_router(study: World, provider: Provider) -> None:
    """Not in the session's environment, nor in tmux's, nor in any file, nor in any argv."""
    provider.script("look for keys", bash("env; tmux show-environment -g; touch begun; sleep 600"))
    session = study.spawn("look for keys")
    until(lambda: (study.project / "begun").exists())
    key = study.env["TEST_MODEL_KEY"].encode()
    for directory, _, names in os.walk(study.root):
        for name in names:
            path = Path(directory) / name
            with contextlib.suppress(FileNotFoundError):  # written aside, and renamed since
                assert not path.is_file() or key not in path.read_bytes(), path
    pids = [worker(study, session)]
    for pid in pids + study.marked(f"/{session}/"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a command of the script that has ended
            assert key not in Path(f"/proc/{pid}/environ").read_bytes()
            assert key not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert is_alive(pids[0])
    router = int((study.root / "run" / "router.lock").read_text())
    assert key not in Path(f"/proc/{router}/cmdline").read_bytes()
    assert key not in Path(f"/proc/{router}/environ").read_bytes()
    assert key.decode() not in study.tmux("show-environment", "-g")


def test_a_session_cannot_use_anothers_token_nor_a_level_above_its_own(study: World, provider: Provider) -> None:
    """Refused in words, and nothing is called."""
    provider.script("hold still", bash("touch begun; sleep 600"))
    other = study.spawn("hold still")
    until(lambda: (study.project / "begun").exists())
    ask = (
        "import sys; from scope.models.client import Router; "
        "reply = Router(sys.argv[1], open(sys.argv[2]).read()).chat("
        "{'model': sys.argv[3], 'messages': [{'role': 'user', 'content': 'hi'}]}, 'x', 30.0); "
        "print(reply.status, reply.json['error']['code'])"
    )
    python = str(Path(study.env["PATH"].split(":")[0]) / "python")
    token = str(study.attempt(other) / "token")
    thief = study.spawn("--", python, "-c", ask, str(study.root), token, "level-0")
    assert study.wait(thief) == "403 session\n"
    climber = study.sh(f'exec {python} -c "{ask}" {study.root} "${{SCOPE_BRIEF%/*}}/token" level-3', "--level", "0")
    assert study.wait(climber) == "403 level\n"
    assert len(provider.seen) == 1


def test_children_are_bounded_by_the_budget_also_those_made_by_hand(study: World, provider: Provider) -> None:
    """A clean refusal for the first too many; a directory made by hand fails as `budget`."""
    provider.script(
        "breed",
        bash("for n in 1 2 3; do scope spawn -- true; done 2>&1; echo code $?"),
        lambda body: done(json.dumps(body)),
    )
    session = study.spawn("--budget", "children=2", "breed")
    told = study.wait(session)
    assert "as many as its budget allows" in told
    assert "code 1" in told
    made = study.session(f"{session}.3")
    made.mkdir(mode=0o700)
    (made / "task.md").write_text("---\ncommand: ['true']\n---\n")
    study.until_state(f"{session}.3", "failed")
    assert "allows 2 children" in study.run("wait", f"{session}.3", code=1).stderr


def test_a_tool_that_takes_a_base_url_is_metered(study: World, provider: Provider) -> None:
    """Any program with OpenAI's variables runs through the router."""
    provider.script("hello from a tool", say("hello yourself"))
    tool = (
        "import json, os, urllib.request as u; "
        "r = u.Request(os.environ['OPENAI_BASE_URL'] + '/chat/completions', method='POST', "
        "headers={'Authorization': 'Bearer ' + os.environ['OPENAI_API_KEY'], 'Content-Type': 'application/json'}, "
        "data=json.dumps({'model': 'x', 'messages': [{'role': 'user', 'content': 'hello from a tool'}]}).encode()); "
        "print(json.load(u.urlopen(r))['choices'][0]['message']['content'])"
    )
    python = str(Path(study.env["PATH"].split(":")[0]) / "python")
    session = study.spawn("--role", "executor", "--", python, "-c", tool)
    assert study.wait(session) == "hello yourself\n"
    assert [line["session"] for line in ledger(study)] == [session]


def test_redirected_in_words_it_begins_anew(study: World, provider: Provider) -> None:
    """What it was doing is kept; the next attempt knows nothing of it."""
    # What it runs is ended before it is, so that it may ask once more.
    provider.script("paint it red", bash("touch begun; sleep 600"), hang())
    provider.script("paint it blue", done("blue"))
    session = study.spawn("paint it red")
    until(lambda: (study.project / "begun").exists())
    study.run("redirect", session, "paint it blue", code=0)
    assert study.wait(session) == "blue\n"
    assert "red" not in provider.seen[-1].text


def test_attached_a_person_sees_the_transcript_and_what_they_type_steers_it(study: World, provider: Provider) -> None:
    """In the live pane, as tmux shows it."""

    def end(body: dict[str, Any]) -> Turn:
        return done("heard" if "use tabs" in json.dumps(body["messages"][-1]) else "deaf")

    provider.script("format it", bash("touch begun; until test -e go; do sleep 0.05; done", "I format."), end)
    session = study.spawn("format it")
    until(lambda: (study.project / "begun").exists())
    study.tmux("send-keys", "-t", f"={session}:", "use tabs", "Enter")
    until(lambda: "use tabs" in study.tmux("capture-pane", "-p", "-t", f"={session}:"))
    screen = study.tmux("capture-pane", "-p", "-t", f"={session}:")
    assert "format it" in screen
    assert "I format." in screen
    (study.project / "go").touch()
    assert study.wait(session) == "heard\n"
