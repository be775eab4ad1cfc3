"""Completion for bash, 3.2 and later."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from scope.cli.shells import words

if TYPE_CHECKING:
    from scope.cli.grammar import Command
    from scope.cli.shells.words import Taken

_HEAD: Final = r"""# Completion of scope for bash; written by: scope completion bash

# The words of the line up to the cursor as they were typed: bash itself breaks them at = and :
_scope_typed() {
	local line=${COMP_LINE:0:COMP_POINT} word rest i
	typed=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		rest=${line#"${line%%[![:space:]]*}"}
		[[ $i -eq $COMP_CWORD && ${#word} -gt ${#rest} ]] && word=$rest
		if [[ $i -gt 0 && $rest == "$line" && -n $word ]]; then
			typed[${#typed[@]}-1]+=$word
		else
			typed+=("$word")
		fi
		line=${rest#"$word"}
	done
}

# Offers a word if it begins as the one at the cursor does, without what bash takes for a word of its own.
_scope_offer() {
	[[ $1 == "$current"* ]] || return
	local word=$before$1 broken=$before$current
	if [[ $COMP_WORDBREAKS == *=* && $broken == *=* ]]; then
		word=${word#"${broken%=*}="}
		broken=${broken##*=}
	fi
	if [[ $COMP_WORDBREAKS == *:* && $broken == *:* ]]; then
		word=${word#"${broken%:*}:"}
	fi
	[[ $word == *[!a-zA-Z0-9_.,:=/@%+-]* ]] && word=$(printf '%q' "$word")
	COMPREPLY+=("$word")
	[[ $1 == *= ]] && compopt -o nospace 2>/dev/null
}

# Offers what may stand at the cursor: a list of choices, files, directories, or what scope complete knows.
_scope_fill() {
	local word
	case $1 in
	choices) for word in "${@:2}"; do _scope_offer "$word"; done ;;
	list)
		before+=${current%"${current##*,}"}
		current=${current##*,}
		for word in "${@:2}"; do _scope_offer "$word"; done
		;;
	files | directories)
		compopt -o filenames 2>/dev/null
		local how=-f
		[[ $1 == directories ]] && how=-d
		while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$how" -- "$current")
		;;
	?*) while IFS=$'\t' read -r word _; do _scope_offer "$word"; done \
		< <(command scope complete "$1" -- "$current" 2>/dev/null) ;;
	esac
}

_scope() {
	local typed current before= i command place=0 previous=
	COMPREPLY=()
	_scope_typed
	current=${typed[${#typed[@]}-1]}
	command=${typed[1]}
	if [[ ${#typed[@]} -le 2 ]]; then
		_scope_fill choices --help --version __NAMES__
		return
	fi
	for ((i = 2; i < ${#typed[@]} - 1; i++)); do
		if [[ -n $previous ]]; then
			previous=
		elif [[ ${typed[i]} == -- ]]; then
			_scope_behind "$command" "$i" && return
		elif [[ ${typed[i]} == -?* ]]; then
			_scope_takes "$command" "${typed[i]}" && previous=${typed[i]}
		else
			place=$((place + 1))
		fi
	done
	if [[ -n $previous ]]; then
		_scope_value "$command" "$previous"
	elif [[ $current == --*=* ]] && _scope_takes "$command" "${current%%=*}"; then
		before=${current%%=*}=
		previous=${current%%=*}
		current=${current#*=}
		_scope_value "$command" "$previous"
	elif [[ $current == -* ]]; then
		_scope_options "$command"
	else
		_scope_argument "$command" "$((place + 1))"
	fi
}

# Behind -- stands another program, and its words.
_scope_behind() {
	case $1 in
	__RUNNERS__)
		local word how=-f
		[[ $2 -eq $((${#typed[@]} - 2)) ]] && how=-c
		compopt -o filenames 2>/dev/null
		while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$how" -- "$current" | sort -u)
		return 0
		;;
	esac
	return 1
}
"""


def script() -> str:
    """Return the whole completion."""
    found = list(words.commands())
    names = " ".join(command.name for command in found)
    runners = " | ".join(command.name for command in found if command.takes_command)
    head = _HEAD.replace("__NAMES__", names).replace("__RUNNERS__", runners)
    return "".join((head, _options(found), _takes(found), _values(found), _arguments(found), _FOOT))


_FOOT: Final = "\ncomplete -F _scope scope\n"


def _options(found: list[Command]) -> str:
    lines = []
    for command in found:
        flags = [flag for option in command.options for flag in option.flags]
        lines.append(f"\t{command.name}) _scope_fill choices {' '.join([*flags, '--help'])} ;;\n")
    return _function("_scope_options", "$1", lines)


def _takes(found: list[Command]) -> str:
    lines = []
    for command in found:
        flags = [flag for option in command.options if option.kind != "flag" for flag in option.flags]
        if flags:
            lines.append(f"\t{' | '.join(_both(command, flag) for flag in flags)}) return 0 ;;\n")
    return _function("_scope_takes", "$1 $2", [*lines, "\t*) return 1 ;;\n"])


def _values(found: list[Command]) -> str:
    lines = []
    for command in found:
        for option in command.options:
            filled = _filled(words.of_option(command, option))
            if filled and option.kind != "flag":
                lines.append(f"\t{' | '.join(_both(command, flag) for flag in option.flags)}) {filled} ;;\n")
    return _function("_scope_value", "$1 $2", lines)


def _arguments(found: list[Command]) -> str:
    lines = []
    for command in found:
        for number, argument in enumerate(command.arguments, 1):
            filled = _filled(words.of_argument(command, argument))
            if filled:
                place = "*" if argument.is_many else str(number)
                lines.append(f"\t'{command.name} '{place}) {filled} ;;\n")
    return _function("_scope_argument", "$1 $2", lines)


def _function(name: str, of: str, lines: list[str]) -> str:
    return f'\n{name}() {{\n\tcase "{of}" in\n{"".join(lines)}\tesac\n}}\n'


def _both(command: Command, flag: str) -> str:
    return f"'{command.name} {flag}'"


def _filled(taken: Taken) -> str:
    if taken.choices:
        return f"_scope_fill {'list' if taken.is_list else 'choices'} {shlex.join(taken.choices)}"
    return f"_scope_fill {taken.source}" if taken.source else ""
