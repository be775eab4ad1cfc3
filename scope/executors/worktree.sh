# The work tree of a session's own, clean at each attempt: sourced by `prepare` in the orders.
#
# Prints the directory to work in. Given are scripts (where this lies), root, session, number, attempts, report and
# kept (paths and names of the attempt), origin (where it would work without), base, onto (the file that names another
# commit to begin with), and is_continued for a model that goes on where it was.
# What cannot be made is reported, said in a line, and ends with 75.
#
# Only the directory `worktrees/<session>` of the root is ever reset: it must be itself and no link, and git must
# know it as the work tree whose git directory is used. What is not known as that is put aside, not cleaned.
. "$scripts/git.sh"

# What the attempt before changed, which is the last one that began its work here.
save_earlier() {
	earlier=$((number - 1))
	while [ "$earlier" -gt 0 ] && [ ! -e "$attempts/$earlier/base" ]; do earlier=$((earlier - 1)); done
	[ "$earlier" -eq 0 ] || save "$earlier"
}

# Without its index, so that nothing in there (locks, bits that hide a file) keeps an old file. What else an attempt
# may leave with git (half a rebase, submodules, settings for its tree alone) takes a new work tree.
clean() {
	for sign in rebase-merge rebase-apply BISECT_LOG modules; do
		[ ! -e "$store/$sign" ] || return 1
	done
	# A new one begins with a copy of the person's.
	[ ! -e "$store/config.worktree" ] || cmp -s -- "$store/config.worktree" "$common/config.worktree" || return 1
	rm -f -- "$store/index" "$store/index.lock" "$store/HEAD.lock" &&
		within symbolic-ref HEAD "refs/heads/$branch" &&
		within reset -q --hard "$start" &&
		within clean -ffdxq
}

# What could not be landed begins again on top of what it met, kept by whoever gave it back.
step_forward() {
	began='' of=''
	[ ! -f "$onto" ] || { read -r began && IFS= read -r of; } <"$onto"
	[ -n "$began" ] && [ "$of" = "$common" ] && [ "$began" != "$start" ] || return 0
	git rev-parse --verify --quiet "$began^{commit}" >/dev/null 2>&1 || return 0
	start=$began
	keep
}

keep() {
	(umask 077 && printf '%s\n%s\n' "$start" "$common" >"$kept.new" && mv -- "$kept.new" "$kept") ||
		refuse resource nothing "cannot write '$kept'"
}

put_aside() {
	[ -e "$tree" ] || [ -L "$tree" ] || return 0
	aside=$tree.aside-$number
	mv -- "$tree" "$aside" || refuse resource nothing "cannot put '$tree' aside"
	# It would name the git directory of the new one. Behind a link it is somebody else's.
	[ -L "$aside" ] || [ ! -f "$aside/.git" ] || rm -f -- "$aside/.git"
}

make() {
	# Git reads the work trees that there are, and gives up on one that is just being made: one after the other, and
	# without a turn where somebody takes for ever. Who calls this in a subshell lets go at its end.
	exec 8<"$common"
	if command -v flock >/dev/null; then
		flock -w 60 8
	else
		"$python" -c 'import fcntl, signal; signal.alarm(60); fcntl.flock(8, fcntl.LOCK_EX)'
	fi 2>/dev/null
	# One that is registered and gone keeps its branch taken.
	quietly worktree remove -f -f "$tree" 2>/dev/null
	quietly worktree add -B "$branch" "$tree" "$start" 2>&1
}

unset CDPATH
export GIT_TERMINAL_PROMPT=0
cd -- "$origin" || refuse missing_context information "cannot work in '$origin'"
command -v git >/dev/null || refuse missing_context information "cannot make a work tree: there is no git" "install git"
if [ "$(git rev-parse --is-inside-work-tree 2>/dev/null)" != true ]; then
	why=$(git rev-parse --show-toplevel 2>&1 | head -n 1)
	refuse missing_context information "cannot make a work tree of '$origin': ${why#fatal: }"
fi
common=$(cd -P -- "$(git rev-parse --git-common-dir)" && pwd -P) && prefix=$(git rev-parse --show-prefix) ||
	refuse unknown diagnosis "cannot make a work tree of '$origin': its repository cannot be entered"

umask=$(umask)
umask 077
mkdir -p -- "$root/worktrees" || refuse resource nothing "cannot make the directory '$root/worktrees'"
umask "$umask"
tree=$(cd -P -- "$root/worktrees" && pwd -P)/$session
[ "$tree" = "$(cd -P -- "$root" && pwd -P)/worktrees/$session" ] ||
	refuse policy policy "cannot make a work tree in '$root/worktrees': it is a link" "make it a directory"

start='' whose=''
[ ! -f "$kept" ] || { read -r start && IFS= read -r whose; } <"$kept"
if [ -z "$start" ] || [ "$whose" != "$common" ]; then
	case $base in -*) refuse missing_context information "there is no commit '$base'" ;; esac
	start=$(git rev-parse --verify --quiet "${base:-HEAD}^{commit}" 2>/dev/null) ||
		refuse missing_context information "there is no commit '${base:-HEAD}' in '$origin'" "see what there is: git log --all"
	! git show-ref --verify --quiet "refs/heads/$branch" ||
		refuse missing_context information "cannot make the branch '$branch': there is one already" \
			"rename it: git branch -m $branch NAME"
	keep
fi

condition=clean
if is_known && [ -n "$is_continued" ]; then
	condition=dirty
else
	if is_known; then
		said=$(save_earlier 2>&1) || failed $? "cannot save what the attempt before changed in '$tree'" "$said"
		step_forward
		clean >/dev/null 2>&1 || put_aside
	else
		step_forward
		put_aside
	fi
	[ -e "$tree" ] || said=$(make) || failed $? "cannot make the work tree '$tree'" "$said"
	is_known || refuse unknown diagnosis "cannot make the work tree '$tree': git does not know it"
fi
top=$(git rev-parse --show-toplevel)
if [ "$condition" = clean ] && [ -f "$top/.worktreeinclude" ]; then
	said=$("$python" -P -m scope.executors.inclusion "$top" "$tree" "$root" 2>&1) ||
		failed $? "cannot copy what '$top/.worktreeinclude' names" "$said"
	[ -z "$said" ] || printf '%s\n' "$said" >&2
fi
place=$tree${prefix:+/${prefix%/}}
# In the commit it may be a link, which leads out of the tree.
[ "$(cd -P -- "$place" 2>/dev/null && pwd -P)" = "$place" ] ||
	refuse missing_context information "there is no directory '$prefix' in the commit '$start'"
(umask 077 && printf '%s %s\n' "$start" "$condition" >"$attempts/$number/base.new") &&
	mv -- "$attempts/$number/base.new" "$attempts/$number/base" ||
	refuse resource nothing "cannot write '$attempts/$number/base'"
printf '%s\n' "$place"
