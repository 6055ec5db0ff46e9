"""Bargaining over linked issues: tariffs, pledges and cost-sharing on one table.

The names below are stable; each is loaded when it is first used, so that importing the package costs nothing.

>>> import bargain as bg
>>> problem = bg.BargainingProblem.from_points([(4, 1), (2, 3), (0, 4)], disagreement=(0, 0))
>>> bg.solve(problem, rule="nash").payoffs
(2.0, 3.0)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bargain.version import __version__

if TYPE_CHECKING:
    from bargain.certificates.check import verify
    from bargain.equilibria.methods import equilibria
    from bargain.errors import BargainError, GameFileError, ScenarioError
    from bargain.games.alternating_offers import AlternatingOffers
    from bargain.games.bargaining import BargainingProblem
    from bargain.games.interchange.domain import Domain
    from bargain.games.interchange.domain_files import read_domain
    from bargain.games.interchange.domain_writers import write_domain
    from bargain.games.interchange.files import read_game, write_game
    from bargain.games.interchange.peers import (
        from_nashpy,
        from_pygambit,
        from_quantecon,
        to_nashpy,
        to_pygambit,
        to_quantecon,
    )
    from bargain.games.normal_form import NormalFormGame
    from bargain.linkage.value import linkage
    from bargain.pipeline import Scenario, load, run
    from bargain.reports import render
    from bargain.results import Equilibria, Frontier, Linkage, Report, Solution, Status
    from bargain.results.commitment import Commitment
    from bargain.results.repeated import RepeatedPayoffs
    from bargain.solutions.frontier import frontier
    from bargain.solutions.rules import solve
    from bargain.time.backward import deadline
    from bargain.time.repeated_game import repeated_payoffs
    from bargain.time.stationary import offers

__all__ = [
    "AlternatingOffers",
    "BargainError",
    "BargainingProblem",
    "Commitment",
    "Domain",
    "Equilibria",
    "Frontier",
    "GameFileError",
    "Linkage",
    "NormalFormGame",
    "RepeatedPayoffs",
    "Report",
    "Scenario",
    "ScenarioError",
    "Solution",
    "Status",
    "__version__",
    "deadline",
    "equilibria",
    "from_nashpy",
    "from_pygambit",
    "from_quantecon",
    "frontier",
    "linkage",
    "load",
    "offers",
    "read_domain",
    "read_game",
    "render",
    "repeated_payoffs",
    "run",
    "solve",
    "to_nashpy",
    "to_pygambit",
    "to_quantecon",
    "verify",
    "write_domain",
    "write_game",
]

_HOME = {
    "AlternatingOffers": "bargain.games.alternating_offers",
    "BargainError": "bargain.errors",
    "BargainingProblem": "bargain.games.bargaining",
    "Commitment": "bargain.results.commitment",
    "Domain": "bargain.games.interchange.domain",
    "Equilibria": "bargain.results",
    "Frontier": "bargain.results",
    "GameFileError": "bargain.errors",
    "Linkage": "bargain.results",
    "NormalFormGame": "bargain.games.normal_form",
    "RepeatedPayoffs": "bargain.results.repeated",
    "Report": "bargain.results",
    "Scenario": "bargain.pipeline",
    "ScenarioError": "bargain.errors",
    "Solution": "bargain.results",
    "Status": "bargain.results",
    "deadline": "bargain.time.backward",
    "from_nashpy": "bargain.games.interchange.peers",
    "from_pygambit": "bargain.games.interchange.peers",
    "from_quantecon": "bargain.games.interchange.peers",
    "frontier": "bargain.solutions.frontier",
    "load": "bargain.pipeline",
    "offers": "bargain.time.stationary",
    "read_domain": "bargain.games.interchange.domain_files",
    "read_game": "bargain.games.interchange.files",
    "render": "bargain.reports",
    "repeated_payoffs": "bargain.time.repeated_game",
    "run": "bargain.pipeline",
    "solve": "bargain.solutions.rules",
    "to_nashpy": "bargain.games.interchange.peers",
    "to_pygambit": "bargain.games.interchange.peers",
    "to_quantecon": "bargain.games.interchange.peers",
    "verify": "bargain.certificates.check",
    "write_domain": "bargain.games.interchange.domain_writers",
    "write_game": "bargain.games.interchange.files",
}
# These two rooms carry the name of their function and are callable.
_ROOMS = {"equilibria", "linkage"}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"bargain.{name}")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'bargain' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
