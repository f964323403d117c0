"""Private editions of the homework on positional embeddings: what each item changes."""

import math
from random import Random

from grading.edition import Change


def equivariance(random: Random) -> Change:
    """Other numbers and sizes; the order counts from 1, or says where each token goes."""
    scale = random.choice([1.5, 2.0, 3.0, 4.0])
    T = random.choice([4, 5, 6, 7])
    order = list(range(T))
    while any(order[order[t]] == t for t in range(T)):  # its inverse is another one
        random.shuffle(order)
    shapes = f"(({random.randrange(3, 6)}, {T}, {random.randrange(3, 9)}), (1, {T}, 2))"
    texts = {
        "[-1.0, -2.0, -5.0]": str([-scale, -2 * scale, -5 * scale]),
        **{f"{x:.1f}": str(x * scale) for x in (3, 4, 5, 7)},
        ".manual_seed(0)": f".manual_seed({random.randrange(1, 1000)})",
        "[3, 0, 4, 1, 2]": str(order),
        "((4, 5, 6), (1, 5, 2))": shapes,
        "_causal_mask(5)": f"_causal_mask({T})",
    }
    says, asks, there, back = random.choice(
        [
            (
                "New position `t` holds what stood at position `order[t]`, counted from 1.",
                "`order` counts from 1. If `order[0]` is 3, what stood at the third position comes "
                "first.",
                "order - 1",
                "order + 1",
            ),
            (
                "What stood at position `t` moves to new position `order[t]`.",
                "`order` says where each token goes, not where it comes from.",
                "order.argsort()",
                "order.argsort()",
            ),
        ]
    )
    return Change(
        texts=texts | {"New position `t` holds what stood at position `order[t]`.": says},
        asks=asks,
        answer=(
            f"def equivariance_error(layer, x, order):\n    return STANDARD(layer, x, {there})"
        ),
        check=(
            "def BACK(layer, x, order):\n"
            "    # The order in this edition's form.\n"
            f"    return equivariance_error(layer, x, {back})"
        ),
    )


def counting(random: Random) -> Change:
    """Other rows and another extra; positions count from 1, or the last column marks the start."""
    old = _counting_tables([3, 0, 11, 1, 7, 5], 1.5)
    while True:
        picked = [0, *random.sample(range(1, 30, 2), 5)]
        random.shuffle(picked)
        extra = random.choice([1.25, 1.75, 2.0, 2.25])
        new = _counting_tables(picked, extra)
        tables = {tuple(picked), tuple(range(6)), *new}
        if len(tables) == len(new) + 2:
            break
    T = max(picked) + 1
    sizes = [(random.randrange(50, 80), 0.0), (random.randrange(7, 12), -2.0)]
    sizes += [(random.randrange(30, 50), 1.0), (random.randrange(120, 160), 2.5), (1, 3.0)]
    texts = {
        "[3, 0, 11, 1, 7, 5]": str(picked),
        "layer(12, extra)": f"layer({T}, extra)",
        "1.5": str(extra),
        **{str(a): str(b) for a, b in zip(old, new, strict=True)},
        ".manual_seed(0)": f".manual_seed({random.randrange(1, 1000)})",
        "((60, 0.0), (9, -2.0), (45, 1.0), (150, 2.5), (1, 3.0))": f"({str(sizes)[1:-1]})",
    }
    if random.random() < 0.5:
        return Change(
            texts=texts
            | {
                "In the **first** column": "In the **last** column",
                "first column.": "last column.",
                "[:, 0]": "[:, -1]",
                "[:, -1]": "[:, 0]",
            },
            asks="the start token is marked in the last column, not in the first.",
        )
    return Change(
        texts=texts
        | {"at position 0, gets": "at position 1, gets", "counted from 0": "counted from 1"},
        asks="positions are counted from 1: the start token stands at position 1.",
        answer=(
            "def positions_from(*given):\n"
            "    found = STANDARD(*given)\n"
            "    return found + 1 if isinstance(found, torch.Tensor) else found"
        ),
        check=(
            "def BACK(*given):\n"
            "    # The check counts from 0.\n"
            "    found = positions_from(*given)\n"
            "    return found - 1 if isinstance(found, torch.Tensor) else found"
        ),
    )


