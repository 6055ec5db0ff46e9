"""Games of other programs: Gambit's ``.nfg`` and ``.efg``, payoff tables in CSV, and nashpy, pygambit and QuantEcon;
and negotiation domains of GENIUS, GeniusWeb, NegMAS and NegoLog.

Numbers in files are kept exactly as they are written; files are not trusted, and every mistake is shown with its place.
:mod:`bargain.games.interchange.files` holds the entries :func:`read_game` and :func:`write_game`; each format has a
module of its own.  :mod:`bargain.games.interchange.domain_files` and
:mod:`bargain.games.interchange.domain_writers` do the same for domains.
"""
