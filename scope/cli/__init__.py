"""Words in, words out; the only room that knows typer and rich."""
