"""Each known trap of nashpy, and that it does no harm here."""

import sys
import time

import nashpy
import numpy as np
import pytest

from bargain.equilibria import child
from bargain.equilibria.methods import equilibria
from bargain.errors import NotSolvedError, UnsupportedGameError
from bargain.games.normal_form import NormalFormGame

NASHPY = ("nashpy-support", "nashpy-vertex", "nashpy-lemke-howson")
SEXES = np.array([[[3.0, 0], [0, 1]], [[1, 0], [0, 3]]])


def solve(payoffs, method, **options):
    return equilibria(NormalFormGame.from_payoffs(payoffs), method=method, exact=True, **options)


def strategies_of(found):
    return {profile.strategies for profile in found}


@pytest.mark.parametrize("method", NASHPY)
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (3, 1)])
def test_single_rows_and_columns_are_solved_directly(method, shape):
    """nashpy's vertex enumeration raises on 1xn, its Lemke-Howson hangs on 1x1 and 3x1."""
    payoffs = np.random.default_rng(0).integers(0, 3, (2, *shape))
    found = solve(payoffs, method)
    assert strategies_of(found) == strategies_of(solve(payoffs, "extreme"))
    assert found.complete is True


@pytest.mark.parametrize("method", NASHPY)
@pytest.mark.parametrize("payoffs", [np.zeros((2, 2, 2)), np.full((2, 3, 2), 7.0), [np.eye(2), np.zeros((2, 2))]])
def test_constant_payoffs_are_solved_directly(method, payoffs):
    """nashpy's vertex enumeration raises on all-zero games."""
    found = solve(payoffs, method)
    assert strategies_of(found) == strategies_of(solve(payoffs, "extreme"))
    assert "solved directly" in found.notes[-1]


@pytest.mark.parametrize("method", ["nashpy-support", "nashpy-vertex"])
@pytest.mark.parametrize(("scale", "offset"), [(1e-12, 0), (1e12, 0), (1, 1e6), (1, -1e6), (1e-9, 1e-3)])
def test_units_and_offsets_do_no_harm(method, scale, offset):
    """Vertex enumeration raises at 1e+-12, and finds 49 "equilibria" instead of 3 with an offset of 10**6."""
    found = solve(SEXES * scale + offset, method)
    assert len(found) == 3
    for mine, expected in zip(found, solve(SEXES, "extreme"), strict=True):
        for p, q in zip(mine.strategies, expected.strategies, strict=True):
            assert [float(x) for x in p] == pytest.approx([float(x) for x in q], abs=1e-5)


def test_the_offset_trap_still_exists_in_nashpy():
    """When this fails, nashpy was mended, and the precaution may go."""
    raw = list(nashpy.Game(*(SEXES + 1e6)).vertex_enumeration())
    assert len(raw) != 3


def test_lemke_howson_is_ended_when_it_hangs_and_its_wrong_answers_are_dropped(monkeypatch):
    """It hangs on many integer games, and gives non-equilibria on others."""
    monkeypatch.setattr("bargain.equilibria.nashpy_games.LABEL_SECONDS", 0.3)
    rng = np.random.default_rng(0)
    payoffs = rng.integers(0, 4, (2, 12, 12))
    started = time.monotonic()
    found = solve(payoffs, "nashpy-lemke-howson", time_limit=4)
    assert time.monotonic() - started < 15
    assert found.complete is None
    assert all(profile.regret == 0 for profile in found)
    assert any("did not finish and were ended" in note or "were dropped" in note for note in found.notes)


def test_lemke_howson_tries_every_starting_label():
    found = solve(SEXES, "nashpy-lemke-howson")
    assert [profile.pure for profile in found] == [(0, 0), (1, 1)]
    assert "one equilibrium per starting label" in found.reason


def test_a_child_that_fails_is_reported(monkeypatch, tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    payoffs = np.zeros((2, 100, 100)).tolist()
    assert list(child.run_in_child("nashpy-lemke-howson", payoffs, 3, total=60.0, step=60.0)) == [
        (label, None) for label in range(3)
    ]
    with pytest.raises(NotSolvedError, match="nashpy failed"):
        equilibria(NormalFormGame.from_payoffs(SEXES), "nashpy-support", time_limit=60.0)


def test_a_child_that_never_answers_is_ended(monkeypatch):
    monkeypatch.setattr(child, "_START_SECONDS", 0.0)
    answers = list(child.run_in_child("nashpy-lemke-howson", SEXES.tolist(), 3, total=0.5, step=0.1))
    assert answers
    assert all(line is None for _, line in answers)


@pytest.mark.parametrize("method", ["nashpy-support", "nashpy-vertex"])
def test_a_time_limit_runs_nashpy_in_a_child(method):
    found = solve(SEXES, method, time_limit=60)
    assert strategies_of(found) == strategies_of(solve(SEXES, "extreme"))


def test_a_time_limit_ends_a_long_support_enumeration():
    payoffs = np.random.default_rng(1).random((2, 13, 13))
    started = time.monotonic()
    found = solve(payoffs, "nashpy-support", time_limit=2)
    assert time.monotonic() - started < 10
    assert found.complete is None
    assert any("stopped at the time limit of 2 s" in note for note in found.notes)


@pytest.mark.parametrize("method", ["nashpy-support", "nashpy-vertex"])
def test_no_warning_escapes_on_degenerate_games_but_a_note_does(method):
    payoffs = [[[1, 1], [1, 0]], [[1, 1], [1, 0]]]
    found = solve(payoffs, method)
    assert found.complete is None
    assert strategies_of(found) <= strategies_of(solve(payoffs, "extreme"))


def test_an_even_number_of_equilibria_is_noted():
    rng = np.random.default_rng(7)
    for _ in range(60):
        found = solve(rng.integers(0, 3, (2, 3, 3)), "nashpy-support")
        even = any("an even number of equilibria" in note for note in found.notes)
        if not any("solved directly" in note for note in found.notes):
            assert even == (len(found) % 2 == 0)
    # Uniqueness in exact arithmetic: nothing is listed twice.
    assert len(strategies_of(found)) == len(found)


@pytest.mark.parametrize("method", NASHPY)
def test_three_players_are_refused_with_advice(method):
    game = NormalFormGame.from_payoffs(np.zeros((3, 2, 2, 2)))
    with pytest.raises(UnsupportedGameError, match="here 3 have; use method `auto` or `pure`"):
        equilibria(game, method=method)


def test_nan_is_refused_before_any_method_sees_it():
    with pytest.raises(ValueError, match="entry \\(0, 0\\) is nan"):
        NormalFormGame.from_payoffs([[[np.nan, 0]], [[0, 0]]])
