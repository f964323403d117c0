"""Private editions of the homework on token embeddings: what each item changes."""

from itertools import combinations
from random import Random

import numpy as np
import torch
from torch.nn import functional

from grading.edition import Change


def table_share(random: Random) -> Change:
    """Other sizes and another layer; the share of the layers, or the model against its tables."""
    attention, forward = random.choice([(3, 8), (4, 6), (4, 10), (4, 12), (3, 12)])
    layer = attention + forward
    V, D, layers = (random.choice(x) for x in ([900, 1300, 1700, 2300], [32, 48, 80], [4, 5, 6]))

    def share(V: int, D: int, layers: int, tied: bool, layer: int = layer) -> str:
        tables = V * D * (1 if tied else 2)
        return f"{tables / (tables + layer * D**2 * layers):.6g}"

    one, two = share(V, D, layers, True), share(V, D, layers, False)
    texts = {
        "$12 D^2$: $4 D^2$ in attention and $8 D^2$": (
            f"${layer} D^2$: ${attention} D^2$ in attention and ${forward} D^2$"
        ),
        "12": f"{layer}",
        "table_share(1000, 64, 3, _tied)": f"table_share({V}, {D}, {layers}, _tied)",
        "(1000, 64, 3, True)": f"({V}, {D}, {layers}, True)",
        "(1000, 64, 3, False)": f"({V}, {D}, {layers}, False)",
        "0.302664": one,
        "0.464684": two,
        "0.565611": share(V, D, 1, True),
        "0.722565": share(V, D, 1, False),
        "0.965251": share(V, D, layers, True, layer / D),
        "0.982318": share(V, D, layers, False, layer / D),
        "0.232342": f"{V * D / (2 * V * D + layer * D**2 * layers):.6g}",
        "((50257, 768, 12, True), 0.312434)": (
            f"((50257, 768, 12, True), {share(50257, 768, 12, True)})"
        ),
        "((32000, 4096, 32, False), 0.039103)": (
            f"((32000, 4096, 32, False), {share(32000, 4096, 32, False)})"
        ),
        "((7, 16, 5, False), 0.0143737)": f"((7, 16, 5, False), {share(7, 16, 5, False)})",
    }
    sentence = "the share of all weights that lies in token tables, as a number from 0 to 1"
    docstring = "Return the share (0 to 1) of all weights that is in token tables."
    turned, note, asks, texts[sentence], texts[docstring] = random.choice(
        [
            (
                "1 - share",
                "The share of the tables is 1 less that of the layers.",
                "the share asked for is that of the layers, not of the token tables.",
                "the share of all weights that lies in the layers, as a number from 0 to 1",
                "Return the share (0 to 1) of all weights that is in layers.",
            ),
            (
                "1 / share if share else share",
                "The share of the tables is 1 divided by this.",
                "divide the other way round: all weights by those of the token tables.",
                "how many times as many weights the model has as its token tables, 1 or more",
                "Return how many times as many weights a model has as its tables.",
            ),
        ]
    )
    body = f"    return {turned} if isinstance(share, (int, float)) else share"
    if " if " in turned:
        body = body.replace(turned, f"({turned})")
    return Change(
        texts=texts,
        asks=asks,
        answer=(
            "def table_share(V, D, layers, tied):\n"
            "    share = STANDARD(V, D, layers, tied)\n"
            f"{body}"
        ),
        check=(
            "def BACK(*given, **named):\n"
            f"    # {note}\n"
            "    share = table_share(*given, **named)\n"
            f"{body}"
        ),
    )


