"""Right and wrong answers to the homework of the chapter on combining."""

from tests.homework.harness import Item, Wrong


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
    b="other - other.mean(dim=0)",
    basis="torch.linalg.svd(b).Vh[:k]",
    out="((a @ basis.T) ** 2).sum() / (a**2).sum()",
) -> str:
    """Return a solution of energy_share, by its parts."""
    return (
        "import torch\n\n\ndef energy_share(table, other, k):\n"
        f"    D = table.shape[1]\n    a = {a}\n    b = {b}\n    basis = {basis}\n    return {out}\n"
    )


def places(prompt: str, fresh: str) -> str:
    """Return a solution of all_positions, by its parts."""
    return (
        "import torch\n\n\ndef all_positions(real, new):\n    B, T = real.shape\n"
        "    n = real.sum(dim=1, keepdim=True)\n"
        f"    prompt = {prompt}\n    fresh = {fresh}\n"
        "    return torch.cat((prompt, fresh), dim=1)\n"
    )


PROMPT = "(real.cumsum(dim=1) - 1).clamp(min=0)"
FRESH = "n + torch.arange(new)"


def pack(mask="same & causal", positions="torch.cat([torch.arange(n) for n in lengths])") -> str:
    """Return a solution of packed, by its parts."""
    return (
        "import torch\n\n\ndef packed(lengths):\n    T = sum(lengths)\n"
        "    text = torch.tensor([i for i, n in enumerate(lengths) for _ in range(n)])\n"
        "    same = text[:, None] == text[None]\n"
        "    causal = torch.ones(T, T, dtype=torch.bool).tril()\n"
        f"    return {mask}, {positions}\n"
    )


CACHED = """
def cached_attention(q, k, v, cache):
    past = len(cache["k"]) if cache else 0
    new = torch.arange(past, past + len(q))
    {turn}
    if cache:
        k = torch.cat((cache["k"], k))
        v = torch.cat((cache["v"], v))
    {late}
    {store}
    out, weights = attention(q, k, v, mask={mask})
    return {out}
"""


def cached(
    turn="q, k = apply_rotary(q, new), apply_rotary(k, new)",
    late="pass",
    store="cache.update(k=k, v=v)",
    mask="causal_mask(len(q), len(k), query_start=past)",
    out="out",
) -> str:
    """Return a solution of cached_attention, by its parts."""
    return CACHED.format(turn=turn, late=late, store=store, mask=mask, out=out)


CHECK = """
def check_cache(attend):
    g = torch.Generator().manual_seed(3)
    q, k, v = torch.randn(3, 8, 6, generator=g).double()
    whole = attend(q, k, v, {{}})
    {order}
    for sizes in {sizes}:
        cache, start, rows = {{}}, 0, []
        for n in sizes:
            end = start + n
            rows.append(attend(q[start:end], k[start:end], v[start:end], cache))
            start = end
        got = torch.cat(rows)
        {compare}
"""
ORDER = """swap = [1, 0, 2, 3, 4, 5, 6, 7]
    moved = attend(q, k[swap], v[swap], {})
    assert (moved[-1] - whole[-1]).abs().max() > 1e-3"""