def _counting_tables(picked: list[int], extra: float) -> list[tuple[int, ...]]:
    """Return what the visible check of `counting` knows: the positions that come out by mistake.

    A number that could be rounded either way becomes -1, so that two tables may be equal.
    """
    start = math.exp(extra)
    ranks = [sorted(picked).index(t) for t in picked]
    made = [
        ranks,
        [len(picked) - 1 - rank for rank in ranks],
        [max((t + 1) / 2 - 1, 0) for t in picked],
        [t / start for t in picked],
        [extra * t / start for t in picked],
        [t / start**2 for t in picked],
        [t + start - 1 for t in picked],
    ]
    if any(abs(x % 1 - 0.5) < 0.01 for table in made for x in table):
        return [tuple(picked)]
    return [tuple(round(x) for x in table) for table in made]


def clocks(random: Random) -> Change:
    """Other positions, widths and bases; the last position or the slowest hand comes first."""
    first, second = random.sample([40.0, 75.0, 150.0, 300.0, 900.0], 2)
    texts = {
        "[7.0, -0.25]": f"[{random.randrange(2, 30)}.0, -{random.choice([0.125, 0.75])}]",
        "10, 100.0": f"{random.choice([10, 12, 14])}, {first}",
        "8, 500.0": f"{random.choice([4, 8, 16])}, {second}",
    }
    start = '"""Return the clocks\' sines, then cosines, '
    if random.random() < 0.5:
        texts |= {
            f'{start}at positions: (T, dim)."""': f'{start}last position first: (T, dim)."""',
            "Row 2 is asked for": "Row 1 is asked for",
        }
        asks = "the rows come in the opposite order: row 0 belongs to the last of `positions`."
        turn, why = "rows.flip(0)", "Row 0 belongs to the last position: turn them round."
    else:
        texts |= {
            f'{start}at positions: (T, dim)."""': f'{start}slowest hand first: (T, dim)."""',
            "its sine stands in column $i$, its cosine in column $i + D/2$": (
                "its sine stands in column $D/2 - 1 - i$, its cosine in column $D - 1 - i$"
            ),
            "in columns 0 and 3": "in columns 2 and 5",
            "Your last hand has": "Your slowest hand has",
        }
        asks = (
            "the slowest hand comes first, among the sines and among the cosines: "
            "column 0 holds the sine of hand $D/2 - 1$."
        )
        turn = "torch.cat([half.flip(1) for half in rows.chunk(2, dim=1)], dim=1)"
        why = "The slowest hand comes first in each half: turn both round."
    guard = "isinstance(rows, torch.Tensor) and rows.dim() == 2"
    return Change(
        texts=texts,
        asks=asks,
        answer=(
            "def clock_rows(*given):\n"
            "    rows = STANDARD(*given)\n"
            f"    if {guard}:\n"
            f"        rows = {turn}\n"
            "    return rows"
        ),
        check=(
            "def BACK(*given):\n"
            f"    # {why}\n"
            "    rows = clock_rows(*given)\n"
            f"    if {guard}:\n"
            f"        rows = {turn}\n"
            "    return rows"
        ),
    )


