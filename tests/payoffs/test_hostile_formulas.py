"""Formulas that would break a careless compiler: names of sympy and Python, bombs, chains that double."""

import builtins
import keyword

import numpy as np
import pytest
import sympy
from numpy.testing import assert_allclose

from bargain.payoffs.algebra import constant
from bargain.payoffs.domain import PayoffDomainError
from bargain.payoffs.nodes import postorder
from bargain.payoffs.numeric import compile_payoffs
from bargain.scenario.expression import evaluate
from bargain.scenario.formula import RESERVED, read_formula

SYMPY_NAMES = [
    "beta",
    "gamma",
    "zeta",
    "E",
    "I",
    "N",
    "S",
    "O",
    "Q",
    "C",
    "pi",
    "oo",
    "nan",
    "zoo",
    "Symbol",
    "Min",
    "x0",
    "x1",
    "s0",
]
PYTHON_NAMES = ["lambda_", "exec", "import_", "eval", "open", "print", "numpy", "where", "minimum", "inf", "range"]


@pytest.mark.parametrize("name", SYMPY_NAMES + PYTHON_NAMES)
def test_names_of_sympy_and_python_are_the_users_own(build, name):
    document = build([name, "other"], {"US": {"other": f"{name}^2 + p*other*{name}"}}, parameters={"p": 3.0})
    payoffs = compile_payoffs(document)
    assert payoffs.values([2.0, 5.0]).tolist() == [34.0]
    assert payoffs.gradient([2.0, 5.0]).tolist() == [[19.0, 6.0]]
    as_parameter = build(["other"], {"US": {"other": f"{name}*other"}}, parameters={name: 3.0})
    assert compile_payoffs(as_parameter).values([2.0]).tolist() == [6.0]


def test_no_users_name_reaches_sympy(build):
    names = sorted({*dir(builtins), *dir(sympy)} - RESERVED - set(keyword.kwlist))[:200]
    payoffs = compile_payoffs(build(names, {"US": {names[0]: " + ".join(f"{name}^2" for name in names)}}))
    assert payoffs.values(np.arange(200.0)) == pytest.approx([sum(k * k for k in range(200))])
    symbols = {symbol.name for term in payoffs.terms for symbol in term.expression.free_symbols}
    assert symbols == {f"x{k}" for k in range(200)}


DOUBLING = {
    "sum": "{0} + {0}",
    "product": "{0}*({0} + 1)/2",
    "square": "({0} + b)^2/8",
    "exponential": "exp(-{0} - b*{0})",
    "extreme": "min({0} + b, 2*{0})",
    "absolute": "abs({0} - b*{0})",
    "root": "sqrt({0}*{0} + b*{0})",
    "quotient": "{0}/(1 + b*{0})",
    "power": "(1 + {0})^(1/(1 + {0}))",
    "choice": "{0} if {0} > b else {0} + b",
    "mixed power": "(({0} + 1)*{0}/4)^2",
}


@pytest.mark.parametrize("kind", DOUBLING)
def test_chain_of_thirty_definitions_that_double_is_compiled_and_right(build, kind):
    define = {"d0": "a"} | {f"d{k}": DOUBLING[kind].format(f"d{k - 1}") for k in range(1, 31)}
    payoffs = compile_payoffs(build("ab", {"US": {"a": "d30"}}, define=define))
    for point in ([0.5, 0.75], [0.25, 0.5]):
        values = dict(zip("ab", point, strict=True))
        for name, text in define.items():
            values[name] = evaluate(read_formula(text), values)
        assert_allclose(payoffs.values(point), values["d30"], rtol=1e-9, atol=1e-300)
        assert np.isfinite(payoffs.gradient(point)).all()
        assert payoffs.hessian(point).shape == (1, 2, 2)


