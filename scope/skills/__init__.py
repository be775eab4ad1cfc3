"""The skill library: what is given to which work, how it did, what crystallised; and the runbooks, which are rules."""
