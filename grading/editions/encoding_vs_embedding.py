"""Private editions of the homework on encoding vs embedding: what each item changes."""

from random import Random

import numpy as np

from grading.edition import Change
from src.names import keeps_habit, load_names_in_code


def predict_sizes(random: Random) -> Change:
    """Another text; in some editions the one-hot vectors of all ids together."""
    text, letter = random.choice(
        [
            ("Beyoncé sings again", "é"),
            ("Renée reads the news", "é"),
            ("The café opens at nine", "é"),
            ("José drinks cold tea", "é"),
            ("Our résumé is short", "é"),
            ("André and José play chess", "é"),
            ("Chloë has two cats", "ë"),
            ("The fiancé is late", "é"),
            ("São Paulo is large", "ã"),
            ("A naïve idea works", "ï"),
            ("Müller kicks the ball", "ü"),
            ("Björn walks home", "ö"),
            ("Peña writes long letters", "ñ"),
        ]
    )
    ids = len(text.split()) + 2
    texts = {
        "Zoë loves ice cream": text,
        "19": str(len(text)),
        '"bytes": 20': f'"bytes": {len(text.encode())}',
        '"ids": 6': f'"ids": {ids}',
        "What of ë": f"What of {letter}",
    }
    if random.random() < 0.5:
        texts |= {
            "the one-hot encoding of *one* of these ids has": (
                "the one-hot encodings of *all* these ids have together"
            ),
            '"one_hot": 30522': f'"one_hot": {30522 * ids}',
            '"one_hot": len(model.table.tokens)': (
                '"one_hot": len(model.table.tokens)\n'
                "        * len(model.tokenizer.encode(text).ids)"
            ),
            "how many tokens can occur? A one-hot vector is as wide": (
                "how many tokens can occur? A one-hot vector is as wide, and each id has one"
            ),
        }
    return Change(texts)


def ids_of(random: Random) -> Change:
    """Other tables; the last vector's id comes first, or ids count from the end: -1, -2, ..."""
    a, b = random.sample([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9], 2)
    first, second = f"[{a}, {1 - a:.1f}]", f"[{b}, {1 - b:.1f}]"
    third = f"[0.{random.randrange(1, 5)}, 0.{random.randrange(1, 5)}]"
    times, word = random.choice([(2, "twice"), (4, "four times"), (8, "eight times")])
    c, d = random.sample(range(1, 7), 2)
    p, q, r, s = random.sample(range(1, 10), 4)
    x, y, z = random.sample(range(1, 10), 3)
    m, n = random.sample(range(1, 10), 2)
    u, v = random.sample(range(2, 10), 2)
    rows = random.randrange(40, 90)
    ids = random.sample(range(1, rows), 4)
    texts = {
        "[[0.1, 0.9], [0.8, 0.2], [0.3, 0.4]]": f"[{first}, {second}, {third}]",
        "[[0.1, 0.9], [0.8, 0.2], [0.1, 0.9]]": f"[{first}, {second}, {first}]",
        "[[1.0, 2.0], [2.0, 4.0]]": f"[[{c}.0, {d}.0], [{times * c}.0, {times * d}.0]]",
        "one row twice as long": f"one row {word} as long",
        "[[1.0, 5.0], [1.0, 3.0], [2.0, 3.0]]": (
            f"[[{p}.0, {q}.0], [{p}.0, {r}.0], [{s}.0, {r}.0]]"
        ),
        "    [1.0, 2.0, 3.0],\n    [1.0, 2.0, -3.0],\n    [3.0, 2.0, 1.0],\n    [2.0, 4.0, 6.0],": (
            f"    [{x}.0, {y}.0, {z}.0],\n    [{x}.0, {y}.0, -{z}.0],\n"
            f"    [{z}.0, {y}.0, {x}.0],\n    [{2 * x}.0, {2 * y}.0, {2 * z}.0],"
        ),
        "[[0.5]]": f"[[{random.choice([0.25, 1.5, 2.5])}]]",
        "[[1.0], [2.0], [2.0]]": f"[[{m}.0], [{n}.0], [{n}.0]]",
        "[[1.0, 1.0], [5.0, 2.0], [1.0, 1.0]]": f"[[1.0, 1.0], [{u}.0, {v}.0], [1.0, 1.0]]",
        ".manual_seed(0)": f".manual_seed({random.randrange(1, 1000)})",
        "_torch.randn(60, 8,": f"_torch.randn({rows}, {random.randrange(5, 12)},",
        "[59, 3, 3, 40, 0, 17, 58]": f"[{rows - 1}, {ids[0]}, {ids[0]}, 0, {str(ids[1:])[1:-1]}]",
    }
    stub = '"""Return the ids (T,) of vectors (T, D) that are rows of a table."""'
    wrap = (
        "def ids_of(vectors, table):\n"
        "    ids = STANDARD(vectors, table)\n"
        "    return {} if isinstance(ids, torch.Tensor) else ids"
    )
    if random.random() < 0.5:
        texts |= {
            stub: '"""Return the ids (T,) of rows of a table, that of the last vector first."""',
            "_small, [0, 1, 2]": "_small, [2, 1, 0]",
            "vectors = table[ids]": "vectors = table[ids.flip(0)]  # the last one's id is first",
        }
        asks = "the ids come in the opposite order: the first one belongs to the last of `vectors`."
        return Change(texts, asks, wrap.format("ids.flip(0)"))
    texts |= {
        stub: '"""Return the ids (T,) of rows of a table, counted from its end: -1, -2, ..."""',
        "    ids = _torch.tensor(ids)\n    vectors = table[ids]": (
            "    ids = _torch.tensor(ids) - len(table)  # the last row is -1\n"
            "    vectors = table[ids]"
        ),
        "do you count from 1": "is the last row 0 for you, and not -1",
    }
    asks = (
        "ids count from the end, as indices of Python can: the last row of the table has id -1, "
        "the first one -V."
    )
    return Change(texts, asks, wrap.format("ids - len(table)"))


