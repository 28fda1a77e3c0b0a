"""The site as people use it: a real Chromium against the running site."""
