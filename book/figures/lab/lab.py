"""The curves of the position lab, by task and scheme."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from src.plotting import COLOURS, describe, new_axes
from src.position_lab import FACTORS, LABS, SEEDS, curve, load_results
from src.transformer import SCHEMES

CAPTION = (
    "No scheme wins everywhere: choose a test and compare. Lines are means of three seeds, bands "
    "reach from the lowest seed to the highest. In orange: what works inside attention. In grey: "
    "what is added at the input, or nothing."
)
ALT = (
    "Three charts of six schemes at 1, 2, 4 and 8 times the training length. Text: ALiBi stays "
    "flat and T5 is near it. Three back: T5 and rotary are best. First token: rotary is last, "
    "at four and eight times the length."
)
HEIGHT = (715, 700)

NAMES = {scheme: scheme for scheme in SCHEMES} | {"t5": "T5", "alibi": "ALiBi"}
LOOK = {
    "rotary": (COLOURS["position"], "-", "o"),
    "t5": (COLOURS["position"], "--", "s"),
    "alibi": (COLOURS["position"], ":", "^"),
    "learned": ("#3B3B3B", "-", "D"),
    "sinusoidal": ("#3B3B3B", "--", "v"),
    "none": (COLOURS["neutral"], ":", "X"),
}
TITLES = {
    "text": "Text: the next character",
    "three back": "Three back: the letter three before",
    "first token": "First token: the letter at position 0",
}


def data() -> dict:
    """Return the lab's measurements, as the results file has them.

    Returns:
        ``factors``: lengths in training lengths; ``schemes``: key and name, in the order of
        ``SCHEMES``; ``tasks``: per task its name, title, unit, training length in tokens, and
        ``values``, for each scheme a list of seeds x factors, in the task's unit.

    Source:
        ``src/data/position_lab_results.csv``. Lesson: The position lab.
    """
    results = load_results()
    rows = {(r["task"], r["scheme"], r["seed"], r["factor"]): r["value"] for r in _plain(results)}
    return {
        "factors": list(FACTORS),
        "schemes": [[scheme, NAMES[scheme]] for scheme in SCHEMES],
        "tasks": [
            {
                "name": task,
                "title": TITLES[task],
                "unit": lab.unit,
                "length": lab.length,
                "values": {
                    scheme: [[rows[task, scheme, seed, f] for f in FACTORS] for seed in SEEDS]
                    for scheme in SCHEMES
                },
            }
            for task, lab in LABS.items()
        ],
    }


def _plain(results: list[dict]) -> list[dict]:
    """Keep what was measured at the lab's own learning rate, with nothing done afterwards."""
    return [
        row
        for row in results
        if row["lr"] == LABS[row["task"]].lr
        and row["scaling"] == "none"
        and row["extra_steps"] == 0
    ]


def still() -> Axes:
    """Draw the three tests below one another.

    Returns:
        The axes of the last test.
    """
    results = load_results()
    axes = new_axes(6.4, 8.2, nrows=3)
    for ax, (task, lab) in zip(axes, LABS.items(), strict=True):
        for scheme in SCHEMES:
            colour, style, marker = LOOK[scheme]
            seeds = curve(results, lab, scheme)  # (seeds, factors)
            low, high = seeds.min(dim=0).values, seeds.max(dim=0).values
            ax.fill_between(FACTORS, low, high, color=colour, alpha=0.18, linewidth=0)
            mean, label = seeds.mean(dim=0), NAMES[scheme]
            ax.plot(FACTORS, mean, style, color=colour, marker=marker, ms=4, label=label)
        ax.set_xscale("log", base=2)
        ax.set_xticks(FACTORS, [f"{factor}x" for factor in FACTORS])
        describe(ax, title=TITLES[task], xlabel="length / training length", ylabel=lab.unit)
    plt.figlegend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6)
    return axes[-1]
