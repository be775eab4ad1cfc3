"""Cases that one answer may decide, and what is put before a person about them."""
