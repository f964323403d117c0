"""Wrong and right answers to the assignment of the chapter on token embeddings.

Most wrong answers are a right one with one line changed, which is how they come about.
"""

from tests.grading.harness import Item, Wrong


def but(answer: str, *changes: tuple[str, str]) -> str:
    """Return an answer with pieces of its code replaced; each piece must occur in it."""
    for old, new in changes:
        assert old in answer, f"{old!r} is not in the answer: {answer}"
        answer = answer.replace(old, new)
    return answer


SHARE = """
def table_share(V, D, layers, tied):
    table = V * D
    if not tied:
        table = 2 * table
    return table / (table + layers * 12 * D * D)
"""

table_share = Item(
    wrong=[
        Wrong("percentage", but(SHARE, ("return table", "return 100 * table")), "percentage"),
        Wrong("ratio to the layers", but(SHARE, ("(table + ", "(")), "layers alone"),
        Wrong("tied ignored", but(SHARE, ("not tied", "False")), "two tables"),
        Wrong("always two tables", but(SHARE, ("not tied", "True")), "two tables"),
        Wrong("tied turned around", but(SHARE, ("not tied", "tied")), "two tables"),
        Wrong("one layer", but(SHARE, ("layers * ", "")), "one layer"),
        Wrong("12 D, not squared", but(SHARE, ("D * D", "D")), "12 D squared"),
        Wrong(
            "second table in the total only",
            "def table_share(V, D, layers, tied):\n"
            "    return V * D / (V * D * (2 - tied) + layers * 12 * D**2)",
            "in the total only",
        ),
        Wrong("whole-number division", but(SHARE, ("/ (", "// (")), "//"),
        Wrong(
            "rounds to text",
            but(SHARE, ("return ", "return f'{"), ("D * D)", "D * D):.6f}'")),
            "not str",
        ),
        Wrong(
            "returns a tensor",
            but(SHARE, ("V * D\n", "torch.tensor(V * D)\n")),
            "not Tensor",
        ),
        Wrong(
            "prints, returns nothing",
            "def table_share(V, D, layers, tied):\n    print(V * D)",
            "NoneType",
        ),
        Wrong(
            "hard-coded",
            "def table_share(V, D, layers, tied):\n    return 0.302664 if tied else 0.464684",
            "visible numbers",
        ),
    ],
    right=[
        SHARE,
        "def table_share(V, D, layers, tied):\n"
        "    return 1 / (1 + 12 * D * layers / (V * (2 - bool(tied))))",
        """
def table_share(V, D, layers, tied):
    tables = [torch.empty(V, D, device="meta") for _ in range(1 if tied else 2)]
    blocks = [torch.empty(12 * D, D, device="meta") for _ in range(layers)]
    n = sum(t.numel() for t in tables)
    return n / (n + sum(b.numel() for b in blocks))
""",
        "def table_share(V, D, layers, tied):\n"
        "    n = np.float64(V * D * (1 + (not tied)))\n"
        "    return n / (n + 12 * layers * D**2)",
    ],
)

BATCH = """
def make_batch(texts, vocab, max_len, side="right"):
    rows = []
    for text in texts:
        pieces = []
        for word in text.lower().split():
            pieces.extend(wordpiece(word, vocab))
        pieces = ["[CLS]"] + pieces[: max_len - 2] + ["[SEP]"]
        rows.append([vocab[piece] for piece in pieces])
    T = max(len(row) for row in rows)
    ids = torch.full((len(rows), T), vocab["[PAD]"])
    mask = torch.zeros(len(rows), T, dtype=torch.bool)
    for b, row in enumerate(rows):
        where = slice(T - len(row), T) if side == "left" else slice(0, len(row))
        ids[b, where] = torch.tensor(row)
        mask[b, where] = True
    return ids, mask
"""
CUT = "pieces[: max_len - 2]"

