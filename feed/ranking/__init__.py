"""Ranking as arithmetic: no rows, no Django."""
