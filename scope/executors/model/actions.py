"""Carrying out what the model called, once: what was begun before a kill is not begun again."""

from __future__ import annotations

from scope.executors.model import context, ending, observation, prompt, shell, tools
from scope.executors.model.transcript import Printed
from scope.sessions.records import reports
from scope.store import attemptdir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from scope.executors.model.brief import Place
    from scope.executors.model.steering import Steering
    from scope.executors.model.trajectory import Line, Trajectory
    from scope.executors.model.transcript import Transcript

    Outcome = dict[str, Any]

MOST_CALLS: Final = 100  # of one reply; neither the model nor a person has a word in between


class Actions:
    """Carries out calls; each stands in the trajectory before it begins, and what came of it when it has ended."""

    def __init__(
        self,
        place: Place,
        skills: Sequence[str],
        trajectory: Trajectory,
        steering: Steering,
        transcript: Transcript,
    ) -> None:
        self._place = place
        self._skills = skills
        self._trajectory = trajectory
        self._steering = steering
        self._transcript = transcript

    def carry_out(self, call: Line, begun: Line | None) -> Outcome:
        """Do what a call says, and return what the model is told (`text`) with facts for the record.

        `begun` is the line that an earlier attempt left, which was killed in the middle. Raises Ended.
        """
        if self._number(call) > MOST_CALLS:
            return {"text": f"[not carried out: of one reply, {MOST_CALLS} calls are; look at what came of those]"}
        try:
            action = tools.read(call["name"], call["arguments"], self._skills)
        except tools.Wrong as wrong:
            is_cut = self._reply().get("finish") == "length"
            return {"text": f"[not carried out: {wrong}]{prompt.CUT if is_cut else ''}", "is_wrong": True}
        output = attemptdir.observed(self._place.directory, self._trajectory.step, self._number(call))
        if begun is None:
            self._begin(call, output)
        match action:
            case tools.Bash():
                return self._bash(action, output) if begun is None else _unfinished(action, begun)
            case tools.Ask():
                return self._ask(action, begun)
            case tools.Done():
                self._transcript.said("done", action.result)
                ending.used(self._place.directory, action.uses)
                raise ending.done(self._place.directory, action.result)
            case tools.Fail():
                ending.used(self._place.directory, action.uses)
                raise ending.failed(
                    self._place.directory, action.of_class, action.message, needs=action.needs, tried=action.tried
                )

    def observe(self, call: Line, outcome: Outcome) -> None:
        """Put into the trajectory what came of a call; people see, too, what was not carried out, for it was paid."""
        if outcome.get("is_wrong"):
            self._transcript.remark(str(outcome["text"]))
        self._trajectory.add(
            "observation", step=self._trajectory.step, call=call["id"], tool=call.get("name"), **outcome
        )

    def _begin(self, call: Line, output: str) -> None:
        said: dict[str, Any] = {"call": call["id"], "tool": call["name"], "arguments": call["arguments"]}
        if call["name"] == "bash":
            said["output"] = output
        self._trajectory.add("action", step=self._trajectory.step, attempt=self._place.attempt, **said)

    def _bash(self, action: tools.Bash, output: str) -> Outcome:
        reports.progress(self._place.root, self._place.session, f"step {self._trajectory.step}: {_subject(action)}")
        self._steering.is_interrupted = False  # by a Ctrl-C from now on
        self._transcript.command(action.command)
        printed = Printed(output, self._transcript)
        try:
            outcome = shell.run(action.command, output, action.timeout_s, self._steering, printed.show)
        except shell.Unstartable as error:
            return {"text": f"[not carried out: {error}]"}
        printed.finish()
        text = observation.words(outcome, action.timeout_s, output)
        if outcome.code or outcome.ended_by:
            self._transcript.remark(text.partition("\n")[0])
        facts = {"exit": outcome.code, "seconds": round(outcome.seconds, 3)}
        return {"text": text, "output": output, "subject": _subject(action), **facts}

    def _ask(self, action: tools.Ask, begun: Line | None) -> Outcome:
        from scope.executors.model import person  # noqa: PLC0415 - most ask nothing

        self._transcript.said("asks", action.question)
        answer = person.answer(self._place, action, str(begun.get("attempt")) if begun else "")
        self._transcript.said("answer", answer)
        return {"text": answer}

    def _number(self, call: Line) -> int:
        """Return which of its reply's calls this is, from 1."""
        identities = [each["id"] for each in context.calls(self._reply())]
        return identities.index(call["id"]) + 1

    def _reply(self) -> Line:
        return next(self._trajectory.of_kind("reply"))


def _unfinished(action: tools.Bash, begun: Line) -> Outcome:
    output = str(begun.get("output"))
    return {"text": observation.unfinished(output), "output": output, "subject": _subject(action)}


def _subject(action: tools.Bash) -> str:
    return " ".join(action.command.split())[:80]
