r"""Who can break what, and for how long unseen: the list of breaches that a deal must survive.

A player can break the levers that it sets, and those that the scenario says it can break.  A breach of issue
:math:`j` is seen :math:`\ell_j` periods later (the *lag*) and answered in the period after.  With enforcement *linked*,
a breach anywhere is answered everywhere, and a player that is going to be seen in period :math:`l` breaks in period
:math:`k` every issue that is not seen before: those with lag at least :math:`l - k`.  *Issue by issue*, a breach is
answered on its own issue only.  Nothing is computed here.  Tested by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from bargain.scenario.document import Document, Enforcement

__all__ = ["Temptation", "control", "temptations"]


@dataclass(frozen=True, slots=True)
class Temptation:
    """One player's breach of one issue, or of any (``issue`` is None).

    ``steps[m]`` are the levers whose breach is seen ``m`` periods later or not before, ``unseen`` those whose breach
    nobody ever sees.
    """

    player: int
    issue: str | None
    steps: tuple[frozenset[int], ...]
    unseen: frozenset[int] = frozenset()

    @property
    def lag(self) -> int | None:
        """Periods until the last breach that is ever seen is seen; None when none is."""
        return None if self.unseen and self.unseen == self.steps[0] else len(self.steps) - 1


def control(document: Document) -> dict[int, int]:
    """Return who can break which lever: position of the lever to position of the player.

    Examples
    --------
    >>> from bargain.scenario.read import read
    >>> from bargain import catalog
    >>> control(read(catalog.find("prisoners-dilemma")))
    {0: 0, 1: 1}
    """
    options = document.enforcement or Enforcement()
    said = dict(options.breach)
    who = [lever.set_by or said.get(lever.name) for lever in document.levers]
    names = document.player_names
    return {place: names.index(name) for place, name in enumerate(who) if name is not None}


def temptations(document: Document, linked: bool) -> tuple[Temptation, ...]:
    """Return one temptation a player (linked), or one for each player and issue.

    A player without a lever is listed too: it cannot break the deal, but it can end it, and will when what follows is
    better.
    """
    options = document.enforcement or Enforcement()
    owned = control(document)
    lags, unseen = dict(options.lag), set(options.unobserved)
    issues = {place: lever.issue for place, lever in enumerate(document.levers)}
    listed = []
    for player in range(len(document.players)):
        own = [place for place, who in owned.items() if who == player]
        for issue in [None] if linked else [each.name for each in document.issues]:
            mine = [place for place in own if issue in (None, issues[place])]
            never = frozenset(place for place in mine if issues[place] in unseen)
            seen = {place: lags.get(issues[place], 0) for place in mine if place not in never}
            last = max(seen.values(), default=0)
            steps = tuple(never | {place for place, lag in seen.items() if lag >= least} for least in range(last + 1))
            listed.append(Temptation(player, issue, steps, never))
    return tuple(listed)
