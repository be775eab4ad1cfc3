"""Keys: where they come from, and that nobody finds them anywhere else."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scope.laws.roster import Deployment
from scope.models.keys import Keys, NoKey
from tests.models.desk import KEY
from tests.models.provider import Turn, broken, say

if TYPE_CHECKING:
    from tests.models.conftest import Office


def test_no_key_is_written_or_shown_anywhere(office: Office) -> None:
    """Not in the ledger, the log, the replies, an answer, an error, argv or the environment of the router."""
    office.levels(office.model())
    session, token = office.new()
    echo = f'{{"error": {{"message": "no such key: {KEY}", "type": "x", "code": null}}}}'
    office.provider.script("secret", say(f"I know {KEY}"), *[Turn(status=one, raw=echo) for one in (400, 401, 500)])
    answer, *errors = [office.chat(token, "secret", identity=f"{session}/1/{n}.1") for n in range(4)]
    assert answer.status == 200
    for said in errors:
        assert KEY not in said.raw.decode()
        assert "no such key" in said.raw.decode()
    sent = office.provider.of("secret")[0].headers
    assert KEY in sent.get("Authorization", "")
    pid = office.get("/v1/health").json["pid"]
    shown = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
    kept = [path.read_bytes() for path in office.root.rglob("*") if path.is_file() and path.parent.name != "replies"]
    assert not [1 for raw in (*shown, *kept) if KEY.encode() in raw]


def test_the_router_cannot_be_looked_into(office: Office) -> None:
    """Not dumpable: its files under /proc are root's, and a debugger of the same user is refused; no core file."""
    pid = office.get("/v1/health").json["pid"]
    assert Path(f"/proc/{pid}/mem").stat().st_uid == 0
    limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    assert [one.split()[4:6] for one in limits if one.startswith("Max core file size")] == [["0", "0"]]
    get_dumpable = "import ctypes, sys; sys.exit(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    for before, wanted in (("", 1), ("from scope.models import life; life._close_to_others()\n", 0)):
        assert subprocess.run([sys.executable, "-c", before + get_dumpable], check=False).returncode == wanted


def test_what_the_router_makes_is_its_owners(office: Office) -> None:
    """Socket, secret, ledger, log and replies are 0600."""
    office.levels(office.model())
    session, token = office.new()
    office.provider.script("modes", say("x"))
    office.chat(token, "modes", identity=f"{session}/1/1.1")
    run = office.root / "run"
    for path in (run / "router.socket", run / "router.secret", run / "router.log", run / "router",
                 run / "calls.jsonl", run / "replies" / session, office.root / "ledger.jsonl"):  # fmt: skip
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((run / "replies").stat().st_mode) == 0o700


def test_a_key_that_nobody_handed_over_is_said_so(office: Office) -> None:
    """502 key names the variable; the next deployment is asked first."""
    office.levels(office.model().replace("TEST_KEY", "ABSENT_KEY"))
    _, token = office.new()
    said = office.chat(token, "absent")
    assert (said.status, said.code) == (502, "key")
    assert "ABSENT_KEY was not set" in said.json["error"]["message"]
    office.levels(office.model().replace("TEST_KEY", "ABSENT_KEY"), office.model())
    office.provider.script("absent", say("from the other"))
    assert office.chat(token, "absent").text == "from the other"


def test_a_local_server_needs_no_key(office: Office) -> None:
    """Without any source of a key the server is asked all the same."""
    office.levels(office.model().replace("api_key_env: TEST_KEY, ", ""))
    _, token = office.new()
    office.provider.script("keyless", say("hi"))
    assert office.chat(token, "keyless").text == "hi"
    assert KEY not in str(office.provider.of("keyless")[0].headers)


def test_a_key_of_a_file_is_read_again_when_it_is_refused(office: Office) -> None:
    """A key that was changed in its file works from the next call on, without a restart."""
    path = office.base / "key"
    path.write_text("the-old-key\n")
    path.chmod(0o600)
    office.levels(office.model().replace("api_key_env: TEST_KEY", f"api_key_file: {path}"))
    _, token = office.new()
    office.provider.script("rotated", say("a"), broken(401), say("b"))
    assert office.chat(token, "rotated").text == "a"
    path.write_text("the-new-key\n")
    assert office.chat(token, "rotated").text == "b"
    sent = [seen.headers["Authorization"] for seen in office.provider.of("rotated")]
    assert sent == ["Bearer the-old-key", "Bearer the-old-key", "Bearer the-new-key"]


def test_a_key_of_a_command_is_what_it_prints(office: Office) -> None:
    """The command runs once, and not for each call."""
    count = office.base / "count"
    argv = f"[sh, -c, 'echo x >>{count}; echo key-of-a-command']"
    office.levels(office.model().replace("api_key_env: TEST_KEY", f"api_key_command: {argv}"))
    _, token = office.new()
    office.provider.script("printed", say("a"), say("b"))
    assert [office.chat(token, "printed").status for _ in range(2)] == [200, 200]
    assert office.provider.of("printed")[1].headers["Authorization"] == "Bearer key-of-a-command"
    assert count.read_text() == "x\n"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o700])
def test_a_file_that_others_can_read_is_no_place_for_a_key(tmp_path: Path, mode: int) -> None:
    """The message says what to do; the key is not taken."""
    path = tmp_path / "key"
    path.write_text(KEY)
    path.chmod(mode)
    with pytest.raises(NoKey, match=f"mode {mode:04o}.*chmod 600"):
        Keys({}).of(Deployment(0, 0, "openai/x", api_key_file=str(path)))


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_ones_own_is_taken(tmp_path: Path, mode: int) -> None:
    """0600 or 0400."""
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    path.chmod(mode)
    assert Keys({}).of(Deployment(0, 0, "openai/x", api_key_file=str(path))) == KEY


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("false",), "exits with 1"),
        (("/no/such/program",), "cannot be run"),
        (("true",), "gives no key"),
        (("printf", "two words"), "gives no key"),
    ],
)
def test_a_command_that_gives_no_key_is_said_so_without_what_it_printed(argv: tuple[str, ...], says: str) -> None:
    """What a password manager prints in place of a key may be a secret, too."""
    with pytest.raises(NoKey, match=says) as caught:
        Keys({}).of(Deployment(0, 0, "openai/x", api_key_command=argv))
    assert "two words" not in str(caught.value)


def test_every_key_that_was_seen_is_hidden() -> None:
    """Handed over, from a file, from a command: in any text."""
    keys = Keys({"A": "aaaaaaaa", "B": "x"})
    command = Deployment(0, 0, "openai/x", api_key_command=("echo", "bbbbbbbb"))
    assert keys.of(command) == "bbbbbbbb"
    assert keys.hidden("aaaaaaaa and bbbbbbbb, x") == "[key] and [key], x"
