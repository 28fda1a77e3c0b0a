"""What people are to each other: follows, lists, and keeping somebody at a distance."""
