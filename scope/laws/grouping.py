"""Like failures together: one diagnosis for a group, one canary with the remedy, then all the others.

The names and times are Alertmanager's: failures with one fingerprint gather for `group_wait` before
a person hears of them, changes are told every `group_interval`, and an answer that worked is known
for `repeat_interval`. Everything here is pure; `supervision.escalation.groups` keeps the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from scope.laws.group import (
    GRANTING,
    HUMAN,
    RULES,
    SEVEREST,
    TREE,
    Advice,
    Advise,
    Answer,
    Ask,
    Climb,
    Close,
    Consult,
    Group,
    GroupVerdict,
    Member,
    Release,
    Send,
    Settle,
    Tell,
    View,
    Wait,
    Word,
)

if TYPE_CHECKING:
    from scope.laws.configuration import Escalation


def decide_group(view: View, settings: Escalation, now: float) -> GroupVerdict:
    """Return the one next step for a group of like failures."""
    group = view.group
    match group.phase:
        case "closed":
            return Wait()
        case "gathering":
            return _gathering(view, settings, now)
        case "consulting":
            return _consulting(view, settings, now)
        case "trying":
            return _trying(view)
        case "released":
            return _released(view, settings, now)
        case "asking":
            return _asking(view, settings, now)
        case "settled":
            return Wait() if view.members else Close(f"a person let it {group.verdict}")
        case _:
            assert_never(group.phase)


def _gathering(view: View, settings: Escalation, now: float) -> GroupVerdict:
    group, ladder = view.group, settings.levels
    if not _has_failed(view):
        return Close("nobody is left in it")
    if view.folds_into:
        return Close(f"'{view.folds_into}' gave up as well, and is asked about")
    top = len(ladder) - 1
    rung = top if group.is_for_person else min(group.rung + 1, top)
    level = ladder[rung]
    if group.supervisor and view.remedy is not None:
        return Advise(top, view.remedy, view.remedy.reasoning)
    if rung < top:
        if level != RULES:
            return _model(view, rung, level)
        if view.remedy is None:
            return Climb(rung, "no runbook knows a remedy that can be carried out")
        return Advise(rung, view.remedy, view.remedy.reasoning)
    if all(member.is_bound for member in view.members):
        return Wait() if group.rung >= 0 else Climb(rung, "they ask the rules alone")  # they go their own ways
    left_s = group.opened + settings.group_wait - now
    if group.told == 0.0 and left_s > 0:
        return Wait(left_s)
    return Ask(rung)


def _model(view: View, rung: int, level: str) -> GroupVerdict:
    if not view.is_served:
        return Climb(rung, view.obstacle or f"there is no model at level {level}")
    if all(member.is_spent for member in view.members):
        return Climb(rung, "nobody has an attempt left to try advice with")
    return Consult(rung)


def _consulting(view: View, settings: Escalation, now: float) -> GroupVerdict:
    group, counsel = view.group, view.counsel
    if not _has_failed(view):
        return Close("nobody is left in it")
    if counsel is not None and counsel.lacks:
        left_s = group.changed + settings.advisor_wait - now
        return Wait(left_s) if left_s > 0 else Climb(group.rung, f"advisor {group.advisor} waits: {counsel.lacks}")
    if counsel is None or not counsel.is_over:
        return Wait()
    if counsel.advice is None:
        return Climb(group.rung, f"advisor {group.advisor} has no advice: {counsel.why_none}")
    return Advise(group.rung, counsel.advice, f"advisor {group.advisor} said what to do")


def _has_failed(view: View) -> bool:
    return any(not member.is_held for member in view.members)


def _trying(view: View) -> GroupVerdict:
    group = view.group
    if group.supervisor:
        return Release("its children begin again together")
    if view.outcome == "done":
        return Release(f"{group.canary} succeeded with it")
    if view.outcome == "failed":
        return Climb(
            group.rung, f"{group.canary} failed with the advice of {group.advice.level if group.advice else ''}"
        )
    if view.outcome == "running":
        return Wait()
    fresh = [member for member in view.members if _may_go(group, member)]
    if fresh:
        return Send(min(fresh, key=lambda member: (member.is_held, member.precedence)).session)
    return Climb(group.rung, "everybody has tried it") if view.members else Close("nobody is left in it")


def _may_go(group: Group, member: Member) -> bool:
    if group.advice is None or group.serial in member.tried:
        return False
    return not member.is_spent or is_granting(group)


def is_granting(group: Group) -> bool:
    """Tell whether the newest advice lets also those try again that have no attempt left."""
    return bool(group.supervisor) or (group.advice is not None and group.advice.level in GRANTING)


def _released(view: View, settings: Escalation, now: float) -> GroupVerdict:
    group = view.group
    if view.members and not any(_may_go(group, member) for member in view.members):
        return Climb(group.rung, "it did not help everybody, or some had no attempt left for it")
    if group.supervisor and not view.members:
        return Close("its children have begun again")
    if view.members:
        return Wait()  # they are on their way
    if group.advice is None or not (group.advice.instructions or group.advice.variables):
        return Close("they were tried again")  # which is no remedy that could serve the next
    left_s = group.changed + settings.repeat_interval - now
    return Wait(left_s) if left_s > 0 else Close("it has not happened again")


def _asking(view: View, settings: Escalation, now: float) -> GroupVerdict:
    group = view.group
    if view.answer is not None:
        return _answered(group, view.answer)
    if not _has_failed(view):
        return Close("nobody needs the answer any more")
    is_news = group.advice is None or group.advice.level != TREE
    if view.is_cleared and is_news and not group.is_for_person and any(not m.is_spent for m in view.members):
        advice = Advice(TREE, reasoning="the very same work, begun since, went well")
        return Advise(group.rung, advice, advice.reasoning)
    return reminder(view, settings, now)


def reminder(view: View, settings: Escalation, now: float) -> Tell | Wait:
    """Return what a person is to see of an open case that has changed, or has waited for long; twice at most."""
    group, due = view.group, []
    if group.told_members != len(view.members):
        due.append((group.told + settings.group_interval, group.severity))
    if group.severity < SEVEREST and not view.is_acked:
        stale_at = group.changed + settings.repeat_interval * (group.severity + 1)
        due.append((max(stale_at, group.told + settings.group_interval), group.severity + 1))
    for when, severity in sorted(due, key=lambda one: (one[0], -one[1])):
        return Tell(severity) if when <= now else Wait(when - now)
    return Wait()


def _answered(group: Group, answer: Answer) -> GroupVerdict:
    match answer.text.strip():
        case "fail":
            return Settle("fail")
        case "pass" if not group.supervisor:
            return Settle("pass")
        case "retry":
            return Advise(group.rung, Advice(HUMAN, "", answer.variables), "a person wants it tried again")
        case words:
            return Advise(group.rung, Advice(HUMAN, words, answer.variables), "a person said what to do")


def word_for(group: Group, member: Member, last: int = 0) -> Word:
    """Return what a group says to one of its members; `last` is the last level below a person's."""
    about = f"group {group.id}"
    if group.verdict:
        said = "that it has failed" if group.verdict == "fail" else "to let it pass"
        return Word(group.verdict, f"a person decided {said} ({about})", group.id)
    is_canary = group.phase == "trying" and group.canary == member.session
    if group.advice is not None and _may_go(group, member) and (is_canary or group.phase == "released"):
        whose = _whose(group.advice.level)
        why = f"it goes first with {whose} advice" if is_canary else f"{whose} advice worked for another"
        why += f" ({about})"
        return Word("go", why, group.id, group.serial, group.advice, is_canary, is_granting(group))
    if member.is_bound and (group.phase == "asking" or (group.phase == "gathering" and group.rung >= max(0, last))):
        return Word("nothing", f"its advisors know nothing (more) for {about}", group.id)
    if group.phase == "closed":
        return Word("nothing", f"{about} was closed", group.id)
    held = {
        "gathering": "its like are gathered and diagnosed",
        "consulting": f"advisor {group.advisor} is asked",
        "trying": f"{group.canary or 'one'} tries the remedy first",
        "asking": "a person is asked",
        "released": "its turn comes",
        "settled": "it is settled",
    }
    return Word("hold", f"{about}: {held[group.phase]}", group.id)


def _whose(level: str) -> str:
    known = {HUMAN: "a person's", RULES: "the rules'"}
    return known.get(level, f"level {level}'s" if level.isdecimal() else f"{level}'s")
