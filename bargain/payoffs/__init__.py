"""Formulas to numbers: additive terms, the linkage graph, and compiled payoffs with their derivatives.

The only room that knows sympy.  :func:`bargain.payoffs.numeric.compile_payoffs` is the way in.
"""
