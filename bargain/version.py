"""The version, in the one place from which packaging, the command line and provenance take it."""

__version__ = "0.1.0"
