"""Export WordSim-353, human judgements of word pairs: `python -m experiments.export_wordsim WHEEL`.

Why: to ask whether learned vectors agree with people.
Source: any wheel of gensim 4.4.0, which holds the collection as test data (Finkelstein et al. 2002,
Placing Search in Context; Creative Commons Attribution 4.0). The file in it is checked by its own
hash, because the wheels differ from platform to platform.
Makes: src/data/wordsim353.tsv, the pairs in lower case, without the comment lines.
"""

import argparse
import zipfile
from pathlib import Path

from experiments.data_files import check_source, write_data

MEMBER = "gensim/test/test_data/wordsim353.tsv"
SHA256 = "f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d"


def main() -> None:
    """Read the list from the wheel, check it, write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    wheel = parser.parse_args().wheel
    remedy = "Get a wheel with: pip download --no-deps gensim==4.4.0"
    if not zipfile.is_zipfile(wheel):
        raise SystemExit(f"{wheel} is not a wheel.\n{remedy}")
    content = zipfile.ZipFile(wheel).read(MEMBER)
    check_source(MEMBER, content, SHA256, remedy)
    lines = [line for line in content.decode().splitlines() if not line.startswith("#")]
    if len(lines) != 353:
        raise SystemExit(f"The list must have 353 pairs, but has {len(lines)}.")
    write_data("wordsim353.tsv", "".join(f"{line.lower()}\n" for line in lines).encode())


if __name__ == "__main__":
    main()