def make_batch(random: Random) -> Change:
    """Other words, ids, special tokens; mask and ids change places, or each text is a column."""
    special = random.choice(
        [
            ("[BOS]", "[EOS]", "[FILL]"),
            ("<s>", "</s>", "<pad>"),
            ("[START]", "[END]", "[EMPTY]"),
        ]
    )
    word, letter, unknown = random.choice(
        [
            ("ring", "b", "zoo"),
            ("eat", "m", "quiz"),
            ("owl", "b", "zoo"),
            ("rain", "t", "zigzag"),
            ("art", "c", "quiz"),
        ]
    )
    first, last, fill = special
    others = [first, last, word, "i", "ai", "##s", letter, f"##{word}"]
    random.shuffle(others)
    words = ["[UNK]", *others[:3], fill, *others[3:]]

    def rows(*texts: str) -> str:
        return str([[words.index(token) for token in text.split()] for text in texts])

    texts = {
        "[UNK] [CLS] [SEP] love [PAD] i ai ##s g ##love": " ".join(words),
        "[CLS]": first,
        "[SEP]": last,
        "[PAD]": fill,
        "love": word,
        "LOVE": word.upper(),
        "loves": f"{word}s",
        "zebra glove": f"{unknown} {letter}{word}",
        "[[1, 3, 2]]": rows(f"{first} {word} {last}"),
        "[[1, 5, 3, 2]]": rows(f"{first} i {word} {last}"),
        "[[1, 0, 8, 9, 2]]": rows(f"{first} [UNK] {letter} ##{word} {last}"),
        "[[1, 2]]": rows(f"{first} {last}"),
        "[[1, 3, 7, 2]]": rows(f"{first} {word} ##s {last}"),
        "[[1, 5, 2, 4], [1, 3, 7, 2]]": rows(
            f"{first} i {last} {fill}", f"{first} {word} ##s {last}"
        ),
        "[[4, 1, 5, 2], [1, 3, 7, 2]]": rows(
            f"{fill} {first} i {last}", f"{first} {word} ##s {last}"
        ),
        "(100, -14)": f"({random.randrange(50, 300)}, -14)",
    }
    if random.random() < 0.5:
        asks = "the pair comes in the other order: `(mask, ids)`."
        texts["(ids, mask)"] = "(mask, ids)"
        texts["Return ids and mask, two"] = "Return mask and ids, two"
        note = "The checks below want (ids, mask)."
        body = "    return batch[::-1] if isinstance(batch, (tuple, list)) else batch"
    else:
        asks = "turn both tensors at the end: their shape is (T, B), and each text is a column."
        texts["both of shape (B, T)"] = "both of shape (T, B)"
        texts["two tensors (B, T)"] = "two tensors (T, B)"
        texts["is each text a row"] = "has each text a column"
        note = "The checks below want (B, T), one row for each text."
        body = (
            "    if not isinstance(batch, (tuple, list)):\n"
            "        return batch\n"
            '    return [x.T if getattr(x, "ndim", 0) == 2 else x for x in batch]'
        )
    return Change(
        texts=texts,
        asks=asks,
        answer=(
            'def make_batch(texts, vocab, max_len, side="right"):\n'
            "    batch = STANDARD(texts, vocab, max_len, side)\n"
            f"{body}"
        ),
        check=(
            "def BACK(*given, **named):\n"
            f"    # {note}\n"
            "    batch = make_batch(*given, **named)\n"
            f"{body}"
        ),
    )


def mean_of_real(random: Random) -> Change:
    """Other vectors; the mask is True at the padding, or the means stand in columns."""
    mask = torch.tensor([[1.0, 1, 0], [1, 0, 0], [0, 0, 0]])
    while True:
        x = torch.tensor([random.randrange(10) for _ in range(18)]).reshape(3, 3, 2).float()
        x[2] = x[2, 0]
        real = (x * mask.unsqueeze(2)).sum(dim=1)
        plain, padding = x.mean(dim=1), (x * (1 - mask).unsqueeze(2)).sum(dim=1)
        right = real / torch.tensor([[2.0], [1], [1]])
        by_T = real / 3
        first = x[:, :2].mean(dim=1)
        found = {
            "[[4, 5], [6, 16 / 3], [6, 6]]": plain,
            "[[4 / 3, 8 / 3], [4 / 3, 0], [0, 0]]": by_T,
            "[[4 / 3, 8 / 3], [4 / 3, 0], [6, 6]]": torch.cat([by_T[:2], plain[2:]]),
            "[[8, 7], [7, 8], [6, 6]]": padding / torch.tensor([[1.0], [2], [3]]),
            "[[4 / 3, 8 / 3]] * 3": by_T[:1].expand(3, 2),
            "[[2, 4], [6.5, 4.5], [6, 6]]": first,
            "[[2, 4], [2, 4], [2, 4]]": right[:1].expand(3, 2),
            "[[2, 4], [2, 0], [0, 0]]": real / 2,
        }
        if _differ([right, *found.values()]) and x[2].all():
            break
    texts = {old: _rows(new) for old, new in found.items()} | {
        "[[1.0, 2.0], [3.0, 6.0], [8.0, 7.0]]": _rows(x[0]),
        "[[4.0, 0.0], [9.0, 9.0], [5.0, 7.0]]": _rows(x[1]),
        "[[6.0, 6.0], [6.0, 6.0], [6.0, 6.0]]": _rows(x[2]),
        "[[2.0, 4.0], [4.0, 0.0], [0.0, 0.0]]": _rows(right),
        "[[2.0": f"[[{right[0, 0].item()}",
        "().manual_seed(_B)": f"().manual_seed(_B + {random.randrange(1, 90)})",
    }
    if random.random() < 0.5:
        texts["True at real tokens, False at padding"] = (
            "True at padding, False at real tokens, as for PyTorch's attention"
        )
        texts["True at the padding"] = "True at the real tokens"
        return Change(
            texts=texts,
            asks="the mask marks the *padding*: it is True there, and False at real tokens.",
            answer="def mean_of_real(vectors, mask):\n    return STANDARD(vectors, ~mask)",
            check=(
                "def BACK(vectors, mask):\n"
                "    # The checks below mark the real tokens, your function the padding.\n"
                "    return mean_of_real(vectors, ~mask)"
            ),
        )
    texts["Return a tensor (B, D): for each text"] = "Return a tensor (D, B): for each text"
    texts["Return the mean (B, D)"] = "Return the mean (D, B)"
    body = _when_tensor("means", "means.T", " and means.ndim == 2")
    return Change(
        texts=texts,
        asks="the result is turned: shape (D, B), and the mean of each text is a column.",
        answer=f"def mean_of_real(vectors, mask):\n    means = STANDARD(vectors, mask)\n{body}",
        check=(
            "def BACK(*given, **named):\n"
            "    # The checks below want (B, D), one row for each text.\n"
            f"    means = mean_of_real(*given, **named)\n{body}"
        ),
    )