_RUNGS = {  # for each letter of the public item: the rung, the hints, and sentences with them
    "a": (
        "technique",
        "what can a model adopt",
        [
            ("Many decoders have adopted rotary *encoding*.", "what can a model adopt"),
            ("Since 2021 more and more teams choose rotary *encoding*.", "what can a team choose"),
            ("For longer texts we now rely on rotary *encoding*.", "what can one rely on"),
        ],
    ),
    "b": (
        "table",
        "what is a matrix of so many rows",
        [
            ("Our *embedding* is a matrix of 50,000 by 768, stored as int8.", ""),
            ("We keep the *embedding*, a matrix of 32,000 by 512, on the disk.", ""),
            ("The decoder multiplies by its own *embedding*, a matrix of 30,000 by 256.", ""),
        ],
    ),
    "c": (
        "row",
        "how many entries of the table are meant",
        [
            ("The *embedding* of position 0 is the longest of all 512.", ""),
            ("Before training, the *embedding* of position 7 is set to zero, no other.", ""),
            ("No text was longer than 200, so the *embedding* of position 300 is untrained.", ""),
        ],
    ),
    "d": (
        "table",
        "what has a number of rows",
        [
            ("For shorter texts, cut the position *embedding* from 2048 to 256 rows.", ""),
            ("Initialise the position *embedding* with 512 rows of sines.", ""),
            ("A checkpoint with 1024 rows of position *embedding* does not fit a new model.", ""),
        ],
    ),
    "e": (
        "output vector",
        "is it in any table, or does it come out for",
        [
            ("Take the last layer's vector at `[CLS]`; it is the *embedding* of this review.", ""),
            ("We store one *embedding* for each web page, the mean of its last states.", ""),
            ("Run the model on the question; its mean last state is the *embedding*.", ""),
        ],
    ),
    "f": (
        "space",
        "what has corners in which things lie",
        [
            (
                "Fruits form one cluster in the *embedding*, tools another.",
                "what has clusters in which things lie",
            ),
            (
                "Verbs fill one region of the *embedding*, names the opposite one.",
                "what has regions in which things lie",
            ),
            (
                "Animals lie on one side of the *embedding*, plants on the other.",
                "what has sides on which things lie",
            ),
        ],
    ),
    "g": (
        "layer",
        "what do you call with a length",
        [
            ("`SinusoidalEncoding(128)` is our *encoding*: `encoding(T)` is (1, T, 128).", ""),
            ("Our *encoding*, made by `SinusoidalEncoding(32)`, is called with a length.", ""),
            ("Register the *encoding* as a submodule; called with T it returns (1, T, 256).", ""),
        ],
    ),
    "h": (
        "function",
        "what maps one thing to another",
        [
            ("Let the *encoding* $e$ map p to $(\\cos p, \\sin p, p)$, three numbers.", ""),
            ("The *encoding* $e: p \\mapsto (\\sin 2p, \\cos 2p)$ maps a position to two.", ""),
            ("Since $e(p) = (\\sin p, \\cos p)$, the *encoding* $e$ maps p and p + 2π alike.", ""),
        ],
    ),
    "i": (
        "technique",
        "what is replaced, an object or an idea",
        [
            (
                "T5 drops sinusoidal *encoding* in favour of a number added to the scores.",
                "what is dropped, an object or an idea",
            ),
            (
                "GPT prefers learned positions to sinusoidal *encoding*.",
                "what is less liked, an object or an idea",
            ),
            (
                "ALiBi does without sinusoidal *encoding*.",
                "what is done without, an object or an idea",
            ),
        ],
    ),
    "j": (
        "output vector",
        "a row is the same in each text: is this",
        [
            ('Behind layer 4 the *embedding* of "spring" depends on the words around it.', ""),
            ('What layer 8 puts out as *embedding* of "light" differs between two texts.', ""),
            ('In a text on rivers "bank" leaves the last layer with another *embedding*.', ""),
        ],
    ),
}
_RUNG_SENTENCES = """\
- **a** Most models of today have adopted rotary *encoding*.
- **b** We call `embed.weight` our *embedding*: a matrix of 30,000 by 384.
- **c** The *embedding* of position 3 is trained together with those of positions 0 to 511.
- **d** To read longer texts, resize the position *embedding* from 512 to 1024 rows.
- **e** Average the last hidden states; the result is the *embedding* of this paragraph.
- **f** Cities lie in one corner of the *embedding*, rivers in another.
- **g** `SinusoidalEncoding(64)` is our *encoding*: called with a length it returns (1, T, 64).
- **h** Write the *encoding* as $e(p) = (\\sin p, \\cos p)$: it maps a position to two numbers.
- **i** BERT replaces sinusoidal *encoding* by learned positions.
- **j** After layer 6 the *embedding* of "bank" is another in this text than in that."""


