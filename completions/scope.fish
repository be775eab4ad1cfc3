# Completion of scope for fish; written by: scope completion fish

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
    test (count $typed) -ge 3; and contains -- "$typed[2]" spawn redirect; and contains -- -- $typed
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

function __scope_takes
    switch "$argv[1] $argv[2]"
        case 'spawn --name' 'spawn -n' 'spawn --label' 'spawn -l' 'spawn --cwd' 'spawn -C' 'spawn --env' 'spawn -e' 'spawn --var' 'spawn --template' 'spawn --base' 'spawn --setup' 'spawn --check' 'spawn --retries' 'spawn -r' 'spawn --playbook' 'spawn --variation' 'spawn --assignable' 'spawn --supervisor' 'spawn --expected' 'spawn --budget' 'spawn --level' 'spawn --role' 'spawn --agent' 'spawn --timeout' 'spawn --idle-timeout' 'spawn --priority' 'spawn --after' 'spawn --parent' 'spawn -p' 'spawn --job-type' 'spawn --entity-type' 'spawn --signal' 'spawn --skill' 'spawn --executor'
            return 0
        case 'wait --label' 'wait -l' 'wait --number' 'wait -n' 'wait --timeout' 'wait -t' 'wait --until' 'wait -u'
            return 0
        case 'poll --label' 'poll -l'
            return 0
        case 'ls --label' 'ls -l' 'ls --state' 'ls -s'
            return 0
        case 'tree --label' 'tree -l'
            return 0
        case 'top --label' 'top -l' 'top --state' 'top -s'
            return 0
        case 'logs --lines' 'logs -n' 'logs --attempt'
            return 0
        case 'refine --label' 'refine -l' 'refine --agent' 'refine --target' 'refine --check' 'refine --setup' 'refine --timeout' 'refine --name' 'refine -n' 'refine --supervisor'
            return 0
        case 'abort --label' 'abort -l'
            return 0
        case 'retry --label' 'retry -l'
            return 0
        case 'pause --reason' 'pause -r'
            return 0
        case 'inbox --state' 'inbox --assignee'
            return 0
        case 'answer --var' 'answer --name' 'answer --match' 'answer --until'
            return 0
        case 'silence --for' 'silence --why' 'silence --expire'
            return 0
        case 'policy --match' 'policy --then' 'policy --answer' 'policy --advice' 'policy --var' 'policy --until' 'policy --why'
            return 0
        case 'event --data' 'event -d' 'event --session' 'event -s' 'event --label' 'event -l'
            return 0
        case 'ask --option' 'ask -o' 'ask --default' 'ask --deadline'
            return 0
        case 'fail --class' 'fail -c' 'fail --needs' 'fail --until' 'fail --fingerprint' 'fail --tried'
            return 0
        case 'cost --label' 'cost -l' 'cost --by' 'cost -b' 'cost --since'
            return 0
        case 'agent --from' 'agent --supervisor'
            return 0
        case 'skill --job-type' 'skill --entity-type' 'skill --signal' 'skill --label' 'skill -l' 'skill --agent' 'skill --from'
            return 0
        case 'stats --by' 'stats -b' 'stats --since'
            return 0
        case 'report --html' 'report --since' 'report --by' 'report -b'
            return 0
        case 'gc --older' 'gc --keep'
            return 0
        case 'rm --label' 'rm -l'
            return 0
        case 'events --since'
            return 0
    end
    return 1
end

complete -c scope -n __scope_is_first -a init -d 'Make a .scope/ here, or trust the one that is here.'
complete -c scope -n '__scope_is init' -s h -l help -d 'explain it'

complete -c scope -n __scope_is_first -a doctor -d 'Say what is there of all that work needs, and what to do about the rest.'
complete -c scope -n '__scope_is doctor' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is doctor' -l fix -d 'Do what is safe to do, then look again.'
complete -c scope -n '__scope_is doctor' -l json -d 'Print an array: check, ok, needed, says, repair.'

complete -c scope -n __scope_is_first -a demo -d 'See it learn: one job for six repositories, failing, advised, and not failing twice.'
complete -c scope -n '__scope_is demo' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is demo' -l json -d 'Print an object: dir, deviations (empty: as planned), sessions (as scope ls --json).'
complete -c scope -n '__scope_at demo 1' -a '(__fish_complete_directories (commandline -ct))'

