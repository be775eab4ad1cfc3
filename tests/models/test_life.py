"""The life of a router: one per root, there when it is needed, gone when it is not."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from scope.store import layout, locks, rundir
from tests.driver import until
from tests.models.desk import PATIENCE_S, Desk, Said
from tests.models.provider import hang, say

if TYPE_CHECKING:
    from tests.models.conftest import Office


def test_a_second_router_leaves_at_once(alone: Office) -> None:
    """Alive is a held lock: the second exits with 0 before it loads anything, and the first goes on."""
    alone.levels(alone.model())
    first = alone.start()
    assert locks.is_held(rundir.router_lock(str(alone.root)))
    second = alone.start(is_awaited=False)
    assert second.wait(30) == 0
    assert alone.is_ready(first.pid)
    assert (alone.root / "run" / "router.lock").read_text() == f"{first.pid}\n"


def test_many_that_start_at_once_are_settled_by_the_lock(alone: Office) -> None:
    """One of them serves."""
    alone.levels(alone.model())
    routers = [alone.start(is_awaited=False) for _ in range(4)]
    until(lambda: sum(one.poll() is None for one in routers) == 1)
    (winner,) = [one for one in routers if one.poll() is None]
    until(lambda: alone.is_ready(winner.pid), PATIENCE_S)
    assert [one.returncode for one in routers if one is not winner] == [0, 0, 0]


def test_a_stale_socket_is_no_obstacle(alone: Office) -> None:
    """What a killed router left is put out of the way."""
    alone.levels(alone.model())
    alone.kill(alone.start())
    assert (alone.root / "run" / "router.socket").exists()
    assert alone.is_ready(alone.start().pid)


def test_who_comes_while_it_loads_waits_in_line(alone: Office) -> None:
    """The socket is there before litellm is: the first call is answered without a second try."""
    alone.levels(alone.model())
    token = alone.session("1")
    alone.provider.script("early", say("here you are"))
    alone.start(is_awaited=False)
    until(lambda: (alone.root / "run" / "router.socket").exists() and _accepts(alone))
    assert alone.chat(token, "early").text == "here you are"


def _accepts(office: Office) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(office.socket) == 0


def test_an_idle_router_leaves_when_no_session_may_need_it(alone: Office) -> None:
    """One that has not ended keeps it; commands and ended ones do not."""
    alone.levels(alone.model(), more="")
    alone.configure((alone.root / "config.yaml").read_text().replace("models:\n", "models:\n  idle: 300ms\n"))
    alone.session("1")
    command = Path(layout.session(str(alone.root), "2"))
    command.mkdir(parents=True)
    (command / "task.md").write_text("---\ncommand: [true]\n---\n")
    router = alone.start()
    time.sleep(2.5)  # nothing happens that could be awaited
    assert router.poll() is None
    (Path(layout.session(str(alone.root), "1")) / "state").write_text("done\n")
    assert router.wait(30) == 0
    assert not (alone.root / "run" / "router.socket").exists()
    assert not locks.is_held(rundir.router_lock(str(alone.root)))


def test_term_lets_what_is_under_way_be_answered(alone: Office) -> None:
    """It listens no more, answers what it can within two seconds, and leaves."""
    alone.levels(alone.model())
    token = alone.session("1")
    router = alone.start()
    alone.provider.script("last words", say("in time", delay_s=1.2))
    answers: list[Said] = []
    thread = threading.Thread(target=lambda: answers.append(alone.chat(token, "last words")))
    thread.start()
    until(lambda: alone.provider.of("last words"))
    router.terminate()
    assert router.wait(30) == 0
    thread.join()
    assert [one.text for one in answers] == ["in time"]
    assert [line["outcome"] for line in alone.ledger()] == ["ok"]


def test_term_does_not_wait_for_ever(alone: Office) -> None:
    """What takes longer is left as a call of which nobody knows the end."""
    alone.levels(alone.model())
    token = alone.session("1")
    router = alone.start()
    alone.provider.script("too slow", hang())
    thread = threading.Thread(target=lambda: _lost(alone, token))
    thread.start()
    until(lambda: alone.provider.of("too slow"))
    router.terminate()
    assert router.wait(60) == 0
    thread.join()
    alone.start()
    assert [line["outcome"] for line in alone.ledger()] == ["unknown"]


def _lost(office: Office, token: str) -> None:
    try:
        office.chat(token, "too slow", within_s=20)
    except Exception:  # noqa: BLE001 - however the connection ends
        return


@pytest.mark.parametrize("gone", ["root", "lock"])
def test_a_router_whose_root_or_lock_is_gone_leaves(alone: Office, gone: str) -> None:
    """Nobody could find it any more."""
    alone.levels(alone.model())
    router = alone.start()
    if gone == "root":
        shutil.rmtree(alone.root)
    else:
        (alone.root / "run" / "router.lock").unlink()
    assert router.wait(30) == 0


def test_an_untrusted_root_gets_no_router(alone: Office) -> None:
    """One that others can get at is refused in words."""
    alone.levels(alone.model())
    alone.root.chmod(0o755)
    router = alone.start(is_awaited=False)
    assert router.wait(30) == 5
    assert "cannot run anything in" in (alone.base / "stderr").read_text()


def test_a_long_path_puts_the_socket_elsewhere(alone: Office) -> None:
    """`run/router` says where; only its owner can get in, and a restart keeps the place."""
    alone.root = alone.base / ("long" * 30) / ".scope"
    alone.root.mkdir(mode=0o700, parents=True)
    script = "from scope.store import roots; roots.make()"
    subprocess.run([sys.executable, "-c", script], cwd=alone.root.parent, env=alone.env, check=True)
    alone.levels(alone.model())
    token = alone.session("1")
    router = alone.start()
    path = Path(alone.socket)
    assert len(os.fsencode(str(path))) <= 100
    assert str(path).startswith(str(alone.base))  # the test's own temporary directory
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    alone.provider.script("far", say("away"))
    assert alone.chat(token, "far").text == "away"
    alone.kill(router)
    alone.start()
    assert Path(alone.socket) == path


def test_the_port_is_taken_again_after_a_restart(alone: Office) -> None:
    """A tool that was given a base URL finds the next router there."""
    alone.levels(alone.model())
    token = alone.session("1")
    router = alone.start()
    url = alone.request("POST", "/v1/port", {}, token).json["base_url"]
    said = json.loads((alone.root / "run" / "router").read_text())
    port = int(url.split(":")[2].split("/")[0])
    assert said == {"pid": router.pid, "socket": alone.socket, "port": port, "keys": said["keys"]}
    assert list(said["keys"]) == ["TEST_KEY"]
    alone.kill(router)
    alone.start()
    with urlopen(Request(f"{url}/models", headers={"Authorization": f"Bearer {token}"})) as answer:  # noqa: S310
        assert answer.status == 200


def test_a_port_that_another_has_taken_is_let_go(alone: Office) -> None:
    """The router starts all the same, and gives another when it is asked."""
    alone.levels(alone.model())
    token = alone.session("1")
    router = alone.start()
    port = alone.request("POST", "/v1/port", {}, token).json["port"]
    alone.kill(router)
    with socket.create_server(("127.0.0.1", port)):
        alone.start()
        assert alone.request("POST", "/v1/port", {}, token).json["port"] != port


def _port() -> int:
    """A free port that the kernel gives to nobody by itself, until the router takes it."""
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.sample(range(max(1024, first - 8000), first), 50):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    pytest.fail("no port is free")


def test_a_configured_port_is_the_one(alone: Office) -> None:
    """`models.port`."""
    port = _port()
    alone.levels(alone.model())
    alone.configure((alone.root / "config.yaml").read_text().replace("models:\n", f"models:\n  port: {port}\n"))
    token = alone.session("1")
    alone.start()
    with socket.create_server(("127.0.0.1", port)):
        said = alone.request("POST", "/v1/port", {}, token)
        assert (said.status, said.code) == (503, "port")
    assert alone.request("POST", "/v1/port", {}, token).json["port"] == port


def test_a_router_without_keys_or_settings_lives(alone: Office) -> None:
    """Nothing on stdin, no model configured: it serves, and says that there is no model."""
    token = alone.session("1")
    argv = [sys.executable, "-P", "-m", "scope.models", str(alone.root)]
    process = subprocess.Popen(argv, env=alone.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    alone.routers.append(process)
    until(lambda: alone.is_ready(process.pid), PATIENCE_S)
    said = alone.chat(token, "nobody")
    assert (said.status, said.code) == (503, "no_model")


def test_stop_and_start_leave_no_file_behind(alone: Office) -> None:
    """An interrupt is a stop like TERM."""
    alone.levels(alone.model())
    router = alone.start()
    router.send_signal(signal.SIGINT)
    assert router.wait(30) == 0
    assert {path.name for path in (alone.root / "run").iterdir()} <= {
        "router",
        "router.lock",
        "router.secret",
        "router.log",
        "calls.jsonl",
    }


def test_only_the_router_loads_litellm(alone: Office) -> None:
    """Making a token, as the watcher does, costs nothing of it."""
    code = (
        "import sys; from scope.models import tokens, client; tokens.make(sys.argv[1], '1', 1)\n"
        "assert not {'litellm', 'aiohttp', 'yaml', 'asyncio'} & set(sys.modules), 'too much is loaded'"
    )
    subprocess.run([sys.executable, "-c", code, str(alone.root)], check=True)
    assert isinstance(alone, Desk)