def rungs(random: Random) -> Change:
    """Other sentences, in another order."""
    place = _shuffled(random, {old: [rung] for old, (rung, _, _) in _RUNGS.items()}, 5)
    rung_at = {place[old]: rung for old, (rung, _, _) in _RUNGS.items()}
    texts, sentences = {'{"a": "table", ...}': '{"a": "table", ...}'}, {}
    for old, (_, hint, drawn) in _RUNGS.items():
        sentences[place[old]], other = random.choice(drawn)
        texts[f'"{old}":'] = f'"{place[old]}":'
        texts[hint] = other or hint
    texts[_RUNG_SENTENCES] = "\n".join(f"- **{x}** {sentences[x]}" for x in sorted(sentences))
    public = "".join(f'    "{old}": "{rung}",\n' for old, (rung, _, _) in _RUNGS.items())
    texts[public] = "".join(f'    "{x}": "{rung_at[x]}",\n' for x in sorted(rung_at))
    return Change(texts)


def kind_of(random: Random) -> Change:
    """Other schemes, often other words; starts begin not at 0 but at some later position."""
    start = random.choice([10, 15, 20, 25, 30, 40, 50, 60, 75, 80])
    short, long = random.choice([(20, 60), (30, 60), (20, 80), (40, 80), (30, 90), (25, 100)])
    yes, no = random.choice(
        [("relative", "absolute"), ("invariant", "variant"), ("independent", "dependent")]
    )
    texts = {
        "It works for starts from 0 to 300.": (
            f"It works for starts from {start} to {start + 300} only."
        ),
        "    def scores(start):\n": (
            "    def scores(start):\n"
            f"        assert {start} <= start <= {start + 300}, (\n"
            f'            f"scores({{start}}): starts go from {start} to {start + 300}"\n'
            "        )\n"
        ),
        "T=6, D=8": f"T={random.randrange(5, 9)}, D={random.choice([8, 12, 16])}",
        ".manual_seed(0)": f".manual_seed({random.randrange(1, 1000)})",
        "far / 4": f"far / {random.choice([2, 3, 5, 8])}",
        "repeats after 20": f"repeats after {short}",
        "100": str(long),
        '"relative"': f'"{yes}"',
        '"absolute"': f'"{no}"',
        "'absolute' or 'relative'": f"'{no}' or '{yes}'",
        "and yet absolute": f"and yet {no}",
    }
    answer = (
        "def kind_of(scores):\n"
        f"    # The function above counts starts from 0, the scores count them from {start}.\n"
        f"    return STANDARD(lambda start: scores(start + {start}))"
    )
    return Change(texts, answer=answer)


