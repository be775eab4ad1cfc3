"""Who works: identity, memory, relationships (so far their identities)."""
