"""Sessions that think: what is taken up again, what is told of failures, and whose key pays for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.driver import until
from tests.models.provider import bash, broken, done, malformed
from tests.supervision.test_thinking import ledger

if TYPE_CHECKING:
    from tests.driver import World
    from tests.models.provider import Provider


def test_a_task_with_advice_of_its_own_goes_on_where_it_was(study: World, provider: Provider) -> None:
    """A heading in a person's own words is no reason to begin anew."""
    provider.script("a long job", bash("echo once >> log"), bash("echo twice >> log"), done("finished"))
    session = study.spawn("--budget", "calls=1", "a long job\n\n## Advice\n\nUse care.")
    study.run("wait", session, code=3)
    study.run("budget", session, "calls=5", code=0)
    study.run("answer", "e1", "retry", code=0)
    assert study.wait(session) == "finished\n"
    assert [message["role"] for message in provider.seen[1].messages] == ["system", "user", "assistant", "tool"]


def test_once_more_without_a_word_is_no_advice(study: World, provider: Provider) -> None:
    """No heading with nothing below it, and no word of a task that was changed."""
    provider.script("a short job", bash("echo once >> log"), done("finished"))
    session = study.spawn("--budget", "calls=1", "a short job")
    study.run("wait", session, code=3)
    study.run("budget", session, "calls=5", code=0)
    study.run("answer", "e1", "retry", code=0)
    assert study.wait(session) == "finished\n"
    assert "Advice" not in provider.seen[-1].text
    assert "changed" not in provider.seen[-1].text


def test_checks_that_fail_alike_are_one_case_whatever_was_spent_before(study: World, provider: Provider) -> None:
    """What failed is what the check says, not the model's last words."""
    provider.script("one of two", bash("true"), done("I think it is right."))
    provider.script("the other", bash("true"), bash("true"), done("Quite another story."))
    check = "echo error: no licence; exit 1"
    sessions = [study.spawn(words, "--check", check) for words in ("one of two", "the other")]
    for session in sessions:
        study.until_state(session, "escalated")
    until(lambda: all((study.session(session) / "question").exists() for session in sessions))
    said = [(study.attempt(session) / "failure.md").read_text() for session in sessions]
    assert len({line for text in said for line in text.splitlines() if line.startswith("fingerprint")}) == 1
    assert all("error: no licence" in text for text in said)


def test_a_result_cannot_drive_the_terminal_that_shows_it(study: World, provider: Provider) -> None:
    """Escape sequences of a model, or of what it runs, are taken out."""
    provider.script("paint", bash("true"), done("red \x1b[31mwords\x1b]0;title\x07"))
    session = study.spawn("paint")
    assert study.wait(session) == "red words\n"


def test_a_router_that_lives_without_a_key_is_given_it_by_whoever_has_it(study: World, provider: Provider) -> None:
    """Brought up for a local server's work, it is not in the way of work that needs a provider's key."""
    levels = f"""\
models:
  levels:
    0: [{{model: openai/local, base_url: "{provider.url}"}}]
    2: [{{model: openai/far, base_url: "{provider.url}", api_key_env: TEST_MODEL_KEY, retries: 0}}]
"""
    (study.root / "config.yaml").write_text(levels)
    key = study.env.pop("TEST_MODEL_KEY")
    provider.script("near", done("near is done"))
    assert study.wait(study.spawn("near")) == "near is done\n"
    pid = (study.root / "run" / "router.lock").read_text()
    provider.script("far", done("far is done"))
    session = study.spawn("--level", "2", "far")
    assert "TEST_MODEL_KEY" in study.run("wait", session, code=5).stderr
    assert study.run("wait", session, code=0, env={"TEST_MODEL_KEY": key}).stdout == "far is done\n"
    assert (study.root / "run" / "router.lock").read_text() == pid
    assert provider.of("far")[0].headers["Authorization"] == f"Bearer {key}"


def test_a_session_cannot_hand_a_key_over(study: World, provider: Provider) -> None:
    """What pays is a person's matter."""
    provider.script("warm up", done("ok"))
    study.wait(study.spawn("warm up"))
    python = str(Path(study.env["PATH"].split(":")[0]) / "python")
    hand = (
        "import sys; from scope.models.client import Router; "
        "print(Router(sys.argv[1]).post('/v1/keys', {'keys': {'TEST_MODEL_KEY': 'sk-mine-12345'}}).status)"
    )
    assert study.wait(study.spawn("--", python, "-c", hand, str(study.root))) == "403\n"


def test_a_key_that_was_refused_is_mended_by_the_answer_that_brings_the_right_one(
    study: World, provider: Provider
) -> None:
    """A router keeps what it was given, until somebody gives it something else."""
    right = study.env["TEST_MODEL_KEY"]
    study.env["TEST_MODEL_KEY"] = "sk-wrong-12345"
    provider.script("unlock", broken(401), done("open"))
    session = study.spawn("unlock")
    said = study.run("wait", session, code=3).stderr
    assert "refuses the key (TEST_MODEL_KEY)" in said
    study.run("answer", "e1", "retry", code=0, env={"TEST_MODEL_KEY": right})
    assert study.wait(session) == "open\n"
    assert [seen.headers["Authorization"] for seen in provider.seen] == ["Bearer sk-wrong-12345", f"Bearer {right}"]


def test_a_name_that_litellm_does_not_know_stops_nothing_else(study: World, provider: Provider) -> None:
    """The others go on, and whoever meant that one is told."""
    config = (study.root / "config.yaml").read_text()
    (study.root / "config.yaml").write_text(f"{config}    1: [{{model: opneai/qwen3, base_url: '{provider.url}'}}]\n")
    provider.script("near", done("near is done"))
    assert study.wait(study.spawn("near")) == "near is done\n"
    said = study.run("wait", study.spawn("--level", "1", "far"), code=3).stderr
    assert "litellm knows no provider 'opneai'" in said


def test_every_try_is_a_line_of_the_ledger(study: World, provider: Provider) -> None:
    """What a provider failed may have been billed."""
    text = (study.root / "config.yaml").read_text().replace("retries: 0", "retries: 2")
    (study.root / "config.yaml").write_text(text)
    provider.script("stutter", broken(500), malformed(), done("said"))
    assert study.wait(study.spawn("stutter")) == "said\n"
    assert [line["outcome"] for line in ledger(study)] == ["error", "error", "ok"]
