"""Bargaining rules: what theory says a reasonable agreement is.

A *rule* picks a point from a bargaining problem; :mod:`bargain.solutions.rules` holds the table of all rules with the
axioms that characterise them.  One file a rule.  The engines that they share: efficient deals one by one
(:mod:`~bargain.solutions.finite`), lotteries (:mod:`~bargain.solutions.hull`, :mod:`~bargain.solutions.mixtures`), and
continuous levers (:mod:`~bargain.solutions.smooth`).
"""
