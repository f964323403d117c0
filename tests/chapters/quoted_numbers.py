"""Finds the numbers that a text quotes, and those that a notebook prints or has in its code."""

import json
import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from book import citations

WRITTEN = re.compile(
    r"(?<![\w.^_])(?<![A-Za-z]-)(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<power>e[+-]?\d+)?(?P<unit>\s?%|\\%|\spercent|\s(?:m|b)illion)?(?![A-Za-z_])"
)
ABOUT = re.compile(r"\b(?:about|nearly|roughly|around) $")
IN_CODE = re.compile(r"(?<![A-Za-z_\d.])(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?")
NOT_READ = re.compile(
    r"\[[^\]\n]+, \d{4}\]|\[\(\d+\)\]|\\tag\{\d+\}|\]\([^)]*\)|\\textcolor\{[^}]*\}|<[^>]+>"
    r"|```.*?```",
    flags=re.S,
)
"""Citations, addresses, colours, tags and code: their numbers are not claims."""


@dataclass(frozen=True)
class Number:
    """A number as it is written: 85% is 0.85, known to 0.01."""

    text: str
    value: float
    step: float
    beside_percent: bool = False
    is_order: bool = False

    @property
    def is_small(self) -> bool:
        """Whether it is a whole number up to 12, or a year: such a one may come from anywhere."""
        whole = self.step == 1
        return whole and (self.value <= 12 or 1950 <= self.value <= 2030)

    @property
    def is_percent(self) -> bool:
        """Whether a per cent sign belongs to it."""
        return self.text.endswith(("%", "percent"))


def numbers(text: str) -> list[Number]:
    """Return the numbers of a text. A sentence with one per cent may leave the sign to others."""
    found = []
    for sentence in re.split(r"(?<=[.?!:])\s+|\n", text):
        percent = "%" in sentence or "percent" in sentence
        for match in WRITTEN.finditer(sentence):
            digits = match["digits"].replace(",", "")
            unit = (match["unit"] or "").strip()
            scale = 10.0 ** int((match["power"] or "e0")[1:])
            scale *= {"": 1, "million": 1e6, "billion": 1e9}.get(unit, 0.01)
            places = len(digits.partition(".")[2])
            if not places and ABOUT.search(sentence[: match.start()]):  # "about 500" is to 100
                places = -(len(digits) - len(digits.rstrip("0")))
            step = 10.0**-places * scale
            order = digits == "1" and match["power"] is not None
            found.append(Number(match[0].strip(), float(digits) * scale, step, percent, order))
    return found


@dataclass(frozen=True)
class Sources:
    """What the cells of some notebooks print, and the numbers of their code."""

    printed: tuple[Number, ...]
    code: tuple[float, ...]

    def __add__(self, other: "Sources") -> "Sources":
        """Return the numbers of both."""
        return Sources(self.printed + other.printed, self.code + other.code)

    def have(self, number: Number) -> bool:
        """Tell whether a number rounds to this one, printed as finely or in the code."""
        if number.is_order:  # "about 1e-15"
            known = (*(known.value for known in self.printed), *self.code)
            return any(1 / 4 < value / number.value < 4 for value in known)
        near = number.step / 2 * (1 + 1e-6)
        plain = number.is_percent or number.beside_percent
        scales = (1, 0.01, 100) if plain else (1,)
        return any(
            abs(number.value - known.value * scale) <= near
            and known.step * scale <= number.step * (1 + 1e-6)
            for known in self.printed
            for scale in ((*scales, 100) if known.is_percent else scales)
        ) or any(
            abs(number.value - value * scale) <= near for value in self.code for scale in scales
        )


