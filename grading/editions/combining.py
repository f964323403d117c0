"""Private editions of the homework on combining: what each item changes."""

import math
from random import Random

from grading.edition import Change


def _seeds(random: Random, *seeds: int) -> dict[str, str]:
    """Return other seeds for the data of hidden tests."""
    return {f"seed={old}": f"seed={random.randrange(10, 1000)}" for old in seeds}


def add_positions(random: Random) -> Change:
    """Other sizes; tokens come as (T, B, D), or are multiplied by the root of D first."""
    T, T_all = random.choice([5, 6, 7]), random.choice([6, 7, 8])
    texts = _seeds(random, 1, 2, 3, 4) | {
        "B=3, T=5, D=4, N=9": (
            f"B={random.choice([2, 3, 4])}, T={T}, D={random.choice([6, 8, 10])}, "
            f"N={T + random.choice([3, 4, 5])}"
        ),
        "B=2, T=7, D=3, N=7": f"B={random.choice([2, 3])}, T={T_all}, D=3, N={T_all}",
        "B=1, T=6, D=2, N=50": f"B=1, T={random.choice([4, 6, 9])}, D=2, N=50",
    }
    docstring = '"""Add to tokens (B, T, D) the rows of their places, table (N, D)."""'
    if random.random() < 0.5:
        return Change(
            texts=texts
            | {
                docstring: '"""Add to tokens (T, B, D) the rows of their places, table (N, D)."""',
                "axis 0, instead of axis 1": "axis 1, instead of axis 0",
                'f"tokens {(B, T, D)} and table {(N, D)} do': (
                    'f"tokens {(T, B, D)} and table {(N, D)} do'
                ),
                'f"the shape is {tuple(out.shape)}, not {(B, T, D)}: is each of "': (
                    'f"as (B, T, D), the shape is {tuple(out.shape)}, "\n'
                    '        f"not {(B, T, D)}: is each of "'
                ),
            },
            asks=(
                "the first two axes are swapped, as torch's own layers expect them by default: "
                "`tokens` comes as (T, B, D), and what you return has this shape too."
            ),
            answer=(
                "def add_positions(tokens, table):\n"
                "    out = STANDARD(tokens.transpose(0, 1), table)\n"
                "    return out.transpose(0, 1) if isinstance(out, torch.Tensor) else out"
            ),
            check=(
                "def BACK(tokens, table):\n"
                "    # The check below holds tokens as (B, T, D).\n"
                "    out = add_positions(tokens.transpose(0, 1), table)\n"
                "    is_tensor = isinstance(out, _torch.Tensor) and out.ndim > 1\n"
                "    return out.transpose(0, 1) if is_tensor else out"
            ),
        )
    return Change(
        texts=texts
        | {
            docstring: (
                '"""Add to tokens (B, T, D), times the root of D, the rows of\n'
                '    their places, table (N, D)."""'
            ),
            "table[:T].expand(B, T, D))": "table[:T].expand(B, T, D), atol=1e-4)",
        },
        asks=(
            "as in the original transformer, the tokens are multiplied by $\\sqrt D$ before the "
            "positions are added. The positions are not."
        ),
        answer=(
            "def add_positions(tokens, table):\n"
            "    out = STANDARD(tokens, table)\n"
            "    if not isinstance(out, torch.Tensor) or out.shape != tokens.shape:\n"
            "        return out\n"
            "    return out + (tokens.shape[-1] ** 0.5 - 1) * tokens"
        ),
        check=(
            "def BACK(tokens, table):\n"
            "    # The check below wants each token once, not root-of-D times.\n"
            "    out = add_positions(tokens, table)\n"
            "    if not isinstance(out, _torch.Tensor) or out.shape != tokens.shape:\n"
            "        return out\n"
            "    added = out - tokens\n"
            "    assert len(out) < 2 or not _torch.allclose(*added[:2], atol=1e-4), (\n"
            '        "the same is added to the tokens of two texts: are the tokens "\n'
            '        "multiplied by the root of D first?"\n'
            "    )\n"
            "    return out - (tokens.shape[-1] ** 0.5 - 1) * tokens"
        ),
    )