def rows(random: Random) -> Change:
    """Other tables and masks; the mask marks the padding, or the last real token gets row 0."""
    ones, tens = random.sample(range(1, 10), 3), random.sample(range(11, 60), 3)
    pairs = list(zip(ones, tens, strict=True))
    B, T, share = random.randrange(3, 7), random.randrange(10, 15), random.choice([0.35, 0.45, 0.5])
    few, many = random.randrange(3, 6), random.randrange(6, 10)
    texts = {
        "[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]": ", ".join(f"[{a}.0, {b}.0]" for a, b in pairs),
        "[1, 10], [2, 20], [3, 30]": ", ".join(f"[{a}, {b}]" for a, b in pairs),
        "torch.rand(4, 12, generator=g) < 0.4": f"torch.rand({B}, {T}, generator=g) < {share}",
        ".manual_seed(0)": f".manual_seed({random.randrange(1, 1000)})",
        "((4, 5), (7, 30))": f"(({few}, {few + 1}), ({many}, {random.randrange(20, 40)}))",
    }
    if random.random() < 0.5:
        return Change(
            texts=texts
            | {"True where a real token stands": "True where **padding** stands, not a real token"},
            asks="`mask` is the other way round: True is padding, False a real token.",
            answer="def position_rows(table, mask):\n    return STANDARD(table, ~mask)",
            check=(
                "def BACK(table, mask):\n"
                "    # In this edition True is padding.\n"
                "    padding = ~mask\n"
                "    found = position_rows(table, padding)\n"
                "    mask.copy_(~padding)  # shows whether you change it\n"
                "    return found"
            ),
        )
    turned = (
        "    if isinstance(found, torch.Tensor) and found.dim() > 1:\n"
        "        found = found.flip(1)\n"
        "    return found"
    )
    return Change(
        texts=texts
        | {
            "first **real** token gets row 0 of the table, the next real token row 1": (
                "last **real** token gets row 0 of the table, the real token before it row 1"
            ),
            "The first real token of the left-padded text": (
                "The last real token of the right-padded text"
            ),
            "The first real token gets row 1": "The last real token gets row 1",
            '("left", "right")': '("right", "left")',
            "found[b, :, 0].tolist()": "found[b, :, 0].tolist()[::-1]",
            "mask.int().tolist()": "mask.flip(1).int().tolist()",
        },
        asks="rows are counted from the end of each text: its last real token gets row 0.",
        answer=(
            f"def position_rows(table, mask):\n    found = STANDARD(table, mask.flip(1))\n{turned}"
        ),
        check=(
            "def BACK(table, mask):\n"
            "    # The check counts from the start: turn the texts round.\n"
            "    given = mask.flip(1)\n"
            "    found = position_rows(table, given)\n"
            "    mask.copy_(given.flip(1))  # shows whether you change it\n"
            f"{turned}"
        ),
    )


def alibi(random: Random) -> Change:
    """Other sizes; keys come before queries, or the heads in the opposite order."""
    odd = random.choice([3, 5, 6, 7])
    texts = {
        "(8, 6)": f"({random.choice([2, 8, 16])}, {random.randrange(4, 9)})",
        "(12, 5), (3, 40)": f"(12, {random.randrange(4, 9)}), ({odd}, {random.randrange(20, 45)})",
        "H in (3, 12)": f"H in ({odd}, 12)",
    }
    if random.random() < 0.5:
        texts |= {
            "heads, then queries $i$, then keys $j$": "heads, then keys $j$, then queries $i$",
            r"\text{bias}_{hij}": r"\text{bias}_{hji}",
        }
        asks = "keys come before queries: entry `[h, j, i]` is for query $i$ and key $j$."
        turn, why = "bias.transpose(1, 2)", "The check has queries before keys."
    else:
        texts |= {"heads, then queries $i$": "heads from $H$ down to 1, then queries $i$"}
        asks = (
            "the heads come in the opposite order: the first (T, T) matrix belongs to head $H$, "
            "the last to head 1."
        )
        turn, why = "bias.flip(0)", "The check begins with head 1."
    return Change(
        texts=texts,
        asks=asks,
        answer=(
            "def alibi_causal(num_heads, length):\n"
            "    bias = STANDARD(num_heads, length)\n"
            "    if isinstance(bias, torch.Tensor) and bias.dim() == 3:\n"
            f"        bias = {turn}\n"
            "    return bias"
        ),
        check=(
            "def BACK(*given):\n"
            f"    # {why}\n"
            "    bias = alibi_causal(*given)\n"
            "    if isinstance(bias, torch.Tensor) and bias.dim() == 3:\n"
            f"        bias = {turn}\n"
            "    return bias"
        ),
    )


