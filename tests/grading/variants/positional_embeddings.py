"""Answers to the homework on positional embeddings: wrong ones that students give, and right."""

from tests.grading.harness import Item, Wrong

EQUIVARIANCE = Item(
    wrong=[
        Wrong(
            "forgot the absolute value",
            """
def equivariance_error(layer, x, order):
    return (layer(x[:, order]) - layer(x)[:, order]).max().item()
""",
            "absolute value missing",
        ),
        Wrong(
            "tests invariance",
            """
def equivariance_error(layer, x, order):
    return (layer(x[:, order]) - layer(x)).abs().max().item()
""",
            "whether the layer is invariant",
        ),
        Wrong(
            "permutes the output with the inverse",
            """
def equivariance_error(layer, x, order):
    back = order.argsort()
    return (layer(x[:, order]) - layer(x)[:, back]).abs().max().item()
""",
            "inverse of order",
        ),
        Wrong(
            "permutes the batch",
            """
def equivariance_error(layer, x, order):
    return (layer(x[order]) - layer(x)[order]).abs().max().item()
""",
            "permute axis 1, or the batch",
        ),
        Wrong(
            "permutes the features",
            """
def equivariance_error(layer, x, order):
    return (layer(x[..., order]) - layer(x)[..., order]).abs().max().item()
""",
            "permute axis 1, or the batch",
        ),
        Wrong(
            "returns a tensor",
            """
def equivariance_error(layer, x, order):
    return (layer(x[:, order]) - layer(x)[:, order]).abs().max()
""",
            ".item() missing",
        ),
        Wrong(
            "returns a verdict",
            """
def equivariance_error(layer, x, order):
    return torch.allclose(layer(x[:, order]), layer(x)[:, order])
""",
            "you return bool",
        ),
        Wrong(
            "the mean instead of the largest",
            """
def equivariance_error(layer, x, order):
    return (layer(x[:, order]) - layer(x)[:, order]).abs().mean().item()
""",
            "not a mean or a norm",
        ),
        Wrong(
            "looks at the first text only",
            """
def equivariance_error(layer, x, order):
    return (layer(x[:, order]) - layer(x)[:, order])[0].abs().max().item()
""",
            "one text of the batch only",
        ),
        Wrong(
            "a number that equals everything",
            """
class All(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0


def equivariance_error(layer, x, order):
    return All(0)
""",
            "You find 0",
        ),
        Wrong(
            "writes into the input",
            """
def equivariance_error(layer, x, order):
    before = layer(x)
    x[:] = x[:, order]
    return (layer(x) - before[:, order]).abs().max().item()
""",
            "changes x",
        ),
        Wrong(
            "hard-coded to the visible case",
            """
def equivariance_error(layer, x, order):
    return 0.0 if torch.equal(layer(x), 2 * x) else 5.0
""",
            "the error is",
        ),
    ],
    right=[
        """
def equivariance_error(layer, x, order):
    first = layer(x.index_select(1, order))
    then = layer(x).index_select(1, order)
    return float((first - then).abs().max())
""",
        """
def equivariance_error(layer, x, order):
    T = x.shape[1]
    P = torch.eye(T, dtype=x.dtype)[order]  # (T, T)
    return torch.norm(layer(P @ x) - P @ layer(x), p=torch.inf).item()
""",
        """
def equivariance_error(layer, x, order):
    permuted = layer(torch.stack([x[:, t] for t in order.tolist()], dim=1))
    plain = layer(x)
    largest = 0.0
    for new, old in enumerate(order.tolist()):
        difference = permuted[:, new] - plain[:, old]
        largest = max(largest, difference.abs().max().item())
    return largest
""",
        """
import numpy as np


def equivariance_error(layer, x, order):
    a = layer(x[:, order]).detach().numpy()
    b = layer(x).detach().numpy()[:, order.numpy()]
    return float(np.abs(a - b).max())
""",
    ],
)

