"""The sentence has the rows of MiniLM."""

import base64

import numpy as np

from book.figures.sentence import sentence


def test_sentence_has_the_rows_of_minilm(minilm):
    data, C = sentence.data(), sentence.COLUMNS
    rows, scales, positions = (
        np.frombuffer(base64.b64decode(data[name]), dtype).reshape(-1, columns)
        for name, dtype, columns in [
            ("rows", "i1", C),
            ("scales", "<f4", 1),
            ("positions", "<f4", C),
        ]
    )
    assert data["tokens"].split("\n") == minilm.table.tokens
    assert (rows.astype("f4") * scales == minilm.table.vectors[:, :C].numpy()).all()
    assert (positions == minilm.position_vectors[:, :C].numpy()).all()
