"""People a member might like to follow: where they are found, and who is left out."""
