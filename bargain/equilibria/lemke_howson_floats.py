r"""The paths of Lemke and Howson in floats, each end solved again exactly on its basis.

The compiled kernel follows the path in slices, between which the clock is read.  At the end of a path the basis is a
set of actions for each player; if the exact solution there is no equilibrium, a profile of floats with a bound on its
regret is all that is kept.  Tested together with :mod:`bargain.equilibria.lemke_howson`.
"""

from __future__ import annotations

import numpy as np

from bargain.equilibria.integers import prove
from bargain.equilibria.lemke_howson import EXACTLY, End
from bargain.equilibria.lemke_howson_kernels import FOUND, LOST, OPEN, Corner, corner, follow
from bargain.equilibria.profiles import make_profile
from bargain.equilibria.search import Search
from bargain.equilibria.support_proofs import bounded_profile, proved_profile
from bargain.games.normal_form import NormalFormGame
from bargain.results import Profile

__all__ = ["FloatPaths"]

_SLICE = 500
"""Pivots between two looks at the clock."""

_Basis = tuple[tuple[int, ...], tuple[int, ...]]


class FloatPaths:
    """The paths of a two-player game.

    ``nearest`` is the profile with the smallest bound on its regret, in payoff ranges, among the ends that could not be
    proved.
    """

    def __init__(self, game: NormalFormGame, search: Search) -> None:
        self.game, self.search = game, search
        first, second = game.normalised() + 1.0
        # The first polytope holds the first player's strategies; its columns are the second one's payoffs, row by row.
        self.corners = corner(np.ascontiguousarray(second)), corner(np.ascontiguousarray(first.T))
        self.nearest: Profile | None = None
        self._known: dict[_Basis, Profile | None] = {}

    def follow(self, label: int, limit: int) -> End:
        """Follow the path of a label for at most ``limit`` pivots."""
        m = self.game.num_actions[0]
        side, index = (0, label) if label < m else (1, label - m)
        path = np.array([side, 0, index, side, 0, index], dtype=np.intp)
        for each in self.corners:
            _restart(each)
        status, pivots = OPEN, 0
        while status == OPEN and pivots < limit and not self.search.expired:
            status, made = follow(*self.corners, path, min(_SLICE, limit - pivots))
            pivots += made
        if status == FOUND:
            return End(True, self._proved(), pivots)
        return End(False, None, pivots, lost=status == LOST)

    def _proved(self) -> Profile | None:
        first, second = (tuple(sorted(each.basic[: each.size[0]].tolist())) for each in self.corners)
        basis = (first, second)
        if basis not in self._known:
            self._known[basis] = self._solve(basis)
        return self._known[basis]

    def _solve(self, basis: _Basis) -> Profile | None:
        profile = proved_profile(self.game, basis)
        if profile is not None:
            return profile
        strategies = [each.values.clip(0) for each in self.corners]
        if not all(0 < each.sum() < np.inf for each in strategies):
            return None
        strategies = [each / each.sum() for each in strategies]
        if self.game.payoffs[0].size <= EXACTLY and (proof := prove(self.game, strategies)) is not None:
            return make_profile(self.game, proof)
        profile = bounded_profile(self.game, strategies)
        if self.nearest is None or profile.regret < self.nearest.regret:
            self.nearest = profile
        return None


def _restart(at: Corner) -> None:
    """Go back to the vertex 0."""
    at.place[:], at.level[:] = -1, -1
    at.values[:], at.slacks[:] = 0.0, 1.0
    at.size[:] = 0