def starting_ratio(random: Random) -> Change:
    """Other widths; the ratio in percent, as a logarithm to base 2, or upside down."""
    texts = {
        "768, 0.02, True": f"{random.choice([320, 384, 640])}, 0.0{random.choice([1, 3])}, True",
        "64, 0.5, False": f"{random.choice([32, 48, 96])}, {random.choice([0.3, 0.7])}, False",
        "6, 1.0, True": f"{random.choice([10, 12, 14])}, {random.choice([0.6, 1.0, 1.5])}, True",
    }
    docstring = '"""Return token length / sinusoid length at the start, a float."""'
    own = "{got:.4g} is wrong."
    turn, back, new, asks = random.choice(
        [
            (
                "100 * got",
                "got / 100",
                {
                    own: "{100 * got:.4g} is wrong.",
                    docstring: '"""Return token length in % of sinusoid length, a float."""',
                },
                "return the ratio in percent: 100 where both are equally long.",
            ),
            (
                "math.log2(got)",
                "2 ** float(got)",
                {
                    own: "{_math.log2(got):.4g} is wrong.",
                    docstring: '"""Return log2 of token length / sinusoid length, a float."""',
                },
                "return the logarithm of the ratio to base 2: 0 where both are equally long, 1 "
                "where the token is twice as long, -1 where it is half as long.",
            ),
            (
                "1 / got",
                "1 / float(got) if got else 0.0",
                {
                    own: "{1 / (got or _math.inf):.4g} is wrong.",
                    docstring: '"""Return sinusoid length / token length at the start, a float."""',
                    "Return the length of a token's row divided by that of a sinusoidal row": (
                        "Return the length of a sinusoidal row divided by that of a token's row"
                    ),
                    "Token length over sinusoid length": "Sinusoid length over token length",
                },
                "the ratio is the other way round than in the lesson's table: sinusoid over token.",
            ),
        ]
    )
    return Change(
        texts=texts | new,
        asks=asks,
        answer=(
            "def starting_ratio(dim, std, scale=False):\n"
            "    got = STANDARD(dim, std, scale)\n"
            f"    return got if got is None else {turn}"
        ),
        check=(
            "def BACK(*given):\n"
            "    # The check below wants the plain ratio, token over sinusoid.\n"
            "    got = starting_ratio(*given)\n"
            '    is_number = hasattr(got, "__float__") and not isinstance(got, str)\n'
            f"    return ({back}) if is_number else got"
        ),
    )


def predict_padding(random: Random) -> Change:
    """Other letters for the setups, other numbers of tokens, D moves queries or keys."""
    n, pads = random.choice([3, 4]), random.choice([2, 3])
    words = {2: "two", 3: "three", 4: "four"}
    setups = {
        "A": "learned positions added at the input, by column; padding masked",
        "B": "learned positions added at the input, counted; padding masked",
        "C": "rotary, by column; padding masked",
        "D": "rotary, the keys counted, the queries by column; padding masked",
        "E": "ALiBi's bias, by column; padding masked",
        "F": "no positions at all; padding *not* masked",
    }
    old = "\n".join(f"- **{letter}** {text}" for letter, text in setups.items())
    letters = list(setups)
    while {letters[1], letters[2], letters[4]} == {"B", "C", "E"}:
        random.shuffle(letters)
    new = dict(zip(setups, letters, strict=True))
    texts = {}
    if random.random() < 0.5:
        setups["D"] = "rotary, the queries counted, the keys by column; padding masked"
        texts = {
            "((column, counted), hidden": "((counted, column), hidden",
            "the query moves": "the key moves",
        }
    right = "".join(sorted(new[letter] for letter in "BCE"))
    lines = sorted(f"- **{new[letter]}** {text}" for letter, text in setups.items())
    text = random.sample(range(1, 10), n)
    return Change(
        texts=new
        | texts
        | {
            "A decoder of one layer": "A decoder of one layer",
            "letters from A to F": "letters from A to F",
            old: "\n".join(lines),
            "BCE": new["B"] + new["C"] + new["E"],
            'predicted_setups = "BCE"': f'predicted_setups = "{right}"',
            "a text of three tokens": f"a text of {words[n]} tokens",
            "gets two padding tokens": f"gets {words[pads]} padding tokens",
            "positions 0, 1, 2, 3, 4;": f"positions {', '.join(map(str, range(n + pads)))};",
            "the three real tokens stand at 0, 1, 2.": (
                f"the {words[n]} real tokens stand at {', '.join(map(str, range(n)))}."
            ),
            "move by two places": f"move by {words[pads]} places",
            "[7, 3, 9]": str(text),
            "[0, 0, 7, 3, 9]": str([0] * pads + text),
            "[0, 0, 0, 1, 2]": str([0] * pads + list(range(n))),
            "_torch.arange(5), ": f"_torch.arange({n + pads}), ",
            "_causal_mask(5)": f"_causal_mask({n + pads})",
            "(_torch.arange(5) >= 2)": f"(_torch.arange({n + pads}) >= {pads})",
            "three = _torch.arange(3)": f"three = _torch.arange({n})",
            "_causal_mask(3)": f"_causal_mask({n})",
        }
    )


