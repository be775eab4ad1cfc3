#!/bin/sh
# One attempt of a command session, in its pane: sh attempt.sh ATTEMPT_DIRECTORY
#
# Takes the attempt's lock, says that it has begun, prepares the place, runs the command and then its check, has
# recorded what is to be kept of it, and publishes one exit code: the preparation's where that failed, the command's, or when that is 0 the check's.
# What it is told stands in the files `command` (argv, directory, check, variables, as shell words) and `env`,
# never in its arguments.
# An attempt that was begun, ended or closed before is refused with 75.
attempt=$1
umask 077
prepare() { :; } # what the orders may have done before the work
record() { :; }  # ... and after it, before it is said to have ended

. "$attempt/command" || exit 75
exec 9>>"$attempt/lock" || exit 75
# Inherited by all that it starts, so the lock comes free when the last of them has gone.
flock 9 2>/dev/null || "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)' || exit 75
for sign in closed exit started; do
	[ ! -e "$attempt/$sign" ] || exit 75
done

# A person's Ctrl-C or an abort ends the command; the wrapper lives on to say how it ended.
trap : INT QUIT TERM
# HUP is not trapped: when the terminal goes, the wrapper goes, and with it the kernel hangs up on the
# command. Its attempt was lost, which is not the command's fault.

# Room for the exit code is taken now, so that a full disk cannot lose it.
printf '    \n' >"$attempt/exit.new" || exit 75
boot=
read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id
printf '%s %s\n' "$$" "$boot" >"$attempt/started" || exit 75

in_place() (
	cd -- "$directory" || exit 126
	. "$environment"
	overlay
	exec "$@"
)

prepare && in_place "$@"
code=$?
if [ "$code" -eq 0 ] && [ -n "$check" ]; then
	# Its output goes to the pane and to the file `check`; its code comes back beside them.
	exec 3>&1
	code=$({ { in_place sh -c "$check" 3>&- 4>&-; echo "$?" >&4; } 2>&1 | tee -- "$attempt/check" >&3; } 4>&1)
	exec 3>&-
	code=${code:-1}
	printf 'exit %s\n' "$code" >>"$attempt/check"
fi
record

# What begins from here on is no work, and whoever ends the work does not end it: `mv` says how it went.
trap '' INT QUIT TERM
# The last bytes of the log: when these are there, all are. Terminals show nothing for them.
printf '\033]7797;scope exit %s\033\\' "$code"
printf '%-4s' "$code" 1<>"$attempt/exit.new"
mv -- "$attempt/exit.new" "$attempt/exit"

# tmux drops what is still on its way through the terminal when the last process in it ends (3 of 100 times,
# up to 9 KB). So this one stays until its last bytes are in the log, or somebody hangs up.
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	case $(tail -c 32 "$attempt/output.log") in *'scope exit '*) break ;; esac
	sleep 0.1
done 2>/dev/null
exit "$code"