def buckets(random: Random) -> Change:
    """Other offsets and numbers of buckets; offsets are query minus key, or buckets from 1."""
    public = [0, -2, -3, -4, -6, -9, -15, -60, 1, 5, 12, 60]
    old = _bucket_tables(public, 16, 32)
    while True:
        count, most = random.choice([12, 16, 20, 24]), random.randrange(28, 70)
        far = random.randrange(70, 200)
        before = [0, *sorted(random.sample(range(1, 25), 6)), far]
        after = [*sorted(random.sample(range(1, 20), 3)), far]
        offsets = [-x for x in before] + after
        new = _bucket_tables(offsets, count, most)
        if len(set(new)) == len(set(old)):
            break
    texts = {
        str(public): str(offsets),
        **{str(a): str(b) for a, b in zip(old, new, strict=True)},
        "16, 32": f"{count}, {most}",
        "16 buckets, largest": f"{count} buckets, largest",
        "distance 32: a key": f"distance {most}: a key",
        ".manual_seed(0)": f".manual_seed({random.randrange(1, 1000)})",
        "(8, 20, True,": f"({random.choice([8, 10, 12])}, {random.randrange(15, 40)}, True,",
        "(9, 50, False,": f"({random.choice([7, 9, 11])}, {random.randrange(30, 90)}, False,",
        "(64, 600, True,": f"({random.choice([48, 64])}, {random.randrange(300, 700)}, True,",
    }
    if random.random() < 0.5:
        return Change(
            texts=texts
            | {"**key position minus query position**": "**query position minus key position**"},
            asks="an offset is query position minus key position, positive for keys before.",
            answer="def t5_bucket(offset, *given):\n    return STANDARD(-offset, *given)",
            check=(
                "def BACK(offset, *given):\n"
                "    # The check's offsets are key minus query.\n"
                "    turned = -offset\n"
                "    found = t5_bucket(turned, *given)\n"
                "    offset.copy_(-turned)  # shows whether you change it\n"
                "    return found"
            ),
        )
    return Change(
        texts=texts,
        asks="buckets are counted from 1: add 1 to every bucket number that the formulas give.",
        answer=(
            "def t5_bucket(*given):\n"
            "    found = STANDARD(*given)\n"
            "    return found + 1 if isinstance(found, torch.Tensor) else found"
        ),
        check=(
            "def BACK(*given):\n"
            "    # The check counts buckets from 0.\n"
            "    found = t5_bucket(*given)\n"
            "    return found - 1 if isinstance(found, torch.Tensor) else found"
        ),
    )


def _bucket_tables(offsets: list[int], count: int, most: int) -> list[tuple[int, ...]]:
    """Return what the visible check of `buckets` knows: what is right, and what mistakes give.

    No table at all if rounding would decide a bucket.
    """
    near = []

    def one(d, n, *, nearest=False, limit=True, divide=True):
        e = n // 2
        if d < e:
            return d
        share = math.log(d / e) / math.log(most / e) if divide else math.log(d) / math.log(most)
        steps = share * (n - e)
        near.append(d != e and abs(steps * 2 - round(steps * 2)) < 0.02)
        bucket = e + (round(steps) if nearest else math.floor(steps))
        return min(bucket, n - 1) if limit else bucket

    def both(n, half, **named):
        return tuple(one(abs(o), n, **named) + half * (o > 0) for o in offsets)

    half = count // 2
    made = [
        both(half, half),
        tuple(one(abs(o), half) + half * (o < 0) for o in offsets),
        both(half, 0),
        both(count, count),
        both(count, half),
        both(half, half, limit=False),
        both(half, half, nearest=True),
        tuple(min(abs(o), half - 1) + half * (o > 0) for o in offsets),
        both(half, half, divide=False),
        tuple(one(max(-o, 0), count) for o in offsets),
        tuple(one(max(-o, 0), half) for o in offsets),
        both(count, 0),
        tuple(one(max(o, 0), count) for o in offsets),
    ]
    return [] if any(near) else made


