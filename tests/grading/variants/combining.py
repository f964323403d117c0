"""Right and wrong answers to the homework of the chapter on combining."""

from tests.grading.harness import Item, Wrong


def add(body: str) -> str:
    """Return a solution of add_positions with this body."""
    return f"def add_positions(tokens, table):\n    {body}\n"


def ratio(body: str) -> str:
    """Return a solution of starting_ratio with this body."""
    return f"def starting_ratio(dim, std, scale=False):\n    root = dim**0.5\n    {body}"


def setups(value: object) -> str:
    """Return a solution of predict_padding."""
    return f"predicted_setups = {value!r}\n"


LAYER = """
def input_layer(ids, token, token_type, position, scale, shift, eps):
    T = ids.shape[1]
    x = {x}
    mean = x.mean(dim={dim}, keepdim=True)
    var = x.var(dim={dim}, correction={ddof}, keepdim=True)
    y = (x - mean) / {root}
    return {out}
"""


def layer(
    x="token[ids] + token_type[0] + position[:T]",
    dim=-1,
    ddof=0,
    root="(var + eps).sqrt()",
    out="y * scale + shift",
) -> str:
    """Return a solution of input_layer, by its parts."""
    return LAYER.format(x=x, dim=dim, ddof=ddof, root=root, out=out)


def readable(low: str, high: str, end="(low, high) if low <= high else None") -> str:
    """Return a solution of readable_range with these borders."""
    return (
        "import math\n\n\ndef readable_range(dim, num_tokens, num_positions):\n"
        "    V, T = num_tokens, num_positions\n"
        f"    low = {low}\n    high = {high}\n    return {end}\n"
    )


LOW, HIGH = "(T ** (2 / dim) - 1) ** 0.5", "(V ** (2 / dim) - 1) ** -0.5"


def energy(
    a="table - table.mean(dim=0)",
    b="other - (w * other).sum(dim=0)",
    rows="w.sqrt() * b",
    basis="axes[:k]",
    out="((a @ basis.T) ** 2).sum() / (a**2).sum()",
) -> str:
    """Return a solution of energy_share, by its parts."""
    return (
        "import torch\n\n\ndef energy_share(table, other, counts, k):\n"
        "    D, w = table.shape[1], (counts / counts.sum()).double()[:, None]\n"
        f"    a = {a}\n    b = {b}\n    axes = torch.linalg.svd({rows}).Vh\n"
        f"    basis = {basis}\n    return {out}\n"
    )


def pack(
    mask="(same & causal & real[:, :, None]) | eye",
    positions="(mask.sum(dim=2) - 1)",
) -> str:
    """Return a solution of packed, by its parts."""
    return (
        "import torch\n\n\ndef packed(text_of):\n    B, T = text_of.shape\n"
        "    same, real = text_of[:, :, None] == text_of[:, None], text_of > 0\n"
        "    causal, eye = torch.ones(T, T).tril().bool(), torch.eye(T).bool()\n"
        f"    mask = {mask}\n    positions = {positions}\n    return mask, positions\n"
    )


WINDOWED = """
def windowed_attention(q, k, v, cache, window):
    past = {past}
    new = torch.arange(past, past + len(q))
    {turn}
    if cache:
        k = torch.cat((cache["k"], k))
        v = torch.cat((cache["v"], v))
    {cut}
    start, back = len(k) - len(q), torch.arange(len(k) - len(q), len(k))
    back = back[:, None] - torch.arange(len(k))
    see = {mask}
    {store}
    out, weights = attention(q, k, v, mask=see)
    return {out}
"""


def windowed(
    past="cache.get('past', 0)",
    turn="q, k = apply_rotary(q, new), apply_rotary(k, new)",
    cut="pass",
    mask="(back >= 0) & (back < window)",
    store="cache.update(k=k[-window:], v=v[-window:], past=past + len(q))",
    out="out",
) -> str:
    """Return a solution of windowed_attention, by its parts."""
    return WINDOWED.format(past=past, turn=turn, cut=cut, mask=mask, store=store, out=out)


KEPT = "len(cache['k']) if cache else 0"
CUT = "keep = max(window, len(q)); k, v = k[-keep:], v[-keep:]"
CAUSAL = "causal_mask(len(q), len(k), query_start=start)"


CHECK = """
def check_window(attend):
    g = torch.Generator().manual_seed(3)
    q, k, v = torch.randn(3, 9, 6, generator=g).double()
    other = torch.randn(2, 6, generator=g).double()
    whole = attend(q, k, v, {{}}, 4)

    def change(place):
        keys, values = k.clone(), v.clone()
        keys[place], values[place] = other
        new = attend(q, keys, values, {{}}, 4)
        return (new[-1] - whole[-1]).abs().max()

    {window}
    {order}
    for sizes in {sizes}:
        cache, start, rows = {{}}, 0, []
        for n in sizes:
            end = start + n
            rows.append(attend(q[start:end], k[start:end], v[start:end], cache, 4))
            start = end
        got = torch.cat(rows)
        {compare}
"""
ORDER = """swap = [0, 1, 2, 3, 4, 5, 7, 6, 8]
    moved = attend(q, k[swap], v[swap], {}, 4)
    assert (moved[-1] - whole[-1]).abs().max() > 1e-3"""


