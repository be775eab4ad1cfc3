"""News that leaves the house: to people, to the channels they chose, and to their hooks."""
