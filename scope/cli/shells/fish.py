"""Completion for fish, 3.0 and later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scope.cli.shells import words

if TYPE_CHECKING:
    from scope.cli.grammar import Command, Option
    from scope.cli.shells.words import Taken

_HEAD: Final = r"""# Completion of scope for fish; written by: scope completion fish

# Tells whether the command stands there, and the cursor behind it; behind -- stands another program.
function __scope_is
    set -l typed (commandline -opc)
    test (count $typed) -ge 2; and test "$typed[2]" = $argv[1]; and not contains -- -- $typed
end

function __scope_is_first
    test (count (commandline -opc)) -eq 1
end

# Tells whether the cursor is at that place among the words without a dash: __scope_at COMMAND PLACE.
function __scope_at
    __scope_is $argv[1]; or return
    set -l place 1
    set -l is_value false
    for word in (commandline -opc)[3..-1]
        if test $is_value = true
            set is_value false
        else if string match -q -- '-?*' $word
            __scope_takes $argv[1] $word; and set is_value true
        else
            set place (math $place + 1)
        end
    end
    test $place = $argv[2]
end

function __scope_behind
    set -l typed (commandline -opc)
    test (count $typed) -ge 3; and contains -- "$typed[2]" __RUNNERS__; and contains -- -- $typed
end

function __scope_program
    set -l typed (commandline -opc)
    set -l at (contains -i -- -- $typed)
    if test $at -eq (count $typed)
        __fish_complete_command
    else
        complete -C (string join ' ' -- (string escape -- $typed[(math $at + 1)..-1]) (commandline -ct))
    end
end

# What only scope complete knows: live ids and names, labels, questions.
function __scope_live
    command scope complete $argv[1] -- (string replace -r -- '^--[^=]+=' '' (commandline -ct)) 2>/dev/null
end

# A list with commas: the ones before stay.
function __scope_list
    set -l found (string match -r -- '^(?:--[^=]+=)?(.*,)' (commandline -ct))
    printf '%s\n' "$found[2]"$argv
end

complete -c scope -f
complete -c scope -n __scope_is_first -s h -l help -d 'list the commands'
complete -c scope -n __scope_is_first -s V -l version -d 'print the version'
complete -c scope -n __scope_behind -a '(__scope_program)'
"""

_ANY_FILE: Final = "-F"


def script() -> str:
    """Return the whole completion."""
    found = list(words.commands())
    runners = " ".join(command.name for command in found if command.takes_command)
    return "".join((_HEAD.replace("__RUNNERS__", runners), _takes(found), *map(_command, found)))


def _takes(found: list[Command]) -> str:
    """Return the function that knows which options have a value."""
    lines = []
    for command in found:
        flags = [flag for option in command.options if option.kind != "flag" for flag in option.flags]
        if flags:
            listed = " ".join(_quoted(f"{command.name} {flag}") for flag in flags)
            lines.append(f"        case {listed}\n            return 0\n")
    return f'\nfunction __scope_takes\n    switch "$argv[1] $argv[2]"\n{"".join(lines)}    end\n    return 1\nend\n'


def _command(command: Command) -> str:
    name = command.name
    lines = [
        f"\ncomplete -c scope -n __scope_is_first -a {name} -d {_quoted(command.summary)}\n",
        f"complete -c scope -n '__scope_is {name}' -s h -l help -d 'explain it'\n",
    ]
    lines += [_option(command, option) for option in command.options]
    for number, argument in enumerate(command.arguments, 1):
        offered = _offered(words.of_argument(command, argument))
        if offered:
            condition = f"__scope_is {name}" if argument.is_many and number == 1 else f"__scope_at {name} {number}"
            lines.append(f"complete -c scope -n {_quoted(condition)} {offered}\n")
    return "".join(lines)


def _option(command: Command, option: Option) -> str:
    spelt = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
    offered = _offered(words.of_option(command, option))
    needs = "" if option.kind == "flag" else " -r" if offered == _ANY_FILE else " -x"
    takes = f"{needs} {offered}".rstrip() if needs else ""
    return f"complete -c scope -n '__scope_is {command.name}' {spelt}{takes} -d {_quoted(option.meaning)}\n"


def _offered(taken: Taken) -> str:
    if taken.choices:
        listed = " ".join(taken.choices)
        return f"-a '(__scope_list {listed})'" if taken.is_list else f"-a '{listed}'"
    if taken.source == words.DIRECTORIES:
        return "-a '(__fish_complete_directories (commandline -ct))'"
    if taken.source == words.FILES:
        return _ANY_FILE
    # The newest first, as they come.
    return f"-k -a '(__scope_live {taken.source})'" if taken.source else ""


def _quoted(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
