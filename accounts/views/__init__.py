"""Views about people."""
