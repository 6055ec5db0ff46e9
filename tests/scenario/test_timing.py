"""The sections [time] and [enforcement]: what they mean, and each mistake with its place and advice."""

import pytest

from bargain.errors import ScenarioError
from bargain.scenario.read import read_text

BASE = """\
format = 1
[scenario]
id = "clock"
title = "Clock"
[players.A]
[players.B]
[issues.tariff]
set_by = "A"
unit = "%"
range = [0, 25]
status_quo = 25
[issues.access]
levels = ["closed", "open"]
status_quo = "closed"
[payoffs.A]
tariff = "0.1*tariff"
access = { closed = 0, open = 2 }
[payoffs.B]
tariff = "-0.2*tariff"
access = { closed = 0, open = -1 }
"""


def timing(lines):
    return read_text(f"{BASE}[time]\n{lines}\n", "clock.toml").time


def enforcement(lines):
    return read_text(f"{BASE}[enforcement]\n{lines}\n", "clock.toml").enforcement


def test_a_file_without_the_sections_has_no_clock():
    document = read_text(BASE)
    assert document.time is None
    assert document.enforcement is None


def test_rates_become_factors_of_a_round():
    clock = timing("rate = { B = 0.10, A = 0.05 }\nround_days = 73")
    assert clock.rate == (0.05, 0.10)
    assert clock.discount == pytest.approx((1.05**-0.2, 1.10**-0.2), rel=1e-15)
    assert clock.first_proposer == "A"
    assert clock.rounds is None
    assert clock.outside == (None, None)


@pytest.mark.parametrize(
    ("days", "length", "rounds", "wait"),
    [(90, 7, 13, 6 / 7), (90, 30, 3, 1.0), (0.3, 0.1, 3, 1.0), (5, 7, 1, 5 / 7), (90, 90, 1, 1.0)],
)
def test_offers_are_made_before_the_deadline(days, length, rounds, wait):
    clock = timing(f"discount = 0.9\nround_days = {length}\ndeadline_days = {days}")
    assert clock.rounds == rounds
    assert clock.last_wait == pytest.approx(wait, rel=1e-12)
    assert [k * length < days * (1 - 1e-9) for k in range(rounds + 1)] == [True] * rounds + [False]


def test_levels_that_stand_meanwhile_are_read_as_codes():
    clock = timing(
        "discount = 0.9\nrounds = 4\nmeanwhile = { tariff = 10, access = 'open' }\n"
        "at_deadline_payoffs = { B = 1, A = 2 }\noutside = { B = -3 }\nprotocol = 'random'\nbreakdown = 0.1\n"
        "first_proposer = 'B'"
    )
    assert clock.meanwhile == (("tariff", 10.0), ("access", 1.0))
    assert clock.at_deadline_payoffs == (2.0, 1.0)
    assert clock.outside == (None, -3.0)
    assert (clock.protocol, clock.breakdown, clock.first_proposer, clock.rounds) == ("random", 0.1, "B", 4)


def test_enforcement_is_read():
    breach = enforcement(
        "punishment = 'snap_back'\nsnap_back = ['tariff']\ndiscount = 0.9\n"
        "breach = { access = 'B' }\nlag = { access = 2 }\nunobserved = ['tariff']"
    )
    assert (breach.punishment, breach.snap_back, breach.discount) == ("snap_back", ("tariff",), (0.9, 0.9))
    assert (breach.breach, breach.lag, breach.unobserved) == ((("access", "B"),), (("access", 2),), ("tariff",))
    assert enforcement("").punishment == "nash"
    quarterly = enforcement("rate = 0.05\nperiod_days = 91.25")
    assert quarterly.discount == pytest.approx((1.05**-0.25,) * 2, rel=1e-15)


