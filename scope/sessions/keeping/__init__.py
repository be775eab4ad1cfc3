"""What is kept of sessions that have ended, where, and for how long."""