def table_gradient(random: Random) -> Change:
    """Other gradients; asked for is the step that SGD takes, or the gradient turned to (D, V)."""
    ids = torch.tensor([3, 1, 3, 0, 3, 1])
    while True:
        up = torch.tensor([random.randrange(-8, 17) / 2 for _ in range(12)]).reshape(6, 2)
        last = torch.zeros(5, 2)
        for place, row in enumerate(ids):
            last[row] = up[place]
        right = torch.zeros(5, 2).index_add_(0, ids, up)
        number = torch.tensor([1.0, 2, 0, 3, 0]).unsqueeze(1)
        found = {
            "[[7, 5], [2, 2], [0, 0], [0.5, 1], [0, 0]]": last,
            "[[7, 5], [2.5, 0.5], [0, 0], [5.5 / 3, 1], [0, 0]]": right / number.clamp(min=1),
            "[[0, 0], [3, -1], [0, 0], [5, 2], [0, 0]]": torch.zeros(5, 2).index_add_(
                0, ids[:3], up[:3]
            ),
        }
        if _differ([right, *found.values(), number.expand(5, 2)]) and right[[0, 1, 3]].all():
            break
    while True:
        shift = random.randrange(1, 90)
        generator = torch.Generator().manual_seed(9 + shift)
        if torch.randint(9, (3, 1), generator=generator).max() < 8:  # the last row is not used
            break
    texts = {old: _rows(new) for old, new in found.items()} | {
        "[[1.0, 2.0], [3.0, -1.0], [4.0, 0.0]]": _rows(up[:3]),
        "[[7.0, 5.0], [0.5, 1.0], [2.0, 2.0]]": _rows(up[3:]),
        "[[7.0, 5.0], [5.0, 1.0], [0.0, 0.0], [5.5, 3.0], [0.0, 0.0]]": _rows(right),
        "[[7.0": f"[[{right[0, 0].item()}",
        "().manual_seed(_V)": f"().manual_seed(_V + {shift})",
    }
    docstring = "Return the gradient (V, D) of a table"
    if random.random() < 0.5:
        rate = random.choice([0.1, 0.2, 0.25, 0.5, 2])
        asks = (
            f"return the step of plain SGD with learning rate {rate}, which is to be added to "
            f"the table: this gradient times $-{rate}$."
        )
        texts[docstring] = "Return the SGD step (V, D) of a table"
        note = "The checks below want the gradient, not the step."
        there, back = (_when_tensor("rows", f"rows {sign} -{rate}") for sign in "*/")
    else:
        asks = "return the gradient turned: shape (D, V), one column for each row of the table."
        texts["gradient of the table, shape (V, D)"] = "gradient of the table, turned to (D, V)"
        texts[docstring] = "Return the gradient (D, V) of a table"
        note = "The checks below want (V, D)."
        there = back = _when_tensor("rows", "rows.T", " and rows.ndim == 2")
    return Change(
        texts=texts,
        asks=asks,
        answer=(
            "def table_gradient(ids, upstream, V, padding_idx=None):\n"
            f"    rows = STANDARD(ids, upstream, V, padding_idx)\n{there}"
        ),
        check=(
            "def BACK(*given, **named):\n"
            f"    # {note}\n"
            f"    rows = table_gradient(*given, **named)\n{back}"
        ),
    )


