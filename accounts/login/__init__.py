"""Signing in: who may, how often one may try, with what, and in which browsers somebody is."""
