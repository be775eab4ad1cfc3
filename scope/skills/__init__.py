"""The skill library and its evidence, and the runbooks, which are rules."""
