"""The entry point: find the command, read its words, run it, turn errors into words and exit codes."""

from __future__ import annotations

import os
import sys

from scope.cli import catalogue
from scope.cli.grammar import Irregular, read
from scope.errors import ScopeError, from_os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scope.cli.grammar import Given

INTERRUPTED = 130
_DIGITS_OF_A_WIDTH = 4


def main() -> None:
    """Be the `scope` process: answer the command line, and leave."""
    _open_what_is_closed()
    _hear_of_children()
    _say_anything()
    code = answer(sys.argv[1:])
    try:
        sys.stderr.flush()
    finally:
        # Every file is closed and every output flushed; tearing the interpreter down would take
        # another two milliseconds and a half.
        os._exit(code)


def _open_what_is_closed() -> None:
    """Let `>&-` mean `>/dev/null`: else the next file to be opened would take that number."""
    if sys.stdin and sys.stdout and sys.stderr:
        return
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115 - for good


def _hear_of_children() -> None:
    """Let children be waited for, also by the daemons that start here: whoever started us may ignore SIGCHLD."""
    import _signal  # type: ignore[import-not-found]  # noqa: PLC0415 - signal itself imports enum

    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)


def _say_anything() -> None:
    """Let every text be printed: names are bytes, a terminal may know few letters, or say that it has billions."""
    if sys.stdout.encoding != "utf-8":
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    elif sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
    if len(os.environ.get("COLUMNS", "")) > _DIGITS_OF_A_WIDTH:
        del os.environ["COLUMNS"]  # Rich would fill lines of that width


def answer(words: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        code = _dispatch(list(words))
        sys.stdout.flush()
    except ScopeError as error:
        return report(error)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; the sessions go on\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough; the interpreter must not fail again at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        return report(from_os(error, "cannot go on"))
    return code


def report(error: ScopeError) -> int:
    """Say what failed, and a way on."""
    said = f"error: {error.line()}\n"
    if error.hint:
        said += f"hint: {error.hint}\n"
    try:  # noqa: SIM105 - contextlib would be imported for it
        sys.stderr.write(said)
    except OSError:
        pass
    return error.exit_code


def _dispatch(words: list[str]) -> int:
    if not words or words[0] not in catalogue.NAMES:
        from scope.cli.help import without_command  # noqa: PLC0415 - typer costs forty milliseconds

        return without_command(words)
    command, run = catalogue.load(words[0])
    try:
        given = read(command, words[1:])
    except Irregular:
        from scope.cli.help import irregular  # noqa: PLC0415 - typer costs forty milliseconds

        answer = irregular(command, words[1:])
        if answer is None:
            return 0
        given = answer
    runner: Callable[[Given], int] = run  # type: ignore[assignment]
    return runner(given)
