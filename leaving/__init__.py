"""Leaving: the download of everything, and the account that goes for good."""
