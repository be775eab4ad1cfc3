"""Pure nouns and decisions: states, ids, tasks, verdicts. No I/O, no clock."""