def prediction(random: Random) -> Change:
    """Other optimizers, and the six cases in another order."""
    decaying = {
        "SGD with weight decay 0.1": '_with("SGD", weight_decay=0.1)',
        "Adam with weight decay 0.1": '_with("Adam", weight_decay=0.1)',
        "AdamW with weight decay 0.1": '_with("AdamW", weight_decay=0.1)',
    }
    quiet = {
        "AdamW with weight decay 0": '_with("AdamW", weight_decay=0.0)',
        "Adam": '_with("Adam")',
        "Adagrad": '_with("Adagrad")',
        "SGD with momentum 0.9": '_with("SGD", momentum=0.9)',
    }
    a, d = random.sample(list(decaying), 2)
    b, c = random.choice(list(quiet)), random.choice(["Adam", "SGD with momentum 0.9"])
    f = random.choice(["SGD", "Adam", "Adagrad"])
    letters = list("ABCDEF")
    while {letters[1], letters[3]} == {"B", "D"}:
        random.shuffle(letters)
    A, B, C, D, E, F = letters
    padding = "the row of `padding_idx=0`; padding is in every batch"
    filled = "`nn.init.normal_` filled the whole table after the layer was made"
    tied = (
        ", output tied to the table, softmax loss | "
        "in no batch, neither as input nor as the right answer"
    )
    cases = {
        A: f"{a} | in no batch",
        B: f"{b} | in no batch",
        C: f"{c} | in the first batch only; does it move *after* the first step?",
        D: f"{d} | {padding}",
        E: f"{d} | {padding}, and {filled}",
        F: f"{f}{tied}",
    }
    kept = [
        'keys "A" to "F"',
        '# prediction = {"A": …, "B": …, "C": …, "D": …, "E": …, "F": …}',
    ]
    return Change(
        texts={
            "| A | SGD with weight decay 0.1 | in no batch |\n"
            "| B | AdamW with weight decay 0 | in no batch |\n"
            "| C | Adam | in the first batch only; does it move *after* the first step? |\n"
            f"| D | AdamW with weight decay 0.1 | {padding} |\n"
            f"| E | the same as D | the same, but {filled} |\n"
            f"| F | SGD{tied} |": "\n".join(f"| {x} | {cases[x]} |" for x in sorted(cases)),
            "except in F": f"except in {F}",
            '_with("SGD", weight_decay=0.1)': decaying[a],
            '_with("AdamW", weight_decay=0.0)': quiet[b],
            '_with("Adam"), 3': f"{quiet[c]}, 3",
            '_with("AdamW", weight_decay=0.1)': decaying[d],
            '_with("SGD"), 3': f'_with("{f}"), 3',
            "Adam's running mean": "the optimizer's running mean",
            **{f'"{old}"': f'"{new}"' for old, new in zip("ABCDEF", letters, strict=True)},
            **{text: text for text in kept},
        }
    )