def origin_of(random: Random) -> Change:
    """Other layers; fewer positions than the public solution asks for, and other words."""
    length, dim = random.choice([4, 5, 6, 7]), random.choice([4, 6, 8])
    yes, no = random.choice(
        [("trainable", "constant"), ("changeable", "constant"), ("trainable", "untrainable")]
    )
    return Change(
        {
            "T may be up to 12": f"T may be up to {length}",
            "layer(8)": f"layer({random.randrange(3, length + 1)})",
            "_LearnedPositions(12, 4)": f"_LearnedPositions({length}, {dim})",
            "_Sines(4)(12)[0]": f"_Sines({dim})({length})[0]",
            "_Sines(4)": f"_Sines({dim})",
            "super().__init__(4)": f"super().__init__({dim})",
            "[1.0, 0.3]": f"[1.0, {random.choice([0.2, 0.25, 0.4, 0.5])}]",
            ".manual_seed(0)": f".manual_seed({random.randrange(1, 1000)})",
            '"learned"': f'"{yes}"',
            '"fixed"': f'"{no}"',
            "'fixed' or 'learned'": f"'{no}' or '{yes}'",
        }
    )


_SENTENCES = {  # for each number of the public item: the key, and sentences that have it
    1: (
        "f i a v",
        "Each token vector gets a vector of sines of its position added before the first layer.",
        "The input is the token vector plus a sinusoidal vector of the position.",
    ),
    2: (
        "l i a v",
        "There is one trained vector per position; we add it to the token's vector at the input.",
        "A table, updated in each training step, has a row per position, added to the token's row.",
    ),
    3: (
        "l t r n",
        "To every score a head adds a number that it has learned for that offset.",
        "A trained scalar for each head and each bucket of offsets is added to the score.",
    ),
    4: (
        "f t r n",
        "From a score we subtract the tokens' distance times a constant that nobody trains.",
        "Attention scores fall by a constant, chosen by hand, for each step between two tokens.",
    ),
    5: (
        "f t r o",
        "Queries and keys are rotated, by their position times constant speeds, before they meet.",
        "Pairs of numbers in each query and key are turned as far as a formula of the position "
        "says.",
    ),
    6: (
        "l i a v",
        "The position embeddings start as a copy of the sinusoidal ones; training updates them.",
        "Sines are only the start: each training step moves our position embeddings.",
    ),
    7: (
        "? i a v",
        "Positional encodings are summed with the word vectors.",
        "The input of the first layer is the word vector plus its position encoding.",
    ),
    8: (
        "l t r o",
        "Our rotary embedding has speeds that are parameters and receive gradients.",
        "How fast our rotary embedding turns queries and keys is found by training.",
    ),
    9: (
        "l t r v",
        "In each layer's attention a trained vector, looked up by the offset, is added to the key.",
        "Inside attention, an embedding of the offset, learned with the rest, is added to keys.",
    ),
    10: (
        "f i a v",
        "Random position embeddings, never updated, are added to the token vectors.",
        "To each token we add the row of a random position table that gets no gradient.",
    ),
    11: (
        "l t a n",
        "The score of places i and j gets entry (i, j) of a trained N by N matrix added.",
        "For each two places, i and j, a number of their own is learned and added to the score.",
    ),
    12: (
        "l i a v",
        "To each patch of the image we add a trainable positional encoding.",
        "A positional encoding, trained from scratch, is added to the frames of the sound.",
    ),
}
_PUBLIC_SENTENCES = """\
- **1** "We add sines and cosines of the position to the token vectors."
- **2** "Row p of a table, trained with the rest, is added to the p-th token."
- **3** "Each head adds to a score a trained scalar, found by the bucket of the distance."
- **4** "A penalty grows with the distance; its slopes are set in advance, one per head."
- **5** "Before their product, queries and keys are turned by angles that grow with their \
positions, at the usual speeds."
- **6** "Our position embeddings are initialised with sines and then trained."
- **7** "We add positional encodings to the word vectors."
- **8** "The frequencies of our rotary embedding are trained with the other weights."
- **9** "In every attention layer, keys get a trained embedding of the offset added, as Shaw and \
others propose."
- **10** "The position table was drawn at random and frozen before training; its rows are added to \
the input."
- **11** "Each pair of places (i, j) has a trained scalar of its own in an N by N matrix, added to \
the scores."
- **12** "A learned positional encoding is added to the patches of the image.\""""
_WORDS = {
    **{"f": "fixed", "l": "learned", "?": "?", "i": "input", "t": "attention", "a": "absolute"},
    **{"r": "relative", "v": "vector", "o": "rotation", "n": "number"},
}


