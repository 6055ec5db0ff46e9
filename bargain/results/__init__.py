"""What methods hand back: frozen, labelled records that carry their own status and certificate.

Nothing in this room computes anything; reports format these records and certificates check them.  A file of records is
loaded when one of them is asked for: a small game is solved in less time than all of them take to be made.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bargain.results.certificate import Certificate, Status
    from bargain.results.deals import (
        Binding,
        DisagreementPoint,
        Frontier,
        Linkage,
        Outcome,
        Separate,
        Solution,
        SubPackage,
    )
    from bargain.results.domains import PointComparison
    from bargain.results.equilibria import (
        Component,
        ConceptAnswer,
        ContinuousEquilibria,
        ContinuousProfile,
        Equilibria,
        Profile,
    )
    from bargain.results.report import ExpectationResult, GameReport, Report
    from bargain.results.structures import (
        BreakEven,
        CrossDifference,
        NoDealReasons,
        Structure,
        Structures,
        TermWorth,
        Trade,
    )
    from bargain.results.timing import (
        Deadline,
        InsideWorth,
        Offer,
        Offers,
        OutsideWorth,
        Round,
        StationaryOffers,
    )

__all__ = [
    "Binding",
    "BreakEven",
    "Certificate",
    "Component",
    "ConceptAnswer",
    "ContinuousEquilibria",
    "ContinuousProfile",
    "CrossDifference",
    "Deadline",
    "DisagreementPoint",
    "Equilibria",
    "ExpectationResult",
    "Frontier",
    "GameReport",
    "InsideWorth",
    "Linkage",
    "NoDealReasons",
    "Offer",
    "Offers",
    "Outcome",
    "OutsideWorth",
    "PointComparison",
    "Profile",
    "Report",
    "Round",
    "Separate",
    "Solution",
    "StationaryOffers",
    "Status",
    "Structure",
    "Structures",
    "SubPackage",
    "TermWorth",
    "Trade",
]

_HOME = {
    "certificate": ("Certificate", "Status"),
    "deals": (
        "Binding",
        "DisagreementPoint",
        "Frontier",
        "Linkage",
        "Outcome",
        "Separate",
        "Solution",
        "SubPackage",
    ),
    "domains": ("PointComparison",),
    "equilibria": (
        "Component",
        "ConceptAnswer",
        "ContinuousEquilibria",
        "ContinuousProfile",
        "Equilibria",
        "Profile",
    ),
    "report": ("ExpectationResult", "GameReport", "Report"),
    "structures": (
        "BreakEven",
        "CrossDifference",
        "NoDealReasons",
        "Structure",
        "Structures",
        "TermWorth",
        "Trade",
    ),
    "timing": (
        "Deadline",
        "InsideWorth",
        "Offer",
        "Offers",
        "OutsideWorth",
        "Round",
        "StationaryOffers",
    ),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(f"bargain.results.{module}"), name)
    raise AttributeError(f"module 'bargain.results' has no attribute {name!r}")
