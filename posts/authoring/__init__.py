"""Posts as their authors make them: drafts, publishing, changes to words and photos, deletion."""
