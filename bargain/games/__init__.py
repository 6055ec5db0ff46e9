"""Games in normal form and bargaining problems: immutable, and silent about how they are solved."""
