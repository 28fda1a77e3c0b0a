"""Views that belong to no room: health, errors."""
