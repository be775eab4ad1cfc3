"""The loop: ask, act, observe, until done. All that it knows stands in the trajectory, so it can go on from there."""

from __future__ import annotations

import os

from scope.executors.model import brief, context, ending, prompt, trajectory, usability
from scope.executors.model.actions import Actions
from scope.executors.model.replies import Replies
from scope.executors.model.steering import Steering
from scope.executors.model.transcript import Transcript
from scope.store import attemptdir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.executors.model.brief import Brief, Place
    from scope.executors.model.trajectory import Line


class Worker:
    """One attempt of one task by a model."""

    def __init__(self, place: Place) -> None:
        given = brief.read(place.directory)
        earlier = trajectory.inherited(place.session_directory, given.resumes) if given.resumes else []
        self._place = place
        self._trajectory = trajectory.Trajectory(place.directory, earlier)
        self._transcript = Transcript()
        steering = Steering(place.session_directory, self._trajectory, self._transcript)
        system = context.sendable(prompt.system(os.getcwd(), given.check))
        # An answer that is paid is taken up, unless the question would be another one now.
        is_same = any(line["kind"] == "task" and line.get("text") == given.text for line in earlier)
        self._replies = Replies(
            place, given.resumes if is_same else 0, system, given.skills, self._trajectory, steering, self._transcript
        )
        self._actions = Actions(place, given.skills, self._trajectory, steering, self._transcript)
        self._begin(given)

    def run(self) -> int:
        """Work until it has ended, and return the exit code."""
        try:
            while True:
                for call, begun in self._wanted():
                    self._actions.observe(call, self._actions.carry_out(call, begun))
        except ending.Ended as ended:
            return self._end(ended)

    def _wanted(self) -> list[tuple[Line, Line | None]]:
        """Return the calls that have no result yet: of the last reply, else of the next."""
        pending = context.pending(self._trajectory.lines)
        if not pending:
            self._weigh()
            self._replies.next()
            pending = context.pending(self._trajectory.lines)
        return pending

    def _weigh(self) -> None:
        """Remind a model that called nothing; give up one whose replies are of no use."""
        try:
            usability.weigh(self._trajectory.own)
        except usability.Hopeless as hopeless:
            raise ending.failed(self._place.directory, hopeless.of_class, hopeless.why) from hopeless
        words = usability.reminder(self._trajectory.lines)
        if words:
            self._trajectory.add("message", by="scope", text=words)
            self._transcript.remark("that called no tool; the model is reminded")

    def _begin(self, given: Brief) -> None:
        self._transcript.task(given.text)
        lines = self._trajectory.lines
        if lines:
            self._transcript.remark(f"continues attempt {given.resumes} after step {self._trajectory.step}")
            self._reopen(given)
        self._trajectory.add("task", text=given.text)

    def _reopen(self, given: Brief) -> None:
        """Take up what an earlier attempt left; an end that it had reported and that did not hold is answered."""
        lines = self._trajectory.lines
        how = lines[-1].get("how") if lines[-1]["kind"] == "end" else ""
        task = next((line.get("text") for line in self._trajectory.of_kind("task")), None)
        unanswered = context.pending(lines)
        if not how and unanswered and unanswered[0][1] is not None and unanswered[0][0]["name"] == "fail":
            # Whoever has reported is ended at once, perhaps before its own last line.
            how = "failed" if os.path.exists(attemptdir.report(self._place.earlier(given.resumes))) else ""
        self._trajectory.add("resumes", attempt=given.resumes)
        if how == "failed" or (how == "done" and task != given.text):
            for call, _ in unanswered:
                self._actions.observe(call, {"text": prompt.NOT_ACCEPTED if how == "done" else prompt.TAKEN_UP})

    def _end(self, ended: ending.Ended) -> int:
        figures = self._replies.figures
        figures.write(self._place.directory)
        self._trajectory.add("end", how=ended.how, words=ended.words)
        self._transcript.remark(f"\n{ended.words} · {figures.steps} steps, {figures.words()}")
        return ended.code
