"""Answers that become policies: what a person said once holds from now on for all cases like it.

Without a word of theirs it is about as little as can be: this fingerprint, this kind of work, this
very question. The policy is made once, by whoever carries the answer on, and is a person's to edit.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput
from scope.laws import policy as law
from scope.laws.failure import SILENT
from scope.laws.fingerprint import fingerprint
from scope.laws.ids import is_name
from scope.laws.schema import Problem
from scope.laws.slug import slug, telling
from scope.sessions.asking.escalation import WORDS, Escalation
from scope.sessions.records import record, reports
from scope.store import amendment, atomic, document, inboxdir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.policy import Policy
    from scope.store.amendment import Written

_NAME: Final = 40


def refuse(case: Escalation, matchers: Mapping[str, str] | None = None) -> None:
    """Raise BadInput for a case to which an answer cannot hold for all like it."""
    if case.kind == "supervisor":
        raise BadInput("cannot make a policy of", case.id, "it is about one supervisor", f"scope answer {case.id} …")
    if not (matchers or narrow(case)):
        why, hint = "it says of nothing what it is like", "say it with --match K=V: scope policy --help"
        raise BadInput("cannot make a policy of", case.id, why, hint)


def narrow(case: Escalation) -> dict[str, str]:
    """Return what tells cases like this one from all others."""
    matchers = {"job_type": case.job_type} if case.job_type else {}
    if case.kind == "question":
        # What no glob can hold, or would take for many, stands for one letter; the question itself always is like it.
        glob = "".join(c if c.isprintable() and c != "*" else "?" for c in case.question)
        return {"question": glob, **matchers} if glob.strip("? ") else {}
    known = case.fingerprint.partition(":")[0]
    return {"fingerprint": known, **matchers} if known and (matchers or not _is_of_any(case, known)) else {}


def _is_of_any(case: Escalation, known: str) -> bool:
    """Tell whether a fingerprint is that of any work at all that ends so: nothing was said."""
    return any(known == fingerprint(job_type="", of_class=case.of_class, check="", error=each) for each in SILENT)


def name_for(root: str, case: Escalation) -> str:
    """Return a name that tells what the policy is about and that no other has."""
    about = slug(telling(case.question.partition(": ")[2] or case.question), _NAME) or "answer"
    name, number = about, 2
    while atomic.read(inboxdir.policy(root, name)) is not None:
        name, number = f"{about}-{number}", number + 1
    return name


def keys_of(case: Escalation, matchers: Mapping[str, str] | None = None, until: str = "") -> dict[str, Written]:
    """Return the keys of the policy that the answer to a case becomes."""
    keys: dict[str, Written] = {"match": dict(matchers or narrow(case))}
    if case.kind == "question":
        keys["answer"] = case.answer
    elif case.answer in WORDS and not case.variables:
        keys["then"] = case.answer
    else:
        keys["then"] = "retry"
        if case.answer not in WORDS:
            keys["advice"] = case.answer
        if case.variables:
            keys["vars"] = dict(case.variables)
    if until:
        keys["until"] = until
    return keys | {"by": case.by or "person", "from": case.id, "made": reports.stamp(time.time())}


def page(keys: Mapping[str, Written], body: str) -> str:
    """Return the file of a policy."""
    lines = ["---", *(amendment.line(key, value) for key, value in keys.items() if value), "---", body]
    return amendment.sound("\n".join(lines))


def check(name: str, text: str) -> Policy:
    """Return the policy that a text is; raises BadInput for one that is none."""
    try:
        parsed = document.parse(text)
    except (document.Unfinished, document.Malformed) as error:
        raise BadInput("cannot take the policy", name, str(error), f"scope policy edit {name}") from error
    found = law.parse(name, parsed.keys, parsed.body)
    if isinstance(found, Problem):
        raise BadInput("cannot take the policy", name, found.says, "see: scope policy --help")
    return found


def planned(root: str, case: Escalation, matchers: Mapping[str, str] | None = None, until: str = "") -> str:
    """Return the file of the policy that an answered case asks for, before anything is written.

    Raises BadInput where there is another policy of that name, or this one would be none.
    """
    refuse(case, matchers)
    if not is_name(case.policy):
        raise BadInput("no policy can be called", case.policy[:80], "it takes [a-z0-9._-], at most 64", "name another")
    text = page(keys_of(case, matchers, until), f"{case.id}: {record.one_line(case.question)}\n")
    check(case.policy, text)
    there = atomic.read(inboxdir.policy(root, case.policy))
    if there is not None and check(case.policy, there).source != case.id:
        raise BadInput("there is a policy already", case.policy, hint=f"scope policy show {case.policy}")
    return text


def adopt(root: str, case: Escalation, matchers: Mapping[str, str] | None = None, until: str = "") -> bool:
    """Make the policy that an answered case asks for, once; tell whether this call made it. Raises as `planned`."""
    text = planned(root, case, matchers, until)
    atomic.directory(inboxdir.policies(root))
    return atomic.create_whole(inboxdir.policy(root, case.policy), text)
