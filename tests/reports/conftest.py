"""Reports made by hand: what the writers must set, without any solver."""

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import pytest

from bargain.results import (
    Binding,
    Certificate,
    DisagreementPoint,
    Equilibria,
    ExpectationResult,
    Linkage,
    Outcome,
    Profile,
    Report,
    Separate,
    Solution,
    Status,
    SubPackage,
)
from bargain.scenario.document import (
    Constraint,
    Definition,
    Disagreement,
    Document,
    Issue,
    Lever,
    Parameter,
    PayoffEntry,
    PayoffTable,
    Player,
    SolveOptions,
)
from bargain.scenario.formula import read_formula

PROBLEM = SimpleNamespace()


def lever(name, issue, lower, upper, status_quo, **more):
    return Lever(name, issue, more.pop("label", ""), more.pop("unit", ""), status_quo, lower, upper, **more)


def entry(player, heading, formula):
    return PayoffEntry(player, heading, formula, expression=read_formula(formula))


def make_document(**changes):
    issues = (
        ("tariff", "Tariff on cars", "US", 2.5, 25.0, 25.0, "%"),
        ("pledge", "Investment pledge", "JP", 0.0, 600.0, 0.0, "bn USD"),
        ("host", "Host-nation support", "JP", 1.4, 4.0, 1.4, "bn USD/yr"),
    )
    document = Document(
        id="us-japan",
        title="US-Japan: tariff, investment and host-nation support in one deal",
        units="bn USD / yr",
        description="",
        sources=("Illustrative numbers",),
        players=(Player("US", "United States", 0.55), Player("JP", "Japan", 0.45)),
        issues=tuple(
            Issue(
                name, label, (lever(name, name, low, high, quo, label=label, unit=unit, set_by=owner),), ("US", "JP")
            )
            for name, label, owner, low, high, quo, unit in issues
        ),
        parameters=(
            Parameter("rent", 1.0, 0.8, 1.2, "US protection rent per point", "bn USD", "FACTS"),
            Parameter("hop", 0.004, label="Tariff-jumping motive"),
        ),
        definitions=(Definition("jump", read_formula("hop*pledge"), "hop*pledge"),),
        payoffs=(
            entry("US", "tariff", "rent*tariff - 0.0225*tariff^2"),
            entry("US", "pledge", "6*log(1 + pledge/100)"),
            entry("JP", "tariff", "-0.45*tariff"),
            entry("JP", "joint", "jump*tariff/25"),
            PayoffEntry("JP", "host", "{ 1.4 = 0, 4 = -2.6 }", table=PayoffTable(("host",), (2,), (0.0, -2.6))),
        ),
        constraints=(
            Constraint("fiscal room", read_formula("0.011*pledge + host <= 8.9"), "0.011*pledge + host <= 8.9", "Budget", 64),
        ),
        disagreement=Disagreement(),
        solve=SolveOptions(),
        expectations=(),
        tree={"format": 1, "scenario": {"id": "us-japan"}},
        file="us_japan.toml",
    )  # fmt: skip
    return replace(document, **changes)


def make_certificate(**changes):
    certificate = Certificate(
        "no better deal near this one", 3e-9, 1e-6, method="first-order conditions", evidence={"starts": 24}
    )
    return replace(certificate, **changes)


def make_solution(document, rule, gains, codes, **changes):
    deal = document.terms(codes)
    solution = Solution(
        problem=PROBLEM,
        rule=rule,
        method="smooth",
        status=Status.CONVERGED,
        payoffs=tuple(gain + 1 for gain in gains),
        gains=gains,
        deal=deal,
        ties=(Outcome(deal, tuple(gain + 1 for gain in gains)),),
        certificate=make_certificate(),
    )
    return replace(solution, **changes)


def no_deal(document, rule="nash", **changes):
    codes = document.status_quo
    zero = (0.0,) * len(document.players)
    return make_solution(document, rule, zero, codes, deal=None, ties=(), status=Status.NO_DEAL, **changes)


