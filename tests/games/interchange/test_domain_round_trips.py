"""Domains written for other programs and read back: the same utilities, or a refusal that says why."""

import contextlib
import json
import tempfile
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bargain.errors import GameFileError, LimitError, UnsupportedGameError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.games.interchange.decimals import NoDecimalError, decimal_text, odd_part
from bargain.games.interchange.domain import Domain, DomainIssue, Line, Party
from bargain.games.interchange.domain_files import read_domain
from bargain.games.interchange.domain_scenario import domain_scenario, scenario_text
from bargain.games.interchange.domain_writers import WRITTEN, domain_texts, file_names, write_domain
from bargain.games.interchange.problem_domain import problem_domain
from bargain.games.interchange.rationals import exact_number
from bargain.pipeline import load, solve
from bargain.scenario.read import read_text
from tests.games.interchange.domain_texts import PROFILE_A, PROFILE_B, put, put_bike

F = Fraction

names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=6)
cents = st.integers(0, 100).map(lambda k: F(k, 100))


@st.composite
def domains(draw, players=2, kinds=("discrete",), thirds=False):
    """Return a domain whose utilities lie between 0 and 1."""
    titles = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    issues = []
    for title in titles:
        kind = draw(st.sampled_from(kinds))
        if kind == "discrete":
            values = tuple(draw(st.lists(names, min_size=1, max_size=4, unique=True)))
        else:
            values = tuple(F(k) for k in range(4 if kind == "real" else draw(st.integers(1, 4))))
        issues.append(DomainIssue(title, values, kind))
    parties = []
    for k in range(players):
        shares = [draw(st.integers(0, 5)) for _ in issues]
        total = draw(st.sampled_from([20, 25, 32]))
        evaluations, lines = [], []
        for issue in issues:
            line = None
            if issue.kind == "discrete":
                grade = st.integers(0, 6).map(lambda k: F(k, 6)) if thirds else cents
                column = tuple(draw(grade) for _ in issue.values)
            else:
                slope, start = (
                    draw(st.sampled_from([F(-1, 10), F(0), F(1, 8)])),
                    draw(st.sampled_from([F(3, 10), F(1, 2)])),
                )
                line = Line(slope, start, clipped=True)
                column = tuple(line.at(value) for value in issue.values)
            evaluations.append(column)
            lines.append(line)
        weights = tuple(F(share, total) for share in shares)
        parties.append(Party(f"p{k}", weights, tuple(evaluations), draw(cents), None, F(0), tuple(lines)))
    return Domain(draw(names), "made here", tuple(issues), tuple(parties))


def back(domain, format, **options):
    with tempfile.TemporaryDirectory() as folder:
        write_domain(domain, folder, format, **options)
        return read_domain(folder, steps=4)


def back_if_decimal(domain, format):
    """Return the domain read back, or None when it is refused because a number has no finite decimal."""
    with contextlib.suppress(NoDecimalError):
        return back(domain, format)
    return None


def same(first, second):
    assert first.outcomes == second.outcomes
    assert [issue.values for issue in first.issues] == [issue.values for issue in second.issues]
    assert [issue.name for issue in first.issues] == [issue.name for issue in second.issues]
    assert [party.reserved for party in first.parties] == [party.reserved for party in second.parties]
    for deal in product(*(range(len(issue.values)) for issue in first.issues)):
        assert first.utilities(deal) == second.utilities(deal)


@pytest.mark.parametrize("format", WRITTEN)
@settings(max_examples=30)
@given(st.data())
def test_what_is_written_reads_back_with_the_same_utilities(format, data):
    kinds = ("discrete", "integer", "real") if format == "genius" else ("discrete",)
    domain = data.draw(domains(kinds=kinds))
    if format == "genius":
        # The largest evaluation goes into the weight; 1/3 of it may have no finite decimal in neither.
        again = back_if_decimal(domain, format)
        assume(again is not None)
    else:
        again = back(domain, format)
    same(domain, again)


@settings(max_examples=30)
@given(domains(players=3, thirds=True))
def test_genius_writes_thirds_as_whole_numbers(domain):
    again = back_if_decimal(domain, "genius")
    assume(again is not None)
    same(domain, again)


@settings(max_examples=40)
@given(domains(thirds=True), st.sampled_from(WRITTEN))
def test_rounding_is_refused_unless_asked_for_and_is_small(domain, format):
    exact = back_if_decimal(domain, format)
    if exact is not None:
        same(domain, exact)
    rounded = back(domain, format, rounded=True)
    for deal in product(*(range(len(issue.values)) for issue in domain.issues)):
        for u, v in zip(domain.utilities(deal), rounded.utilities(deal), strict=True):
            assert abs(u - v) < F(1, 10**14)


@given(domains())
@settings(max_examples=15)
def test_a_domain_goes_through_all_formats(domain):
    again = domain
    for format in ("negolog", "geniusweb", "negmas", "negolog"):
        again = back(again, format)
    same(domain, again)


