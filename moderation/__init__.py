"""Moderation: hiding and restoring, with an audit trail nobody can edit."""