complete -c scope -n __scope_is_first -a spawn -d 'Start work as a session of its own and print its id.'
complete -c scope -n '__scope_is spawn' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is spawn' -l name -s n -x -d 'A name to call it by, unique among those that have not ended.'
complete -c scope -n '__scope_is spawn' -l label -s l -x -k -a '(__scope_live labels)' -d 'A label to select it by; repeatable.'
complete -c scope -n '__scope_is spawn' -l cwd -s C -x -a '(__fish_complete_directories (commandline -ct))' -d 'Where it works; default: here.'
complete -c scope -n '__scope_is spawn' -l env -s e -x -d 'Set a variable, or pass one of yours that looks like a secret (*_KEY, *_TOKEN, …); repeatable.'
complete -c scope -n '__scope_is spawn' -l var -x -d 'Fill {{ K }} within the command\'s arguments or in templates; skills and advice set such variables, too, and no others; repeatable.'
complete -c scope -n '__scope_is spawn' -l template -r -F -d 'Write a file below the working directory from a template; repeatable.'
complete -c scope -n '__scope_is spawn' -l worktree -d 'Work in a git work tree of its own, which each attempt begins clean.'
complete -c scope -n '__scope_is spawn' -l base -x -d 'The commit that its work tree begins with; default: HEAD.'
complete -c scope -n '__scope_is spawn' -l setup -x -d 'A shell line run in that work tree each time, before the work.'
complete -c scope -n '__scope_is spawn' -l replayable -d 'It may be run again, in a clean work tree, to try what was learned.'
complete -c scope -n '__scope_is spawn' -l check -x -d 'A shell line run after exit 0; its exit 0 makes the work verified. In a task file it may be a signal that comes later: scope event --help.'
complete -c scope -n '__scope_is spawn' -l retries -s r -x -d 'Further attempts when one fails; default 0, or 3 with --playbook, --variation or --assignable.'
complete -c scope -n '__scope_is spawn' -l playbook -x -a '(__scope_list restart vary reassign reframe defer escalate default)' -d 'The moves that its supervisor may make after a failure, in this order: restart, vary, reassign, reframe, defer, escalate, with commas between; or default.'
complete -c scope -n '__scope_is spawn' -l variation -x -d 'What vary tries: env:K=V, args:WORDS (behind its own), command:WORDS (instead), timeout:TIME; repeatable, tried in this order.'
complete -c scope -n '__scope_is spawn' -l assignable -x -k -a '(__scope_live agents)' -d 'An agent that reassign may give it to; repeatable, or several with commas.'
complete -c scope -n '__scope_is spawn' -l supervisor -x -k -a '(__scope_live agents)' -d 'The agent that supervises it, declared in agents/NAME/identity.md; default: an implied one.'
complete -c scope -n '__scope_is spawn' -l expected -x -d 'How long an attempt should take: from then on, one that makes no progress is taken for stuck.'
complete -c scope -n '__scope_is spawn' -l budget -x -a 'usd= tokens= calls= children= seconds=' -d 'What it may spend with all below it: usd, tokens, calls, children, and seconds for all its attempts; repeatable, or several with commas.'
complete -c scope -n '__scope_is spawn' -l level -x -d 'The level of the models that it may use; default: that of its role.'
complete -c scope -n '__scope_is spawn' -l role -x -a 'executor advisor checker reducer filter' -d 'The same by its role, such as executor (the default) or advisor.'
complete -c scope -n '__scope_is spawn' -l agent -x -k -a '(__scope_live agents)' -d 'The agent that it runs for, declared in agents/NAME/identity.md.'
complete -c scope -n '__scope_is spawn' -l timeout -x -d 'Longest time for one attempt: 90 (seconds), 10m, 1h30m.'
complete -c scope -n '__scope_is spawn' -l idle-timeout -x -d 'Longest time for one attempt without output.'
complete -c scope -n '__scope_is spawn' -l priority -x -d 'The higher starts first when slots are scarce; default 0.'
complete -c scope -n '__scope_is spawn' -l after -x -k -a '(__scope_live sessions)' -d 'Start when this session is done; repeatable, or several with commas.'
complete -c scope -n '__scope_is spawn' -l after-any -d 'Start when those of --after have ended, however they ended.'
complete -c scope -n '__scope_is spawn' -l parent -s p -x -k -a '(__scope_live sessions)' -d 'Make it a child; default: the session this runs inside.'
complete -c scope -n '__scope_is spawn' -l job-type -x -d 'The kind of work, for skills to match on.'
complete -c scope -n '__scope_is spawn' -l entity-type -x -d 'The kind of thing it works on, for skills to match on.'
complete -c scope -n '__scope_is spawn' -l signal -x -d 'What is true of that thing; repeatable.'
complete -c scope -n '__scope_is spawn' -l skill -x -d 'The one skill to begin with, instead of those that match.'
complete -c scope -n '__scope_is spawn' -l executor -x -a 'command model template' -d 'What carries it out: command, model or template; default: as given.'
complete -c scope -n '__scope_is spawn' -l wait -s w -d 'Wait for it, then print its result, as scope wait does.'
complete -c scope -n '__scope_is spawn' -l quiet -s q -d 'With --wait, print no result and say nothing: the exit code tells.'
complete -c scope -n '__scope_is spawn' -l verbose -s v -d 'With --wait, say each change of state on standard error.'
complete -c scope -n '__scope_is spawn' -l json -d 'Print an object: id (with --wait, what scope wait --json prints).'