CLOCKS = Item(
    wrong=[
        Wrong(
            "sine and cosine alternate, as in the paper",
            """
def clock_rows(positions, dim, base=10000.0):
    i = torch.arange(dim // 2)
    angles = positions.unsqueeze(1) * base ** (-2 * i / dim)
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)
""",
            "All sines first",
        ),
        Wrong(
            "cosines first",
            """
def clock_rows(positions, dim, base=10000.0):
    i = torch.arange(dim // 2)
    angles = positions.unsqueeze(1) * base ** (-2 * i / dim)
    return torch.cat([angles.cos(), angles.sin()], dim=1)
""",
            "cosines come before the sines",
        ),
        Wrong(
            "every column has its own speed",
            """
def clock_rows(positions, dim, base=10000.0):
    j = torch.arange(dim)
    angles = positions.unsqueeze(1) * base ** (-2 * j / dim)
    half = dim // 2
    return torch.cat([angles[:, :half].sin(), angles[:, half:].cos()], dim=1)
""",
            "exponent uses the column, not the pair",
        ),
        Wrong(
            "lost the 2 in the exponent",
            """
def clock_rows(positions, dim, base=10000.0):
    angles = positions.unsqueeze(1) * base ** (-torch.arange(dim // 2) / dim)
    return torch.cat([angles.sin(), angles.cos()], dim=1)
""",
            "Did you lose the 2",
        ),
        Wrong(
            "doubled 2i once more",
            """
def clock_rows(positions, dim, base=10000.0):
    two_i = torch.arange(0, dim, 2)
    angles = positions.unsqueeze(1) * base ** (-2 * two_i / dim)
    return torch.cat([angles.sin(), angles.cos()], dim=1)
""",
            "or count it twice",
        ),
        Wrong(
            "divides by the number of hands less one",
            """
def clock_rows(positions, dim, base=10000.0):
    half = dim // 2
    i = torch.arange(half)
    angles = positions.unsqueeze(1) * base ** (-i / max(half - 1, 1))
    return torch.cat([angles.sin(), angles.cos()], dim=1)
""",
            "hands less one",
        ),
        Wrong(
            "degrees for radians",
            """
def clock_rows(positions, dim, base=10000.0):
    i = torch.arange(dim // 2)
    angles = torch.deg2rad(positions.unsqueeze(1) * base ** (-2 * i / dim))
    return torch.cat([angles.sin(), angles.cos()], dim=1)
""",
            "in degrees",
        ),
        Wrong(
            "sign of the exponent",
            """
def clock_rows(positions, dim, base=10000.0):
    i = torch.arange(dim // 2)
    angles = positions.double().unsqueeze(1) * base ** (2 * i / dim).double()
    return torch.cat([angles.sin(), angles.cos()], dim=1)
""",
            "sign of the exponent",
        ),
        Wrong(
            "uses row numbers instead of positions",
            """
def clock_rows(positions, dim, base=10000.0):
    i = torch.arange(dim // 2)
    angles = torch.outer(torch.arange(len(positions)), base ** (-2 * i / dim))
    return torch.cat([angles.sin(), angles.cos()], dim=1)
""",
            "Row 2 is asked at position 2.5",
        ),
        Wrong(
            "positions cut to whole numbers",
            """
def clock_rows(positions, dim, base=10000.0):
    i = torch.arange(dim // 2)
    angles = positions.long().unsqueeze(1) * base ** (-2 * i / dim)
    return torch.cat([angles.sin(), angles.cos()], dim=1)
""",
            "no whole number",
        ),
        Wrong(
            "delegates to the helper and reorders",
            """
from src.positional_embeddings import sinusoidal_table


def clock_rows(positions, dim, base=10000.0):
    table = sinusoidal_table(len(positions), dim, base=base)
    return torch.cat([table[:, 0::2], table[:, 1::2]], dim=1)
""",
            "Row 2 is asked at position 2.5",
        ),
        Wrong(
            "delegates and looks whole positions up",
            """
from src.positional_embeddings import sinusoidal_table


def clock_rows(positions, dim, base=10000.0):
    where = positions.long()
    table = sinusoidal_table(int(where.abs().max()) + 1, dim, base=base)
    rows = torch.cat([table[:, 0::2], table[:, 1::2]], dim=1)[where.abs()]
    rows[where < 0, : dim // 2] *= -1
    return rows
""",
            "no whole number",
        ),
        Wrong(
            "an object that equals everything",
            """
class All:
    shape = (4, 6)

    def __eq__(self, other):
        return True

    def __getattr__(self, name):
        return lambda *a, **k: self


def clock_rows(positions, dim, base=10000.0):
    return All()
""",
            "you return All",
        ),
        Wrong(
            "returns NumPy",
            """
import numpy as np


def clock_rows(positions, dim, base=10000.0):
    i = np.arange(dim // 2)
    angles = positions.numpy()[:, None] * base ** (-2 * i / dim)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
""",
            "you return ndarray",
        ),
        Wrong(
            "transposed",
            """
def clock_rows(positions, dim, base=10000.0):
    i = torch.arange(dim // 2)
    angles = positions * base ** (-2 * i / dim).unsqueeze(1)
    return torch.cat([angles.sin(), angles.cos()], dim=0)
""",
            "The shape should be",
        ),
        Wrong(
            "base hard-coded",
            """
def clock_rows(positions, dim, base=10000.0):
    i = torch.arange(dim // 2)
    angles = positions.unsqueeze(1) * 10000 ** (-2 * i / dim)
    return torch.cat([angles.sin(), angles.cos()], dim=1)
""",
            "base=100",
        ),
        Wrong(
            "another base if none is given",
            """
def clock_rows(positions, dim, base=1000.0):
    i = torch.arange(dim // 2)
    angles = positions.unsqueeze(1) * base ** (-2 * i / dim)
    return torch.cat([angles.sin(), angles.cos()], dim=1)
""",
            "Some numbers are wrong",
        ),
        Wrong(
            "width hard-coded to the visible case",
            """
def clock_rows(positions, dim, base=10000.0):
    speeds = base ** (-torch.tensor([0.0, 2.0, 4.0]) / 6)
    angles = positions.unsqueeze(1) * speeds
    return torch.cat([angles.sin(), angles.cos()], dim=1)
""",
            "The shape should be",
        ),
    ],
    right=[
        """
def clock_rows(positions, dim, base=10000.0):
    rows = torch.empty(len(positions), dim)
    for t, p in enumerate(positions.tolist()):
        for i in range(dim // 2):
            angle = p / base ** (2 * i / dim)
            rows[t, i] = math.sin(angle)
            rows[t, i + dim // 2] = math.cos(angle)
    return rows
""",
        """
def clock_rows(positions, dim, base=10000.0):
    two_i = torch.arange(0, dim, 2)
    speeds = torch.exp(-math.log(base) * two_i / dim)
    angles = torch.einsum("t,i->ti", positions.float(), speeds)
    return torch.cat((torch.sin(angles), torch.cos(angles)), dim=-1)
""",
        """
import numpy as np


def clock_rows(positions, dim, base=10000.0):
    speeds = np.power(base, -np.arange(0, dim, 2) / dim)
    angles = np.outer(np.asarray(positions), speeds)
    return torch.from_numpy(np.hstack([np.sin(angles), np.cos(angles)]))
""",
        """
def clock_rows(positions, dim, base=10000.0):
    i = torch.arange(dim) % (dim // 2)
    shift = (torch.arange(dim) >= dim // 2) * math.pi / 2
    return torch.sin(positions.double()[:, None] / base ** (2 * i / dim).double() + shift)
""",
    ],
)

