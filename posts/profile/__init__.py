"""What a profile shows of the posts of its person, and the ones they pinned."""
