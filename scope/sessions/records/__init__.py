"""A session's files, read and found: its state, its result, its attempts, and what people wish of it."""
