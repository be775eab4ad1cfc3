"""Completion for zsh."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scope.cli.shells import words

if TYPE_CHECKING:
    from scope.cli.grammar import Command, Option
    from scope.cli.shells.words import Taken

_HEAD: Final = r"""#compdef scope
# Completion of scope for zsh; written by: scope completion zsh

# What only scope complete knows: live ids and names, labels, questions.
_scope_live() {
	local word about
	local -a found
	while IFS=$'\t' read -r word about; do
		word=${word//\\/\\\\}
		found+=("${word//:/\\:}${about:+:$about}")
	done < <(command scope complete $1 -- ${(Q)PREFIX} 2>/dev/null)
	(( $#found )) && _describe -V $1 found
}

_scope_commands() {
	local -a found=(
__NAMES__
	)
	_describe command found
}

_scope() {
	local curcontext=$curcontext state line ret=1
	typeset -A opt_args
	_arguments -C '(- *)'{-h,--help}'[list the commands]' '(- *)'{-V,--version}'[print the version]' \
		'1:command:_scope_commands' '*::word:->words' && ret=0
	[[ $state == words ]] || return ret
	curcontext=${curcontext%:*}-$line[1]:
	case $line[1] in
	__RUNNERS__)
		# Behind -- stands another program, and its words.
		local at=${words[(i)--]}
		if (( at < CURRENT )); then
			shift $at words
			(( CURRENT -= at ))
			_normal
			return
		fi
		;;
	esac
	case $line[1] in
"""
_FOOT: Final = r"""	esac && ret=0
	return ret
}

if [[ $funcstack[1] == _scope ]]; then
	_scope "$@"
else
	compdef _scope scope
fi
"""


def script() -> str:
    """Return the whole completion."""
    found = list(words.commands())
    names = "\n".join(f"\t\t'{command.name}:{_plain(command.summary, '')}'" for command in found)
    runners = " | ".join(command.name for command in found if command.takes_command)
    head = _HEAD.replace("__NAMES__", names).replace("__RUNNERS__", runners)
    return f"{head}{''.join(map(_case, found))}{_FOOT}"


def _case(command: Command) -> str:
    specs = ["'(- *)'{-h,--help}'[explain it]'", *(_option(command, option) for option in command.options)]
    for number, argument in enumerate(command.arguments, 1):
        place = "*" if argument.is_many else str(number)
        specs.append(
            f"'{place}:{_plain(argument.metavar.lower(), ':')}:{_action(words.of_argument(command, argument))}'"
        )
    lines = " \\\n".join(f"\t\t\t{spec}" for spec in specs)
    return f"\t{command.name})\n\t\t_arguments -S \\\n{lines}\n\t\t;;\n"


def _option(command: Command, option: Option) -> str:
    """Return an option's specification: its spellings, its meaning, and what it takes."""
    takes = option.kind != "flag"
    ways = [flag + ("=" if flag.startswith("--") else "+") if takes else flag for flag in option.flags]
    spelt = f"{{{','.join(ways)}}}" if len(ways) > 1 else ways[0]
    once = "'*'" if option.kind == "many" else f"'({' '.join(option.flags)})'"
    value = f":{_plain(option.metavar, ':')}:{_action(words.of_option(command, option))}" if takes else ""
    return f"{once}{spelt}'[{_plain(option.meaning, ':[]')}]{value}'"


def _action(taken: Taken) -> str:
    if taken.choices:
        listed = " ".join(re.sub(r"([\s()\\:])", r"\\\1", choice) for choice in taken.choices)
        if taken.is_list:
            return f"_sequence compadd - {listed}"
        # Behind its sign of equality comes a value, and no space.
        return f'compadd -S "" - {listed}' if listed.endswith("=") else f"({listed})"
    known = {"": " ", words.FILES: "_files", words.DIRECTORIES: "_files -/"}
    # The blank before it: else zsh would put words of its own between the two.
    return known.get(taken.source, f" _scope_live {taken.source}")


def _plain(text: str, signs: str) -> str:
    """Return a text for within single quotes, with the signs that mean something there behind a backslash."""
    escaped = "".join(f"\\{sign}" if sign in signs or sign == "\\" else sign for sign in " ".join(text.split()))
    return escaped.replace("'", "'\\''")
