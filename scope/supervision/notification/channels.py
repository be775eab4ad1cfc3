"""The ways to reach a person: apprise URLs, a command of theirs, a line on attached terminals.

What is told of a way is its kind and its number, never its address: that is a secret, and so is
whatever a library says of it when it fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scope.errors import ScopeError
from scope.store import atomic, inboxdir, layout
from scope.tmux.server import Refused, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scope.laws.configuration import Notify

LONGEST_S: Final = 20.0
_GRACE_S: Final = 5
_SHOWN_MS: Final = "10000"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OPTION: Final = "@scope_notice"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be told: a line, some more, and all of it for a program."""

    title: str
    body: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try; without `may_again` another would end no better."""

    is_sent: bool
    why: str = ""
    may_again: bool = True


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach a person: what it is called where others read it, and how it is used."""

    name: str
    send: Callable[[Letter], Outcome]


def every(root: str, settings: Notify) -> list[Channel]:
    """Return the ways that a person has set up; one that is set up wrongly says so when it is used."""
    found = _by_urls(root, settings)
    if settings.command:
        found.append(Channel("command", lambda letter: _by_command(root, settings.command, letter)))
    if settings.tmux:
        found.append(Channel("tmux", lambda letter: _by_tmux(root, letter)))
    return found


def _by_urls(root: str, settings: Notify) -> list[Channel]:
    path = inboxdir.notify_urls(layout.home())
    if settings.urls_file:
        path = os.path.join(os.path.dirname(root), os.path.expanduser(settings.urls_file))
    called = os.path.basename(path)
    try:
        text = atomic.read(path, atomic.SMALL)
        mode = os.stat(path).st_mode if text is not None else 0
    except (ScopeError, OSError):
        return [_broken(called, "it cannot be read")]
    if text is None:
        return [_broken(called, "there is no such file")] if settings.urls_file else []
    if mode & _OTHERS:
        return [_broken(called, f"others can read it, and it holds secrets: chmod 600 {path}")]
    lines = (line.strip() for line in text.splitlines())
    urls = [line for line in lines if line and not line.startswith("#")]
    return [_by_url(number, url) for number, url in enumerate(urls, 1)]


def _broken(called: str, why: str) -> Channel:
    return Channel(called, lambda _: Outcome(is_sent=False, why=why, may_again=False))


def _by_url(number: int, url: str) -> Channel:
    schema = url.partition("://")[0] if "://" in url else ""
    is_word = schema.isascii() and schema.isalnum() and len(schema) <= 20  # noqa: PLR2004 - else it is no schema
    return Channel(f"url {number} ({schema if is_word else '?'})", lambda letter: _by_apprise(url, letter))


def _by_apprise(url: str, letter: Letter) -> Outcome:
    import logging  # noqa: PLC0415 - here alone, with a library that logs

    try:
        import apprise  # noqa: PLC0415 - half a second, and an extra that may not be there
    except ImportError:
        return Outcome(is_sent=False, why="apprise is not installed: pip install 'scope[notify]'", may_again=False)
    logging.disable(logging.CRITICAL)  # what it says of a failure may hold the address
    service = apprise.Apprise()
    if not service.add(url):
        return Outcome(is_sent=False, why="apprise does not understand that line", may_again=False)
    with _at_most(LONGEST_S):
        is_sent = service.notify(title=letter.title, body=letter.body)
    return Outcome(bool(is_sent), "" if is_sent else "it was not taken, or nobody was reached")


def _by_command(root: str, command: str, letter: Letter) -> Outcome:
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=os.path.dirname(root),
        env={**os.environ, "SCOPE_DIR": root, "SCOPE_MESSAGE": f"{letter.title}\n{letter.body}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        # Who does not read what it is told may have done its work all the same.
        process.communicate(json.dumps(dict(letter.facts)).encode(), timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return Outcome(is_sent=False, why=f"the command took longer than {LONGEST_S:.0f}s")
    code = process.returncode
    return Outcome(code == 0, "" if code == 0 else f"the command exited with {code}")


def _by_tmux(root: str, letter: Letter) -> Outcome:
    """Show a line on the terminals that are attached to the root's own server; nobody there is no failure."""
    server = Server(root)
    if not server.is_running():
        return Outcome(is_sent=True, why="nobody is attached", may_again=False)
    clients = server.run("list-clients", "-F", "#{client_control_mode} #{client_name}")
    names = [line[2:] for line in clients.splitlines() if line.startswith("0 ")]
    if not names:
        return Outcome(is_sent=True, why="nobody is attached", may_again=False)
    # Through an option: a format is not expanded again in what another has put in.
    line = letter.title if not letter.body else f"{letter.title}: {letter.body.splitlines()[0]}"
    server.run("set-option", "-g", _OPTION, "".join(c if c.isprintable() else " " for c in line))
    for name in names:
        _display(server, name)
    return Outcome(is_sent=True)


def _display(server: Server, client: str) -> None:
    said = f"#{{{_OPTION}}}"
    try:
        server.run("display-message", "-c", client, "-d", _SHOWN_MS, said)
    except Refused:  # an older tmux has no -d; a client may have gone
        with contextlib.suppress(Refused):
            server.run("display-message", "-c", client, said)


@contextlib.contextmanager
def _at_most(length_s: float) -> Any:  # noqa: ANN401 - what contextlib wants
    """Raise TimeoutError in here after so long; what does not heed even that ends this process."""

    def late(*_: object) -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_GRACE_S)
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, length_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
