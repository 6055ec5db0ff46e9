r"""Every deal that could beat a claim, among more deals than can be looked at.

Levers are set one by one in the reverse order of an elimination.  The elimination says, for several weights, the most
that the weighted gains of any completion reach; a part of a deal is dropped when that is too little for somebody to
gain nothing less than by disagreeing, or to reach the claim by the rule's own measure.  What is left at the end is a
short list of deals, to be looked at one by one.  Source: Lagrangian bounds (Geoffrion 1974).  Tested by claims that it
must refuse, and against enumeration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.certificates.elimination import EliminatedLever
from bargain.certificates.support import EliminatedSupport
from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem

__all__ = ["MAX_PARTS", "Contenders", "contenders"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

MAX_PARTS = 400_000
"""So many parts of deals are followed at once."""

_STEPS = 12
_SLACK = 1e-9
_LEVELS = (1e-3, 0.05, 0.5, 1.0)


class Contenders:
    """Finds all deals whose completions reach a bound; weights are of gains in units of each player's range."""

    def __init__(self, problem: BargainingProblem) -> None:
        self.support = EliminatedSupport(problem)
        self.count = problem.num_players
        self.sizes = self.support.factors.deals.sizes

    def above(self, directions: Floats, keep: Callable[[Floats], NDArray[np.bool_]]) -> Rows:
        """Return the deals (m, L) that ``keep`` lets pass, given the most that any completion reaches, (k, b).

        Raises
        ------
        LimitError
            More than :data:`MAX_PARTS` parts would be followed.
        """
        runs = [self.support.factors.maximum((row / self.support.size).tolist()) for row in directions]
        most = np.array([[total for total, _ in runs]])
        rows = np.zeros((1, len(self.sizes)), np.intp)
        steps: Sequence[Sequence[EliminatedLever]] = [found for _, found in runs]
        for place in reversed(range(len(self.sizes))):
            lever = steps[0][place].lever
            added = np.empty((len(rows), self.sizes[lever], len(runs)))
            for number, found in enumerate(steps):
                at: Any = (slice(None), *(rows[:, other] for other in found[place].others))
                values = found[place].table[at].reshape(self.sizes[lever], -1).T
                with np.errstate(invalid="ignore"):
                    added[:, :, number] = values - values.max(axis=1, keepdims=True)
            reached = np.nan_to_num(most[:, None, :] + added, nan=-np.inf, neginf=-np.inf)
            who, level = np.nonzero(keep(reached.reshape(-1, len(runs))).reshape(reached.shape[:2]))
            if len(who) > MAX_PARTS:
                raise LimitError(f"more than {MAX_PARTS} parts of deals could matter")
            rows, most = rows[who], reached[who, level]
            rows[:, lever] = level
        return rows


def contenders(problem: BargainingProblem, gains: Floats, rule: str, weights: Floats) -> Rows:
    """Return a list of deals (m, L) that holds every individually rational one that beats the claim, if any does.

    For the Kalai-Smorodinsky rule the list also holds the deals that give each player the most.

    Parameters
    ----------
    problem : BargainingProblem
        Over finite deals without lotteries.
    gains, weights : arrays of shape (n,)
        The claim's gains, and the rule's weights.
    rule : str
        The name of the rule, or "no-deal".

    Raises
    ------
    LimitError
        The levers are linked too densely, or too many deals come near the claim.
    """
    search = Contenders(problem)
    size, count = search.support.size, search.count
    mine = gains / size
    singles = np.eye(count)
    if search.support.empty:
        return np.zeros((0, len(search.sizes)), np.intp)
    if rule == "no-deal" or (mine <= 0).any():
        return search.above(np.vstack([np.ones(count), singles]), _rational(count))
    found = []
    scales = weights / size
    if rule == "kalai-smorodinsky":
        best = [_ideal(search, player, mine) for player in range(count)]
        if min(top for _, top in best) <= 0:
            return search.above(np.vstack([np.ones(count), singles]), _rational(count))
        found += [rows for rows, _ in best]
        scales = np.array([top for _, top in best])
    directions = np.vstack([*_weights_near(search, mine, rule, scales, weights), singles])
    found.append(search.above(directions, _reaching(directions, mine, rule, scales, weights, size)))
    return np.unique(np.concatenate(found), axis=0)


