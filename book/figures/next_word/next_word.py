"""A language model's next word, as it is and with other positions or rows."""

from matplotlib.axes import Axes

from src.plotting import COLOURS, describe, new_axes
from src.pretrained import load_runs

CAPTION = (
    "Moved together, positions change nothing; in a wrong order, or without them, mostly another "
    "word comes next. SmolLM2 reads one text; the weights stay. Above each token stands the "
    "position by which it is turned. Green bars: the five most probable next words; a grey mark: "
    "what the word has as the text is. On so few tokens a loss says little, and may even fall."
)
ALT = (
    "Two bar charts of the next word after The capital of France is Paris. The capital of Italy "
    "is. As the text is, Rome has 0.65. With the rows of France and Italy exchanged, Paris has "
    "0.76."
)
HEIGHT = (450, 560)


def data() -> dict[str, list[dict]]:
    """Return what SmolLM2 says next after each change of each text.

    Returns:
        ``texts``: for each its ``text`` and ``changes``, each with its ``name``, the tokens
        ``read``, their ``positions`` (none if nothing is turned), the ``losses`` of its draws in
        nats per token, that of the draw shown first, and ``words``: five of [word, probability,
        probability as the text is], the most probable first.

    Source:
        ``src/data/next_word.csv``. Lesson: A whole language model.
    """
    texts: dict[str, dict[str, dict]] = {}
    for run in load_runs("next_word.csv"):
        changes = texts.setdefault(run["text"], {})
        if run["draw"]:
            changes[run["change"]]["losses"].append(run["loss"])
            continue
        chances, before = (map(float, run[name].split()) for name in ("chances", "before"))
        words = zip(run["words"].split("|"), chances, before, strict=True)
        changes[run["change"]] = {
            "name": run["change"],
            "read": run["read"].split("|"),
            "positions": [int(position) for position in run["positions"].split()],
            "losses": [run["loss"]],
            "words": [list(word) for word in words],
        }
    return {"texts": [{"text": t, "changes": list(c.values())} for t, c in texts.items()]}


def still() -> Axes:
    """Draw the next word after the first text, as it is and with two rows exchanged.

    Returns:
        The axes of the second.
    """
    changes = {change["name"]: change for change in data()["texts"][0]["changes"]}
    axes = new_axes(7.0, 2.7, ncols=2, sharex=True)
    titles = {
        "as it is": "… the capital of Italy is",
        "rows exchanged": "France and Italy exchanged",
    }
    for ax, (name, title) in zip(axes, titles.items(), strict=True):
        words, chances, _ = zip(*changes[name]["words"], strict=True)
        bars = ax.barh(words, chances, color=COLOURS["combination"])
        ax.bar_label(bars, fmt="%.2f", padding=3)
        ax.invert_yaxis()
        ax.set_xlim(0, 1)
        describe(ax, title=title, xlabel="probability of the next word", ylabel="")
    return axes[1]
