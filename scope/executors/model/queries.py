"""Asking the router until there is a reply: waiting for it, for limits and for providers that recover."""

from __future__ import annotations

import os
import time

from scope.errors import StoreFault
from scope.executors.model import ending, patience, reply
from scope.models.client import Router, Unreachable
from scope.sessions.records import reports
from scope.store import atomic, attemptdir, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from scope.executors.model.brief import Place
    from scope.executors.model.steering import Steering
    from scope.executors.model.transcript import Transcript
    from scope.models.client import Reply

TIMEOUT_S: Final = 600.0  # the router gives up sooner; and the same id joins the call that is under way
_OK: Final = 200
_BROKEN: Final = {"message": "the provider's answer holds no message", "code": "provider"}


class TooLong(Exception):
    """The prompt does not fit into the window; says the provider's words."""


class Queries:
    """The questions of one attempt, each under an id of its own."""

    def __init__(self, place: Place, resumes: int, steering: Steering, transcript: Transcript) -> None:
        self._place = place
        self._steering = steering
        self._transcript = transcript
        self._router = Router(place.root, atomic.read(attemptdir.token(place.directory), atomic.SMALL) or "")
        self._step = 0
        self._try = 0
        self._left = _left(place, resumes)

    def ask(self, step: int, compose: Callable[[], dict[str, Any]], about: str = "") -> dict[str, Any]:
        """Return a body with a reply in it. `compose` gives the question as it stands by then.

        `about` tells questions of one step apart, so that none gets the answer that another has paid.

        Raises TooLong, or Ended: parked, failed, or over.
        """
        trouble = patience.Trouble()
        while True:
            answer = self._answer(self._next_id(step, about), compose)
            status, body = answer.status, answer.json
            if status == _OK and reply.is_one(body):
                return body
            error = body.get("error") if status != _OK else _BROKEN
            error = error if isinstance(error, dict) else {"message": str(error)}
            verdict = patience.judged(status if status != _OK else 502, error, trouble, time.time())
            self._follow(verdict, str(error.get("message") or f"status {status} without words"))

    def _follow(self, verdict: patience.Verdict, message: str) -> None:
        """Do what was decided about an answer that is no reply; return where the question is to be asked again."""
        directory = self._place.directory
        match verdict:
            case patience.Pause():
                self._rest(verdict, message)
            case patience.Shorten():
                raise TooLong(message)
            case patience.Park():
                raise ending.parked(directory, message, reports.stamp(verdict.until_s) if verdict.until_s else "")
            case patience.Give():
                raise ending.failed(directory, verdict.of_class, message)
            case patience.Stand():
                raise ending.Ended(ending.REFUSED, "closed", f"the attempt is over: {message}")

    def _next_id(self, step: int, about: str) -> str:
        self._try = self._try + 1 if step == self._step else 1
        self._step = step
        left, self._left = self._left, ""
        of_step, _, number = left.rpartition("/")[2].partition(".")
        made = f"{self._place.session}/{self._place.attempt}/{step}.{self._try}{about}"
        if of_step == str(step) and number.lstrip("0123456789") == about:
            made = left  # the attempt before was killed over it: its answer may be there, and is paid
        atomic.replace(attemptdir.query(self._place.directory), f"{made}\n", is_durable=False)
        return made

    def _answer(self, request_id: str, compose: Callable[[], dict[str, Any]]) -> Reply:
        """Ask, under the same id for as long as there is no answer: what was asked may be under way, or paid."""
        times = 0
        while True:
            body = compose()
            try:
                return self._router.chat(body, request_id, TIMEOUT_S)
            except Unreachable as unreachable:
                if not os.path.isdir(self._place.directory) or self._place.is_over:
                    raise ending.Ended(ending.REFUSED, "closed", "the attempt is over") from unreachable
                if times == 0:
                    self._say("waits for the router")
                self._steering.rest(patience.unreachable_s(times))
                times += 1

    def _rest(self, pause: patience.Pause, message: str) -> None:
        if pause.until_s is not None:
            clock = time.strftime("%H:%M:%S", time.localtime(pause.until_s))
            self._say(f"waits for a rate limit until {clock} ({message})")
        else:
            self._say(f"asks again in {pause.seconds:g} s: {message}")
        self._steering.rest(pause.seconds)

    def _say(self, words: str) -> None:
        reports.progress(self._place.root, self._place.session, words)
        self._transcript.remark(words)


def _left(place: Place, resumes: int) -> str:
    """Return the id of the last question of the attempt that is continued; nothing where none is."""
    if not resumes:
        return ""
    try:
        return (
            atomic.read(attemptdir.query(layout.attempt(place.session_directory, resumes)), atomic.SMALL) or ""
        ).strip()
    except StoreFault:  # it only saves a call
        return ""