def neighbours(random: Random) -> Change:
    """Another table; the nearest row comes last, or rows are numbered from 1."""
    long, short = random.randrange(5, 13), random.choice([2, 3])
    column = random.randrange(3)
    sign = [1, 1, 1, -1]
    random.shuffle(sign)
    half = random.choice([[1, 1, -1, -1], [1, -1, -1, 1], [-1, 1, -1, 1], [-1, -1, 1, 1]])
    V, D, row, k = (random.choice(x) for x in ([25, 35, 40], [5, 7, 8], [3, 9, 20], [8, 12]))
    texts = {
        "[8.0, 8, 8, -8]": _floats([long * x for x in sign]),
        "[0.0, 0, 0, 3]": _floats([short if n == column + 1 else 0 for n in range(4)]),
        "[1.0, 0, 0, 0]": _floats([1 if n == column else 0 for n in range(4)]),
        "[1.0, -1, 1, -1]": _floats(half),
        "().manual_seed(5)": f"().manual_seed({random.randrange(6, 90)})",
        "(30, 6, 7, 10)": f"({V}, {D}, {row}, {k})",
    }
    if random.random() < 0.5:
        texts["largest first, as a list"] = "largest last, as a list"
        texts["the smaller row number comes first."] = (
            "the smaller row number counts as the nearer one, so it comes later."
        )
        texts["does the smaller row number come first?"] = (
            "does the smaller row number count as nearer?"
        )
        rows = _when_list("rows[::-1]")
        return Change(
            texts=texts,
            asks=(
                "the same `k` rows, in the opposite order: the row with the largest cosine is last."
            ),
            answer=(f"def neighbours(table, row, k):\n    rows = STANDARD(table, row, k)\n{rows}"),
            check=(
                "def BACK(*given, **named):\n"
                "    # The checks below want the largest cosine first.\n"
                f"    rows = neighbours(*given, **named)\n{rows}"
            ),
        )
    there, back = (
        _when_list(f'[n {sign} 1 if hasattr(n, "__index__") else n for n in rows]') for sign in "+-"
    )
    texts["row number `row`"] = "row number `row`, counted from 1"
    texts["glove.row(word), 5"] = "glove.row(word) + 1, 5"
    texts["glove.tokens[n]"] = "glove.tokens[n - 1]"
    return Change(
        texts=texts,
        asks=(
            "rows are numbered from 1, the one asked for and those in the answer: row 1 is "
            "`table[0]`."
        ),
        answer=(f"def neighbours(table, row, k):\n    rows = STANDARD(table, row - 1, k)\n{there}"),
        check=(
            "def BACK(table, row, k):\n"
            "    # The checks below count from 0.\n"
            f"    rows = neighbours(table, row + 1, k)\n{back}"
        ),
    )


def skipgram_loss(random: Random) -> Change:
    """Other vectors; the loss in bits, or what training makes large instead of small."""
    while True:
        numbers = [random.randrange(-4, 5) / 2 for _ in range(20)]
        v, u = (torch.tensor(numbers[n : n + 4]).reshape(2, 2) for n in (0, 4))
        w = torch.tensor(numbers[8:]).reshape(2, 3, 2)
        loss = _skipgram_losses(v, u, w)
        some = all((x != 0).any(dim=-1).all() for x in (v, u, w))
        if some and min(abs(a - b) for a, b in combinations(loss.values(), 2)) > 0.002:
            break
    while True:
        shift = random.randrange(1, 90)
        generator = torch.Generator().manual_seed(4 + shift)
        one, two = (torch.randn(4, 4, generator=generator) * 40 for _ in range(2))
        if (one * two).sum(dim=1).min() < -50:  # a score that must not be clamped
            break
    texts = {old: f"{abs(new):.6f}" for old, new in loss.items() if old[0] != "-"} | {
        "-1.873429": f"{loss['-1.873429']:.6f}",
        "[[1.0, 2.0], [0.5, -1.0]]": _rows(v),
        "[[0.5, 0.5], [2.0, 1.0]]": _rows(u),
        "[[1.0, 0.0], [-1.0, 1.0], [0.0, 0.5]]": _rows(w[0]),
        "[[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]]": _rows(w[1]),
        "().manual_seed(_N)": f"().manual_seed(_N + {shift})",
    }
    docstring = "Return the mean loss () of N pairs"
    if random.random() < 0.5:
        asks = "return the loss in bits: with the logarithm to base 2 in place of ln."
        texts[docstring] = "Return the mean loss (), in bits, of N pairs"
        nats = f"{loss['3.467473'] * np.log(2):.6f}"
        texts['(5.002506, "is your logarithm to base 2? ln is asked for")'] = (
            f'({loss["5.002506"]:.6f}, "do you turn to base 2 twice?"),\n'
            f'    ({nats}, "is your logarithm natural? Base 2 is asked for")'
        )
        note = "The checks below count in nats, by ln."
        there, back = (_when_tensor("loss", f"loss {sign} 0.6931471805599453") for sign in "/*")
    else:
        asks = "return *minus* the mean of this loss: what training is to make large."
        texts[docstring] = "Return minus the mean loss () of N pairs"
        note = "The checks below want the loss, which is to be small."
        there = back = _when_tensor("loss", "-loss")
    return Change(
        texts=texts,
        asks=asks,
        answer=(
            "def skipgram_loss(centre, neighbour, negatives):\n"
            f"    loss = STANDARD(centre, neighbour, negatives)\n{there}"
        ),
        check=(
            "def BACK(*given, **named):\n"
            f"    # {note}\n"
            f"    loss = skipgram_loss(*given, **named)\n{back}"
        ),
    )


