"""Views of leaving."""
