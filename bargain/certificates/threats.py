r"""Variable threats checked: no player would get a better deal by threatening with something else.

For every action that a player could threaten with instead, the disagreement point is computed from the payoffs and the
Nash bargaining solution is played from there again, by comparing all segments between deals.  With lotteries that is
enough: the threats that lead to a better deal than a given one are those on one side of a line, so that if a mixture
did, an action would.  Without lotteries, and with equal weights, a deal beats another exactly when a linear function of
the threats says so; it is checked at every action, which is sufficient, though not necessary.  Tested by threats that
are changed, and by mixed deviations from threats that pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.normal_form import NormalFormGame
from bargain.results import Certificate

__all__ = ["bargained", "certify_threats"]

TOLERANCE = 1e-7
"""Gain from another threat that is put down to rounding, as a fraction of the range of the payoffs."""

_ALL_PAIRS = 120
"""Deals up to which every pair is mixed; beyond, neighbours on the frontier, which must then be its corners."""

Floats = NDArray[np.float64]


def certify_threats(
    game: NormalFormGame,
    strategies: Sequence[Any],
    deals: Any,
    weights: Sequence[float] = (0.5, 0.5),
    lotteries: bool = True,
) -> Certificate:
    """Check that threats are best replies to each other, given that the deal follows from them.

    Parameters
    ----------
    game : NormalFormGame
        What the threats pay; two players.
    strategies : two distributions
        The threats.
    deals : array of shape (k, 2)
        Payoffs of the deals; more than 120 must be the corners of the frontier.
    weights : two positive numbers
        Bargaining weights.
    lotteries : bool
        Whether lotteries over deals can be agreed on.

    Returns
    -------
    Certificate
        The gap is the largest gain from another threat, as a fraction of the player's range; without lotteries it is
        infinite when the check cannot be made (unequal weights).
    """
    points = np.asarray(deals, dtype=float)
    points = points[np.argsort(points[:, 0], kind="stable")]
    mixed = [np.asarray([float(p) for p in strategy]) for strategy in strategies]
    chances = np.asarray(weights, dtype=float) / float(np.sum(weights))
    spans = [max(float(np.ptp(points[:, i])), game.spans[i]) or 1.0 for i in (0, 1)]
    now = np.array([mixed[0] @ table @ mixed[1] for table in game.payoffs])
    gap, witness = 0.0, None
    if not lotteries and abs(chances[0] - chances[1]) > 1e-12:
        return _certificate(float("inf"), "without lotteries the check needs equal weights", lotteries)
    settled = bargained(points, now, chances) if lotteries else _best_deal(points, now)
    for i in (0, 1):
        others = (game.payoffs @ mixed[1]).T if i == 0 else (mixed[0] @ game.payoffs).T
        for action, point in enumerate(others):
            if lotteries:
                gain = float(bargained(points, point, chances)[i] - settled[i]) / spans[i]
            else:
                gain = _advantage(points, point, settled, i, spans)
            if gain > gap:
                gap, witness = gain, {"player": game.players[i], "action": game.actions[i][action]}
    return _certificate(gap, witness, lotteries)


def _certificate(gap: float, witness: Any, lotteries: bool) -> Certificate:
    return Certificate(
        claim="no other threat leads to a better deal",
        gap=gap,
        tolerance=TOLERANCE,
        witness=witness,
        method="bargained again from every action" if lotteries else "compared with every deal from every action",
    )


def bargained(points: Floats, start: Floats, weights: Floats) -> Floats:
    """Return the Nash bargaining solution over lotteries, by comparing the best points of segments between deals.

    Parameters
    ----------
    points : array of shape (k, 2)
        Payoffs of the deals.
    start : array of shape (2,)
        The disagreement point; where no lottery gives more to anybody, it is returned itself.
    weights : array of shape (2,)
        Bargaining weights that sum to one.
    """
    count = len(points)
    first, second = np.triu_indices(count) if count <= _ALL_PAIRS else (np.arange(count - 1), np.arange(1, count))
    begin, change = points[first] - start, points[second] - points[first]
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = -(weights[0] * change[:, 0] * begin[:, 1] + weights[1] * change[:, 1] * begin[:, 0])
        best = flat / (change[:, 0] * change[:, 1])
        cuts = -begin / change
    shares = np.column_stack([np.zeros(len(begin)), np.ones(len(begin)), best, cuts])
    shares = np.clip(np.where(np.isfinite(shares), shares, 0.0), 0.0, 1.0)
    gains = (begin[:, None] + shares[..., None] * change[:, None]).reshape(-1, 2)
    slack = 1e-12 * max(1e-300, float(np.abs(points - start).max()))
    gains = gains[(gains >= -slack).all(axis=1)]
    if not len(gains):
        return start
    gains = np.maximum(gains, 0.0)
    products = gains[:, 0] ** weights[0] * gains[:, 1] ** weights[1]
    # Where nobody can gain together, the one who can gain alone does.
    chosen = int(products.argmax()) if products.max() > slack else int(gains.sum(axis=1).argmax())
    settled: Floats = start + gains[chosen]
    return settled


def _best_deal(points: Floats, start: Floats) -> Floats:
    gains = points - start
    able = (gains >= 0).all(axis=1)
    products = np.where(able, gains.prod(axis=1), -1.0)
    best: Floats = points[int(products.argmax())] if able.any() else start
    return best


def _advantage(points: Floats, start: Floats, settled: Floats, player: int, spans: Sequence[float]) -> float:
    """Return by how much the player, from ``start``, does better than the settled deal; at most 0 means not at all.

    What it gets is never less than its payoff at ``start``.  A deal that it likes better is chosen only where its
    product of gains is larger than that of the settled one, also where the settled one is not individually rational,
    since then the latter is not positive.  The difference of the products is linear in ``start``.
    """
    kept = float(start[player] - settled[player]) / spans[player]
    better = points[points[:, player] > settled[player]]
    if not len(better):
        return kept
    ahead = (better - start).prod(axis=1) - (settled - start).prod()
    return max(kept, float(ahead.max()) / (spans[0] * spans[1]))
