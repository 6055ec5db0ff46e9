"""Stored results of games checked in plain Python fractions: no numpy, no solver, no tolerance shared with one."""
