"""Right and wrong answers to the homework of the chapter on the terms."""

from tests.grading.harness import Item, Wrong


def ids_of(
    check="len(torch.unique(table, dim=0)) < len(table)",
    same="(vectors[:, None] == table).all(-1)",
    out="same.int().argmax(1)",
) -> str:
    """Return a solution of ids_of, by its parts."""
    return (
        "import torch\n\n\ndef ids_of(vectors, table):\n"
        f"    if {check}:\n        raise ValueError('not one-to-one')\n"
        f"    same = {same}\n    return {out}\n"
    )


RUNGS = {
    "a": "technique",
    "b": "table",
    "c": "row",
    "d": "table",
    "e": "output vector",
    "f": "space",
    "g": "layer",
    "h": "function",
    "i": "technique",
    "j": "output vector",
}


def rungs(**changes: str) -> str:
    """Return the right rungs, with some changed."""
    return f"rung_of = {RUNGS | changes!r}\n"


ORIGIN = """
import copy

import torch


def origin_of(layer):
    {start}
    before = layer({T}).detach().clone()
    free = {free}
    out = layer({T})
    if {can}:
        ({loss}).backward()
        {step}
    return "learned" if {learned} else "fixed"
"""


def origin(
    start="layer = copy.deepcopy(layer)",
    T="6",
    free="[p for p in layer.parameters() if p.requires_grad]",
    can="free and out.requires_grad",
    loss="(out * torch.arange(1.0, 1 + out.numel()).view(out.shape)).sum()",
    step="torch.optim.SGD(free, lr=0.1).step()",
    learned="not torch.equal(before, layer(6))",
) -> str:
    """Return a solution of origin_of, by its parts."""
    return ORIGIN.format(
        start=start, T=T, free=free, can=can, loss=loss, step=step, learned=learned
    )


def kind(test: str) -> str:
    """Return a solution of kind_of: `test` is true of absolute schemes."""
    return (
        "import torch\n\n\ndef kind_of(scores):\n    a = scores(0)\n"
        f"    return 'absolute' if {test} else 'relative'\n"
    )


ANSWERS = {
    1: ("fixed", "input", "absolute", "vector"),
    2: ("learned", "input", "absolute", "vector"),
    3: ("learned", "attention", "relative", "number"),
    4: ("fixed", "attention", "relative", "number"),
    5: ("fixed", "attention", "relative", "rotation"),
    6: ("learned", "input", "absolute", "vector"),
    7: ("?", "input", "absolute", "vector"),
    8: ("learned", "attention", "relative", "rotation"),
    9: ("learned", "attention", "relative", "vector"),
    10: ("fixed", "input", "absolute", "vector"),
    11: ("learned", "attention", "absolute", "number"),
    12: ("learned", "input", "absolute", "vector"),
}


def answers(**changes: str) -> str:
    """Return the right answers with changes such as s3q2="input"."""
    given = {n: list(row) for n, row in ANSWERS.items()}
    for name, word in changes.items():
        n, q = name[1:].split("q")
        given[int(n)][int(q) - 1] = word
    return f"answer_of = { {n: tuple(row) for n, row in given.items()}!r}\n"


def noun(words: str, enc: str, emb: str, neither="'neither'") -> str:
    """Return a solution of noun, by its parts."""
    return (
        "import re\n\nfrom src.names import words_of\n\n\ndef noun(name):\n"
        f"    words = {words}\n    enc = {enc}\n    emb = {emb}\n"
        "    if enc and emb:\n        return 'both'\n"
        f"    return 'encoding' if enc else 'embedding' if emb else {neither}\n"
    )


WORDS = "words_of(name)"
ENC = "any(w in ('enc', 'encoding', 'encodings') for w in words)"
EMB = "any(w in ('emb', 'embs', 'embed', 'embedding', 'embeddings') for w in words)"


def above(
    kept="(a + d) / n",
    chance="((a + b) * (a + c) + (c + d) * (b + d)) / n**2",
    out="(kept - chance) / (1 - chance) if chance < 1 else 0.0",
) -> str:
    """Return a solution of above_chance, by its parts."""
    return (
        "def above_chance(table):\n    (a, b), (c, d) = table.tolist()\n"
        f"    n = a + b + c + d\n    kept = {kept}\n    chance = {chance}\n    return {out}\n"
    )


def sizes(**changes: object) -> str:
    """Return the right sizes, with some changed."""
    right = {"bytes": 20, "ids": 6, "one_hot": 30522, "states": 7, "sentence": 384}
    return f"predicted_sizes = {right | changes!r}\n"


