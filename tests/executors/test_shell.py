"""One command of a model's: bounded in time, whole on disk, and no danger to the pane."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scope.executors.model import observation
from tests.driver import is_alive, until
from tests.executors.workshop import QUICK, TASK
from tests.models.provider import Turn, bash, call, done

if TYPE_CHECKING:
    from tests.executors.workshop import Workshop


def test_each_command_runs_in_a_fresh_bash(shop: Workshop) -> None:
    """In the working directory, without input, in bash."""
    shop.run(bash("cd /; X=1"), bash('pwd; echo "$X"; cat; echo $BASH_VERSION | cut -c1'), done("ok"))
    assert shop.observations()[1].startswith(f"[exit 0]\n{shop.cwd}\n\n")
    assert shop.observations()[1].rstrip()[-1].isdigit()


def test_an_exit_code_is_observed(shop: Workshop) -> None:
    """Of a failure, of a signal, of a program that is not there."""
    shop.run(bash("exit 3"), bash("kill -9 $$"), bash("no-such-program"), done("ok"))
    first, second, third = shop.observations()
    assert first.startswith("[exit 3]")
    assert second.startswith("[exit 137: signal 9]")
    assert third.startswith("[exit 127]")
    assert "no-such-program" in third


def test_a_command_that_takes_too_long_is_ended_with_all_its_group(shop: Workshop) -> None:
    """Also one that ignores TERM, and one that was stopped."""
    script = (
        "trap '' TERM; (trap '' TERM; echo $BASHPID > pid; while :; do sleep 0.05; done) & "
        "until [ -s pid ]; do sleep 0.01; done; kill -STOP $!; echo on; wait"
    )
    shop.run(call("bash", command=script, timeout=3), done("ok"))
    assert shop.observations()[0] == (
        "[ended: it was not finished after 3 s; all that it had started was ended with it]\non\n"
    )
    until(lambda: not is_alive(int(shop.read("pid"))))


def test_a_command_may_tidy_up_when_its_time_is_over(shop: Workshop) -> None:
    """TERM comes first, and a moment behind it."""
    script = "trap 'echo tidied > said; exit' TERM; sleep 60 & wait"
    patient = QUICK.replace("shell.GRACE_S = 0.3", "shell.GRACE_S = 5.0")
    shop.run(call("bash", command=script, timeout=2), done("ok"), program=patient)
    assert shop.read("said") == "tidied\n"


def test_what_is_left_in_the_background_goes_on(shop: Workshop) -> None:
    """It outlives its command, and the next one sees it."""
    shop.run(bash("sleep 60 > /dev/null & echo $! > pid"), bash("kill -0 $(cat pid) && echo lives"), done("ok"))
    assert shop.observations()[1] == "[exit 0]\nlives\n"
    pid = int(shop.read("pid"))
    assert is_alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_much_output_is_cut_in_its_middle(shop: Workshop) -> None:
    """What is left out is counted, and lies in the file that is named."""
    shop.run(bash("seq 100000"), done("ok"))
    text = shop.observations()[0]
    assert text.startswith("[exit 0]\n1\n2\n")
    assert text.endswith("99999\n100000\n")
    assert len(text) < 10_300
    head, _, rest = text.partition("\n[… ")
    counted, _, tail = rest.partition(" …]\n")
    lines, path = int(counted.split()[0]), counted.rpartition(" ")[2]
    whole = Path(path).read_text()
    assert whole == "".join(f"{n}\n" for n in range(1, 100_001))
    left_out = int(counted.partition("(")[2].split()[0])
    head = head.partition("\n")[2]
    assert len(head) + left_out + len(tail) == len(whole)
    assert abs(head.count("\n") + lines + tail.count("\n") - whole.count("\n")) <= 1


@pytest.mark.parametrize("length", [9_999, 10_000, 10_001, 65_536, 131_072, 131_073, 400_000])
def test_nothing_is_lost_between_the_two_ends(length: int, tmp_path: Path) -> None:
    """At every size: what is shown and what is counted make the whole."""
    path = tmp_path / "1-1"
    path.write_bytes(b"0123456\n" * (length // 8) + b"x" * (length % 8))
    text = observation.printed(str(path))
    if length <= observation.WHOLE:
        assert text == path.read_text()
        return
    head, _, rest = text.partition("\n[… ")
    counted, _, tail = rest.partition(" …]\n")
    assert len(head) + int(counted.partition("(")[2].split()[0]) + len(tail) == length


def test_output_that_is_no_text_is_no_harm(shop: Workshop) -> None:
    """Neither for the model nor for the pane; the file keeps every byte."""
    (shop.cwd / "screen").write_bytes(b"\x1b]0;title\x07\x1b[31mred\x1b[0m\xc2\x9b2J\x1b[2J")
    said = shop.run(bash("head -c 3000 /dev/urandom | tee copy; cat screen"), done("ok"))
    for text in (said, shop.observations()[0]):
        assert not any(c < " " and c not in "\n\t\r" for c in text)
        assert "title" not in text
        assert "red" in text
    assert "\x9b" not in said
    assert (shop.attempt() / "outputs" / "1-1").read_bytes().startswith((shop.cwd / "copy").read_bytes())


def test_a_progress_bar_is_its_last_state(shop: Workshop) -> None:
    """What a screen would show: a thousand carriage returns are one line."""
    shop.run(bash("for n in $(seq 1000); do printf '\\r%s %%' $n; done; echo"), done("ok"))
    assert shop.observations()[0] == "[exit 0]\n1000 %\n"


def test_output_is_seen_while_it_is_made(shop: Workshop) -> None:
    """A person at the pane need not wait for the end of a command."""
    shop.prepare()
    shop.provider.script(TASK, bash("echo first; until test -e go; do sleep 0.02; done; echo last"), done("ok"))
    process = shop.start()
    assert process.stdout is not None
    seen = ""
    while "  first" not in seen:
        seen += process.stdout.readline()
    assert "  last" not in seen
    (shop.cwd / "go").touch()
    rest, _ = process.communicate(timeout=60)
    assert "  last" in rest


def test_a_command_that_prints_without_end_is_ended(shop: Workshop) -> None:
    """Before it fills the disk; the pane gets no more than its share."""
    quick = QUICK.replace("shell.GRACE_S = 0.3", "shell.GRACE_S = 0.3\nshell.LARGEST_OUTPUT = 1 << 22")
    shop.prepare()
    shop.provider.script(TASK, bash("yes"), done("ok"))
    process = shop.start(program=quick)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert shop.observations()[0].startswith("[ended: it printed too much]\ny\ny\n")
    assert len(said) < 1 << 20
    assert "MB so far; the rest only in" in said


def test_a_command_reaches_no_terminal(shop: Workshop) -> None:
    """Neither to ask for a password nor to draw on the pane."""
    shop.run(bash("echo x > /dev/tty || echo none; tty"), done("ok"))
    assert "none\nnot a tty" in shop.observations()[0]


def test_a_broken_pipe_is_no_error(shop: Workshop) -> None:
    """Python ignores SIGPIPE; what it starts must not."""
    shop.run(bash("set -o pipefail; yes | head -n 1; echo ${PIPESTATUS[0]}"), done("ok"))
    assert shop.observations()[0] == "[exit 0]\ny\n141\n"


def test_a_command_that_no_kernel_takes_is_told(shop: Workshop) -> None:
    """An argument may have 128 KB."""
    shop.run(bash("true " + "x" * (1 << 18)), done("ok"))
    assert "Argument list too long" in shop.observations()[0]


def test_every_call_of_a_reply_is_carried_out(shop: Workshop) -> None:
    """Fifty commands, fifty results."""
    shop.run(Turn(calls=(("bash", json.dumps({"command": ":"})),) * 50), done("ok"))
    assert len(shop.observations()) == 50


def test_a_worker_that_is_ended_takes_its_command_along(shop: Workshop) -> None:
    """TERM, and a terminal that goes: at once, and nothing of the command is left."""
    for number, name in ((1, signal.SIGTERM), (2, signal.SIGHUP)):
        shop.prepare(number)
        shop.provider.script(TASK, bash(f"echo $$ > pid{number}; trap '' TERM HUP; while :; do sleep 0.05; done"))
        process = shop.start(number)
        pid = int(until(lambda: shop.read(f"pid{number}").strip()))  # noqa: B023 - called before the next turn
        process.send_signal(name)
        assert process.wait(30) == 128 + name
        until(lambda: not is_alive(pid))  # noqa: B023 - called before the next turn
        assert shop.lines(number)[-1]["kind"] == "action"
