"""The processes behind the files: daemons, who holds their locks, how they outlive a login, and the runner."""