def predict(random: Random) -> Change:
    """The statements in another order, with other numbers; some are true now."""
    heads, T = random.choice([2, 4, 6, 12]), random.choice([5, 7, 8, 9])
    shift = random.choice([30, 60, 250, 400])
    back = "Reverse the text: the outputs are the old ones in reverse order."
    moved = "Move all positions by 100:"
    public = {
        "a": f"No positions at all. {back}",
        "b": f"ALiBi's symmetric bias, $-m|i-j|$. {back}",
        "c": f"T5's bias with buckets for both directions, trained. {back}",
        "d": f"Rotary on queries and keys. {moved} the turned queries stay as they were.",
        "e": f"Rotary on queries and keys. {moved} the scores stay as they were.",
        "f": f"Rotary on queries, keys **and values**. {moved} the outputs stay as they were.",
    }
    new, true, texts = dict(public), set("abe"), {}
    if random.random() < 0.5:
        true -= {"a"}
        new["a"] = f"No positions at all, but a causal mask. {back}"
        texts |= {
            "There is no mask.": "There is no mask, unless a statement says so.",
            "reversed_too(None)": f"reversed_too(torch.full(({T}, {T}), -torch.inf).triu(1))",
            "what can attention know": "what does a causal mask let it know",
        }
    if random.random() < 0.5:
        true |= {"d"}
        new["d"] = f"Rotary on queries and keys. {moved} the turned queries keep their lengths."
        texts |= {
            "_turn(q, here), _turn(q, there)": (
                "_turn(q, here).norm(dim=-1), _turn(q, there).norm(dim=-1)"
            ),
            "Which angle has a query at 0, and which at 100?": (
                "Which length has a query before a turn, and which after it?"
            ),
            "query at 0": "length has a query",
        }
    else:
        texts |= {"and which at 100?": f"and which at {shift}?"}
    if random.random() < 0.5:
        true |= {"f"}
        new["f"] = (
            f"Rotary on queries and keys, **not on values**. {moved} the outputs stay as they were."
        )
        texts |= {
            "_turn(v, p))": "v)",
            "With how many turns is a value multiplied, one or two?": (
                "Nothing turns a value: is a value multiplied by anything that moved?"
            ),
        }
    letters = list("abcdef")
    while True:
        random.shuffle(letters)
        place = dict(zip("abcdef", letters, strict=True))  # where each statement goes
        answer = "".join(sorted(place[x] for x in true))
        if answer not in ("abe", "cdf"):  # the public one, and the example of the form
            break
    comes = {there: new[x].replace("by 100:", f"by {shift}:") for x, there in place.items()}
    words = {5: "five", 7: "seven", 8: "eight", 9: "nine"}
    texts |= {f"({x}) {public[x]}": f"({x}) {comes[x]}" for x in "abcdef"}
    texts |= {f'"{x}"': f'"{there}"' for x, there in place.items()}
    texts |= {
        '"abe"': f'"{answer}"',
        "with 8 heads reads six tokens": f"with {heads} heads reads {words[T]} tokens",
        "(3, 1, 8, 6, 16)": f"(3, 1, {heads}, {T}, 16)",
        "_alibi(8, 6, 6)": f"_alibi({heads}, {T}, {T})",
        "t5(6, 6)": f"t5({T}, {T})",
        "_T5(8)": f"_T5({heads})",
        "torch.randn(32, 8, generator=g)": f"torch.randn(32, {heads}, generator=g)",
        "torch.arange(6)": f"torch.arange({T})",
        "torch.arange(100, 106)": f"torch.arange({shift}, {shift + T})",
        ".manual_seed(0)": f".manual_seed({random.randrange(1, 1000)})",
    }
    return Change(texts=texts)


def rotary(random: Random) -> Change:
    """Other positions and bases; pairs turn clockwise, or x has positions before heads."""
    first, second = random.sample([50.0, 200.0, 300.0, 900.0, 2000.0], 2)
    a, b, c = (random.randrange(2, 30) for _ in range(3))
    texts = {
        ".manual_seed(1)": f".manual_seed({random.randrange(2, 1000)})",
        "[10, 11, 12, 13]], 100.0": f"[{a}, {a + 1}, {a + 2}, {a + 3}]], {first}",
        "[[0, 0], [40, 41]], 500.0": f"[[0, 0], [{b + 30}, {b + 31}]], {second}",
        "[[0, 1], [7, 5], [3, 3]]": f"[[0, 1], [{c + 2}, {c}], [3, 3]]",
    }
    if random.random() < 0.5:
        return Change(
            texts=texts
            | {
                "radians, anticlockwise:": "radians, **clockwise**:",
                r"$$(x, y) \to (x \cos\alpha - y \sin\alpha,\; x \sin\alpha + y \cos\alpha)$$": (
                    r"$$(x, y) \to (x \cos\alpha + y \sin\alpha,\; "
                    r"-x \sin\alpha + y \cos\alpha)$$"
                ),
            },
            asks="pairs turn clockwise at positive positions, anticlockwise at negative ones.",
            answer=("def rotary(x, positions, *base):\n    return STANDARD(x, -positions, *base)"),
            check=(
                "def BACK(x, positions, *base):\n"
                "    # The check turns the other way.\n"
                "    return rotary(x, -positions, *base)"
            ),
        )
    back = (
        "    if isinstance(turned, torch.Tensor) and turned.dim() == 4:\n"
        "        turned = turned.transpose(1, 2)\n"
        "    return turned"
    )
    return Change(
        texts=texts
        | {
            "`x` has shape (B, H, T, D)": "`x` has shape (B, T, H, D)",
            "of x (B, H, T, D) by": "of x (B, T, H, D) by",
            'Axis 1 of x is heads, "\n        "axis 2 positions.': (
                'Axis 1 of x is positions, "\n        "axis 2 heads.'
            ),
            'f"Wrong for shape {shape}, positions': 'f"Wrong for B, H, T, D = {shape}, positions',
        },
        asks="`x` and the result have positions before heads: shape (B, T, H, D).",
        answer=(
            f"def rotary(x, *given):\n    turned = STANDARD(x.transpose(1, 2), *given)\n{back}"
        ),
        check=(
            "def BACK(x, *given):\n"
            "    # The check has heads before positions.\n"
            "    turned = rotary(x.transpose(1, 2), *given)\n"
            f"{back}"
        ),
    )


