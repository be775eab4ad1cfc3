"""The environment that a task is given."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scope.sessions.environment import OWN, is_variable, looks_secret, quote, saved, script
from scope.store import atomic

printable = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
names = st.from_regex(r"X[A-Z0-9_]{0,8}", fullmatch=True)


@pytest.mark.parametrize(
    "name",
    ["OPENAI_API_KEY", "GH_TOKEN", "github_token", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY_ID", "TOKEN",
     "DB_PASSWORD", "GITHUB_PAT", "DATABASE_URL", "PGPASSWORD", "SENTRY_DSN", "SSH_PASSPHRASE", "SESSION_COOKIE"],
)  # fmt: skip
def test_what_looks_like_a_secret_is_one(name: str) -> None:
    """By its name; nobody looks at its value."""
    assert looks_secret(name)


@pytest.mark.parametrize("name", ["PATH", "HOME", "MONKEY", "KEYBOARD", "TOKENIZERS_PARALLELISM", "LANG", "PATTERN"])
def test_what_only_sounds_like_a_secret_is_kept(name: str) -> None:
    """Work needs its environment."""
    assert not looks_secret(name)


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "Ä", "A=B", "BASH_FUNC_x%%", "A\n"])
def test_what_a_shell_cannot_carry_is_no_variable(name: str) -> None:
    """It could only be lost or executed."""
    assert not is_variable(name)
    assert saved({name: "x"}, {}) == {}


def test_a_task_keeps_its_callers_environment_without_secrets_and_what_is_anothers() -> None:
    """Neither the caller's terminal nor the caller's own session goes along."""
    caller = {
        "LANG": "C",
        "HOME": "/h",
        "API_KEY": "s",
        "SCOPE_SESSION": "3",
        "SCOPE_DIR": "/d",
        **dict.fromkeys(OWN, "x"),
    }
    assert saved(caller, {}) == {"LANG": "C", "HOME": "/h"}


def test_what_is_named_goes_along_whatever_it_looks_like() -> None:
    """`--env OPENAI_API_KEY` is a person's word, and wins over the caller's value."""
    assert saved({"LANG": "C", "API_KEY": "old"}, {"API_KEY": "new", "LANG": "D"}) == {"LANG": "D", "API_KEY": "new"}


def _run(place: Path, text: str) -> dict[str, str]:
    """Return what a shell that begins with nothing has after it read the script."""
    atomic.replace(str(place / "env"), text)
    said = subprocess.run(
        ["/bin/sh", "-c", '. "$0"; umask > umask; exec /usr/bin/env -0', str(place / "env")],
        env={},
        cwd=place,
        capture_output=True,
        check=True,
    ).stdout.decode("utf-8", "surrogateescape")
    return dict(
        pair.split("=", 1) for pair in said.split("\0") if pair and not pair.startswith(("PWD=", "_=", "SHLVL="))
    )


@settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        names, printable | st.sampled_from(["$(id)", "`id`", "'", "\\", "'\"'$X", "\n\n", "-n"]), max_size=4
    )
)
def test_a_real_shell_reads_every_value_back(tmp_path: Path, variables: dict[str, str]) -> None:
    """Quotes, line breaks and what looks like commands are just characters."""
    variables = {**variables, "PATH": "/bin:/opt/scope/bin"}
    assert _run(tmp_path, script(variables, 0o022, "/opt/scope/bin")) == variables


def test_bytes_that_are_no_text_go_through(tmp_path: Path) -> None:
    """Values may be any bytes."""
    variables = {"NAME": "caf\udce9", "PATH": "/bin"}
    assert _run(tmp_path, script(variables, 0o077, "/bin")) == variables


def test_the_umask_is_the_callers(tmp_path: Path) -> None:
    """Files that the task makes look like the caller's own."""
    _run(tmp_path, script({"PATH": "/bin"}, 0o027, "/bin"))
    assert (tmp_path / "umask").read_text().strip() == "0027"


def test_scope_itself_is_always_on_the_path_but_last(tmp_path: Path) -> None:
    """Work may call it, and it hides nothing of the caller's."""
    place = "/opt/it's here/bin"
    assert _run(tmp_path, script({"PATH": "/bin"}, 0o022, place))["PATH"] == f"/bin:{place}"
    assert _run(tmp_path, script({}, 0o022, place))["PATH"].endswith(f":{place}")


def test_a_quoted_word_is_one_word() -> None:
    """Also the empty one."""
    assert [quote(""), quote("a b"), quote("it's")] == ["''", "'a b'", "'it'\"'\"'s'"]


def test_what_a_shell_keeps_for_itself_is_not_saved() -> None:
    """A /bin/sh that is bash gives up over `export UID=…`, and dash over a strange OPTIND."""
    own = dict.fromkeys(("UID", "EUID", "PPID", "SHELLOPTS", "BASHOPTS", "BASH_VERSINFO", "OPTIND"), "x")
    assert saved({**own, "LANG": "C"}, {}) == {"LANG": "C"}
