"""What the exit code says about an answer, and which rules are run."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from bargain.cli.answers import equilibria_exit_code, exit_code, rules
from bargain.results import Certificate, Equilibria, Profile, Solution, Status

HOLDS = Certificate("claim", 0.0, 1e-9)
REFUTED = Certificate("claim", 1.0, 1e-9)


def answer(status, certificate=HOLDS):
    return Solution(None, "nash", "test", status, (0.0,), (0.0,), certificate=certificate)


@pytest.mark.parametrize(
    ("status", "code"),
    [(Status.PROVED, 0), (Status.CONVERGED, 0), (Status.NO_DEAL, 1), (Status.LIMIT, 3), (Status.FAILED, 3)],
)
def test_exit_codes_of_a_deal(status, code):
    assert exit_code(answer(status)) == code
    assert exit_code(answer(status, None)) == code


@pytest.mark.parametrize("status", [Status.PROVED, Status.CONVERGED, Status.NO_DEAL])
def test_an_answer_that_its_certificate_refutes_is_not_certified(status):
    assert exit_code(answer(status, REFUTED)) == 3
    assert exit_code(answer(status, replace(REFUTED, gap=float("nan")))) == 3


def test_exit_codes_of_equilibria():
    profile = Profile(((1.0,),), (0.0,), 0.0)
    found = Equilibria(SimpleNamespace(), "pure", (profile,), None, "")
    assert equilibria_exit_code(found) == 0
    assert equilibria_exit_code(replace(found, profiles=(), complete=True)) == 1
    assert equilibria_exit_code(replace(found, profiles=(), complete=False)) == 3
    assert equilibria_exit_code(replace(found, profiles=(), complete=None)) == 3


def test_the_headline_rule_comes_first_and_once():
    document = SimpleNamespace(solve=SimpleNamespace(solutions=("nash", "egalitarian")))
    assert rules(document, None) == ("nash", "egalitarian")
    assert rules(document, "egalitarian") == ("egalitarian", "nash")
    assert rules(document, "utilitarian") == ("utilitarian", "nash", "egalitarian")
