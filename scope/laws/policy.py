"""A person's answer that holds from now on: `policies/<name>.md`, the words below say why.

The list of tests that are known to fail now and then, as `policies/known-flaky.md`:

    ---
    match: {job_type: run-tests, failing: ["tests/net/*", "*::test_clock*"]}
    then: pass
    until: 2026-12-31T00:00:00Z
    ---
    These depend on the network. Team web repairs them.

In a glob, `*` and `?` are wild and nothing else is: `test_a[1]` is that test.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from scope.laws import schema
from scope.laws.failure import CLASSES
from scope.laws.schema import Key, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scope.laws.schema import Node, Value

Then: TypeAlias = Literal["pass", "retry", "fail", "escalate"]
THENS: Final[tuple[Then, ...]] = get_args(Then)
LABEL: Final = "label."
_FIELDS: Final = {"class": "of_class", "vars": "variables", "from": "source"}

KEYS: Final[tuple[Key, ...]] = (
    Key("match", "mapping", "what it is the answer to; all that is given must match", "{class: timeout}"),
    Key("then", "word", "what a failure leads to: pass, retry, fail or escalate", "pass"),
    Key("answer", "text", "the answer to a question", "yes"),
    Key("until", "word", "when it ends to hold", "2026-12-31T00:00:00Z"),
    Key("advice", "text", "with then: retry, what the next attempt is told", "the tests live in tests/unit"),
    Key("vars", "mapping", "with then: retry, values for variables that the work declares", "{flags: -q}"),
    Key("by", "text", "who set it", "person"),
    Key("from", "word", "the escalation whose answer it was", "e7"),
    Key("made", "word", "when it was set", "2026-01-31T12:00:00Z"),
)

MATCH_KEYS: Final[tuple[Key, ...]] = (
    Key("class", "word", "the failure's class", "timeout"),
    Key("fingerprint", "word", "the failure's fingerprint", "v1-3f2a9c01"),
    Key("job_type", "name", "the kind of work", "run-tests"),
    Key("entity_type", "name", "the kind of thing that it works on; and label.NAME, one of its labels", "repo"),
    Key("error", "word", "a glob over the line that names the error", "*connection reset*"),
    Key("question", "word", "a glob over the question", "*overwrite*?"),
    Key("failing", "words", "globs; every test or target that fails must match one", '["tests/net/*"]'),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """One answer and what it answers; a field that is empty was not given."""

    name: str
    of_class: str = ""
    fingerprint: str = ""
    job_type: str = ""
    error: str = ""
    question: str = ""
    failing: tuple[str, ...] = ()
    then: Then | Literal[""] = ""
    answer: str = ""
    until: str = ""  # as written; whether that is over is for who has a clock
    body: str = ""
    entity_type: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    advice: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    by: str = ""
    source: str = ""  # the escalation whose answer it was
    made: str = ""


def parse(name: str, keys: Mapping[str, Node], body: str) -> Policy | Problem:
    """Return the policy, or the first thing that is wrong with it."""
    values = schema.values({key: node for key, node in keys.items() if key != "match"}, KEYS)
    if isinstance(values, Problem):
        return values
    matches = _matches(keys.get("match"))
    if isinstance(matches, Problem):
        return matches
    if values.get("answer") == "":
        return Problem("answer", "'answer' takes a text that is not empty")
    fields = {_FIELDS.get(key, key): value for key, value in (matches | values).items()}
    # Every value has just been read by its key's shape, which is its field's type.
    policy = Policy(name, body=body, **fields)  # type: ignore[arg-type]
    return _wrong(policy) or policy


def _matches(node: Node) -> dict[str, Value] | Problem:
    if not isinstance(node, dict) or not node:
        return Problem("match", "'match' takes what it is the answer to, such as {class: timeout}")
    labels = {key.removeprefix(LABEL): value for key, value in node.items() if key.startswith(LABEL)}
    values = schema.values({key: value for key, value in node.items() if not key.startswith(LABEL)}, MATCH_KEYS)
    if labels and not isinstance(values, Problem):
        try:
            values["labels"] = schema.read(Key("label", "labels", ""), labels)
        except schema.Refused as refusal:
            return Problem("match", f"in 'match': {refusal}")
    if isinstance(values, Problem):
        return Problem("match", f"in 'match': {values.says}")
    if values.get("failing") == ():
        return Problem("match", "in 'match': 'failing' takes at least one glob")
    return values


def _wrong(policy: Policy) -> Problem | None:
    if policy.then and policy.answer:
        return Problem("answer", "a policy has 'then' (for failures) or an 'answer' (for questions), not both")
    if not policy.then and not policy.answer:
        return Problem("match", "a policy needs 'then' (for failures) or an 'answer' (for questions)")
    of_failures = policy.of_class or policy.fingerprint or policy.error or policy.failing
    if policy.answer and (of_failures or not policy.question):
        says = "an 'answer' takes 'match: {question: GLOB}', perhaps job_type, entity_type and labels, and nothing else"
        return Problem("match", says)
    if (policy.advice or policy.variables) and policy.then != "retry":
        return Problem("advice" if policy.advice else "vars", "'advice' and 'vars' take 'then: retry'")
    if policy.then and policy.question:
        return Problem("match", "in 'match': a 'question' takes an 'answer', not 'then'")
    if policy.of_class and policy.of_class not in CLASSES:
        return Problem("match", f"in 'match': 'class' takes one of {', '.join(CLASSES)}, not '{policy.of_class[:80]}'")
    if policy.then and policy.then not in THENS:
        return Problem("then", f"'then' takes one of {', '.join(THENS)}, not '{policy.then[:80]}'")
    if not _is_time(policy.until):
        return Problem("until", "'until' takes a time with its zone such as 2026-12-31T00:00:00Z")
    return None


def _is_time(text: str) -> bool:
    try:
        return not text or datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def is_over(policy: Policy, now_unix_s: float) -> bool:
    """Tell whether the time has come at which a policy ends to hold."""
    return policy.until != "" and datetime.fromisoformat(policy.until).timestamp() <= now_unix_s


@dataclass(frozen=True, slots=True)
class Work:
    """What a policy may be bound to, of the work that it is asked about."""

    job_type: str = ""
    entity_type: str = ""
    labels: tuple[tuple[str, str], ...] = ()


def is_about(policy: Policy, work: Work) -> bool:
    """Tell whether a policy holds for this work, whatever befalls it."""
    wanted = ((policy.job_type, work.job_type), (policy.entity_type, work.entity_type))
    return all(mine in ("", theirs) for mine, theirs in wanted) and set(policy.labels) <= set(work.labels)


def for_failure(
    policies: Sequence[Policy],
    *,
    of_class: str,
    fingerprint: str,
    headline: str,
    failing: Sequence[str],
    job_type: str = "",
    work: Work | None = None,
) -> Policy | None:
    """Return the first policy that answers this failure: all that it gives matches."""
    work = work or Work(job_type)
    for policy in policies:
        wanted = ((policy.of_class, of_class), (policy.fingerprint, fingerprint))
        if (
            policy.then
            and is_about(policy, work)
            and all(mine in ("", theirs) for mine, theirs in wanted)
            and (not policy.error or _is_like(headline, policy.error))
            and (not policy.failing or _are_all_like(failing, policy.failing))
        ):
            return policy
    return None


def for_question(
    policies: Sequence[Policy], question: str, options: Sequence[str], work: Work | None = None
) -> Policy | None:
    """Return the first policy that answers this question; with options, by one of them."""
    for policy in policies:
        is_possible = policy.answer in options if options else policy.answer != ""
        is_asked = is_possible and policy.question and is_about(policy, work or Work())
        if is_asked and _is_like(question, policy.question):
            return policy
    return None


def _are_all_like(names: Sequence[str], globs: Sequence[str]) -> bool:
    # No name at all means that nobody knows what failed, which is not "only what is known to".
    return bool(names) and all(any(_is_like(name, glob) for glob in globs) for name in names)


def _is_like(text: str, glob: str) -> bool:
    return fnmatchcase(text, glob.replace("[", "[[]"))
