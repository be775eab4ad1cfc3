"""Help and usage errors, by typer, from the grammar."""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from scope import __version__
from scope.cli import catalogue
from scope.cli.grammar import Given, split_command
from scope.cli.topics import EXIT_CODES, TOPICS
from scope.errors import BadInput
from scope.laws.schema import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from scope.cli.grammar import Command

_ABOUT = (
    "Run work as supervised tmux sessions, with everything it knows in plain files under .scope/.\n\n"
    "Spawn work and get an id; wait for it, attach to it, steer it, abort it. A watcher starts, follows and "
    "ends the sessions, and loses none, whatever is killed."
)
_EXIT_CODES = f"Exit codes: {' · '.join(f'{code} {meaning}' for code, meaning in EXIT_CODES.items())}."
_CONTEXT = {"help_option_names": ["-h", "--help"]}


class _Untyped:
    """A help page that tells no Python types: `<bool>` and `<list[str]>` mean nothing to who reads it."""

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own
        found = super().get_params(ctx)  # type: ignore[misc]
        for parameter in found:
            shown = parameter.metavar if parameter.param_type_name == "option" else None
            parameter.display_type_rich = lambda ctx, shown=shown: shown or ""  # noqa: ARG005
        return found


class _Page(_Untyped, TyperCommand):
    """The help page of one command."""

    grammar: Command

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's own
        return ["[OPTIONS]", *_usage_of(self.grammar)]


class _Contents(_Untyped, TyperGroup):
    """The help page that lists the commands."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's own
        return ["COMMAND …"]


def without_command(words: Sequence[str]) -> int:
    """Answer `scope`, `scope --help`, `scope --version`; raises BadInput for a word that is no command."""
    if words and words[0] in ("--version", "-V"):
        sys.stdout.write(f"scope {__version__}\n")
        return 0
    if words and words[0] not in ("-h", "--help"):
        meant = _meant(words[0], ())
        raise BadInput(
            "there is no command", words[0], hint=f"did you mean: scope {meant}" if meant else "see them: scope --help"
        )
    _run(_whole(), ["--help"], "scope")
    return 0


def explain(name: str | None) -> int:
    """Print a command's page, or without a name the one that lists them; raises BadInput for what is no command."""
    if name is None:
        return without_command(())
    if name not in catalogue.NAMES:
        meant = _meant(name, TOPICS)
        hint = f"did you mean: scope help {meant}" if meant else "see them: scope --help, scope help --help"
        raise BadInput("there is no command and no topic", name, hint=hint)
    irregular(catalogue.load(name)[0], ["--help"])
    return 0


def _meant(word: str, topics: Iterable[str]) -> str | None:
    return nearest(word, [*catalogue.SHOWN, *topics])


def irregular(command: Command, words: Sequence[str]) -> Given | None:
    """Parse with typer; print the help and return None where it was asked for; raise BadInput with words."""
    own, behind = split_command(command, words)
    taken: dict[str, Any] = {}
    app = typer.Typer(add_completion=False, rich_markup_mode="rich", context_settings=_CONTEXT)
    app.command(command.name, cls=_page(command), help=_text(command), epilog=command.epilog)(_function(command, taken))
    if not _run(app, own, f"scope {command.name}"):
        return None
    return Given(taken, behind)


def _run(app: typer.Typer, words: Sequence[str], called: str) -> bool:
    """Run an app; tell whether it got as far as the command."""
    try:
        with _colours():
            reached = app(list(words), prog_name=called, standalone_mode=False)
    except SystemExit as error:  # Rich's answer to a reader that has had enough
        raise BrokenPipeError from error
    except Exception as error:
        says = getattr(error, "format_message", None)
        if says is None:
            raise
        raise _usage(error, says(), called) from error
    return bool(reached == "reached")


@contextlib.contextmanager
def _colours() -> Iterator[None]:
    """Keep bold and dim from who wants no colour: Rich leaves them, unless it believes in no terminal."""
    name = "TTY_COMPATIBLE"
    if not os.environ.get("NO_COLOR") or name in os.environ:
        yield
        return
    os.environ[name] = "0"
    try:
        yield
    finally:
        del os.environ[name]


def _usage(error: Exception, says: str, called: str) -> BadInput:
    possible = getattr(error, "possibilities", None) or []
    hint = f"did you mean {possible[0]}?" if possible else f"see: {called} --help"
    if called == "scope spawn" and "extra argument" in says:
        hint = "one task is one word: scope spawn 'what to do'; a command comes behind --"
    says = says.split("Did you mean", maxsplit=1)[0].split("(Possible options", maxsplit=1)[0].strip().rstrip(".")
    return BadInput(says[:1].lower() + says[1:], hint=hint)


def _whole() -> typer.Typer:
    app = typer.Typer(
        cls=_Contents,
        help=f"{_ABOUT}\n\n{_EXIT_CODES}",
        add_completion=False,
        rich_markup_mode="rich",
        context_settings=_CONTEXT,
        epilog="For each command: scope spawn --help. The version: scope --version",
    )
    for group, names in catalogue.GROUPS:
        for name in names:
            command = catalogue.load(name)[0]
            app.command(name, help=_text(command), short_help=command.summary, rich_help_panel=group)(
                _function(command, {})
            )
    return app


def _text(command: Command) -> str:
    """Return a help text whose paragraphs are one line each: the terminal's width breaks them."""
    paragraphs = [command.summary, *command.text.split("\n\n")]
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph)


def _page(command: Command) -> type[_Page]:
    class Page(_Page):
        grammar = command

    return Page


def _usage_of(command: Command) -> list[str]:
    words = []
    for argument in command.arguments:
        word = argument.metavar + ("…" if argument.is_many else "")
        words.append(word if argument.is_required else f"[{word}]")
    return [*words, "[-- COMMAND…]"] if command.takes_command else words


def _function(command: Command, taken: dict[str, Any]) -> Callable[..., str]:
    """Return a function whose signature is the command's grammar, for typer to read."""

    def function(**values: Any) -> str:  # noqa: ANN401 - typer decides
        taken.update(values)
        return "reached"

    parameters = []
    for argument in command.arguments:
        about = typer.Argument(metavar=argument.metavar, help=argument.meaning, show_default=False)
        kind: Any = list[str] if argument.is_many else str
        default: Any = inspect.Parameter.empty
        if not argument.is_required:
            kind, default = (kind, []) if argument.is_many else (str | None, None)
        parameters.append(_parameter(argument.name, kind, about, default))
    for option in command.options:
        kinds: dict[str, tuple[Any, Any]] = {
            "flag": (bool, False), "many": (list[str], []), "value": (str | None, None)
        }  # fmt: skip
        kind, default = kinds[option.kind]
        about_option = typer.Option(
            *option.flags, metavar=option.metavar or None, help=option.meaning, show_default=False
        )
        parameters.append(_parameter(option.name, kind, about_option, default))
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return function


def _parameter(name: str, kind: Any, about: Any, default: Any) -> inspect.Parameter:  # noqa: ANN401 - typer's own
    from typing import Annotated  # noqa: PLC0415

    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, about])