make_batch = Item(
    wrong=[
        Wrong("not lower case", but(BATCH, (".lower()", "")), "lower case"),
        Wrong(
            "splits at each space, an empty word unknown",
            but(BATCH, (".split()", '.split(" ")'), ("(word, vocab)", '(word or "?", vocab)')),
            "second space",
        ),
        Wrong(
            "cuts the text, not its words",
            but(BATCH, ("wordpiece(word,", "wordpiece(text.lower(),")),
            "second space",
        ),
        Wrong(
            "does not cut words",
            but(BATCH, ("wordpiece(word, vocab)", '[word if word in vocab else "[UNK]"]')),
            "is each word cut",
        ),
        Wrong(
            "drops unknown words",
            but(BATCH, ("(word, vocab)", '(word, vocab) if word in vocab else ""')),
            "is each word cut",
        ),
        Wrong(
            "cuts [SEP] off",
            but(BATCH, (CUT, "pieces"), ('["[SEP]"]', '["[SEP]"]\n        del pieces[max_len:]')),
            "is [SEP] kept",
        ),
        Wrong("max_len counts text only", but(BATCH, ("max_len - 2", "max_len")), "counted"),
        Wrong("forgets one special token", but(BATCH, ("max_len - 2", "max_len - 1")), "counted"),
        Wrong(
            "drops the beginning",
            but(BATCH, (CUT, "pieces[-(max_len - 2):]")),
            "is [SEP] kept",
        ),
        Wrong(
            "truncates words",
            but(BATCH, (CUT, "pieces"), (".split()", ".split()[: max_len - 2]")),
            "not words",
        ),
        Wrong(
            "[SEP] after the padding",
            but(
                BATCH,
                (' + ["[SEP]"]', ""),
                (
                    "    return ids",
                    '    ids = nn.functional.pad(ids, (0, 1), value=vocab["[SEP]"])\n'
                    "    mask = nn.functional.pad(mask, (0, 1), value=True)\n    return ids",
                ),
            ),
            "is each text a row",
        ),
        Wrong(
            "as wide as max_len",
            but(BATCH, ("T = max(len(row) for row in rows)", "T = max_len")),
            "longest row, not max_len",
        ),
        Wrong("padding is 0", but(BATCH, ('vocab["[PAD]"])', "0)")), "vocab's id of [PAD]"),
        Wrong("side ignored", but(BATCH, ('side == "left"', "False")), "side 'left'"),
        Wrong("sides turned around", but(BATCH, ('side == "left"', 'side != "left"')), "behind"),
        Wrong(
            "reversed on the left",
            but(BATCH, ("torch.tensor(row)", 'torch.tensor(row[::-1] if side == "left" else row)')),
            "side 'left'",
        ),
        Wrong(
            "mask turned around",
            but(BATCH, ("return ids, mask", "return ids, ~mask")),
            "True at the padding",
        ),
        Wrong(
            "mask of ids that are not 0",
            but(BATCH, ("return ids, mask", "return ids, ids != 0")),
            "id 0 for padding",
        ),
        Wrong(
            "special tokens are not real",
            but(
                BATCH,
                ("return ids, mask", 'return ids, mask & (ids != vocab["[CLS]"])'),
            ),
            "[CLS] and [SEP] real",
        ),
        Wrong(
            "mask of the last row for all",
            but(BATCH, ("return ids, mask", "return ids, mask[-1:].expand(len(ids), T)")),
            "expected the mask",
        ),
        Wrong("ids as floats", but(BATCH, ("return ids,", "return ids.float(),")), "whole numbers"),
        Wrong("ids only", but(BATCH, ("return ids, mask", "return ids")), "not Tensor"),
        Wrong(
            "lists",
            but(BATCH, ("return ids, mask", "return ids.tolist(), mask.tolist()")),
            "torch tensors, not list",
        ),
        Wrong("ids of special tokens fixed", but(BATCH, ('vocab["[PAD]"]', "4")), "fixed"),
        Wrong(
            "puts a token into the vocabulary",
            but(BATCH, ("    rows = []\n", '    rows = []\n    vocab["[MASK]"] = len(vocab)\n')),
            "change the vocabulary",
        ),
    ],
    right=[
        BATCH,
        """
from torch.nn.utils.rnn import pad_sequence

def make_batch(texts, vocab, max_len, side="right"):
    def row(text):
        cut = [wordpiece(word, vocab) for word in text.lower().split()]
        tokens = ["[CLS]", *sum(cut, [])[: max_len - 2], "[SEP]"]
        return torch.tensor([vocab[token] for token in tokens])

    ids = pad_sequence(
        [row(text) for text in texts],
        batch_first=True,
        padding_value=vocab["[PAD]"],
        padding_side=side,
    )
    return ids, (ids != vocab["[PAD]"]).long()
""",
        """
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

def make_batch(texts, vocab, max_len, side="right"):
    tool = Tokenizer(models.WordPiece(dict(vocab), unk_token="[UNK]"))
    tool.normalizer = normalizers.Lowercase()
    tool.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = [(token, vocab[token]) for token in ("[CLS]", "[SEP]")]
    tool.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, ends)
    tool.enable_truncation(max_len)
    tool.enable_padding(direction=side, pad_id=vocab["[PAD]"])
    batch = tool.encode_batch(texts)
    ids = torch.tensor([row.ids for row in batch])
    return ids, torch.tensor([row.attention_mask for row in batch])
""",
        """
def make_batch(texts, vocab, max_len, side="right"):
    rows = []
    for text in texts:
        row = [vocab["[CLS]"]]
        for word in text.lower().split():
            row += [vocab[piece] for piece in wordpiece(word, vocab)]
        rows.append(np.array([*row[: max_len - 1], vocab["[SEP]"]]))
    n = np.array([len(row) for row in rows])
    place = np.arange(n.max())
    mask = place >= n.max() - n[:, None] if side == "left" else place < n[:, None]
    ids = np.full(mask.shape, vocab["[PAD]"], dtype=np.int32)
    ids[mask] = np.concatenate(rows)
    return [torch.from_numpy(ids), torch.from_numpy(mask)]
""",
    ],
)

MEAN = """
def mean_of_real(vectors, mask):
    weight = mask.float().unsqueeze(-1)
    total = (vectors * weight).sum(dim=1)
    return total / weight.sum(dim=1).clamp(min=1)
"""

