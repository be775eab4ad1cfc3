"""The hooks of people: those that cannot run, and those that did not work."""

from __future__ import annotations

from scope.cli.checks.finding import Finding
from scope.store import roots
from scope.supervision.notification import hooks


def working(root: str | None) -> list[Finding]:
    """Say which hooks there are, and what is wrong with them."""
    if root is None or roots.why_untrusted(root):
        return []
    wrong = [Finding("hooks", False, f"{program}: {says}", repair) for program, says, repair in hooks.problems(root)]
    right = hooks.sound(root)
    return [*wrong, Finding("hooks", True, ", ".join(right))] if right else wrong
