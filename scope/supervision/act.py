"""Act: commit a verdict by one line, then carry its effects out, each of which may be done twice.

The order is the promise: the line in `decisions.jsonl` is there before anything follows from it,
the result before the event, the event before the state. Whatever a crash leaves out is completed
from the line by the next watcher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from scope.laws import case as verdicts
from scope.laws.states import TERMINAL
from scope.sessions.records.reading import read_task
from scope.store import atomic, journal, layout, maildir
from scope.supervision.escalation import recoveries
from scope.supervision.observation import dossier, inquiry, lateness, observe, result
from scope.supervision.wards import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scope.laws.case import AttemptView, Case, Verdict
    from scope.laws.playbook import Standing
    from scope.supervision.wards.bulletin import Bulletin
    from scope.supervision.wards.ward import Ward


def commit(
    ward: Ward, verdict: Verdict, seen: Case, boot: str, now: float, also: Mapping[str, object] | None = None
) -> None:
    """Commit a verdict; from here on it holds, whatever happens to this process. Raises StoreFault.

    `also` is what the line says of other files, such as the group that an escalation joins.
    """
    story = ward.chronicle
    line: dict[str, Any] = {
        "seq": story.sequence + 1,
        "time": clock.stamp(),
        "session": ward.session,
        "attempt": story.attempt,
        **(_words(verdict, ward, boot, now) or recoveries.words(verdict, seen, boot)),
        **(also or {}),
    }
    if not isinstance(verdict, verdicts.Hold):
        line["at"] = round(now, 3)
        if seen.failure is not None:
            line.update(dossier.facts(seen.failure))
    line["saw"] = _saw(seen)
    if isinstance(verdict, verdicts.Hold) and story.said == verdict.why:
        return
    journal.append(layout.decisions(ward.directory), line)
    story.add(line)
    if not isinstance(verdict, verdicts.Hold):
        ward.is_incomplete = True


def complete(ward: Ward, bulletin: Bulletin, end: Callable[[Ward], None]) -> None:
    """Carry out what follows from the last decision, except a start, which needs the runner.

    Raises StoreFault; then it is called again.
    """
    line = ward.chronicle.last
    match line.get("move"):
        case "stop":
            end(ward)
            ward.is_incomplete = False
            return
        case "adopt":
            if line.get("message"):
                maildir.take(layout.inbox(ward.directory), str(line["message"]))
            ward.task = read_task(ward.directory, ward.chronicle.redirects)
            ward.is_incomplete = False
            return
        case "reply" | "answer" if line.get("question"):
            if line.get("answer") is not None:
                inquiry.write_answer(
                    ward.attempt_directory, int(line["question"]), str(line["answer"]), str(line.get("by", ""))
                )
        case "reopen":
            publish(ward, bulletin)
            # Only now: to whoever waits, the message says until then that the session will go on.
            if line.get("message") and line.get("wish") in ("retry", "return"):
                maildir.take(layout.inbox(ward.directory), str(line["message"]))
            return
        case _:
            pass
    if line.get("fingerprint") or (ward.chronicle.advice and ward.chronicle.state in TERMINAL):
        dossier.write_case(ward)
    if ward.chronicle.state in TERMINAL:
        result.write(ward, line)
    publish(ward, bulletin)


def publish(ward: Ward, bulletin: Bulletin) -> None:
    """Let everybody know the state: first the event, then the `state` file. Raises StoreFault."""
    story = ward.chronicle
    path = layout.state(ward.directory)
    before = (atomic.read(path) or "").strip()
    if story.sequence:
        bulletin.announce(ward, before)
    if before != story.state:
        atomic.replace(path, story.state + "\n")
    ward.is_incomplete = False


def correct(ward: Ward) -> None:
    """Write the `state` file again where somebody else has written it; raises StoreFault."""
    path = layout.state(ward.directory)
    said = (atomic.read(path) or "pending").strip()
    if not ward.is_incomplete and said != ward.chronicle.state and ward.is_there():
        atomic.replace(path, ward.chronicle.state + "\n")


def _words(verdict: Verdict, ward: Ward, boot: str, now: float) -> dict[str, Any]:
    match verdict:
        case verdicts.Start(attempt):
            return {"move": "start", "attempt": attempt, "why": "it is its turn", "boot": boot, "begun": round(now, 3)}
        case verdicts.Stop(reason, why):
            return {"move": "stop", "reason": reason, "why": why}
        case verdicts.Succeed(verified, why):
            return {"move": "succeed", "verified": verified, "why": why}
        case verdicts.Fail(kind, why):
            return {"move": "fail", "kind": kind, "why": why}
        case verdicts.Recover(kind, why, costs_retry):
            return {"move": "recover", "kind": kind, "why": why, "costs_retry": costs_retry}
        case verdicts.Again() | verdicts.Defer() | verdicts.Escalate() | verdicts.Reply():
            return {}
        case verdicts.Abort(why):
            return {"move": "abort", "why": why}
        case verdicts.Reopen(why) | verdicts.Adopt(why):
            name, wish = observe.oldest_wish(ward.directory) or ("", why)
            move = "reopen" if isinstance(verdict, verdicts.Reopen) else "adopt"
            why = "what it did could not be landed" if wish == "return" else f"a person wished it ({wish})"
            return {"move": move, "why": why, "wish": wish, "message": name}
        case verdicts.Ask(why, question):
            return {"move": "ask", "why": why, **({"question": question} if question else {})}
        case verdicts.Await(why, appointment):
            return {"move": "await", "why": why, **lateness.words(appointment)}
        case verdicts.Hold(why):
            return {"move": "hold", "why": why}
        case _:
            assert_never(verdict)


def _saw(seen: Case) -> dict[str, Any]:
    attempt = seen.attempt
    saw: dict[str, Any] = {"state": seen.state, "tries": seen.tries}
    if attempt is not None:
        saw["attempt"] = _signs(attempt)
    if seen.standing is not None:
        saw["standing"] = _standing(seen.standing)
    if seen.late is not None and seen.late.says:
        saw["late"] = {"says": seen.late.says, "by": seen.late.by, "lines": seen.late.lines}
    if seen.dependencies.unmet or seen.dependencies.failed:
        saw["after"] = {"unmet": seen.dependencies.unmet, "failed": seen.dependencies.failed}
    return saw


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "playbook": standing.playbook,
        "attempts_left": standing.attempts_left,
        "restart_allowed": standing.is_restart_allowed,
        "siblings": standing.siblings,
        "blocks": standing.blocks,
    }


def _signs(attempt: AttemptView) -> dict[str, Any]:
    # The lock is looked at only where the pane does not tell.
    lock = None if attempt.pane not in ("dead", "absent") else "held" if attempt.is_lock_held else "free"
    return {
        "number": attempt.number,
        "pane": attempt.pane,
        "lock": lock,
        "started": attempt.has_started,
        "exit": attempt.exit,
        "closed": attempt.is_closed,
        "age_s": round(attempt.age_s, 3),
    }