mean_of_real = Item(
    wrong=[
        Wrong(
            "plain mean",
            "def mean_of_real(vectors, mask):\n    return vectors.mean(dim=1)",
            "padding count in the sum",
        ),
        Wrong(
            "divides by T", but(MEAN, ("weight.sum(dim=1).clamp(min=1)", "mask.shape[1]")), "by T"
        ),
        Wrong(
            "padding in the sum, right number",
            but(MEAN, ("vectors * weight", "vectors")),
            "expected [[2.0",
        ),
        Wrong("forgets empty texts", but(MEAN, (".clamp(min=1)", "")), "divide by 0"),
        Wrong(
            "mean of an empty selection",
            "def mean_of_real(vectors, mask):\n"
            "    return torch.stack([x[m].mean(dim=0) for x, m in zip(vectors, mask)])",
            "divide by 0",
        ),
        Wrong("mask turned around", but(MEAN, ("mask.", "(~mask).")), "True at the padding"),
        Wrong(
            "divides by all real tokens of the batch",
            but(MEAN, ("weight.sum(dim=1).clamp(min=1)", "weight.sum()")),
            "real tokens of all",
        ),
        Wrong(
            "one mean over all texts",
            "def mean_of_real(vectors, mask):\n    return vectors[mask].mean(dim=0)",
            "for each text",
        ),
        Wrong(
            "mean over D",
            but(
                MEAN,
                ("total = (vectors * weight).sum(dim=1)", "return (vectors * weight).mean(dim=2)"),
            ),
            "over T",
        ),
        Wrong(
            "mask of the first text",
            but(MEAN, ("weight = mask.float()", "weight = mask[:1].float()")),
            "mask of the first text",
        ),
        Wrong(
            "first text only",
            but(MEAN, ("min=1)", "min=1)[:1]"), ("return total", "return total[:1]")),
            "(B, D)",
        ),
        Wrong(
            "overwrites the padding",
            but(
                MEAN,
                (
                    "    weight",
                    "    vectors[~mask] = 0.0\n    weight",
                ),
            ),
            "overwrite the padding",
        ),
        Wrong(
            "returns NumPy",
            but(
                MEAN,
                (
                    "return total / weight.sum(dim=1).clamp(min=1)",
                    "return (total / weight.sum(dim=1).clamp(min=1)).numpy()",
                ),
            ),
            "not ndarray",
        ),
        Wrong(
            "takes the first tokens for the real ones",
            "def mean_of_real(vectors, mask):\n"
            "    n = mask.sum(dim=1).tolist()\n"
            "    rows = [x[:k].sum(dim=0) / max(k, 1) for x, k in zip(vectors, n)]\n"
            "    return torch.stack(rows)",
            "visible numbers",
        ),
        Wrong(
            "hard-coded",
            "def mean_of_real(vectors, mask):\n"
            "    return torch.tensor([[2.0, 4.0], [4.0, 0.0], [0.0, 0.0]])",
            "visible numbers",
        ),
    ],
    right=[
        MEAN,
        """
def mean_of_real(vectors, mask):
    out = torch.zeros(vectors.shape[0], vectors.shape[2])
    for b in range(len(vectors)):
        if mask[b].any():
            out[b] = vectors[b, mask[b]].mean(dim=0)
    return out
""",
        """
def mean_of_real(vectors, mask):
    m = mask.to(vectors.dtype)
    n = torch.maximum(m.sum(1), torch.ones(len(m)))
    return torch.einsum("btd,bt->bd", vectors, m) / n[:, None]
""",
        """
def mean_of_real(vectors, mask):
    x, m = vectors.numpy(), mask.numpy()[..., None]
    total = np.where(m, x, 0).sum(axis=1)
    return torch.from_numpy(total / np.maximum(m.sum(axis=1), 1))
""",
        """
def mean_of_real(vectors, mask):
    missing = vectors.masked_fill(~mask[:, :, None], torch.nan)
    return missing.nanmean(dim=1).nan_to_num(0.0)
""",
    ],
)

GRADIENT = """
def table_gradient(ids, upstream, V, padding_idx=None):
    B, T, D = upstream.shape
    gradient = torch.zeros(V, D)
    for b in range(B):
        for t in range(T):
            if ids[b, t] != padding_idx:
                gradient[ids[b, t]] += upstream[b, t]
    return gradient
"""
DENSE = """
def table_gradient(ids, upstream, V, padding_idx=None):
    gradient = torch.zeros(V, upstream.shape[-1])
    gradient.index_add_(0, ids.reshape(-1), upstream.reshape(-1, upstream.shape[-1]))
    if padding_idx is not None:
        gradient[padding_idx] = 0
    return gradient
"""
ADD = "gradient.index_add_(0, ids.reshape(-1), upstream.reshape(-1, upstream.shape[-1]))"

