"""The rules that divide the frontier of two players' lotteries, against oracles in exact fractions and plain iteration.

The oracles share nothing with the package: the frontier is read off all segments between all deals, areas are sums of
trapezoids, Raiffa's steps are taken one by one in fractions, lengths are added up with 50 digits.
"""

import itertools
import os
import random
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from bargain.errors import UnsupportedProblemError
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.results import Status
from bargain.solutions.reference_point import gupta_livne
from bargain.solutions.rules import RULES, rules_for, solve_problem

PROBLEMS = 500 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 100
"""Random problems for each rule."""

DIVISIONS = [name for name, rule in RULES.items() if rule.sets == ("lotteries",)]
NEW = [*DIVISIONS, "equal-loss", "gupta-livne"]


def frontier_of(points, d):
    """Corners of the individually rational frontier in fractions: where the best payoff of player 2 bends."""
    gains = [tuple(Fraction(u) - Fraction(v) for u, v in zip(p, d, strict=True)) for p in points]
    best = height(gains)
    rational = [x for x in breaks(gains) if best(x) is not None and best(x) >= 0]
    if not rational:
        return []
    # From the leftmost highest point on, efficient points are those where nothing further right is as high.
    corners = [(x, best(x)) for x in sorted(rational)]
    return [c for k, c in enumerate(corners) if all(other[1] < c[1] for other in corners[k + 1 :])]


def height(gains):
    """The most that player 2 can gain when player 1 gains exactly x, from all segments."""
    pairs = list(itertools.combinations_with_replacement(sorted(set(gains)), 2))

    def best(x):
        values = [
            a[1] if a[0] == b[0] else a[1] + (b[1] - a[1]) * (x - a[0]) / (b[0] - a[0])
            for a, b in pairs
            if a[0] <= x <= b[0]
        ]
        values += [b[1] for a, b in pairs if a[0] == b[0] == x]
        return max(values, default=None)

    return best


def breaks(gains):
    """Where the frontier can bend or be cut: payoffs of deals, zero, and where player 2's gain is zero on a segment."""
    found = {Fraction(0), *(x for x, _ in gains)}
    for a, b in itertools.combinations(gains, 2):
        if (a[1] < 0) != (b[1] < 0):
            found.add(a[0] + (b[0] - a[0]) * a[1] / (a[1] - b[1]))
    return {x for x in found if x >= 0}


def at(corners, x):
    """Player 2's gain on the frontier with free disposal."""
    if x <= corners[0][0]:
        return corners[0][1]
    for (a1, a2), (b1, b2) in itertools.pairwise(corners):
        if x <= b1:
            return a2 + (b2 - a2) * (x - a1) / (b1 - a1)
    raise AssertionError("beyond the frontier")


def beside(corners, y):
    """Player 1's gain on the frontier with free disposal."""
    return at([(v, u) for u, v in reversed(corners)], y)


def area_below(corners, x):
    """The area of what can be reached with at most x for player 1, by trapezoids."""
    cuts = [Fraction(0), *(c for c, _ in corners if c < x), x]
    return sum((b - a) * (at(corners, a) + at(corners, b)) / 2 for a, b in itertools.pairwise(cuts))


def length(corners):
    """The length of Perles and Maschler, to 50 digits."""
    with localcontext() as digits:
        digits.prec = 50
        squares = [(b1 - a1) * (a2 - b2) for (a1, a2), (b1, b2) in itertools.pairwise(corners)]
        return sum((Decimal(s.numerator) / Decimal(s.denominator)).sqrt() for s in squares)


def draw(rng):
    top = rng.choice([1, 3, 8, 30])
    points = [(rng.randint(-top, top), rng.randint(-top, top)) for _ in range(rng.randint(1, 7))]
    if rng.random() < 0.15:
        points += [(v, u) for u, v in points]
    columns = list(zip(*points, strict=True))
    places = [
        tuple(Fraction(sum(column), len(column)) for column in columns),
        tuple(min(column) - 1 for column in columns),
        rng.choice(points),
        (max(columns[0]), min(columns[1])),
    ]
    return points, rng.choice(places)


def solved(points, d, rule, **options):
    rows = [tuple(map(Fraction, point)) for point in points]
    problem = BargainingProblem.from_points(rows, d, lotteries=True)
    return gupta_livne(problem, **options) if options else solve_problem(problem, rule)