complete -c scope -n __scope_is_first -a wait -d 'Wait until sessions have ended, then print their results.'
complete -c scope -n '__scope_is wait' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is wait' -l label -s l -x -k -a '(__scope_live labels)' -d 'All sessions with this label; repeatable.'
complete -c scope -n '__scope_is wait' -l all -s a -d 'Wait for all of them; this is the default.'
complete -c scope -n '__scope_is wait' -l any -d 'Wait for one of them.'
complete -c scope -n '__scope_is wait' -l number -s n -x -d 'Wait for N of them.'
complete -c scope -n '__scope_is wait' -l timeout -s t -x -d 'Give up after this long: 90 (seconds), 10m, 1h30m.'
complete -c scope -n '__scope_is wait' -l until -s u -x -a '(__scope_list done failed aborted ended needs-input running)' -d 'What to wait for, with commas between: done, failed, aborted, ended (the default), needs-input, running.'
complete -c scope -n '__scope_is wait' -l propagate -d 'Exit with the session\'s own exit code; for one session.'
complete -c scope -n '__scope_is wait' -l quiet -s q -d 'Print no results and say nothing: the exit code tells.'
complete -c scope -n '__scope_is wait' -l verbose -s v -d 'Say each change of state on standard error, as it happens.'
complete -c scope -n '__scope_is wait' -l json -d 'Print an array: id, state, verified, exit, attempt, why, ended, result.'
complete -c scope -n '__scope_is wait' -k -a '(__scope_live live)'