def offset(random: Random) -> Change:
    """Other bugs; rotate takes positions first, or columns, or counts positions from 1."""
    last = random.choice([255, 383, 447, 575])
    texts = {
        "position 511": f"position {last}",
        ".clamp(max=511)": f".clamp(max={last})",
        "stopped at 511": f"stopped at {last}",
        "500_000": random.choice(["50_000", "200_000", "1_000_000"]),
    }
    texts, asks, there, back = random.choice(
        [
            (
                texts | {"`rotate(x, positions)`, from": "`rotate(positions, x)`, from"},
                "`rotate` takes the positions first: `rotate(positions, x)`.",
                "lambda x, p: rotate(p, x)",
                "lambda p, x: rotate(x, p)",
            ),
            (
                texts
                | {
                    "from `x` of shape (T, D)": "from `x` of shape (D, T)",
                    "to the turned vectors, shape (T, D)": "to the turned vectors, shape (D, T)",
                },
                "vectors are columns: `x` and what `rotate` returns have shape (D, T).",
                "lambda x, p: rotate(x.T, p).T",
                "lambda x, p: rotate(x.T, p).T",
            ),
            (
                texts
                | {
                    "positions from 0 to 2,000": "positions from 1 to 2,001",
                    "position 511": f"position {last + 1}",
                },
                "`rotate` counts positions from 1. There is no position 0, and asking for it is an "
                "error.",
                "lambda x, p: rotate(x, p + 1)",
                "lambda x, p: rotate(x, p - 1)",
            ),
        ]
    )
    return Change(
        texts=texts,
        asks=asks,
        answer=f"def offset_only(rotate):\n    return STANDARD({there})",
        check=(
            "def BACK(rotate):\n"
            "    # Your test gets functions in this edition's form.\n"
            f"    return offset_only({back})"
        ),
    )


