"""What the journals say, in words for people: why a session stands where it stands."""