def input_layer(random: Random) -> Change:
    """Other hidden sizes and texts; token type 1 instead of 0, or the output as (B, D, T)."""
    texts = _seeds(random, 1, 2, 3) | {
        "B=2, T=3, D=8": f"B=2, T={random.choice([3, 4])}, D={random.choice([6, 8, 10])}",
        "B=3, T=3, D=6": f"B=3, T={random.choice([3, 5])}, D={random.choice([6, 7, 9])}",
        "B=1, T=8, D=5": f"B=1, T={random.choice([7, 8])}, D={random.choice([4, 5])}",
        '"I love AI", "You love cats"': random.choice(
            [
                '"I love AI", "You love cats"',
                '"We read books", "They sing"',
                '"Rain falls", "The sun is out"',
            ]
        ),
    }
    docstring = '"""Return LayerNorm(token + token type 0 + position), (B, T, D)."""'
    arguments = "ids, token, token_type, position, scale, shift, eps"
    if random.random() < 0.5:
        return Change(
            texts=texts
            | {
                docstring: '"""Return LayerNorm(token + token type 1 + position), (B, T, D)."""',
                "E_w + S_0 + P_p": "E_w + S_1 + P_p",
                "All texts are of token type 0.": "All texts are of token type 1.",
                "token type 0 is missing": "token type 1 is missing",
                "token type 1, not 0": "token type 0, not 1",
            },
            asks=(
                "all texts are of token type 1, as the second of two sentences in BERT. (In the "
                "checks with MiniLM's tables, too.)"
            ),
            answer=(
                f"def input_layer({arguments}):\n"
                "    types = token_type.flip(0)\n"
                "    return STANDARD(ids, token, types, position, scale, shift, eps)"
            ),
            check=(
                "def BACK(ids, token, token_type, *rest):\n"
                "    # What the check below calls type 0 is your type 1.\n"
                "    return input_layer(ids, token, token_type.flip(0), *rest)"
            ),
        )
    shape = 'f"the shape is {tuple(%s.shape)}, not %s: "'
    return Change(
        texts=texts
        | {
            docstring: '"""Return LayerNorm(token + token type 0 + position), (B, D, T)."""',
            "Return (B, T, D).": "Return (B, D, T).",
            shape % ("_out", "(2, 3, 6)"): (
                'f"as (B, T, D), the shape is {tuple(_out.shape)}, not (2, 3, 6): "'
            ),
            shape % ("out", "{(B, T, D)}"): (
                'f"as (B, T, D), the shape is {tuple(out.shape)}, not {(B, T, D)}: "'
            ),
        },
        asks=(
            "the last two axes are swapped, as torch's convolutions expect them: return (B, D, T). "
            "The LayerNorm is still that of the D numbers of one vector."
        ),
        answer=(
            f"def input_layer({arguments}):\n"
            f"    out = STANDARD({arguments})\n"
            "    is_tensor = isinstance(out, torch.Tensor)\n"
            "    return out.transpose(-2, -1) if is_tensor else out"
        ),
        check=(
            "def BACK(*given):\n"
            "    # The check below holds vectors as (B, T, D).\n"
            "    out = input_layer(*given)\n"
            "    is_tensor = isinstance(out, _torch.Tensor) and out.ndim > 1\n"
            "    return out.transpose(-2, -1) if is_tensor else out"
        ),
    )


def _ranges(dim: int, num_tokens: int, num_positions: int) -> list[str]:
    """Return what the visible check of `readable_range` holds: the answer and the mistakes."""

    def border(rows, factor=2.0, base=math.e, one=1):
        return math.sqrt(base ** (factor * math.log(rows) / dim) - one)

    V, T = num_tokens, num_positions
    low, high = border(T), 1 / border(V)
    pairs = [
        (low, high),
        (high, low),
        (border(V), 1 / border(T)),
        (low, border(V)),
        (1 / low, high),
        (low**2, high**2),
        (border(T, 1.0), 1 / border(V, 1.0)),
        (border(T, 4.0), 1 / border(V, 4.0)),
        (border(T, one=0), 1 / border(V, one=0)),
        (border(T, base=2), 1 / border(V, base=2)),
        (border(V), high),
        (low, 1 / border(T)),
    ]
    return [f"({a:.5f}, {z:.5f})" for a, z in pairs]


