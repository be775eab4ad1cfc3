"""What can be seen of a session: its processes, its files, its words, and how an attempt ended."""