def check(
    window="assert change(5) > 1e-3 and change(4) < 1e-3",
    order=ORDER,
    sizes="((4, 5), (4, 1, 1, 3))",
    compare="assert torch.allclose(got, whole, atol=1e-4)",
) -> str:
    """Return a solution of check_window, by its parts."""
    return CHECK.format(window=window, order=order, sizes=sizes, compare=compare)


HEAD = """
def place_head(weights_of, ids, vocab_size):
    B, T = ids.shape
    p = torch.arange(T)
    usual = weights_of(ids, p)
    g = torch.Generator().manual_seed(5)
    other = {other}

    def moved(w):
        return (w - usual).abs().sum(dim=-1).mean(dim=(0, 2))

    words, places = moved(weights_of(other, p)), moved(weights_of(ids, {places}))
    head = int({head})
    mean = usual[:, head].mean(dim=0)
    return head, {offset}
"""
OTHER = "torch.randint(vocab_size, (B, T), generator=g)"
OFFSET = "max(range(1 - T, T), key=lambda o: mean.diagonal(o).mean().item())"


def heads(
    other=OTHER,
    places="torch.zeros(T, dtype=torch.long)",
    head="(places - words).argmax()",
    offset=OFFSET,
) -> str:
    """Return a solution of place_head, by its parts."""
    return HEAD.format(other=other, places=places, head=head, offset=offset)


