"""The command line: parse, one call into the pipeline, print, exit code.

Importing this room loads click and nothing numerical: a command is loaded when it is asked for, and imports what it
needs when it runs.  One file a command; :mod:`bargain.cli.program` holds what all share about errors and exit codes.
"""

from bargain.cli.program import main

__all__ = ["main"]
