"""The JSON Schema of scenario files, for the completion and checks of editors.

It is generated from the shape that the check uses (:mod:`bargain.scenario.schema`), so that the two cannot differ.
Tested by its parts, and by trees that both accept or refuse.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from bargain.scenario.schema import DESCRIPTIONS, SCENARIO

__all__ = ["json_schema"]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file.

    Examples
    --------
    >>> json_schema()["required"]
    ['format', 'scenario', 'players', 'issues', 'payoffs']
    """
    generated = _described(GenerateJsonSchema().generate(SCENARIO))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "bargain scenario, format 1",
        **generated,
    }


def _described(node: Any) -> Any:
    """Return a part of the schema without generated titles, and with what each key is for."""
    if isinstance(node, list):
        return [_described(item) for item in node]
    if not isinstance(node, dict):
        return node
    described = {key: _described(part) for key, part in node.items() if key not in ("title", "properties")}
    if "properties" in node:
        described["properties"] = {
            name: {**({"description": DESCRIPTIONS[name]} if name in DESCRIPTIONS else {}), **_described(part)}
            for name, part in node["properties"].items()
        }
    return described
