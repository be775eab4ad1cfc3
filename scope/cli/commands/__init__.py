"""One module per command: its grammar and what it does."""
