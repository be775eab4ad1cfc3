"""Who works: identity, memory, relationships (a later issue fills this room)."""
