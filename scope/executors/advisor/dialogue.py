"""The dialogue: the question, the model's replies and what people say in between, until there is advice.

All that it knows stands in the trajectory. What next follows from who spoke last: where that was the
model, its reply is weighed; else it is asked. So an attempt that was killed is taken up by the next
one where it broke off, and no reply that was paid is asked for again.
"""

from __future__ import annotations

import json
import os

from scope.executors.advisor import prompt, question
from scope.executors.model import brief, context, ending, reply, trajectory
from scope.executors.model.figures import Figures
from scope.executors.model.queries import Queries, TooLong
from scope.executors.model.steering import Steering
from scope.executors.model.transcript import Transcript
from scope.laws import advising
from scope.laws.ids import is_count
from scope.sessions.records import reports
from scope.store import atomic, attemptdir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from scope.executors.model.brief import Place
    from scope.executors.model.trajectory import Line
    from scope.laws.advising import Advised

MOST_REPLIES: Final = 6  # however often a person says something more
_BEHIND: Final = "\n\n## What failed before\n"


class Dialogue:
    """One attempt of one advisor."""

    def __init__(self, place: Place) -> None:
        text = brief.read(place.directory).text
        earlier, lines = _broken_off(place, text)
        # What is taken up is the question as it was asked, though a word on the attempt that was lost stands behind it.
        text = next((str(line.get("text")) for line in lines if line["kind"] == "task"), text)
        self._place = place
        self._trajectory = trajectory.Trajectory(place.directory, lines)
        self._transcript = Transcript()
        self._steering = Steering(place.session_directory, self._trajectory, self._transcript)
        self._queries = Queries(place, earlier, self._steering, self._transcript)
        self._figures = Figures()
        self._transcript.task(question.head(text, attemptdir.brief(place.directory)))
        if earlier:
            self._transcript.remark(f"takes up attempt {earlier} where it broke off")
            self._trajectory.add("resumes", attempt=earlier)
        self._trajectory.add("task", text=text)

    def run(self) -> int:
        """Ask until there is advice, or none to be had, and return the exit code."""
        try:
            while True:
                self._weigh(self._unanswered() or self._asked())
        except ending.Ended as ended:
            return self._end(ended)

    def _unanswered(self) -> Line | None:
        """Return the last reply, where nobody has said anything since."""
        last = next(self._trajectory.of_kind("reply", "message"), None)
        return last if last is not None and last["kind"] == "reply" else None

    def _weigh(self, line: Line) -> None:
        """Take a reply as advice, or have the next one asked for: because of this one, or of what a person says."""
        said = _read(line)
        if isinstance(said, str):
            self._ask_once_more(line, said)
            return
        self._transcript.thought(advising.text_of(said))
        self._transcript.remark(self._figures.words())
        if not self._is_enough():
            self._steering.take()
        if self._unanswered() is not None:
            raise self._advise(said)

    def _advise(self, said: Advised) -> ending.Ended:
        written = json.dumps(said.as_json(), ensure_ascii=False, indent=2)
        atomic.replace(attemptdir.advice(self._place.directory), f"{written}\n")
        return ending.done(self._place.directory, advising.text_of(said))

    def _ask_once_more(self, line: Line, wrong: str) -> None:
        """Say what is wrong with a reply; give up where it was said already, and no person has spoken since."""
        self._transcript.thought(str(line.get("text") or ""))
        last = next(self._trajectory.of_kind("message"), None)
        if self._is_enough() or (last is not None and last.get("by") == "scope"):
            raise ending.failed(self._place.directory, "wrong_approach", f"no advice: {wrong}")
        words = prompt.again(wrong, is_cut=line.get("finish") == "length")
        self._trajectory.add("message", by="scope", text=words)
        self._transcript.remark(f"that is no advice: {wrong}; it is asked for once more")

    def _is_enough(self) -> bool:
        return sum(1 for _ in self._trajectory.of_kind("reply")) >= MOST_REPLIES

    def _asked(self) -> Line:
        """Return the next reply, which stands in the trajectory by then. Raises Ended where there is none to be had."""
        step = self._trajectory.step + 1
        reports.progress(self._place.root, self._place.session, f"thinking ({self._figures.words()})")
        while True:
            try:
                answer = self._queries.ask(step, self._body)
                break
            except TooLong as too_long:
                self._shorten(too_long)
        self._figures.steps += 1
        self._figures.add(answer)
        self._figures.write(self._place.directory)
        line = reply.line(answer, step, ())
        line["calls"] = []  # it has no tools, whatever it calls
        line.pop("is_spoken", None)
        if line.get("note"):
            self._transcript.remark(str(line["note"]))
        return self._trajectory.add("reply", **line)

    def _body(self) -> dict[str, Any]:
        self._steering.take()
        messages = context.messages(prompt.SYSTEM, question.as_asked(self._trajectory.lines))
        return {"model": "default", "messages": messages}

    def _shorten(self, too_long: TooLong) -> None:
        lines = self._trajectory.lines
        text = str(next(self._trajectory.of_kind("task"))["text"])
        length = question.next_length(lines, text)
        if length is None:
            raise ending.failed(self._place.directory, "task_too_big", str(too_long)) from too_long
        made = self._trajectory.add("note", **question.note(length))
        self._transcript.remark(f"the window is too small: {made['text']}")

    def _end(self, ended: ending.Ended) -> int:
        self._figures.write(self._place.directory)
        self._trajectory.add("end", how=ended.how, words=ended.words)
        self._transcript.remark(f"\n{ended.words} · {self._figures.words()}")
        return ended.code


def _read(line: Line) -> Advised | str:
    if line.get("refusal"):
        return " ".join(f"that is a refusal ({advising.clean(str(line['refusal']))[:200]})".split())
    return advising.read(str(line.get("text") or ""))


def _broken_off(place: Place, text: str) -> tuple[int, list[Line]]:
    """Return the attempt that is taken up, with its lines: the last that said anything, if it said nothing final.

    0 and no lines where there is none: what failed begins anew, and so does what was asked something else.
    """
    number = int(place.attempt) if is_count(place.attempt) else 0
    while number > 1:
        number -= 1
        lines = trajectory.inherited(place.session_directory, number)
        if not lines:
            continue
        asked = next((str(line.get("text")) for line in lines if line["kind"] == "task"), "")
        is_parked = lines[-1]["kind"] == "end" and lines[-1].get("how") == "parked"
        is_open = is_parked or not os.path.exists(attemptdir.report(place.earlier(number)))
        return (number, lines) if is_open and asked.partition(_BEHIND)[0] == text.partition(_BEHIND)[0] else (0, [])
    return 0, []