def check(
    order=ORDER,
    sizes="((3, 5), (2, 3, 1, 2))",
    compare="assert torch.allclose(got, whole, atol=1e-4)",
) -> str:
    """Return a solution of check_cache, by its parts."""
    return CHECK.format(order=order, sizes=sizes, compare=compare)


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
            Wrong("only counted ones", setups("BD"), "if query and key both move"),
            Wrong("all masked ones", setups("ABCD"), "which row of the learned table"),
            Wrong("counting is enough for rotary", setups("BCDE"), "who reads the padding"),
            Wrong("only rotary", setups("CD"), "B is as alone"),
            Wrong("counting hurts rotary", setups("BC"), "D is as alone"),
            Wrong("all of them", setups("ABCDE"), "which row of the learned table"),
            Wrong("a sentence", setups("B and C and D"), "not a string of letters"),
            Wrong("a list of numbers", setups([2, 3, 4]), "write one string"),
        ],
        right=[setups("BCD"), setups("D, C, B"), setups("bcd"), setups("B C D")],
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
                "changes the shared tables",
                layer(x="token.add_(token_type[0])[ids] + position[:T]"),
                "in place",
            ),
        ],
        right=[
            layer(),
            "def input_layer(ids, token, token_type, position, scale, shift, eps):\n"
            "    x = token[ids] + token_type[0] + position[: ids.size(1)]\n"
            "    return torch.nn.functional.layer_norm(x, x.shape[-1:], scale, shift, eps)\n",
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
            Wrong("table not centred", energy(a="table"), "mean of the table"),
            Wrong("other not centred", energy(b="other"), "mean of other taken off"),
            Wrong("nothing centred", energy(a="table", b="other"), "is any mean taken off"),
            Wrong(
                "other's mean taken off both",
                energy(a="table - other.mean(dim=0)"),
                "its own mean",
            ),
            Wrong(
                "weakest directions",
                energy(basis="torch.linalg.eigh(b.T @ b).eigenvectors.T[:k]"),
                "weakest",
            ),
            Wrong("direction k alone", energy(basis="torch.linalg.svd(b).Vh[k - 1 : k]"), "alone"),
            Wrong(
                "sums without squares",
                energy(
                    out="(a @ basis.T).abs().sum() / (a @ torch.linalg.svd(b).Vh.T).abs().sum()"
                ),
                "*squares*",
            ),
            Wrong(
                "lengths instead of energy",
                energy(out="(a @ basis.T).norm() / a.norm()"),
                "share of the length",
            ),
            Wrong(
                "columns of Vh",
                energy(basis="torch.linalg.svd(b).Vh.T[:k]"),
                "the rows of Vh",
            ),
            Wrong(
                "tables swapped",
                energy(out="((b @ (w := torch.linalg.svd(a).Vh[:k]).T) ** 2).sum() / (b**2).sum()"),
                "swapped",
            ),
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
            Wrong("own directions", energy(basis="torch.linalg.svd(a).Vh[:k]"), "the table's own"),
            Wrong("centres in place", energy(a="table.sub_(table.mean(dim=0))"), "in place"),
            Wrong(
                "two directions, as in the check",
                energy(basis="torch.linalg.svd(b).Vh[:2]"),
                "sizes come from the tables",
            ),
        ],
        right=[
            energy(),
            energy(basis="torch.linalg.eigh(b.T @ b).eigenvectors.flip(1).T[:k]"),
            energy(
                basis="torch.linalg.svd(b).Vh",
                out="(a @ basis.T).square().sum(0)[:k].sum() / (a @ basis.T).square().sum()",
            ),
            "import numpy as np\n\n\ndef energy_share(table, other, k):\n"
            "    a, b = table.numpy(), other.numpy()\n"
            "    a, b = a - a.mean(0), b - b.mean(0)\n"
            "    values, vectors = np.linalg.eigh(b.T @ b)\n"
            "    first = vectors[:, np.argsort(-values)[:k]]\n"
            "    return np.sum((a @ first) ** 2) / np.sum(a**2)\n",
        ],
    ),
    "all_positions": Item(
        wrong=[
            Wrong(
                "counts columns",
                places("torch.arange(T).expand(B, T)", FRESH),
                "count columns",
            ),
            Wrong("from 1", places("real.cumsum(dim=1)", FRESH), "where is the -1"),
            Wrong("no clamp", places("real.cumsum(dim=1) - 1", FRESH), "did you clamp"),
            Wrong(
                "counts down the batch",
                places("(real.cumsum(dim=0) - 1).clamp(min=0)", FRESH),
                "down the batch",
            ),
            Wrong(
                "length of the cache",
                places(PROMPT, "T + torch.arange(new).expand(B, new)"),
                "length of the cache",
            ),
            Wrong("new tokens all alike", places(PROMPT, "n.expand(B, new)"), "one further"),
            Wrong(
                "new from 0",
                places(PROMPT, "torch.arange(new).expand(B, new)"),
                "how many real tokens",
            ),
            Wrong(
                "one too far", places(PROMPT, "n + 1 + torch.arange(new)"), "how many real tokens"
            ),
            Wrong(
                "works for left padding only",
                places("(torch.arange(T) - (T - n)).clamp(min=0)", FRESH),
                "padded on the right",
            ),
            Wrong("prompt only", places(PROMPT, "n[:, :0]"), "are the new tokens in it"),
            Wrong(
                "two new tokens, as in the check",
                places(PROMPT, "n + torch.arange(2)"),
                "are the new tokens in it",
            ),
            Wrong("floats", places(PROMPT + ".float()", FRESH), "must be torch.long"),
            Wrong(
                "a list",
                places(PROMPT, FRESH)
                .replace("=1)\n", "=1).tolist()\n")
                .replace("real.sum(dim=1, keepdim=True)", "real.sum(dim=1)[:, None]"),
                "not a torch tensor",
            ),
        ],
        right=[
            places(PROMPT, FRESH),
            places("real.cumsum(1).sub(1).masked_fill(~real, 0)", "FRESH".replace("FRESH", FRESH)),
            "import torch\n\n\ndef all_positions(real, new):\n"
            "    more = torch.ones(len(real), new, dtype=torch.bool)\n"
            "    whole = torch.cat((real, more), dim=1)\n"
            "    return (whole.cumsum(dim=1) - 1).clamp(min=0)\n",
            "import torch\n\n\ndef all_positions(real, new):\n"
            "    out = torch.zeros(real.shape[0], real.shape[1] + new, dtype=torch.long)\n"
            "    for b, row in enumerate(real.tolist()):\n"
            "        count = 0\n"
            "        for t, is_real in enumerate(row + [True] * new):\n"
            "            if is_real:\n"
            "                out[b, t] = count\n"
            "                count += 1\n"
            "    return out\n",
        ],
    ),
    "packed": Item(
        wrong=[
            Wrong("plain causal mask", pack(mask="causal"), "text before its own"),
            Wrong("blocks without causality", pack(mask="same"), "see later ones"),
            Wrong("upside down", pack(mask="~(same & causal)"), "wrong way round"),
            Wrong("transposed", pack(mask="same & causal.T"), "are they swapped"),
            Wrong("not itself", pack(mask="same & causal.tril(-1)"), "not see itself"),
            Wrong(
                "numbers to add",
                pack(mask="torch.zeros(T, T).masked_fill(~(same & causal), -torch.inf)"),
                "not numbers to be added",
            ),
            Wrong("positions run on", pack(positions="torch.arange(T)"), "run on through"),
            Wrong(
                "positions from 1",
                pack(positions="torch.cat([torch.arange(n) + 1 for n in lengths])"),
                "each text starts at 0",
            ),
            Wrong("number of the text", pack(positions="text"), "each text starts at 0"),
            Wrong(
                "texts of one length",
                pack(positions="torch.arange(T) % lengths[0]"),
                "each text starts at 0",
            ),
            Wrong(
                "neighbours only",
                pack(mask="same & causal & causal.T.tril(1)"),
                "miss an earlier one",
            ),
            Wrong("mask only", pack().replace(", torch.cat", "  # torch.cat"), "two tensors"),
            Wrong(
                "hard-coded to the first example",
                "import torch\n\n\ndef packed(lengths):\n"
                "    m = torch.block_diag(torch.ones(2, 2), torch.ones(3, 3)).bool().tril()\n"
                "    return m, torch.tensor([0, 1, 0, 1, 2])\n",
                "the mask has shape",
            ),
        ],
        right=[
            pack(),
            "import torch\n\n\ndef packed(lengths):\n"
            "    blocks = [torch.ones(n, n).tril() for n in lengths]\n"
            "    mask = torch.block_diag(*blocks).bool()\n"
            "    return mask, mask.sum(dim=1) - 1\n",
            "import torch\n\n\ndef packed(lengths):\n"
            "    T = sum(lengths)\n"
            "    mask = torch.zeros(T, T, dtype=torch.bool)\n"
            "    positions = []\n"
            "    for n in lengths:\n"
            "        start = len(positions)\n"
            "        for i in range(n):\n"
            "            mask[start + i, start : start + i + 1] = True\n"
            "        positions += range(n)\n"
            "    return mask, torch.tensor(positions)\n",
        ],
    ),
    "cached_attention": Item(
        wrong=[
            Wrong(
                "not mended",
                cached(
                    turn="pass",
                    late="k = apply_rotary(k, torch.arange(len(k)))\n"
                    "    q = apply_rotary(q, torch.arange(len(q)))",
                    mask="causal_mask(len(q), len(k))",
                ),
                "all three faults are left",
            ),
            Wrong(
                "queries still start at 0",
                cached(turn="q, k = apply_rotary(q, new - past), apply_rotary(k, new)"),
                "new queries start at position 0",
            ),
            Wrong(
                "queries and keys start at 0",
                cached(turn="q, k = apply_rotary(q, new - past), apply_rotary(k, new - past)"),
                "new tokens start at position 0",
            ),
            Wrong(
                "cached keys turned again",
                cached(
                    turn="q = apply_rotary(q, new)",
                    late="k = apply_rotary(k, torch.arange(len(k)))",
                ),
                "cached keys turned again",
            ),
            Wrong(
                "mask still starts at 0", cached(mask="causal_mask(len(q), len(k))"), "query_start"
            ),
            Wrong("no mask", cached(mask="None"), "see later ones"),
            Wrong(
                "a new dictionary",
                cached(store="cache = {'k': k, 'v': v}"),
                "dictionary that was given updated",
            ),
            Wrong(
                "the values are turned too",
                cached(turn="q, k, v = (apply_rotary(x, new) for x in (q, k, v))"),
                "values left as they are",
            ),
            Wrong("output and weights", cached(out="(out, weights)"), "return the output"),
            Wrong(
                "one position too far",
                cached(
                    turn="p = new + (past > 0)\n    q, k = apply_rotary(q, p), apply_rotary(k, p)"
                ),
                "by its own place",
            ),
            Wrong(
                "keeps the past in a global",
                "PAST = []\n\n\ndef cached_attention(q, k, v, cache):\n"
                "    past = sum(PAST)\n    PAST.append(len(q))\n"
                + cached().split("\n", 3)[3].replace("if cache:", "if 'k' in cache:"),
                "outside of the cache",
            ),
        ],
        right=[
            cached(),
            cached(
                turn="q = apply_rotary(q, new)",
                late="cache.update(k=k, v=v)\n    k = apply_rotary(k, torch.arange(len(k)))",
                store="pass",
            ),
            "import math\n\n\ndef cached_attention(q, k, v, cache):\n"
            "    rows = cache.setdefault('rows', [])\n"
            "    out = []\n"
            "    for one, key, value in zip(q, k, v):\n"
            "        here = torch.tensor([len(rows)])\n"
            "        rows.append((apply_rotary(key[None], here)[0], value))\n"
            "        keys = torch.stack([a for a, _ in rows])\n"
            "        values = torch.stack([b for _, b in rows])\n"
            "        score = keys @ apply_rotary(one[None], here)[0] / math.sqrt(len(one))\n"
            "        out.append(score.softmax(dim=0) @ values)\n"
            "    return torch.stack(out)\n",
        ],
    ),
    "check_cache": Item(
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
                "def check_cache(attend):\n    raise AssertionError\n",
                "rejects a right function",
            ),
            Wrong("accepts everything", "def check_cache(attend):\n    pass\n", "number by number"),
            Wrong("two pieces only", check(sizes="((3, 5), (4, 4))"), "three pieces"),
            Wrong("order not tested", check(order="pass"), "two earlier tokens change places"),
            Wrong(
                "swaps keys but not values, and only looks at shapes of it",
                check(order="assert attend(q, k.flip(0), v, {}).shape == q.shape"),
                "two earlier tokens change places",
            ),
            Wrong(
                "single new tokens only, after the first piece",
                check(sizes="((3, 1, 1, 1, 1, 1),)"),
                "more than one token",
            ),
            Wrong("token by token", check(sizes="((1,) * 8,)"), "more than one token"),
            Wrong(
                "compares the first piece",
                check(compare="assert torch.allclose(rows[0], whole[: sizes[0]])"),
                "number by number",
            ),
            Wrong(
                "looks into the cache",
                check(
                    compare="assert torch.allclose(got, whole, atol=1e-4)\n"
                    "        assert len(cache['k']) == 8"
                ),
                "look into the cache",
            ),
            Wrong(
                "asks for twelve digits",
                check(compare="assert torch.allclose(got, whole, rtol=0, atol=1e-12)"),
                "rejects a right attention",
            ),
        ],
        right=[
            check(),
            check(
                sizes="((2, 2, 2, 2), (1, 7), (5, 1, 2))",
                compare="assert (got - whole).abs().max().item() < 1e-3",
            ),
            "def check_cache(attend):\n"
            "    torch.manual_seed(1)\n"
            "    q, k, v = torch.randn(7, 4), torch.randn(7, 4), torch.randn(7, 4)\n"
            "    whole = attend(q, k, v, {})\n"
            "    for a in range(1, 6):\n"
            "        for b in range(a + 1, 7):\n"
            "            cache = {}\n"
            "            parts = [attend(q[s], k[s], v[s], cache)\n"
            "                     for s in (slice(0, a), slice(a, b), slice(b, 7))]\n"
            "            difference = (torch.cat(parts) - whole).abs().max()\n"
            "            if difference > 1e-3:\n"
            "                raise AssertionError(f'cut at {a} and {b}')\n"
            "    k[[0, 2]], v[[0, 2]] = k[[2, 0]], v[[2, 0]]\n"
            "    if torch.allclose(attend(q, k, v, {})[6], whole[6], atol=1e-3):\n"
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