complete -c scope -n __scope_is_first -a poll -d 'Say how sessions stand, without waiting: ID STATE ACTIVITY, one line each.'
complete -c scope -n '__scope_is poll' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is poll' -l label -s l -x -k -a '(__scope_live labels)' -d 'All sessions with this label; repeatable.'
complete -c scope -n '__scope_is poll' -l json -d 'Print an array of objects: id, state, activity.'
complete -c scope -n '__scope_is poll' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a ls -d 'List sessions: id, state, age, name, task and activity.'
complete -c scope -n '__scope_is ls' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is ls' -l label -s l -x -k -a '(__scope_live labels)' -d 'Only with this label; repeatable.'
complete -c scope -n '__scope_is ls' -l state -s s -x -a 'pending running waiting recovering deferred escalated done failed aborted' -d 'Only in this state; repeatable.'
complete -c scope -n '__scope_is ls' -l live -d 'Only those that have not ended.'
complete -c scope -n '__scope_is ls' -l json -d 'Print an array: id, parent, name, state, activity, title, executor, labels, created, age_s, attempts, attach (the tmux command line).'
complete -c scope -n '__scope_is ls' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a tree -d 'Show sessions with their children under them: state, age, activity.'
complete -c scope -n '__scope_is tree' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is tree' -l label -s l -x -k -a '(__scope_live labels)' -d 'Only with this label; repeatable.'
complete -c scope -n '__scope_is tree' -l supervisors -d 'Show who supervises whom, with load and health, above the sessions.'
complete -c scope -n '__scope_is tree' -l json -d 'Print an array of the objects of scope ls --json, each with its children; with --supervisors one object: name, kind, supervisor, load, span, overloaded, restarts, intensity, period_s, has_given_up, failed, escalated, problem, sessions (ids), children.'
complete -c scope -n '__scope_is tree' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a top -d 'Watch all sessions live: the tree, logs, costs and open questions; steer them by keys.'
complete -c scope -n '__scope_is top' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is top' -l label -s l -x -k -a '(__scope_live labels)' -d 'All sessions with this label; repeatable.'
complete -c scope -n '__scope_is top' -l state -s s -x -a 'pending running waiting recovering deferred escalated done failed aborted' -d 'Only in this state; repeatable.'
complete -c scope -n '__scope_is top' -l live -d 'Only those that have not ended.'
complete -c scope -n '__scope_is top' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a logs -d 'Print what a session has printed.'
complete -c scope -n '__scope_is logs' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is logs' -l follow -s f -d 'Go on as it prints, through further attempts, until the session has ended.'
complete -c scope -n '__scope_is logs' -l lines -s n -x -d 'Only the last N lines.'
complete -c scope -n '__scope_is logs' -l attempt -x -d 'Which attempt; default: the latest.'
complete -c scope -n '__scope_is logs' -l raw -d 'The bytes as they were, also into a pipe.'
complete -c scope -n '__scope_at logs 1' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a attach -d 'Enter the live terminal of a session; Ctrl-b d leaves it.'
complete -c scope -n '__scope_is attach' -s h -l help -d 'explain it'
complete -c scope -n '__scope_at attach 1' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a show -d 'Show everything about one session on one page.'
complete -c scope -n '__scope_is show' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is show' -l json -d 'Print an object: id, name, state, why, verified, archived (the file), parent, title, task, problem, labels, after, created, by, ended, exit, result, attempts, question, advice, children, cost, worktree, files, attach.'
complete -c scope -n '__scope_at show 1' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a land -d 'Merge what a session did in its own work tree into the branch that you have checked out.'
complete -c scope -n '__scope_is land' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is land' -l unverified -d 'Land it although no check has verified it.'
complete -c scope -n '__scope_is land' -l squash -d 'As one commit, without its branch\'s own.'
complete -c scope -n '__scope_is land' -l keep -d 'Keep its work tree and its branch.'
complete -c scope -n '__scope_is land' -l dry-run -d 'Only say what would be landed, and change nothing.'
complete -c scope -n '__scope_is land' -l json -d 'Print an object: id, commit, into, branch, worktree (null when removed), files.'
complete -c scope -n '__scope_at land 1' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a refine -d 'Land verified work on a branch, one session after another, merged and checked first.'
complete -c scope -n '__scope_is refine' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is refine' -l label -s l -x -k -a '(__scope_live labels)' -d 'Only with this label; repeatable.'
complete -c scope -n '__scope_is refine' -l agent -x -k -a '(__scope_live agents)' -d 'Only what runs for this agent.'
complete -c scope -n '__scope_is refine' -l target -x -d 'Where to land; default: the branch that is checked out here.'
complete -c scope -n '__scope_is refine' -l check -x -d 'A shell line run on each merge; default: each session\'s own check.'
complete -c scope -n '__scope_is refine' -l setup -x -d 'A shell line run once in its work tree, before the first merge.'
complete -c scope -n '__scope_is refine' -l timeout -x -d 'The longest time for one check; default: 1h.'
complete -c scope -n '__scope_is refine' -l unverified -d 'Take what is done also where nothing has verified it.'
complete -c scope -n '__scope_is refine' -l squash -d 'Each as one commit, without its branch\'s own.'
complete -c scope -n '__scope_is refine' -l keep -d 'Keep work trees and branches of what has landed.'
complete -c scope -n '__scope_is refine' -l stay -d 'Do not end when the queue is empty: wait for more.'
complete -c scope -n '__scope_is refine' -l name -s n -x -d 'Its name; default: refinery, the repository, the branch.'
complete -c scope -n '__scope_is refine' -l supervisor -x -k -a '(__scope_live agents)' -d 'The agent that supervises it; default: an implied one.'
complete -c scope -n '__scope_is refine' -l dry-run -d 'Only list what would be taken now, in that order, and begin nothing.'
complete -c scope -n '__scope_is refine' -l json -d 'Print an object: id (null with --dry-run), into, repository, queue (ids).'
complete -c scope -n '__scope_is refine' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a send -d 'Send a message to a session: typed into its terminal, and confirmed.'
complete -c scope -n '__scope_is send' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is send' -l no-wait -d 'Do not wait for the delivery.'
complete -c scope -n '__scope_at send 1' -k -a '(__scope_live live)'

complete -c scope -n __scope_is_first -a redirect -d 'Give a session another task: what it runs is ended and kept, a new attempt begins.'
complete -c scope -n '__scope_is redirect' -s h -l help -d 'explain it'
complete -c scope -n '__scope_at redirect 1' -k -a '(__scope_live live)'

complete -c scope -n __scope_is_first -a abort -d 'End sessions, and everything below them; results and logs stay.'
complete -c scope -n '__scope_is abort' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is abort' -l label -s l -x -k -a '(__scope_live labels)' -d 'All sessions with this label; repeatable.'
complete -c scope -n '__scope_is abort' -k -a '(__scope_live live)'

