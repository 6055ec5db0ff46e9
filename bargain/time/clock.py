"""From the section ``[time]`` of a scenario to talks that can be solved.

Levels that stand while talks last, or when time has run out, become payoffs; levers that are not named stand as they do
without a deal.  Tested on scenarios whose payoffs are known.
"""

from __future__ import annotations

from collections.abc import Sequence

from bargain.errors import NotSolvedError
from bargain.games.alternating_offers import AlternatingOffers
from bargain.games.bargaining import BargainingProblem
from bargain.payoffs.numeric import Payoffs
from bargain.results import DisagreementPoint
from bargain.scenario.document import Document

__all__ = ["talks_of"]


def talks_of(
    document: Document, payoffs: Payoffs, point: DisagreementPoint, problem: BargainingProblem
) -> AlternatingOffers:
    """Return the talks that a scenario describes.

    Parameters
    ----------
    document : Document
        With a section ``[time]``.
    payoffs : Payoffs
        The compiled payoffs.
    point : DisagreementPoint
        What stands without a deal.
    problem : BargainingProblem
        What can be agreed.

    Raises
    ------
    NotSolvedError
        The scenario has no section ``[time]``; the message says what to add.
    """
    timing = document.time
    if timing is None:
        raise NotSolvedError(
            "the scenario does not say how time passes: add a section [time] with `rate = 0.05` (a year) and "
            "`round_days = 7`, or with `discount = 0.99` (a round), and `deadline_days = 90` or `rounds = 13` for a "
            "deadline; or give --rate and --round-days, or --discount"
        )
    standing = point.levels or document.status_quo

    def at(levels: Sequence[tuple[str, float]], given: tuple[float, ...] | None) -> tuple[float, ...]:
        if given is not None or not levels:
            return given or ()
        codes = dict(zip((lever.name for lever in document.levers), standing, strict=True)) | dict(levels)
        return tuple(float(value) for value in payoffs.values(tuple(codes.values())))

    return AlternatingOffers(
        problem,
        timing.discount,
        document.player_names.index(timing.first_proposer),
        timing.protocol,
        meanwhile=at(timing.meanwhile, timing.meanwhile_payoffs),
        breakdown=timing.breakdown,
        default=at(timing.at_deadline, timing.at_deadline_payoffs),
        outside=timing.outside,
        rounds=timing.rounds,
        last_wait=timing.last_wait,
        round_days=timing.round_days,
    )
