"""The command line: parse, one call into the pipeline, print, exit code.

Importing this room loads click and nothing numerical: every command imports what it needs when it runs.  One file a
command; :mod:`bargain.cli.program` holds what all share about errors and exit codes.
"""

from bargain.cli.catalog import catalog
from bargain.cli.check import check
from bargain.cli.convert import convert
from bargain.cli.equilibria import equilibria
from bargain.cli.explain import explain
from bargain.cli.init import init
from bargain.cli.linkage import linkage
from bargain.cli.program import main
from bargain.cli.schema import schema
from bargain.cli.show import show
from bargain.cli.solve import solve
from bargain.cli.test import test
from bargain.cli.verify import verify

__all__ = ["main"]

for _command in (solve, linkage, equilibria, show, check, test, verify, convert, init, catalog, explain, schema):
    main.add_command(_command)
