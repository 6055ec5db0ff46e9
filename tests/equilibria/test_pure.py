"""Pure equilibria: ties, rounding, lists that are too long, and what the result claims."""

from fractions import Fraction

import numpy as np
import pytest

from bargain.equilibria import pure
from bargain.equilibria.methods import equilibria
from bargain.equilibria.pure import pure_equilibria
from bargain.games.normal_form import NormalFormGame


def nearly_tied():
    """Action 1 of player 1 is better by one unit of rounding, as 0.1 + 0.2 is than 0.3."""
    first = np.array([[0.3, 0.0], [0.1 + 0.2, 0.0]])
    second = np.array([[1.0, 0.0], [1.0, 0.0]])
    return NormalFormGame.from_payoffs([first, second])


def test_float_payoffs_tie_within_rounding_and_the_regret_says_by_how_much():
    found = pure_equilibria(nearly_tied())
    assert found.actions.tolist() == [[0, 0], [1, 0]]
    assert found.regrets.tolist() == [(0.1 + 0.2) - 0.3, 0.0]
    result = equilibria(nearly_tied(), method="pure")
    assert [profile.regret > 0 for profile in result] == [True, False]
    assert "only up to rounding" in result.notes[0]


def test_asked_exactly_float_payoffs_tie_only_when_equal():
    assert pure_equilibria(nearly_tied(), exactly=True).actions.tolist() == [[1, 0]]
    assert [profile.pure for profile in equilibria(nearly_tied(), method="pure", exact=True)] == [(1, 0)]


def test_the_exact_enumeration_takes_payoffs_as_given_and_notes_the_near_tie():
    found = equilibria(nearly_tied())
    assert [profile.pure for profile in found] == [(1, 0)]
    assert found.complete is True
    assert any("only up to rounding" in note for note in found.notes)


def test_fractions_are_compared_exactly():
    third = Fraction(1, 3)
    game = NormalFormGame.from_payoffs([[[third], [third + Fraction(1, 10**30)]], [[0], [0]]])
    assert pure_equilibria(game).actions.tolist() == [[1, 0]]


def test_too_many_equilibria_are_counted_and_the_first_are_listed(monkeypatch):
    monkeypatch.setattr(pure, "MAX_PROFILES", 5)
    found = equilibria(NormalFormGame.from_payoffs(np.zeros((2, 4, 4))), method="pure")
    assert [profile.pure for profile in found] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]
    assert found.complete is False
    assert found.reason == "16 pure equilibria, of which the first 5 are listed"


def test_no_pure_equilibrium_means_that_there_are_mixed_ones():
    pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    found = equilibria(pennies, method="pure")
    assert len(found) == 0
    assert found.complete is False
    assert "so there are mixed ones" in found.reason


def test_three_players_who_coordinate_have_two_pure_equilibria_and_a_mixed_one():
    tables = np.zeros((3, 2, 2, 2))
    tables[:, 0, 0, 0] = tables[:, 1, 1, 1] = 1
    found = equilibria(NormalFormGame.from_payoffs(tables))
    assert [profile.pure for profile in found] == [(0, 0, 0), None, (1, 1, 1)]
    assert found.complete is True


@pytest.mark.parametrize("few", [1, 16, 10**9])
@pytest.mark.parametrize("shape", [(5,), (1, 7), (6, 5), (3, 4, 2), (2, 3, 2, 2)])
def test_pure_equilibria_are_those_of_the_definition(shape, few, monkeypatch):
    """However early single profiles are looked at instead of whole tensors."""
    monkeypatch.setattr(pure, "_FEW", few)
    rng = np.random.default_rng([few, *shape])
    for _ in range(25):
        payoffs = rng.integers(0, rng.integers(1, 5), (len(shape), *shape))
        expected = [
            place
            for place in np.ndindex(*shape)
            if all(
                payoffs[i][place] >= payoffs[i][(*place[:i], slice(None), *place[i + 1 :])].max()
                for i in range(len(shape))
            )
        ]
        for scale in (1, 1e-12, 1e12):
            found = pure_equilibria(NormalFormGame.from_payoffs(payoffs * scale))
            assert list(map(tuple, found.actions.tolist())) == expected
            assert found.regrets.tolist() == [0] * len(expected)