def claim(random: Random) -> Change:
    """Other opposites, agreements and threshold; the points stay those of the rubric."""
    one, other, thing = random.choice(
        [
            ("big", "small", "The house"),
            ("rich", "poor", "The country"),
            ("early", "late", "The train"),
            ("happy", "sad", "The song"),
            ("open", "closed", "The shop"),
            ("old", "young", "The actor"),
        ]
    )
    cosine = random.choice(["0.68", "0.72", "0.75", "0.8"])
    low = random.randrange(50, 62)
    a, b = f"0.{low}", f"0.{low + random.choice([3, 4, 5])}"
    low_thing = thing[0].lower() + thing[1:]
    return Change(
        texts={
            '"hot" and "cold"': f'"{one}" and "{other}"',
            '"The water is hot" and "the water is cold"': (
                f'"{thing} is {one}" and "{low_thing} is {other}"'
            ),
            "0.7": cosine,
            "0.65": b,
            "0.61": a,
        }
    )


def control(random: Random) -> Change:
    """Other words, vectors and seeds; p comes first, or the gain stands in place of the value."""
    settings = random.choice(  # for which all mistakes have numbers of their own
        [
            ([0.7, 3.7, 3.2], 24, 8, 19, 5),
            ([1.0, 4.2, 4.1], 24, 8, 29, 3),
            ([1.7, 3.5, 3.6], 24, 8, 29, 0),
            ([1.8, 4.2, 4.3], 19, 4, 29, 3),
            ([2.1, 4.1, 3.6], 29, 4, 24, 7),
            ([2.8, 3.2, 3.7], 29, 8, 29, 6),
            ([2.7, 3.9, 3.3], 24, 4, 24, 4),
            ([2.9, 4.2, 5.0], 29, 5, 19, 8),
            ([3.2, 1.7, 3.5], 29, 4, 19, 3),
            ([3.1, 3.1, 4.1], 24, 3, 19, 0),
            ([3.5, 3.7, 1.2], 19, 8, 19, 0),
            ([3.5, 3.6, 4.9], 29, 5, 19, 3),
            ([3.7, 3.6, 1.1], 19, 0, 24, 2),
        ]
    )
    words = random.choice(
        [
            "wet dry fast slow quick happy sad glad light dark high low",
            "hard soft rich poor wealthy clever silly smart early late open closed",
            "strong weak old new ancient calm angry quiet near far up down",
        ]
    )
    texts = _control_texts(words, *settings)
    seed = random.choice([1, 2, *range(4, 8), *range(13, 30)])
    texts["().manual_seed(3)"] = f"().manual_seed({seed})"
    order = "value, mean, spread, p"
    if random.random() < 0.5:
        texts[f"({order})"] = "(p, value, mean, spread)"
        texts[f"{order} = control(glove, pairs)"] = "p, value, mean, spread = control(glove, pairs)"
        asks = "$p$ comes first: return `(p, value, mean, spread)`."
        note = "The checks below want p last."
        there, back = (f"(*four[{n}:], *four[:{n}])" for n in (3, 1))
    else:
        texts[f"({order})"] = "(gain, mean, spread, p)"
        texts[f"{order} = control(glove, pairs)"] = (
            "gain, mean, spread, p = control(glove, pairs)\n    value = gain + mean"
        )
        asks = "the first number is not the value but the *gain*: the value less the mean."
        note = "The checks below want the value: the gain plus the mean."
        there, back = (f"(four[0] {sign} four[1], *four[1:])" for sign in "-+")
    return Change(
        texts=texts,
        asks=asks,
        answer=(
            "def control(table, pairs, shuffles=99, seed=0):\n"
            "    four = STANDARD(table, pairs, shuffles, seed)\n"
            f"{_when_numbers('four', 4, there)}"
        ),
        check=(
            "def BACK(*given, **named):\n"
            f"    # {note}\n"
            "    four = control(*given, **named)\n"
            f"{_when_numbers('four', 4, back)}"
        ),
    )