def cases(rule, number=PROBLEMS):
    """Problems with their frontier, and our solution; problems without a deal are checked and left out."""
    rng = random.Random(rule)
    for _ in range(number):
        points, d = draw(rng)
        corners, solution = frontier_of(points, d), solved(points, d, rule)
        if not any(u > 0 or v > 0 for u, v in corners):
            assert solution.status is Status.NO_DEAL, (points, d)
            continue
        assert solution.status is Status.PROVED, (points, d)
        assert solution.certificate.holds
        mean = [sum(chance * points[deal][i] for deal, chance in solution.lottery) - Fraction(d[i]) for i in (0, 1)]
        assert len(solution.lottery) <= 2
        assert [float(m) for m in mean] == pytest.approx([float(g) for g in solution.gains], rel=1e-12, abs=1e-12)
        v = solution.gains
        size = max(corners[-1][0], corners[0][1])
        assert abs(at(corners, min(Fraction(v[0]), corners[-1][0])) - Fraction(v[1])) <= size * Fraction(1, 10**12)
        yield corners, solution, (points, d)


def test_equal_areas_are_exactly_equal():
    for corners, solution, problem in cases("equal-area"):
        x, y = solution.gains
        above = area_below(corners, x) - x * y / 2
        whole = area_below(corners, corners[-1][0])
        assert 2 * above == whole, problem


def test_lengths_of_perles_and_maschler_are_equal():
    for corners, solution, problem in cases("perles-maschler"):
        x, y = map(Fraction, solution.gains)
        before = [*(c for c in corners if c[0] < x), (x, min(y, corners[0][1]))]
        after = [(x, max(y, corners[-1][1])), *(c for c in corners if c[0] > x)]
        left, right = (length([(a, b) for a, b in part]) if len(part) > 1 else Decimal(0) for part in (before, after))
        assert abs(left - right) <= Decimal("1e-7") * (left + right), problem
        if all(isinstance(gain, Fraction) for gain in solution.gains) and len(corners) == 2:
            assert left == right


def test_discrete_raiffa_is_the_limit_of_plain_steps():
    for corners, solution, problem in cases("discrete-raiffa"):
        x, y = Fraction(0), Fraction(0)
        for _ in range(60):
            x, y = (x + beside(corners, y)) / 2, (y + at(corners, x)) / 2
            if at(corners, x) == y and beside(corners, y) == x:
                assert solution.gains == (x, y), problem
                break
            # Numerators would grow without end; 60 digits keep the steps all but exact.
            x, y = (
                Fraction(round(value * 10**60), 10**60) if value.denominator > 10**60 else value for value in (x, y)
            )
            y = min(y, at(corners, x))
        assert [float(g) for g in solution.gains] == pytest.approx([float(x), float(y)], rel=1e-9, abs=1e-9), problem


