"""E-mail addresses: whose they are, what is mailed to them, and links for a new password."""
