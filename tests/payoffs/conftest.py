"""Documents made by hand from formulas, and random formulas over the levers a, b, c, d."""

import pytest
from hypothesis import strategies as st

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


def make_lever(name, levels=None, issue=None, lower=0.5, upper=3.0):
    status_quo = lower if levels is None else levels[0]
    return Lever(name, issue or name, name, "", status_quo, lower, upper, None if levels is None else tuple(levels))


def make_document(levers, payoffs, parameters=(), define=(), limits=()):
    """Return a document: levers (names or Lever), payoffs {player: {heading: formula or (levers, shape, values)}}."""
    levers = [make_lever(lever) if isinstance(lever, str) else lever for lever in levers]
    issues = {}
    for lever in levers:
        issues.setdefault(lever.issue, []).append(lever)
    entries = []
    for player, headings in payoffs.items():
        for heading, what in headings.items():
            if isinstance(what, str):
                entries.append(PayoffEntry(player, heading, what, expression=read_formula(what)))
            else:
                names, shape, values = what
                table = PayoffTable(tuple(names), tuple(shape), tuple(values))
                entries.append(PayoffEntry(player, heading, "table", table=table))
    return Document(
        id="test",
        title="",
        units="",
        description="",
        sources=(),
        players=tuple(Player(player, player) for player in payoffs),
        issues=tuple(Issue(name, name, tuple(group), tuple(payoffs)) for name, group in issues.items()),
        parameters=tuple(Parameter(name, value) for name, value in dict(parameters).items()),
        definitions=tuple(Definition(name, read_formula(text), text) for name, text in dict(define).items()),
        payoffs=tuple(entries),
        constraints=tuple(Constraint(name, read_formula(text), text) for name, text in limits),
        disagreement=Disagreement(),
        solve=SolveOptions(),
        expectations=(),
        tree={},
    )


_LEAVES = st.one_of(
    st.sampled_from(["a", "b", "c", "d"]),
    st.integers(-16, 16).map(lambda eighths: f"({eighths / 8!r})"),
)
_POSITIVE = "(1 + ({})^2)"


def _grown(smooth):
    def grow(inner):
        pairs = st.tuples(inner, inner)
        shapes = [
            pairs.map(lambda pair: f"({pair[0]} + {pair[1]})"),
            pairs.map(lambda pair: f"({pair[0]} - {pair[1]})"),
            pairs.map(lambda pair: f"({pair[0]} * {pair[1]})"),
            pairs.map(lambda pair: f"({pair[0]} / {_POSITIVE.format(pair[1])})"),
            st.tuples(inner, st.integers(2, 4)).map(lambda pair: f"({pair[0]})^{pair[1]}"),
            st.tuples(inner, st.sampled_from([-1.0, 0.5, 1.5, 0.3])).map(
                lambda pair: f"{_POSITIVE.format(pair[0])}^({pair[1]})"
            ),
            pairs.map(lambda pair: f"{_POSITIVE.format(pair[0])}^(({pair[1]})/4)"),
            inner.map(lambda item: f"log({_POSITIVE.format(item)})"),
            inner.map(lambda item: f"sqrt({_POSITIVE.format(item)})"),
            inner.map(lambda item: f"exp(-{_POSITIVE.format(item)}/8)"),
        ]
        if not smooth:
            # Levels and thresholds are dyadic, so that a comparison does not hang on rounding.
            condition = st.tuples(
                st.sampled_from("abcd"), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), _LEAVES
            ).map(" ".join)
            shapes += [
                inner.map(lambda item: f"abs({item})"),
                pairs.map(lambda pair: f"min({pair[0]}, {pair[1]})"),
                st.tuples(inner, inner, inner).map(lambda three: f"max({', '.join(three)})"),
                st.tuples(inner, condition, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
                st.tuples(inner, condition, condition, inner).map(
                    lambda t: f"({t[0]} if {t[1]} and not ({t[2]}) else {t[3]})"
                ),
            ]
        return st.one_of(shapes)

    return grow


@pytest.fixture(scope="session")
def build():
    return make_document


@pytest.fixture(scope="session")
def lever():
    return make_lever


@pytest.fixture(scope="session")
def any_formula():
    return st.recursive(_LEAVES, _grown(smooth=False), max_leaves=10)


@pytest.fixture(scope="session")
def smooth_formula():
    return st.recursive(_LEAVES, _grown(smooth=True), max_leaves=8)


@pytest.fixture(scope="session")
def any_point():
    return st.tuples(*[st.integers(4, 24).map(lambda eighths: eighths / 8)] * 4)