table_gradient = Item(
    wrong=[
        Wrong("the last place wins", but(GRADIENT, ("+=", "=")), "add up"),
        Wrong("+= with repeated indices", but(DENSE, (ADD, "gradient[ids] += upstream")), "add up"),
        Wrong("assignment by index", but(DENSE, (ADD, "gradient[ids] = upstream")), "add up"),
        Wrong(
            "mean of the places",
            but(
                DENSE,
                (
                    ADD,
                    ADD + "\n    n = torch.bincount(ids.reshape(-1), minlength=V)\n"
                    "    gradient /= n.clamp(min=1)[:, None]",
                ),
            ),
            "mean of the places",
        ),
        Wrong("counts places", but(GRADIENT, ("upstream[b, t]", "1")), "count the places"),
        Wrong("first text only", but(GRADIENT, ("range(B)", "range(1)")), "second text"),
        Wrong(
            "padding 0 taken for None",
            but(DENSE, ("if padding_idx is not None", "if padding_idx")),
            "0 is a row number",
        ),
        Wrong("padding ignored", but(DENSE, ("padding_idx is not None", "False")), "padding_idx=3"),
        Wrong(
            "always pads row 0",
            but(
                DENSE,
                (
                    "if padding_idx is not None:\n        gradient[padding_idx]",
                    "if True:\n        gradient[0]",
                ),
            ),
            "expected [[7.0",
        ),
        Wrong(
            "padding row removed",
            but(
                DENSE,
                (
                    "gradient[padding_idx] = 0",
                    "gradient = gradient[torch.arange(V) != padding_idx]",
                ),
            ),
            "leave the table",
        ),
        Wrong(
            "overwrites upstream",
            but(
                DENSE,
                (
                    "    gradient = ",
                    "    if padding_idx is not None:\n"
                    "        upstream[ids == padding_idx] = 0\n    gradient = ",
                ),
            ),
            "overwrite upstream",
        ),
        Wrong(
            "one row per place",
            but(DENSE, ("    return gradient", "    return gradient[ids]")),
            "(V, D)",
        ),
        Wrong("transposed", but(DENSE, ("    return gradient", "    return gradient.T")), "(V, D)"),
        Wrong(
            "only as many rows as the largest id",
            but(DENSE, ("zeros(V,", "zeros(int(ids.max()) + 1,")),
            "each token of the vocabulary",
        ),
        Wrong(
            "a set of rows",
            "def table_gradient(ids, upstream, V, padding_idx=None):\n"
            "    return set(ids.flatten().tolist()) - {padding_idx}",
            "not set",
        ),
        Wrong(
            "returns NumPy",
            but(DENSE, ("    return gradient", "    return gradient.numpy()")),
            "not ndarray",
        ),
        Wrong(
            "autograd",
            """
def table_gradient(ids, upstream, V, padding_idx=None):
    table = torch.zeros(V, upstream.shape[2], requires_grad=True)
    out = nn.functional.embedding(ids, table, padding_idx=padding_idx)
    return torch.autograd.grad(out, table, upstream)[0]
""",
            "autograd is switched off",
        ),
        Wrong(
            "hard-coded",
            """
def table_gradient(ids, upstream, V, padding_idx=None):
    rows = torch.tensor([[7.0, 5], [5, 1], [0, 0], [5.5, 3], [0, 0]])
    if padding_idx is not None:
        rows[padding_idx] = 0
    return rows
""",
            "(V, D)",
        ),
    ],
    right=[
        GRADIENT,
        DENSE,
        """
def table_gradient(ids, upstream, V, padding_idx=None):
    hot = nn.functional.one_hot(ids, V).float()
    if padding_idx is not None:
        hot[..., padding_idx] = 0
    return torch.einsum("btv,btd->vd", hot, upstream)
""",
        """
def table_gradient(ids, upstream, V, padding_idx=None):
    out = np.zeros((V, upstream.shape[-1]), dtype=np.float32)
    np.add.at(out, ids.numpy(), upstream.numpy())
    if padding_idx is not None:
        out[padding_idx] = 0
    return torch.from_numpy(out)
""",
        """
def table_gradient(ids, upstream, V, padding_idx=None):
    rows = [upstream[ids == v].sum(dim=0) * (v != padding_idx) for v in range(V)]
    return torch.stack(rows)
""",
    ],
)

TRUTH = """
prediction = {"A": True, "B": False, "C": True, "D": False, "E": True, "F": True}
"""

prediction = Item(
    wrong=[
        Wrong(
            "SGD moves used rows only", but(TRUTH, ('"A": True', '"A": False')), "weight decay ask"
        ),
        Wrong("AdamW moves all rows", but(TRUTH, ('"B": False', '"B": True')), "could move"),
        Wrong("Adam has no memory", but(TRUTH, ('"C": True', '"C": False')), "running mean"),
        Wrong(
            "decay moves a row of zeros", but(TRUTH, ('"D": False', '"D": True')), "row of zeros"
        ),
        Wrong("padding_idx keeps a row zero", but(TRUTH, ('"E": True', '"E": False')), "filled"),
        Wrong("no lookup, no gradient", but(TRUTH, ('"F": True', '"F": False')), "softmax"),
        Wrong("no row moves", but(TRUTH, ("True", "False")), "A: does weight decay"),
        Wrong("all rows move", but(TRUTH, ("False", "True")), "B: no gradient"),
        Wrong("strings", but(TRUTH, ("True", '"True"'), ("False", '"False"')), "a string"),
        Wrong("0 and 1", but(TRUTH, ("True", "1"), ("False", "0")), "a number"),
        Wrong("one missing", but(TRUTH, (', "F": True', "")), "'F' is missing"),
        Wrong("a list", "prediction = [True, False, True, False, True, True]", "not list"),
        Wrong(
            "equal to everything",
            "class Any:\n    __eq__ = lambda self, other: True\n"
            "prediction = dict.fromkeys('ABCDEF', Any())",
            "write True or False",
        ),
    ],
    right=[
        TRUTH,
        "prediction = dict(A=True, B=False, C=True, D=False, E=True, F=True)",
        "prediction = {letter: letter not in ('B', 'D') for letter in 'ABCDEF'}",
        "prediction = dict(zip('ABCDEF', [not x for x in (0, 1, 0, 1, 0, 0)]))",
    ],
)

