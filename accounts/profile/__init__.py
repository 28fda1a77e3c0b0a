"""What people say about themselves, what they are called, and who may see it."""
