"""The interactive figures of the book: one module per figure, its script beside it in _interactive.

A module ``some_name`` describes the figure ``some-name``:

- ``CAPTION``: the finding, one or two sentences of HTML;
- ``ALT``: what the still picture shows, for readers who do not see it;
- ``HEIGHT``: the figure's usual height in CSS pixels, on a desktop and on a phone;
- ``still()``: draw the still picture for pages without scripts, and return its axes;
- ``data()``, if the figure needs numbers: a dict that JSON can hold.

``_ext/interactive_figures.py`` calls them while the book is built.
"""
