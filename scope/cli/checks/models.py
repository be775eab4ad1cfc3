"""The models that are configured, with their keys, and what else is here to reach models with."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING, Final

from scope.cli.checks.finding import Finding
from scope.errors import ScopeError
from scope.models import discovery, starting
from scope.sessions.records import configuration
from scope.store import layout

if TYPE_CHECKING:
    from scope.laws.roster import Deployment, Roster

_OTHERS: Final = 0o177


def models(root: str | None) -> list[Finding]:
    """Look at each level that has models: whether one of them can be reached."""
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


def found(root: str | None) -> list[Finding]:
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
