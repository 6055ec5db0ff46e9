"""What methods hand back: frozen, labelled records that carry their own status and certificate.

Nothing in this room computes anything; reports format these records and certificates check them.
"""

from bargain.results.certificate import Certificate, Status
from bargain.results.deals import Binding, DisagreementPoint, Frontier, Linkage, Outcome, Separate, Solution, SubPackage
from bargain.results.equilibria import (
    Component,
    ConceptAnswer,
    ContinuousEquilibria,
    ContinuousProfile,
    Equilibria,
    Profile,
)
from bargain.results.report import ExpectationResult, GameReport, Report

__all__ = [
    "Binding",
    "Certificate",
    "Component",
    "ConceptAnswer",
    "ContinuousEquilibria",
    "ContinuousProfile",
    "DisagreementPoint",
    "Equilibria",
    "ExpectationResult",
    "Frontier",
    "GameReport",
    "Linkage",
    "Outcome",
    "Profile",
    "Report",
    "Separate",
    "Solution",
    "Status",
    "SubPackage",
]