def layout(random: Random) -> Change:
    """Other sizes; the weight is stored with outputs as columns."""
    H, D, E = random.choice([3, 4, 5]), random.choice([8, 12, 16]), random.randrange(3, 9)
    back = (
        "    if isinstance(new, torch.Tensor) and new.dim() == 2:\n"
        "        new = new.T\n"
        "    return new"
    )
    return Change(
        texts={
            ".manual_seed(0)": f".manual_seed({random.randrange(1, 1000)})",
            "(3, 8, 5)": f"({H}, {D}, {E})",
            "(5, 2, 3)": f"({random.choice([5, 6, 7])}, 2, {random.randrange(2, 6)})",
            "as `nn.Linear` stores it, shape (H · D, E)": "as GPT-2 stores it, shape (E, H · D)",
            "**rows** are outputs, the first $D$ rows": (
                "**columns** are outputs, the first $D$ columns"
            ),
            "with its rows in the new order": "with its columns in the new order",
            "Reorder the rows within": "Reorder the columns within",
            "You sort all rows at once": "You sort all columns at once",
            "head keep its rows?": "head keep its columns?",
            "rows of a half-layout head": "columns of a half-layout head",
            "Do the rows of the second half": "Do the columns of the second half",
            "Do you cut the rows into": "Do you cut the columns into",
            "len(weight) / num_heads rows.": "weight.shape[1] / num_heads columns.",
            "You move columns": "You move rows",
            "Queries are the rows?": "Queries are the columns?",
            "in its first column.": "in its first row.",
        },
        asks="the weight has shape (E, H · D), with outputs as columns. The bias is as before.",
        answer=(
            "def to_interleaved(weight, num_heads):\n"
            "    if weight.dim() == 1:\n"
            "        return STANDARD(weight, num_heads)\n"
            "    new = STANDARD(weight.T, num_heads)\n"
            f"{back}"
        ),
        check=(
            "def BACK(weight, num_heads):\n"
            "    # The check has outputs as rows.\n"
            "    if weight.dim() == 1:\n"
            "        return to_interleaved(weight, num_heads)\n"
            "    new = to_interleaved(weight.T, num_heads)\n"
            f"{back}"
        ),
    )


def written(random: Random) -> Change:
    """Other lengths and sentences, and sometimes the maximum instead of the mean."""
    trained = random.choice([24, 30, 50, 64, 100])
    longer, there = 2 * trained, trained * 3 // 2
    one, does, other = random.choice(
        [("cat", "sees", "bird"), ("wolf", "hunts", "fox"), ("child", "calls", "friend")]
    )
    texts = {
        "40": str(trained),
        "41": str(trained + 1),
        "39": str(trained - 1),
        "80": str(longer),
        "79": str(longer - 1),
        "60": str(there),
        "Dog bites man": f"{one.capitalize()} {does} {other}",
        "man bites dog": f"{other} {does} {one}",
    }
    if random.random() < 0.5:
        texts |= {
            "is the mean of the output rows": "holds the largest number of each output column",
            "so the mean, the sentence vector, is the same": (
                "so each column's largest number, and with them the sentence vector, is the same"
            ),
            "(reversed rows, equal mean)": "(reversed rows, equal maxima)",
        }
    return Change(texts=texts)


def yarn(random: Random) -> Change:
    """Other models; speeds in turns or degrees per position, or the slowest pair first."""
    factor, trained = random.choice([4, 6, 16]), random.choice([1024, 2048, 4096])
    texts = {
        "64, 8, 2048": f"64, {factor}, {trained}",
        '"factor": 8': f'"factor": {factor}',
        '"original_max_position_embeddings": 2048': (
            f'"original_max_position_embeddings": {trained}'
        ),
        "(128, 16, 8192, 500_000.0, 16, 2)": (
            f"(128, {random.choice([8, 32])}, {random.choice([4096, 16384])}, 500_000.0, 16, 2)"
        ),
        "(96, 2.5, 1000,": f"(96, {random.choice([1.5, 3.5])}, {random.choice([800, 1500])},",
    }
    form, asks, there, back = random.choice(
        [
            (
                "in turns per position",
                "speeds are in turns per position: a speed of 1 is a whole turn, 2π radians.",
                "speeds / (2 * torch.pi)",
                "speeds * (2 * torch.pi)",
            ),
            (
                "in degrees per position",
                "speeds are in degrees per position, 180 for π radians.",
                "torch.rad2deg(speeds)",
                "torch.deg2rad(speeds)",
            ),
            (
                "in radians per position, slowest pair first",
                "the speeds come in the opposite order: entry 0 belongs to pair $D/2 - 1$.",
                "speeds.flip(0)",
                "speeds.flip(0)",
            ),
        ]
    )
    guard = "isinstance(speeds, torch.Tensor)"
    return Change(
        texts=texts | {"in radians per position": form},
        asks=asks,
        answer=(
            "def yarn_speeds(*given):\n"
            "    speeds = STANDARD(*given)\n"
            f"    return {there} if {guard} else speeds"
        ),
        check=(
            "def BACK(*given):\n"
            "    # The check's speeds are in radians, pair 0 first.\n"
            "    speeds = yarn_speeds(*given)\n"
            f"    return {back} if {guard} else speeds"
        ),
    )
