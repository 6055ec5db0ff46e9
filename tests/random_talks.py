"""Random talks with small numbers, as plain data and as an object, and a dollar to be divided."""

from dataclasses import replace
from fractions import Fraction

from bargain.games.alternating_offers import AlternatingOffers
from bargain.games.bargaining import BargainingProblem

F = Fraction

DOLLAR = BargainingProblem.from_points([(1, 0), (0, 1)], (0, 0), lotteries=True)


def random_game(rng, n=2):
    """Small numbers, so that ties and deals that nobody prefers to waiting are frequent."""

    def some(size):
        return [F(int(x), 2) for x in rng.integers(-2, 7, size)]

    game = {
        "points": [tuple(some(n)) for _ in range(int(rng.integers(1, 8)))],
        "d": some(n), "m": some(n), "e": some(n),
        "o": [None if rng.random() < 0.6 else value for value in some(n)],
        "f": [F(int(rng.integers(1, 10)), 10) for _ in range(n)],
        "p": F(int(rng.integers(0, 3)), 5), "wait": int(rng.integers(1, 3)),
        "first": int(rng.integers(n)), "rounds": int(rng.integers(1, 7)),
    }  # fmt: skip
    problem = BargainingProblem.from_points(game["points"], game["d"])
    talks = AlternatingOffers(
        problem, game["f"], game["first"], meanwhile=game["m"], breakdown=game["p"], default=game["e"],
        outside=game["o"], rounds=game["rounds"], last_wait=game["wait"],
    )  # fmt: skip
    return game, talks


def rounded(talks):
    """The same talks in floats."""
    problem = replace(talks.problem, exact_disagreement=None)
    rows = {name: tuple(None if v is None else float(v) for v in getattr(talks, name))
            for name in ("discount", "meanwhile", "default", "outside")}  # fmt: skip
    return replace(talks, problem=problem, breakdown=float(talks.breakdown), **rows)
