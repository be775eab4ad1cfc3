"""The sessions in the watcher's care, their journals, and the watcher's own clock and log."""
