"""A session's files, made, read and found: its id, state, result and attempts, what people wish; and the root's own."""
