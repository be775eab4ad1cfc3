"""The checks of `scope doctor`: each looks at one thing that work needs, and knows the way to it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import ScopeError
from scope.models import discovery, starting
from scope.sessions import configuration, daemon, holder
from scope.store import layout, roots, rundir

if TYPE_CHECKING:
    from collections.abc import Callable

    from scope.laws.roster import Deployment, Roster

    Check = Callable[[str | None], list["Finding"]]

_ANSWERS_WITHIN_S: Final = 5.0
_OTHERS: Final = 0o177


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: whether it is right, whether work needs it, what is there, and the way on."""

    check: str
    is_ok: bool
    says: str
    repair: str = ""
    is_needed: bool = False

    @property
    def is_wrong(self) -> bool:
        """Tell whether work is held up by it."""
        return self.is_needed and not self.is_ok

    def as_json(self) -> dict[str, object]:
        """Return the documented keys."""
        return {
            "check": self.check, "ok": self.is_ok, "needed": self.is_needed, "says": self.says, "repair": self.repair
        }  # fmt: skip


def every(root: str | None) -> list[Finding]:
    """Make all checks; `root` is None where there is none yet."""
    return [finding for check in CHECKS for finding in check(root)]


def _tmux(_: str | None) -> list[Finding]:
    place = shutil.which("tmux")
    if place is None:
        return [Finding("tmux", False, "it is not installed", "apt-get install tmux, brew install tmux", True)]
    try:
        done = subprocess.run([place, "-V"], capture_output=True, text=True, timeout=_ANSWERS_WITHIN_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return [Finding("tmux", False, f"{place} cannot be run: {error}", "install it again", True)]
    return [Finding("tmux", True, f"{done.stdout.strip()} ({place})", is_needed=True)]


def _git(_: str | None) -> list[Finding]:
    return _program("git", "work that changes a repository is easier to look at with it", "apt-get install git")


def _flock(_: str | None) -> list[Finding]:
    return _program("flock", "Python takes its place, which makes each start a little slower", "install util-linux")


def _program(name: str, without: str, repair: str) -> list[Finding]:
    place = shutil.which(name)
    return [Finding(name, False, f"it is not installed: {without}", repair) if place is None else _there(name, place)]


def _there(name: str, place: str) -> Finding:
    return Finding(name, True, place)


def _root(root: str | None) -> list[Finding]:
    if root is None:
        return [Finding("root", False, "there is no .scope here or above", "scope init")]
    try:
        roots.check_format(root)
        why = roots.why_untrusted(root)
    except ScopeError as error:
        return [Finding("root", False, error.line(), error.hint, True)]
    if why:
        return [Finding("root", False, f"{root} runs nothing: {why}", "if you trust it: scope init", True)]
    return [Finding("root", True, root, is_needed=True)]


def _watcher(root: str | None) -> list[Finding]:
    if root is None or not daemon.is_alive(root):
        return [Finding("watcher", True, "none lives; the next command that needs one starts it")]
    return [Finding("watcher", True, f"it lives, pid {holder.pid(rundir.watcher_lock(root))}")]


def _config(root: str | None) -> list[Finding]:
    paths = [layout.config(place) for place in (root, layout.home()) if place is not None]
    there = [path for path in paths if os.path.exists(path)]
    try:
        configuration.load(root or layout.home())
    except ScopeError as error:
        return [Finding("config", False, error.line(), error.hint, True)]
    return [Finding("config", True, ", ".join(there) or "there is none: the built-in values hold", is_needed=True)]


def _models(root: str | None) -> list[Finding]:
    roster = _roster(root)
    if roster is None:
        return []  # the settings cannot be read, which is said already
    if roster.is_empty:
        found = discovery.usable(os.environ)
        line = found[0].line if found else discovery.levels(discovery.EXAMPLE)
        says = "none is configured: words alone cannot be carried out, commands can"
        return [Finding("models", False, says, f"write into {layout.config(root or layout.home())}: {line}")]
    is_served = root is not None and starting.is_alive(root)
    return [_level(roster, level, is_served) for level in sorted(roster.levels) if roster.levels[level]]


def _level(roster: Roster, level: int, is_served: bool) -> Finding:
    """Say which models a level has, and whether one of them can be reached with the keys that are here."""
    troubles = {one.name: _trouble(one) for one in roster.levels[level]}
    said = [f"{one.model} ({troubles[one.name] or _key(one)})" for one in roster.levels[level]]
    has_one = not all(troubles.values())
    repair = "" if has_one else next(filter(None, map(_repair, roster.levels[level])), "")
    # A router that lives may have been given a key that is not set here.
    return Finding(f"level {level}", has_one or is_served, ", ".join(said), repair, is_needed=True)


def _key(one: Deployment) -> str:
    return one.api_key_env or one.api_key_file or (one.api_key_command[0] if one.api_key_command else "no key")


def _trouble(one: Deployment) -> str:
    """Say what is wrong with a deployment's key; its command is not run for that."""
    if one.api_key_env and not os.environ.get(one.api_key_env):
        return f"{one.api_key_env} is not set here"
    if one.api_key_command and shutil.which(os.path.expanduser(one.api_key_command[0])) is None:
        return f"there is no program {one.api_key_command[0]}"
    if not one.api_key_file:
        return ""
    path = os.path.expanduser(one.api_key_file)
    try:
        status = os.stat(path)
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    if status.st_uid != os.getuid():
        return f"{path} belongs to user {status.st_uid}"
    mode = stat.S_IMODE(status.st_mode)
    return f"{path} has mode {mode:04o}" if mode & _OTHERS else ""


def _repair(one: Deployment) -> str:
    if one.api_key_env:
        return f"export {one.api_key_env}=… where you call scope, or take api_key_file or api_key_command"
    if one.api_key_file:
        return f"put the key alone into {one.api_key_file}, and: chmod 600 {one.api_key_file}"
    return f"install {one.api_key_command[0]}, or name it by its whole path" if one.api_key_command else ""


def _router(root: str | None) -> list[Finding]:
    if root is None or not starting.is_alive(root):
        return [Finding("router", True, "none lives; work that needs one starts it")]
    return [Finding("router", True, f"it lives, pid {holder.pid(rundir.router_lock(root))}")]


def _found(root: str | None) -> list[Finding]:
    """Say what is here to reach models with, as far as it does not stand in the settings."""
    roster = _roster(root)
    known = roster.deployments if roster is not None else ()
    names = {one.api_key_env for one in known} | {one.base_url.rstrip("/") for one in known}
    news = [find for find in discovery.everything(os.environ) if not names.intersection((find.name, find.url))]
    return [Finding("found", True, find.says, find.line) for find in news]


def _roster(root: str | None) -> Roster | None:
    try:
        return configuration.load(root or layout.home()).models.roster
    except ScopeError:
        return None


CHECKS: Final[tuple[Check, ...]] = (_tmux, _git, _flock, _root, _watcher, _config, _models, _router, _found)
