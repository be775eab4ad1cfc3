"""Router, roster, ledger and budgets; the only door to litellm (a later issue fills this room)."""
