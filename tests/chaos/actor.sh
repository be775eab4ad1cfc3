#!/bin/sh
# One attempt of one session of the walk: sh actor.sh KIND, in the project's directory.
#
# Holds a lock of its session's own, which all that it starts inherit: a second attempt beside it is
# a violation. Says once that it ran, and begins and ends with a line that its log must show.
exec 8>>"lock-$SCOPE_SESSION"
flock -n 8
case $? in
0) ;;
1)
	echo "$SCOPE_ATTEMPT ran beside another attempt" >>violations
	exit 99
	;;
*) exit 98 ;; # killed while it took the lock
esac
echo "$SCOPE_ATTEMPT" >>ran
echo "begin $SCOPE_ATTEMPT"

until_go() {
	while [ ! -e go ]; do sleep 0.1; done
}
is_well() {
	test -e well || {
		echo "error: $1"
		exit 3
	}
}
is_first() {
	mkdir "first-$SCOPE_SESSION" 2>/dev/null
}

case $1 in
succeed) ;;
fail) exit 7 ;;
flaky) ! is_first || exit 5 ;;
lines)
	i=0
	while [ "$i" -lt 1500 ]; do
		i=$((i + 1))
		echo "line $i of $SCOPE_ATTEMPT"
	done
	;;
patient | checked | badly-checked | flakily-checked) until_go ;;
stubborn)
	trap '' TERM
	until_go
	;;
detached)
	setsid sleep 600 &
	until_go
	;;
leaving)
	setsid sleep 600 &
	! is_first || exit 6
	;;
late) sleep 600 ;;
parent)
	one=$(scope spawn --retries 2 -- sh "$0" lines) || exit 60
	two=$(scope spawn --retries 1 -- sh "$0" flaky) || exit 61
	three=$(scope spawn --after "$one" -- sh "$0" patient) || exit 62
	scope wait "$one" "$two" "$three" >/dev/null || exit 63
	;;
alike) is_well "the moon is down" ;;
alike-checked) ;;
switched) test "$2" = on || is_well "the switch is $2" ;;
in-vain) is_well "the switch is $2" ;;
reporting) test -e well || scope fail --class "$2" --until 1s "I cannot go on" ;;
asking) echo "got $(scope ask "Left or right?" --option left --option right)" ;;
asking-defaulting) echo "got $(scope ask "Now or later?" --default now --deadline 1s)" ;;
asking-briefly) scope ask "Anybody there?" --deadline 1s || test -e well || exit 8 ;;
progressing)
	while [ ! -e go ]; do
		scope progress "it goes on"
		sleep 0.1
	done
	;;
falling)
	until_go # and then all of them at once
	is_well "it fell"
	;;
stuck) test -e well || sleep 600 ;;
spending)
	sleep 0.4
	is_well "too dear"
	;;
listening) bash -c 'while [ ! -e go ]; do if read -r -t 0.2 line; then echo "heard <$line>"; fi; done' ;;
*) exit 97 ;;
esac
echo "end $SCOPE_ATTEMPT"
