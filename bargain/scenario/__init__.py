"""What a scenario file says, checked and frozen.

:mod:`~bargain.scenario.read` turns a file (TOML or JSON), standard input or a mapping into a
:class:`~bargain.scenario.document.Document`, or says everything that is wrong with it at once.  On the way the text is
scanned (:mod:`~bargain.scenario.spans`, :mod:`~bargain.scenario.json_spans`), its shape is compared with the format
(:mod:`~bargain.scenario.schema`), and its meaning is checked (:mod:`~bargain.scenario.check`): names, levels, tables,
formulas and their domains.  No numerical library is loaded, nothing from the file is ever run, and no other file is
opened.
"""
