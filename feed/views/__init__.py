"""The pages and documents of the feed."""