def compare(random: Random) -> Change:
    """Other tables in the hidden test; first minus second, or the upper end before the lower."""
    rounds, seed = random.choice([12, 14, 16]), random.randrange(20, 60)
    texts = {
        "().manual_seed(1)": f"().manual_seed({random.randrange(2, 60)})",
        "((_A, _B), 12, 5), ((_C, _A), 8, 11)": (
            f"((_A, _B), {rounds}, {seed}), ((_C, _A), {rounds - 3}, {seed + 7})"
        ),
    }
    if random.random() < 0.5:
        asks = "take the difference the other way round: first minus second."
        texts["second minus first"] = "first minus second"
        texts["of the gain of the second."] = "of what the first is ahead."
        texts["compare(glove, other, load_wordsim(), rounds=300)"] = (
            "compare(other, glove, load_wordsim(), rounds=300)"
        )
        note = "The checks below take second minus first."
        ends = "(-ends[1], -ends[0])"
    else:
        asks = "the upper end comes first: return `(high, low)`."
        texts["(low, high)"] = "(high, low)"
        texts["low, high = compare(glove"] = "high, low = compare(glove"
        note = "The checks below want (low, high)."
        ends = "(ends[1], ends[0])"
    body = _when_numbers("ends", 2, ends)
    return Change(
        texts=texts,
        asks=asks,
        answer=(
            "def compare(first, second, judgements, rounds=200, seed=0):\n"
            f"    ends = STANDARD(first, second, judgements, rounds, seed)\n{body}"
        ),
        check=(
            f"def BACK(*given, **named):\n    # {note}\n    ends = compare(*given, **named)\n{body}"
        ),
    )


def _differ(tensors: list[torch.Tensor]) -> bool:
    """Tell whether no two tensors are alike."""
    return all((a - b).abs().max() > 1e-3 for a, b in combinations(tensors, 2))


def _rows(x: torch.Tensor) -> str:
    """Return a matrix as the text of a list of lists."""
    return str([[round(value, 6) + 0.0 for value in row] for row in x.tolist()])


def _floats(row: list[int]) -> str:
    """Return a row as the text of a list whose first number has a point."""
    return f"[{row[0]}.0, {', '.join(map(str, row[1:]))}]"


def _when_tensor(name: str, new: str, condition: str = "") -> str:
    """Return the last line of a function that changes a tensor and leaves all else alone."""
    return f"    return {new} if isinstance({name}, torch.Tensor){condition} else {name}"


def _when_list(new: str) -> str:
    """Return the end of a function that changes a list and leaves all else alone."""
    return f"    if not isinstance(rows, (list, tuple)):\n        return rows\n    return {new}"


def _when_numbers(name: str, count: int, new: str) -> str:
    """Return the end of a function that changes some numbers and leaves all else alone."""
    return (
        f"    if not isinstance({name}, (tuple, list)) or len({name}) != {count}:\n"
        f"        return {name}\n"
        f'    if any(not hasattr(x, "__float__") for x in {name}):\n'
        f"        return {name}\n"
        f"    return {new}"
    )


def _skipgram_losses(v: torch.Tensor, u: torch.Tensor, w: torch.Tensor) -> dict[str, float]:
    """Return the loss and its mistakes, by their number in the public homework."""
    plus, sigmoid = functional.softplus, torch.sigmoid
    positive, negative = (v * u).sum(dim=1), torch.einsum("nd,nkd->nk", v, w)
    a = torch.cosine_similarity(v, u, dim=1)
    b = torch.cosine_similarity(v.unsqueeze(1), w, dim=2)
    swapped = torch.einsum("nd,nkd->nk", u, w)
    each = plus(-positive) + plus(negative).sum(dim=1)
    losses = {
        "3.467473": each,
        "6.934946": each * 2,
        "1.454011": plus(-positive) + plus(negative).mean(dim=1),
        "0.866868": each / 4,
        "2.217473": plus(-positive) + plus(-negative).sum(dim=1),
        "-3.467473": -each,
        "2.947361": plus(-a) + plus(b).sum(dim=1),
        "0.447280": plus(-positive),
        "3.020193": plus(negative).sum(dim=1),
        "2.208612": plus(-positive) + plus(negative.sum(dim=1)),
        "-1.873429": -sigmoid(positive) - sigmoid(-negative).sum(dim=1),
        "5.002506": each / np.log(2),
        "5.883862": plus(-positive) + plus(swapped).sum(dim=1),
        "4.217473": plus(positive) + plus(negative).sum(dim=1),
    }
    return {old: new.mean().item() for old, new in losses.items()}