def readable_range(random: Random) -> Change:
    """Other sizes; the pair in the other order, in decibels, or for tokens of another length."""
    case = (
        random.choice([64, 80, 96]),
        random.choice([900, 2000, 5000]),
        random.choice([24, 40, 60]),
    )
    texts = dict(zip(_ranges(64, 1000, 32), _ranges(*case), strict=True)) | {
        "(64, 1000, 32)": str(case),
        "768, 50257, 1024": (
            f"{random.choice([512, 640, 1024])}, {random.choice([32000, 50265])}, "
            f"{random.choice([1024, 2048])}"
        ),
        "40, 90, 4000": (
            f"{random.choice([40, 44, 48])}, {random.choice([80, 110])}, "
            f"{random.choice([3000, 5000])}"
        ),
        "8, 30522, 512": f"{random.choice([8, 10])}, {random.choice([30522, 32000])}, 512",
        "16, 1000, 1000": f"16, {random.choice([1000, 1200])}, {random.choice([1000, 1500])}",
    }
    docstring = '"""Return (low, high), lengths of positions, or None."""'
    pair = "Return a tuple of two numbers, (low, high)"
    length = random.choice([2, 3, 5])
    turn, back, seen, new, asks = random.choice(
        [
            (
                "(got[1], got[0])",
                "(got[1], got[0])",
                "as (low, high), ",
                {
                    docstring: '"""Return (high, low), lengths of positions, or None."""',
                    pair: "Return a tuple of two numbers, (high, low)",
                    "Is the order (low, high)": "Is the order (high, low)",
                    "as a tuple `(low, high)`: the smallest and the largest $s$": (
                        "as a tuple `(high, low)`: the largest and the smallest $s$"
                    ),
                },
                "the larger limit comes first: return `(high, low)`.",
            ),
            (
                "tuple(20 * math.log10(x) for x in got)",
                "tuple(10 ** (float(x) / 20) for x in got)",
                "as lengths, ",
                {docstring: '"""Return (low, high), lengths of positions in dB, or None."""'},
                "return both limits in decibels, $20 \\log_{10} s$: 0 for positions as long as the "
                "tokens, 20 for ten times as long.",
            ),
            (
                f"tuple({length} * x for x in got)",
                f"tuple(float(x) / {length} for x in got)",
                "over the tokens' length, ",
                {
                    "tokens of length 1 and": f"tokens of length {length} and",
                    "For the positions r is s itself, not 1/s": (
                        f"For the positions r is s/{length}, not {length}/s"
                    ),
                },
                f"the tokens have length {length}, not 1; $s$ is the positions' own length.",
            ),
        ]
    )
    return Change(
        texts=texts
        | new
        | {
            ": {_got} is wrong. ": f": {seen}{{_got}} is wrong. ",
            " positions: {got} is wrong. ": (
                f' positions: "\n    case += f"{seen}{{got}} is wrong. '
            ),
        },
        asks=asks,
        answer=(
            "def readable_range(dim, num_tokens, num_positions):\n"
            "    got = STANDARD(dim, num_tokens, num_positions)\n"
            "    is_pair = isinstance(got, tuple | list)\n"
            f"    return {turn} if is_pair else got"
        ),
        check=(
            "def BACK(*given):\n"
            "    # The check below wants (low, high) for tokens of length 1.\n"
            "    got = readable_range(*given)\n"
            "    is_pair = isinstance(got, tuple | list) and len(got) == 2\n"
            f"    return {back} if is_pair else got"
        ),
    )


def energy_share(random: Random) -> Change:
    """Other hidden sizes; the share that lies outside of the directions, or in percent."""
    texts = _seeds(random, 1, 2, 3) | {
        "M=30, N=9, D=5, k=3": f"M={random.choice([20, 30])}, N={random.choice([9, 11])}, D=5, k=3",
        "M=12, N=40, D=8, k=1": f"M=12, N={random.choice([30, 40])}, D=7, k=1",
        "[:20_000]": f"[:{random.choice([15, 20, 25, 30])}_000]",
    }
    docstring = '"""Share of table\'s energy in the first k directions of other."""'
    chance = "By chance the share is k/D."
    turn, back, own, new, asks = random.choice(
        [
            (
                "1 - got",
                '1 - got if hasattr(got, "__rsub__") else got',
                "1 - {}",
                {
                    docstring: (
                        '"""Share of table\'s energy outside the first k directions of other."""'
                    ),
                    chance: "By chance the share outside is 1 - k/D.",
                    "is that the share that lies outside?": "is that the share that lies inside?",
                    "k = D the share must be 1": "k = D the share must be 0",
                    "MiniLM, first 100": "MiniLM, inside the first 100",
                },
                "return the share that lies *outside* of the first `k` directions, along all the "
                "others together.",
            ),
            (
                "100 * got",
                'got / 100 if hasattr(got, "__truediv__") else got',
                "100 * {}",
                {
                    docstring: (
                        '"""Percent of table\'s energy in the first k directions of other."""'
                    ),
                    chance: "By chance the share is 100 k/D percent.",
                    "as a number between 0 and 1": "in percent, a number between 0 and 100",
                    "k = D the share must be 1": "k = D the share must be 100",
                },
                "return the share in percent: 100 where all energy lies along these directions.",
            ),
        ]
    )
    return Change(
        texts=texts
        | new
        | {
            "{float(_got):.4f} is wrong": f"{{{own.format('float(_got)')}:.4f}} is wrong",
            "{got:.4f} is wrong": f"{{{own.format('got')}:.4f}} is wrong",
        },
        asks=asks,
        answer=(
            "def energy_share(table, other, counts, k):\n"
            "    got = STANDARD(table, other, counts, k)\n"
            f"    return {turn}"
        ),
        check=(
            "def BACK(*given):\n"
            "    # The check below wants the share inside, between 0 and 1.\n"
            "    got = energy_share(*given)\n"
            f"    return {back}"
        ),
    )


