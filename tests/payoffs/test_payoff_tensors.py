"""Payoffs and limits on grids, against values point by point."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from bargain.errors import LimitError
from bargain.payoffs.numeric import compile_payoffs
from bargain.payoffs.tensors import TensorTerm, total_tensor


def mesh(codes):
    return np.stack(np.meshgrid(*codes, indexing="ij"), axis=-1)


@given(st.data())
def test_tensors_add_up_to_the_values_at_every_point(build, any_formula, data):
    texts = data.draw(st.lists(any_formula, min_size=2, max_size=3))
    codes = [np.array(data.draw(st.lists(st.integers(4, 24), min_size=1, max_size=3))) / 8 for _ in range(4)]
    payoffs = compile_payoffs(build("abcd", {"US": {"a": texts[0], "joint": texts[-1]}, "JP": {"b": texts[1]}}))
    expected = payoffs.values(mesh(codes))
    assume(np.max(np.abs(expected)) < 1e6)
    terms = payoffs.tensors(codes)
    sets = [term.levers for term in terms]
    assert len(set(sets)) == len(sets)
    for term in terms:
        assert term.payoffs.shape == (2, *(len(codes[lever]) for lever in term.levers))
    total = total_tensor(terms, [len(column) for column in codes], [0, 1, 2, 3])
    scale = sum(np.max(np.abs(term.payoffs)) for term in terms)
    assert_allclose(np.moveaxis(total, 0, -1), expected, rtol=1e-11, atol=1e-11 * scale)


def test_tensor_terms_of_formulas_tables_and_constants(build, lever):
    levers = [lever("a", [0.0, 1.0, 4.0]), lever("b", ["no", "yes"]), "c"]
    table = (["b", "a"], (2, 3), (1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
    payoffs = compile_payoffs(build(levers, {"US": {"a": "a*b + 7", "c": "c"}, "JP": {"joint": table, "c": "2*c + a"}}))
    terms = {term.levers: term.payoffs for term in payoffs.tensors([[4.0, 0.0], [0.0, 1.0], [5.0]])}
    assert terms[()].tolist() == [7.0, 0.0]
    assert terms[0,].tolist() == [[0.0, 0.0], [4.0, 0.0]]
    assert terms[2,].tolist() == [[5.0], [10.0]]
    assert terms[0, 1].tolist() == [[[0.0, 4.0], [0.0, 0.0]], [[3.0, 6.0], [1.0, 4.0]]]
    assert list(terms) == [(), (0,), (2,), (0, 1)]


def test_a_hundred_levers_make_small_tensors(build):
    names = [f"l{k}" for k in range(100)]
    text = " + ".join(f"{left}*{right}" for left, right in pairwise(names))
    payoffs = compile_payoffs(build(names, {"US": {"l0": text}}))
    terms = payoffs.tensors([[1.0, 2.0, 3.0]] * 100)
    assert len(terms) == 99
    for term in terms:
        assert term.payoffs[0].tolist() == [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]]
    assert len(payoffs.components) == 1


def test_axes_of_the_total_follow_the_given_order_and_single_levels_may_be_left_out():
    terms = [
        TensorTerm((), np.array([100.0, 0.0])),
        TensorTerm((0, 2), np.arange(12.0).reshape(2, 2, 3)),
        TensorTerm((1, 2), np.arange(6.0).reshape(2, 1, 3)),
    ]
    total = total_tensor(terms, [2, 1, 3], [2, 0])
    assert total.shape == (2, 3, 2)
    expected = terms[1].payoffs.transpose(0, 2, 1) + terms[2].payoffs.reshape(2, 3, 1) + [[[100.0]], [[0.0]]]
    assert_array_equal(total, expected)
    with pytest.raises(ValueError, match="a lever with several levels needs an axis"):
        total_tensor(terms, [2, 1, 3], [2])


def test_memory_is_predicted_before_it_is_taken(build):
    payoffs = compile_payoffs(build("abcd", {"US": {"a": "a*b*c*d"}, "JP": {"a": "a"}}))
    codes = [np.linspace(1, 2, 1000)] * 4
    with pytest.raises(LimitError, match=r"payoffs on this grid would take 44,703\.5 GiB, and 2\.0 GiB are allowed"):
        payoffs.tensors(codes)
    small = [np.linspace(1, 2, 10)] * 4
    with pytest.raises(LimitError, match="coarser grid"):
        payoffs.tensors(small, limit=100_000)
    with pytest.raises(LimitError, match="payoff tensor would take"):
        total_tensor(payoffs.tensors(small), [10] * 4, range(4), limit=100_000)


@pytest.mark.parametrize("codes", [[[1.0]], [[1.0], []], [[1.0], [[2.0]]]])
def test_grid_needs_codes_for_every_lever(build, codes):
    payoffs = compile_payoffs(build("ab", {"US": {"a": "a"}}))
    with pytest.raises(ValueError, match="codes of"):
        payoffs.tensors(codes)