NEAR = """
def neighbours(table, row, k):
    query = table[row]
    if not query.any():
        raise ValueError("no direction")
    scored = []
    for n in range(len(table)):
        if n != row and table[n].any():
            cosine = table[n] @ query / (table[n].norm() * query.norm())
            scored.append((-cosine.item(), n))
    return [n for _, n in sorted(scored)[:k]]
"""
UNIT = """
def neighbours(table, row, k):
    if table[row].norm() == 0:
        raise ValueError("no direction")
    unit = nn.functional.normalize(table, dim=1)
    cosines = unit @ unit[row]
    cosines[row] = -2
    cosines[table.norm(dim=1) == 0] = -2
    k = min(k, int((cosines > -1.5).sum()))
    return cosines.argsort(descending=True, stable=True)[:k].tolist()
"""

neighbours = Item(
    wrong=[
        Wrong("dot product", but(NEAR, (" / (table[n].norm() * query.norm())", "")), "dot product"),
        Wrong(
            "divides by the query's length only",
            but(NEAR, ("table[n].norm() * ", "")),
            "dot product",
        ),
        Wrong(
            "distance",
            but(
                NEAR,
                (
                    "table[n] @ query / (table[n].norm() * query.norm())",
                    "-(table[n] - query).norm()",
                ),
            ),
            "distance",
        ),
        Wrong(
            "size without sign",
            but(NEAR, ("-cosine.item()", "-abs(cosine.item())")),
            "without its sign",
        ),
        Wrong("upside down", but(NEAR, ("-cosine", "cosine")), "upside down"),
        Wrong("ties from the back", but(NEAR, (", n))", ", -n))"), ("[n for", "[-n for")), "ties"),
        Wrong(
            "ascending sort, then reversed",
            but(
                UNIT,
                ("argsort(descending=True, stable=True)[:k]", "argsort(stable=True).flip(0)[:k]"),
            ),
            "ties",
        ),
        Wrong(
            "drops the first of the ranking",
            but(NEAR, ("n != row and ", ""), ("[:k]]", "[1:k + 1]]")),
            "first of the",
        ),
        Wrong("leaves the row itself in", but(NEAR, ("n != row and ", "")), "row 1 is asked for"),
        Wrong(
            "drops all rows of cosine 1",
            but(UNIT, ("cosines[row] = -2", "cosines[cosines > 0.9999] = -2")),
            "every row of cosine 1",
        ),
        Wrong(
            "zero rows as cosine 0",
            but(UNIT, ("    cosines[table.norm(dim=1) == 0] = -2\n", "")),
            "all zeros",
        ),
        Wrong(
            "zero rows as nan",
            "def neighbours(table, row, k):\n"
            "    if not table[row].any():\n        raise ValueError\n"
            "    cosines = table @ table[row] / (table.norm(dim=1) * table[row].norm())\n"
            "    order = cosines.argsort(descending=True, stable=True).tolist()\n"
            "    return [n for n in order if n != row][:k]",
            "all zeros",
        ),
        Wrong(
            "padded to k",
            but(UNIT, ("    k = min(k, int((cosines > -1.5).sum()))\n", "")),
            "all zeros",
        ),
        Wrong(
            "no ValueError",
            but(NEAR, ('raise ValueError("no direction")', "return []")),
            "ValueError",
        ),
        Wrong("returns a tensor", but(UNIT, (".tolist()", "")), "not Tensor"),
        Wrong(
            "list of tensors",
            but(UNIT, (".tolist()", ""), ("return ", "return list("), ("[:k]", "[:k])")),
            "whole number",
        ),
        Wrong(
            "normalises in place",
            but(
                UNIT,
                (
                    "unit = nn.functional.normalize(table, dim=1)",
                    "table /= table.norm(dim=1, keepdim=True).clamp(min=1e-9)\n    unit = table",
                ),
            ),
            "overwrite",
        ),
        Wrong(
            "hard-coded",
            "def neighbours(table, row, k):\n"
            "    if not table[row].any():\n        raise ValueError\n"
            "    return [0, 6, 3, 4, 5, 7, 8][:k]",
            "visible table",
        ),
    ],
    right=[
        NEAR,
        UNIT,
        """
def neighbours(table, row, k):
    x = table.numpy()
    size = np.linalg.norm(x, axis=1)
    if size[row] == 0:
        raise ValueError("row of zeros")
    rows = np.array([n for n in range(len(x)) if n != row and size[n] > 0])
    cosines = (x[rows] @ x[row]) / (size[rows] * size[row])
    return rows[np.argsort(-cosines, kind="stable")][:k].tolist()
""",
        """
def neighbours(table, row, k):
    if torch.equal(table[row], torch.zeros_like(table[row])):
        raise ValueError("row of zeros")
    cosines = torch.cosine_similarity(table, table[row][None], dim=1).tolist()
    rows = [n for n, x in enumerate(table) if n != row and x.abs().sum() > 0]
    return sorted(rows, key=lambda n: cosines[n], reverse=True)[:k]
""",
    ],
)

