"""The feed: which posts, in which order, and why."""
