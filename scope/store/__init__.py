"""Files as the database: layout, atomic replacement, journals, locks, maildirs, notices of change."""