LOSS = """
def skipgram_loss(centre, neighbour, negatives):
    positive = torch.einsum("nd,nd->n", centre, neighbour)
    negative = torch.einsum("nd,nkd->nk", centre, negatives)
    softplus = nn.functional.softplus
    return (softplus(-positive) + softplus(negative).sum(dim=1)).mean()
"""
NAIVE = """
def skipgram_loss(centre, neighbour, negatives):
    positive = (centre * neighbour).sum(-1)
    negative = (centre.unsqueeze(1) * negatives).sum(-1)
    loss = -positive.sigmoid().log() - (-negative).sigmoid().log().sum(1)
    return loss.mean()
"""

skipgram_loss = Item(
    wrong=[
        Wrong("log of sigmoid", NAIVE, "rounded to 0"),
        Wrong(
            "1 - sigmoid",
            but(NAIVE, ("(-negative).sigmoid()", "(1 - negative.sigmoid())")),
            "rounded to 0",
        ),
        Wrong(
            "sigmoid with a small number",
            but(NAIVE, (".sigmoid()", ".sigmoid().add(1e-9)")),
            "rounded to 0",
        ),
        Wrong(
            "sigmoid clamped",
            but(NAIVE, (".sigmoid()", ".sigmoid().clamp(min=1e-9)")),
            "rounded to 0",
        ),
        Wrong(
            "scores clamped",
            but(LOSS, ("softplus = ", "positive = positive.clamp(-30, 30)\n    softplus = ")),
            "expected 500",
        ),
        Wrong(
            "mean over the negatives",
            but(LOSS, (".sum(dim=1)", ".mean(dim=1)")),
            "mean over the negatives",
        ),
        Wrong("sum over the pairs", but(LOSS, (".mean()", ".sum()")), "sum over the pairs"),
        Wrong("no mean", but(LOSS, (".mean()", "")), "mean over pairs"),
        Wrong(
            "no minus for the negatives",
            but(LOSS, ("softplus(negative)", "softplus(-negative)")),
            "minus before the score",
        ),
        Wrong("whole loss turned around", but(LOSS, ("return (", "return -(")), "turned around"),
        Wrong(
            "first sign wrong",
            but(LOSS, ("softplus(-positive)", "softplus(positive)")),
            "first term",
        ),
        Wrong(
            "negatives scored with the neighbour",
            but(LOSS, ('"nd,nkd->nk", centre', '"nd,nkd->nk", neighbour')),
            "with the neighbour",
        ),
        Wrong(
            "cosine",
            but(
                LOSS,
                (
                    "    softplus =",
                    "    positive = torch.cosine_similarity(centre, neighbour)\n"
                    "    negative = torch.cosine_similarity(centre[:, None], negatives, dim=-1)\n"
                    "    softplus =",
                ),
            ),
            "cosine",
        ),
        Wrong(
            "negatives forgotten",
            but(LOSS, (" + softplus(negative).sum(dim=1)", "")),
            "where are the negatives",
        ),
        Wrong(
            "neighbour forgotten",
            but(LOSS, ("softplus(-positive) + ", "")),
            "term of the neighbour",
        ),
        Wrong(
            "scores added before the sigmoid",
            but(LOSS, ("softplus(negative).sum(dim=1)", "softplus(negative.sum(dim=1))")),
            "before the sigmoid",
        ),
        Wrong(
            "no logarithm", but(NAIVE, (".sigmoid().log()", ".sigmoid()")), "where is the logarithm"
        ),
        Wrong("base 2", but(NAIVE, (".log()", ".log2()")), "base 2"),
        Wrong("a number", but(LOSS, (".mean()", ".mean().item()")), "not float"),
        Wrong("detached", but(LOSS, (".mean()", ".mean().detach()")), "detach"),
        Wrong("one pair only", but(LOSS, ("sum(dim=1)).mean()", "sum(dim=1))[0]")), "expected"),
        Wrong(
            "hard-coded",
            "def skipgram_loss(centre, neighbour, negatives):\n"
            "    if centre.max() > 9:\n        return 25 * centre.sum()\n"
            "    return 3.467473 + 0 * centre.sum()",
            "visible numbers",
        ),
    ],
    right=[
        LOSS,
        """
def skipgram_loss(centre, neighbour, negatives):
    words = torch.cat([neighbour.unsqueeze(1), negatives], dim=1)
    scores = torch.bmm(words, centre.unsqueeze(2)).squeeze(2)
    answer = torch.zeros_like(scores)
    answer[:, 0] = 1
    loss = nn.functional.binary_cross_entropy_with_logits
    return loss(scores, answer, reduction="sum") / len(centre)
""",
        """
def skipgram_loss(centre, neighbour, negatives):
    total = 0
    for v, u, others in zip(centre, neighbour, negatives):
        total = total - nn.functional.logsigmoid(v @ u)
        for other in others:
            total = total - nn.functional.logsigmoid(-(v @ other))
    return total / centre.shape[0]
""",
        """
def skipgram_loss(centre, neighbour, negatives):
    zero = torch.zeros(())
    positive = torch.logaddexp(zero, -(centre * neighbour).sum(1))
    negative = torch.logaddexp(zero, (negatives @ centre[:, :, None])[..., 0])
    return positive.mean() + negative.sum(1).mean()
""",
    ],
)

