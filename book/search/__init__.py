"""The search of the book: it finds sections and entries by a question in the reader's own words.

- `sections.py` takes the sections out of the pages, and writes the index when the book is built;
- `meaning.py` makes vectors of them, `meaning.js` compares a question with these, by the table
  `meaning_table.js`; `experiments/search_table.py` distilled that table from MiniLM;
- `engine.js` ranks them: the same functions in the browser and, in V8, in tests and benchmarks;
- `dialog.js` and `search.css` are what the reader sees;
- `synonyms.txt` says which words mean the same.

The rest is MiniSearch: `book/static/minisearch`.
"""

BY_WORDS = ("_static/minisearch/minisearch.js", "_static/search/engine.js", "searchindex.js")
"""What the browser loads when the search is first used, in this order."""
BY_MEANING = ("_static/search/meaning.js", "_static/search/meaning_table.js", "sectionmeaning.js")
"""What it loads after that: until then, and without it, sections are found by their words."""
