"""Work in git: a tree and a branch of its own, and how what was made there lands."""
