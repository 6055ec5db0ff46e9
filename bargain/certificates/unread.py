"""What a check of a stored result does not read: said plainly, so that nobody takes silence for a proof.

Each pattern is a place in the result (``*`` for any key or position, ``**`` for any number of them) with the reason in
words.  Tested by changing every number, label and flag of many results: a change that no check notices must be at a
place named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["UNREAD", "unread", "unread_reason"]

UNREAD: dict[str, str] = {
    "**.method": "names of methods",
    "**.note": "notes, and numbers in them",
    "**.notes.*": "notes, and numbers in them",
    "**.reason": "reasons in words",
    "**.certificate.claim": "the words of claims",
    "**.certificate.unit": "the words of claims",
    "**.certificate.witness": "which deal comes nearest to refuting a claim",
    "**.certificate.evidence.exact": "whether fractions were used",
    "equilibria.exact": "whether fractions were used",
    "**.certificate.evidence.efficient": "how many deals are efficient, tied, or were compared",
    "**.certificate.evidence.compared": "how many deals are efficient, tied, or were compared",
    "**.certificate.evidence.tied": "how many deals are efficient, tied, or were compared",
    "**.certificate.evidence.cost": "the cost of side payments where it is repeated beside a claim",
    "**.certificate.evidence.starts": "how long the solver worked",
    "**.certificate.evidence.agree": "how long the solver worked",
    "**.certificate.evidence.regions": "how long the solver worked",
    "**.certificate.evidence.stages": "how long the solver worked",
    "**.certificate.evidence.seed": "how long the solver worked",
    "**.certificate.evidence.boxes": "how long the solver worked",
    "**.certificate.evidence.bounds.*.boxes": "how long the solver worked",
    "**.certificate.evidence.bounds.*.value": "bounds in the solver's own units",
    "**.certificate.evidence.bounds.*.bound": "bounds in the solver's own units",
    "**.certificate.evidence.bounds.*.separate": "how the solver reached its bounds",
    "**.certificate.evidence.bounds.*.terms.*.*": "how the solver reached its bounds",
    "**.certificate.evidence.violation": "residuals and multipliers of the solver's local conditions",
    "**.certificate.evidence.residual": "residuals and multipliers of the solver's local conditions",
    "**.certificate.evidence.multipliers.*": "residuals and multipliers of the solver's local conditions",
    "**.binding.*.line": "lines of the scenario file",
    "**.binding.*.shadow.*": "shadow prices of limits",
    "expectations.*.line": "lines of the scenario file",
    "expectations.*.error": "why an expectation could not be evaluated",
    "linkage.terms.*.formula": "formulas of linkage terms as they are printed",
    "linkage.terms.*.first": "what linkage terms are worth: sums are checked, no package is solved without a term",
    "linkage.terms.*.shapley": "what linkage terms are worth: sums are checked, no package is solved without a term",
    "linkage.terms.*.last": "what linkage terms are worth: sums are checked, no package is solved without a term",
    "linkage.structures.sequences.*.negotiated.*": "what tables of anticipating sequences promise",
    "linkage.structures.*.*.complete": "whether a list that is not called complete could be called so",
    "equilibria.complete": "whether a list that is not called complete could be called so",
    "continuous.complete": "whether a list that is not called complete could be called so",
}
"""Places of a result that no check reads, or of which a change for the weaker is not noticed."""


def unread(stored: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what in a result was not checked, in words, each once.

    Examples
    --------
    >>> unread({"method": "a guess", "gains": {"A": 1.0}})
    ('names of methods',)
    """
    found = (unread_reason(path) for path, value in _leaves(stored) if value is not None and value != "")
    return tuple(dict.fromkeys(reason for reason in found if reason is not None))


def unread_reason(path: tuple[str | int, ...]) -> str | None:
    """Return why a place of a result is not read, or None for one that is."""
    places = tuple("*" if isinstance(each, int) else each for each in path)
    return next((reason for pattern, reason in UNREAD.items() if _fits(tuple(pattern.split(".")), places)), None)


def _fits(pattern: tuple[str, ...], places: tuple[str, ...]) -> bool:
    if pattern[:1] == ("**",):
        rest = pattern[1:]
        return len(places) >= len(rest) and _fits(rest, places[len(places) - len(rest) :])
    return len(pattern) == len(places) and all(a in ("*", b) for a, b in zip(pattern, places, strict=True))


def _leaves(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if path or key not in ("inputs", "provenance"):
                yield from _leaves(value, (*path, key))
    elif isinstance(tree, list | tuple):
        for place, value in enumerate(tree):
            yield from _leaves(value, (*path, place))
    else:
        yield path, tree