def _rational(count: int) -> Callable[[Floats], NDArray[np.bool_]]:
    return lambda most: np.asarray((most[:, -count:] >= -_SLACK).all(axis=1))


def _ideal(search: Contenders, player: int, mine: Floats) -> tuple[Rows, float]:
    """Return the deals near the best one for a player that hurts nobody, and what it gives."""
    count = search.count
    # The best lottery that hurts nobody, and the weights that prove it so.
    top = search.support.largest(np.eye(count)[player], np.zeros(count), [mine])
    directions = np.vstack([search.support.proof, np.eye(count)[player] + 0.1, np.eye(count)])
    ratios = directions[:, player]

    for level in _LEVELS:
        least = top * (1 - level)

        def keep(most: Floats, least: float = least) -> NDArray[np.bool_]:
            bound = (most[:, ratios > 0] / ratios[ratios > 0]).min(axis=1)
            return np.asarray(_rational(count)(most) & (bound >= least - _SLACK))

        rows = search.above(directions, keep)
        values = search.support.factors.deals.payoffs(rows) - np.array(search.support.factors.problem.disagreement)
        kept = (values / search.support.size >= -_SLACK).all(axis=1)
        best = float((values[kept, player] / search.support.size[player]).max(initial=-np.inf))
        if best >= least:
            return rows, best
    return np.zeros((0, len(search.sizes)), np.intp), 0.0


def _weights_near(search: Contenders, mine: Floats, rule: str, scales: Floats, weights: Floats) -> list[Floats]:
    """Return weights whose bounds are tight: gradients of the rule's measure on the way to its best lottery."""
    if rule == "utilitarian":
        own = weights * search.support.size
        return [own / own.max()]
    point, found = mine, []
    for step in range(_STEPS):
        if rule == "nash":
            direction = weights / np.maximum(point, 1e-3 * np.maximum(mine, 1e-12))
        else:
            # The least share, smoothed: whoever is behind weighs more.
            shares = point / scales
            behind = np.clip((step + 2) * (1 - shares / shares.mean()), -50, 50)
            direction = np.exp(behind) / scales
        direction = direction / direction.max()
        found.append(direction)
        point = point + (search.support.best(direction) - point) * 2 / (step + 3)
    return found


def _reaching(
    directions: Floats, mine: Floats, rule: str, scales: Floats, weights: Floats, size: Floats
) -> Callable[[Floats], NDArray[np.bool_]]:
    """Return the test whether the rule's measure may reach that of the claim."""
    count = len(mine)
    rational = _rational(count)
    every = (directions > 0).all(axis=1)

    def nash(most: Floats) -> NDArray[np.bool_]:
        bound = np.log(np.maximum(most[:, every], 1e-300)) + np.log(weights / directions[every]) @ weights
        return np.asarray(rational(most) & (bound.min(axis=1) >= np.log(mine) @ weights - _SLACK))

    def total(most: Floats) -> NDArray[np.bool_]:
        own = weights * size
        reached = most[:, 0] >= mine @ (own / own.max()) - _SLACK * np.abs(mine).max()
        return np.asarray(rational(most) & reached)

    height = directions @ scales
    used = height > 1e-9 * height.max()

    def least(most: Floats) -> NDArray[np.bool_]:
        bound = (most[:, used] / height[used]).min(axis=1)
        return np.asarray(rational(most) & (bound >= (mine / scales).min() * (1 - _SLACK)))

    return {"nash": nash, "utilitarian": total}.get(rule, least)