def _packed_row(sizes: list[int], pads: int) -> str:
    """Return a row of text numbers and, as digits, the rows of its mask."""
    numbers = [n + 1 for n, size in enumerate(sizes) for _ in range(size)] + [0] * pads
    T = len(numbers)
    rows = [
        "".join(str(int(i == j or (j < i and 0 < numbers[i] == numbers[j]))) for j in range(T))
        for i in range(T)
    ]
    return " ".join(["".join(map(str, numbers)), *rows])


def _wrapped(row: str) -> str:
    """Return a row as Python's text, in as many pieces as its width needs."""
    words, lines = row.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 65:
            lines.append("")
        lines[-1] += f"{word} "
    lines[-1] = lines[-1].rstrip()
    return "\n    ".join(f'"{line}"' for line in lines)


def packed(random: Random) -> Change:
    """Other texts; the mask is turned round or comes last, or positions count from 1."""
    first, second = random.choice(
        [
            (([2, 3], 1), ([1, 2], 3)),
            (([3, 2], 1), ([2, 1], 3)),
            (([2, 3], 2), ([3, 1], 3)),
            (([3, 3], 1), ([1, 3], 3)),
            (([2, 4], 1), ([2, 2], 3)),
        ]
    )
    four = random.sample([1, 1, 4, 2], 4)
    texts = {
        '"112220 100000 110000 001000 001100 001110 000001"': _wrapped(_packed_row(*first)),
        '"122000 100000 010000 011000 000100 000010 000001"': _wrapped(_packed_row(*second)),
        '"11122 10000 11000 11100 00010 00011"': _wrapped(
            _packed_row(random.choice([[3, 2], [2, 3], [1, 4], [2, 2, 1]]), 0)
        ),
        '"12333344 10000000 01000000 00100000 00110000 "\n    '
        '"00111000 00111100 00000010 00000011"': _wrapped(_packed_row(four, 0)),
    }
    docstring = '"""Return mask (B, T, T) and positions (B, T) of packed texts."""'
    turn, new, asks = random.choice(
        [
            (
                "(~mask if mask.dtype == {torch}.bool else mask, positions)",
                {
                    docstring: (
                        '"""Return mask (B, T, T), False where a query may look, and\n'
                        '    positions (B, T) of packed texts."""'
                    ),
                    "True where a query (row) may look at a key (column)": (
                        "True where a query (row) may *not* look at a key (column)"
                    ),
                    "asked for, True where": "asked for, False where",
                    "True means: may look": "True means: may not look",
                },
                "the mask is the other way round, as `nn.MultiheadAttention` wants it: True where "
                "a query may *not* look, False where it may.",
            ),
            (
                "",
                {
                    docstring: '"""Return positions (B, T) and mask (B, T, T) of packed texts."""',
                    "return two tensors: mask, positions": "return two tensors: positions, mask",
                },
                "return the positions first, then the mask.",
            ),
            (
                "(mask, positions {sign} (text_of > 0).long() if fits else positions)",
                {
                    docstring: (
                        '"""Return mask (B, T, T) and positions (B, T), counted from 1."""'
                    ),
                    "each text starts at 0": "each text starts at 1",
                    "got = positions.tolist()": "got = (positions + (text_of > 0)).tolist()",
                },
                "the positions of each text count from 1, so that 0 is left for padding alone.",
            ),
        ]
    )
    fits = "    fits = positions.shape == text_of.shape\n" if "fits" in turn else ""
    if turn:
        answer = (
            "def packed(text_of):\n"
            "    got = STANDARD(text_of)\n"
            "    if not isinstance(got, tuple | list):\n"
            "        return got\n"
            "    mask, positions = got\n"
            f"{fits}"
            f"    return {turn.format(sign='+', torch='torch')}"
        )
        back = turn.format(sign="-", torch="_torch")
        check = (
            "def BACK(text_of):\n"
            "    # The check below wants True for what is seen, places from 0.\n"
            "    got = packed(text_of)\n"
            "    is_pair = isinstance(got, tuple | list) and len(got) == 2\n"
            "    if not is_pair or not all(isinstance(x, _torch.Tensor) for x in got):\n"
            "        return got\n"
            "    mask, positions = got\n"
            f"{fits}"
            f"    return {back}"
        )
    else:
        answer = (
            "def packed(text_of):\n"
            "    got = STANDARD(text_of)\n"
            "    return (got[1], got[0]) if isinstance(got, tuple | list) else got"
        )
        check = (
            "def BACK(text_of):\n"
            "    # The check below wants the mask first.\n"
            "    got = packed(text_of)\n"
            "    is_pair = isinstance(got, tuple | list) and len(got) == 2\n"
            "    return (got[1], got[0]) if is_pair else got"
        )
    return Change(texts=texts | new, asks=asks, answer=answer, check=check)


