"""Components of a stored list of equilibria, checked: products of corners, each of them a profile of the list.

Whether a profile is an equilibrium is checked for the list; here the corners must be those of the profiles named, all
their combinations must be named, dimensions are ranks of differences, and components that share a profile, directly or
through others, must be called connected.  Tested by changed results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from bargain.certificates.claims import Stored, claim, number
from bargain.results import Certificate

__all__ = ["check_components"]

_SAME = 1e-9

Strategy = dict[str, float]


def check_components(players: Sequence[str], stored: Stored) -> list[Certificate]:
    """Return the certificate of the components of a list of equilibria."""
    components = stored.get("components") or []
    if not components:
        return []
    profiles = [_profile(each, players) for each in stored["profiles"]]
    wrong = max(_wrong(each, profiles, players) for each in components)
    return [claim("components are products of listed equilibria", max(wrong, float(not _grouped(components))))]


def _profile(stored: Stored, players: Sequence[str]) -> list[Strategy]:
    return [
        {each["action"]: number(each["probability"]) for each in stored["strategies"][player]} for player in players
    ]


def _wrong(component: Stored, profiles: Sequence[Sequence[Strategy]], players: Sequence[str]) -> float:
    """Return 0 for a component whose corners, profiles and dimension fit together."""
    corners = [
        [{action: number(chance) for action, chance in corner.items()} for corner in component["strategies"][player]]
        for player in players
    ]
    named = [profiles[place] for place in component["equilibria"]]
    everything = list(product(*corners))
    if any(isinstance(place, bool) or place < 0 for place in component["equilibria"]):
        return 1.0
    if len(set(component["equilibria"])) != len(named) or len(everything) != len(named):
        return 1.0
    if not all(any(_same(one, other) for other in named) for one in everything):
        return 1.0
    return float(component["dimension"] != sum(_dimension(own) for own in corners))


def _same(first: Sequence[Mapping[str, float]], second: Sequence[Mapping[str, float]]) -> bool:
    return all(
        abs(one.get(action, 0.0) - two.get(action, 0.0)) <= _SAME
        for one, two in zip(first, second, strict=True)
        for action in {*one, *two}
    )


def _dimension(corners: Sequence[Strategy]) -> int:
    actions = sorted({action for corner in corners for action in corner})
    rows = np.array([[corner.get(action, 0.0) for action in actions] for corner in corners])
    return int(np.linalg.matrix_rank(rows[1:] - rows[0], tol=_SAME)) if len(rows) > 1 else 0


def _grouped(components: Sequence[Any]) -> bool:
    """Whether components have the same number exactly when a chain of shared profiles joins them."""
    groups = [{*each["equilibria"]} for each in components]
    joined = list(range(len(groups)))
    for _ in groups:
        for i, j in combinations(range(len(groups)), 2):
            if groups[i] & groups[j]:
                joined[i] = joined[j] = min(joined[i], joined[j])
    numbers = [each["connected"] for each in components]
    order = list(dict.fromkeys(joined))
    return numbers == [order.index(each) for each in joined]
