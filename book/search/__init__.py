"""The search of the book: it finds sections and entries by a question in the reader's own words.

- `sections.py` takes the sections out of the pages, and writes the index when the book is built;
- `engine.js` ranks them: the same functions in the browser and, in V8, in tests and benchmarks;
- `dialog.js` and `search.css` are what the reader sees;
- `synonyms.txt` says which words mean the same.

The rest is MiniSearch: `book/static/minisearch`.
"""
