"""Diagnosis: from what a failed attempt left (its report, its output, its check) to a failure with a name."""

from __future__ import annotations

import time
from calendar import timegm
from typing import TYPE_CHECKING

from scope.laws import runbook, symptom
from scope.laws.failure import NOT_FOUND, OF_KIND, WORDLESS, Failure, of_class
from scope.laws.fingerprint import fingerprint
from scope.laws.group import Advice
from scope.laws.task import Task
from scope.sessions.records import terminal
from scope.store import atomic, attemptdir
from scope.supervision.observation import lateness, observe, reports, result, returns
from scope.supervision.wards.chronicle import RETURNED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scope.laws.failure import Class
    from scope.laws.runbook import Diagnosis, Rule
    from scope.laws.symptom import Symptom
    from scope.supervision.wards.ward import Ward

ADVICE = "advice"
"""The variable that takes advice in words, where a task declares it."""

_NOT_FOUND = 127
_KILLED = 128
_CHECK_BYTES = 1 << 16
_DONE = "done:"
_CERTAIN = frozenset(("budget", "cycle"))


def of(ward: Ward, rules: Callable[[], Sequence[Rule]]) -> tuple[Failure, Advice | None]:
    """Return what failed, and the remedy of the runbook that knows it, if it can be carried out.

    Read once for each attempt; the same files always give the same answer.
    """
    number = ward.chronicle.attempt
    if ward.diagnosis is None or ward.diagnosis[0] != number:
        failure, remedy = _diagnosed(ward, rules())
        ward.diagnosis = (number, failure, remedy)
    return ward.diagnosis[1], ward.diagnosis[2]


def _diagnosed(ward: Ward, rules: Sequence[Rule]) -> tuple[Failure, Advice | None]:
    story, directory = ward.chronicle, ward.attempt_directory
    if story.failed == RETURNED:
        return returns.diagnosed(ward), None
    task = ward.task if isinstance(ward.task, Task) else Task()
    report = reports.read(directory)
    kind = story.failed or "exit"
    late = lateness.brought(story) if kind == "check" else ()
    seen = symptom.read("\n".join(_end(line) for line in late or _lines(ward, task, kind)))
    known: Class = report.of_class if report is not None else OF_KIND.get(kind, "unknown")
    died = _of_worker(ward, task) if report is None and kind == "exit" else None
    known = died or known
    found = runbook.diagnose(rules, seen, known, task.job_type) if died is None else None
    if report is None and kind in ("exit", "check") and found is not None:
        known = of_class(found.rule.diagnosis) or known
    said = report.message.strip().partition("\n")[0] if report is not None else ""
    # What was ended by its supervisor printed no reason for that.
    named = _of_signal(late[0], seen) if late else "" if kind in OF_KIND or died else seen.headline
    headline = said or named or _without_words(ward, kind)
    until, until_done = _condition(report.until if report is not None else "")
    failure = Failure(
        kind=kind,
        of_class=known,
        fingerprint=fingerprint(
            job_type=task.job_type,
            of_class=known,
            check=f"signal {story.appointment.get('signal')}" if late else task.check if kind == "check" else "",
            error=headline,
            explicit=report.fingerprint if report is not None else "",
        ),
        headline=headline,
        lines=seen.lines,
        failing=seen.failing,
        needs=_needs(report.needs if report is not None else "", known),
        message=report.message if report is not None else "",
        tried=report.tried if report is not None else (),
        is_diagnosed=report is not None or found is not None or died is not None or kind in _CERTAIN,
        runbook=found.rule.name if found is not None else "",
        until=until,
        until_done=until_done,
    )
    return failure, _remedy(found, task)


def _lines(ward: Ward, task: Task, kind: str) -> list[str]:
    """Return the lines that may say what failed."""
    lines, _ = result.last_lines(ward.attempt_directory)
    if task.executor == "model" and kind == "check":
        # What a model says before its check tells of its work, and of each work anew.
        printed = atomic.tail(attemptdir.check(ward.attempt_directory), _CHECK_BYTES)
        words = terminal.plain(printed).decode("utf-8", "replace").rstrip("\n").split("\n")
        return [line for line in words if not line.startswith("exit ")]
    return lines


def _of_worker(ward: Ward, task: Task) -> Class | None:
    """Say what it means that a model's worker ended without a word of its own; nothing where it is a command's end."""
    code = observe.exit_of(ward.attempt_directory)
    if not task.is_thinking or not code:
        return None
    return "lost" if code >= _KILLED else "transient"


def _of_signal(why: str, seen: Symptom) -> str:
    """Return what failed by a signal: why, and the error that it tells of, by which it is told from others."""
    return f"{why}: {seen.headline}" if seen.is_named and seen.headline not in why else why


def _end(line: str) -> str:
    # Of a line whose beginning is lost, the end is what may name the error.
    return f"…{line[-symptom.LONGEST_LINE + 1 :]}" if line.startswith("…") else line


def _without_words(ward: Ward, kind: str) -> str:
    code = observe.exit_of(ward.attempt_directory)
    if _of_worker(ward, ward.task if isinstance(ward.task, Task) else Task()) and kind == "exit":
        return f"the model's worker was killed (exit {code})" if (code or 0) >= _KILLED else "the model's worker failed"
    if kind in ("exit", "check") and code is not None:
        return NOT_FOUND if code == _NOT_FOUND else WORDLESS.format(kind, code)
    return kind


def _needs(said: str, known: Class) -> str:
    if said and said != "nothing":
        return said
    return {
        "missing_context": "information",
        "task_too_big": "decomposition",
        "wrong_approach": "reframing",
        "policy": "policy",
        "unknown": "diagnosis",
    }.get(known, "")


def _condition(until: str) -> tuple[float | None, str]:
    if until.startswith(_DONE):
        return None, until[len(_DONE) :]
    try:
        when = timegm(time.strptime(until, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return None, ""
    return max(0.0, when - time.time()), ""


def _remedy(found: Diagnosis | None, task: Task) -> Advice | None:
    """Return what the runbook advises where this task can take it: in a variable that it declares, or in words."""
    if found is None:
        return None
    declared, words = dict(task.vars), found.rule.instructions.strip()
    variables = dict(found.variables)
    if ADVICE in declared and words:
        variables.setdefault(ADVICE, words)
    told = tuple((name, value) for name, value in variables.items() if name in declared and declared[name] != value)
    if not told and not (task.executor == "model" and words):  # which reads what it is told
        return None
    why = f"runbook '{found.rule.name}'" + (f" knows: {found.line}" if found.line else "")
    return Advice("rules", words, told, why)
