"""The position lab: one small decoder, three tasks, and texts longer than those it trained on.

All schemes get the same budget, and every length is measured on the same tokens: one held-out
stream, cut into windows of the training length, or of 2, 4 and 8 times as many tokens.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from src._checks import whole_number
from src.pretrained import DATA, load_corpus, load_runs
from src.transformer import DecoderConfig, TinyDecoder, text_batches, train

TASKS = ("text", "three back", "first token")
FACTORS = (1, 2, 4, 8)
SEEDS = (0, 1, 2)
TOKENS = 8192  # of the held-out stream, in every measurement
HELD_OUT = 100_000  # characters at the end of the text that no model trains on
LETTERS = 16  # of the two algorithmic tasks
NOT_ASKED = -100  # target where there is no question; cross_entropy ignores it
RESULTS = DATA / "position_lab_results.csv"
INSIDE = DATA / "position_lab_inside.csv"  # what experiments/position_lab_inside.py measured
HYBRIDS = ("partial rotary", "window and none")
"""What newer models make of rotary: half of a head turns; or it turns in a sliding window of a
quarter of the training length in the first layer, and the second sees all and has no positions."""
OTHER_LR = 1e-2  # the second learning rate, again the same for all schemes
COLUMNS = ("task", "scheme", "scaling", "lr", "extra_steps", "seed", "factor", "value")
INSIDE_COLUMNS = ("task", "scheme", "change", "seed", "measure", "value")


@dataclass(frozen=True)
class Lab:
    """One experiment: a task and a budget, the same for every scheme.

    ``"text"``: the next character of the King James Bible. ``"three back"``: random letters; name
    the one three places before. ``"first token"``: name the letter at position 0.

    Raises:
        ValueError: there is no such task, or a count is below 1.
    """

    task: str
    length: int = 32  # of a training text, in tokens
    steps: int = 250
    batch_size: int = 16
    lr: float = 6e-3
    model: Mapping = field(default_factory=dict)  # settings of DecoderConfig that differ

    def __post_init__(self) -> None:
        """Check what would fail far from its cause."""
        if self.task not in TASKS:
            raise ValueError(f"task must be one of {TASKS}, but got {self.task!r}.")
        for name in ("length", "steps", "batch_size"):
            whole_number(name, getattr(self, name), minimum=1)

    @property
    def unit(self) -> str:
        """What :func:`measure` returns: a loss (less is better) or a share (more is better)."""
        return "nats per character" if self.task == "text" else "right answers (%)"

    def batches(
        self, seed: int, *, length: int | None = None, steps: int | None = None
    ) -> Iterator[tuple[Int[Tensor, "B T"], Int[Tensor, "B T"]]]:
        """Yield the training batches: inputs and targets (B, T); -100 where nothing is asked.

        A longer ``length`` gets fewer texts per batch, as many tokens in all.
        """
        length = self.length if length is None else length
        steps = self.steps if steps is None else steps
        count = max(1, self.batch_size * self.length // length)
        if self.task == "text":
            ids = _characters()[:-HELD_OUT]
            yield from text_batches(ids, steps=steps, batch_size=count, seq_len=length, seed=seed)
            return
        random = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            ids = torch.randint(LETTERS, (count, length), generator=random)
            yield ids, _answers(self.task, ids)

    def held_out(self, factor: int) -> tuple[Int[Tensor, "B T"], Int[Tensor, "B T"]]:
        """Return inputs and targets of ``factor`` times the training length, shape (B, T)."""
        T = self.length * whole_number("factor", factor, minimum=1)
        if TOKENS % T:
            raise ValueError(
                f"{factor} times length={self.length} must divide {TOKENS}, the tokens of every "
                "measurement. Use powers of two."
            )
        if self.task == "text":
            ids = _characters()[-TOKENS - 1 :]
            return ids[:-1].view(-1, T), ids[1:].view(-1, T)
        random = torch.Generator().manual_seed(2**20)  # no training seed
        ids = torch.randint(LETTERS, (TOKENS,), generator=random).view(-1, T)
        return ids, _answers(self.task, ids)


LABS = {
    "text": Lab("text"),
    "three back": Lab("three back", length=16, steps=120),
    "first token": Lab("first token", length=16, steps=120),
}


@cache
def _characters() -> Tensor:
    """Return the whole text as numbers of its characters, which are numbered in code order."""
    text = load_corpus("king_james")
    number = {character: n for n, character in enumerate(sorted(set(text)))}
    return torch.tensor([number[character] for character in text])


def _answers(task: str, ids: Tensor) -> Tensor:
    answers = torch.full_like(ids, NOT_ASKED)
    if task == "three back":
        answers[:, 3:] = ids[:, :-3]
    else:
        answers[:, 1:] = ids[:, :1]
    return answers


def train_scheme(lab: Lab, scheme: str, seed: int) -> TinyDecoder:
    """Train a decoder with a scheme, or one of ``HYBRIDS``.

    The learned table has rows for the longest measurement; those past the training length are
    never trained. T5's last bucket begins within the training length, so all are trained.

    Raises:
        ValueError: ``scheme`` is unknown.
    """
    torch.manual_seed(seed)
    settings = {"max_len": max(FACTORS) * lab.length, "max_distance": lab.length}
    if scheme == "partial rotary":
        settings["rotary_share"] = 0.5
    if scheme == "window and none":
        settings |= {"window": lab.length // 4, "free_layers": (1,)}
    scheme = "rotary" if scheme in HYBRIDS else scheme
    settings |= lab.model
    vocab_size = len(_characters().unique()) if lab.task == "text" else LETTERS
    model = TinyDecoder(DecoderConfig(vocab_size, scheme, **settings))
    train(model, lab.batches(seed), lr=lab.lr)
    return model


def token_values(model: nn.Module, lab: Lab, factor: int) -> Float[Tensor, "B T"]:
    """Measure every answer: its loss in nats for text, 100 if right and 0 if wrong otherwise.

    Returns:
        Values, shape (B, T), on texts of ``factor`` times the training length; nan if not asked.
    """
    ids, targets = lab.held_out(factor)
    few = max(1, 1024 // ids.shape[1])  # texts at a time: small tensors stay in the cache
    with torch.no_grad():
        scores = torch.cat([model(part) for part in ids.split(few)])  # (B, T, V)
    if lab.task == "text":
        return nn.functional.cross_entropy(scores.transpose(1, 2), targets, reduction="none")
    right = 100.0 * (scores.argmax(dim=-1) == targets)
    return right.masked_fill(targets == NOT_ASKED, torch.nan)


def measure(model: nn.Module, lab: Lab, factor: int) -> float:
    """Return the mean of :func:`token_values`, in ``lab.unit``."""
    return token_values(model, lab, factor).nanmean().item()


def weights_by_distance(
    model: nn.Module, lab: Lab, distance: int = 3
) -> tuple[float, Float[Tensor, " distances"]]:
    """Take the head that looks most at a distance in training; average its weights by distance.

    Returns:
        The head's weight at ``distance`` in texts of the training length; and its weights at the
        distances 0, 1, 2, ... late in texts of 8 times that length, shape (7 * length + 1,).
    """
    ids = lab.held_out(8)[0][:16]
    with torch.no_grad():
        weights = model.attention_weights(ids)  # (layers, B, H, T, T)
    short = weights[..., : lab.length, : lab.length]  # a query sees no later key
    near = short.diagonal(-distance, dim1=3, dim2=4).mean(dim=(1, 3))  # (layers, H)
    layer, head = divmod(near.argmax().item(), near.shape[1])
    T = ids.shape[1]
    late = [
        weights[layer, :, head, t, : t + 1].flip(-1)[:, : 7 * lab.length + 1].mean(dim=0)
        for t in range(7 * lab.length, T)
    ]
    return near.max().item(), torch.stack(late).mean(dim=0)


def effective_keys(model: nn.Module, lab: Lab, factor: int) -> float:
    """Return how many keys the last 8 queries of a text look at, as a mean over heads and texts.

    It is the exponential of the entropy of a query's weights: n, if n keys share alike.
    """
    ids = lab.held_out(factor)[0][:8]
    with torch.no_grad():
        weights = model.attention_weights(ids)[..., -8:, :]  # (layers, B, H, 8, T)
    return torch.special.entr(weights).sum(dim=-1).exp().mean().item()


def scalings(lab: Lab, factor: float) -> dict[str, dict]:
    """Return the rotary scalings by type, for texts of ``factor`` times the training length."""
    yarn = {"rope_type": "yarn", "factor": factor, "original_max_position_embeddings": lab.length}
    simple = {kind: {"rope_type": kind, "factor": factor} for kind in ("linear", "ntk")}
    return {**simple, "yarn": yarn}


def load_results(path: Path = RESULTS) -> list[dict]:
    """Load stored measurements, a dict each: of ``COLUMNS``, or ``INSIDE_COLUMNS`` for ``INSIDE``.

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: it is damaged.
    """
    if not path.exists():
        script = "position_lab_inside" if path == INSIDE else "position_lab"
        raise FileNotFoundError(f"{path} is missing. Make it: python -m experiments.{script}")
    return load_runs(path.name)


def curve(
    results: list[dict], lab: Lab, scheme: str, *, scaling: str = "none", extra_steps: int = 0
) -> Float[Tensor, "seeds factors"]:
    """Return the values of a scheme, a row per seed and a column per factor, both rising.

    Args:
        results: from :func:`load_results`.
        lab: names the task and the learning rate.
        scheme: one of ``SCHEMES``.
        scaling: type of the rotary scaling that the finished model was given.
        extra_steps: how many steps it was trained on longer texts.

    Raises:
        ValueError: nothing fits.
    """
    want = {"task": lab.task, "lr": lab.lr, "scheme": scheme}
    want |= {"scaling": scaling, "extra_steps": extra_steps}
    found = [row for row in results if all(row[name] == value for name, value in want.items())]
    if not found:
        raise ValueError(f"There is no measurement with {want}. Add it to experiments/.")
    found.sort(key=lambda row: (row["seed"], row["factor"]))
    seeds = len({row["seed"] for row in found})
    return torch.tensor([row["value"] for row in found]).view(seeds, -1)


def look_up(inside: list[dict], task: str, scheme: str, measure: str, change: str = "") -> Tensor:
    """Return what ``experiments/position_lab_inside.py`` measured, a value per seed.

    Args:
        inside: from ``load_results(INSIDE)``.
        task: one of ``TASKS``.
        scheme: one of ``SCHEMES``.
        measure: what was measured, as the file names it.
        change: the setting that was changed, as the file names it.

    Raises:
        ValueError: nothing fits.
    """
    want = {"task": task, "scheme": scheme, "measure": measure, "change": change}
    found = [row for row in inside if all(row[name] == value for name, value in want.items())]
    if not found:
        raise ValueError(f"There is no measurement with {want}. Add it to experiments/.")
    return torch.tensor([row["value"] for row in sorted(found, key=lambda row: row["seed"])])
