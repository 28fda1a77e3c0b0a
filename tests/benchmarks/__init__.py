"""Every benchmark runs, small: that it ends well and prints its figures, not which."""
