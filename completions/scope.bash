# Completion of scope for bash; written by: scope completion bash

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
		_scope_fill choices --help --version init doctor demo spawn wait poll ls tree top logs attach show land refine send redirect abort retry pause resume rename inbox answer ack silence forward policy event progress ask fail cost budget router up agent skill stats report gc rm events explain path watch recover help completion
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
	spawn | redirect)
		local word how=-f
		[[ $2 -eq $((${#typed[@]} - 2)) ]] && how=-c
		compopt -o filenames 2>/dev/null
		while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$how" -- "$current" | sort -u)
		return 0
		;;
	esac
	return 1
}

_scope_options() {
	case "$1" in
	init) _scope_fill choices --help ;;
	doctor) _scope_fill choices --fix --json --help ;;
	demo) _scope_fill choices --json --help ;;
	spawn) _scope_fill choices --name -n --label -l --cwd -C --env -e --var --template --worktree --base --setup --replayable --check --retries -r --playbook --variation --assignable --supervisor --expected --budget --level --role --agent --timeout --idle-timeout --priority --after --after-any --parent -p --job-type --entity-type --signal --skill --executor --wait -w --quiet -q --verbose -v --json --help ;;
	wait) _scope_fill choices --label -l --all -a --any --number -n --timeout -t --until -u --propagate --quiet -q --verbose -v --json --help ;;
	poll) _scope_fill choices --label -l --json --help ;;
	ls) _scope_fill choices --label -l --state -s --live --json --help ;;
	tree) _scope_fill choices --label -l --supervisors --json --help ;;
	top) _scope_fill choices --label -l --state -s --live --help ;;
	logs) _scope_fill choices --follow -f --lines -n --attempt --raw --help ;;
	attach) _scope_fill choices --help ;;
	show) _scope_fill choices --json --help ;;
	land) _scope_fill choices --unverified --squash --keep --dry-run --json --help ;;
	refine) _scope_fill choices --label -l --agent --target --check --setup --timeout --unverified --squash --keep --stay --name -n --supervisor --dry-run --json --help ;;
	send) _scope_fill choices --no-wait --help ;;
	redirect) _scope_fill choices --help ;;
	abort) _scope_fill choices --label -l --help ;;
	retry) _scope_fill choices --label -l --help ;;
	pause) _scope_fill choices --reason -r --help ;;
	resume) _scope_fill choices --help ;;
	rename) _scope_fill choices --help ;;
	inbox) _scope_fill choices --all -a --state --assignee --test-notification --json --help ;;
	answer) _scope_fill choices --var --as-policy --name --match --until --json --help ;;
	ack) _scope_fill choices --json --help ;;
	silence) _scope_fill choices --for --why --expire --all -a --json --help ;;
	forward) _scope_fill choices --json --help ;;
	policy) _scope_fill choices --match --then --answer --advice --var --until --why --all -a --json --help ;;
	event) _scope_fill choices --data -d --session -s --label -l --json --help ;;
	progress) _scope_fill choices --help ;;
	ask) _scope_fill choices --option -o --default --deadline --json --help ;;
	fail) _scope_fill choices --class -c --needs --until --fingerprint --tried --help ;;
	cost) _scope_fill choices --label -l --by -b --since --json --help ;;
	budget) _scope_fill choices --json --help ;;
	router) _scope_fill choices --json --help ;;
	up) _scope_fill choices --dry-run --force --prune --json --help ;;
	agent) _scope_fill choices --from --supervisor --json --help ;;
	skill) _scope_fill choices --job-type --entity-type --signal --label -l --agent --why --from --lift --json --help ;;
	stats) _scope_fill choices --by -b --since --json --help ;;
	report) _scope_fill choices --html --since --by -b --force -f --json --help ;;
	gc) _scope_fill choices --older --keep --dry-run -n --json --help ;;
	rm) _scope_fill choices --label -l --force -f --json --help ;;
	events) _scope_fill choices --follow -f --since --json --help ;;
	explain) _scope_fill choices --json --help ;;
	path) _scope_fill choices --json --help ;;
	watch) _scope_fill choices --foreground --once --json --help ;;
	recover) _scope_fill choices --dry-run --json --help ;;
	help) _scope_fill choices --help ;;
	completion) _scope_fill choices --help ;;
	esac
}

