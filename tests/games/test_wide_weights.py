"""The support function with weights that no float and no machine word holds."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from bargain.games.finite_deals import FiniteDeals
from bargain.games.support_function import SupportFunction


@pytest.mark.parametrize("method", ["enumeration", "elimination", "branch and bound"])
def test_sums_with_wide_weights_are_exact(method: str) -> None:
    """Payoffs to 2**40 with weights to 2**80: deals that differ in the last digit only are told apart."""
    random = np.random.default_rng(3)
    for _ in range(150):
        first, second = (2**40 * random.integers(0, 2, (2, 3, 3)) + random.integers(0, 2, (2, 3, 3)) for _ in range(2))
        deals = FiniteDeals((3, 3, 3), (((0, 1), first), ((1, 2), second)), exact=(first, second))
        weights = (2**80 + int(random.integers(0, 3)), 2**80 - int(random.integers(0, 3)))

        def worth(
            deal: tuple[int, ...],
            weights: tuple[int, int] = weights,
            first: np.ndarray = first,
            second: np.ndarray = second,
        ) -> int:
            a, b, c = deal
            return sum(w * (int(first[i, a, b]) + int(second[i, b, c])) for i, w in enumerate(weights))

        best = max(map(worth, product(range(3), repeat=3)))
        support = SupportFunction(deals, method)
        tied = {tuple(row) for row in support.all_best(weights, 100).tolist()}
        assert tied == {deal for deal in product(range(3), repeat=3) if worth(deal) == best}
        assert worth(tuple(support.best([weights])[0].tolist())) == best