def cells(notebook: Path) -> list[dict]:
    """Return a notebook's cells, each with its source as one string."""
    read = json.loads(notebook.read_text(encoding="utf8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in read]


def output(cell: dict) -> str:
    """Return what a cell prints, without pictures."""
    parts = []
    for out in cell.get("outputs", []):
        data = out.get("data", {})
        if not any(kind.startswith("image/") for kind in data):
            parts += ["".join(data.get("text/plain", ""))]
        parts += ["".join(out.get("text", "")), "".join(data.get("text/html", ""))]
    return re.sub(r"<[^>]+>", " ", "\n".join(parts))


def sources_of(some: list[dict]) -> Sources:
    """Return the numbers of some cells' outputs and code, folded solutions included."""
    code, prints = [], []
    for cell in some:
        if cell["cell_type"] == "code":
            code.append(cell["source"])
            prints.append(output(cell))
        else:
            code += re.findall(r"```python\n(.*?)```", cell["source"], flags=re.S)
    values = {float(x.replace("_", "")) for x in IN_CODE.findall("\n".join(code))}
    return Sources(tuple(set(numbers("\n".join(prints)))), tuple(values))


@cache
def sources(notebook: Path) -> Sources:
    """Return the numbers that a notebook prints or has in its code."""
    return sources_of(cells(notebook))


def sections(notebook: Path) -> list[list[dict]]:
    """Return the cells of each section; a section begins with a cell that has a "## "."""
    found = [[]]
    for cell in cells(notebook):
        if cell["cell_type"] == "markdown" and re.search(r"^## ", cell["source"], flags=re.M):
            found.append([])
        found[-1].append(cell)
    return found


@cache
def cited(notebook: Path) -> Sources:
    """Return the numbers of the sentences of a notebook that cite a work."""
    text = "\n\n".join(c["source"] for c in cells(notebook) if c["cell_type"] == "markdown")
    sentences = [s for s in re.split(r"(?<=[.?!])\s+|\n\n", text) if citations.cited(s)]
    return Sources(tuple(numbers(NOT_READ.sub(" ", "\n".join(sentences)))), ())


def lacking(text: str, known: Sources, given: str = "") -> list[str]:
    """Return the numbers of a text that nothing supports.

    Args:
        text: Markdown.
        known: what the notebooks print and have in their code.
        given: a text whose numbers may be used, such as the question that is answered.
    """
    text = NOT_READ.sub(" ", text)
    allowed = {number.value for number in numbers(NOT_READ.sub(" ", given))}
    for equation in true_equations(text):
        allowed |= {number.value for number in numbers(equation)}
    return [
        number.text
        for number in numbers(text)
        if not (number.is_small or number.value in allowed or known.have(number))
    ]


def true_equations(text: str) -> list[str]:
    """Return the sides of equations of numbers that hold: "4 · 25 = 100", "$13/29$ is 45%"."""
    text = re.sub(r"\$,? (?:which )?is (?:about )?(\d[\d.,]*\d%?)", r" = \1$", text)
    sums = re.findall(r"\$([^$]+)\$|((?:√?\d[\d,.]*\s*[·×/+-]\s*)+√?\d[\d,.]* = [\d,.]*\d)", text)
    parts = [re.split(r"=|\\approx", formula or plain) for formula, plain in sums]
    found = []
    for sides in parts:
        values = [value(side) for side in sides]
        for a, b, left, right in zip(values, values[1:], sides, sides[1:], strict=False):
            steps = [number.step for side in (left, right) for number in numbers(side)]
            if a is not None and b is not None:
                near = max(0.01 * abs(a), max(steps, default=0) / 2 if abs(a) < 1 else 0)
                if abs(a - b) <= near:
                    found += [left, right]
    return found


def value(formula: str) -> float | None:
    """Return the value of a formula made of numbers only, or None."""
    python = re.sub(r"(?<=\d),(?=\d{3})|\\[,!;]|\\(?:left|right)", "", formula)
    python = re.sub(r"\\frac\{([^{}]+)\}\{([^{}]+)\}", r"((\1)/(\2))", python)
    python = re.sub(r"\\(cos|sin)\^2 ?([\d.]+)", r"\1(\2)**2", python)
    python = re.sub(r"\\(cos|sin|ln|sqrt) ?([\d.]+)", r"\1(\2)", python)
    python = re.sub(r"√([\d.]+)", r"sqrt(\1)", python)
    python = re.sub(r"([\d.]+)\\?%", r"(\1/100)", python)
    python = re.sub(r"(?<=[\d)]) *(?=\\?(?:cos|sin|ln|sqrt|\())", "*", python)
    python = re.sub(r"\\cdot|\\times|·|×", "*", python)
    for old, new in (("\\", ""), ("{", "("), ("}", ")"), ("^", "**")):
        python = python.replace(old, new)
    if not re.fullmatch(r"(?:sqrt|cos|sin|ln|pi|[\d.+\-*/() ])+", python.strip()):
        return None
    names = {"sqrt": math.sqrt, "cos": math.cos, "sin": math.sin, "ln": math.log, "pi": math.pi}
    try:
        return float(eval(python.strip(), {}, names))  # noqa: S307 - numbers and names only
    except (SyntaxError, TypeError, ArithmeticError, ValueError):
        return None