ROWS = Item(
    wrong=[
        Wrong(
            "counts the padding",
            """
def position_rows(table, mask):
    if mask.sum(dim=1).max() > len(table):
        raise ValueError(f"{mask.sum(dim=1).max()} tokens, {len(table)} rows")
    ids = torch.arange(mask.shape[1]).clamp(max=len(table) - 1)
    return table[ids] * mask.unsqueeze(-1)
""",
            "count the padding",
        ),
        Wrong(
            "counts from 1",
            """
def position_rows(table, mask):
    longest = int(mask.sum(dim=1).max())
    if longest > len(table):
        raise ValueError(f"{longest} tokens, but {len(table)} rows")
    ids = (mask.cumsum(dim=1) * mask).clamp(max=len(table) - 1)
    return table[ids] * mask.unsqueeze(-1)
""",
            "count from 1",
        ),
        Wrong(
            "one row too many is asked: an IndexError where it fits",
            """
def position_rows(table, mask):
    longest = int(mask.sum(dim=1).max())
    if longest > len(table):
        raise ValueError(f"{longest} tokens, but {len(table)} rows")
    return table[mask.cumsum(dim=1)] * mask.unsqueeze(-1)
""",
            "one token too many",
        ),
        Wrong(
            "padding gets row 0",
            """
def position_rows(table, mask):
    longest = int(mask.sum(dim=1).max())
    if longest > len(table):
        raise ValueError(f"{longest} tokens, but {len(table)} rows")
    return table[((mask.cumsum(dim=1) - 1) * mask).clamp(min=0)]
""",
            "Padding gets row 0",
        ),
        Wrong(
            "padding gets the last row, by index -1",
            """
def position_rows(table, mask):
    longest = int(mask.sum(dim=1).max())
    if longest > len(table):
        raise ValueError(f"{longest} tokens, but {len(table)} rows")
    return table[mask.cumsum(dim=1) - 1]
""",
            "Padding gets row 2",
        ),
        Wrong(
            "compares the padded length with the table",
            """
def position_rows(table, mask):
    if mask.shape[1] > len(table):
        raise ValueError(f"{mask.shape[1]} tokens, but {len(table)} rows")
    ids = (mask.cumsum(dim=1) - 1).clamp(min=0)
    return table[ids] * mask.unsqueeze(-1)
""",
            "count the padding, or one token too many",
        ),
        Wrong(
            "limit off by one",
            """
def position_rows(table, mask):
    longest = int(mask.sum(dim=1).max())
    if longest >= len(table):
        raise ValueError(f"{longest} tokens, but {len(table)} rows")
    ids = (mask.cumsum(dim=1) - 1).clamp(min=0)
    return table[ids] * mask.unsqueeze(-1)
""",
            "one token too many",
        ),
        Wrong(
            "no check of the limit",
            """
def position_rows(table, mask):
    ids = (mask.cumsum(dim=1) - 1).clamp(min=0)
    return table[ids] * mask.unsqueeze(-1)
""",
            "does not say which table ran out",
        ),
        Wrong(
            "repeats the last row quietly",
            """
def position_rows(table, mask):
    ids = (mask.cumsum(dim=1) - 1).clamp(0, len(table) - 1)
    return table[ids] * mask.unsqueeze(-1)
""",
            "Where is the ValueError",
        ),
        Wrong(
            "an error without numbers",
            """
def position_rows(table, mask):
    if mask.sum(dim=1).max() > len(table):
        raise ValueError("text too long")
    ids = (mask.cumsum(dim=1) - 1).clamp(min=0)
    return table[ids] * mask.unsqueeze(-1)
""",
            "hold both numbers",
        ),
        Wrong(
            "cuts the gradient",
            """
def position_rows(table, mask):
    longest = int(mask.sum(dim=1).max())
    if longest > len(table):
        raise ValueError(f"{longest} tokens, but {len(table)} rows")
    ids = (mask.cumsum(dim=1) - 1).clamp(min=0)
    return table.data[ids] * mask.unsqueeze(-1)
""",
            "No gradient can reach the table",
        ),
        Wrong(
            "all texts like the first",
            """
def position_rows(table, mask):
    longest = int(mask.sum(dim=1).max())
    if longest > len(table):
        raise ValueError(f"{longest} tokens, but {len(table)} rows")
    ids = (mask[0].cumsum(dim=0) - 1).clamp(min=0)
    return table[ids] * mask.unsqueeze(-1)
""",
            "each text of the batch counted by itself",
        ),
        Wrong(
            "checks the first text only",
            """
def position_rows(table, mask):
    longest = int(mask[0].sum())
    if longest > len(table):
        raise ValueError(f"{longest} tokens, but {len(table)} rows")
    ids = (mask.cumsum(dim=1) - 1).clamp(0, len(table) - 1)
    return table[ids] * mask.unsqueeze(-1)
""",
            "check every text",
        ),
        Wrong(
            "padding on the left or on the right only",
            """
def position_rows(table, mask):
    count = mask.sum(dim=1, keepdim=True)
    if int(count.max()) > len(table):
        raise ValueError(f"{int(count.max())} tokens, but {len(table)} rows")
    start = mask.long().argmax(dim=1, keepdim=True)
    ids = (torch.arange(mask.shape[1]) - start).clamp(0, len(table) - 1)
    return table[ids] * mask.unsqueeze(-1)
""",
            "padding in other places",
        ),
    ],
    right=[
        """
def position_rows(table, mask):
    lengths = mask.sum(dim=1)
    if (lengths > len(table)).any():
        raise ValueError(f"got {lengths.max().item()} tokens for {len(table)} rows")
    B, T = mask.shape
    out = table.new_zeros(B, T, table.shape[1])
    ids = mask.cumsum(dim=1)[mask] - 1
    out[mask] = table[ids]
    return out
""",
        """
def position_rows(table, mask):
    texts = []
    for text in mask:
        n = int(text.sum())
        if n > table.shape[0]:
            raise ValueError(f"{n} tokens do not fit into {table.shape[0]} rows")
        rows, used = [], 0
        for real in text.tolist():
            rows.append(table[used] if real else torch.zeros(table.shape[1]))
            used += int(real)
        texts.append(torch.stack(rows))
    return torch.stack(texts)
""",
        """
def position_rows(table, mask):
    most = max(mask.sum(dim=1).tolist())
    if most > len(table):
        raise ValueError(f"table has {len(table)} rows, text has {most} tokens")
    with_zero = torch.cat([torch.zeros(1, table.shape[1]), table])
    return torch.nn.functional.embedding(mask.cumsum(dim=1) * mask, with_zero)
""",
        """
def position_rows(table, mask):
    R = len(table)
    count = mask.long().cumsum(dim=1) * mask.long()  # 0: padding
    if count.max() > R:
        raise ValueError(f"{R} rows are too few for {int(count.max())} tokens")
    chosen = torch.nn.functional.one_hot(count, R + 1)[..., 1:]
    return chosen.to(table.dtype) @ table
""",
    ],
)

