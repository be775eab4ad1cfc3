# The setup of a task: sourced by `prepare` in the orders, in the pane, once the work tree is clean.
#
# Given are setup (the line) and report. Where it fails the attempt lacks what it needs, which is reported; what it
# printed stands above that in the log.
. "$scripts/git.sh"
in_place sh -c "$setup"
code=$?
[ "$code" -ne 0 ] || exit 0
# Whoever ended it by a signal knows why.
[ "$code" -lt 130 ] || [ "$code" -gt 192 ] || exit "$code"
refuse missing_context information "the setup '$setup' ended with $code"
