"""Scripts that make what `src/data` and the lessons ship: exports, audits, trainings."""
