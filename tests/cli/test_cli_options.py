"""The static lists of names are those of the rooms, which would be too heavy to ask at start-up."""

from bargain.cli.options import METHODS, RULES, STRUCTURES


def test_rules_are_those_of_the_solutions_room():
    from bargain.solutions import rules

    assert set(rules.RULES) == set(RULES)


def test_methods_are_those_of_the_equilibria_room():
    from bargain.equilibria import methods

    assert set(methods.METHODS) | {"auto"} == set(METHODS)


def test_options_know_the_structures():
    from bargain.linkage import value

    assert value.STRUCTURES == STRUCTURES