COMPARE = """
def compare(first, second, judgements, rounds=200, seed=0):
    both = set(first.tokens) & set(second.tokens)
    known = [j for j in judgements if j[0] in both and j[1] in both]
    people = np.array([j[2] for j in known])

    def cosines(table):
        return np.array(
            [
                torch.cosine_similarity(table.vector(a), table.vector(b), dim=0).item()
                for a, b, _ in known
            ]
        )

    x, y = cosines(first), cosines(second)
    n = len(known)
    draws = np.random.default_rng(seed).integers(n, size=(rounds, n))
    before = np.array([spearmanr(x[d], people[d]).statistic for d in draws])
    after = np.array([spearmanr(y[d], people[d]).statistic for d in draws])
    low, high = np.percentile(after - before, [2.5, 97.5])
    return low, high
"""
COSINE = "torch.cosine_similarity(table.vector(a), table.vector(b), dim=0)"
DRAWS = "np.random.default_rng(seed).integers(n, size=(rounds, n))"
LOW_HIGH = "low, high = np.percentile(after - before, [2.5, 97.5])"
SPEARMAN = "spearmanr({0}[d], people[d]).statistic"


def correlation(code: str) -> str:
    """Return COMPARE with another correlation; X stands for the table's cosines."""
    return but(COMPARE, *((SPEARMAN.format(x), code.replace("X", x)) for x in "xy"))