complete -c scope -n __scope_is_first -a retry -d 'Try failed or aborted sessions again, with as many retries as at first.'
complete -c scope -n '__scope_is retry' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is retry' -l label -s l -x -k -a '(__scope_live labels)' -d 'All sessions with this label; repeatable.'
complete -c scope -n '__scope_is retry' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a pause -d 'Let no attempt begin in this .scope/ until scope resume; what runs goes on.'
complete -c scope -n '__scope_is pause' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is pause' -l reason -s r -x -d 'Why, for whoever asks after what waits.'

complete -c scope -n __scope_is_first -a resume -d 'Let work begin again in this .scope/ after scope pause.'
complete -c scope -n '__scope_is resume' -s h -l help -d 'explain it'

complete -c scope -n __scope_is_first -a rename -d 'Call a session by another name from now on.'
complete -c scope -n '__scope_is rename' -s h -l help -d 'explain it'
complete -c scope -n '__scope_at rename 1' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a inbox -d 'List what waits for you: id, state, age, severity, sessions, question; or show one.'
complete -c scope -n '__scope_is inbox' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is inbox' -l all -s a -d 'Also what is answered or closed.'
complete -c scope -n '__scope_is inbox' -l state -x -a 'open acked silenced answered closed' -d 'Only these: open, acked, silenced, answered or closed.'
complete -c scope -n '__scope_is inbox' -l assignee -x -k -a '(__scope_live agents)' -d 'Only what this one is to answer; human for yourself.'
complete -c scope -n '__scope_is inbox' -l test-notification -d 'Notify yourself now, by every way that is set up.'
complete -c scope -n '__scope_is inbox' -l json -d 'Print an array, or of one that is shown an object, with its body besides: id, state, kind, severity, opened, age_s, question, options, default, deadline, answer, by, vars, sessions, members, class, fingerprint, path, problem, policy, assignee, silenced, notified, needs, job_type, entity_type, agent, supervisor, labels.'
complete -c scope -n '__scope_is inbox' -k -a '(__scope_live questions)'

complete -c scope -n __scope_is_first -a answer -d 'Answer a question or a group of like failures from scope inbox.'
complete -c scope -n '__scope_is answer' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is answer' -l var -x -d 'A value for a variable that the work declares; repeatable.'
complete -c scope -n '__scope_is answer' -l as-policy -d 'Let it hold for all cases like this one, from now on.'
complete -c scope -n '__scope_is answer' -l name -x -d 'With --as-policy: what the policy is called.'
complete -c scope -n '__scope_is answer' -l match -x -d 'The same: what it is about instead; see scope policy.'
complete -c scope -n '__scope_is answer' -l until -x -d 'The same: how long it holds, such as 30d.'
complete -c scope -n '__scope_is answer' -l json -d 'Print an object: id, answer, by, vars, sessions, policy.'
complete -c scope -n '__scope_at answer 1' -k -a '(__scope_live questions)'

complete -c scope -n __scope_is_first -a ack -d 'Say that you have seen what waits for you: it stays open, and reminds you no more.'
complete -c scope -n '__scope_is ack' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is ack' -l json -d 'Print an array: id, state.'
complete -c scope -n '__scope_is ack' -k -a '(__scope_live questions)'

complete -c scope -n __scope_is_first -a silence -d 'Hear nothing of some cases for a time; or list what is silenced, or end that.'
complete -c scope -n '__scope_is silence' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is silence' -l for -x -d 'For how long: 90 (seconds), 2h, 3d; or until 2026-01-02T15:04:05Z.'
complete -c scope -n '__scope_is silence' -l why -x -d 'Why, for whoever reads it.'
complete -c scope -n '__scope_is silence' -l expire -x -d 'End a silence now.'
complete -c scope -n '__scope_is silence' -l all -s a -d 'List also those that have ended.'
complete -c scope -n '__scope_is silence' -l json -d 'Print an array: id, match, until, left_s, why, by, made, path, problem.'

complete -c scope -n __scope_is_first -a forward -d 'Let somebody else answer what waits in your inbox: one who is above those who ask.'
complete -c scope -n '__scope_is forward' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is forward' -l json -d 'Print an object: id, assignee.'
complete -c scope -n '__scope_at forward 1' -k -a '(__scope_live questions)'
complete -c scope -n '__scope_at forward 2' -k -a '(__scope_live agents)'