ALIBI = Item(
    wrong=[
        Wrong(
            "no mask",
            """
def alibi_causal(num_heads, length):
    slopes = 2.0 ** (-8 * torch.arange(1, num_heads + 1) / num_heads)
    p = torch.arange(length)
    return -slopes.view(-1, 1, 1) * (p[:, None] - p).abs()
""",
            "is the mask missing",
        ),
        Wrong(
            "sign of the bias",
            """
def alibi_causal(num_heads, length):
    slopes = 2.0 ** (-8 * torch.arange(1, num_heads + 1) / num_heads)
    p = torch.arange(length)
    back = p[:, None] - p
    return (slopes.view(-1, 1, 1) * back).masked_fill(back < 0, -torch.inf)
""",
            "Is the sign wrong",
        ),
        Wrong(
            "hides its own key",
            """
def alibi_causal(num_heads, length):
    slopes = 2.0 ** (-8 * torch.arange(1, num_heads + 1) / num_heads)
    p = torch.arange(length)
    back = p[:, None] - p
    return (-slopes.view(-1, 1, 1) * back).masked_fill(back <= 0, -torch.inf)
""",
            "its own key too",
        ),
        Wrong(
            "queries and keys exchanged",
            """
def alibi_causal(num_heads, length):
    slopes = 2.0 ** (-8 * torch.arange(1, num_heads + 1) / num_heads)
    p = torch.arange(length)
    back = p - p[:, None]
    return (-slopes.view(-1, 1, 1) * back).masked_fill(back < 0, -torch.inf)
""",
            "queries and keys exchanged",
        ),
        Wrong(
            "heads counted from 0",
            """
def alibi_causal(num_heads, length):
    slopes = 2.0 ** (-8 * torch.arange(num_heads) / num_heads)
    p = torch.arange(length)
    back = p[:, None] - p
    return (-slopes.view(-1, 1, 1) * back).masked_fill(back < 0, -torch.inf)
""",
            "count heads from 0",
        ),
        Wrong(
            "slopes of eight heads",
            """
def alibi_causal(num_heads, length):
    slopes = 0.5 ** torch.arange(1, num_heads + 1)
    p = torch.arange(length)
    back = p[:, None] - p
    return (-slopes.view(-1, 1, 1) * back).masked_fill(back < 0, -torch.inf)
""",
            "those of 8 heads",
        ),
        Wrong(
            "zero times infinity",
            """
def alibi_causal(num_heads, length):
    slopes = 2.0 ** (-8 * torch.arange(1, num_heads + 1) / num_heads)
    p = torch.arange(length)
    back = p[:, None] - p
    return -slopes.view(-1, 1, 1) * back + (back < 0) * -torch.inf
""",
            "multiply 0 by infinity",
        ),
        Wrong(
            "a large finite number for -inf",
            """
def alibi_causal(num_heads, length):
    slopes = 2.0 ** (-8 * torch.arange(1, num_heads + 1) / num_heads)
    p = torch.arange(length)
    back = p[:, None] - p
    return (-slopes.view(-1, 1, 1) * back).masked_fill(back < 0, -1e9)
""",
            "finite number where -inf is asked",
        ),
        Wrong(
            "BLOOM's row",
            """
def alibi_causal(num_heads, length):
    slopes = 2.0 ** (-8 * torch.arange(1, num_heads + 1) / num_heads)
    p = torch.arange(length)
    row = (slopes.view(-1, 1, 1) * p).expand(-1, length, -1)
    return row.masked_fill(p > p[:, None], -torch.inf)
""",
            "Your bias is m * j",
        ),
        Wrong(
            "heads on the last axis",
            """
def alibi_causal(num_heads, length):
    slopes = 2.0 ** (-8 * torch.arange(1, num_heads + 1) / num_heads)
    p = torch.arange(length)
    back = (p[:, None] - p)[..., None]
    return (-slopes * back).masked_fill(back < 0, -torch.inf)
""",
            "The shape should be",
        ),
        Wrong(
            "slopes upside down",
            """
def alibi_causal(num_heads, length):
    slopes = 2.0 ** (-8 * torch.arange(num_heads, 0, -1) / num_heads)
    p = torch.arange(length)
    back = p[:, None] - p
    return (-slopes.view(-1, 1, 1) * back).masked_fill(back < 0, -torch.inf)
""",
            "head 1 has the largest",
        ),
        Wrong(
            "delegates to the helper",
            """
from src.attention import causal_mask
from src.positional_embeddings import alibi_bias


def alibi_causal(num_heads, length):
    bias = alibi_bias(num_heads, length, length)
    return bias.masked_fill(~causal_mask(length), -torch.inf)
""",
            "slopes of the authors' code",
        ),
        Wrong(
            "takes the slopes from the helper",
            """
from src.positional_embeddings import alibi_slopes


def alibi_causal(num_heads, length):
    p = torch.arange(length)
    back = p[:, None] - p
    bias = -alibi_slopes(num_heads).view(-1, 1, 1) * back
    return bias.masked_fill(back < 0, -torch.inf)
""",
            "slopes of the authors' code",
        ),
        Wrong(
            "returns a list",
            """
def alibi_causal(num_heads, length):
    return [
        [
            [-(2 ** (-8 * h / num_heads)) * (i - j) if j <= i else -math.inf for j in range(length)]
            for i in range(length)
        ]
        for h in range(1, num_heads + 1)
    ]
""",
            "you return list",
        ),
        Wrong(
            "slopes hard-coded to the visible case",
            """
def alibi_causal(num_heads, length):
    slopes = torch.tensor([1 / 4, 1 / 16, 1 / 64, 1 / 256])
    p = torch.arange(length)
    back = p[:, None] - p
    return (-slopes.view(-1, 1, 1) * back).masked_fill(back < 0, -torch.inf)
""",
            "The shape should be",
        ),
    ],
    right=[
        """
def alibi_causal(num_heads, length):
    bias = torch.full((num_heads, length, length), -torch.inf)
    for h in range(num_heads):
        for i in range(length):
            for j in range(i + 1):
                bias[h, i, j] = -(2 ** (-8 * (h + 1) / num_heads)) * (i - j)
    return bias
""",
        """
def alibi_causal(num_heads, length):
    ratio = 2 ** (-8 / num_heads)
    slopes = torch.tensor([ratio**h for h in range(1, num_heads + 1)])
    p = torch.arange(length)
    back = p.unsqueeze(1) - p.unsqueeze(0)
    hidden = torch.full((length, length), -torch.inf).triu(1)
    return hidden - torch.einsum("h,ij->hij", slopes, back.float())
""",
        """
import numpy as np


def alibi_causal(num_heads, length):
    slopes = np.exp2(-8 * np.arange(1, num_heads + 1) / num_heads)
    i, j = np.indices((length, length))
    bias = slopes[:, None, None] * (j - i)
    return torch.from_numpy(np.where(j > i, -np.inf, bias))
""",
        """
from src.attention import causal_mask


def alibi_causal(num_heads, length):
    slopes = torch.logspace(-8 / num_heads, -8, num_heads, base=2)
    p = torch.arange(length)
    bias = (p - p[:, None]) * slopes[:, None, None]
    return torch.where(causal_mask(length), bias, float("-inf"))
""",
    ],
)

