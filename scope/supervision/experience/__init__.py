"""What failures taught: the skills that an attempt is given, and what its outcome says of them."""