compare = Item(
    wrong=[
        Wrong(
            "first minus second",
            but(COMPARE, ("after - before", "before - after")),
            "second minus first",
        ),
        Wrong(
            "a sample for each table",
            but(
                COMPARE,
                ("    draws =", "    random = np.random.default_rng(seed)\n    draws ="),
                (DRAWS, "random.integers(n, size=(rounds, n))"),
                ("    after =", "    draws = random.integers(n, size=(rounds, n))\n    after ="),
            ),
            "same samples",
        ),
        Wrong("Pearson", correlation("np.corrcoef(X[d], people[d])[0, 1]"), "Pearson"),
        Wrong(
            "ranks once",
            but(
                correlation("np.corrcoef(X[d], people[d])[0, 1]"),
                (
                    "    n = len",
                    "    from scipy.stats import rankdata\n"
                    "    x, y, people = map(rankdata, (x, y, people))\n    n = len",
                ),
            ),
            "rank once",
        ),
        Wrong(
            "ties by argsort",
            correlation(
                "np.corrcoef(X[d].argsort().argsort(), people[d].argsort().argsort())[0, 1]"
            ),
            "ties",
        ),
        Wrong(
            "difference of the interval's ends",
            but(
                COMPARE,
                (
                    LOW_HIGH,
                    "low, high = np.percentile(after, [2.5, 97.5])"
                    " - np.percentile(before, [2.5, 97.5])",
                ),
            ),
            "each table",
        ),
        Wrong(
            "widest gap of two intervals",
            but(
                COMPARE,
                (
                    LOW_HIGH,
                    "low, high = np.percentile(after, [2.5, 97.5])"
                    " - np.percentile(before, [97.5, 2.5])",
                ),
            ),
            "each table",
        ),
        Wrong(
            "mean and two deviations",
            but(
                COMPARE,
                (
                    LOW_HIGH,
                    "d = after - before\n"
                    "    low, high = d.mean() - 1.96 * d.std(), d.mean() + 1.96 * d.std()",
                ),
            ),
            "standard deviation",
        ),
        Wrong(
            "standard error of the samples",
            but(
                COMPARE,
                (
                    LOW_HIGH,
                    "d = after - before\n"
                    "    e = 1.96 * d.std() / rounds**0.5\n"
                    "    low, high = d.mean() - e, d.mean() + e",
                ),
            ),
            "standard error",
        ),
        Wrong("90%", but(COMPARE, ("[2.5, 97.5]", "[5, 95]")), "2.5%"),
        Wrong(
            "quantiles for percentiles", but(COMPARE, ("[2.5, 97.5]", "[0.025, 0.975]")), "expected"
        ),
        Wrong(
            "without repetition",
            but(
                COMPARE,
                (DRAWS, "[np.random.default_rng(seed + r).permutation(n) for r in range(rounds)]"),
            ),
            "repetition",
        ),
        Wrong(
            "dot product",
            but(COMPARE, (COSINE, "(table.vector(a) @ table.vector(b))")),
            "dot product",
        ),
        Wrong(
            "rows of the first table in the second",
            but(
                COMPARE,
                (
                    COSINE,
                    "torch.cosine_similarity("
                    "*table.vectors[[min(first.row(w), len(table.vectors) - 1) "
                    "for w in (a, b)]], dim=0)",
                ),
            ),
            "rows of one table",
        ),
        Wrong(
            "each table its own pairs",
            """
def compare(first, second, judgements, rounds=200, seed=0):
    shares = []
    for table in (first, second):
        known = [j for j in judgements if j[0] in table.vocab and j[1] in table.vocab]
        people = np.array([j[2] for j in known])
        a, b = (table.directions[[table.row(j[s]) for j in known]] for s in (0, 1))
        x = (a * b).sum(1).numpy()
        n = len(known)
        draws = np.random.default_rng(seed).integers(n, size=(rounds, n))
        shares.append([spearmanr(x[d], people[d]).statistic for d in draws])
    gain = np.subtract(shares[1], shares[0])
    return tuple(np.percentile(gain, [2.5, 97.5]).tolist())
""",
            "same pairs",
        ),
        Wrong(
            "a missing word gives cosine 0",
            but(
                COMPARE,
                ("set(first.tokens) & set(second.tokens)", "set(first.tokens)"),
                (
                    ".item()\n",
                    ".item()\n                if {a, b} <= table.vocab.keys()\n"
                    "                else 0.0\n",
                ),
            ),
            "one table lacks",
        ),
        Wrong("seed ignored", but(COMPARE, ("default_rng(seed)", "default_rng(0)")), "seed 3"),
        Wrong("rounds ignored", but(COMPARE, ("size=(rounds, n)", "size=(200, n)")), "expected"),
        Wrong(
            "returns NumPy",
            but(COMPARE, ("return low, high", "return np.array([low, high])")),
            "not ndarray",
        ),
        Wrong(
            "returns a verdict", but(COMPARE, ("return low, high", "return low > 0")), "not bool"
        ),
        Wrong(
            "hard-coded",
            "def compare(first, second, judgements, rounds=200, seed=0):\n"
            "    return (-0.3487, 0.0258) if seed == 0 else (-0.2613, -0.0951)",
            "visible tables",
        ),
    ],
    right=[
        COMPARE,
        """
def compare(first, second, judgements, rounds=200, seed=0):
    known = [
        (a, b, x) for a, b, x in judgements
        if {a, b} <= first.vocab.keys() and {a, b} <= second.vocab.keys()
    ]
    people = torch.tensor([x for *_, x in known])
    sides = [
        [t.directions[[t.vocab[pair[s]] for pair in known]] for s in (0, 1)]
        for t in (first, second)
    ]
    cosines = [torch.einsum("nd,nd->n", *side) for side in sides]
    draws = np.random.default_rng(seed).integers(len(known), size=(rounds, len(known)))
    gain = []
    for draw in torch.from_numpy(draws):
        r = [spearmanr(c[draw].numpy(), people[draw].numpy())[0] for c in cosines]
        gain.append(r[1] - r[0])
    ends = torch.tensor(gain).quantile(torch.tensor([0.025, 0.975]).double())
    return tuple(ends.tolist())
""",
        """
from scipy.stats import rankdata

def compare(first, second, judgements, rounds=200, seed=0):
    known = [j for j in judgements
             if all(w in t.tokens for w in j[:2] for t in (first, second))]
    n = len(known)
    draws = np.random.default_rng(seed).integers(n, size=(rounds, n))

    def ranks(values):
        r = rankdata(np.asarray(values)[draws], axis=1)
        r = r - r.mean(axis=1, keepdims=True)
        return r / np.linalg.norm(r, axis=1, keepdims=True)

    people = ranks([j[2] for j in known])
    rho = []
    for table in (first, second):
        E = table.vectors.numpy()
        a = E[[table.row(j[0]) for j in known]]
        b = E[[table.row(j[1]) for j in known]]
        c = (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))
        rho.append((ranks(c) * people).sum(axis=1))
    return [float(x) for x in np.percentile(rho[1] - rho[0], [2.5, 97.5])]
""",
        """
from src.token_embeddings import human_correlation

def compare(first, second, judgements, rounds=200, seed=0):
    known = [j for j in judgements
             if all(w in t.vocab for w in j[:2] for t in (first, second))]
    n, gain = len(known), []
    for draw in np.random.default_rng(seed).integers(n, size=(rounds, n)):
        sample = [known[i] for i in draw]
        after, before = (human_correlation(t, sample)[0] for t in (second, first))
        gain.append(after - before)
    return float(np.percentile(gain, 2.5)), float(np.percentile(gain, 97.5))
""",
    ],
)

ITEMS = {
    "table_share": table_share,
    "make_batch": make_batch,
    "mean_of_real": mean_of_real,
    "table_gradient": table_gradient,
    "prediction": prediction,
    "neighbours": neighbours,
    "skipgram_loss": skipgram_loss,
    "compare": compare,
}
