"""The linkage graph read off formulas, against known formulas, sympy's expansion and numerical cross-differences."""

from itertools import combinations

import numpy as np
import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from bargain.payoffs.numeric import compile_payoffs

NAMES = "abcd"


def graph(payoffs):
    return {NAMES[first] + NAMES[second] for first, second in payoffs.edges}


@pytest.mark.parametrize(
    ("formula", "edges"),
    [
        ("(a + 1)*3", set()),
        ("2*(a + b)", set()),
        ("a*b - a*b", set()),
        ("a*b", {"ab"}),
        ("(a + b)^2", {"ab"}),
        ("(a + b)^2 - 2*a*b", set()),
        ("(a + 1)*(b + 2) - a*b", set()),
        ("(a + b + c)^2 - 2*b*c", {"ab", "ac"}),
        ("(a + b)*(c + 1) - b*c", {"ac"}),
        ("(a + b)/c", {"ac", "bc"}),
        ("a/(b + c)", {"ab", "ac", "bc"}),
        ("0.1*3*a*b - 0.3*a*b", set()),
        ("3*(0.1*a*b) - 0.3*a*b + c*d", {"cd"}),
        ("min(a, b)", {"ab"}),
        ("min(a, 2) + max(b, c)", {"bc"}),
        ("abs(a + b) - abs(a + b)", set()),
        ("log(a) + log(b)", set()),
        ("log(a*b)", {"ab"}),
        ("exp(a + b)", {"ab"}),
        ("a if b > 1 else c", {"ab", "ac", "bc"}),
        ("a + b if p > 1 else a*b", set()),
        ("zero*a*b + c", set()),
        ("a*(b if p > 1 else c)", {"ab"}),
        ("a^b", {"ab"}),
        ("p^a + a^p", set()),
        ("shared*c", {"ac", "bc"}),
        ("a*a*a*b/b", set()),
        ("(3*(0.1*a*b) + c)*d - 0.3*a*b*d", {"cd"}),
        ("(3*(0.1*a) + 1)*(b + 2) - 0.3*a*b", set()),
        ("a if p > 5 and b > 1 else c", set()),
        ("a if p < 5 or b > 1 else c", set()),
        ("(a + b + c + d)^2 - (a + b)^2 - (c + d)^2", {"ac", "ad", "bc", "bd"}),
    ],
)
def test_linkage_of_a_known_formula(build, formula, edges):
    document = build(NAMES, {"US": {"a": formula}}, parameters={"p": 2.0, "zero": 0.0}, define={"shared": "a + b"})
    assert graph(compile_payoffs(document)) == edges


def test_edges_of_all_players_and_headings_make_components(build, lever):
    levers = [*NAMES, lever("e", ["x", "y"]), lever("f", ["x", "y"])]
    table = (["f", "a"], (2, 2), (1.0, 2.0, 3.0, 4.0))
    levers[0] = lever("a", [0.0, 1.0])
    payoffs = compile_payoffs(build(levers, {"US": {"a": "a*c", "joint": "b + e"}, "JP": {"joint": table}}))
    assert payoffs.edges == {(0, 2), (0, 5)}
    assert payoffs.components == ((0, 2, 5), (1,), (3,), (4,))


@given(st.data())
def test_levers_without_an_edge_have_no_cross_difference(build, any_formula, any_point, data):
    text = data.draw(any_formula)
    payoffs = compile_payoffs(build(NAMES, {"US": {"a": text}}))
    first, second = np.array(data.draw(any_point)), np.array(data.draw(any_point))
    corners = np.array([[second if choice[k] else first for k in range(4)] for choice in np.ndindex(2, 2, 2, 2)])
    corners = np.diagonal(corners, axis1=1, axis2=2)
    values = payoffs.values(corners).reshape(2, 2, 2, 2)
    scale = 1 + np.max(np.abs(values))
    assume(scale < 1e6)
    for pair in combinations(range(4), 2):
        if pair not in payoffs.edges:
            crossed = np.diff(np.diff(values, axis=pair[0]), axis=pair[1])
            assert np.max(np.abs(crossed)) < 1e-9 * scale


