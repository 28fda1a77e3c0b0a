"""Comments: writing them, who may, what waits for the author of the post, and their counters."""
