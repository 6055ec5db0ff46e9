"""Stored results with hostile numbers: refused or refuted in words, whatever they hold."""

import copy
import json

import pytest

from bargain.certificates.stored import verify_stored
from bargain.errors import LimitError
from bargain.pipeline import Scenario, run
from bargain.reports import render
from bargain.scenario.read import read_tree

TREE = {
    "format": 1,
    "scenario": {"id": "pledge", "title": "A tariff for a pledge"},
    "players": {"US": {}, "JP": {}},
    "issues": {
        "tariff": {"set_by": "US", "levels": [0, 10, 25], "status_quo": 25},
        "pledge": {"set_by": "JP", "levels": [0, 500], "status_quo": 0},
    },
    "payoffs": {
        "US": {"tariff": "0.2*tariff", "pledge": "0.02*pledge"},
        "JP": {"tariff": "-0.5*tariff", "pledge": "-0.01*pledge"},
    },
}
NO_NUMBERS = ["1/0", "x", "", "1/2/3", "9" * 5000, 10**400, 1e999, -1e999, float("nan"), True, None, [], {}, "\x1b[31m"]


@pytest.fixture(scope="module")
def stored():
    return json.loads(render(run(Scenario(read_tree(TREE))), "json", "solve"))


def changed(stored, path, value):
    result = copy.deepcopy(stored)
    entry = result
    for part in path[:-1]:
        entry = entry[part]
    entry[path[-1]] = value
    return result


def test_the_result_itself_holds(stored):
    assert all(certificate.holds for certificate in verify_stored(stored))


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize(
    "path",
    [
        ("gains", "JP"),
        ("payoffs", "JP"),
        ("disagreement", "payoffs", "JP"),
        ("weights", "JP"),
        ("equilibria", "profiles", 0, "payoffs", "JP"),
        ("equilibria", "profiles", 0, "strategies", "JP", 0, "probability"),
        ("linkage", "value", "JP"),
        ("linkage", "total"),
        ("alternatives", 0, "gains", "JP"),
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_what_is_no_number_is_refused_or_refuted(stored, path, value):
    try:
        certificates = verify_stored(changed(stored, path, value))
    except (ValueError, TypeError, AttributeError):
        return  # the command line says that the file is damaged
    assert not all(certificate.holds for certificate in certificates)


def test_check_that_would_take_hours_is_refused(stored, monkeypatch):
    monkeypatch.setattr("bargain.certificates.replay.MOST_PARTS", 200)
    with pytest.raises(LimitError, match="would take too long"):
        verify_stored(stored)