def classify(random: Random) -> Change:
    """Other sentences, in another order."""
    place = _shuffled(random, {old: key.split() for old, (key, *_) in _SENTENCES.items()}, 12)
    key_at = {place[old]: key for old, (key, *_) in _SENTENCES.items()}
    said = {place[old]: random.choice(drawn) for old, (_, *drawn) in _SENTENCES.items()}

    def solution(keys: dict[int, str]) -> str:
        words = {n: ", ".join(f'"{_WORDS[x]}"' for x in keys[n].split()) for n in sorted(keys)}
        return "".join(f"    {n}: ({words[n]}),\n" for n in words)

    def in_test(keys: dict[int, str]) -> str:
        return "".join(f'    "Sentence {n}": "{keys[n]}",\n' for n in sorted(keys))

    public = {old: key for old, (key, *_) in _SENTENCES.items()}
    example = '{1: ("fixed", "input", "relative", "number"), ...}'
    return Change(
        {f"{old}: (": f"{place[old]}: (" for old in place}
        | {f"Sentence {old}": f"Sentence {place[old]}" for old in place}
        | {
            example: example,
            solution(public): solution(key_at),
            in_test(public): in_test(key_at),
            _PUBLIC_SENTENCES: "\n".join(f'- **{n}** "{said[n]}"' for n in sorted(said)),
        }
    )


def _shuffled(random: Random, answers: dict, least: int) -> dict:
    """Return a new place for each old one, so that at least so many of the old answers are wrong.

    Args:
        random: the edition's.
        answers: the words of the answer at each old place.
        least: how many words must differ from those of the old answer at the same place.
    """
    while True:
        place = dict(zip(answers, random.sample(list(answers), len(answers)), strict=True))
        pairs = [(answers[old], answers[new]) for old, new in place.items()]
        if sum(x != y for pair in pairs for x, y in zip(*pair, strict=True)) >= least:
            return place


def noun(random: Random) -> Change:
    """Other names, and one more word that counts as encoding or as embedding."""
    word, right, seen, unseen = random.choice(
        [
            ("encode", "encoding", "encode_positions", "AbsPosEncode"),
            ("encoded", "encoding", "EncodedOffsets", "encoded_rows"),
            ("pe", "encoding", "sine_pe", "RelativePE"),
            ("code", "encoding", "PositionCode", "code_of_place"),
            ("embeds", "embedding", "inputs_embeds", "TextEmbeds"),
            ("embedded", "embedding", "EmbeddedTokens", "embedded_rows"),
        ]
    )
    more = {
        "encoding": {
            "*encoding, encodings, enc*": f"*encoding, encodings, enc, {word}*",
            '"enc"': f'"enc", "{word}"',
        },
        "embedding": {
            "*embedding, embeddings, embed, emb, embs*": (
                f"*embedding, embeddings, embed, emb, embs, {word}*"
            ),
            '"emb", "embs"': f'"emb", "embs", "{word}"',
        },
    }[right]
    both, last = (
        '("EncodingToEmbedding", "both", "both"),',
        '("T5RelativeBias", "neither", "none"),',
    )
    short = random.sample(["rel", "time", "abs", "patch"], 2)
    inside = random.sample(["sequence", "frequency", "reference", "influence"], 2)
    model = random.choice(["Gemma", "Mistral", "Qwen", "Falcon", "Phi"])
    return Change(
        more
        | {
            '"snake": "do you split at underscores?",': (
                '"snake": "do you split at underscores?",\n'
                f'        "listed": "the list of words for {right} has {word} too",'
            ),
            both: f'{both}\n        ("{seen}", "{right}", "listed"),',
            last: f'{last}\n        ("{unseen}", "{right}", "listed"),',
            "pos_enc": f"{short[0]}_enc",
            "pos_emb": f"{short[1]}_emb",
            "LlamaRotaryEmbedding": f"{model}RotaryEmbedding",
            "sequence_length": f"{inside[0]}_{random.choice(['length', 'base', 'map'])}",
            "frequencies": f"{inside[1]}_2",
            "member_of": random.choice(["assembly_step", "remember_state", "member_ids"]),
            "TransformerEncoder": f"{random.choice(['Conformer', 'Image', 'Audio'])}Encoder",
            "PatchEmbedder": f"{random.choice(['Patch', 'Token', 'Time'])}Embedder",
        }
    )


