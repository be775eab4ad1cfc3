"""The skill library and its evidence (a later issue fills this room)."""
