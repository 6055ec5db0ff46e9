"""``bargain schema``: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

import json

import click

from bargain.cli import options
from bargain.cli.output import deliver

__all__ = ["schema"]


@click.command(short_help="The JSON Schema of scenario files.")
@options.output_option
@options.quiet_color_debug
def schema(output: str | None) -> None:
    """Print the JSON Schema of scenario files.

    Editors that know TOML schemas complete and check keys when the file's first line names it:
    `#:schema ./bargain-scenario-1.schema.json`.

    \b
    Example:
      bargain schema -o bargain-scenario-1.schema.json
    """
    from bargain.scenario.json_schema import json_schema

    deliver(json.dumps(json_schema(), indent=2) + "\n", output)