def test_chain_of_definitions_has_the_derivative_of_the_chain_rule(build):
    define = {"d0": "a"} | {f"d{k}": f"d{k - 1}*(d{k - 1} + b)/2" for k in range(1, 21)}
    payoffs = compile_payoffs(build("ab", {"US": {"a": "d20"}}, define=define))
    value, slopes = 0.9, np.array([1.0, 0.0])
    for _ in range(20):
        value, slopes = value * (value + 1.05) / 2, ((2 * value + 1.05) * slopes + np.array([0.0, value])) / 2
    assert_allclose(payoffs.values([0.9, 1.05]), value, rtol=1e-12)
    assert_allclose(payoffs.gradient([0.9, 1.05])[0], slopes, rtol=1e-11)


def test_the_same_definition_written_twice_is_compared_in_no_time(build):
    define = {}
    for chain in "de":
        define |= {f"{chain}0": "a"} | {f"{chain}{k}": f"{chain}{k - 1}*({chain}{k - 1} + 1)/2" for k in range(1, 31)}
    payoffs = compile_payoffs(build("ab", {"US": {"a": "d30 - e30 + b"}}, define=define))
    assert payoffs.values([0.5, 2.0]).tolist() == [2.0]


@pytest.mark.parametrize(
    "text",
    [
        "9^9^9^9*a",
        "(10*a)^1e300/a^1e300",
        "2^((10*a)^1e300/a^1e300)",
        "((((2*a)^64)^64)^64)^64",
        "(2*a + 2*b)^64^64",
        "exp(exp(exp(exp(10))))*a",
        "10^(10^(10^(10^a)))",
        "1e308*1e308*a",
        "(a + b)^0.5^1e9 + 1e308*10*a",
    ],
)
def test_bombs_of_constants_fail_fast_with_the_place(build, text):
    payoffs = compile_payoffs(build("ab", {"US": {"a": text}}))
    for node in postorder(term.expression for term in payoffs.terms):
        if node.is_Integer:
            assert abs(int(node)) < 10**20
        elif node.is_Float:
            assert np.isfinite(constant(node))
    with pytest.raises(PayoffDomainError, match="`US` under `a`"):
        payoffs.values([3.0, 2.0])


def test_long_formulas_are_linear_work(build):
    text = " + ".join(f"{k}*a^{k % 7}*b" for k in range(1, 200)) + " + " + "*".join(["(1 + a/9)"] * 60)
    payoffs = compile_payoffs(build("ab", {"US": {"a": text}}))
    expected = sum(k * 2.0 ** (k % 7) * 3.0 for k in range(1, 200)) + (1 + 2.0 / 9) ** 60
    assert_allclose(payoffs.values([2.0, 3.0]), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "step", ["log(1 + {0}*b)", "min({0}*b, 2)", "{0}*b if {0} > 0 else 1", "sqrt({0} + b)/2", "({0} + b)^2/9"]
)
def test_chain_of_two_hundred_definitions_needs_no_recursion(build, step):
    define = {"d0": "a"} | {f"d{k}": step.format(f"d{k - 1}") for k in range(1, 201)}
    payoffs = compile_payoffs(build("ab", {"US": {"a": "d200"}}, define=define, limits=[("room", "d200 <= 9")]))
    values = {"a": 1.0, "b": 0.75}
    for name, text in define.items():
        values[name] = evaluate(read_formula(text), values)
    assert_allclose(payoffs.values([1.0, 0.75])[0], values["d200"], rtol=1e-10, atol=1e-12)
    assert payoffs.allowed([1.0, 0.75])
    assert np.isfinite(payoffs.hessian([1.0, 0.75])).all()


def test_deeply_nested_formula_is_compiled(build):
    text = "a"
    for _ in range(20):
        text = f"log(1 + sqrt({text}))"
    payoffs = compile_payoffs(build("ab", {"US": {"a": text}}))
    assert_allclose(payoffs.values([2.0, 1.0])[0], evaluate(read_formula(text), {"a": 2.0}), rtol=1e-12)
    assert np.isfinite(payoffs.hessian([2.0, 1.0])).all()
