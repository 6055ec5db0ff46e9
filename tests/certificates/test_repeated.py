"""Certificates of sustained payoffs: true plans hold, changed ones are refuted."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from bargain.certificates.repeated import certify_sustained
from bargain.games.normal_form import NormalFormGame
from bargain.reports.repeated import repeated_section, repeated_tree
from bargain.time.repeated_game import repeated_payoffs

DILEMMA = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])


@pytest.mark.parametrize("seed", range(10))
def test_what_is_found_holds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = NormalFormGame.from_payoffs(rng.integers(0, 9, (2, 3, 3)).tolist())
    found = repeated_payoffs(game, 0.6)
    certificate = certify_sustained(game, found.delta, found.corners, found.plans)
    assert certificate.holds
    assert certificate.gap == 0


def test_changes_are_refuted() -> None:
    found = repeated_payoffs(DILEMMA, 0.5)
    corner = found.corners.index((3, 3))
    check = certify_sustained(DILEMMA, Fraction(49, 100), found.corners, found.plans)
    assert check.refuted
    impatient = certify_sustained(DILEMMA, Fraction(49, 100), ((3, 3), (1, 1)), (
        replace(found.plans[corner], promise=((0, Fraction(1)),)),
        replace(found.plans[0], promise=((1, Fraction(1)),)),
    ))  # fmt: skip
    assert impatient.refuted
    assert impatient.witness["what"] == "a deviation pays more"
    assert impatient.gap == pytest.approx(0.51 * 5 + 0.49 - 3)
    higher = tuple((x + 1, y) if k == corner else (x, y) for k, (x, y) in enumerate(found.corners))
    assert certify_sustained(DILEMMA, found.delta, higher, found.plans).refuted
    for promise in (((9, Fraction(1)),), ((0, Fraction(1, 2)),), ((0, Fraction(2)), (1, Fraction(-1)))):
        plans = tuple(replace(plan, promise=promise) for plan in found.plans)
        assert certify_sustained(DILEMMA, found.delta, found.corners, plans).refuted
    assert certify_sustained(DILEMMA, found.delta, found.corners, found.plans[1:]).refuted


def test_report_has_the_numbers() -> None:
    found = repeated_payoffs(DILEMMA, 0.5)
    tree = repeated_tree(found)
    assert tree["corners"] == [[1, 1], ["13/3", 1], [3, 3], [1, "13/3"]]
    assert tree["exact"] is True
    assert tree["plans"][2]["actions"] == ["0", "0"]
    assert tree["plans"][2]["slack"] == [0, 0]
    section = repeated_section(found)
    assert "exactly what can be sustained" in section.body[-1]
    pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    assert "No equilibrium" in repeated_section(repeated_payoffs(pennies, 0.5)).body[0]
