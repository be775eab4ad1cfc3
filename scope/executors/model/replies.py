"""The next reply of the model: asked for with as much of the past as its window holds."""

from __future__ import annotations

from scope.executors.model import brief, context, ending, prompt, reply, tools, window
from scope.executors.model.figures import Figures
from scope.executors.model.queries import Queries, TooLong
from scope.sessions.records import reports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from scope.executors.model.brief import Place
    from scope.executors.model.steering import Steering
    from scope.executors.model.trajectory import Line, Trajectory
    from scope.executors.model.transcript import Transcript

_SUMMARY_TOKENS: Final = 2048
_SHRINK: Final = 0.9


class Replies:
    """Asks the model; every reply is in the trajectory before anything follows from it."""

    def __init__(
        self,
        place: Place,
        resumes: int,
        system: str,
        skills: Sequence[str],
        trajectory: Trajectory,
        steering: Steering,
        transcript: Transcript,
    ) -> None:
        self.figures = Figures()
        self._place = place
        self._system = system
        self._tools = tools.schemas(skills)
        self._beside = len(str(self._tools))  # characters that are sent along
        self._trajectory = trajectory
        self._steering = steering
        self._transcript = transcript
        self._queries = Queries(place, resumes, steering, transcript)
        self._most_steps = brief.steps()

    def next(self) -> Line:
        """Return the next reply. Raises Ended where there is none to be had."""
        if self.figures.steps >= self._most_steps:
            raise ending.failed(self._place.directory, "budget", f"{self._most_steps} steps are made")
        try:
            self._fit(window.of(self._trajectory.lines))
            return self._shown(self._asked())
        except TooLong:
            # The window is smaller than was thought: than what was sent, at least.
            lines = self._trajectory.lines
            sent = context.tokens(context.messages(self._system, lines), lines, self._beside)
            smaller = min(sent, window.of(lines)) * _SHRINK
        try:
            self._fit(int(smaller))
            return self._shown(self._asked())
        except TooLong as too_long:
            raise ending.failed(self._place.directory, "task_too_big", str(too_long)) from too_long

    def _asked(self) -> Line:
        step = self._trajectory.step + 1
        self._progress(f"thinking (step {step}, {self.figures.words()})")
        composed, seen = self._body(), len(self._trajectory.lines)

        def compose() -> dict[str, Any]:
            nonlocal composed, seen
            self._steering.take()
            if len(self._trajectory.lines) != seen:
                composed, seen = self._body(), len(self._trajectory.lines)
            return composed

        answer = self._queries.ask(step, compose)
        known = {call["id"] for line in self._trajectory.of_kind("reply") for call in context.calls(line)}
        sent = context.characters(composed["messages"]) + self._beside
        self.figures.steps += 1
        self._count(answer)
        return self._trajectory.add("reply", **reply.line(answer, step, known), characters=sent)

    def _body(self) -> dict[str, Any]:
        messages = context.messages(self._system, self._trajectory.lines)
        return {"model": "default", "messages": messages, "tools": self._tools}

    def _shown(self, line: Line) -> Line:
        self._transcript.thought(line["text"])
        if line.get("note"):
            self._transcript.remark(str(line["note"]))
        self._transcript.remark(f"step {line['step']} · {self.figures.words()}")
        return line

    def _fit(self, size: int) -> None:
        """Leave out, then sum up, what a window of that size would not hold."""
        lines = self._trajectory.lines
        before = window.elided_before(self._system, lines, size, self._beside)
        if before is not None:
            self._trajectory.add("elided", before=before)
        before = window.summed_up_before(self._system, lines, size, self._beside)
        if before is not None:
            self._sum_up(before, size)

    def _sum_up(self, before: int, size: int) -> None:
        self._progress(f"sums up what was done (step {self._trajectory.step})")
        self._transcript.remark(f"the window is nearly full: all before step {before} is summed up")
        messages = prompt.summary(window.record(self._trajectory.lines, before, size))
        body = {"model": "default", "messages": messages, "max_tokens": _SUMMARY_TOKENS}
        answer = self._queries.ask(self._trajectory.step + 1, lambda: body, "-summary")
        self._count(answer)
        text = reply.line(answer, 0, ())["text"].strip()
        self._trajectory.add("summary", before=before, text=text or f"(the record is {self._trajectory.path})")

    def _count(self, answer: dict[str, Any]) -> None:
        self.figures.add(answer)
        self.figures.write(self._place.directory)

    def _progress(self, words: str) -> None:
        reports.progress(self._place.root, self._place.session, words)