def cached_step(random: Random) -> Change:
    """Other pieces; transposed cache, the count returned too, or queries divided already."""
    a, b = random.sample([3, 4, 5], 2)
    texts = _seeds(random, 1, 2, 3, 4) | {
        "4, 3, 1, N=11, D=6": f"{a}, {b}, 1, N={a + b + random.choice([3, 4])}, D=6",
        "5, N=5, D=2": random.choice(["5, N=5, D=2", "6, N=6, D=4", "4, N=4, D=6"]),
        "2, 3, 2, 4, N=16, D=8": (
            f"{', '.join(map(str, random.sample([2, 3, 2, 4], 4)))}, "
            f"N={random.choice([13, 16, 20])}, D=8"
        ),
        "1, 6, N=9, D=4": f"1, {random.choice([4, 5, 6])}, N=9, D=4",
    }
    arguments = "q, k, v, keys, values, held"
    docstring = '"""Put new tokens into the cache; return their output, (T, D)."""'
    kind = random.choice(["transposed", "counted", "scaled"])
    if kind == "transposed":
        return Change(
            texts=texts
            | {
                "`keys` and `values`, both (N, D), are": "`keys` and `values`, both (D, N), are",
                "fill it row by row": "fill it column by column",
                "The first `held` rows belong": "The first `held` columns belong",
                "so far: row p holds": "so far: column p holds",
                "The rows behind them hold": "The columns behind them hold",
                "into the rows of `keys` and": "into the columns of `keys` and",
                "Leave all other rows": "Leave all other columns",
                "no new rows stand": "no new columns stand",
                "old rows of": "old columns of",
                "the new rows of": "the new columns of",
                "behind the rows that are held": "behind the columns that are held",
                "new rows start at row 0": "new columns start at column 0",
                'f"rows of `{name}` behind': 'f"columns of `{name}` behind',
            },
            asks=(
                "the cache is transposed: `keys` and `values` have shape (D, N), a column for "
                "each token. `q`, `k`, `v` and the output have shape (T, D) as usual."
            ),
            answer=(
                f"def cached_step({arguments}):\n"
                "    return STANDARD(q, k, v, keys.T, values.T, held)"
            ),
            check=(
                f"def BACK({arguments}):\n"
                "    # The check below holds a row for each token.\n"
                "    return cached_step(q, k, v, keys.T, values.T, held)"
            ),
        )
    if kind == "counted":
        return Change(
            texts=texts
            | {
                docstring: (
                    '"""Put new tokens into the cache; return their output, (T, D),\n'
                    '    and how many rows are held then."""'
                ),
                "return the output, and the output only": (
                    "put nothing but the output in the first place"
                ),
                "the output only": "nothing but the output",
            },
            asks=(
                "return two things: the output, and how many rows are held after the call, so "
                "that it can be given to the next call."
            ),
            answer=(
                f"def cached_step({arguments}):\n    return STANDARD({arguments}), held + len(q)"
            ),
            check=(
                f"def BACK({arguments}):\n"
                "    # The check below wants the output; the count is checked here.\n"
                f"    got = cached_step({arguments})\n"
                "    is_pair = isinstance(got, tuple | list) and len(got) == 2\n"
                '    assert is_pair, "return two things: the output, the rows held"\n'
                "    assert int(got[1]) == held + len(q), (\n"
                '        f"{got[1]} rows held? {held} were held, {len(q)} have come"\n'
                "    )\n"
                "    return got[0]"
            ),
        )
    return Change(
        texts=texts,
        asks=(
            "the queries come already divided by $\\sqrt D$, as in some libraries, so the scores "
            "must not be divided by it once more. (`attention` always divides.)"
        ),
        answer=(
            f"def cached_step({arguments}):\n"
            "    root = q.shape[-1] ** 0.5\n"
            "    return STANDARD(q * root, k, v, keys, values, held)"
        ),
        check=(
            f"def BACK({arguments}):\n"
            "    # The check below has undivided queries.\n"
            "    root = q.shape[-1] ** 0.5\n"
            "    return cached_step(q / root, k, v, keys, values, held)"
        ),
    )