def above_chance(random: Random) -> Change:
    """Other tables; their rows or their columns stand in the other order."""
    columns = random.random() < 0.5

    def shown(table: list[list[int]]) -> str:
        return str([row[::-1] for row in table] if columns else table[::-1])

    main, hints = _clear_table(random)
    bad = [[0, random.randrange(200, 400)], [random.randrange(5, 30), random.randrange(50, 200)]]
    many = [
        [random.randrange(30, 60), random.randrange(300, 500)],
        [random.randrange(5, 20), random.randrange(50, 90)],
    ]
    size, one, nine, four = random.sample(range(2, 20), 4)
    even = random.randrange(3, 9)
    tables = {
        "[[20, 60], [10, 110]]": main,
        "[[10, 30], [40, 20]]": [[size, 3 * size], [4 * size, 2 * size]],
        "[[7, 0], [0, 0]]": [[size, 0], [0, 0]],
        "[[1, 0], [0, 3]]": [[one, 0], [0, nine]],
        "[[0, 300], [10, 90]]": bad,
        "[[5, 5], [30, 30]]": [[even, even], [5 * even, 5 * even]],
        "[[0, 0], [0, 9]]": [[0, 0], [0, nine]],
        "[[0, 4], [0, 0]]": [[0, four], [0, 0]],
        "[[39, 406], [11, 70]]": many,
    }
    olds = [
        *("0.186047", "(0.65", "(0.08", "(0.140351", "0.3,", "(-0.511628", "(0.385965"),
        *("(18.604651", "(0.627660", "0.270833", "0.031008"),
    ]
    texts = {old: shown(new) for old, new in tables.items()}
    for old, value in zip(olds, hints, strict=True):
        before, after = old[: old[0] == "("], old[len(old.rstrip(",")) :]
        texts[old] = f"{before}{value:.6f}{after}"
    which = "column" if columns else "row"
    texts["(0.65"] = (
        f'({-hints[3]:.6f}, "which {which} is {which} 0? Read it again"),\n        {texts["(0.65"]}'
    )
    share = random.randrange(60, 95)
    texts |= {
        "-0.0508475": f"{_kappa(bad):.7f}",
        "-0.0160838": f"{_kappa(many):.7f}",
        "80%": f"{share}%",
        "75%": f"{share - random.randrange(3, 8)}%",
    }
    if columns:
        old = "called encoding (column 0) or embedding (column 1)"
        texts[old] = "called embedding (column 0) or encoding (column 1)"
    else:
        texts["fixed (row 0) or learned (row 1)"] = "learned (row 0) or fixed (row 1)"
    answer = (
        f"def above_chance(table):\n    return STANDARD(table.flip({int(columns)}))  # as it was"
    )
    return Change(texts, answer=answer)


def _kappa(table: list[list[int]]) -> float:
    shares = np.array(table) / np.sum(table)
    chance = shares.sum(axis=0) @ shares.sum(axis=1)
    return float((shares.trace() - chance) / (1 - chance))


