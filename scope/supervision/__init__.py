"""The watcher: sense, observe, orient, decide, act. Here is the loop; below it, what each step knows and keeps."""