monomials = st.tuples(st.integers(-3, 3), st.lists(st.integers(0, 2), min_size=4, max_size=4))
polynomials = st.lists(monomials, min_size=1, max_size=4)


def written(polynomial):
    return " + ".join(
        "*".join([f"({factor})", *(f"{name}^{power}" for name, power in zip(NAMES, powers, strict=True) if power)])
        for factor, powers in polynomial
    )


@given(st.lists(st.tuples(polynomials, polynomials), min_size=1, max_size=2))
def test_graph_of_a_polynomial_is_that_of_its_expansion(build, pairs):
    text = " - ".join(f"({written(left)})*({written(right)})" for left, right in pairs)
    symbols = sympy.symbols("a b c d")
    expanded = sympy.Poly(
        sum(
            sign
            * sum(f * sympy.prod(x**k for x, k in zip(symbols, ks, strict=True)) for f, ks in left)
            * sum(f * sympy.prod(x**k for x, k in zip(symbols, ks, strict=True)) for f, ks in right)
            for sign, (left, right) in zip([1, -1], pairs, strict=False)
        ),
        *symbols,
    )
    joined = {
        NAMES[i] + NAMES[j]
        for powers in expanded.monoms()
        if expanded.coeff_monomial(powers) != 0
        for i, j in combinations(range(4), 2)
        if powers[i] and powers[j]
    }
    assert graph(compile_payoffs(build(NAMES, {"US": {"a": text}}))) == joined


@given(st.data())
def test_terms_add_up_to_the_payoff_and_read_their_levers_only(build, any_formula, any_point, data):
    text = data.draw(any_formula)
    point = np.array(data.draw(any_point))
    payoffs = compile_payoffs(build(NAMES, {"US": {"a": text}}))
    terms = payoffs.tensors([[level] for level in point])
    total = sum(term.payoffs.reshape(-1)[0] for term in terms)
    scale = sum(abs(term.payoffs.reshape(-1)[0]) for term in terms)
    assert_allclose(total, payoffs.values(point)[0], rtol=1e-11, atol=1e-11 * scale)
    own = {f"x{k}": k for k in range(4)}
    for term in payoffs.terms:
        plain = {own[symbol.name] for symbol in term.expression.free_symbols if symbol.name in own}
        assert plain <= set(term.levers)


def test_large_products_stay_whole_and_link_all_their_levers(build):
    text = "*".join(f"(a^{k} + b + c^{k})" for k in range(1, 9))
    payoffs = compile_payoffs(build(NAMES, {"US": {"a": text, "joint": "d"}}))
    assert graph(payoffs) == {"ab", "ac", "bc"}
    assert len(payoffs.terms) == 2


def test_what_cancels_inside_of_a_long_product_links_nothing(build):
    text = "*".join(f"((a + {k})*b - a*b + c^{k})" for k in range(1, 9))
    payoffs = compile_payoffs(build(NAMES, {"US": {"a": text}}))
    assert graph(payoffs) == {"bc"}
    assert_allclose(
        payoffs.values([5.0, 1.5, 1.25, 1.0]), np.prod([k * 1.5 + 1.25**k for k in range(1, 9)]), rtol=1e-12
    )


def test_linkage_matrix_holds_cross_partials_between_issues_only(build, lever):
    levers = [lever("a", issue="trade"), lever("b", issue="trade"), lever("c", issue="defence")]
    payoffs = compile_payoffs(build(levers, {"US": {"trade": "a^2*b", "joint": "-0.5*a*c"}, "JP": {"joint": "b*c^2"}}))
    matrix = payoffs.linkage_matrix([2.0, 3.0, 5.0])
    assert matrix[0].tolist() == [[0.0, 0.0, -0.5], [0.0, 0.0, 0.0], [-0.5, 0.0, 0.0]]
    assert matrix[1].tolist() == [[0.0, 0.0, 0.0], [0.0, 0.0, 10.0], [0.0, 10.0, 0.0]]
