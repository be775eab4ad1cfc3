"""What lies beside skills, and what was learned: each path spelled once, with its one writer."""

from __future__ import annotations


def evidence(skill_file: str) -> str:
    """`<skill>.evidence.jsonl`, how the skill beside it did. Writer: the watcher; people, their word on it."""
    return f"{skill_file.removesuffix('.md')}.evidence.jsonl"


def evidence_of_built_in(root: str, name: str) -> str:
    """`skills/evidence/<name>.evidence.jsonl`, how a skill that ships did in this root.

    Writer: the watcher; people, their word on it.
    """
    return f"{root}/skills/evidence/{name}.evidence.jsonl"


def versions(skill_file: str) -> str:
    """`.versions/<name>/`, the bodies that a skill had before, each by its revision. Writer: whoever replaces it."""
    place, _, name = skill_file.rpartition("/")
    return f"{place}/.versions/{name.removesuffix('.md')}"


def version(skill_file: str, revision: str) -> str:
    """`.versions/<name>/<revision>.md`, one of them. Writer: whoever replaces it."""
    return f"{versions(skill_file)}/{revision}.md"


def versions_lock(skill_file: str) -> str:
    """`.versions/<name>/lock`, held while the skill is replaced. Writer: nobody."""
    return f"{versions(skill_file)}/lock"


def draft(skill_file: str, revision: str) -> str:
    """`.drafts/<name>.<revision>.md`, an edit of that revision that could not be taken yet. Writer: people."""
    place, _, name = skill_file.rpartition("/")
    return f"{place}/.drafts/{name.removesuffix('.md')}.{revision}.md"


def crystals_lock(root: str) -> str:
    """`skills/.versions/lock`, held while the machine writes skills of the project's. Writer: nobody."""
    return f"{root}/skills/.versions/lock"


def outcomes(root: str) -> str:
    """`outcomes.jsonl`, how attempts ended that a check or a person judged. Writer: the watcher."""
    return f"{root}/outcomes.jsonl"


def in_vain(root: str) -> str:
    """`memory/failures.jsonl`, what not to do: advice that did not help, by fingerprint. Writer: the watcher."""
    return f"{root}/memory/failures.jsonl"


def runbooks(place: str) -> str:
    """`skills/runbooks/`, of a root, of the home, or built in. Writer: people."""
    return f"{place}/skills/runbooks"
