"""What became of somebody's things: the file of a photo, and all that a deleted post stored."""
