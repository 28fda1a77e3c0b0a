"""Views about posts, one file a surface."""
