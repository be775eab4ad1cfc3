"""One attempt of one task inside its pane."""