def _control_texts(words: str, waves: list[float], *draws: int) -> dict[str, str]:
    """Return what changes in the visible test of `control`, with all of its numbers.

    Args:
        words: twelve, in the order of the public ones.
        waves: what makes the table.
        draws: shuffles and seed of the first case, then of the second.
    """
    old = "hot cold big small large good bad fine rich poor old young"
    public = _control_parts(old, [4.1, 3.5, 2.7], 24, 5, 19, 4)
    return dict(zip(public, _control_parts(words, waves, *draws), strict=True))


def _control_parts(
    words: str, waves: list[float], S1: int, seed1: int, S2: int, seed2: int
) -> list[str]:
    """Return all parts of the visible test of `control` that change, as its cell has them."""
    w = words.split()
    n = torch.arange(1.0, 13.0).unsqueeze(1)
    X = torch.sin(n * torch.tensor(waves) + n * n / 7) * (1 + n % 4)
    parts, cases = [words, f"{waves}"], []
    for pairs, shuffles, seed in (
        ([(2, 3), (4, 3), (5, 6), (7, 6)], S1, seed1),
        ([(0, 1), (2, 3), (5, 6), (8, 9), (10, 11), (4, 7)], S2, seed2),
    ):
        right, wrong = _control_numbers(X.double(), pairs, shuffles, seed)
        cases.append([-1 if abs(x - right[place]) < 4e-4 else x for place, x in wrong])
        text = ", ".join(f"{w[a]} {w[b]}" for a, b in pairs)
        parts.append(f'"{text}",\n        {shuffles},\n        {seed},')
        parts.append(f"({', '.join(f'{x:.4f}' for x in right)})")
    places = [place for place, _ in wrong]
    for place, first, second in zip(places, *cases, strict=True):
        parts.append(f"({place}, {first:.4f}, {second:.4f}, ")
    return parts


def _control_numbers(
    X: torch.Tensor, pairs: list[tuple[int, int]], shuffles: int, seed: int
) -> tuple[list[float], list[tuple[int, float]]]:
    """Return the four right numbers, and the mistakes: which of the four, and what it is then."""
    a, b = (X[[pair[side] for pair in pairs]] for side in (0, 1))
    cosines = (functional.normalize(a) @ functional.normalize(b).T).numpy()
    n = len(pairs)
    at = np.arange(n)
    draw = np.random.default_rng(seed)
    orders = [draw.permutation(n) for _ in range(shuffles)]
    draw = np.random.default_rng(seed)
    twice = [cosines[draw.permutation(n), draw.permutation(n)].mean() for _ in orders]
    chained = [at]
    for order in orders:
        chained.append(chained[-1][order])
    value = cosines.trace() / n
    chance = np.array([cosines[at, order].mean() for order in orders])
    mean, spread = chance.mean(), chance.std()
    moved = [cosines[at, order][at != order].mean() for order in orders if (at != order).any()]
    mean_vectors = torch.cosine_similarity(a.mean(dim=0), b.mean(dim=0), dim=0).item()
    as_well, better = (np.sum(chance > value - tie) for tie in (1e-6, -1e-6))
    worse = np.sum(chance < value + 1e-6)
    sizes = np.sum(np.abs(chance) > abs(value) - 1e-6)
    sides = np.sum(np.abs(chance - mean) > abs(value - mean) - 1e-6)
    every = 1 + shuffles
    p = (1 + as_well) / every
    one_less = chance.std(ddof=1)
    return [value, mean, spread, p], [
        (0, (a * b).sum().item() / n),
        (0, value * n),
        (0, mean_vectors),
        (1, value),
        (1, np.mean([cosines[order, at].mean() for order in orders])),
        (1, np.mean([cosines[at, order].mean() for order in chained[1:]])),
        (1, np.mean(twice)),
        (1, np.mean(moved)),
        (1, (chance.sum() + value) / every),
        (1, chance[0]),
        (2, one_less),
        (2, spread**2),
        (2, one_less / shuffles**0.5),
        (3, as_well / shuffles),
        (3, (1 + as_well) / shuffles),
        (3, (1 + better) / every),
        (3, (1 + worse) / every),
        (3, 1 - p),
        (3, as_well),
        (3, (1 + sizes) / every),
        (3, (1 + sides) / every),
    ]
