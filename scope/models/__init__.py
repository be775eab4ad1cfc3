"""Router, roster, ledger and budgets: the only room that knows litellm, and the client by which all others ask."""
