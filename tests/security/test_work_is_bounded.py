"""Small files that once took minutes, or the memory of the machine, are answered or refused in time."""

import time

import numpy as np
import pytest
from sympy import Mul, Symbol

from bargain.errors import LimitError, ScenarioError
from bargain.payoffs.derivative import Derivatives
from bargain.payoffs.numeric import compile_payoffs
from bargain.payoffs.tensors import check_memory
from bargain.scenario.check import MAX_CHARACTERS
from bargain.scenario.intervals import Work, bounds
from bargain.scenario.overrides import apply_overrides
from bargain.scenario.read import read_text, read_tree

YARDSTICKS = 120  # about four times what the slowest takes on a free core; it used to take from 130 to forever

HEAD = 'format = 1\n[scenario]\nid = "x"\ntitle = "x"\n'
TWO = "[issues.x]\nrange = [-1, 1]\nstatus_quo = 0\n[issues.y]\nrange = [-1, 1]\nstatus_quo = 0\n"


def players(count=2):
    return "".join(f"[players.P{k}]\n" for k in range(count))


def defined(formula, length=200_000):
    return "[define]\n" + "".join(f'd{k} = "{formula}"\n' for k in range(min(999, length // len(formula))))


def nested_conditions(depth):
    formula = "x"
    for _ in range(depth):
        formula = f"(x if {formula} > 0.1 else y)"
    return formula


def many_nested_conditions():
    payoffs = "".join(f'[payoffs.P{k}]\nx = "{nested_conditions(25)}"\n' for k in range(26))
    return HEAD + players(26) + TWO + payoffs


def unknown_results():
    parameters = "[parameters]\n" + "".join(f"p{k} = 1\n" for k in range(1000))
    rules = "".join('[[expect]]\nname = "a"\nrule = "' + "+".join(["q"] * 1990) + ' > 0"\n' for _ in range(70))
    return HEAD + players(26) + parameters + TWO + '[payoffs.P0]\nx = "x"\n' + rules


def unknown_names():
    parameters = "[parameters]\n" + "".join(f"p{k} = 1\n" for k in range(1000))
    return HEAD + players() + parameters + TWO + '[payoffs.P0]\nx = "x"\n' + defined("+".join(["q"] * 1990), 280_000)


def named_levels(word, compared="x"):
    levels = ", ".join(f'"{k}a"' for k in range(10_000))
    formula = " or ".join([f"{compared} == '{word}'"] * 180)
    if compared == "x":
        rest = '[payoffs.P0]\nx = "d0"\n' + defined(f"1 if {formula} else 0")
    else:
        rest = '[payoffs.P0]\nx = "1"\n' + "".join(f'[[expect]]\nname = "a"\nrule = "{formula}"\n' for _ in range(60))
    return HEAD + players() + f'[issues.x]\nlevels = [{levels}]\nstatus_quo = "0a"\n' + rest


def unproved_over_named_levels():
    levels = ", ".join(f'"{k}a"' for k in range(10_000))
    issue = f'[issues.x]\nlevels = [{levels}]\nstatus_quo = "0a"\n[issues.y]\nrange = [0, 1]\nstatus_quo = 0\n'
    return HEAD + players() + issue + "[payoffs.P0]\n" + "x = \"sqrt(y - 1 if x == '5a' else y)\"\n" * 1


def plus_signs():
    formula = "+(" * 62 + "+".join(["x"] * 1880) + ")" * 62
    return HEAD + players() + TWO + '[payoffs.P0]\nx = "x"\n' + defined(formula)


def many_levels_in_unproved_formulas():
    letters = "abcdefghi"
    issues = "".join(f"[issues.{c}]\nrange = [0, 1]\nsteps = 10001\nstatus_quo = 0\n" for c in letters)
    formula = "1/(" + "-".join(f"({c} - {c})" for c in letters) + " + 0.00001 + a*b)"
    payoffs = "".join(f"[payoffs.P{p}]\n" + "".join(f'{c} = "{formula}"\n' for c in letters) for p in range(26))
    return HEAD + players(26) + issues + payoffs


def deep_chain_over_many_levers():
    levers = "".join(
        f"[issues.g{k}.levers]\n"
        + "".join(f"x{4 * k + j} = {{ range = [0.5, 1], status_quo = 0.5 }}\n" for j in range(4))
        for k in range(64)
    )
    sums = "+".join(f"x{k}" for k in range(256))
    chain = "[define]\n" + f'd0 = "{sums}"\n' + "".join(f'd{k} = "log(d{k - 1} + 2)"\n' for k in range(1, 200))
    payoffs = "".join(f'[payoffs.P{p}]\njoint = "d199"\ng1 = "d198"\n' for p in range(26))
    return HEAD + players(26) + levers + chain + payoffs


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(many_nested_conditions(), id="conditionals-in-conditions"),
        pytest.param(unknown_results(), id="unknown-results"),
        pytest.param(unknown_names(), id="unknown-names"),
        pytest.param(named_levels("9999a"), id="last-of-10000-levels"),
        pytest.param(named_levels("zz"), id="no-level"),
        pytest.param(named_levels("9999a", "deal.x"), id="last-level-in-rules"),
        pytest.param(named_levels("zz", "deal.x"), id="no-level-in-rules"),
        pytest.param(unproved_over_named_levels(), id="domain-over-10000-names"),
        pytest.param(plus_signs(), id="plus-signs"),
        pytest.param(many_levels_in_unproved_formulas(), id="90009-levels"),
        pytest.param(deep_chain_over_many_levers(), id="256-levers-in-a-chain"),
    ],
)
def test_small_hostile_file_is_checked_in_time(text, bounded):
    started = time.process_time()
    try:
        read_text(text, "hostile.toml")
    except ScenarioError as error:
        said = len(error.diagnostics)
    else:
        said = 0
    assert said <= 120
    bounded(time.process_time() - started, YARDSTICKS)


def test_formulas_of_a_file_have_a_largest_length_in_all():
    text = HEAD + players() + TWO + '[payoffs.P0]\nx = "x"\n' + defined("+".join(["x"] * 1990), MAX_CHARACTERS + 8000)
    started = time.process_time()
    with pytest.raises(ScenarioError) as caught:
        read_text(text, "long.toml")
    assert [each.code for each in caught.value.diagnostics] == ["BG014"]
    assert str(MAX_CHARACTERS) in caught.value.diagnostics[0].message
    assert time.process_time() - started < 1


def test_bounds_stop_when_the_work_is_used_up():
    from bargain.scenario.formula import read_formula

    formula = read_formula("x + x + x")
    assert bounds(formula, {"x": (0.0, 1.0)}, Work(4)) == (0.0, 3.0)
    assert bounds(formula, {"x": (0.0, 1.0)}, Work(3)) is None


def test_a_constant_formula_is_checked_even_when_the_work_is_used_up():
    chain = "[define]\n" + 'd0 = "x"\n' + "".join(f'd{k} = "log(d{k - 1}*d0 + 2)"\n' for k in range(1, 300))
    heavy = "".join(f'[payoffs.P{p}]\nx = "d299"\ny = "d298"\n' for p in range(25))
    text = HEAD + players(26) + TWO + chain + heavy + '[payoffs.P25]\nx = "1/(0.5 - 0.5)"\n'
    with pytest.raises(ScenarioError, match="the payoff of P25 has no value: division by zero"):
        read_text(text, "constant.toml")


@pytest.mark.parametrize("path", [" " * 3000 + '"', '"' * 3999, "a" * 4001, " " * 100_000 + '"'])
def test_path_to_set_is_read_in_time(path):
    started = time.process_time()
    with pytest.raises(ScenarioError, match=r"is not a path|no such entry"):
        apply_overrides({"solve": {}}, {path: 1})
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("tree", "path"),
    [
        ({"issues": 5, "payoffs": {"US": {}}}, "payoffs.US.x"),
        ({"players": 3, "disagreement": {"payoffs": {}}}, "disagreement.payoffs.US"),
    ],
)
def test_setting_an_entry_of_a_broken_tree_is_refused(tree, path):
    with pytest.raises(ScenarioError):
        read_tree(tree, overrides={path: 1})


