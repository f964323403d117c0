"""Export two small English texts from Debian packages: `python -m experiments.export_corpora`.

Why: WordNet's glosses are the best small text we tried for learning word vectors; the King James
Bible is a plain text in one style for a tiny character decoder.
Source: Debian's wordnet-base 1:3.0-37 (WordNet 3.0, Princeton University; Miller 1995) and
bible-kjv-text 4.38 with its reader bible-kjv (public domain).
Makes: src/data/wordnet_glosses.txt.xz, src/data/WORDNET_LICENSE, src/data/king_james.txt.xz.

Gloss and examples of a synset stand on one line as in the source, with the quotation marks of the
examples: a tokenizer for words drops them, and a character model may learn that they pair up.
"""

import lzma
import re
import shutil
import subprocess
from pathlib import Path

from experiments.data_files import check_source, read_source, write_data

WORDNET = Path("/usr/share/wordnet")
WORDNET_SHA256 = {
    "data.noun": "fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2",
    "data.verb": "adcf43e35b581e8036d8b5a52d63d9cd3d3b4870b2720d3c03c799df44777bc2",
    "data.adj": "c89120dfc1f046ddff4a631bf9b7e9fa1a36b5e86565a23bf82dbe14f30b88a7",
    "data.adv": "444a63bf3955080ab7524f5079cfc07ff9bc682cb98bdb1db73b0fb9829f1139",
}
WORDNET_REMEDY = "Install Debian's package: apt-get install wordnet-base=1:3.0-37"
VERSES = "gen1:1-2ki25:30"
VERSES_SHA256 = "6373be0dcf2352e1767640367bd102a5bce2137152d8c33c873204f929cd17a3"
BIBLE_REMEDY = "Install Debian's packages: apt-get install bible-kjv=4.38 bible-kjv-text=4.38"


def wordnet() -> tuple[str, str]:
    """Return WordNet's glosses, one a line in the order of its files, and its licence notice.

    In a data file the lines of the notice are numbered and indented; every other line is a synset,
    whose gloss follows a bar.
    """
    glosses, notices = [], set()
    for name, expected in WORDNET_SHA256.items():
        lines = read_source(WORDNET / name, expected, WORDNET_REMEDY).decode("ascii").splitlines()
        header = [re.sub(r"^ +\d+ ", "", x).rstrip() + "\n" for x in lines if x[0] == " "]
        notices.add("".join(header))
        glosses += [x.partition(" | ")[2].rstrip() + "\n" for x in lines if x[0] != " "]
    (notice,) = notices
    return "".join(glosses), notice


def king_james() -> str:
    """Return Genesis to 2 Kings, one verse a line, without the references before the verses.

    These twelve books are 1.5 MB, more than a tiny decoder sees in a training of minutes.
    """
    reader = shutil.which("bible")
    if reader is None:
        raise SystemExit(f"The program `bible` is not installed.\n{BIBLE_REMEDY}")
    output = subprocess.run([reader, "-f", VERSES], check=True, capture_output=True).stdout
    check_source(f"The output of `bible -f {VERSES}`", output, VERSES_SHA256, BIBLE_REMEDY)
    return "".join(x.partition(" ")[2] + "\n" for x in output.decode("ascii").splitlines())


def write_text(name: str, text: str) -> None:
    """Write `text` compressed to `src/data/<name>`; the xz format holds no time stamp."""
    words = len(re.findall(r"[A-Za-z]+", text))
    print(f"{name}: {text.count(chr(10)):,} lines, {words:,} words, {len(text):,} characters")
    write_data(name, lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def main() -> None:
    """Write both texts and WordNet's licence."""
    glosses, notice = wordnet()
    write_text("wordnet_glosses.txt.xz", glosses)
    write_data("WORDNET_LICENSE", notice.encode())
    write_text("king_james.txt.xz", king_james())


if __name__ == "__main__":
    main()
