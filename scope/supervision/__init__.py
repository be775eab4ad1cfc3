"""The watcher: observe, orient, decide, act."""
