"""How long a process waits for the parts of the site, so that one that hangs holds up nothing."""
