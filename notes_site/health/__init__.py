"""Whether the site is well: its parts, its schema, and its figures for Prometheus."""