complete -c scope -n __scope_is_first -a policy -d 'List, show, make, edit and withdraw policies: your answers that hold from now on.'
complete -c scope -n '__scope_is policy' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is policy' -l match -x -d 'With new: what it is about; repeatable.'
complete -c scope -n '__scope_is policy' -l then -x -a 'pass retry fail escalate' -d 'The same: what a failure leads to.'
complete -c scope -n '__scope_is policy' -l answer -x -d 'The same: what a question is answered with.'
complete -c scope -n '__scope_is policy' -l advice -x -d 'With --then retry: what the next attempt is told.'
complete -c scope -n '__scope_is policy' -l var -x -d 'The same: a value for a variable; repeatable.'
complete -c scope -n '__scope_is policy' -l until -x -d 'With new: how long it holds, 30d or 2026-12-31T00:00:00Z.'
complete -c scope -n '__scope_is policy' -l why -x -d 'The same: why, for whoever reads it.'
complete -c scope -n '__scope_is policy' -l all -s a -d 'With list: also those that have ended.'
complete -c scope -n '__scope_is policy' -l json -d 'Print an array, or an object where one is named: name, match, then, answer, advice, vars, until, holds, uses, by, from, made, why, path, problem.'
complete -c scope -n '__scope_at policy 1' -a 'list show new edit withdraw'

complete -c scope -n __scope_is_first -a event -d 'Let a signal come from outside, for work whose check comes late.'
complete -c scope -n '__scope_is event' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is event' -l data -s d -x -d 'What it brings, an object; - for standard input.'
complete -c scope -n '__scope_is event' -l session -s s -x -k -a '(__scope_live sessions)' -d 'Only for this session: id, name or quoted glob; repeatable.'
complete -c scope -n '__scope_is event' -l label -s l -x -k -a '(__scope_live labels)' -d 'Only for those with this label; repeatable.'
complete -c scope -n '__scope_is event' -l json -d 'Print an object: signal, time, by, data, waiting (the sessions that wait for it).'

complete -c scope -n __scope_is_first -a progress -d 'Inside a session: say in one line what it does now, and prove that it goes on.'
complete -c scope -n '__scope_is progress' -s h -l help -d 'explain it'

complete -c scope -n __scope_is_first -a ask -d 'Inside a session: ask a person, wait for the answer, and print it.'
complete -c scope -n '__scope_is ask' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is ask' -l option -s o -x -d 'An answer to choose from, one line; repeatable.'
complete -c scope -n '__scope_is ask' -l default -x -d 'The answer at the deadline; one of the options, if there are any.'
complete -c scope -n '__scope_is ask' -l deadline -x -d 'How long to wait, 90 (seconds) or 10m; or 2026-01-02T15:04:05Z.'
complete -c scope -n '__scope_is ask' -l json -d 'Print an object: answer, by.'

complete -c scope -n __scope_is_first -a fail -d 'Inside a session: report why the work cannot be done, and stop cleanly.'
complete -c scope -n '__scope_is fail' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is fail' -l class -s c -x -a 'transient timeout resource lost budget quota missing_context wrong_approach task_too_big dependency_cycle policy unknown' -d 'What kind of failure it is, as above; required.'
complete -c scope -n '__scope_is fail' -l needs -x -d 'What would help; by default what the class needs.'
complete -c scope -n '__scope_is fail' -l until -x -d 'When trying again makes sense: in 10m, at 2026-01-02T15:04:05Z, or done:ID, when that session is done.'
complete -c scope -n '__scope_is fail' -l fingerprint -x -d 'What like failures have in common, where you know it better.'
complete -c scope -n '__scope_is fail' -l tried -x -d 'What was tried in vain; repeatable.'

complete -c scope -n __scope_is_first -a cost -d 'Say what models cost: calls, tokens, dollars and time, by session or otherwise.'
complete -c scope -n '__scope_is cost' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is cost' -l label -s l -x -k -a '(__scope_live labels)' -d 'All sessions with this label; repeatable.'
complete -c scope -n '__scope_is cost' -l by -s b -x -a 'session tree agent job level skill model day' -d 'What is added up: session (the default), tree, agent, job, level, skill, model or day.'
complete -c scope -n '__scope_is cost' -l since -x -d 'Only from then on: 7d, 12h, or a day such as 2026-01-02 (UTC).'
complete -c scope -n '__scope_is cost' -l json -d 'Print an array: by, key, calls, prompt_tokens, cached_tokens, completion_tokens, cost, unpriced, seconds, errors.'
complete -c scope -n '__scope_is cost' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a budget -d 'Say what a session may spend and has spent, or let it spend more.'
complete -c scope -n '__scope_is budget' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is budget' -l json -d 'Print an object: id, budget, spent, own, left (of the scarcest, 0 to 1).'
complete -c scope -n '__scope_at budget 1' -k -a '(__scope_live sessions)'
complete -c scope -n '__scope_at budget 2' -a 'usd= tokens= calls= children= seconds='

