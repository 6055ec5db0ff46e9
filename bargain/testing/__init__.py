"""A kit for property-based tests of bargaining code, ours or yours.

:mod:`bargain.testing.strategies` draws games, bargaining problems, formulas and scenarios;
:mod:`bargain.testing.axioms` checks laws of bargaining theory on any rule, and :mod:`bargain.testing.convex_axioms`
those that need lotteries.  This is the only room that knows hypothesis; install it with
``pip install 'bargain[testing]'``.
"""