# Each row: the section, its lines; code, message and hint of the one diagnostic.
MISTAKES = [
    ("time", "", "BG318", "[time] does not say how the players discount", "add `rate = 0.05` (a year) with `round_days`, or `discount = 0.99` (a round)"),
    ("time", "rate = 0.1", "BG318", "[time] gives a rate a year, but not how long a round lasts", "add `round_days`, or give `discount` instead"),
    ("time", "rate = 0.1\nround_days = 7\ndiscount = 0.9", "BG318", "[time] gives both `rate` and `discount`", "leave one out"),
    ("time", "discount = 1", "BG318", "the `discount` of A is 1; it must be more than 0 and less than 1", ""),
    ("time", "discount = { A = 0.9, B = 0 }", "BG318", "the `discount` of B is 0; it must be more than 0 and less than 1", ""),
    ("time", "rate = -0.1\nround_days = 7", "BG318", "the `rate` of A is -0.1; it must be more than 0 and less than 100", ""),
    ("time", "discount = { A = 0.9 }", "BG318", "`discount` lacks a number for B", "give one number for every player"),
    ("time", "discount = { A = 0.9, C = 0.9, B = 0.9 }", "BG205", "there is no player `C`", "the players are A, B"),
    ("time", "discount = 'high'", "BG012", '`discount` must be a number, or a table of one number for each player, not the text "high"', ""),
    ("time", "discount = 0.9\nrounds = 0", "BG013", "`rounds` is 0; it must be at least 1", ""),
    ("time", "discount = 0.9\nbreakdown = 1", "BG013", "`breakdown` is 1; it must be less than 1", ""),
    ("time", "discount = 0.9\nround_days = 0", "BG013", "`round_days` is 0; it must be more than 0", ""),
    ("time", "discount = 0.9\ndeadline_days = 90", "BG318", "[time] gives a deadline in days, but not how long a round lasts", "add `round_days`, or give the number of `rounds` instead"),
    ("time", "discount = 0.9\nround_days = 7\ndeadline_days = 90\nrounds = 3", "BG318", "[time] gives both `rounds` and `deadline_days`", "leave one out"),
    ("time", "discount = 0.9\nround_days = 0.001\ndeadline_days = 90", "BG318", "90 days in rounds of 0.001 are 90000 offers; at most 10000 are allowed", "make the rounds longer"),
    ("time", "discount = 0.9\nfirst_proposer = 'a'", "BG205", "there is no player `a`", "did you mean `A`?"),
    ("time", "discount = 0.9\nprotocol = 'turns'", "BG013", '"turns" is not a choice for `protocol`', "choose one of alternating, random"),
    ("time", "discount = 0.9\nmeanwhile = { tarif = 10 }", "BG205", "there is no lever `tarif`", "did you mean `tariff`?"),
    ("time", "discount = 0.9\nmeanwhile = { tariff = 30 }", "BG318", "`tariff` cannot stand at 30 %", "its range is 0 to 25 %"),
    ("time", "discount = 0.9\nmeanwhile = { tariff = 'low' }", "BG318", "`tariff` cannot stand at low", "its range is 0 to 25 %"),
    ("time", "discount = 0.9\nmeanwhile = { access = 'opne' }", "BG318", "`access` cannot stand at opne", "its levels are closed, open"),
    ("time", "discount = 0.9\nmeanwhile = { tariff = 1 }\nmeanwhile_payoffs = { A = 0, B = 0 }", "BG318", "[time] gives both `meanwhile` and `meanwhile_payoffs`", "leave one out"),
    ("time", "discount = 0.9\nat_deadline = { tariff = 1 }", "BG318", "[time] gives `at_deadline`, but there is no deadline", "add `deadline_days` or `rounds`"),
    ("time", "discount = 0.9\noutside = { C = 1 }", "BG205", "there is no player `C`", "the players are A, B"),
    ("time", "discont = 0.9", "BG010", "`discont` is not a key of [time]", "did you mean `discount`?"),
    ("enforcement", "punishment = 'snap_back'", "BG319", "the punishment is `snap_back`, and no lever is named", 'name the levers that return, for example snap_back = ["tariff"]'),
    ("enforcement", "snap_back = ['tariff']", "BG319", "levers snap back, but the punishment is `nash`", 'write punishment = "snap_back"'),
    ("enforcement", "punishment = 'snap_back'\nsnap_back = ['tarif']", "BG205", "there is no lever `tarif`", "did you mean `tariff`?"),
    ("enforcement", "breach = { tariff = 'B' }", "BG319", "`tariff` is set by A, so that B cannot break it", "leave it out"),
    ("enforcement", "breach = { access = 'C' }", "BG205", "there is no player `C`", "the players are A, B"),
    ("enforcement", "lag = { acess = 1 }", "BG205", "there is no issue `acess`", "did you mean `access`?"),
    ("enforcement", "lag = { access = 1 }\nunobserved = ['access']", "BG319", "`access` is never observed and has a lag", "leave one out"),
    ("enforcement", "rate = 0.05", "BG318", "[enforcement] gives a rate a year, but not how long a period lasts", "add `period_days`, or give `discount` instead"),
    ("enforcement", "punishment = 'grim'", "BG013", '"grim" is not a choice for `punishment`', "choose one of nash, minmax, no_agreement, snap_back"),
]  # fmt: skip


@pytest.mark.parametrize(("section", "lines", "code", "message", "hint"), MISTAKES)
def test_each_mistake_has_one_diagnostic_with_its_place(section, lines, code, message, hint):
    text = f"{BASE}[{section}]\n{lines}\n"
    with pytest.raises(ScenarioError) as caught:
        read_text(text, "clock.toml")
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.hint) == (code, message, hint)
    assert found.line is not None
    assert found.line > BASE.count("\n")