complete -c scope -n __scope_is_first -a router -d 'Be the router to the models, or ask after it, or stop it.'
complete -c scope -n '__scope_is router' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is router' -l json -d 'With status, print an object: alive, pid, root, log, socket, port, requests, under_way, started.'
complete -c scope -n '__scope_at router 1' -a 'status stop'

complete -c scope -n __scope_is_first -a up -d 'Make the tree of supervisors as .scope/tree.yaml declares it, or say what would change.'
complete -c scope -n '__scope_is up' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is up' -l dry-run -d 'Only say what differs, and change nothing.'
complete -c scope -n '__scope_is up' -l force -d 'Take the declaration\'s word over what was changed by hand.'
complete -c scope -n '__scope_is up' -l prune -d 'Retire who was written by up, and is declared no more.'
complete -c scope -n '__scope_is up' -l json -d 'Print an array: name, change (added, changed, conflict, undeclared or same), keys (of each that differs: its old value and its new one), done, why (it was not), path.'

complete -c scope -n __scope_is_first -a agent -d 'List and show agents and the templates of them, or make a new one.'
complete -c scope -n '__scope_is agent' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is agent' -l from -x -d 'With new: what it begins with; default: worker.'
complete -c scope -n '__scope_is agent' -l supervisor -x -k -a '(__scope_live agents)' -d 'With new: whom it reports to; default: human.'
complete -c scope -n '__scope_is agent' -l json -d 'Print an array, or an object where one is named: name, kind (agent or template), role, supervisor, strategy, span, playbook, executor, level, path, problem.'
complete -c scope -n '__scope_at agent 1' -a 'list show new'
complete -c scope -n '__scope_at agent 2' -k -a '(__scope_live agents)'

complete -c scope -n __scope_is_first -a skill -d 'List, match, write and judge skills: what work begins with.'
complete -c scope -n '__scope_is skill' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is skill' -l job-type -x -d 'With match and new: the kind of work.'
complete -c scope -n '__scope_is skill' -l entity-type -x -d 'With match and new: the kind of thing that it works on.'
complete -c scope -n '__scope_is skill' -l signal -x -d 'The same: what is true of that thing; repeatable.'
complete -c scope -n '__scope_is skill' -l label -s l -x -k -a '(__scope_live labels)' -d 'The same: a label; repeatable.'
complete -c scope -n '__scope_is skill' -l agent -x -k -a '(__scope_live agents)' -d 'The agent whose own skills come first, or get the new one.'
complete -c scope -n '__scope_is skill' -l why -d 'With match: also what is not given, and why.'
complete -c scope -n '__scope_is skill' -l from -x -d 'With new: its text; - for standard input.'
complete -c scope -n '__scope_is skill' -l lift -d 'With quarantine: end it, and begin to count anew.'
complete -c scope -n '__scope_is skill' -l json -d 'Print an array, or an object where one skill is named: name, description, place, tier, within, path, revision, version, source, verdict, by, n, successes, failures, base_rate, posterior, lower, cost_per_success, problem.'
complete -c scope -n '__scope_at skill 1' -a 'list show match new edit lint evidence history diff quarantine trust'

complete -c scope -n __scope_is_first -a stats -d 'Say how work went, who helped, what it cost, and whether the tree is healthy.'
complete -c scope -n '__scope_is stats' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is stats' -l by -s b -x -a 'job skill level day week supervisor all' -d 'What is added up: job (the default), skill, level, day, week, supervisor or all.'
complete -c scope -n '__scope_is stats' -l since -x -d 'Only what ended since: 7d, 12h, or a day such as 2026-01-02 (UTC).'
complete -c scope -n '__scope_is stats' -l json -d 'Print an array: by, key, tasks, verified, cost_per_success, attempts, with_skill, passed_with_skill, cost_with_skill, without_skill, passed_without_skill, cost_without_skill, repeats, alone, by_skill, by_rules, by_models, by_human, escalation_cost, ended, aborted, escalated, escalation_rate, at_worker, at_supervisor, at_coordinator, at_human, untold, resolution_median_s, resolution_p90_s, failures, recurred, restarts, load, span, verdict, advice.'

complete -c scope -n __scope_is_first -a report -d 'Write how work went as one HTML page: the verdict, curves, open cases, the tree.'
complete -c scope -n '__scope_is report' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is report' -l html -r -F -d 'Where the page goes; - is standard output.'
complete -c scope -n '__scope_is report' -l since -x -d 'Only what ended since: 7d, 12h, or a day such as 2026-01-02 (UTC).'
complete -c scope -n '__scope_is report' -l by -s b -x -a 'day week' -d 'The curves go by day or by week.'
complete -c scope -n '__scope_is report' -l force -s f -d 'Replace the file whatever it is.'
complete -c scope -n '__scope_is report' -l json -d 'Print an object: path, ended, open, verdict.'