def _clear_table(random: Random) -> tuple[list[list[int]], list[float]]:
    """Return a table on which every mistake gives another number, with the right one first."""
    while True:
        table = [[10 * random.randrange(1, 13) for _ in range(2)] for _ in range(2)]
        (a, b), (c, d) = table
        n = a + b + c + d
        kept, half = (a + d) / n, 0.5
        chance = ((a + b) * (a + c) + (c + d) * (b + d)) / n**2
        first, things = (a + b) * (a + c) / n**2, ((a + b) ** 2 + (c + d) ** 2) / n**2

        def above(kept: float, chance: float) -> float:
            return (kept - chance) / (1 - chance)

        right = above(kept, chance)
        values = [
            *(right, kept, kept - chance, kept / chance - 1, above(kept, half)),
            *(above(1 - kept, chance), above(kept, 1 - chance), 100 * right, above(kept, first)),
            *(above(kept, things), above((a / (a + b) + d / (c + d)) / 2, chance)),
        ]
        unturned = 1 - kept / chance
        if right > 0.1 and np.diff(np.sort([*values, unturned, 0.0])).min() > 0.01:
            return table, values


_CASES = [  # the phrase, the new word, the reason, the technique, the meant, 2a, 2b, the print
    (
        "our learned positional encodings",
        "embeddings",
        "because learned ones are embeddings, as everybody knows",
        "a trained table in which a position's row is looked up, is a positional encoding; its row "
        "for position 3",
        "technique",
        "It is learned since training changes the table (2a), whatever the noun: RoFormer writes "
        '"trainable absolute position encoding" (2b)',
        "learned positional encoding, one row per position",
        "tables are learned",
    ),
    (
        "our frozen random position embeddings",
        "encodings",
        "because what is never trained is an encoding, as everybody knows",
        "a random table in which a position's row is looked up, is a positional encoding; its row "
        "for position 3",
        "vectors",
        "It is fixed since no training step changes it (2a); fixed things are called embedding "
        "too, as in RoFormer's title (2b)",
        "fixed random position vectors",
        "random numbers are fixed",
    ),
    (
        "our positional encodings with trained frequencies",
        "embeddings",
        "because what is trained is an embedding, as everybody knows",
        "sines whose frequencies are trained, is a positional encoding; the vector that it gives "
        "for position 3",
        "technique",
        "It is learned since a training step changes its vectors (2a); learned things are called "
        "encoding too (2b)",
        "sinusoidal positional encoding with learned frequencies",
        "it has parameters",
    ),
]


def written_terms(random: Random) -> Change:
    """The reviewer wants another phrase renamed, for another reason."""
    phrase, new, reason, technique, meant, origin, wording, empty = random.choice(_CASES)
    old_noun = "embeddings" if new == "encodings" else "encodings"
    sense = {
        "vectors": "are the vectors that are added; or, for one who agrees, that the scheme is",
        "technique": "name the technique; or, for one who agrees, that the vectors are",
    }[meant]
    return Change(
        {
            '"our sinusoidal positional embeddings" to "encodings", "because fixed ones are '
            'encodings, as everybody knows"': f'"{phrase}" to "{new}", "{reason}"',
            "sines and cosines of the position, is a positional encoding; the vector that it gives "
            "for position 3": technique,
            "speaks of the vectors (1b)": f"speaks of the {meant} (1b)",
            "Whether it is fixed is settled by whether a training step changes it (2a); learned "
            "ones are called encodings too (2b)": origin,
            "fixed sinusoidal position vectors": wording,
            '"embeddings" in the phrase are the vectors that are added; or, for one who agrees, '
            "that the scheme is meant": f'"{old_noun}" in the phrase {sense} meant',
            '"sines are fixed"': f'"{empty}"',
        }
    )