PREDICT = Item(
    wrong=[
        Wrong("nothing filled in", 'prediction = ""', "still empty"),
        Wrong("attention alone knows the order", 'prediction = "be"', "what can attention know"),
        Wrong(
            "ALiBi always knows the order",
            'prediction = "ae"',
            "when a text is read backwards",
        ),
        Wrong(
            "every relative scheme is symmetric",
            'prediction = "abce"',
            "Does T5 use one bucket",
        ),
        Wrong("relative means that nothing moves", 'prediction = "abde"', "query at 0"),
        Wrong(
            "absolute turns make absolute scores",
            'prediction = "ab"',
            "two absolute turns",
        ),
        Wrong(
            "values may be turned as well",
            'prediction = "abef"',
            "is a value multiplied",
        ),
        Wrong("all of them", 'prediction = "abcdef"', "Does T5 use one bucket"),
        Wrong("a list", 'prediction = ["a", "b", "e"]', "must be a string"),
        Wrong("words", 'prediction = "a and b"', "must be a string"),
    ],
    right=[
        'prediction = "abe"',
        'prediction = "E, B, A"',
        'true = ["a", "b", "e"]\nprediction = " ".join(true)',
    ],
)

ROTARY = Item(
    wrong=[
        Wrong(
            "half layout",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = base ** (-torch.arange(0, D, 2) / D)
    angles = positions[:, None, :, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., : D // 2], x[..., D // 2 :]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)
""",
            "half layout? Pair i is",
        ),
        Wrong(
            "right turns, put together as halves",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = base ** (-torch.arange(0, D, 2) / D)
    angles = positions[:, None, :, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)
""",
            "Pairs must stay neighbours",
        ),
        Wrong(
            "turns the other way",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = base ** (-torch.arange(0, D, 2) / D)
    angles = positions[:, None, :, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos + b * sin, b * cos - a * sin], dim=-1).flatten(-2)
""",
            "turn the other way round",
        ),
        Wrong(
            "one sign wrong",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = base ** (-torch.arange(0, D, 2) / D)
    angles = positions[:, None, :, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos + b * sin, a * sin + b * cos], dim=-1).flatten(-2)
""",
            "A turn keeps lengths",
        ),
        Wrong(
            "degrees for radians",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = base ** (-torch.arange(0, D, 2) / D)
    angles = torch.deg2rad(positions[:, None, :, None] * speeds)
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)
""",
            "turn by degrees",
        ),
        Wrong(
            "lost the 2 in the exponent",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = base ** (-torch.arange(D // 2) / D)
    angles = positions[:, None, :, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)
""",
            "it is 2i/D, once",
        ),
        Wrong(
            "each column its own speed",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = base ** (-2 * torch.arange(D) / D)
    angles = positions[:, None, :, None] * speeds
    swapped = torch.stack([-x[..., 1::2], x[..., 0::2]], dim=-1).flatten(-2)
    return x * angles.cos() + swapped * angles.sin()
""",
            "uses the column, not the pair",
        ),
        Wrong(
            "width of the model in the exponent",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    width = x.shape[1] * D
    speeds = base ** (-torch.arange(0, D, 2) / width)
    angles = positions[:, None, :, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)
""",
            "the width of the model",
        ),
        Wrong(
            "turns by 0, 1, 2, ...",
            """
def rotary(x, positions, base=10000.0):
    T, D = x.shape[-2:]
    speeds = base ** (-torch.arange(0, D, 2) / D)
    angles = torch.outer(torch.arange(T), speeds)
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)
""",
            "instead of positions",
        ),
        Wrong(
            "positions along the heads",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = base ** (-torch.arange(0, D, 2) / D)
    angles = positions[:, :, None, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)
""",
            "Do the heads turn",
        ),
        Wrong(
            "writes into its input",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = base ** (-torch.arange(0, D, 2) / D)
    angles = positions[:, None, :, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    x[..., 0::2] = x[..., 0::2] * cos - x[..., 1::2] * sin
    x[..., 1::2] = x[..., 0::2] * sin + x[..., 1::2] * cos
    return x
""",
            "changes x",
        ),
        Wrong(
            "positions of the first text for all",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = base ** (-torch.arange(0, D, 2) / D)
    angles = positions[0, :, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)
""",
            "each text its own positions",
        ),
        Wrong(
            "another base if none is given",
            """
def rotary(x, positions, base=500000.0):
    D = x.shape[-1]
    angles = positions[:, None, :, None] * base ** (-torch.arange(0, D, 2) / D)
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)
""",
            "Some numbers are wrong",
        ),
        Wrong(
            "base hard-coded",
            """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = 10000 ** (-torch.arange(0, D, 2) / D)
    angles = positions[:, None, :, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)
""",
            "base",
        ),
        Wrong(
            "delegates to the helper",
            """
from src.positional_embeddings import apply_rotary, rotary_frequencies


def rotary(x, positions, base=10000.0):
    speeds = rotary_frequencies(x.shape[-1], base=base)
    return apply_rotary(x, positions, frequencies=speeds)
""",
            "Did you call apply_rotary",
        ),
        Wrong(
            "returns NumPy",
            """
import numpy as np


def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    angles = positions.numpy()[:, None, :, None] * base ** (-np.arange(0, D, 2) / D)
    pairs = x.numpy()[..., 0::2] + 1j * x.numpy()[..., 1::2]
    turned = pairs * np.exp(1j * angles)
    return np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape)
""",
            "you return ndarray",
        ),
    ],
    right=[
        """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    speeds = base ** (-torch.arange(0, D, 2) / D)
    angles = positions[:, None, :, None] * speeds
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    turned = pairs * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).flatten(-2)
""",
        """
def rotary(x, positions, base=10000.0):
    out = torch.empty_like(x)
    B, H, T, D = x.shape
    for b in range(B):
        for t in range(T):
            for i in range(D // 2):
                angle = positions[b, t].item() * base ** (-2 * i / D)
                c, s = math.cos(angle), math.sin(angle)
                u, v = x[b, :, t, 2 * i], x[b, :, t, 2 * i + 1]
                out[b, :, t, 2 * i] = c * u - s * v
                out[b, :, t, 2 * i + 1] = s * u + c * v
    return out
""",
        """
def rotary(x, positions, base=10000.0):
    D = x.shape[-1]
    pair = torch.arange(D) // 2
    angles = positions.unsqueeze(1).unsqueeze(3) / base ** (2 * pair / D)
    swapped = torch.stack([-x[..., 1::2], x[..., 0::2]], dim=-1).flatten(-2)
    return x * torch.cos(angles) + swapped * torch.sin(angles)
""",
        """
from src.positional_embeddings import rotary_frequencies


def rotary(x, positions, base=10000.0):
    angles = positions.float()[..., None] * rotary_frequencies(x.shape[-1], base=base)
    c, s = angles.cos(), angles.sin()  # (B, T, D/2)
    R = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)
    pairs = x.reshape(*x.shape[:-1], -1, 2)
    return torch.einsum("btiuv,bhtiv->bhtiu", R, pairs).reshape(x.shape)
