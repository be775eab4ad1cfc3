"""The keyboard: bytes that are no letters, or no key that there is, end no dashboard."""

from __future__ import annotations

import sys
from codecs import getincrementaldecoder
from functools import partial
from typing import TYPE_CHECKING

from textual.drivers import linux_driver

if TYPE_CHECKING:
    from codecs import IncrementalDecoder


class Keyboard(linux_driver.LinuxDriver):
    """Reads what is typed and pasted in the terminal's own encoding, whatever it is."""

    def run_input_thread(self) -> None:
        """Listen until the end; of a sequence that nobody can send with a key, nothing comes."""
        linux_driver.getincrementaldecoder = _forgiving  # type: ignore[assignment,attr-defined]
        while not self.exit_event.is_set():
            try:
                super().run_input_thread()
            except (ValueError, OverflowError):  # a letter or a number beyond all that there are
                continue


def _forgiving(_: str) -> partial[IncrementalDecoder]:
    encoding = sys.__stdin__.encoding if sys.__stdin__ else "utf-8"
    return partial(getincrementaldecoder(encoding), "replace")