def bootstrap_interval(random: Random) -> Change:
    """An interval of 90% or 88%, often of the share that breaks the habit; other libraries."""
    tail = random.choice([5, 6])
    breaks = random.random() < 0.5
    # Without one of these, the intervals of any two mistakes lie well apart.
    left_out = random.choice(
        [
            *("timm", "espnet", "torchtune", "positional-encodings", "x-transformers"),
            *("nemo-toolkit", "labml-nn", "darts"),
        ]
    )
    right, hints = _intervals(left_out, tail / 100, breaks)
    seed = random.randrange(10, 1000)
    olds = [
        *("(0.092, 0.469)", "(0.173, 0.245)", "(0.323, 0.629)", "(0.350, 0.610)"),
        *("(0.039, 0.473)", "(0.153, 0.500)", "(0.133, 0.420)"),
    ]
    texts = {
        "a 95% interval": "a 90% interval" if tail == 5 else "an 88% interval",
        "from the 2.5th to the 97.5th percentile": (
            f"from the {tail}th to the {100 - tail}th percentile"
        ),
        "0.025": f"{tail / 100}",
        "0.975": f"{1 - tail / 100}",
        "Are these the percentiles 5 and 95? 2.5 and 97.5 are asked for": (
            f"Are these the percentiles {2 * tail} and {100 - 2 * tail}? "
            f"{tail} and {100 - tail} are asked for"
        ),
        "Are these the percentiles 5 and 95": (
            f"Are these the percentiles {2 * tail} and {100 - 2 * tail}"
        ),
        'if r.kind == "class"]': f'if r.kind == "class" and r.library != "{left_out}"]',
        "classes of src's audit": f"classes of src's audit without {left_out}",
        "(0.147, 0.536)": right,
        **dict(zip(olds, hints, strict=True)),
        "seed=3": f"seed={seed}",
        "seed=4": f"seed={seed + 1}",
        "seed=5": f"seed={seed + 2}",
    }
    if breaks:
        texts |= {
            "names that keep the habit": "names that break the habit",
            "how many keep it": "how many break it",
            "the share that keeps it": "the share that breaks it",
            "kept = keeps_habit(row.noun, row.origin)": (
                "keeps = keeps_habit(row.noun, row.origin)\n"
                "        broken = None if keeps is None else not keeps"
            ),
            "kept": "broken",
            "count as broken": "count as kept",
        }
        other = _intervals(left_out, tail / 100, breaks=False)[0]
        hint = "Is that the share that keeps the habit?"
    else:
        other = _intervals(left_out, 0.025, breaks=False)[0]
        hint = f"Are these the percentiles 2.5 and 97.5? {tail} and {100 - tail} are asked for"
    texts["_hints = ["] = f'_hints = [\n    (\n        {other},\n        "{hint}",\n    ),'
    return Change(texts)


def _intervals(left_out: str, tail: float, breaks: bool) -> tuple[str, list[str]]:
    """Return the right interval, and those of the mistakes in the order of the test's hints."""
    rows, libraries, with_silent = [], {}, {}
    for row in load_names_in_code():
        if row.kind != "class" or row.library == left_out:
            continue
        kept = keeps_habit(row.noun, row.origin)
        counted = (kept is (not breaks)) * row.count, row.count
        with_silent.setdefault(row.library, []).append(counted)
        if kept is not None:
            rows.append(counted)
            libraries.setdefault(row.library, []).append(counted)
    once = [(sum(k > 0 for k, _ in x), len(x)) for x in libraries.values()]
    g = np.random.default_rng(0)

    def pool(libraries: dict[str, list[tuple[int, int]]]) -> list[tuple[int, int]]:
        return [(sum(k for k, _ in x), sum(n for _, n in x)) for x in libraries.values()]

    def drawn(units: list[tuple[float, int]]) -> np.ndarray:
        values, size = np.array(units, dtype=float), len(units)
        times = g.multinomial(size, np.full(size, 1 / size), size=10_000)
        return (times @ values[:, 0]) / (times @ values[:, 1])

    def shown(low: float, high: float) -> str:
        return f"({low:.3f}, {high:.3f})"

    def middle(shares: np.ndarray, tail: float = tail) -> str:
        return shown(*np.quantile(shares, [tail, 1 - tail]))

    pooled = pool(libraries)
    right = drawn(pooled)
    kept, all_of_them = np.sum(pooled, axis=0)
    mean, spread = right.mean(), right.std()
    return middle(right), [
        middle(drawn(rows)),
        middle(g.binomial(600, kept / all_of_them, size=10_000) / 600),
        middle(drawn([(k / n, 1) for k, n in pooled])),
        middle(drawn(once)),
        shown(mean - 2 * spread, mean + 2 * spread),
        middle(right, 2 * tail),
        middle(drawn(pool(with_silent))),
    ]