_scope_takes() {
	case "$1 $2" in
	'spawn --name' | 'spawn -n' | 'spawn --label' | 'spawn -l' | 'spawn --cwd' | 'spawn -C' | 'spawn --env' | 'spawn -e' | 'spawn --var' | 'spawn --template' | 'spawn --base' | 'spawn --setup' | 'spawn --check' | 'spawn --retries' | 'spawn -r' | 'spawn --playbook' | 'spawn --variation' | 'spawn --assignable' | 'spawn --supervisor' | 'spawn --expected' | 'spawn --budget' | 'spawn --level' | 'spawn --role' | 'spawn --agent' | 'spawn --timeout' | 'spawn --idle-timeout' | 'spawn --priority' | 'spawn --after' | 'spawn --parent' | 'spawn -p' | 'spawn --job-type' | 'spawn --entity-type' | 'spawn --signal' | 'spawn --skill' | 'spawn --executor') return 0 ;;
	'wait --label' | 'wait -l' | 'wait --number' | 'wait -n' | 'wait --timeout' | 'wait -t' | 'wait --until' | 'wait -u') return 0 ;;
	'poll --label' | 'poll -l') return 0 ;;
	'ls --label' | 'ls -l' | 'ls --state' | 'ls -s') return 0 ;;
	'tree --label' | 'tree -l') return 0 ;;
	'top --label' | 'top -l' | 'top --state' | 'top -s') return 0 ;;
	'logs --lines' | 'logs -n' | 'logs --attempt') return 0 ;;
	'refine --label' | 'refine -l' | 'refine --agent' | 'refine --target' | 'refine --check' | 'refine --setup' | 'refine --timeout' | 'refine --name' | 'refine -n' | 'refine --supervisor') return 0 ;;
	'abort --label' | 'abort -l') return 0 ;;
	'retry --label' | 'retry -l') return 0 ;;
	'pause --reason' | 'pause -r') return 0 ;;
	'inbox --state' | 'inbox --assignee') return 0 ;;
	'answer --var' | 'answer --name' | 'answer --match' | 'answer --until') return 0 ;;
	'silence --for' | 'silence --why' | 'silence --expire') return 0 ;;
	'policy --match' | 'policy --then' | 'policy --answer' | 'policy --advice' | 'policy --var' | 'policy --until' | 'policy --why') return 0 ;;
	'event --data' | 'event -d' | 'event --session' | 'event -s' | 'event --label' | 'event -l') return 0 ;;
	'ask --option' | 'ask -o' | 'ask --default' | 'ask --deadline') return 0 ;;
	'fail --class' | 'fail -c' | 'fail --needs' | 'fail --until' | 'fail --fingerprint' | 'fail --tried') return 0 ;;
	'cost --label' | 'cost -l' | 'cost --by' | 'cost -b' | 'cost --since') return 0 ;;
	'agent --from' | 'agent --supervisor') return 0 ;;
	'skill --job-type' | 'skill --entity-type' | 'skill --signal' | 'skill --label' | 'skill -l' | 'skill --agent' | 'skill --from') return 0 ;;
	'stats --by' | 'stats -b' | 'stats --since') return 0 ;;
	'report --html' | 'report --since' | 'report --by' | 'report -b') return 0 ;;
	'gc --older' | 'gc --keep') return 0 ;;
	'rm --label' | 'rm -l') return 0 ;;
	'events --since') return 0 ;;
	*) return 1 ;;
	esac
}

