# What the attempt changed in its own work tree, as a patch beside it: sourced by `record` in the orders, at its end.
#
# A tree that git no longer knows as the session's own has none. Where this is killed, the next attempt does it.
unset CDPATH
. "$scripts/git.sh"
[ -e "$attempts/$number/base" ] || exit 0 # it did not get as far as its work
{ read -r start && IFS= read -r common; } <"$kept" || exit 1
tree=$(cd -P -- "$root/worktrees" && pwd -P)/$session
is_known && save "$number"
