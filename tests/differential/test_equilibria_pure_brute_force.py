"""Pure equilibria of any number of players against a loop over all profiles."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from bargain.equilibria.methods import equilibria
from bargain.equilibria.pure import pure_equilibria
from bargain.games.normal_form import NormalFormGame


def brute_force(payoffs):
    shape = payoffs[0].shape

    def stable(profile):
        return all(
            payoffs[i][profile] >= payoffs[i][(*profile[:i], other, *profile[i + 1 :])]
            for i in range(len(shape))
            for other in range(shape[i])
        )

    return [profile for profile in product(*map(range, shape)) if stable(profile)]


SHAPES = [
    (1,),
    (7,),
    (2, 2),
    (3, 5),
    (1, 6),
    (6, 1),
    (2, 3, 2),
    (3, 3, 3),
    (1, 4, 1),
    (2, 2, 2, 2),
    (2, 1, 3, 2),
    (2,) * 5,
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["floats", "zero and one", "zero to three", "fractions", "tiny", "huge", "offset"])
def test_pure_equilibria_equal_brute_force_in_order(shape, kind):
    rng = np.random.default_rng([len(kind), *shape])
    for _ in range(8):
        payoffs = list(rng.integers(0, 2 if kind == "zero and one" else 4, (len(shape), *shape)))
        if kind == "floats":
            payoffs = list(rng.random((len(shape), *shape)))
        elif kind == "fractions":
            third = np.frompyfunc(lambda value: Fraction(int(value), 3), 1, 1)
            payoffs = [np.asarray(third(table), dtype=object).reshape(shape) for table in payoffs]
        elif kind in ("tiny", "huge", "offset"):
            factor, shift = {"tiny": (1e-12, 0), "huge": (1e12, 0), "offset": (1.0, 1e6)}[kind]
            payoffs = [table * factor + shift for table in payoffs]
        expected = brute_force(payoffs)
        game = NormalFormGame.from_payoffs(payoffs)
        found = pure_equilibria(game)
        assert [tuple(row) for row in found.actions.tolist()] == expected
        assert not found.regrets.any()
        assert [profile.pure for profile in equilibria(game, method="pure")] == expected


def test_the_pure_equilibria_among_all_equilibria_of_two_players_are_the_same():
    rng = np.random.default_rng(8)
    for _ in range(40):
        payoffs = rng.integers(0, 3, (2, *rng.integers(1, 5, 2)))
        found = equilibria(NormalFormGame.from_payoffs(payoffs))
        assert [profile.pure for profile in found if profile.pure is not None] == brute_force(payoffs)
