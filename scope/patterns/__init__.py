"""Programs over spawn and wait: so far the demonstration."""