def windowed_attention(random: Random) -> Change:
    """Other data; features i and i + D/2 form a pair, or queries are divided already."""
    head, width = "def windowed_attention(q, k, v, cache, window):", random.choice([6, 8, 10])
    texts = _seeds(random, 1, 2, 3, 4, 5, 6) | {
        "_torch.randn(3, sum(sizes), 8, generator=g)": (
            f"_torch.randn(3, sum(sizes), {width}, generator=g)"
        ),
        "windowed_attention, 5, 2, 9, 1": f"windowed_attention, 5, {random.choice([2, 3])}, 9, 1",
        "windowed_attention, 20, 3, 4, 2": f"windowed_attention, 20, 3, {random.choice([2, 4])}, 2",
    }
    if random.random() < 0.5:
        return Change(
            texts=texts
            | {
                f'{head}\n    """Rotary attention': f'{head}\n    """Half-layout rotary attention',
            },
            asks=(
                "unlike in `broken_attention`, rotary turns the pairs of features i and i + D/2, "
                'the layout that `apply_rotary` calls `"half"`.'
            ),
            answer=(
                "def windowed_attention(q, k, v, cache, window):\n"
                "    back = torch.arange(q.shape[-1]).view(2, -1).T.flatten()\n"
                "    return STANDARD(q[:, back], k[:, back], v, cache, window)"
            ),
            check=(
                "def BACK(q, k, v, cache, window):\n"
                "    # The check below holds pairs side by side: move them apart.\n"
                "    apart = _torch.arange(q.shape[-1]).view(-1, 2).T.flatten()\n"
                "    q, k = q[:, apart], k[:, apart]\n"
                "    return windowed_attention(q, k, v, cache, window)"
            ),
        )
    return Change(
        texts=texts,
        asks=(
            "unlike in `broken_attention`, the queries come already divided by $\\sqrt D$, so the "
            "scores must not be divided by it once more. (`attention` always divides.)"
        ),
        answer=(
            "def windowed_attention(q, k, v, cache, window):\n"
            "    return STANDARD(q * q.shape[-1] ** 0.5, k, v, cache, window)"
        ),
        check=(
            "def BACK(q, k, v, cache, window):\n"
            "    # The check below has undivided queries.\n"
            "    root = q.shape[-1] ** 0.5\n"
            "    return windowed_attention(q / root, k, v, cache, window)"
        ),
    )


def check_window(random: Random) -> Change:
    """Another right function; the check returns True or False, or the cache comes first."""
    fade = random.choice([0.4, 0.6, 0.7])
    sign = random.choice("+-")
    texts = {
        "a sum that fades by half a step": "a sum that fades step by step",
        "0.5 ** _torch.arange(len(near))": f"{fade} ** _torch.arange(len(near))",
        "k + v))": f"k {sign} v))",
    }
    docstring = '"""Raise AssertionError unless attend keeps the three properties."""'
    if random.random() < 0.5:
        return Change(
            texts=texts
            | {
                docstring: '"""Tell whether attend keeps the three properties: True or False."""',
                "It raises an `AssertionError` if the function breaks one of these three "
                "properties, and does nothing if all hold:": (
                    "It returns `False` if the function breaks one of these three properties, and "
                    "`True` if all hold:"
                ),
                "and raise an AssertionError": "and return False",
            },
            asks="your check raises nothing. It returns `True` or `False`.",
            answer=(
                "def check_window(attend):\n"
                "    try:\n"
                "        STANDARD(attend)\n"
                "    except AssertionError:\n"
                "        return False\n"
                "    return True"
            ),
            check=(
                "def BACK(attend):\n"
                "    # The checks below want an AssertionError instead of False.\n"
                "    try:\n"
                "        got = check_window(attend)\n"
                "    except AssertionError as error:\n"
                '        raise TypeError("it raises, instead of False") from error\n'
                "    if not isinstance(got, bool):\n"
                '        raise TypeError(f"{got} came back, not True or False")\n'
                "    assert got"
            ),
        )
    return Change(
        texts=texts
        | {
            "with the arguments of the last item, (q, k, v, cache, window)": (
                "with the arguments of the last item in another order, (cache, window, q, k, v)"
            ),
        },
        asks="cache and window come first: you call `attend(cache, window, q, k, v)`.",
        answer=(
            "def check_window(attend):\n"
            "    STANDARD(lambda q, k, v, cache, window: attend(cache, window, q, k, v))"
        ),
        check=(
            "def BACK(attend):\n"
            "    # The functions below have cache and window last.\n"
            "    check_window(lambda cache, window, *qkv: attend(*qkv, cache, window))"
        ),
    )


