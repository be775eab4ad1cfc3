"""Orient: where a case stands among its supervisors, its siblings, the slots and the machine, and what follows."""