def test_continuous_raiffa_is_the_end_of_the_path():
    for corners, solution, problem in cases("continuous-raiffa", PROBLEMS // 6):
        table = np.array(corners, float)
        size = np.array([table[-1, 0], table[0, 1]])
        size[size == 0] = 1.0
        table = table / size

        def ahead(_, place, table=table):
            right = np.interp(-place[1], -table[:, 1], table[:, 0])
            return [right - place[0], np.interp(place[0], table[:, 0], table[:, 1]) - place[1]]

        path = solve_ivp(ahead, (0.0, 60.0), [0.0, 0.0], method="DOP853", rtol=1e-10, atol=1e-13)
        assert np.array(solution.gains, float) / size == pytest.approx(path.y[:, -1], abs=1e-7), problem


def test_continuous_raiffa_has_its_closed_form_on_a_square_and_a_triangle():
    """Of a square of side 4 with a triangle beside it: the path leaves the top edge at (4, 4 - 4/e)."""
    solution = solved([(0, 4), (4, 4), (8, 0)], (0, 0), "continuous-raiffa")
    assert solution.payoffs == pytest.approx((4 + 2 / np.e, 4 - 2 / np.e), abs=1e-14)


def test_two_players_lose_exactly_the_same():
    for corners, solution, problem in cases("equal-loss"):
        assert corners[-1][0] - solution.gains[0] == corners[0][1] - solution.gains[1], problem


def test_dictators_mean_lies_on_the_line_to_the_ideal_point():
    for corners, solution, problem in cases("dictators-mean"):
        (p1, p2), (q1, q2) = corners[0], corners[-1]
        x, y = solution.gains
        assert (x - (p1 + q1) / 2) * (p2 - q2) == (y - (p2 + q2) / 2) * (q1 - p1), problem
        # The mean lies on the line from the point of minimal expectations (Roth 1977).
        assert (x - p1) * (p2 - q2) == (y - q2) * (q1 - p1)


def test_gupta_livne_lies_on_the_line_from_the_reference_point():
    rng = random.Random(9)
    for corners, solution, (points, d) in cases("gupta-livne"):
        assert solution.gains == solved(points, d, "kalai-smorodinsky").gains
        x = Fraction(rng.randint(0, 4), 4) * corners[-1][0]
        y = Fraction(rng.randint(0, 4), 4) * at(corners, x)
        found = solved(points, d, "gupta-livne", reference=(x + d[0], y + d[1])).gains
        ideal = corners[-1][0], corners[0][1]
        assert (found[0] - x) * (ideal[1] - y) == (found[1] - y) * (ideal[0] - x), (points, d, x, y)
        assert found[0] >= x
        assert found[1] >= y
        assert at(corners, found[0]) == found[1]


@pytest.mark.parametrize("rule", NEW)
@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_floats_in_any_unit_have_the_exact_answer(rule, unit):
    rng = random.Random(f"{rule} {unit}")
    for _ in range(40):
        points, d = draw(rng)
        exact = solved(points, d, rule)
        problem = BargainingProblem.from_points(np.array(points) * unit, np.array(d, float) * unit, lotteries=True)
        found = solve_problem(problem, rule)
        assert found.status is exact.status
        assert np.allclose(np.array(found.payoffs) / unit, np.array(exact.payoffs, float), rtol=0, atol=1e-9 * 60)


@pytest.mark.parametrize("rule", DIVISIONS)
def test_a_package_of_separable_issues_is_the_list_of_all_combinations(rule):
    rng = random.Random(rule)
    for _ in range(10):
        issues = [[(rng.randint(-4, 6), rng.randint(-4, 6)) for _ in range(rng.randint(1, 4))] for _ in range(3)]
        sums = [tuple(map(sum, zip(*choice, strict=True))) for choice in itertools.product(*issues)]
        package = solve_problem(BargainingProblem.additive(issues, (0, 0), lotteries=True), rule)
        assert np.allclose(package.gains, np.array(solved(sums, (0, 0), rule).gains, float), rtol=0, atol=1e-12)


def test_all_rules_agree_on_a_symmetric_set_and_on_a_triangle():
    """Perles and Maschler (1981): the middle of a triangle's frontier; every rule here that is scale-free takes it."""
    for rule in NEW:
        assert solved([(0, 1), (Fraction(3, 4), Fraction(3, 4)), (1, 0)], (0, 0), rule).payoffs == (Fraction(3, 4),) * 2
        if "scale-invariance" in RULES[rule].axioms:
            assert solved([(0, 3), (8, 0)], (0, 0), rule).payoffs == (4, Fraction(3, 2))


def test_two_linked_frontiers_of_horstmann_markusen_and_robles():
    """u/2 + v <= 1 and u + v/2 <= 1: apart each issue gives (1, 1/2) and (1/2, 1); linked, (2, 2)."""
    first, second = [(0, 1), (2, 0), (0, 0)], [(0, 2), (1, 0), (0, 0)]
    for rule in ("perles-maschler", "discrete-raiffa", "equal-area", "dictators-mean"):
        apart = [solved(points, (0, 0), rule).payoffs for points in (first, second)]
        assert apart == [(1, Fraction(1, 2)), (Fraction(1, 2), 1)]
        linked = BargainingProblem.additive([first, second], (0, 0), lotteries=True)
        assert solve_problem(linked, rule).payoffs == pytest.approx((2, 2))


@pytest.mark.parametrize("rule", DIVISIONS)
def test_deals_without_lotteries_are_refused(rule):
    with pytest.raises(UnsupportedProblemError, match="needs a convex set of payoffs: allow lotteries"):
        solve_problem(BargainingProblem.from_points([(1, 2), (2, 1)], (0, 0)), rule)


@pytest.mark.parametrize("rule", NEW)
def test_continuous_levers_and_weights_are_refused(rule):
    levers = ContinuousDeals(
        lower=np.zeros(1),
        upper=np.ones(1),
        values=lambda x: np.concatenate([x, 1 - x], axis=-1),
        gradient=lambda x: np.array([[1.0], [-1.0]]),
        hessian=lambda x: np.zeros((2, 1, 1)),
    )
    with pytest.raises(UnsupportedProblemError, match="continuous levers: give them `steps` or `levels`"):
        solve_problem(BargainingProblem(("A", "B"), levers, (0, 0)), rule)
    with pytest.raises(ValueError, match=f"{rule} takes no weights"):
        solve_problem(BargainingProblem.from_points([(1, 2), (2, 1)], (0, 0), lotteries=True), rule, (1, 2))


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if not rule.many])
def test_rules_for_two_players_refuse_three(rule):
    with pytest.raises(UnsupportedProblemError, match=r"is for two players, here are 3; .* take more"):
        solve_problem(BargainingProblem.from_points([(1, 2, 3)], (0, 0, 0), lotteries=True), rule)


