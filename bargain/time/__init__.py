"""Talks against a clock, and deals that must hold when they are signed.

One file a question; nothing is imported here, so that a command loads only what it asks.
"""