complete -c scope -n __scope_is_first -a gc -d 'Put sessions that ended long ago into archives, and say what that frees.'
complete -c scope -n '__scope_is gc' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is gc' -l older -x -d 'Only those that ended so long ago, such as 12h; default: 7d.'
complete -c scope -n '__scope_is gc' -l keep -x -d 'Keep the N that ended last, however old they are.'
complete -c scope -n '__scope_is gc' -l dry-run -s n -d 'Only say what would be archived, and change nothing.'
complete -c scope -n '__scope_is gc' -l json -d 'Print an array: id, done (archived, kept, would-archive), why, freed, archive, worktree (null where there is none).'

complete -c scope -n __scope_is_first -a rm -d 'Remove ended sessions for good, and all below them; scope gc keeps an archive.'
complete -c scope -n '__scope_is rm' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is rm' -l label -s l -x -k -a '(__scope_live labels)' -d 'All sessions with this label; repeatable.'
complete -c scope -n '__scope_is rm' -l force -s f -d 'Remove work trees and branches too that hold what is nowhere else.'
complete -c scope -n '__scope_is rm' -l json -d 'Print an array: id, done (removed, kept), why, freed, archive, worktree (null where there is none).'
complete -c scope -n '__scope_is rm' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a events -d 'Print every change of state: sequence number, time, session, change, reason.'
complete -c scope -n '__scope_is events' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is events' -l follow -s f -d 'Go on as they happen.'
complete -c scope -n '__scope_is events' -l since -x -d 'Only those after this sequence number.'
complete -c scope -n '__scope_is events' -l json -d 'Print an array (with --follow one object per line): seq, time, session, attempt, from, to, why, decision.'

complete -c scope -n __scope_is_first -a explain -d 'Say why a session is in its state: which files, locks and signs say so.'
complete -c scope -n '__scope_is explain' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is explain' -l json -d 'Print an object: id, state, why, task, problem, attempt, signs, waits_for, supervision, decisions, watcher, directory, attach.'
complete -c scope -n '__scope_at explain 1' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a path -d 'Print where a thing lies: the root, config, a log, a session, an attempt; or list them.'
complete -c scope -n '__scope_is path' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is path' -l json -d 'Print an array, or an object for one thing: thing, path, there.'
complete -c scope -n '__scope_at path 1' -a 'root config sessions inbox events ledger outcomes skills agents policies signals run log router-log home home-config home-skills home-agents roots session task result decisions attempt output brief trajectory failure changes worktree'
complete -c scope -n '__scope_at path 2' -k -a '(__scope_live sessions)'

complete -c scope -n __scope_is_first -a watch -d 'Start the watcher, or ask after it, or stop it.'
complete -c scope -n '__scope_is watch' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is watch' -l foreground -d 'Be the watcher, with its log on standard error, until Ctrl-C.'
complete -c scope -n '__scope_is watch' -l once -d 'Do all that is due now, then leave; for cron, and for tests.'
complete -c scope -n '__scope_is watch' -l json -d 'With status, print an object: alive, pid, root, log, tmux (name, socket, pid), paused (why).'
complete -c scope -n '__scope_at watch 1' -a 'status stop'

complete -c scope -n __scope_is_first -a recover -d 'Say what a reboot interrupted and what becomes of it, and let it go on.'
complete -c scope -n '__scope_is recover' -s h -l help -d 'explain it'
complete -c scope -n '__scope_is recover' -l dry-run -d 'Only list them; nothing is started.'
complete -c scope -n '__scope_is recover' -l json -d 'Print an array: id, name, state, attempt, next, why.'

complete -c scope -n __scope_is_first -a help -d 'Explain a command, or a topic: exit-codes, files, config, task or hooks.'
complete -c scope -n '__scope_is help' -s h -l help -d 'explain it'
complete -c scope -n '__scope_at help 1' -a 'init doctor demo spawn wait poll ls tree top logs attach show land refine send redirect abort retry pause resume rename inbox answer ack silence forward policy event progress ask fail cost budget router up agent skill stats report gc rm events explain path watch recover help completion exit-codes files config task hooks'

complete -c scope -n __scope_is_first -a completion -d 'Print what makes bash, zsh or fish complete commands, options, ids, names and labels.'
complete -c scope -n '__scope_is completion' -s h -l help -d 'explain it'
complete -c scope -n '__scope_at completion 1' -a 'bash zsh fish'
