"""One escalation: what its file says, and the file that says it; a person's edit wins over everything.

The watcher makes it; a person answers in it, and fills in what stands above `kept by scope`.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from scope.laws.schema import Key, Problem, values
from scope.sessions.records import record, reports
from scope.store import amendment, atomic, document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.store.amendment import Written

STATES: Final = ("open", "acked", "answered", "closed")
KINDS: Final = ("failure", "question", "supervisor")
WORDS: Final = ("retry", "fail", "pass")
"""What a person may answer to a failure or a supervisor, besides words of their own."""

SEVEREST: Final = 2
SUFFIX: Final = ".md"
KEYS: Final = (
    Key("question", "text", "what is asked"),
    Key("options", "words", "the answers to choose from"),
    Key("default", "text", "the answer that is taken at the deadline"),
    Key("deadline", "text", "until when an answer is awaited"),
    Key("answer", "text", "the answer, a person's"),
    Key("vars", "mapping", "values for variables that the work declares, a person's"),
    Key("by", "text", "who answered"),
    Key("policy", "name", "the policy that the answer becomes, for all cases like it, a person's"),
    Key("assignee", "name", "who is to answer, above those who asked, a person's; default: human"),
    Key("state", "word", "open, acked (seen: it stays open, and grows no more urgent), answered or closed"),
    Key("kind", "word", "failure, question or supervisor"),
    Key("severity", "count", "0, 1 or 2"),
    Key("opened", "text", "when it was made"),
    Key("sessions", "ids", "the sessions that wait for the answer"),
    Key("members", "count", "how many they are"),
    Key("class", "text", "the class of the failure"),
    Key("needs", "text", "what the failure needs: diagnosis, information, policy and so on"),
    Key("fingerprint", "text", "what like failures have in common"),
    Key("job_type", "text", "the kind of work of all of them"),
    Key("entity_type", "text", "the kind of thing that all of them work on"),
    Key("agent", "text", "the agent that all of them run for"),
    Key("supervisor", "text", "the supervisor of all of them, or the one that gave up"),
    Key("labels", "mapping", "the labels that all of them have"),
)
_FENCE: Final = "---"
_ALWAYS: Final = ("question", "answer", "vars", "by", "policy", "assignee")


@dataclass(frozen=True, slots=True)
class Escalation:
    """One thing that waits, or waited, for a person; `digest` is that of the file's text as it was read."""

    id: str
    state: str
    kind: str
    question: str
    options: tuple[str, ...] = ()
    default: str | None = None
    deadline: float | None = None  # unix seconds, whole ones in the file
    answer: str = ""
    by: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    sessions: tuple[str, ...] = ()
    members: int = 0
    fingerprint: str = ""
    of_class: str = ""
    severity: int = 0
    opened: str = ""  # RFC 3339, UTC
    body: str = ""
    digest: str = ""
    policy: str = ""
    assignee: str = ""
    needs: str = ""
    job_type: str = ""
    entity_type: str = ""
    agent: str = ""
    supervisor: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a person: neither settled nor answered."""
        return self.state in ("open", "acked") and not self.answer

    @property
    def is_acked(self) -> bool:
        """Whether a person has seen it and said so: it waits, and reminds nobody."""
        return self.is_open and self.state == "acked"

    @property
    def has_answer(self) -> bool:
        """Whether there is an answer that can be taken, or was."""
        # One of the options, where there are some: also where a person wrote `answered` beside it.
        is_possible = self.kind != "question" or not self.options or self.answer in self.options
        return self.state != "closed" and self.answer != "" and is_possible


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One that cannot be taken as it is written: file, line, what is wrong; `is_gone` where there is no such file."""

    id: str
    says: str
    is_gone: bool = False


