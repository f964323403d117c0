"""Right and wrong answers to the homework of the chapter on the terms."""

from tests.homework.harness import Item, Wrong


def one_hot(body: str) -> str:
    """Return a solution of one_hot_rows with this body."""
    return (
        "import torch\n\n\ndef one_hot_rows(ids, table):\n    V = len(table)\n"
        "    eye = torch.eye(V, dtype=table.dtype)\n"
        f"    {body}\n"
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


def habit(
    test="row.kind == 'class'",
    i="['fixed', 'learned'].index(row.origin)",
    j="['encoding', 'embedding'].index(row.noun)",
    add="row.count",
    out="table",
) -> str:
    """Return a solution of habit_table, by its parts."""
    return (
        "import torch\n\n\ndef habit_table(rows):\n"
        "    table = torch.zeros(2, 2)\n"
        "    for row in rows:\n"
        f"        if not ({test}):\n            continue\n"
        "        if row.origin not in ('fixed', 'learned'):\n            continue\n"
        "        if row.noun not in ('encoding', 'embedding'):\n            continue\n"
        f"        table[{i}, {j}] += {add}\n"
        f"    return {out}\n"
    )


def chance(kept="(a + d) / n", by="((a + b) * (a + c) + (c + d) * (b + d)) / n**2") -> str:
    """Return a solution of kept_and_chance, by its parts."""
    return (
        "def kept_and_chance(table):\n    (a, b), (c, d) = table.tolist()\n"
        f"    n = a + b + c + d\n    return {kept}, {by}\n"
    )


def count(body: str) -> str:
    """Return a solution of count_parameters with this body."""
    return (
        "def count_parameters(\n"
        "    vocab_size, dim, position, max_len=512, token_types=0, layer_norm=False\n):\n"
        "    V, D, L, S = vocab_size, dim, max_len, token_types\n"
        f"    learned = position == 'learned'\n    return {body}\n"
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
    "one_hot_rows": Item(
        wrong=[
            Wrong(
                "as wide as the largest id",
                one_hot(
                    "h = torch.nn.functional.one_hot(ids).to(table.dtype)\n"
                    "    return h, h @ table[: h.shape[1]]"
                ),
                "come from the table, or from the ids",
            ),
            Wrong(
                "whole numbers",
                one_hot("return eye[ids].long(), table[ids]"),
                "convert before you multiply",
            ),
            Wrong(
                "shifted by one",
                one_hot("return eye.roll(1, 1)[ids], table[ids]"),
                "do you count from 1",
            ),
            Wrong(
                "one vector with a 1 for each token of the text",
                one_hot("h = eye[ids].sum(0).expand(len(ids), V)\n    return h, h @ table"),
                "a single 1",
            ),
            Wrong(
                "table on the left",
                one_hot("h = eye[ids]\n    return h, (table.T @ h.T)"),
                "one-hot vectors on the left",
            ),
            Wrong("one tensor", one_hot("return eye[ids] @ table"), "return two tensors"),
            Wrong(
                "NumPy",
                one_hot("h = eye[ids]\n    return h.numpy(), (h @ table).numpy()"),
                "not a torch tensor",
            ),
            Wrong(
                "rows in reverse",
                one_hot("h = eye[ids]\n    return h, h.flip(1) @ table"),
                "mix the rows",
            ),
            Wrong(
                "first token only",
                one_hot("h = eye[ids[:1]]\n    return h, h @ table"),
                "one row per token",
            ),
        ],
        right=[
            one_hot("return eye[ids], eye[ids] @ table"),
            one_hot("h = (ids[:, None] == torch.arange(V)).to(table)\n    return [h, h.mm(table)]"),
            one_hot(
                "h = torch.zeros(len(ids), V, dtype=table.dtype)\n"
                "    h.scatter_(1, ids.unsqueeze(1), 1)\n"
                "    return h, torch.einsum('tv,vd->td', h, table)"
            ),
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
    "habit_table": Item(
        wrong=[
            Wrong("each name once", habit(add="1"), "does a name count once"),
            Wrong("transposed", habit(out="table.T"), "is the table turned"),
            Wrong("columns swapped", habit(out="table.flip(1)"), "columns swapped"),
            Wrong("rows swapped", habit(out="table.flip(0)"), "rows swapped"),
            Wrong("attributes too", habit(test="True"), "Only classes do"),
            Wrong("shares instead of counts", habit(out="table / table.sum()"), "are wrong"),
            Wrong("a list", habit(out="table.tolist()"), "not a torch tensor"),
            Wrong("overwrites instead of adding", habit().replace("+=", "="), "are wrong"),
            Wrong(
                "both counts as embedding",
                habit(j="int(row.noun != 'encoding')").replace(
                    "('encoding', 'embedding'):", "('encoding', 'embedding', 'both'):"
                ),
                "left out",
            ),
            Wrong(
                "unclear counts as learned",
                habit(i="int(row.origin != 'fixed')").replace(
                    "if row.origin not in ('fixed', 'learned')", "if False"
                ),
                "left out",
            ),
            Wrong(
                "reads src's audit whatever it is given",
                habit()
                .replace("in rows", "in load_names_in_code()")
                .replace("import torch", "import torch\nfrom src.names import load_names_in_code"),
                "built in",
            ),
        ],
        right=[
            habit(),
            "import torch\n\n\ndef habit_table(rows):\n"
            "    return torch.tensor([[sum(r.count for r in rows if r.kind == 'class'\n"
            "        and (r.origin, r.noun) == (o, n)) for n in ('encoding', 'embedding')]\n"
            "        for o in ('fixed', 'learned')])\n",
            "from collections import Counter\n\nimport torch\n\n\ndef habit_table(rows):\n"
            "    seen = Counter()\n"
            "    for r in rows:\n"
            "        seen[r.kind, r.origin, r.noun] += r.count\n"
            "    cells = [seen['class', o, n] for o in ('fixed', 'learned')\n"
            "             for n in ('encoding', 'embedding')]\n"
            "    return torch.tensor(cells).reshape(2, 2)\n",
        ],
    ),
    "kept_and_chance": Item(
        wrong=[
            Wrong("counts the breakers", chance(kept="(b + c) / n"), "what *breaks* the habit"),
            Wrong("share of fixed only", chance(kept="a / (a + b)"), "which two cells"),
            Wrong(
                "mean of the two rows",
                chance(kept="(a / (a + b) + d / (c + d)) / 2"),
                "which two cells",
            ),
            Wrong("columns instead of total", chance(kept="(a + d) / (b + d)"), "which two cells"),
            Wrong("one half", chance(by="0.5"), "is chance one half"),
            Wrong(
                "chance to break it",
                chance(by="((a + b) * (b + d) + (c + d) * (a + c)) / n**2"),
                "chance to *break* it",
            ),
            Wrong(
                "things with things",
                chance(by="((a + b) ** 2 + (c + d) ** 2) / n**2"),
                "dealt blindly",
            ),
            Wrong(
                "fixed with encoding only",
                chance(by="(a + b) * (a + c) / n**2"),
                "dealt blindly",
            ),
            Wrong(
                "divided by the total once",
                chance(by="((a + b) * (a + c) + (c + d) * (b + d)) / n"),
                "no shares",
            ),
            Wrong("per cent", chance(kept="100 * (a + d) / n"), "per cent"),
            Wrong("one number", "def kept_and_chance(table):\n    return 0.65\n", "two numbers"),
            Wrong(
                "hard-coded",
                "def kept_and_chance(table):\n    return 0.65, 0.57\n",
                "which two cells",
            ),
        ],
        right=[
            chance(),
            chance(
                kept="1 - (b + c) / n", by="(a + b) / n * (a + c) / n + (c + d) / n * (b + d) / n"
            ),
            "def kept_and_chance(table):\n    p = table / table.sum()\n"
            "    expected = p.sum(1, keepdim=True) * p.sum(0, keepdim=True)\n"
            "    return p.diagonal().sum(), expected.diagonal().sum()\n",
        ],
    ),
    "count_parameters": Item(
        wrong=[
            Wrong(
                "positions always",
                count("V * D + L * D + S * D + 2 * D * layer_norm"),
                "do fixed positions count",
            ),
            Wrong(
                "positions never",
                count("V * D + S * D + 2 * D * layer_norm"),
                "where is the learned table",
            ),
            Wrong(
                "types forgotten",
                count("V * D + learned * L * D + 2 * D * layer_norm"),
                "where are the token types",
            ),
            Wrong(
                "norm has only a scale",
                count("(V + learned * L + S + layer_norm) * D"),
                "a scale *and* a shift",
            ),
            Wrong("norm forgotten", count("(V + learned * L + S) * D"), "where is the LayerNorm"),
            Wrong("norm always", count("(V + learned * L + S + 2) * D"), "that is not there"),
            Wrong(
                "norm has two numbers in all",
                count("(V + learned * L + S) * D + 2 * layer_norm"),
                "one per dimension",
            ),
            Wrong(
                "rotary's speeds count",
                count(
                    "(V + learned * L + S + 2 * layer_norm) * D"
                    " + (position == 'rotary') * D // 2 + 0 * L"
                ).replace("'rotary'", "'rotary' or position == 'sinusoidal'"),
                "speeds count",
            ),
            Wrong(
                "in millions",
                count("(V + learned * L + S + 2 * layer_norm) * D / 1e6"),
                "no whole number",
            ),
            Wrong(
                "512 built in",
                count("(V + learned * 512 + S + 2 * layer_norm) * D"),
                "is a size built in",
            ),
        ],
        right=[
            count("(V + learned * L + S + 2 * layer_norm) * D"),
            count("sum([V * D, L * D if learned else 0, S * D, 2 * D if layer_norm else 0])"),
            "from src.combining import InputEmbedding\n\n\ndef count_parameters(\n"
            "    vocab_size, dim, position, max_len=512, token_types=0, layer_norm=False\n):\n"
            "    where = position if position == 'learned' else None\n"
            "    layer = InputEmbedding(vocab_size, dim, position=where, max_len=max_len,\n"
            "                           token_types=token_types, layer_norm=layer_norm)\n"
            "    return sum(p.numel() for p in layer.parameters())\n",
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
