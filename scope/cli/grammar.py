"""The grammar of the command line, as data: one source for parsing, help and completion.

`read` parses what is plainly right, in microseconds. Whatever it is not sure of is Irregular and
goes to typer, built from the same data (`cli.help`), which finds the words for what is wrong. A
property test holds the two to the same answers.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    Kind = Literal["flag", "value", "many"]


class Irregular(Exception):
    """Not plainly right: a help request, an unknown option, a missing value, too few words."""


class Option:
    """One option; `flags` are its spellings, `metavar` stands for its value in the help.

    `name` is for one whose first spelling can name nothing in Python.
    """

    __slots__ = ("flags", "kind", "meaning", "metavar", "name")

    def __init__(self, *flags: str, meaning: str, metavar: str = "", many: bool = False, name: str = "") -> None:
        self.flags = flags
        self.name = name or flags[0].lstrip("-").replace("-", "_")
        self.meaning = meaning
        self.metavar = metavar
        self.kind: Kind = "flag" if not metavar else "many" if many else "value"


class Argument:
    """One positional word, or with `many` all that are left."""

    __slots__ = ("is_many", "is_required", "meaning", "metavar", "name")

    def __init__(self, name: str, *, meaning: str, many: bool = False, required: bool = True) -> None:
        self.name = name
        self.metavar = name.upper()
        self.meaning = meaning
        self.is_many = many
        self.is_required = required


class Command:
    """One command: its words, and the text of its help."""

    __slots__ = ("arguments", "epilog", "name", "options", "summary", "takes_command", "text")

    def __init__(
        self,
        name: str,
        summary: str,
        *,
        text: str = "",
        epilog: str = "",
        arguments: Sequence[Argument] = (),
        options: Sequence[Option] = (),
        takes_command: bool = False,
    ) -> None:
        self.name = name
        self.summary = summary
        self.text = text
        self.epilog = epilog
        self.arguments = tuple(arguments)
        self.options = tuple(options)
        self.takes_command = takes_command


SESSIONS = Argument("sessions", many=True, required=False, meaning="Ids, names or quoted globs; or use --label.")
LABEL = Option("--label", "-l", metavar="KEY=VALUE", many=True, meaning="All sessions with this label; repeatable.")


class Given:
    """What a person gave: flags, values and lists by name, and the words behind `--`."""

    __slots__ = ("command", "values")

    def __init__(self, values: dict[str, bool | str | list[str] | None], command: list[str] | None) -> None:
        self.values = values
        self.command = command

    def flag(self, name: str) -> bool:
        """Tell whether a flag was given."""
        return bool(self.values[name])

    def text(self, name: str) -> str | None:
        """Return an option's or argument's value, or None where it was not given."""
        value = self.values[name]
        return value if isinstance(value, str) else None

    def words(self, name: str) -> list[str]:
        """Return the values of an option or argument that may be given several times."""
        value = self.values[name]
        return value if isinstance(value, list) else []


def split_command(command: Command, argv: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """Split off the words behind the first `--`, for a command that takes another program's words."""
    if command.takes_command and "--" in argv:
        at = argv.index("--")
        return list(argv[:at]), list(argv[at + 1 :])
    return list(argv), None


def read(command: Command, argv: Sequence[str]) -> Given:
    """Parse the words of a command; raises Irregular for everything that is not plainly right."""
    own, behind = split_command(command, argv)
    by_flag = {flag: option for option in command.options for flag in option.flags}
    values: dict[str, bool | str | list[str] | None] = {}
    for option in command.options:
        values[option.name] = False if option.kind == "flag" else [] if option.kind == "many" else None
    words: list[str] = []
    at = 0
    while at < len(own):
        word = own[at]
        at += 1
        if word == "--":
            words += own[at:]
            break
        if word == "-" or not word.startswith("-"):
            words.append(word)
            continue
        flag, equals, value = word.partition("=")
        option_ = by_flag.get(flag)
        if option_ is None or (equals and (option_.kind == "flag" or not flag.startswith("--"))):
            raise Irregular
        if option_.kind == "flag":
            values[option_.name] = True
            continue
        if not equals:
            if at == len(own):
                raise Irregular
            value = own[at]
            at += 1
            if value.startswith("-") and value != "-":
                raise Irregular
        _set(values, option_, value)
    _place(command, words, values)
    return Given(values, behind)


def _set(values: dict[str, bool | str | list[str] | None], option: Option, value: str) -> None:
    if option.kind == "many":
        held = values[option.name]
        assert isinstance(held, list)
        held.append(value)
    else:
        values[option.name] = value


def _place(command: Command, words: list[str], values: dict[str, bool | str | list[str] | None]) -> None:
    for argument in command.arguments:
        if argument.is_many:
            values[argument.name] = words
            if argument.is_required and not words:
                raise Irregular
            words = []
        elif words:
            values[argument.name] = words[0]
            words = words[1:]
        elif argument.is_required:
            raise Irregular
        else:
            values[argument.name] = None
    if words:
        raise Irregular