""",
    ],
)

OFFSET = Item(
    wrong=[
        Wrong(
            "compares the turned vectors",
            """
def offset_only(rotate):
    x, p = torch.randn(8, 16), torch.arange(8)
    return torch.allclose(rotate(x, p), rotate(x, p + 100), atol=0.01)
""",
            "compare scores, not turned vectors",
        ),
        Wrong(
            "tests lengths only",
            """
def offset_only(rotate):
    x, p = torch.randn(8, 16), torch.arange(1000, 1008)
    return torch.allclose(rotate(x, p).norm(dim=1), x.norm(dim=1), atol=0.01)
""",
            "They keep lengths",
        ),
        Wrong(
            "offset 0 only",
            """
def offset_only(rotate):
    q, k, p = torch.randn(8, 16), torch.randn(8, 16), torch.arange(8)
    score = (rotate(q, p) * rotate(k, p)).sum(dim=1)
    for shift in (1, 10, 100, 1000):
        moved = (rotate(q, p + shift) * rotate(k, p + shift)).sum(dim=1)
        if not torch.allclose(score, moved, atol=0.01):
            return False
    return True
""",
            "other offsets",
        ),
        Wrong(
            "small shifts only",
            """
def offset_only(rotate):
    q, k, p = torch.randn(8, 16), torch.randn(8, 16), torch.arange(8)
    score = rotate(q, p) @ rotate(k, p).T
    moved = rotate(q, p + 10) @ rotate(k, p + 10).T
    return torch.allclose(score, moved, atol=0.01)
""",
            "shift of 1,000",
        ),
        Wrong(
            "demands equality to the last bit",
            """
def offset_only(rotate):
    q, k, p = torch.randn(8, 16), torch.randn(8, 16), torch.arange(8)
    score = rotate(q, p) @ rotate(k, p).T
    for shift in (1, 10, 100, 1000):
        if not torch.equal(score, rotate(q, p + shift) @ rotate(k, p + shift).T):
            return False
    return True
""",
            "allow for rounding",
        ),
        Wrong(
            "moves the query only",
            """
def offset_only(rotate):
    q, k, p = torch.randn(8, 16), torch.randn(8, 16), torch.arange(8)
    score = rotate(q, p) @ rotate(k, p).T
    for shift in (1, 10, 100, 1000):
        moved = rotate(q, p + shift) @ rotate(k, p).T
        if not torch.allclose(score, moved, atol=0.01):
            return False
    return True
""",
            "with both positions moved",
        ),
        Wrong(
            "a tolerance that lets everything pass",
            """
def offset_only(rotate):
    q, k, p = torch.randn(8, 16), torch.randn(8, 16), torch.arange(8)
    score = rotate(q, p) @ rotate(k, p).T
    for shift in (1, 10, 100, 1000):
        moved = rotate(q, p + shift) @ rotate(k, p + shift).T
        if not torch.allclose(score, moved, atol=1000):
            return False
    return True
""",
            "Is your tolerance too large",
        ),
        Wrong(
            "says yes to everything",
            "def offset_only(rotate):\n    return True\n",
            "the answer always True",
        ),
        Wrong(
            "says no to everything",
            "def offset_only(rotate):\n    return False\n",
            "You reject a correct rotary",
        ),
        Wrong(
            "returns a tensor",
            """
def offset_only(rotate):
    q, k, p = torch.randn(8, 16), torch.randn(8, 16), torch.arange(8)
    score = rotate(q, p) @ rotate(k, p).T
    moved = rotate(q, p + 1000) @ rotate(k, p + 1000).T
    return ((score - moved).abs() < 0.01).all()
""",
            "you return Tensor",
        ),
        Wrong(
            "an object that equals everything",
            """
class All:
    def __eq__(self, other):
        return True


def offset_only(rotate):
    return All()
""",
            "you return All",
        ),
        Wrong(
            "returns the error",
            """
def offset_only(rotate):
    q, k, p = torch.randn(8, 16), torch.randn(8, 16), torch.arange(8)
    score = rotate(q, p) @ rotate(k, p).T
    moved = rotate(q, p + 1000) @ rotate(k, p + 1000).T
    return (score - moved).abs().max().item()
""",
            "you return float",
        ),
        Wrong(
            "knows the functions of the visible check only",
            """
def offset_only(rotate):
    x = torch.ones(1, 16)
    a = rotate(x, torch.tensor([600]))
    b = rotate(x, torch.tensor([601]))
    moves = not torch.allclose(a, b)
    y = rotate(x, torch.tensor([1]))
    p = torch.arange(4)
    same = rotate(x.expand(4, -1), p)
    same = same @ same.T
    toeplitz = torch.allclose(same[1:, 1:], same[:-1, :-1], atol=0.01)
    return moves and toeplitz and torch.allclose(y.norm(), x.norm())
""",
            "You reject a correct function",
        ),
        Wrong(
            "compares with the interleaved helper",
            """
from src.positional_embeddings import apply_rotary


def offset_only(rotate):
    x, p = torch.randn(8, 16), torch.arange(8)
    for shift in (0, 1, 10, 100, 1000):
        right = apply_rotary(x, p + shift)
        if not torch.allclose(rotate(x, p + shift), right, atol=0.01):
            return False
    return True
""",
            "You reject a correct function",
        ),
    ],
    right=[
        """
def offset_only(rotate):
    torch.manual_seed(1)
    q, k = torch.randn(1, 16).double(), torch.randn(1, 16).double()

    def score(m, n):
        return (rotate(q, torch.tensor([m])) * rotate(k, torch.tensor([n]))).sum().item()

    for offset in (0, 1, 2, 7, 30):
        for start in (0, 1, 10, 100, 1000):
            for a, b in ((0, offset), (offset, 0)):
                if abs(score(start + a, start + b) - score(a, b)) > 0.01:
                    return False
    return True
""",
        """
def offset_only(rotate):
    g = torch.Generator().manual_seed(3)
    q, k = torch.randn(2, 1, 16, generator=g)
    p = torch.tensor([0, 1, 2, 3, 5, 8, 40])

    def scores(shift):
        n = len(p)
        return rotate(q.expand(n, -1), p + shift) @ rotate(k.expand(n, -1), p + shift).T

    worst = max((scores(s) - scores(0)).abs().max().item() for s in (1, 10, 100, 1000))
    return worst < 0.01
""",
        """
