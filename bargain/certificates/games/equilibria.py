r"""A stored list of Nash equilibria, checked from the definition in fractions.

Every strategy is a distribution over just its support, payoffs and regret are recomputed, the profiles stand in
canonical order and none twice; then the components, and whether the list is complete.  Exact lists must be exactly
right; in lists of floats recomputed numbers may differ by 1e-9 of the payoff range.  Tested by lists with one number
changed, which must be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bargain.certificates.games.amounts import amount, by_name, listed, mapping
from bargain.certificates.games.completeness import check_complete
from bargain.certificates.games.components import Subset, check_components, read_subset
from bargain.certificates.games.parts import Digits, check_parts, read_parts
from bargain.certificates.games.strategies import all_exact, defect, in_order, key, read_profile
from bargain.certificates.games.table import Strategy, Table
from bargain.certificates.games.verdicts import checked, guarded, slack, true
from bargain.certificates.games.work import FormError, Work
from bargain.results import Certificate

__all__ = ["Claims", "Listed", "check_equilibria", "check_list", "check_profiles", "read_equilibria"]


@dataclass(frozen=True, slots=True)
class Listed:
    """An equilibrium as it is claimed: strategies, payoffs, and regret in payoff units."""

    profile: tuple[Strategy, ...]
    payoffs: tuple[Fraction, ...]
    regret: Fraction


@dataclass(frozen=True, slots=True)
class Claims:
    """A list of equilibria with what is claimed about it."""

    found: Sequence[Listed]
    subsets: Sequence[Subset] = ()
    complete: bool | None = None
    exact: bool = True
    parts: Sequence[Digits] | None = None


def read_equilibria(stored: Any, game: Table) -> list[Listed]:
    """Return the list of equilibria of a result.

    Raises
    ------
    FormError
        The data do not have the form.
    """
    found = []
    for entry in listed(stored, "the equilibria"):
        tree = mapping(entry, "an equilibrium")
        payoffs = tuple(map(amount, by_name(tree["payoffs"], game.players, "the payoffs")))
        found.append(Listed(read_profile(tree["profile"], game), payoffs, amount(tree["regret"])))
    return found


def check_equilibria(stored: Any, game: Table, work: Work) -> list[Certificate]:
    """Return the certificates of the part ``equilibria`` to ``exact`` of a stored result."""
    found = read_equilibria(stored["equilibria"], game)
    exact, complete = stored["exact"], stored["complete"]
    if not isinstance(exact, bool) or not (complete is None or isinstance(complete, bool)):
        raise FormError("exact and complete must be true or false, or complete null")
    numbers = [stored["equilibria"], [each["strategies"] for each in listed(stored["components"], "the components")]]
    checks = [
        true("numbers are exact where the list says so, and only there", not found or all_exact(numbers) == exact)
    ]
    subsets = [read_subset(each, game) for each in stored["components"]]
    claims = Claims(found, subsets, complete, exact, read_parts(stored.get("certificate"), game))
    return checks + check_list(game, claims, work)


def check_list(game: Table, claims: Claims, work: Work, definition: bool = True) -> list[Certificate]:
    """Return the certificates of a list of equilibria, its components, and its completeness.

    Without ``definition`` payoffs and regret are left to others.
    """
    found, exact, complete, parts = claims.found, claims.exact, claims.complete, claims.parts
    profiles = [each.profile for each in found]
    steps: list[tuple[str, Callable[[], list[Certificate]]]] = []
    if found and definition:
        steps.append(("the equilibria", lambda: check_profiles(game, found, exact, work)))
    if found:
        steps.append(("the order", lambda: [_once(profiles, ordered=parts is None)]))
    if claims.subsets:
        steps.append(("components", lambda: check_components(game, claims.subsets, profiles, exact, work)))
    if complete is True and parts is not None:
        steps.append(("complete", lambda: check_parts(game, parts, profiles, exact, work)))
    elif complete is not None:
        steps.append(("complete", lambda: check_complete(game, profiles, complete, exact, work)))
    return [certificate for what, step in steps for certificate in guarded(what, step)]


def _once(profiles: Sequence[tuple[Strategy, ...]], ordered: bool) -> Certificate:
    """Check that no profile is listed twice; products of parts stand in the order of the parts."""
    if ordered:
        late = in_order(profiles)
        return true("none is listed twice, and they stand in order", late is None, f"equilibrium {(late or 0) + 1}")
    return true("none is listed twice", len({key(profile) for profile in profiles}) == len(profiles))


def check_profiles(game: Table, found: Sequence[Listed], exact: bool, work: Work) -> list[Certificate]:
    """Return the certificates of payoffs and regret of every profile, recomputed."""
    tolerance = slack(exact)
    spread, payoff, gain, regret = _Worst(), _Worst(), _Worst(), _Worst()
    scales = [game.scale(player) for player in range(len(game.players))]
    largest = max(scales)
    for number, each in enumerate(found, start=1):
        spread.see(max(map(defect, each.profile)), number)
        best = Fraction(0)
        for player, strategy in enumerate(each.profile):
            values = game.values(player, each.profile, work)
            mean = sum((chance * values[action] for action, chance in strategy.items()), start=Fraction(0))
            scale = scales[player]
            payoff.see(abs(mean - each.payoffs[player]) / scale, number)
            lost = max(values) - mean
            best = max(best, lost)
            # What is stated may be gained; exact equilibria leave nothing to gain.
            allowed = Fraction(0) if exact else each.regret
            action = game.actions[player][values.index(max(values))]
            gain.see(max(Fraction(0), lost - allowed) / scale, f"{number}: {game.players[player]}, {action}")
        regret.see(abs(best - each.regret) / largest, number)
    unit = "probability"
    return [
        checked("every strategy is a distribution over its support", spread.gap, tolerance, spread.at, unit=unit),
        checked("the strategies give these payoffs", payoff.gap, tolerance, payoff.at),
        checked(_no_gain(found, exact), gain.gap, tolerance, gain.at),
        checked("the regret is as stated", regret.gap, tolerance, regret.at),
    ]


def _no_gain(found: Sequence[Listed], exact: bool) -> str:
    if exact:
        return "no player gains by deviating alone"
    most = max(float(each.regret) for each in found)
    return f"no player gains more than the regret stated by deviating alone (at most {most:.3g})"


class _Worst:
    """The largest gap seen, and where."""

    def __init__(self) -> None:
        self.gap, self.at = Fraction(0), ""

    def see(self, gap: Fraction, where: int | str) -> None:
        if gap > self.gap:
            self.gap, self.at = gap, f"equilibrium {where}"