def test_thirds_go_into_the_weight_where_negmas_can_hold_them(tmp_path):
    third = Party("p", (F(3, 10),), ((F(1, 3), F(2, 3), F(1)),), F(0))
    domain = Domain("d", "made here", (DomainIssue("x", ("a", "b", "c")),), (third, third))
    ufun = json.loads(domain_texts(domain, "negmas")["1-p.json"])
    assert ufun["weights"] == [0.1]
    assert ufun["values"][0]["mapping"] == {"a": 1, "b": 2, "c": 3}
    with pytest.raises(ValueError, match="the number 1/3 has no finite decimal"):
        domain_texts(domain, "negolog")


ISSUE = DomainIssue("x", ("a", "b"))
GOOD = Party("p", (F(1),), ((F(1), F(1, 2)),), F(0))


def party(**changes):
    return Party(**{**{name: getattr(GOOD, name) for name in GOOD.__slots__}, **changes})


@pytest.mark.parametrize(
    ("format", "other", "message"),
    [
        ("genius", party(bias=F(1, 8)), "no constant part"),
        ("genius", party(reserved=None), "takes 0 for a missing reservation value"),
        ("genius", party(weights=(F(2),)), "cuts utilities off at 1; those of `p` reach 2"),
        ("genius", party(evaluations=((F(1), F(-1)),)), "evaluations of zero or more"),
        ("genius", party(weights=(F(-1),)), "weights of zero or more"),
        ("geniusweb", party(bias=F(1, 8)), "no constant part"),
        ("negmas", party(bias=F(1, 8)), "loses the constant part"),
        ("negmas", party(discount=F(1, 2)), "discounts by steps"),
        ("negolog", party(bias=F(1, 8)), "no constant part"),
        ("negolog", party(discount=F(1, 2)), "no discount factor"),
        ("negolog", party(reserved=None), "needs a reservation value"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(format, other, message, tmp_path):
    domain = Domain("d", "made here", (ISSUE,), (party(name="q"), other))
    with pytest.raises(ValueError, match=message):
        write_domain(domain, tmp_path / "new", format)
    assert not (tmp_path / "new").exists()


def test_formats_for_discrete_issues_refuse_numbers(tmp_path):
    domain = read_domain(put_bike(tmp_path))
    for format in ("geniusweb", "negolog"):
        with pytest.raises(ValueError, match="`gears` is integer"):
            domain_texts(domain, format)
    with pytest.raises(ValueError, match="3"):
        domain_texts(Domain("d", "", (ISSUE,), (GOOD,) * 3), "negolog")
    with pytest.raises(ValueError, match="unknown format 'xml'"):
        domain_texts(domain, "xml")


def test_a_discount_factor_and_a_missing_reserve_survive_where_they_can():
    parties = (party(name="a", discount=F(9, 10)), party(name="b", reserved=F(1, 4)))
    domain = Domain("d", "made here", (ISSUE,), parties)
    assert [p.discount for p in back(domain, "genius").parties] == [F(9, 10), None]
    parties = (party(name="a", reserved=None, discount=F(9, 10)), party(name="b"))
    again = back(Domain("d", "made here", (ISSUE,), parties), "geniusweb")
    assert [(p.reserved, p.discount) for p in again.parties] == [(None, F(9, 10)), (0, None)]
    again = back(Domain("d", "made here", (ISSUE,), (party(name="a", reserved=None), party(name="b"))), "negmas")
    assert [p.reserved for p in again.parties] == [None, 0]


def test_parties_keep_their_order():
    def named(*names):
        return file_names(Domain("d", "", (ISSUE,), tuple(party(name=name) for name in names)), ".xml", "domain.xml")

    assert named("a", "b") == ["a.xml", "b.xml"]
    assert named("b", "a") == ["1-b.xml", "2-a.xml"]
    assert named("x/../y", "z") == ["x_.._y.xml", "z.xml"]
    assert named("domain", "z") == ["1-domain.xml", "2-z.xml"]
    assert named("a", "A") == ["1-a.xml", "2-A.xml"]
    assert named("..", "ü") == ["1-party.xml", "2-ü.xml"]


def test_a_folder_with_files_of_a_domain_is_left_alone(tmp_path):
    domain = Domain("d", "made here", (ISSUE,), (party(name="a"), party(name="b")))
    write_domain(domain, tmp_path / "one", "genius")
    with pytest.raises(GameFileError, match="has XML, JSON or YAML files already"):
        write_domain(domain, tmp_path / "one", "negmas")
    (tmp_path / "file").write_text("")
    with pytest.raises(GameFileError, match="is a file"):
        write_domain(domain, tmp_path / "file", "negmas")


@settings(max_examples=20)
@given(domains(players=3, thirds=True))
def test_a_problem_is_the_domain_that_it_came_from(domain):
    again = problem_domain(domain.problem(), domain.name)
    same(domain, again)
    assert again.players == domain.players


def test_problems_that_are_no_domain_are_refused():
    linked = BargainingProblem.factored((2, 2), [((0, 1), [[[0, 0], [0, 3]], [[0, 0], [0, 2]]])], (0, 0))
    with pytest.raises(UnsupportedGameError, match="tie `issue 1` and `issue 2` together"):
        problem_domain(linked, "x")
    deals = FiniteDeals((2,), (((0,), [[0, 1], [1, 0]]),), masks=(((0,), [True, False]),))
    with pytest.raises(UnsupportedGameError, match="deals are limited"):
        problem_domain(BargainingProblem(("a", "b"), deals, (0, 0)), "x")
    with pytest.raises(UnsupportedGameError, match="a lever moves on an interval"):
        problem_domain(load("us-japan-2025").problem(), "x")
    constant = FiniteDeals((2,), (((), [0.25, 0.5]), ((0,), [[0.1, 0.2], [0.3, 0.0]])))
    domain = problem_domain(BargainingProblem(("a", "b"), constant, (0.1, 0)), "x")
    assert domain.utilities((1,)) == (F(9, 20), F(1, 2))
    assert domain.parties[0].reserved == F(1, 10)


@given(st.fractions(max_denominator=10**6), st.integers(0, 12))
def test_decimals_are_exact(value, places):
    exact = F(value.numerator, 10**places)
    assert exact_number(decimal_text(exact)) == exact
    assert odd_part([value]) == 1 or value.denominator % odd_part([value]) == 0


# ---- scenarios ----


@settings(max_examples=30)
@given(domains(kinds=("discrete", "integer"), thirds=True))
def test_a_scenario_has_the_same_utilities(domain):
    made = domain_scenario(domain)
    document = read_text(scenario_text(made))
    assert document.tree == read_text(scenario_text(made, "json")).tree
    scenario = load(made.tree)
    issues = scenario.document.issues
    assert [issue.name for issue in issues] == list(made.issues.values())
    feasible = scenario.problem().feasible
    for deal in product(*(range(len(issue.values)) for issue in domain.issues)):
        exact = domain.utilities(deal)
        assert feasible.payoffs([deal])[0] == pytest.approx([float(u) for u in exact], rel=1e-14, abs=1e-15)
    assert scenario.disagreement().payoffs == tuple(float(party.reserved) for party in domain.parties)


def test_the_scenario_of_a_domain_has_its_deal(tmp_path):
    put(tmp_path, profileA_json=PROFILE_A, profileB_json=PROFILE_B)
    domain = read_domain(tmp_path)
    made = domain_scenario(domain)
    scenario = load(made.tree)
    exact, floats = solve(domain.problem()), scenario.solve("nash")
    assert floats.deal == exact.deal == {"price": {"price": "low"}, "delivery": {"delivery": "slow"}}
    assert floats.payoffs == pytest.approx([0.7, 0.6])
    assert made.tree["solve"] == {"compare": "none"}
    assert made.tree["scenario"]["sources"] == ["NegoLog JSON: profileA.json, profileB.json"]
    with pytest.raises(ValueError, match="unknown format 'yaml'"):
        scenario_text(made, "yaml")


def test_names_become_ones_that_formulas_can_use():
    issues = (
        DomainIssue("log", ("19'' LCD", '19" LCD', "20", "1-5")),
        DomainIssue("2nd issue", ("0", "200", "40.5")),
        DomainIssue("total price!", (F(1), F(3, 2))),
        DomainIssue("total_price", ("a" * 80, "a" * 90)),
        DomainIssue("???", ("\\", "x")),
    )
    one = tuple(tuple(F(0) for _ in issue.values) for issue in issues)
    parties = tuple(Party(name, (F(1),) * 5, one, F(0)) for name in ("total", "A b"))
    made = domain_scenario(Domain("x", "made here", issues, parties))
    assert list(made.issues.values()) == [
        *["issue_log", "issue_2nd_issue", "total_price", "total_price_2", "issue"][:4],
        made.issues["???"],
    ]
    assert list(made.players.values()) == ["party_total", "A_b"]
    levels = [entry["levels"] for entry in made.tree["issues"].values()]
    assert levels[0] == ["19 LCD", "19 LCD 2", "value 20", "value 1-5"]
    assert levels[1] == [0, 200, 40.5]
    assert levels[2] == [1, 1.5]
    assert len(levels[3][0]) <= 64
    assert levels[3][0] != levels[3][1]
    assert levels[4] == ["value", "x"]
    assert [issue.label for issue in read_text(scenario_text(made)).issues][1] == "2nd issue"
    assert any(note.startswith("values of log have names") for note in made.notes)


def test_a_domain_beyond_a_scenario_is_solved_in_python_only():
    issues = tuple(DomainIssue(f"i{k}", ("a", "b")) for k in range(70))
    weights = tuple(F(k, 2485) for k in range(1, 71))
    one = Party("p", weights, ((F(1), F(0)),) * 70, F(0))
    other = Party("q", weights[::-1], ((F(0), F(1)),) * 70, F(0))
    domain = Domain("x", "made here", issues, (one, other))
    with pytest.raises(LimitError, match="70 issues; a scenario has at most 64"):
        domain_scenario(domain)
    # Each issue goes to whoever has the larger weight: 36 + ... + 70 of 2485 for both.
    assert solve(domain.problem(), "utilitarian").payoffs == (F(1855, 2485), F(1855, 2485))
