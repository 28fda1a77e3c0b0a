"""Search: what the index holds, what is asked, and what that finds."""
