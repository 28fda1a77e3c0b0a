"""Collections, and the posts that somebody saved for themselves."""