def text(escalation: Escalation) -> str:
    """Return the file that says it; what a person reads and fills in comes first."""
    meant = ", ".join(map(record.one_line, escalation.options)) or "in your own words"
    if escalation.kind != "question":
        meant = f"{', '.join(WORDS)}, or in your own words what to do differently"
    comments = {
        "answer": f"# Your answer: {meant}. It is taken when the file is saved.",
        "vars": "# Values for variables that the work declares, such as {flags: -q}.",
        "policy": "# A name here makes the answer hold for all cases like it from now on: policies/NAME.md.",
        "assignee": "# Who else is to answer: a supervisor above those who ask; nobody means you.",
        "state": "# acked once you have seen it: it stays open, and reminds you no more.",
        "kind": "# What follows is kept by scope.",
    }
    keys: dict[str, Written] = {
        "question": escalation.question,
        "options": escalation.options,
        "default": escalation.default or "",
        "deadline": reports.stamp(escalation.deadline) if escalation.deadline is not None else "",
        "answer": escalation.answer,
        "vars": dict(escalation.variables),
        "by": escalation.by,
        "policy": escalation.policy,
        "assignee": escalation.assignee,
        "state": escalation.state,
        "kind": escalation.kind,
        "severity": str(escalation.severity),
        "opened": escalation.opened,
        "sessions": escalation.sessions,
        "members": str(escalation.members),
        "class": escalation.of_class,
        "needs": escalation.needs,
        "fingerprint": escalation.fingerprint,
        "job_type": escalation.job_type,
        "entity_type": escalation.entity_type,
        "agent": escalation.agent,
        "supervisor": escalation.supervisor,
        "labels": dict(escalation.labels),
    }
    lines = [_FENCE]
    for key, value in keys.items():
        if key in comments:
            lines.append(comments[key])
        if value or key in _ALWAYS:
            lines.append(amendment.line(key, value))
    return amendment.sound("\n".join([*lines, _FENCE, escalation.body]))


def parsed(escalation_id: str, found: str) -> Escalation | Unreadable:
    """Return the escalation that a file's text says, or what is wrong with it and where."""
    called = f"{escalation_id}{SUFFIX}"
    try:
        page = document.parse(found)
    except document.Unfinished as error:
        return Unreadable(escalation_id, f"{called}:1: {error}")
    except document.Malformed as error:
        return Unreadable(escalation_id, f"{called}:{error.line}: {error.says}")
    # A key without a value is one that nobody has filled in.
    said = values({key: node for key, node in page.keys.items() if node not in ("", None)}, KEYS)
    wrong = said if isinstance(said, Problem) else _wrong(said)
    if isinstance(wrong, Problem):
        return Unreadable(escalation_id, f"{called}:{page.lines.get(wrong.key, 1)}: {wrong.says}")
    assert isinstance(said, dict)
    deadline = said.get("deadline")
    sessions: tuple[str, ...] = said.get("sessions", ())  # type: ignore[assignment]
    return Escalation(
        id=escalation_id,
        state=str(said.get("state", "open")),
        kind=str(said["kind"]),
        question=str(said.get("question", "")),
        options=said.get("options", ()),  # type: ignore[arg-type]
        default=str(said["default"]) if "default" in said else None,
        deadline=reports.instant(str(deadline)) if deadline else None,
        answer=meant(str(said["kind"]), str(said.get("answer", "")).strip()),
        by=str(said.get("by", "")),
        variables=said.get("vars", ()),  # type: ignore[arg-type]
        sessions=sessions,
        members=int(said.get("members", len(sessions))),  # type: ignore[arg-type]
        fingerprint=str(said.get("fingerprint", "")),
        of_class=str(said.get("class", "")),
        severity=int(said.get("severity", 0)),  # type: ignore[arg-type]
        opened=str(said.get("opened", "")),
        body=page.body,
        digest=digest(found),
        policy=str(said.get("policy", "")),
        assignee=str(said.get("assignee", "")),
        needs=str(said.get("needs", "")),
        job_type=str(said.get("job_type", "")),
        entity_type=str(said.get("entity_type", "")),
        agent=str(said.get("agent", "")),
        supervisor=str(said.get("supervisor", "")),
        labels=said.get("labels", ()),  # type: ignore[arg-type]
    )


def _wrong(said: Mapping[str, object]) -> Problem | None:
    """Say what a file cannot mean, its keys being of the right shape."""
    for key, known in (("state", STATES), ("kind", KINDS)):
        word = said.get(key, "open" if key == "state" else "")
        if word not in known:
            return Problem(key, f"'{key}' is {', '.join(known)}, not '{word}'")
    if said.get("deadline") and reports.instant(str(said["deadline"])) is None:
        return Problem("deadline", "'deadline' takes a time such as 2026-01-02T15:04:05Z")
    if said.get("severity", 0) not in range(SEVEREST + 1):
        return Problem("severity", f"'severity' takes 0 to {SEVEREST}")
    given, options = str(said.get("answer", "")).strip(), said.get("options")
    is_open = said.get("state", "open") in ("open", "acked")
    if is_open and given and said["kind"] == "question" and isinstance(options, tuple) and given not in options:
        return Problem("answer", f"'answer' takes one of {', '.join(options)}, not '{record.one_line(given)[:80]}'")
    return None


def meant(kind: str, words: str) -> str:
    """Return what an answer means: `Fail` to a failure is `fail`, and no words of a person's own."""
    word = words.strip().casefold()
    return word if kind != "question" and word in WORDS else words


def digest(written: str) -> str:
    """Return what tells one text of a file from another."""
    return sha256(atomic.encode(written)).hexdigest()
