"""The application: a loop of textual that reads what has changed, draws it, and carries out what is pressed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import App
from textual.binding import Binding, BindingType

from scope.cli.top import control, glyphs, output, questions
from scope.cli.top.actions import Attach, Command, Quit
from scope.cli.top.canvas import Canvas
from scope.cli.top.errands import Errands
from scope.cli.top.expenses import Expenses
from scope.cli.top.keyboard import Keyboard
from scope.cli.top.lookout import Lookout
from scope.cli.top.questions import Questions
from scope.cli.top.screen import compose
from scope.cli.top.view import View
from scope.errors import NotFound, ScopeError
from scope.sessions.processes import daemon

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events
    from textual.app import ComposeResult

_BETWEEN_S: Final = 0.1
_BLIND_S: Final = 0.5
_SECOND_S: Final = 1.0
_TERMINATED: Final = 143
_HUNG_UP: Final = 129


class Dashboard(App[int]):
    """`scope top`, from its first line to its exit code."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "pressed('ctrl+c')", priority=True, show=False),
        Binding("ctrl+q", "pressed('ctrl+q')", priority=True, show=False),
        Binding("ctrl+z", "suspend_process", priority=True, show=False),
    ]

    def __init__(self, root: str, place: str, typed: str, environment: Mapping[str, str]) -> None:
        super().__init__(driver_class=Keyboard, ansi_color=True)
        self.root = root
        self.failure: ScopeError | None = None
        encoding = sys.__stderr__.encoding if sys.__stderr__ else "ascii"
        signs = glyphs.of(encoding, os.environ.get("TERM", ""))
        self._view = View(place, Expenses(root), Questions(root), signs)
        self._view.narrow(typed)
        self._lookout = Lookout(root)
        self._errands = Errands(root, environment)
        self._canvas = Canvas(encoding, signs.cut)
        self._looked_at = 0.0
        self._has_begun = False
        self._pane_of: tuple[object, ...] = ()
        self._errands_on_the_way: set[asyncio.Task[None]] = set()

    def compose(self) -> ComposeResult:
        """Fill the screen with the canvas."""
        yield self._canvas

    def on_mount(self) -> None:
        """Read everything once, and listen."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.exit, _TERMINATED)
        loop.add_signal_handler(signal.SIGINT, self.exit, control.INTERRUPTED)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))  # after Ctrl-Z and fg
        self._canvas.focus()
        try:
            for card in self._lookout.begin():
                self._view.board.put(card)
            self._view.questions.read()
        except ScopeError as error:
            self._fail(error)
            return
        self._view.board.arrange()
        self._view.has_watcher = self._is_watched()
        self._has_begun = True
        self._spend()
        self._draw()
        self._listen()
        self.set_interval(_SECOND_S, self._each_second)
        if self._lookout.descriptor is None:
            self.set_interval(_BLIND_S, self._look)

    def on_resize(self, event: events.Resize) -> None:
        """Lay everything out anew."""
        self._view.width, self._view.height = event.size
        self._draw()

    def paste(self, event: events.Paste) -> None:
        """Take what is pasted for letters, never for keys."""
        control.paste(self._view, event.text)
        self._draw()

    def action_pressed(self, key: str) -> None:
        """Take a key that textual has uses of its own for."""
        self._press(key, None)

    def press_key(self, event: events.Key) -> None:
        """Carry out a key."""
        self._press(event.key, event.character)

    def _press(self, key: str, character: str | None) -> None:
        match control.press(self._view, key, character):
            case Quit(code):
                self.exit(code)
            case Attach(session):
                self._enter(session)
            case Command(words, done):
                task = asyncio.create_task(self._run(words, done))
                self._errands_on_the_way.add(task)
                task.add_done_callback(self._errands_on_the_way.discard)
            case None:
                pass
        self._draw()

    async def _run(self, words: tuple[str, ...], done: str) -> None:
        """Run a command, and say what it said."""
        self._view.say("…")
        code, said = await self._errands.run(words)
        self._view.say(*(said[:2] or [done]), wrong=code != 0)
        self._look()

    def _enter(self, session: str) -> None:
        with self.suspend():
            code, said = self._errands.take_over(["attach", session])
        if code:
            self._view.say(*said[:2], wrong=True)
        self._look()

    def _listen(self) -> None:
        if self._lookout.descriptor is not None:
            asyncio.get_running_loop().add_reader(self._lookout.descriptor, self._noticed)

    def _noticed(self) -> None:
        """Look soon, and not again before: however much happens, it is read at most ten times a second."""
        loop = asyncio.get_running_loop()
        assert self._lookout.descriptor is not None
        loop.remove_reader(self._lookout.descriptor)
        wait_s = max(0.0, self._looked_at + _BETWEEN_S - time.monotonic())
        loop.call_later(wait_s, self.call_later, self._look_and_listen)

    def _look_and_listen(self) -> None:
        self._look()
        self._listen()

    def _hang_up(self) -> None:
        if not os.isatty(0):
            os._exit(_HUNG_UP)  # the terminal is gone: there is nothing to restore, and nobody who takes a farewell
        self.exit(_HUNG_UP)

    def _each_second(self) -> None:
        if not os.isatty(0):
            self._hang_up()
        self._view.has_watcher = self._is_watched()
        self._look(in_turn=True)

    def _is_watched(self) -> bool:
        try:
            return daemon.is_alive(self.root)
        except ScopeError:
            return False  # the root is being removed, or cannot be read: the look that follows says so

    def _look(self, *, in_turn: bool = False) -> None:
        """Read what has changed, and draw it."""
        self._looked_at = time.monotonic()
        if self._lookout.is_gone():
            self._fail(NotFound("the root is gone", self.root, hint="make it anew: scope init"))
            return
        view = self._view
        try:
            news = self._lookout.look(view.visible(), in_turn=in_turn)
            if news.asked is None or news.asked:
                view.questions.read(news.asked)
            view.trouble = ""
        except ScopeError as error:
            view.trouble = error.line()
            self._draw()
            return
        for card in news.changed:
            view.board.put(card)
        for session in news.gone:
            view.board.drop(session)
        view.board.settle()
        if view.board.selected in news.printed:
            self._pane_of = ()
        if news.is_spent:
            self._spend()
        self._draw()

    def _spend(self) -> None:
        """Read on in the ledger, a slice at a time: one of a year has a million lines."""
        try:
            is_more = self._view.expenses.read()
        except ScopeError as error:
            self._view.trouble = error.line()
            return
        if is_more:
            self.call_later(self._spend)

    def _draw(self) -> None:
        if not self._has_begun:
            return
        self._fill_pane()
        self._canvas.show(compose(self._view, time.time()))

    def _fill_pane(self) -> None:
        """Read the end of the selected log, or the case, where it may have changed."""
        view, card = self._view, self._view.board.card
        found = view.questions.get(card.asks) if card is not None and view.is_case else None
        wanted = (card, view.mode, view.is_case, view.width, found)
        if wanted == self._pane_of:
            return
        self._pane_of = wanted
        if card is None or not view.pane_rows:
            view.pane = []
        elif view.is_case:
            view.pane = questions.told(found, max(8, view.width - 2)) if found is not None else [card.activity]
        else:
            size = output.LOOK_BYTES if view.mode == "log" else output.GLANCE_BYTES
            view.pane = output.lines(self.root, card, size)

    def _fail(self, error: ScopeError) -> None:
        self.failure = error
        self.exit(error.exit_code)