_scope_value() {
	case "$1 $2" in
	'spawn --label' | 'spawn -l') _scope_fill labels ;;
	'spawn --cwd' | 'spawn -C') _scope_fill directories ;;
	'spawn --template') _scope_fill files ;;
	'spawn --playbook') _scope_fill list restart vary reassign reframe defer escalate default ;;
	'spawn --assignable') _scope_fill agents ;;
	'spawn --supervisor') _scope_fill agents ;;
	'spawn --budget') _scope_fill choices usd= tokens= calls= children= seconds= ;;
	'spawn --role') _scope_fill choices executor advisor checker reducer filter ;;
	'spawn --agent') _scope_fill agents ;;
	'spawn --after') _scope_fill sessions ;;
	'spawn --parent' | 'spawn -p') _scope_fill sessions ;;
	'spawn --executor') _scope_fill choices command model template ;;
	'wait --label' | 'wait -l') _scope_fill labels ;;
	'wait --until' | 'wait -u') _scope_fill list done failed aborted ended needs-input running ;;
	'poll --label' | 'poll -l') _scope_fill labels ;;
	'ls --label' | 'ls -l') _scope_fill labels ;;
	'ls --state' | 'ls -s') _scope_fill choices pending running waiting recovering deferred escalated done failed aborted ;;
	'tree --label' | 'tree -l') _scope_fill labels ;;
	'top --label' | 'top -l') _scope_fill labels ;;
	'top --state' | 'top -s') _scope_fill choices pending running waiting recovering deferred escalated done failed aborted ;;
	'refine --label' | 'refine -l') _scope_fill labels ;;
	'refine --agent') _scope_fill agents ;;
	'refine --supervisor') _scope_fill agents ;;
	'abort --label' | 'abort -l') _scope_fill labels ;;
	'retry --label' | 'retry -l') _scope_fill labels ;;
	'inbox --state') _scope_fill choices open acked silenced answered closed ;;
	'inbox --assignee') _scope_fill agents ;;
	'policy --then') _scope_fill choices pass retry fail escalate ;;
	'event --session' | 'event -s') _scope_fill sessions ;;
	'event --label' | 'event -l') _scope_fill labels ;;
	'fail --class' | 'fail -c') _scope_fill choices transient timeout resource lost budget quota missing_context wrong_approach task_too_big dependency_cycle policy unknown ;;
	'cost --label' | 'cost -l') _scope_fill labels ;;
	'cost --by' | 'cost -b') _scope_fill choices session tree agent job level skill model day ;;
	'agent --supervisor') _scope_fill agents ;;
	'skill --label' | 'skill -l') _scope_fill labels ;;
	'skill --agent') _scope_fill agents ;;
	'stats --by' | 'stats -b') _scope_fill choices job skill level day week supervisor all ;;
	'report --html') _scope_fill files ;;
	'report --by' | 'report -b') _scope_fill choices day week ;;
	'rm --label' | 'rm -l') _scope_fill labels ;;
	esac
}

_scope_argument() {
	case "$1 $2" in
	'demo '1) _scope_fill directories ;;
	'wait '*) _scope_fill live ;;
	'poll '*) _scope_fill sessions ;;
	'ls '*) _scope_fill sessions ;;
	'tree '*) _scope_fill sessions ;;
	'top '*) _scope_fill sessions ;;
	'logs '1) _scope_fill sessions ;;
	'attach '1) _scope_fill sessions ;;
	'show '1) _scope_fill sessions ;;
	'land '1) _scope_fill sessions ;;
	'refine '*) _scope_fill sessions ;;
	'send '1) _scope_fill live ;;
	'redirect '1) _scope_fill live ;;
	'abort '*) _scope_fill live ;;
	'retry '*) _scope_fill sessions ;;
	'rename '1) _scope_fill sessions ;;
	'inbox '*) _scope_fill questions ;;
	'answer '1) _scope_fill questions ;;
	'ack '*) _scope_fill questions ;;
	'forward '1) _scope_fill questions ;;
	'forward '2) _scope_fill agents ;;
	'policy '1) _scope_fill choices list show new edit withdraw ;;
	'cost '*) _scope_fill sessions ;;
	'budget '1) _scope_fill sessions ;;
	'budget '*) _scope_fill choices usd= tokens= calls= children= seconds= ;;
	'router '1) _scope_fill choices status stop ;;
	'agent '1) _scope_fill choices list show new ;;
	'agent '2) _scope_fill agents ;;
	'skill '1) _scope_fill choices list show match new edit lint evidence history diff quarantine trust ;;
	'rm '*) _scope_fill sessions ;;
	'explain '1) _scope_fill sessions ;;
	'path '1) _scope_fill choices root config sessions inbox events ledger outcomes skills agents policies signals run log router-log home home-config home-skills home-agents roots session task result decisions attempt output brief trajectory failure changes worktree ;;
	'path '2) _scope_fill sessions ;;
	'watch '1) _scope_fill choices status stop ;;
	'help '1) _scope_fill choices init doctor demo spawn wait poll ls tree top logs attach show land refine send redirect abort retry pause resume rename inbox answer ack silence forward policy event progress ask fail cost budget router up agent skill stats report gc rm events explain path watch recover help completion exit-codes files config task hooks ;;
	'completion '1) _scope_fill choices bash zsh fish ;;
	esac
}

complete -F _scope scope
