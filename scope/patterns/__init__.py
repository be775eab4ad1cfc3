"""Programs over spawn and wait."""
