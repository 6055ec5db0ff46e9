"""What a scenario's players can do without a deal: where talks end, who gains by tying its hands, what patience keeps.

The part of :class:`bargain.solvable.Scenario` that varies the disagreement point or looks past a single period; each
method is one call into the room that does the work.  Tested through the scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from bargain.commitment import SHARE
from bargain.commitment import commitment as who_gains
from bargain.disagreement import (
    equilibrium_point,
    given_point,
    leader_point,
    security_point,
    status_quo_point,
    threat_point,
)
from bargain.results import DisagreementPoint, Equilibria, Solution
from bargain.results.commitment import Commitment
from bargain.results.repeated import RepeatedPayoffs
from bargain.scenario.document import Document
from bargain.solutions.rules import solve_problem
from bargain.time.repeated_game import repeated_payoffs as sustained_payoffs

if TYPE_CHECKING:
    from bargain.games.bargaining import BargainingProblem
    from bargain.games.normal_form import NormalFormGame
    from bargain.payoffs.numeric import Payoffs

__all__ = ["NoAgreement"]


class NoAgreement:
    """What is asked about a scenario's no-agreement game; a scenario fills in what is declared first."""

    document: Document

    if TYPE_CHECKING:

        @property
        def payoffs(self) -> Payoffs:
            """See the scenario."""

        def game(self, grid: int | None = None) -> NormalFormGame:
            """See the scenario."""

        def equilibria(self, method: str = "auto", **options: Any) -> Equilibria:
            """See the scenario."""

        def disagreement(self) -> DisagreementPoint:
            """See the scenario."""

        def set(self, values: Mapping[str, Any]) -> NoAgreement:
            """See the scenario."""

        def solve(self, rule: str | None = None, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
            """See the scenario."""

        def problem_at(
            self, point: DisagreementPoint, lotteries: bool | None = None, issues: Collection[str] | None = None
        ) -> BargainingProblem:
            """See the scenario."""

    def point(self, kind: str) -> DisagreementPoint:
        """Return what the players get without a deal when it is of the given kind."""
        if kind == "fixed":
            return given_point(self.document)
        if kind == "minmax":
            return security_point(self.game())
        if kind == "nash":
            return equilibrium_point(self.equilibria(), self.document)
        if kind == "threats":
            return threat_point(self.game(), self.payoffs)
        return status_quo_point(self.payoffs)

    def repeated_payoffs(self, delta: float | Fraction, time_limit: float | None = None) -> RepeatedPayoffs:
        """Return the payoffs that the no-agreement game sustains when it is repeated for ever.

        Parameters are those of :func:`bargain.time.repeated_game.repeated_payoffs`; levers on a range stand on
        ``solve.grid`` levels.

        Examples
        --------
        >>> import bargain as bg
        >>> bg.load("prisoners-dilemma").repeated_payoffs(0.5).sustains((3, 3))
        True
        """
        return sustained_payoffs(self.game(), delta, time_limit)

    def commitment(self, rule: str | None = None, step: float = SHARE, seed: int = 0) -> Commitment:
        """Return who gains from commitment: from leading when talks fail, and from limits on the deal.

        Parameters
        ----------
        rule : str, optional
            The bargaining rule; the default is the scenario's first.
        step : float
            How far limits are moved, as a share of their right-hand side at the deal.
        seed : int
            Seed of the search for continuous deals.

        Raises
        ------
        ValueError
            ``step`` does not lie between 0 and 1.

        Examples
        --------
        >>> import bargain as bg
        >>> found = bg.load("us-japan-2025").commitment()
        >>> found.ceilings[0].name, found.ceilings[0].works_for
        ('fiscal room', ('JP',))
        """
        document, chosen = self.document, rule or self.document.solve.solutions[0]
        own = document.disagreement.kind
        points: dict[tuple[str, str | None], Callable[[], DisagreementPoint]] = {(own, None): self.disagreement}
        for kind in ("status_quo", "nash", "threats"):
            points.setdefault((kind, None), partial(self.point, kind))
        for player in document.player_names:
            points["commitment", player] = partial(self._led_by, player)
        return who_gains(
            document,
            chosen,
            points,
            lambda point: solve_problem(self.problem_at(point), chosen, seed=seed),
            lambda changes: self.set(changes).solve(chosen, seed=seed),
            step,
        )

    def _led_by(self, player: str) -> DisagreementPoint:
        return leader_point(self.game(), player, self.document)
