"""Counts of what happened, for metrics and for the health of the tree."""
