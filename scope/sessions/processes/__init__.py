"""The processes behind the files: the watcher that a command may rely on, and the runner it starts work with."""