def compiled(text):
    return compile_payoffs(read_text(HEAD + players() + text, "hostile.toml"))


def levers(count):
    issues = -(-count // 4)
    return "".join(
        f"[issues.g{k}.levers]\n"
        + "".join(f"x{j} = {{ range = [0.5, 1], status_quo = 0.5 }}\n" for j in range(4 * k, min(4 * k + 4, count)))
        for k in range(issues)
    )


def test_least_of_hundreds_of_arguments_is_compiled():
    items = [f"x{k % 64}-{k}" for k in range(330)]
    payoffs = compiled(levers(64) + f'[payoffs.P0]\ng0 = "min({",".join(items)})"\ng1 = "max({",".join(items)})/2"\n')
    point = 0.5 + np.arange(64) / 200
    values = [point[k % 64] - k for k in range(330)]
    assert payoffs.values(point)[0] == pytest.approx(min(values) + max(values) / 2, rel=1e-12)


def test_sum_of_thousands_of_terms_over_all_headings_is_compiled():
    issues = "".join(
        f'g{h} = "' + "+".join(f"x{(4 * h + k) % 256}^{k}.5" for k in range(1, 90)) + '"\n' for h in range(64)
    )
    payoffs = compiled(levers(256) + "[payoffs.P0]\n" + issues)
    expected = sum(0.75 ** (k + 0.5) for k in range(1, 90)) * 64
    assert payoffs.values([0.75] * 256)[0] == pytest.approx(expected, rel=1e-12)


def test_derivatives_are_refused_when_they_have_too_many_parts():
    symbols = [Symbol(f"x{k}", real=True) for k in range(30)]
    product = Mul(*symbols)
    assert Derivatives(2_000).of(product, symbols[3]) == Mul(*symbols[:3], *symbols[4:])
    shared = Derivatives(2_000)
    with pytest.raises(LimitError, match="derivatives of these payoffs have too many parts"):
        [shared.of(shared.of(product, row), column) for row in symbols for column in symbols]


def test_more_levers_than_an_array_has_axes_are_refused():
    names = [f"x{k}" for k in range(64)]
    rule = f'[[constraints]]\nname = "a"\nrule = "{"+".join(names)} <= 99"\n'
    payoffs = compiled(levers(64) + f'[payoffs.P0]\njoint = "{"*".join(names)}"\n' + rule)
    for tabulate in (payoffs.tensors, payoffs.masks):
        with pytest.raises(LimitError, match="64 levers together"):
            tabulate([[0.5]] * 64)


def test_multiplying_out_is_bounded_over_all_formulas(bounded):
    formula = "(" + "+".join(f"x{k}" for k in range(20)) + ")^64*(x1 + x2)^64*(x1*x2 + x3)^63"
    entries = "".join(f'g{h} = "{formula} + {h}"\n' for h in range(16))
    text = HEAD + players(10) + levers(64) + "".join(f"[payoffs.P{p}]\n{entries}" for p in range(10))
    document = read_text(text, "powers.toml")
    started = time.process_time()
    payoffs = compile_payoffs(document)
    bounded(time.process_time() - started, YARDSTICKS)
    point = np.full(64, 0.5)
    expected = sum(10.0**64 * 0.75**63 + h for h in range(16))
    assert payoffs.values(point) == pytest.approx([expected] * 10, rel=1e-9)


def test_memory_for_parts_of_a_formula_is_predicted():
    terms = "+".join(f"(x + y*{k})^2.5/(1 + (x + y*{k})^2.5)" for k in range(1, 101))
    issues = "".join(f"[issues.{c}]\nrange = [0, 1]\nsteps = 3000\nstatus_quo = 0\n" for c in "xy")
    payoffs = compiled(issues + f'[payoffs.P0]\njoint = "{terms}"\n')
    # The payoffs themselves take half a GiB, the parts that are used twice many times that.
    with pytest.raises(LimitError, match=r"the payoffs on this grid would take \d\.\d GiB"):
        payoffs.tensors([lever.codes for lever in payoffs.levers])


def test_memory_beyond_any_float_is_refused_in_words():
    with pytest.raises(LimitError, match=r"would take 10\^\d{3} GiB"):
        check_memory("the tensor", 8 * 101**256, 2**31)