def offset_only(rotate):
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 16)
    everywhere = torch.arange(1200)
    turned_q = rotate(q.expand(1200, -1), everywhere)
    turned_k = rotate(k.expand(1200, -1), everywhere)
    for offset in (0, 1, 3, 20, 100):
        line = (turned_q[: 1200 - offset] * turned_k[offset:]).sum(dim=1)
        if line.max() - line.min() > 0.01:
            return False
    return True
""",
    ],
)

LAYOUT = Item(
    wrong=[
        Wrong(
            "across all heads",
            """
def to_interleaved(weight, num_heads):
    return weight.unflatten(0, (2, -1)).transpose(0, 1).flatten(0, 1)
""",
            "heads get mixed",
        ),
        Wrong(
            "the lesson's direction",
            """
def to_interleaved(weight, num_heads):
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat([heads[:, 0::2], heads[:, 1::2]], dim=1).flatten(0, 1)
""",
            "from interleaved to half. Which",
        ),
        Wrong(
            "the lesson's direction, across heads",
            """
def to_interleaved(weight, num_heads):
    return torch.cat([weight[0::2], weight[1::2]])
""",
            "and across heads",
        ),
        Wrong(
            "columns instead of rows",
            """
def to_interleaved(weight, num_heads):
    heads = weight.unflatten(-1, (num_heads, 2, -1))
    return heads.transpose(-1, -2).flatten(-3)
""",
            "You move columns",
        ),
        Wrong(
            "second half first",
            """
def to_interleaved(weight, num_heads):
    halves = weight.unflatten(0, (num_heads, 2, -1)).flip(1)
    return halves.transpose(1, 2).flatten(0, 2)
""",
            "second half come first",
        ),
        Wrong(
            "splits the rows by number of heads, not by width",
            """
def to_interleaved(weight, num_heads):
    heads = weight.unflatten(0, (-1, 2, num_heads))
    return heads.transpose(1, 2).flatten(0, 2)
""",
            "pieces of num_heads",
        ),
        Wrong(
            "a view of the old order",
            """
def to_interleaved(weight, num_heads):
    return weight.unflatten(0, (num_heads, 2, -1)).flatten(0, 2)
""",
            "Nothing has moved",
        ),
        Wrong(
            "changes the weight",
            """