def make_package(document, issues, gains, codes):
    if codes is None:
        return SubPackage(issues, no_deal(document), ((document.status_quo, 1.0),), (0.0,) * len(document.players))
    return SubPackage(issues, make_solution(document, "nash", gains, codes), ((codes, 1.0),), gains)


def make_linkage(document, package):
    solved = (
        make_package(document, ("tariff",), (0.16, 3.59), (21.44, 0.0, 1.4)),
        make_package(document, ("pledge",), None, None),
        make_package(document, ("host",), None, None),
        make_package(document, ("tariff", "pledge"), (8.43, 7.48), (9.5, 445.0, 1.4)),
        make_package(document, ("tariff", "host"), (2.53, 6.69), (15.0, 0.0, 4.0)),
        make_package(document, ("pledge", "host"), None, None),
        package,
    )
    separate = Separate(solved[:3], (((21.44, 0.0, 1.4), 1.0),), (0.16, 3.59), (0.16, 3.59), True)
    return Linkage(
        players=document.player_names,
        package=package,
        separate=separate,
        subpackages=solved,
        value=tuple(p - s for p, s in zip(package.gains, separate.gains, strict=True)),
        attribution={"tariff": 11.29, "pledge": 4.81, "host": 1.47},
    )


def make_game(players, actions):
    return SimpleNamespace(players=players, actions=actions)


def make_equilibria():
    game = make_game(("US", "JP"), (("tariff=2.5", "tariff=25"), ("pledge=0", "pledge=600", "pledge=300")))
    pure = Profile(((0.0, 1.0), (1.0, 0.0, 0.0)), (1.0, 1.0), 0.0)
    third = Fraction(1, 3)
    mixed = Profile(((third, 1 - third), (third, third, third)), (Fraction(1, 2), Fraction(-7, 3)), Fraction(0))
    return Equilibria(game, "support", (pure, mixed), True, "every support was tried", exact=True)


@pytest.fixture
def document():
    return make_document()


@pytest.fixture
def report(document):
    codes = (9.1139, 445.53, 4.0)
    package = make_package(document, ("tariff", "pledge", "host"), (9.605, 7.958), codes)
    binding = (
        Binding("constraint", "fiscal room", (0.56, -0.42), 64),
        Binding("bound", "host", side="upper"),
    )
    solution = replace(package.solution, binding=binding, weights=(0.55, 0.45))
    package = replace(package, solution=solution)
    return Report(
        document=document,
        disagreement=DisagreementPoint("status_quo", (1.0, 1.0), document.status_quo, "payoffs at the status quo"),
        solution=solution,
        alternatives=(
            make_solution(document, "kalai-smorodinsky", (8.33, 9.12), (7.52, 421.0, 4.0)),
            make_solution(document, "egalitarian", (8.75, 8.75), (7.84, 439.8, 4.0)),
        ),
        equilibria=make_equilibria(),
        linkage=make_linkage(document, package),
        expectations=(
            ExpectationResult("both sides gain", "gain.US > 0 and gain.JP > 0", True, {"gain.US": 9.605}, 70),
            ExpectationResult("cheap", "deal.pledge < 400", False, {"deal.pledge": 445.53}, 74),
        ),
        provenance={"bargain": "0.1.0", "seed": 0, "seconds": 0.912, "started": "2026-01-01T00:00:00Z"},
        terms=solution.deal,
    )


@pytest.fixture
def refused(report, document):
    """The same talks without an agreement."""
    solution = no_deal(
        document, notes=("Closest: US +0.8 needs JP -0.3 (tariff 18 %).",), certificate=make_certificate(gap=0.0)
    )
    package = make_package(document, ("tariff", "pledge", "host"), None, None)
    nothing = Separate((), ((document.status_quo, 1.0),), (0.0, 0.0), (0.0, 0.0), True)
    linkage = Linkage(document.player_names, package, nothing, (package,), (0.0, 0.0))
    return replace(
        report, solution=solution, alternatives=(), linkage=linkage, terms=document.terms(document.status_quo)
    )
