"""The paths of what people are asked, of what they answer, and of how they are told; one writer each."""

from __future__ import annotations


def escalations(root: str) -> str:
    """`escalations/`, the human's inbox."""
    return f"{root}/escalations"


def escalation(root: str, escalation_id: str) -> str:
    """`escalations/<id>.md`. Writer: the watcher makes it; people answer in it, and their edit wins."""
    return f"{root}/escalations/{escalation_id}.md"


def groups(root: str) -> str:
    """`escalations/groups.jsonl`, decisions about groups of like failures; the commit point. Writer: the watcher."""
    return f"{root}/escalations/groups.jsonl"


def notified(root: str) -> str:
    """`escalations/notified.jsonl`, what a person was told and when; the commit point. Writer: the watcher."""
    return f"{root}/escalations/notified.jsonl"


def deliveries(root: str) -> str:
    """`escalations/deliveries.jsonl`, each try to tell it: by what, when, what came of it. Writer: the courier."""
    return f"{root}/escalations/deliveries.jsonl"


def policies(place: str) -> str:
    """`policies/`, the answers that hold from now on. Writer: people; the watcher makes what an answer asks for."""
    return f"{place}/policies"


def policy(place: str, name: str) -> str:
    """`policies/<name>.md`. Writer: people; the watcher makes it, once, where an answer asks for it."""
    return f"{place}/policies/{name}.md"


def silences(root: str) -> str:
    """`silences/`, what a person does not want to hear of for a time."""
    return f"{root}/silences"


def silence(root: str, silence_id: str) -> str:
    """`silences/<id>.md`. Writer: people."""
    return f"{root}/silences/{silence_id}.md"


def notify_urls(home: str) -> str:
    """`~/.scope/notify.urls`, how to reach a person: an apprise URL a line, for its owner only. Writer: people."""
    return f"{home}/notify.urls"
