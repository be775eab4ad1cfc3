# What is common to all that is done with the session's own work tree: sourced by `worktree.sh`, `changes.sh` and
# `setup.sh`. Given are root and session, attempts (their directory) and report (the attempt's).
branch=scope/$session

refuse() { # CLASS NEEDS WORDS [HINT]
	words=$(printf '%s' "$3" | tr -d '\000-\037\177')
	printf 'error: %s\n' "$words" >&2
	[ -z "$4" ] || printf 'hint: %s\n' "$4" >&2
	umask 077
	words=$(printf '%s' "$words" | sed 's/[\\"]/\\&/g')
	printf '{"class": "%s", "needs": "%s", "message": "%s"}\n' "$1" "$2" "$words" >"$report.new"
	mv -- "$report.new" "$report"
	exit 75
}

failed() { # CODE WORDS GIT'S WORDS
	# Whoever ended git by a signal knows why.
	[ "$1" -lt 130 ] || [ "$1" -gt 192 ] || exit "$1"
	why=$(printf '%s\n' "$3" | grep -E '^(fatal|error): ' | tail -n 1)
	why=${why:-$(printf '%s\n' "$3" | tail -n 1)}
	why=${why#fatal: }
	refuse unknown diagnosis "$2: ${why#error: }"
}

quietly() { git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0 -c maintenance.auto=false "$@"; }
within() { quietly -C "$tree" --git-dir="$tree/.git" --work-tree="$tree" "$@"; }

is_known() {
	[ ! -L "$tree" ] && [ -f "$tree/.git" ] && [ ! -L "$tree/.git" ] || return 1
	[ "$(cd -P -- "$tree" && pwd -P)" = "$tree" ] || return 1
	store=$(within rev-parse --absolute-git-dir 2>/dev/null) || return 1
	[ "${store%/*}" = "$common/worktrees" ] && [ "$(cat -- "$store/gitdir")" = "$tree/.git" ]
}

# What an attempt changed, as a patch beside it, once; and what is there later, of somebody who went on by hand, as
# another. An index of its own takes up untracked files; what git cannot take (a repository without a commit, say) is
# said and left out.
save() { # ATTEMPT
	first=$attempts/$1/changes.patch
	patch=$first
	[ ! -e "$first" ] || patch=$attempts/$1/changes.later.patch
	[ ! -e "$patch" ] || return 0
	(umask 077 && : >"$patch.new") || return 1
	(
		GIT_INDEX_FILE=$attempts/$1/index
		export GIT_INDEX_FILE
		rm -f -- "$GIT_INDEX_FILE" "$GIT_INDEX_FILE.lock"
		within read-tree "$start" || exit 1
		within -c core.safecrlf=false -c advice.addEmbeddedRepo=false add -A --ignore-errors
		within diff-index --cached --binary --full-index --no-ext-diff --no-textconv -p "$start" >"$patch.new" || exit 1
		rm -f -- "$GIT_INDEX_FILE"
		if [ "$patch" != "$first" ] && { [ ! -s "$patch.new" ] || cmp -s -- "$patch.new" "$first"; }; then
			rm -f -- "$patch.new"
		else
			mv -- "$patch.new" "$patch"
		fi
	)
}
