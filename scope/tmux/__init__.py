"""Every tmux call, and the processes that live in its panes: the first runner."""