ITEMS = {
    "add_positions": Item(
        wrong=[
            Wrong(
                "counts along the batch",
                add("return tokens + table[: tokens.shape[0]].unsqueeze(1)"),
                "axis 0, instead of axis 1",
            ),
            Wrong(
                "one row instead of a slice",
                add("return tokens + table[tokens.shape[1]]"),
                "instead of a slice",
            ),
            Wrong("forgets to cut", add("return tokens + table"), "do you cut the table"),
            Wrong(
                "counts from 1",
                add("return tokens + table.roll(-1, 0)[: tokens.shape[1]]"),
                "do you count from 1",
            ),
            Wrong(
                "takes the last rows",
                add("return tokens + table[-tokens.shape[1] :]"),
                "from the end of the table",
            ),
            Wrong(
                "adds in place",
                add("tokens += table[: tokens.shape[1]]\n    return tokens"),
                "in place",
            ),
            Wrong(
                "returns NumPy",
                add("return (tokens + table[: tokens.shape[1]]).numpy()"),
                "not a torch tensor",
            ),
            Wrong(
                "works for one text only",
                add("return tokens[0] + table[: tokens.shape[1]]"),
                "each of the B texts",
            ),
            Wrong(
                "hard-coded to five tokens",
                add("return tokens + table[:5]"),
                "to the T of these tokens",
            ),
            Wrong(
                "forgets the tokens",
                add("return table[: tokens.shape[1]].expand_as(tokens)"),
                "where are the tokens",
            ),
            Wrong(
                "forgets to return",
                add("out = tokens + table[: tokens.shape[1]]"),
                "forget to return",
            ),
            Wrong(
                "returns something equal to everything",
                "class Same:\n    def __eq__(self, other):\n        return True\n\n\n"
                "def add_positions(tokens, table):\n    return Same()\n",
                "not a torch tensor",
            ),
        ],
        right=[
            add("return tokens + table[torch.arange(tokens.size(1))].unsqueeze(0)"),
            add(
                "B, T, D = tokens.shape\n    return table.narrow(0, 0, T).expand(B, T, D) + tokens"
            ),
            add("return torch.stack([text + table[: len(text)] for text in tokens])"),
            add("return tokens.double() + table[None, : tokens.shape[1]].double()"),
            add(
                "out = tokens.clone()\n    for p in range(out.shape[1]):\n"
                "        out[:, p] += table[p]\n    return out"
            ),
        ],
    ),
    "starting_ratio": Item(
        wrong=[
            Wrong(
                "takes sinusoids to be as long as the root of D",
                ratio("return std * (root if scale else 1)"),
                "as long as you think",
            ),
            Wrong(
                "upside down",
                ratio("return (dim / 2) ** 0.5 / (std * root * (root if scale else 1))"),
                "upside down",
            ),
            Wrong("factor forgotten", ratio("return std * 2**0.5"), "change anything"),
            Wrong(
                "factor D",
                ratio("return std * 2**0.5 * (dim if scale else 1)"),
                "It is the root of D",
            ),
            Wrong(
                "divides by the factor",
                ratio("return std * 2**0.5 / (root if scale else 1)"),
                "multiplies the tokens",
            ),
            Wrong(
                "factor always",
                ratio("return std * 2**0.5 * root"),
                "though scale is False",
            ),
            Wrong(
                "squared lengths",
                ratio("return 2 * std**2 * (dim if scale else 1)"),
                "ratio of the squares",
            ),
            Wrong(
                "hard-coded to width 512",
                ratio("return std * 512**0.5 * (512**0.5 if scale else 1) / 16"),
                "numbers of the example",
            ),
            Wrong(
                "ignores std",
                ratio("return 2**0.5 if scale else 2**0.5 / root"),
                "numbers of the example",
            ),
            Wrong("prints", ratio("print(std * 2**0.5)"), "forget to return"),
        ],
        right=[
            ratio("return std * 2**0.5 * (root if scale else 1)"),
            ratio("return torch.tensor(std * 2**0.5 * dim ** (0.5 * scale))"),
            ratio(
                "token = torch.full((dim,), std).norm()\n"
                "    return token * (root if scale else 1) / (dim / 2) ** 0.5"
            ),
        ],
    ),
    "predict_padding": Item(
        wrong=[
            Wrong("only counted ones", setups("B"), "if query and key both move"),
            Wrong("all masked ones", setups("ABCDE"), "which row of the learned table"),
            Wrong("rotary forgives anything", setups("BCDE"), "if only the query moves"),
            Wrong("no positions, no harm", setups("BCEF"), "who reads the padding"),
            Wrong("only relative ones", setups("CE"), "B is as alone"),
            Wrong("ALiBi must count", setups("BC"), "E is as alone"),
            Wrong("all of them", setups("ABCDEF"), "which row of the learned table"),
            Wrong("a sentence", setups("B and C and E"), "not a string of letters"),
            Wrong("nothing", setups(""), "not a string of letters"),
            Wrong("a list of numbers", setups([2, 3, 5]), "write one string"),
        ],
        right=[setups("BCE"), setups("E, C, B"), setups("bce"), setups("B C E")],
    ),
    "input_layer": Item(
        wrong=[
            Wrong("no token type", layer(x="token[ids] + position[:T]"), "token type 0 is missing"),
            Wrong(
                "token type 1",
                layer(x="token[ids] + token_type[1] + position[:T]"),
                "token type 1, not 0",
            ),
            Wrong("D - 1 in the variance", layer(ddof=1), "variance with D - 1"),
            Wrong("eps outside the root", layer(root="(var.sqrt() + eps)"), "outside the root"),
            Wrong("no eps", layer(root="var.sqrt()"), "where is eps"),
            Wrong("normalises over tokens", layer(dim=1), "over the tokens, axis 1"),
            Wrong("no scale and shift", layer(out="y"), "where are scale and shift"),
            Wrong("no shift", layer(out="y * scale"), "where is the shift"),
            Wrong(
                "positions after the norm",
                layer(x="token[ids] + token_type[0]", out="y * scale + shift + position[:T]"),
                "added after the LayerNorm",
            ),
            Wrong(
                "positions from 1",
                layer(x="token[ids] + token_type[0] + position[1 : T + 1]"),
                "positions from 1",
            ),
            Wrong("no norm", layer(out="x"), "where is the LayerNorm"),
            Wrong("first text only", layer(out="(y * scale + shift)[0]"), "batch axis kept"),
            Wrong("NumPy", layer(out="(y * scale + shift).numpy()"), "not a torch tensor"),
            Wrong(
                "positions along the batch",
                layer(x="token[ids] + token_type[0] + position[: len(ids)].unsqueeze(1)"),
                "positions 0, 1, 2",
            ),
            Wrong(
                "torch's own LayerNorm",
                "def input_layer(ids, token, token_type, position, scale, shift, eps):\n"
                "    x = token[ids] + token_type[0] + position[: ids.size(1)]\n"
                "    return torch.nn.functional.layer_norm(x, x.shape[-1:], scale, shift, eps)\n",
                "off limits",
            ),
            Wrong(
                "torch's own LayerNorm, under another name",
                "def input_layer(ids, token, token_type, position, scale, shift, eps):\n"
                "    x = token[ids] + token_type[0] + position[: ids.size(1)]\n"
                "    return torch.layer_norm(x, x.shape[-1:], scale, shift, eps)\n",
                "off limits",
            ),
            Wrong(
                "changes the shared tables",
                layer(x="token.add_(token_type[0])[ids] + position[:T]"),
                "in place",
            ),
        ],
        right=[
            layer(),
            "def input_layer(ids, token, token_type, position, scale, shift, eps):\n"
            "    x = token[ids] + token_type[0] + position[: ids.size(1)]\n"
            "    x = x.float() - x.float().mean(-1, keepdim=True)\n"
            "    root = torch.rsqrt((x**2).mean(-1, keepdim=True) + eps)\n"
            "    return x * root * scale.float() + shift.float()\n",
            "def input_layer(ids, token, token_type, position, scale, shift, eps):\n"
            "    where = torch.arange(ids.size(1)).expand_as(ids)\n"
            "    x = position[where] + token[ids] + token_type[torch.zeros_like(ids)]\n"
            "    D = x.shape[-1]\n"
            "    x = x - torch.einsum('btd->bt', x)[..., None] / D\n"
            "    var = torch.einsum('btd,btd->bt', x, x)[..., None] / D\n"
            "    return torch.addcmul(shift, x / torch.sqrt(var + eps), scale).double()\n",
            "def input_layer(ids, token, token_type, position, scale, shift, eps):\n"
            "    texts = []\n"
            "    for row in ids.tolist():\n"
            "        vectors = []\n"
            "        for p, w in enumerate(row):\n"
            "            x = position[p] + token[w] + token_type[0]\n"
            "            x = x - x.mean()\n"
            "            x = x / torch.sqrt((x**2).mean() + eps)\n"
            "            vectors.append(x * scale + shift)\n"
            "        texts.append(torch.stack(vectors))\n"
            "    return torch.stack(texts)\n",
        ],
    ),
    "readable_range": Item(
        wrong=[
            Wrong("order swapped", readable(HIGH, LOW, "(low, high)"), "Is the order (low, high)"),
            Wrong(
                "tables swapped",
                readable(LOW.replace("T", "V"), HIGH.replace("V", "T"), "(low, high)"),
                "Which table sets which border",
            ),
            Wrong(
                "token's r not turned over",
                readable(LOW, "(V ** (2 / dim) - 1) ** 0.5", "(low, high)"),
                "what is the signal",
            ),
            Wrong("root forgotten", readable(f"({LOW}) ** 2", f"({HIGH}) ** 2"), "r squared"),
            Wrong(
                "2 forgotten",
                readable("(T ** (1 / dim) - 1) ** 0.5", "(V ** (1 / dim) - 1) ** -0.5"),
                "Where is the 2",
            ),
            Wrong(
                "1 forgotten",
                readable("T ** (1 / dim)", "V ** (-1 / dim)", "(low, high)"),
                "Where is the 1",
            ),
            Wrong(
                "log of base e with 2 to the power",
                readable(
                    "(2 ** (2 * math.log(T) / dim) - 1) ** 0.5",
                    "(2 ** (2 * math.log(V) / dim) - 1) ** -0.5",
                ),
                "of one base",
            ),
            Wrong(
                "one table for both",
                readable(LOW, HIGH.replace("V", "T")),
                "one table for both",
            ),
            Wrong("never None", readable(LOW, HIGH, "(low, high)"), "can both be read"),
            Wrong(
                "hard-coded to MiniLM's width",
                readable("(T ** (1 / 192) - 1) ** 0.5", "(V ** (1 / 192) - 1) ** -0.5"),
                "a number of one model",
            ),
            Wrong("one number", readable(LOW, HIGH, "high - low"), "tuple of two numbers"),
        ],
        right=[
            readable(LOW, HIGH),
            readable(
                "math.sqrt(math.exp(2 * math.log(T) / dim) - 1)",
                "1 / math.sqrt(math.expm1(2 * math.log(V) / dim))",
            ),
            readable(LOW, HIGH, "None if low > high else [low, high]"),
            "import math\n\n\ndef readable_range(dim, num_tokens, num_positions):\n"
            "    def root(rows):\n"
            "        a, z = 0.0, 1e9\n"
            "        for _ in range(200):\n"
            "            m = (a + z) / 2\n"
            "            enough = math.log1p(m * m) * dim > 2 * math.log(rows)\n"
            "            a, z = (a, m) if enough else (m, z)\n"
            "        return z\n\n"
            "    s, t = root(num_positions), 1 / root(num_tokens)\n"
            "    if s > t:\n        return None\n    return s, t\n",
        ],
    ),
    "energy_share": Item(
        wrong=[
            Wrong(
                "no counts",
                energy(b="other - other.mean(dim=0)", rows="b"),
                "do the counts come in at all",
            ),
            Wrong(
                "plain mean",
                energy(b="other - other.mean(dim=0)"),
                "for the mean too",
            ),
            Wrong("counts for the mean only", energy(rows="b"), "for the directions too"),
            Wrong("counts squared", energy(rows="w * b"), "come in twice"),
            Wrong(
                "words that occur, once each",
                energy(
                    b="other[counts > 0] - other[counts > 0].mean(dim=0)",
                    rows="b",
                ),
                "sizes come from the tables",
            ),
            Wrong("table not centred", energy(a="table"), "mean of the table"),
            Wrong("other not centred", energy(b="other"), "mean of other taken off"),
            Wrong("nothing centred", energy(a="table", b="other"), "is any mean taken off"),
            Wrong(
                "other's mean taken off both",
                energy(a="table - (w * other).sum(dim=0)"),
                "its own mean",
            ),
            Wrong(
                "weakest directions",
                energy(basis="torch.linalg.eigh(b.T @ (w * b)).eigenvectors.T[:k]"),
                "weakest",
            ),
            Wrong("direction k alone", energy(basis="axes[k - 1 : k]"), "alone"),
            Wrong(
                "sums without squares",
                energy(out="(a @ basis.T).abs().sum() / (a @ axes.T).abs().sum()"),
                "*squares*",
            ),
            Wrong(
                "lengths instead of energy",
                energy(out="(a @ basis.T).norm() / a.norm()"),
                "share of the length",
            ),
            Wrong("columns of Vh", energy(basis="axes.T[:k]"), "the rows of Vh"),
            Wrong(
                "over chance",
                energy(out="((a @ basis.T) ** 2).sum() / (a**2).sum() * D / k"),
                "share over chance",
            ),
            Wrong(
                "share of each direction",
                energy(out="((a @ basis.T) ** 2).sum(dim=0) / (a**2).sum()"),
                "forget to sum",
            ),
            Wrong("own directions", energy(rows="a"), "the table's own"),
            Wrong("centres in place", energy(a="table.sub_(table.mean(dim=0))"), "in place"),
            Wrong(
                "two directions, as in the check", energy(basis="axes[:2]"), "come from the tables"
            ),
        ],
        right=[
            energy(),
            energy(basis="torch.linalg.eigh(b.T @ (w * b)).eigenvectors.flip(1).T[:k]"),
            "import torch\n\n\ndef energy_share(table, other, counts, k):\n"
            "    rows = other.repeat_interleave(counts, dim=0)\n"
            "    centred = rows - rows.mean(dim=0)\n"
            "    basis = torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1).T\n"
            "    table = table - table.mean(dim=0)\n"
            "    along = (table @ basis.T).square().sum(dim=0)\n"
            "    return along[:k].sum() / along.sum()\n",
            "import torch\n\n\ndef energy_share(table, other, counts, k):\n"
            "    rows = torch.stack([r for r, c in zip(other, counts) for _ in range(c)]).float()\n"
            "    basis = torch.linalg.svd(rows - rows.mean(0), full_matrices=False).Vh[:k]\n"
            "    table = (table - table.mean(dim=0)).float()\n"
            "    inside = torch.einsum('md,kd->mk', table, basis)\n"
            "    return float((inside.norm() / table.norm()) ** 2)\n",
            "import numpy as np\n\n\ndef energy_share(table, other, counts, k):\n"
            "    a, b = table.numpy(), other.numpy()\n"
            "    cov = np.cov(b.T, fweights=counts.numpy())\n"
            "    values, vectors = np.linalg.eigh(cov)\n"
            "    a = a - a.mean(0)\n"
            "    first = vectors[:, np.argsort(-values)[:k]]\n"
            "    return np.sum((a @ first) ** 2) / np.sum(a**2)\n",
        ],
    ),
    "packed": Item(
        wrong=[
            Wrong("plain causal mask", pack(mask="causal.expand(B, T, T)"), "more than itself"),
            Wrong(
                "padding hidden, texts not kept apart",
                pack(mask="(causal & real[:, None] & real[:, :, None]) | eye"),
                "text before its own",
            ),
            Wrong("blocks without causality", pack(mask="same | eye"), "see later ones"),
            Wrong(
                "upside down",
                pack(mask="~((same & causal & real[:, :, None]) | eye)"),
                "wrong way round",
            ),
            Wrong(
                "transposed",
                pack(mask="(same & causal.T & real[:, :, None]) | eye"),
                "are they swapped",
            ),
            Wrong(
                "not itself",
                pack(mask="same & causal & ~eye & real[:, :, None]"),
                "may a token not see itself",
            ),
            Wrong(
                "padding sees nothing",
                pack(mask="same & causal & real[:, :, None]"),
                "let it see itself",
            ),
            Wrong("padding is a text", pack(mask="same & causal"), "taken for a text"),
            Wrong(
                "numbers to add",
                pack(mask="torch.zeros(B, T, T).masked_fill(~(same & causal), -torch.inf)"),
                "not numbers to be added",
            ),
            Wrong(
                "one mask for the batch",
                pack(mask="((same & causal & real[:, :, None]) | eye)[0]", positions="text_of"),
                "the mask has shape",
            ),
            Wrong(
                "the first row's mask for all",
                pack(mask="((same & causal & real[:, :, None]) | eye)[:1].expand(B, T, T)"),
                "more than itself",
            ),
            Wrong(
                "positions run on",
                pack(positions="torch.arange(T).expand(B, T) * real"),
                "run on through",
            ),
            Wrong(
                "positions from 1",
                pack(positions="mask.sum(dim=2) * real"),
                "each text starts at 0",
            ),
            Wrong("number of the text", pack(positions="text_of"), "each text starts at 0"),
            Wrong(
                "padding counts on",
                pack(positions="(same & causal).sum(dim=2) - 1"),
                "padding gets 0",
            ),
            Wrong(
                "padding at -1",
                pack(positions="(same & causal & real[:, :, None]).sum(dim=2) - 1"),
                "padding gets 0",
            ),
            Wrong(
                "neighbours only",
                pack(mask="(same & causal & causal.T.tril(1) & real[:, :, None]) | eye"),
                "miss an earlier one",
            ),
            Wrong("floats", pack(positions="(mask.sum(dim=2) - 1).float()"), "torch.float32"),
            Wrong("mask only", pack().replace("mask, positions\n", "mask\n"), "two tensors"),
            Wrong(
                "the lesson's list of lengths",
                "import torch\n\n\ndef packed(lengths):\n"
                "    blocks = [torch.ones(n, n).tril() for n in lengths.flatten().tolist() if n]\n"
                "    mask = torch.block_diag(*blocks).bool()\n"
                "    return mask, mask.sum(dim=1) - 1\n",
                "the mask has shape",
            ),
        ],
        right=[
            pack(),
            "import torch\n\n\ndef packed(text_of):\n"
            "    masks, positions = [], []\n"
            "    for row in text_of:\n"
            "        _, sizes = row[row > 0].unique_consecutive(return_counts=True)\n"
            "        blocks = [torch.ones(n, n).tril() for n in sizes.tolist()]\n"
            "        blocks += [torch.ones(1, 1)] * int((row == 0).sum())\n"
            "        masks.append(torch.block_diag(*blocks).bool())\n"
            "        positions.append(masks[-1].sum(dim=1) - 1)\n"
            "    return torch.stack(masks), torch.stack(positions)\n",
            "import torch\n\n\ndef packed(text_of):\n"
            "    B, T = text_of.shape\n"
            "    mask = torch.zeros(B, T, T, dtype=torch.bool)\n"
            "    positions = torch.zeros(B, T, dtype=torch.long)\n"
            "    for b in range(B):\n"
            "        for i in range(T):\n"
            "            mask[b, i, i] = True\n"
            "            if text_of[b, i] == 0:\n"
            "                continue\n"
            "            for j in range(i):\n"
            "                mask[b, i, j] = text_of[b, i] == text_of[b, j]\n"
            "            positions[b, i] = mask[b, i].sum() - 1\n"
            "    return mask, positions\n",
            "def packed(text_of):\n"
            "    same = text_of[:, :, None] == text_of[:, None]\n"
            "    same[(text_of == 0)] = False\n"
            "    T = text_of.shape[1]\n"
            "    mask = causal_mask(T) & (same | torch.eye(T, dtype=torch.bool))\n"
            "    one = torch.ones_like(text_of[:, :1])\n"
            "    new = torch.cat([one, text_of.diff(dim=1)], 1) != 0\n"
            "    start = (torch.arange(T) * new).cummax(dim=1).values\n"
            "    positions = (torch.arange(T) - start) * (text_of > 0)\n"
            "    return [mask, positions]\n",
        ],
    ),
    "windowed_attention": Item(
        wrong=[
            Wrong(
                "not mended",
                windowed(past=KEPT, cut=CUT, mask=CAUSAL),
                "at which places do new tokens stand, and are keys cut too early",
            ),
            Wrong(
                "past counted by the cut cache",
                windowed(past=KEPT),
                "no longer counts the tokens before it",
            ),
            Wrong("cut before the attention", windowed(cut=CUT), "before the attention"),
            Wrong("no window in the mask", windowed(mask=CAUSAL), "needed in the mask too"),
            Wrong(
                "past and mask left",
                windowed(past=KEPT, mask=CAUSAL),
                "two faults are left",
            ),
            Wrong(
                "the lesson's function: no window at all",
                windowed(mask=CAUSAL, store="cache.update(k=k, v=v, past=past + len(q))"),
                "the cache holds",
            ),
            Wrong(
                "right, but the cache grows",
                windowed(store="cache.update(k=k, v=v, past=past + len(q))"),
                "do you cut it after each call",
            ),
            Wrong(
                "keeps a list of all pieces beside the cut cache",
                windowed(
                    store="cache.update(k=k[-window:], v=v[-window:], past=past + len(q),"
                    " all=[*cache.get('all', []), *v])"
                ),
                "do you cut it after each call",
            ),
            Wrong(
                "window one too wide",
                windowed(mask="(back >= 0) & (back <= window)"),
                "one too wide",
            ),
            Wrong(
                "window one too narrow",
                windowed(mask="(back >= 0) & (back < max(window - 1, 1))"),
                "one too narrow",
            ),
            Wrong(
                "new tokens start at 0",
                windowed(
                    turn="q, k = apply_rotary(q, new - past), apply_rotary(k, new - past)",
                ),
                "new tokens start at position 0",
            ),
            Wrong(
                "queries start at 0",
                windowed(turn="q, k = apply_rotary(q, new - past), apply_rotary(k, new)"),
                "new queries start at position 0",
            ),
            Wrong(
                "cached keys turned again",
                windowed(
                    turn="q = apply_rotary(q, new)",
                    cut="k = apply_rotary(k, torch.arange(past + len(q) - len(k), past + len(q)))",
                ),
                "cached keys turned again",
            ),
            Wrong(
                "sees later tokens",
                windowed(mask="back < window"),
                "see later ones",
            ),
            Wrong(
                "a new dictionary",
                windowed(store="cache = {'k': k, 'v': v, 'past': past + len(q)}"),
                "dictionary that was given updated",
            ),
            Wrong(
                "the values are turned too",
                windowed(turn="q, k, v = (apply_rotary(x, new) for x in (q, k, v))"),
                "are values turned too",
            ),
            Wrong("output and weights", windowed(out="(out, weights)"), "return the output"),
            Wrong(
                "keeps the past in a global",
                "PAST = []\n"
                + windowed(
                    past="sum(PAST)",
                    store="PAST.append(len(q))\n    cache.update(k=k[-window:], v=v[-window:])",
                ).replace(
                    "new = torch.arange(past, past + len(q))",
                    "new = torch.arange(past, past + len(q)) ** 2",
                ),
                "outside of the cache",
            ),
            Wrong(
                "window 4 built in",
                windowed().replace("past = ", "window = 4\n    past = "),
                "see too far back",
            ),
            Wrong(
                "width 4 built in",
                windowed(turn="q, k = apply_rotary(q[:, :4], new), apply_rotary(k[:, :4], new)"),
                "the output is wrong",
            ),
            Wrong(
                "pieces no longer than the window",
                windowed(mask="(back >= 0) & ((back < window) | (len(q) > window))"),
                "a piece longer than the window",
            ),
        ],
        right=[
            windowed(),
            windowed(mask=CAUSAL + ".triu(start - window + 1)"),
            "def windowed_attention(q, k, v, cache, window):\n"
            "    if cache:  # keys are kept unturned; only distances count\n"
            "        k = torch.cat((cache['k'], k))\n"
            "        v = torch.cat((cache['v'], v))\n"
            "    cache['k'], cache['v'] = k[-window:].clone(), v[-window:].clone()\n"
            "    places = torch.arange(len(k))\n"
            "    here = places[len(k) - len(q) :]\n"
            "    back = here[:, None] - places\n"
            "    see = (back >= 0) & (back < window)\n"
            "    q, k = apply_rotary(q, here), apply_rotary(k, places)\n"
            "    return attention(q, k, v, mask=see)[0]\n",
            "import math\n\n\ndef windowed_attention(q, k, v, cache, window):\n"
            "    rows = cache.setdefault('rows', [])\n"
            "    out = []\n"
            "    for one, key, value in zip(q, k, v):\n"
            "        here = torch.tensor([cache.get('n', 0)])\n"
            "        cache['n'] = cache.get('n', 0) + 1\n"
            "        rows.append((apply_rotary(key[None], here)[0], value))\n"
            "        del rows[:-window]\n"
            "        keys = torch.stack([a for a, _ in rows])\n"
            "        values = torch.stack([b for _, b in rows])\n"
            "        score = keys @ apply_rotary(one[None], here)[0] / math.sqrt(len(one))\n"
            "        out.append(score.softmax(dim=0) @ values)\n"
            "    return torch.stack(out)\n",
            windowed(out="out.float()"),
        ],
    ),
    "check_window": Item(
        wrong=[
            Wrong(
                "compares shapes",
                check(compare="assert got.shape == whole.shape"),
                "number by number",
            ),
            Wrong(
                "returns False instead of raising",
                check(compare="if not torch.allclose(got, whole, atol=1e-4): return False"),
                "raise an AssertionError",
            ),
            Wrong("equal bits", check(compare="assert torch.equal(got, whole)"), "equal bits"),
            Wrong(
                "rejects everything",
                "def check_window(attend):\n    raise AssertionError\n",
                "rejects a right function",
            ),
            Wrong("accepts everything", "def check_window(attend):\n    pass\n", "number by"),
            Wrong("window not tested", check(window="pass"), "without a window pass"),
            Wrong(
                "only that far tokens do not count",
                check(window="assert change(4) < 1e-3"),
                "also change the token",
            ),
            Wrong(
                "only that near tokens count",
                check(window="assert change(5) > 1e-3"),
                "without a window pass",
            ),
            Wrong(
                "a token far outside, not the first one outside",
                check(window="assert change(5) > 1e-3 and change(0) < 1e-3"),
                "exactly `window` places back",
            ),
            Wrong(
                "takes the window to hold one token more",
                check(window="assert change(4) > 1e-3 and change(3) < 1e-3"),
                "rejects a right function",
            ),
            Wrong(
                "text no longer than the window",
                check(window="pass").replace(", 4)", ", 9)"),
                "lets broken_attention pass",
            ),
            Wrong(
                "no piece after the window is full",
                check(sizes="((1, 1, 7), (2, 1, 6))"),
                "after the window is full",
            ),
            Wrong("two pieces only", check(sizes="((3, 6), (4, 5))"), "three pieces"),
            Wrong("order not tested", check(order="pass"), "two earlier tokens change places"),
            Wrong(
                "swaps keys but not values, and only looks at shapes of it",
                check(order="assert attend(q, k.flip(0), v, {}, 4).shape == q.shape"),
                "two earlier tokens change places",
            ),
            Wrong(
                "swaps tokens outside of the window",
                check(order=ORDER.replace("[0, 1, 2, 3, 4, 5, 7, 6, 8]", "[1, 0, *range(2, 9)]")),
                "rejects a right function",
            ),
            Wrong(
                "token by token",
                check(sizes="((1,) * 9,)"),
                "more than one token",
            ),
            Wrong(
                "compares the first piece",
                check(compare="assert torch.allclose(rows[0], whole[: sizes[0]])"),
                "number by number",
            ),
            Wrong(
                "looks into the cache",
                check(
                    compare="assert torch.allclose(got, whole, atol=1e-4)\n"
                    "        assert len(cache['k']) <= 4"
                ),
                "look into the cache",
            ),
            Wrong(
                "asks for twelve digits",
                check(compare="assert torch.allclose(got, whole, rtol=0, atol=1e-12)"),
                "rejects a right attention",
            ),
            Wrong(
                "the lesson's check_pieces: no window",
                "def check_window(attend):\n"
                "    torch.manual_seed(0)\n"
                "    q, k, v = torch.randn(3, 9, 8).double()\n"
                "    whole = attend(q, k, v, {}, 9)\n"
                "    swap = [1, 0, *range(2, 9)]\n"
                "    swapped = attend(q, k[swap], v[swap], {}, 9)\n"
                "    assert not torch.allclose(swapped[-1], whole[-1])\n"
                "    for sizes in ((9,), (4, 5), (4, 1, 1, 3)):\n"
                "        cache, out = {}, []\n"
                "        parts = zip(*(x.split(sizes) for x in (q, k, v)), strict=True)\n"
                "        for part in parts:\n"
                "            out.append(attend(*part, cache, 9))\n"
                "            so_far = torch.cat(out)\n"
                "            assert torch.allclose(so_far, whole[: len(so_far)])\n",
                "lets broken_attention pass",
            ),
        ],
        right=[
            check(),
            check(
                sizes="((2, 2, 2, 3), (1, 8), (5, 1, 3))",
                compare="assert (got - whole).abs().max().item() < 1e-3",
            ),
            check(
                window="assert change(6) > 1e-3 and change(5) > 1e-3\n"
                "    assert max(change(p) for p in range(5)) < 1e-4"
            ),
            "def check_window(attend):\n"
            "    torch.manual_seed(1)\n"
            "    T, w = 7, 2\n"
            "    q, k, v = torch.randn(T, 4), torch.randn(T, 4), torch.randn(T, 4)\n"
            "    for w in (2, 3):\n"
            "        whole = attend(q, k, v, {}, w)\n"
            "        for a in range(1, 6):\n"
            "            for b in range(a + 1, 7):\n"
            "                cache = {}\n"
            "                parts = [attend(q[s], k[s], v[s], cache, w)\n"
            "                         for s in (slice(0, a), slice(a, b), slice(b, 7))]\n"
            "                difference = (torch.cat(parts) - whole).abs().max()\n"
            "                if difference > 1e-3:\n"
            "                    raise AssertionError(f'cut at {a} and {b}')\n"
            "        for p in range(T):\n"
            "            keys, values = k.clone(), v.clone()\n"
            "            keys[p] += 1\n"
            "            values[p] += 1\n"
            "            change = (attend(q, keys, values, {}, w) - whole).abs().amax(dim=1)\n"
            "            for t in range(T):\n"
            "                if (change[t] > 1e-3) != (0 <= t - p < w):\n"
            "                    raise AssertionError(f'token {p}, output {t}')\n"
            "    keys, values = k.clone(), v.clone()\n"
            "    keys[[4, 5]], values[[4, 5]] = k[[5, 4]], v[[5, 4]]\n"
            "    if torch.allclose(attend(q, keys, values, {}, 3)[6], whole[6], atol=1e-3):\n"
            "        raise AssertionError('order does not count')\n",
        ],
    ),
    "place_head": Item(
        wrong=[
            Wrong(
                "MiniLM's answer by heart",
                "def place_head(weights_of, ids, vocab_size):\n    return 2, -1\n",
                "looks everywhere alike",
            ),
            Wrong("other words only", heads(head="words.argmin()"), "does it notice places"),
            Wrong(
                "other places only, and a head of both wins",
                heads(head="places.argmax()"),
                "did you give it other words too",
            ),
            Wrong("min and max confused", heads(head="(words - places).argmax()"), "head of words"),
            Wrong(
                "all positions moved alike",
                heads(places="(p + 3).clamp(max=T + 2)", other=OTHER),
                "knows only distances",
            ),
            Wrong(
                "sharpest diagonal, no experiment",
                heads(head="usual.diagonal(0, 2, 3).mean(dim=(0, 2)).argmax()"),
                "looks for its own word",
            ),
            Wrong("sign of the offset", heads(offset=f"-({OFFSET})"), "wrong sign"),
            Wrong(
                "sum along diagonals of the mean over heads",
                heads(offset=OFFSET.replace("mean.", "usual.mean(dim=(0, 1)).")),
                "of that head",
            ),
            Wrong("head only", heads().replace("return head, ", "return head  # "), "two numbers"),
            Wrong(
                "changes ids in place",
                heads(other="ids.random_(vocab_size, generator=g)"),
                "have changed",
            ),
            Wrong(
                "gives it the same words again",
                heads(other="ids.clone()", head="(places - 10 * words).argmax()"),
                "other words too",
            ),
            Wrong(
                "offset of the largest single weight from key to query",
                heads(offset="int(mean.argmax()) // T - int(mean.argmax()) % T"),
                "of that head",
            ),
        ],
        right=[
            heads(),
            heads(
                places="p.flip(0)",
                head="(words < 1e-2).logical_and(places > 0.2).float().argmax()",
            ),
            heads(
                places="torch.randperm(T, generator=g)",
                head="(places / (words + 0.05)).argmax()",
                offset="int(torch.tensor([mean.diagonal(o).mean() for o in"
                " range(1 - T, T)]).argmax()) + 1 - T",
            ),
        ],
    ),
}
