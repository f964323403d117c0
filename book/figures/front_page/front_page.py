"""Draw the front page's picture: `python -m book.figures.front_page.front_page`.

It writes `front_page.html`, which `intro.md` includes: two drawings of the same numbers, one for
a wide and one for a narrow page, and the numbers as a table. `test_front_page.py` draws it
again and compares.
"""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from src.pretrained import load_minilm

TARGET = Path(__file__).with_name("front_page.html")
SENTENCE = "I love AI"
COLUMNS = range(148, 151)
"""Three neighbouring numbers of 384. These add up exactly, even rounded as they are printed."""

DECIMALS = 3
STRONGEST = 0.5  # opacity of the largest number's cell: its digits stay readable in light and dark
KINDS = ("token", "position", "combination")
HEADS = (
    ("What", "token embedding"),
    ("Where", "positional embedding"),
    ("Input", "what the transformer reads"),
)


@dataclass(frozen=True)
class Row:
    """One token of the sentence, and its three vectors: what, where, and their sum."""

    token: str
    position: int
    vectors: tuple[list[float], list[float], list[float]]


def rows() -> list[Row]:
    """Return the tokens of the sentence, without those that the model puts around it."""
    minilm = load_minilm()
    tokens = minilm.tokenize(SENTENCE)
    found = []
    for position, token in enumerate(tokens, start=1):  # [CLS] stands at 0
        what = minilm.table.vector(token)
        where = minilm.position_vectors[position]
        found.append(Row(token, position, tuple(map(picked, (what, where, what + where)))))
    return found


def picked(vector: Tensor) -> list[float]:
    """Return the numbers of a vector (D,) that are shown, rounded."""
    return [round(vector[i].item(), DECIMALS) for i in COLUMNS]


def number(value: float) -> str:
    """Write a number with a true minus sign."""
    return f"{value:.{DECIMALS}f}".replace("-", "\N{MINUS SIGN}")


def text(x: float, y: float, words: str, style: str) -> str:
    """Write words at a place; `style` names the CSS classes."""
    return f'<text x="{x:g}" y="{y:g}" class="{style}">{words}</text>'


def cells(x: float, y: float, vector: list[float], kind: str, width: float, largest: float) -> str:
    """Draw a vector as a row of cells, the stronger the larger the number is."""
    parts = []
    for value in vector:
        strength = STRONGEST * (0.15 + 0.85 * abs(value) / largest)
        parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width - 4:g}" height="34" rx="5"'
            f' class="fill-{kind}" fill-opacity="{strength:.2f}"/>'
            + text(x + (width - 4) / 2, y + 22, number(value), "digits")
        )
        x += width
    return "\n".join([*parts, text(x + 7, y + 20, "…", "more")])


def wide(drawn: list[Row], largest: float) -> str:
    """One line per token: what + where = input, from left to right."""
    starts, width = (46, 284, 512), 54
    parts = []
    for x, kind, (head, below) in zip(starts, KINDS, HEADS, strict=True):
        parts += [text(x, 22, head, f"head {kind}"), text(x, 41, below, "below")]
    for index, row in enumerate(drawn):
        y = 56 + 44 * index
        parts += [
            text(0, y + 23, row.token, "label token"),
            text(246, y + 24, "+", "sign"),
            text(262, y + 23, str(row.position), "label position"),
            text(488, y + 24, "=", "sign"),
        ]
        for x, vector, kind in zip(starts, row.vectors, KINDS, strict=True):
            parts.append(cells(x, y, vector, kind, width, largest))
    return svg("wide", 696, 56 + 44 * len(drawn) - 8, parts)


def narrow(drawn: list[Row], largest: float) -> str:
    """One block per token: what, where and input from top to bottom."""
    parts, y = [], 4
    for row in drawn:
        names = (("", "what", row.token), ("+", "where", str(row.position)), ("=", "input", ""))
        for (sign, head, label), vector, kind in zip(names, row.vectors, KINDS, strict=True):
            parts += [
                text(8, y + 23, sign, "sign"),
                text(20, y + 22, head, f"small {kind}"),
                text(74, y + 22, label, f"label {kind}"),
                cells(118, y, vector, kind, 68, largest),
            ]
            y += 38
        y += 16
    return svg("narrow", 342, y - 20, parts)


def svg(layout: str, width: int, height: int, parts: list[str]) -> str:
    """Wrap a drawing; what it shows is said for those who cannot see it."""
    shapes = "\n".join(part for part in parts if "></text>" not in part)
    return (
        f'<svg class="{layout}" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{description()}">\n{shapes}\n</svg>'
    )


def description() -> str:
    """Say what the picture shows."""
    return (
        f"For each token of {SENTENCE}, a row of blue numbers, what, plus a row of orange numbers,"
        " where, gives a row of green numbers, the input. The table below has the same numbers."
    )


def table(drawn: list[Row]) -> str:
    """Write the numbers as a table."""
    names = ("Position", "Token", *(head for head, _ in HEADS))
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    lines = []
    for row in drawn:
        vectors = "".join(
            f'<td class="numbers {kind}">{" ".join(map(number, vector))}</td>'
            for vector, kind in zip(row.vectors, KINDS, strict=True)
        )
        lines.append(f'<tr><td>{row.position}</td><th scope="row">{row.token}</th>{vectors}</tr>')
    body = "\n".join(lines)
    return (
        "<details>\n<summary>The same numbers as a table</summary>\n"
        '<div class="pst-scrollable-table-container">\n'
        f'<table class="table">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n'
        "</table>\n</div>\n</details>"
    )


def figure() -> str:
    """Return the whole piece of HTML that the front page includes."""
    drawn = rows()
    largest = max(abs(value) for row in drawn for vector in row.vectors for value in vector)
    caption = (
        f"“{SENTENCE}” in a real model, all-MiniLM-L6-v2: numbers {COLUMNS[0]} to {COLUMNS[-1]} of"
        " the 384 in each vector. The model puts a token <code>[CLS]</code> at position 0. It also"
        " adds one vector that is the same for all these tokens, and normalises."
    )
    return (
        '<figure class="front-figure">\n'
        f"{wide(drawn, largest)}\n{narrow(drawn, largest)}\n"
        f"<figcaption>{caption}</figcaption>\n</figure>\n{table(drawn)}\n"
    )


if __name__ == "__main__":
    TARGET.write_text(figure(), encoding="utf8")
    print(TARGET)