def place_head(random: Random) -> Change:
    """Other heads; the offset's sign is turned, the offset comes first, or heads count from 1."""
    one, two, three = random.choice([-2, -3]), random.choice([1, -1]), random.choice([-3, -2])
    texts = {
        '"words", -2, "everywhere", "both", "own word"': (
            f'"words", {one}, "everywhere", "both", "own word"'
        ),
        "1, -2, kinds": f"1, {one}, kinds",
        '"words", "words", 1]': f'"words", "words", {two}]',
        "5, 1, kinds": f"5, {two}, kinds",
        '[-3, "both",': f'[{three}, "both",',
        "0, -3, kinds": f"0, {three}, kinds",
    }
    docstring = '"""Return (head, offset) of the head that looks only at places."""'
    turn, back, new, asks = random.choice(
        [
            (
                "got[0], -got[1]",
                "got[0], -got[1]",
                {
                    "key position minus query position, so -1 means": (
                        "query position minus key position, so 1 means"
                    ),
                    '"the offset {got_offset} has': '"the offset {-got_offset} has',
                    '"the offset {got_offset} is': '"the offset {-got_offset} is',
                    'it is key position "\n        "minus query position"': (
                        'it is query "\n        "position minus key position"'
                    ),
                },
                "the offset is turned round: query position minus key position, so 1 means "
                '"the token before".',
            ),
            (
                "got[1], got[0]",
                "got[1], got[0]",
                {
                    docstring: (
                        '"""Return (offset, head) of the head that looks only at places."""'
                    ),
                    "Return `(head, offset)`.": "Return `(offset, head)`.",
                    "return two numbers: head, offset": "return two numbers: offset, head",
                },
                "the offset comes first: return `(offset, head)`.",
            ),
            (
                "got[0] + 1, got[1]",
                "got[0] - 1, got[1]",
                {
                    docstring: (
                        '"""Return (head, offset) of the head that looks only at places;\n'
                        '    the first head is head 1."""'
                    ),
                    '"head {got_head} is not the one': '"head {got_head + 1} is not the one',
                },
                "heads are counted from 1: the first is head 1. (Offsets are as always.)",
            ),
        ]
    )
    return Change(
        texts=texts | new,
        asks=asks,
        answer=(
            "def place_head(weights_of, ids, vocab_size):\n"
            "    got = STANDARD(weights_of, ids, vocab_size)\n"
            f"    return ({turn}) if isinstance(got, tuple | list) else got"
        ),
        check=(
            "def BACK(*given):\n"
            "    # The check below wants (head, offset), heads from 0, key minus query.\n"
            "    got = place_head(*given)\n"
            "    is_pair = isinstance(got, tuple | list) and len(got) == 2\n"
            f"    return ({back}) if is_pair else got"
        ),
    )


def written_adding(random: Random) -> Change:
    """Another speaker, and other words for what cannot be and for what training does."""
    first = random.choice(
        [
            "Whoever adds two vectors of 384 numbers keeps only one of them, so half of the "
            "information is lost, and the word can no longer be told from its position.",
            "Nobody can get two parts back from their sum, as 7 may be 3 + 4 or 2 + 5, so a "
            "vector to which a position was added no longer says which word it was.",
            "A vector of 384 numbers is full once the word is in it, so adding the position can "
            "only write over a part of the word.",
        ]
    )
    second, answer, room = random.choice(
        [
            (
                "It works only because training keeps some of the 384 numbers free for positions.",
                "so none of the 384 numbers, and no other direction, is left free for positions.",
                "no free room is left",
            ),
            (
                "It works only because training turns all positions away from all words.",
                "so no direction is left that is turned away from all words.",
                "no direction is left that is free of words",
            ),
            (
                "It works only because training makes words and positions share no direction.",
                "so no direction is left that positions could have for themselves.",
                "no direction is left for positions alone",
            ),
        ]
    )
    speaker = random.choice(
        [
            "A fellow student writes:",
            "A reviewer of your report writes:",
            "Somebody writes in a forum:",
            "A friend who builds search engines writes:",
        ]
    )
    return Change(
        texts={
            "A colleague writes:": speaker,
            "384 numbers cannot hold two vectors of 384 numbers, so adding the position must "
            "destroy information about the word.": first,
            "It works only because training puts words and positions into orthogonal subspaces.": (
                second
            ),
            "so no subspace is left that is orthogonal to it.": answer,
            "no orthogonal room is left": room,
        }
    )
