"""Private editions of the homework on positional embeddings: what each item changes."""

from random import Random

from grading.edition import Change


def clocks(random: Random) -> Change:
    """Other positions, widths and bases; the rows come with the last position first."""
    first, second = random.sample([40.0, 75.0, 150.0, 300.0, 900.0], 2)
    return Change(
        texts={
            "[7.0, -0.25]": f"[{random.randrange(2, 30)}.0, -{random.choice([0.125, 0.75])}]",
            "10, 100.0": f"{random.choice([10, 12, 14])}, {first}",
            "8, 500.0": f"{random.choice([4, 8, 16])}, {second}",
            '"""Return the clocks\' sines, then cosines, at positions: (T, dim)."""': (
                '"""Return the clocks, last position first: (T, dim)."""'
            ),
        },
        asks="the rows come in the opposite order: row 0 belongs to the last of `positions`.",
        answer=(
            "def clock_rows(positions, dim, base=10000.0):\n"
            "    return STANDARD(positions, dim, base).flip(0)"
        ),
        check=(
            "def BACK(*given, **named):\n"
            "    # Row 0 belongs to the last position: turn them round.\n"
            "    rows = clock_rows(*given, **named)\n"
            '    return rows.flip(0) if hasattr(rows, "flip") else rows'
        ),
    )