def test_reference_points_that_do_not_fit_are_refused():
    for lotteries in (True, False):
        problem = BargainingProblem.from_points([(0, 4), (3, 3), (8, 0)], (0, 0), lotteries=lotteries)
        for reference, why in (((9, 0), "more than"), ((7, 3), "more than"), ((-1, 1), "less than disagreement")):
            with pytest.raises(ValueError, match=why):
                gupta_livne(problem, reference=reference)
        with pytest.raises(ValueError, match="reference: 2 numbers are needed, got 3"):
            gupta_livne(problem, reference=(1, 1, 1))
    three = BargainingProblem.from_points([(4, 0, 0), (0, 4, 0), (0, 0, 4)], (0, 0, 0), lotteries=True)
    with pytest.raises(ValueError, match="more than can be agreed"):
        gupta_livne(three, reference=(2, 2, 2))


def test_a_reference_point_moves_the_deal_towards_whom_it_favours():
    deals = BargainingProblem.from_points([(8, 1), (6, 3), (5, 4), (1, 6)], (0, 0))
    assert gupta_livne(deals).payoffs == (5.0, 4.0)
    # Shares of the way from (4, 0) to (8, 6): a half for both, against 1/4 and 2/3.
    assert gupta_livne(deals, reference=(4, 0)).payoffs == (6.0, 3.0)


def test_equal_loss_among_deals_is_lexicographic():
    """Both deals lose 4 at most; the second one loses less beyond that."""
    points = [(10, 0, 0), (0, 8, 0), (0, 0, 6), (6, 4, 2), (6, 5, 3)]
    assert solve_problem(BargainingProblem.from_points(points, (0, 0, 0)), "equal-loss").deal == 4


@pytest.mark.parametrize("seed", range(4))
def test_many_players_reach_what_two_reach_when_the_others_cannot_gain(seed):
    """A third player who gets nothing anywhere leaves the problem of the two others, for which there is exact geometry."""
    rng = random.Random(seed)
    points = [(rng.randint(0, 9), rng.randint(0, 9)) for _ in range(6)]
    for rule in set(NEW) & set(rules_for("lotteries", 3)):
        three = BargainingProblem.from_points([(*p, 0) for p in points], (0, 0, 0), lotteries=True)
        expected = [float(u) for u in solved(points, (0, 0), rule).payoffs]
        assert solve_problem(three, rule).payoffs[:2] == pytest.approx(expected, abs=1e-7)


def test_three_players_on_a_simplex_have_closed_forms():
    """u/9 + v/6 + w/3 <= 1: thirds of the ideal gains for the rules without units; equal losses for the other."""
    simplex = BargainingProblem.from_points([(9, 0, 0), (0, 6, 0), (0, 0, 3), (0, 0, 0)], (0, 0, 0), lotteries=True)
    for rule in ("discrete-raiffa", "gupta-livne", "dictators-mean"):
        assert solve_problem(simplex, rule).payoffs == pytest.approx((3, 2, 1), abs=1e-8)
    # Losses L: (9 - L)/9 + (6 - L)/6 = 1 gives 3.6, which player 3 cannot lose: it stays at disagreement.
    assert solve_problem(simplex, "equal-loss").payoffs == pytest.approx((5.4, 2.4, 0), abs=1e-8)
