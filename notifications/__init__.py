"""What happened to me, grouped, and how I want to hear of it."""