BOOT = """
import random

from src.names import keeps_habit


def bootstrap_interval(rows, draws=1000, seed=0):
    by = {{}}
    for row in rows:
        kept = keeps_habit(row.noun, row.origin)
        if {use}:
            by.setdefault({unit}, []).append((bool(kept), {weight}))
    units = list(by.values())
    g = {generator}
    shares = []
    for _ in range(draws):
        drawn = {draw}
        flat = [pair for unit in drawn for pair in unit]
        shares.append({share})
    shares.sort()
    low, high = {cut}
    return {out}
"""


def boot(
    use="kept is not None",
    unit="row.library",
    weight="row.count",
    generator="random.Random(seed)",
    draw="g.choices(units, k=len(units))",
    share="sum(k * n for k, n in flat) / sum(n for _, n in flat)",
    cut="shares[int(draws * 0.025)], shares[int(draws * 0.975) - 1]",
    out="low, high",
) -> str:
    """Return a solution of bootstrap_interval, by its parts."""
    return BOOT.format(
        use=use,
        unit=unit,
        weight=weight,
        generator=generator,
        draw=draw,
        share=share,
        cut=cut,
        out=out,
    )


ITEMS = {
    "ids_of": Item(
        wrong=[
            Wrong(
                "largest dot product", ids_of(out="(vectors @ table.T).argmax(1)"), "dot product"
            ),
            Wrong(
                "largest cosine",
                ids_of(
                    out="torch.cosine_similarity(vectors[:, None], table[None], dim=2).argmax(1)"
                ),
                "cosine",
            ),
            Wrong(
                "first number only",
                ids_of(out="same.int().argmax(1)", same="vectors[:, None, 0] == table[:, 0]"),
                "all of them",
            ),
            Wrong(
                "any number equal",
                ids_of(same="(vectors[:, None] == table).any(-1)"),
                "all of them",
            ),
            Wrong(
                "sums of rows",
                ids_of(same="vectors.sum(1)[:, None] == table.sum(1)"),
                "all of them",
            ),
            Wrong("counts from 1", ids_of(out="same.int().argmax(1) + 1"), "count from 1"),
            Wrong("no ValueError", ids_of(check="False"), "where is ValueError"),
            Wrong(
                "looks for equal rows among the vectors",
                ids_of(check="len(torch.unique(vectors, dim=0)) < len(vectors)"),
                "that occur twice in the text",
            ),
            Wrong(
                "refuses only if a doubled row is asked for",
                ids_of(check="((vectors[:, None] == table).all(-1).sum(1) > 1).any()"),
                "ids [0, 0] are",
            ),
            Wrong(
                "compares a row with the next only",
                ids_of(check="(table[1:] == table[:-1]).all(1).any()"),
                "where is ValueError",
            ),
            Wrong(
                "equal numbers in one column are enough to refuse",
                ids_of(check="len(torch.unique(table[:, 0])) < len(table)"),
                "has none",
            ),
            Wrong("one-hot vectors", ids_of(out="same.int()"), "one id per vector"),
            Wrong(
                "the different ids",
                ids_of(out="same.int().argmax(1).unique()"),
                "one id per vector",
            ),
            Wrong("a list", ids_of(out="same.int().argmax(1).tolist()"), "not a torch tensor"),
            Wrong("floats", ids_of(out="same.int().argmax(1).float()"), "whole numbers"),
            Wrong(
                "overwrites the table",
                ids_of(
                    check="table.sub_(table[:1].clone()).isnan().any()",
                    same="(vectors[:, None] == table).all(-1)",
                ),
                "have changed",
            ),
        ],
        right=[
            ids_of(),
            ids_of(
                check="torch.cdist(table, table).fill_diagonal_(1).min() == 0",
                out="torch.cdist(vectors, table).argmin(1)",
            ),
            "import torch\n\n\ndef ids_of(vectors, table):\n"
            "    row = {tuple(r): n for n, r in enumerate(table.tolist())}\n"
            "    if len(row) != len(table):\n        raise ValueError(len(row))\n"
            "    return torch.tensor([row[tuple(v)] for v in vectors.tolist()])\n",
            "import numpy as np\nimport torch\n\n\ndef ids_of(vectors, table):\n"
            "    E = table.numpy()\n    ids = []\n"
            "    for i in range(len(E)):\n        for j in range(i):\n"
            "            if (E[i] == E[j]).all():\n                raise ValueError((i, j))\n"
            "    for v in vectors.numpy():\n"
            "        ids.append(np.abs(E - v).sum(axis=1).argmin())\n"
            "    return torch.from_numpy(np.array(ids, dtype=np.int32))\n",
        ],
    ),
    "rungs": Item(
        wrong=[
            Wrong(
                "encoding is always the technique, embedding always a row",
                rungs(b="row", d="row", e="row", f="row", g="technique", h="technique", j="row"),
                "what is a matrix",
            ),
            Wrong("table and row mixed", rungs(b="row", c="table", d="row"), "how many entries"),
            Wrong("output vectors are rows", rungs(e="row", j="row"), "come out for one text"),
            Wrong("layer and function mixed", rungs(g="function", h="layer"), "with a length"),
            Wrong(
                "technique and layer mixed",
                rungs(a="layer", i="layer", g="technique"),
                "what can a model adopt",
            ),
            Wrong(
                "space taken for a table, table for a layer",
                rungs(f="table", b="layer", d="layer"),
                "corners",
            ),
            Wrong(
                "all layers",
                f"rung_of = {dict.fromkeys('abcdefghij', 'layer')!r}\n",
                "an object or an idea",
            ),
            Wrong("a word of one's own", rungs(a="method"), "not one of the rungs"),
            Wrong(
                "one forgotten",
                f"rung_of = { {k: v for k, v in RUNGS.items() if k != 'f'}!r}\n",
                "no answer for f",
            ),
        ],
        right=[
            rungs(),
            rungs(d="layer"),
            "rung_of = dict(a='technique', i='technique', b='table', d='table', c='row')\n"
            "rung_of |= dict(e='output vector', j='output vector', f='space', g='layer')\n"
            "rung_of['h'] = 'function'\n",
        ],
    ),
    "origin_of": Item(
        wrong=[
            Wrong("has parameters", origin(learned="list(layer.parameters())"), "requires_grad"),
            Wrong("has free parameters", origin(learned="free"), "do its *vectors* change"),
            Wrong("is saved", origin(learned="layer.state_dict()"), "requires_grad"),
            Wrong(
                "is called weight",
                origin(learned="getattr(layer, 'weight', None) is not None"),
                "requires_grad",
            ),
            Wrong(
                "is called weight and is free",
                origin(learned="hasattr(layer, 'weight') and layer.weight.requires_grad"),
                "what is trained is no table",
            ),
            Wrong("not on a copy", origin(start="pass"), "on a deep copy"),
            Wrong("forgets to step", origin(step="pass"), "does your step reach"),
            Wrong(
                "compares with itself, no clone of the old",
                origin(learned="not torch.equal(layer(6), layer(6))"),
                "does your step reach",
            ),
            Wrong(
                "squares, which have no slope at zero",
                origin(loss="out.square().sum()"),
                "has your loss a slope",
            ),
            Wrong(
                "frees all parameters first",
                origin(start="layer = copy.deepcopy(layer).requires_grad_(True)"),
                "filled and frozen is fixed",
            ),
            Wrong(
                "compares with sines",
                origin(
                    learned="not torch.allclose(before, __import__('src.positional_embeddings',"
                    " fromlist=['x']).sinusoidal_table(6, 4))"
                ),
                "look at the start",
            ),
            Wrong(
                "True and False",
                origin().replace('"learned" if', "True if").replace('else "fixed"', "else False"),
                "return 'fixed' or 'learned'",
            ),
            Wrong(
                "moves all parameters by hand",
                origin(
                    can="list(layer.parameters())",
                    loss="torch.ones(1, requires_grad=True)",
                    step="[p.data.add_(1.0) for p in layer.parameters()]",
                ),
                "requires_grad",
            ),
            Wrong(
                "weight decay moves what no gradient reaches",
                origin(
                    can="free",
                    loss="out.sum() + sum(0 * p.sum() for p in free)",
                    step="torch.optim.SGD(free, lr=0.1, weight_decay=0.5).step()",
                ),
                "moved by weight decay",
            ),
        ],
        right=[
            origin(),
            origin(step="torch.optim.Adam(free, lr=0.1).step()"),
            origin(
                start="layer = copy.deepcopy(layer).train()",
                loss="(out - torch.linspace(1, 2, out.numel()).view(out.shape)).square().sum()",
                learned="(before - layer(6)).abs().max() > 0",
            ),
        ],
    ),
    "kind_of": Item(
        wrong=[
            Wrong(
                "does not move", kind("not torch.allclose(a, scores(0))"), "move the text at all"
            ),
            Wrong("equal bits", kind("not torch.equal(a, scores(100))"), "equal bits"),
            Wrong(
                "compares rows of one text",
                kind("(a[0, :-1] - a[1, 1:]).abs().max() > 1e-3"),
                "same pair of tokens",
            ),
            Wrong(
                "one shift of 100",
                kind("not torch.allclose(a, scores(100), atol=1e-3)"),
                "on a period",
            ),
            Wrong(
                "several shifts, all multiples of 100",
                kind("any((a - scores(s)).abs().max() > 1e-3 for s in (100, 200, 300))"),
                "on a period",
            ),
            Wrong(
                "changes cancel in the mean",
                kind("any((a - scores(s)).mean(dim=1).abs().max() > 1e-3 for s in (1, 7, 50))"),
                "cancel",
            ),
            Wrong(
                "the words confused",
                kind("max((a - scores(s)).abs().max() for s in (1, 7)) < 1e-3"),
                "you say relative",
            ),
            Wrong("always absolute", kind("True"), "rotary is relative"),
            Wrong("always relative", kind("False"), "move the text at all"),
            Wrong(
                "returns a bool",
                "def kind_of(scores):\n    return (scores(0) - scores(7)).abs().max() > 1e-3\n",
                "return 'absolute' or 'relative'",
            ),
        ],
        right=[
            kind("any((a - scores(s)).abs().max() > 1e-3 for s in (1, 7, 50))"),
            kind("not all(torch.allclose(a, scores(s), atol=1e-3) for s in range(1, 30))"),
            "import numpy as np\n\n\ndef kind_of(scores):\n"
            "    stack = np.stack([scores(s).numpy() for s in (0, 3, 19, 101, 222)])\n"
            "    return ['relative', 'absolute'][int(np.ptp(stack, axis=0).max() > 1e-3)]\n",
        ],
    ),
    "classify": Item(
        wrong=[
            Wrong(
                "takes rotary for absolute, at the input, and a vector",
                answers(s5q3="absolute", s8q3="absolute", s5q4="vector", s8q4="vector"),
                "Sentence 5: does moving",
            ),
            Wrong(
                "origin by the noun: embedding learned, encoding fixed",
                answers(s7q1="fixed", s12q1="fixed", s10q1="learned", s8q1="fixed"),
                "Sentence 7: would a training step",
            ),
            Wrong(
                "origin by the start of training",
                answers(s6q1="fixed", s10q1="?", s1q1="?", s2q1="?"),
                "Sentence 6: would a training step",
            ),
            Wrong(
                "biases at the input",
                answers(s3q2="input", s4q2="input", s11q2="input", s9q2="input"),
                "Sentence 3: is it added once",
            ),
            Wrong(
                "all that is added is a vector",
                answers(s3q4="vector", s4q4="vector", s11q4="vector", s5q4="vector"),
                "Sentence 3: what does one position",
            ),
            Wrong(
                "attention means relative, input means nothing; open origins closed",
                answers(s11q3="relative", s7q1="learned", s10q1="learned", s4q1="learned"),
                "Sentence 11: does moving",
            ),
            Wrong(
                "all plain",
                f"answer_of = {dict.fromkeys(range(1, 13), ANSWERS[2])!r}\n",
                "of 48 are wrong",
            ),
            Wrong(
                "three words",
                f"answer_of = { {n: r[:3] for n, r in ANSWERS.items()}!r}\n",
                "four words are asked for",
            ),
            Wrong("a word of one's own", answers(s3q4="bias"), "not one of"),
        ],
        right=[
            answers(),
            answers(s7q1="fixed", s11q3="relative"),
            f"answer_of = {{}}\nfor n, row in {list(ANSWERS.items())!r}:\n"
            "    answer_of[n] = list(row)\n",
        ],
    ),
    "noun": Item(
        wrong=[
            Wrong(
                "letters anywhere",
                noun("name.lower()", "'enc' in words", "'emb' in words"),
                "inside of a word",
            ),
            Wrong(
                "underscores only",
                noun("name.lower().split('_')", ENC, EMB),
                "capitals start a new word",
            ),
            Wrong(
                "capitals only",
                noun("[w.lower() for w in re.findall('[A-Z][a-z]+|^[a-z_]+', name)]", ENC, EMB),
                "split at underscores",
            ),
            Wrong(
                "encoder counts",
                noun(WORDS, "any(w.startswith('enc') for w in words)", EMB),
                "an encoder is no encoding",
            ),
            Wrong(
                "embedder counts",
                noun(WORDS, ENC, "any(w.startswith('emb') for w in words)"),
                "an embedder is not",
            ),
            Wrong(
                "plurals forgotten",
                noun(WORDS, ENC.replace(", 'encodings'", ""), EMB.replace(", 'embeddings'", "")),
                "plurals count",
            ),
            Wrong(
                "short forms forgotten",
                noun(
                    WORDS,
                    "'encoding' in words or 'encodings' in words or 'enc' in words",
                    "'embedding' in words or 'embeddings' in words",
                ),
                "short forms count",
            ),
            Wrong("None for neither", noun(WORDS, ENC, EMB, neither="None"), "is no string"),
            Wrong(
                "never both", noun(WORDS, ENC, EMB).replace("'both'", "'encoding'"), "can hold both"
            ),
            Wrong(
                "upper case not lowered",
                noun("re.findall('[A-Z]?[a-z]+', name)", ENC, EMB),
                "in lower case",
            ),
            Wrong(
                "endings of the name only", noun("[words_of(name)[-1]]", ENC, EMB), "can hold both"
            ),
            Wrong(
                "hard-coded to the names of the check",
                "def noun(name):\n"
                "    return {'pos_enc': 'encoding', 'PositionalEncoding': 'encoding',\n"
                "            'sequence_length': 'neither', 'TransformerEncoder': 'neither',\n"
                "            'EncodingToEmbedding': 'both'}.get(name, 'embedding')\n",
                "inside of a word",
            ),
        ],
        right=[
            noun(WORDS, ENC, EMB),
            noun(
                "{w.lower() for w in re.findall('[A-Z]+(?![a-z])|[A-Z]?[a-z]+', name)}",
                "words & {'enc', 'encoding', 'encodings'}",
                "words & {'emb', 'embs', 'embed', 'embedding', 'embeddings'}",
            ),
            noun(
                "'_'.join(words_of(name))",
                "re.search('(^|_)enc(oding|odings)?($|_)', words)",
                "re.search('(^|_)emb(s|ed|edding|eddings)?($|_)', words)",
            ),
        ],
    ),
    "above_chance": Item(
        wrong=[
            Wrong("the share kept", above(out="kept"), "Where is chance"),
            Wrong("the difference", above(out="kept - chance"), "what there was to gain"),
            Wrong("divided by chance", above(out="kept / chance - 1"), "divide by chance"),
            Wrong("one half", above(chance="0.5"), "is chance one half"),
            Wrong("counts the breakers", above(kept="(b + c) / n"), "what *breaks* the habit"),
            Wrong(
                "chance to break it",
                above(chance="((a + b) * (b + d) + (c + d) * (a + c)) / n**2"),
                "chance to *break* it",
            ),
            Wrong("per cent", above(out="100 * (kept - chance) / (1 - chance)"), "per cent"),
            Wrong(
                "fixed with encoding only",
                above(chance="(a + b) * (a + c) / n**2"),
                "called embedding count too",
            ),
            Wrong(
                "things with things",
                above(chance="((a + b) ** 2 + (c + d) ** 2) / n**2"),
                "things by things",
            ),
            Wrong(
                "mean of the two rows",
                above(kept="(a / (a + b) + d / (c + d)) / 2"),
                "a mean of two rows",
            ),
            Wrong("0 divided by 0", above(out="(kept - chance) / (1 - chance)"), "ZeroDivision"),
            Wrong(
                "nan",
                "def above_chance(table):\n    p = table / table.sum()\n"
                "    chance = p.sum(0) @ p.sum(1)\n"
                "    return (p.trace() - chance) / (1 - chance)\n",
                "nan: what if",
            ),
            Wrong(
                "never below 0",
                above(out="max(0.0, (kept - chance) / (1 - chance + 1e-9))"),
                "expected -0.05",
            ),
            Wrong("two numbers", above(out="kept, chance"), "not tuple"),
            Wrong("prints", above(out="print(kept)"), "NoneType"),
            Wrong(
                "hard-coded",
                "def above_chance(table):\n    return 0.186047 if table.min() else 0\n",
                "expected 1.0",
            ),
        ],
        right=[
            above(),
            above(out="1 - (1 - kept) / (1 - chance) if chance != 1 else 0"),
            "def above_chance(table):\n    p = table / table.sum()\n"
            "    expected = p.sum(1, keepdim=True) * p.sum(0, keepdim=True)\n"
            "    left = 1 - expected.diagonal().sum()\n"
            "    gain = p.diagonal().sum() - expected.diagonal().sum()\n"
            "    return gain / left if left > 1e-6 else gain * 0\n",
            "import numpy as np\n\n\ndef above_chance(table):\n    t = table.numpy()\n"
            "    n, kept = t.sum(), np.trace(t)\n    dealt = t.sum(0) @ t.sum(1) / n\n"
            "    return np.float64(0) if dealt == n else (kept - dealt) / (n - dealt)\n",
        ],
    ),
    "predict_sizes": Item(
        wrong=[
            Wrong("a byte per character", sizes(bytes=19), "What of ë"),
            Wrong("no special tokens", sizes(ids=4), "do [CLS] and [SEP] count"),
            Wrong("one-hot as wide as a row", sizes(one_hot=384), "how many tokens can occur"),
            Wrong("six states", sizes(states=6), "what enters the first layer"),
            Wrong("a vector per token", sizes(sentence=6 * 384), "one vector for the whole"),
            Wrong("shapes", sizes(sentence=(1, 384)), "no whole number"),
            Wrong("one forgotten", "predicted_sizes = {'bytes': 20}\n", "no prediction for"),
            Wrong("strings", sizes(ids="6"), "no whole number"),
            Wrong("True for 1", sizes(ids=True), "no whole number"),
            Wrong("a list", "predicted_sizes = [20, 6, 30522, 7, 384]\n", "a dictionary"),
            Wrong("two wrong", sizes(bytes=19, ids=4), "ids: the run gives 6"),
        ],
        right=[
            sizes(),
            "predicted_sizes = dict(sentence=384, states=6 + 1, one_hot=30_522, ids=4 + 2)\n"
            "predicted_sizes['bytes'] = 19 + 1\n",
            "predicted_sizes = {'bytes': 20, 'ids': 6, 'one_hot': 30522}\n"
            "predicted_sizes.update(states=7, sentence=384, words=4)\n",
        ],
    ),
    "bootstrap_interval": Item(
        wrong=[
            Wrong("draws rows", boot(unit="id(row)"), "Do you draw rows"),
            Wrong(
                "draws classes",
                boot(
                    draw="[[x] for x in g.choices([k for u in units for k in u"
                    " for _ in range(k[1])], k=600)]",
                    share="sum(k for k, _ in flat) / len(flat)",
                ),
                "single classes",
            ),
            Wrong(
                "without replacement",
                boot(draw="g.sample(units, k=len(units))"),
                "*with* replacement",
            ),
            Wrong(
                "mean of shares",
                boot(
                    share="sum(sum(k * n for k, n in u) / sum(n for _, n in u) for u in drawn)"
                    " / len(drawn)"
                ),
                "average shares",
            ),
            Wrong("each name once", boot(weight="1"), "each name count once"),
            Wrong(
                "90 per cent",
                boot(cut="shares[int(draws * 0.05)], shares[int(draws * 0.95)]"),
                "percentiles 5 and 95",
            ),
            Wrong(
                "mean and two standard deviations",
                boot(
                    cut="(m := sum(shares) / draws) - 2 * (d := (sum((x - m) ** 2 for x in"
                    " shares) / draws) ** 0.5), m + 2 * d"
                ),
                "two standard deviations",
            ),
            Wrong("order", boot(out="high, low"), "Is the order"),
            Wrong("per cent", boot(out="100 * low, 100 * high"), "per cent"),
            Wrong("None counts as broken", boot(use="True"), "left out"),
            Wrong("the global generator", boot(generator="random"), "a generator of your own"),
            Wrong(
                "seed without effect",
                boot(generator="random.Random(0)"),
                "Does seed have any effect",
            ),
            Wrong(
                "half as many libraries",
                boot(draw="g.choices(units, k=max(1, len(units) // 4))"),
                "As many libraries",
            ),
            Wrong("not sorted", boot().replace("    shares.sort()\n", ""), "is wrong"),
        ],
        right=[
            boot(),
            boot(
                generator="__import__('numpy').random.default_rng(seed)",
                draw="[units[i] for i in g.integers(len(units), size=len(units))]",
            ),
            boot(
                cut="__import__('numpy').quantile(shares, [0.025, 0.975])",
                out="[float(low), float(high)]",
            ),
        ],
    ),
}
