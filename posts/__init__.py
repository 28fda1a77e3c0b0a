"""Posts: photos and their pipeline, captions, likes, comments, and the pages that show them."""
