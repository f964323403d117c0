"""The figures that are no cell's output, a folder each: its Python, its script and its test.

An interactive figure ``some-name`` is the folder ``some_name`` with ``some_name.js``, which draws
it in the page, and ``some_name.py``, which says what the page cannot know:

- ``CAPTION``: the finding, one or two sentences of HTML;
- ``ALT``: what the still picture shows, for readers who do not see it;
- ``HEIGHT``: the figure's usual height in CSS pixels, on a desktop and on a phone;
- ``still()``: draw the still picture for pages without scripts, and return its axes;
- ``data()``, if the figure needs numbers: a dict that JSON can hold.

``book/extensions/interactive_figures.py`` calls them while the book is built. ``loader.js`` and
``tools.js`` serve all scripts, ``numbers.py`` and ``packed.py`` all modules. ``test_some_name.py``
tests the numbers, ``test_some_name_in_browser.py`` the drawn figure (``make test-book``).
"""
