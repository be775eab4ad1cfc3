"""Router, roster, ledger and budgets; the only door to litellm."""
