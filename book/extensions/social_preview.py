"""The picture that stands beside a link to the book in messages: the mark and the title."""

from pathlib import Path

WIDTH, HEIGHT = 1200, 630  # pixels, as the sites that show previews ask for
ALT = "A blue square, what, and an orange square, where, overlap in a green one, the input"
BLUE, ORANGE, GREEN = "#0072B2", "#CC6600", "#00B586"  # the colours of _static/logo.svg
SIDE, ROUNDING = 220, 40


def draw_preview(file: Path, *, title: str) -> None:
    """Draw the picture and write it as PNG.

    Args:
        file: where to; its folder exists.
        title: the title of the book.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.patches import FancyBboxPatch

    def square(x: float, y: float, colour: str) -> FancyBboxPatch:
        style = f"round,pad=0,rounding_size={ROUNDING}"
        box = FancyBboxPatch((x, y), SIDE, SIDE, boxstyle=style, facecolor=colour, linewidth=0)
        return axes.add_patch(box)

    figure = plt.figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axes.axis("off")
    square(90, 145, BLUE)
    where = square(210, 265, ORANGE)
    square(90, 145, GREEN).set_clip_path(where)
    size = min(46, 640 / len(title))  # a longer title in smaller letters
    axes.text(490, 300, title, fontsize=size, fontweight="bold", color="#222222")
    axes.text(490, 375, "Token and positional embeddings,", fontsize=24, color="#555555")
    axes.text(490, 420, "from lookup table to attention", fontsize=24, color="#555555")
    figure.savefig(file)
    plt.close(figure)
