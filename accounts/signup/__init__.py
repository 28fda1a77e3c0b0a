"""Signing up: the form, invitations, who waits for a moderator, and the owner's set-up."""
