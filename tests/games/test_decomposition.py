"""Games from separable parts: payoffs add up, and strategies join and split."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from bargain.errors import LimitError
from bargain.games.decomposition import combine, join_strategies, marginals, mixed_radix
from bargain.games.normal_form import GamePart, NormalFormGame


def two_parts(seed=0, first=(2, 3), second=(3, 2)):
    rng = np.random.default_rng(seed)
    return [NormalFormGame.from_payoffs(rng.integers(0, 9, (2, *shape))) for shape in (first, second)]


def test_payoffs_of_the_whole_are_the_sums_of_the_parts():
    parts = two_parts()
    whole = combine(parts, constant=(10, -1))
    rows, columns = mixed_radix((2, 3)), mixed_radix((3, 2))
    for a, b in product(range(6), range(6)):
        for i, constant in enumerate((10, -1)):
            pieces = [part.payoffs[i, rows[k][a], columns[k][b]] for k, part in enumerate(parts)]
            assert whole.payoffs[i, a, b] == constant + sum(pieces)
    assert whole.rational
    assert whole.actions[0][:3] == ("0, 0", "0, 1", "0, 2")


def test_digits_may_come_in_any_order():
    parts = two_parts()
    shuffle = np.random.default_rng(3).permutation(6)
    digits = [[digit[shuffle] for digit in (mixed_radix((2, 3))[k], mixed_radix((3, 2))[k])] for k in (0, 1)]
    plain, mixed = combine(parts), combine(parts, digits)
    np.testing.assert_array_equal(mixed.payoffs, plain.payoffs[:, shuffle][:, :, shuffle])


def test_fractions_of_the_parts_stay_exact_in_the_whole():
    part = NormalFormGame.from_payoffs([[["1/3", 0], [0, 1]], [[0, 1], ["2/3", 0]]])
    assert combine([part, part]).exact[0, 0, 0] == Fraction(2, 3)
    assert combine([part, part], constant=(Fraction(1, 3), 0)).exact[0, 0, 0] == 1
    assert not combine([part, part], constant=(0.5, 0)).rational


def test_players_without_a_choice_in_a_part_are_allowed():
    alone = NormalFormGame.from_payoffs([[[1], [2]], [[3], [4]]])
    both = NormalFormGame.from_payoffs([[[1, 0], [0, 1]], [[0, 1], [1, 0]]])
    whole = combine([alone, both])
    assert whole.num_actions == (4, 2)
    assert whole.actions[1] == ("0", "1")


def test_joining_and_splitting_strategies_are_inverse():
    parts = two_parts()
    whole = combine(parts)
    profiles = [
        ((Fraction(1, 4), Fraction(3, 4)), (Fraction(1), Fraction(0), Fraction(0))),
        ((Fraction(1, 3), Fraction(0), Fraction(2, 3)), (Fraction(1, 2), Fraction(1, 2))),
    ]
    joined = join_strategies(whole, profiles)
    assert all(sum(strategy) == 1 for strategy in joined)
    for got, given in zip(marginals(whole, joined), profiles, strict=True):
        for mine, theirs in zip(got, given, strict=True):
            np.testing.assert_allclose(mine, [float(p) for p in theirs])
    floats = join_strategies(whole, [[np.array(s, float) for s in profile] for profile in profiles])
    for mine, theirs in zip(floats, joined, strict=True):
        np.testing.assert_allclose(mine, [float(p) for p in theirs])
    payoffs = [sum(part.expected_payoffs(p)[i] for part, p in zip(parts, profiles, strict=True)) for i in (0, 1)]
    assert list(whole.expected_payoffs(joined)) == payoffs


def test_bytes_are_predicted_before_they_are_allocated():
    part = NormalFormGame.from_payoffs(np.zeros((2, 1000, 1000)))
    with pytest.raises(LimitError, match=r"a 1000000 x 1000000 game with 2 players need 14901.2 GiB"):
        combine([part, part])
    with pytest.raises(LimitError, match="use fewer levels per lever or a coarser grid"):
        combine([part], memory_limit=1000)


def test_parts_must_have_the_same_players():
    one = NormalFormGame.from_payoffs([[[1]], [[1]]])
    other = NormalFormGame.from_payoffs([[[1]], [[1]]], players=["x", "y"])
    with pytest.raises(ValueError, match="same players"):
        combine([one, other])


@pytest.mark.parametrize("digits", [[0, 0], [0, 2], [0, 1, 0]])
def test_digits_that_are_no_one_to_one_map_are_refused(digits):
    part = NormalFormGame.from_payoffs([[[1], [2]], [[1], [2]]])
    with pytest.raises(ValueError, match=r"digits|digit per action|combinations of the parts"):
        NormalFormGame(
            part.players, part.actions, part.payoffs, parts=(GamePart(part, (np.array(digits), np.array([0]))),)
        )


def test_splitting_a_game_without_parts_is_refused():
    game = NormalFormGame.from_payoffs([[[1]], [[1]]])
    with pytest.raises(ValueError, match="no separable parts"):
        marginals(game, [[1.0], [1.0]])