def to_interleaved(weight, num_heads):
    D = len(weight) // num_heads
    for h in range(num_heads):
        head = weight[h * D : (h + 1) * D].clone()
        weight[h * D : (h + 1) * D : 2] = head[: D // 2]
        weight[h * D + 1 : (h + 1) * D : 2] = head[D // 2 :]
    return weight
""",
            "changes the weight",
        ),
        Wrong(
            "returns the heads apart",
            """
def to_interleaved(weight, num_heads):
    halves = weight.unflatten(0, (num_heads, 2, -1))
    return halves.transpose(1, 2).flatten(1, 2)
""",
            "The shape should be",
        ),
        Wrong(
            "returns NumPy",
            """
def to_interleaved(weight, num_heads):
    heads = weight.numpy().reshape(num_heads, 2, -1, *weight.shape[1:])
    return heads.swapaxes(1, 2).reshape(weight.shape)
""",
            "you return ndarray",
        ),
        Wrong(
            "no bias",
            """
def to_interleaved(weight, num_heads):
    rows, columns = weight.shape
    heads = weight.view(num_heads, 2, -1, columns)
    return heads.transpose(1, 2).reshape(rows, columns)
""",
            "Does it work for a bias",
        ),
        Wrong(
            "two heads, whatever is said",
            """
def to_interleaved(weight, num_heads):
    return weight.unflatten(0, (2, 2, -1)).transpose(1, 2).flatten(0, 2)
""",
            "sizes of the visible check only",
        ),
        Wrong(
            "the lesson's order once more: its own inverse for width 4 only",
            """
def to_interleaved(weight, num_heads):
    order = [*range(0, len(weight) // num_heads, 2), *range(1, len(weight) // num_heads, 2)]
    return weight.unflatten(0, (num_heads, -1))[:, order].flatten(0, 1)
""",
            "from interleaved to half. Which",
        ),
        Wrong(
            "order written down from the visible case",
            """
def to_interleaved(weight, num_heads):
    return weight[[0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]]
""",
            "The shape should be",
        ),
    ],
    right=[
        """
def to_interleaved(weight, num_heads):
    D = len(weight) // num_heads
    order = []
    for h in range(num_heads):
        for i in range(D // 2):
            order += [h * D + i, h * D + i + D // 2]
    return weight[order]
""",
        """
def to_interleaved(weight, num_heads):
    D = len(weight) // num_heads
    to_half = torch.cat((torch.arange(0, D, 2), torch.arange(1, D, 2)))
    back = to_half.argsort()
    return weight.unflatten(0, (num_heads, D))[:, back].flatten(0, 1)
""",
        """
def to_interleaved(weight, num_heads):
    new = []
    for head in weight.chunk(num_heads):
        first, second = head.chunk(2)
        new.append(torch.stack([first, second], dim=1).flatten(0, 1))
    return torch.cat(new)
""",
        """
def to_interleaved(weight, num_heads):
    new = torch.empty_like(weight)
    D = weight.shape[0] // num_heads
    for h in range(num_heads):
        head = weight[h * D : (h + 1) * D]
        new[h * D : (h + 1) * D : 2] = head[: D // 2]
        new[h * D + 1 : (h + 1) * D : 2] = head[D // 2 :]
    return new
""",
        """
def to_interleaved(weight, num_heads):
    rows = torch.arange(weight.shape[0]).view(num_heads, 2, -1)
    order = rows.permute(0, 2, 1).reshape(-1)
    return torch.index_select(weight, 0, order)
""",
    ],
)

YARN_START = """
def yarn_speeds(dim, factor, trained, base=10000.0, fast=32, slow=1):
    i = torch.arange(dim // 2).double()
    theta = base ** (-2 * i / dim)

    def index(turns):
        return dim * math.log(trained / (2 * math.pi * turns)) / (2 * math.log(base))

    begin = max(math.floor(index(fast)), 0)
    end = min(math.ceil(index(slow)), dim - 1)
    share = 1 - ((i - begin) / (end - begin)).clamp(0, 1)
"""
YARN_END = "    return share * theta + (1 - share) * theta / factor\n"
YARN = YARN_START + YARN_END


def _yarn(old: str, new: str) -> str:
    assert YARN.count(old) == 1, old
    return YARN.replace(old, new)


STRETCH = Item(
    wrong=[
        Wrong(
            "interpolates all pairs",
            """
def yarn_speeds(dim, factor, trained, base=10000.0, fast=32, slow=1):
    return base ** (-torch.arange(0, dim, 2) / dim) / factor
""",
            "That is interpolation",
        ),
        Wrong(
            "changes nothing",
            """
def yarn_speeds(dim, factor, trained, base=10000.0, fast=32, slow=1):
    return base ** (-torch.arange(0, dim, 2) / dim)
""",
            "No speed has changed",
        ),
        Wrong(
            "share upside down",
            _yarn("share = 1 - ((i", "share = ((i"),
            "share upside down",
        ),
        Wrong(
            "no floor and ceil",
            _yarn("math.floor(index(fast))", "index(fast)").replace(
                "math.ceil(index(slow))", "index(slow)"
            ),
            "Are floor and ceil missing",
        ),
        Wrong(
            "floor at both ends",
            _yarn("math.ceil", "math.floor"),
            "a pair off",
        ),
        Wrong(
            "ceil at both ends",
            _yarn("math.floor", "math.ceil"),
            "a pair off",
        ),
        Wrong(
            "ramp over the turns",
            """
def yarn_speeds(dim, factor, trained, base=10000.0, fast=32, slow=1):
    theta = base ** (-torch.arange(0, dim, 2) / dim)
    turns = trained * theta / (2 * math.pi)
    share = ((turns - slow) / (fast - slow)).clamp(0, 1)
    return share * theta + (1 - share) * theta / factor
""",
            "linear in the number of turns",
        ),
        Wrong(
            "forgot 2 pi",
            _yarn("(2 * math.pi * turns)", "turns"),
            "2 pi missing",
        ),
        Wrong(
            "index of dimensions, not pairs",
            _yarn("dim * math.log(trained", "2 * dim * math.log(trained"),
            "count dimensions, not pairs",
        ),
        Wrong(
            "blends the wavelengths",
            _yarn(
                "share * theta + (1 - share) * theta / factor",
                "theta / (share + (1 - share) * factor)",
            ),
            "blend wavelengths",
        ),
        Wrong(
            "multiplies the temperature in",
            _yarn(
                "share * theta + (1 - share) * theta / factor",
                "(0.1 * math.log(factor) + 1) * (share * theta + (1 - share) * theta / factor)",
            ),
            "0.1 ln s + 1",
        ),
        Wrong(
            "multiplies the slow speeds",
            _yarn("theta / factor", "theta * factor"),
            "Wrong. New speed over old",
        ),
        Wrong(
            "begin not kept above 0",
            _yarn("max(math.floor(index(fast)), 0)", "math.floor(index(fast))"),
            "between 0 and D - 1",
        ),
        Wrong(
            "end cut at the last pair",
            _yarn("dim - 1)", "dim // 2 - 1)"),
            "between 0 and D - 1",
        ),
        Wrong(
            "base hard-coded",
            _yarn("(2 * math.log(base))", "(2 * math.log(10000))"),
            "base=",
        ),
        Wrong(
            "another slow end if none is given",
            _yarn("slow=1)", "slow=2)"),
            "Wrong. New speed over old",
        ),
        Wrong(
            "32 and 1 hard-coded",
            _yarn("index(fast)", "index(32)").replace("index(slow)", "index(1)"),
            "fast=",
        ),
        Wrong(
            "returns NumPy",
            _yarn(YARN_END, "    return (share * theta + (1 - share) * theta / factor).numpy()\n"),
            "you return ndarray",
        ),
        Wrong(
            "delegates to the helper",
            """
from src.positional_embeddings import rotary_frequencies


def yarn_speeds(dim, factor, trained, base=10000.0, fast=32, slow=1):
    scaling = {
        "rope_type": "yarn",
        "factor": factor,
        "original_max_position_embeddings": trained,
        "beta_fast": fast,
        "beta_slow": slow,
    }
    return rotary_frequencies(dim, base=base, scaling=scaling)
""",
            "with scaling is off limits",
        ),
        Wrong(
            "ramp hard-coded to the visible case",
            """
def yarn_speeds(dim, factor, trained, base=10000.0, fast=32, slow=1):
    i = torch.arange(dim // 2)
    theta = base ** (-2 * i / dim)
    share = 1 - ((i - 20) / 26).clamp(0, 1)
    return share * theta + (1 - share) * theta / factor
""",
            "dim=64",
        ),
    ],
    right=[
        YARN,
        """
def yarn_speeds(dim, factor, trained, base=10000.0, fast=32, slow=1):
    def turns(i):
        return trained * base ** (-2 * i / dim) / (2 * math.pi)

    begin = max([i for i in range(dim) if turns(i) >= fast], default=0)
    end = min([i for i in range(dim) if turns(i) <= slow], default=dim - 1)
    speeds = []
    for i in range(dim // 2):
        theta = base ** (-2 * i / dim)
        if i <= begin:
            share = 1.0
        elif i >= end:
            share = 0.0
        else:
            share = (end - i) / (end - begin)
        speeds.append(share * theta + (1 - share) * theta / factor)
    return torch.tensor(speeds)
""",
        """
import numpy as np

from src.positional_embeddings import rotary_frequencies


def yarn_speeds(dim, factor, trained, base=10000.0, fast=32, slow=1):
    theta = rotary_frequencies(dim, base=base).numpy()
    ends = dim / 2 * np.log(trained / (2 * np.pi * np.array([fast, slow]))) / np.log(base)
    begin, end = max(np.floor(ends[0]), 0), min(np.ceil(ends[1]), dim - 1)
    share = np.interp(np.arange(dim // 2), [begin, end], [1, 0])
    return torch.tensor(theta * (share + (1 - share) / factor))
""",
        """
def yarn_speeds(dim, factor, trained, base=10000.0, fast=32, slow=1):
    step = 2 * math.log(base) / dim  # ln of the ratio of neighbours
    begin = max(0, math.floor(math.log(trained / 2 / math.pi / fast) / step))
    end = min(dim - 1, math.ceil(math.log(trained / 2 / math.pi / slow) / step))
    i = torch.arange(dim // 2)
    theta = torch.exp(-step * i)
    slowed = torch.clamp((i - begin) / (end - begin), 0, 1)
    return torch.lerp(theta, theta / factor, slowed)
""",
    ],
)

ITEMS = {
    "equivariance": EQUIVARIANCE,
    "clocks": CLOCKS,
    "rows": ROWS,
    "alibi": ALIBI,
    "predict": PREDICT,
    "rotary": ROTARY,
    "offset": OFFSET,
    "layout": LAYOUT,
    "yarn": STRETCH,
}
