"""Talks with a clock: what is proposed in which round, before a deadline and without one."""
