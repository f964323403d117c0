"""Learn new rows and soft prompts for SmolLM2: `python -m experiments.new_tokens`.

Why: the lesson A trained model meets new tokens says how well a row learns from eight sentences,
what a tied output and the start make of it, and what free vectors in front of a text are worth
beside words. About nine minutes of one core: a step of six rows takes 2 to 3 seconds, one of six
soft prompts 0.6 to 1 second.
Makes: src/data/new_tokens.csv, by word or length, start, learning rate and seed. The last digits
may differ between machines.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from experiments.data_files import write_table
from src.heads import load_four_texts
from src.language_model import LanguageModel
from src.new_tokens import IN_PIECES, LEARN, TEST, opposites, padded
from src.smollm2 import load_language_model

COLUMNS = ("what", "word", "start", "rate", "seed", "measure", "value")
RATES, SEEDS = (0.01, 0.03), (0, 1, 2)
STEPS, BATCH = 16, 4  # of the rows: sentences a step
PROMPT_STEPS, PROMPT_BATCH = 48, 6  # of the soft prompts: pairs a step
SOFT = (1, 4, 16)  # lengths of soft prompts
WRITTEN = {  # prompts of 1, 4 and 16 tokens
    1: " opposite",
    4: "The exact opposite of",
    16: "up is down, big is small, high is low, open is closed,",
}


def start_row(model: LanguageModel, word: str, start: str, seed: int) -> Tensor:
    """Return a first row: random with the table's own spread, its mean, or the word's own row."""
    table = model.token
    if start == "random":
        draw = torch.Generator().manual_seed(seed)
        return table.mean(0) + table.std(0) * torch.randn(table.shape[1], generator=draw)
    return table.mean(0) if start == "mean" else table[model.tokenizer.token_to_id("Ġ" + word)]


def other_word(word: str) -> str:
    """Return the next word in pieces, whose description is a control."""
    words = list(IN_PIECES)
    return words[(words.index(word) + 1) % len(words)]


@torch.no_grad()
def start_lines(model: LanguageModel) -> Iterator[tuple]:
    """Yield losses of sentences in which one new row, not trained, stands for a word's pieces."""
    table, width = model.token, model.token.shape[1]
    centre, spread = table.mean(0), table.std(0)
    draws = [torch.randn(width, generator=torch.Generator().manual_seed(n)) for n in SEEDS]
    for word, (description, *sentences) in IN_PIECES.items():
        ids = model.token_ids(" " + word)[0]
        told = model.token_ids(" " + description)[0]
        rows = [("the pieces kept", 0, table[ids]), ("zeros", 0, torch.zeros(1, width))]
        rows += [("mean of all rows", 0, centre.unsqueeze(0))]
        rows += [
            ("random as the table", n, (centre + spread * x)[None]) for n, x in enumerate(draws)
        ]
        rows += [("torch.randn", n, x.unsqueeze(0)) for n, x in enumerate(draws)]
        rows += [("mean of its pieces", 0, table[ids].mean(0, keepdim=True))]
        rows += [("mean of three words", 0, table[told].mean(0, keepdim=True))]
        told = model.token_ids(" " + IN_PIECES[other_word(word)][0])[0]
        rows += [("three of another word", 0, table[told].mean(0, keepdim=True))]
        for start, seed, new in rows:
            found = [put_in(model, model.token_ids(text)[0], ids, new) for text in sentences]
            after, itself = (torch.cat(x) for x in zip(*found, strict=True))
            yield "start", word, start, 0.0, seed, "after", f"{after.mean():.4f}"
            yield "start", word, start, 0.0, seed, "itself", f"{itself.sum() / 2:.4f}"


def put_in(model: LanguageModel, text: Tensor, pieces: Tensor, new: Tensor) -> tuple[Tensor, ...]:
    """Return losses of what follows the pieces, and of the rows (N, D) put in their place."""
    n, table, vocabulary = len(pieces), model.token, len(model.token)
    at = next(i for i in range(len(text)) if torch.equal(text[i : i + n], pieces))
    x = torch.cat([table[text[:at]], new, table[text[at + n :]]])
    targets = pieces
    if len(new) == 1:
        table = torch.cat([table, new])
        targets = torch.tensor([vocabulary])
    targets = torch.cat([targets, text[at + n :]])
    scores = model.last_states(x.unsqueeze(0))[0, at - 1 : -1] @ table.T
    losses = F.cross_entropy(scores, targets, reduction="none")
    return losses[len(new) :], losses[: len(new)]


class Sentences:
    """Sentences with a hole for a new row where a word stands."""

    def __init__(self, model: LanguageModel, word: str, texts: Sequence[str]) -> None:
        """Find the holes, and the tokens that come after one."""
        self.model = model
        ids = padded(model, list(texts))
        self.hole = ids == model.tokenizer.token_to_id("Ġ" + word)  # (B, T)
        self.after = (self.hole.cumsum(1)[:, :-1] > 0) & (ids[:, 1:] >= 0) & ~self.hole[:, 1:]
        self.ids = ids.clamp(min=0)

    def losses(self, rows: Tensor, picked: Tensor, *, tied: bool) -> tuple[Tensor, Tensor]:
        """Return by row (R,) the loss of what comes after the hole, and of the hole itself.

        Args:
            rows: new rows, shape (R, D).
            picked: which sentences each row is put into, shape (R, B).
            tied: whether the new row is one of the output's too.
        """
        R, B = picked.shape
        ids, hole, after = (x[picked] for x in (self.ids, self.hole, self.after))  # (R, B, T)
        x = torch.where(
            hole.unsqueeze(-1),
            rows[:, None, None],
            self.model.rows(ids.flatten(0, 1)).unflatten(0, (R, B)),
        )
        states = self.model.last_states(x.flatten(0, 1)).unflatten(0, (R, B))[:, :, :-1]
        found = []
        for kind, targets in (("after", ids[:, :, 1:]), ("itself", None)):
            at = after if kind == "after" else hole[:, :, 1:]
            whose = at.nonzero()[:, 0]
            here = states[at]  # (N, D)
            scores = here @ self.model.token.T
            if tied or kind == "itself":
                new = (here * rows[whose]).sum(-1, keepdim=True)
                scores = torch.cat([scores, new], dim=1)
            target = (
                targets[at]
                if targets is not None
                else torch.full_like(whose, len(self.model.token))
            )
            loss = F.cross_entropy(scores, target, reduction="none")
            total = torch.zeros(R).index_add(0, whose, loss)
            found.append(total / torch.bincount(whose, minlength=R))
        return found[0], found[1]


def fit(
    params: Sequence[Tensor], rates: Sequence[float], steps: int, loss: Callable[[int], Tensor]
) -> None:
    """Train each tensor by Adam at its own rate; the losses are added, and none meets another."""
    groups = [{"params": [p], "lr": rate} for p, rate in zip(params, rates, strict=True)]
    optimizer = torch.optim.Adam(groups)
    for step in range(steps):
        optimizer.zero_grad()
        loss(step).backward()
        optimizer.step()


def orders(count: int, batch: int, steps: int, seed: int) -> Tensor:
    """Return which ``batch`` of ``count`` each step takes, all once before any twice."""
    draw = torch.Generator().manual_seed(seed)
    rounds = -(-steps * batch // count)
    return torch.cat([torch.randperm(count, generator=draw) for _ in range(rounds)])[
        : steps * batch
    ].view(steps, batch)


def learn_rows(
    model: LanguageModel,
    word: str,
    start: str,
    *,
    tied: bool,
    trials: Sequence[tuple[float, int]],
    steps: int = STEPS,
) -> Tensor:
    """Return rows learnt from eight sentences, one for each pair of rate and seed, (R, D)."""
    texts = Sentences(model, word, LEARN[word])
    rows = [start_row(model, word, start, seed).clone().requires_grad_() for _, seed in trials]
    order = torch.stack([orders(8, BATCH, steps, seed) for _, seed in trials])  # (R, steps, B)

    def loss(step: int) -> Tensor:
        after, itself = texts.losses(torch.stack(rows), order[:, step], tied=tied)
        return (after + itself).sum() if tied else after.sum()

    fit(rows, [rate for rate, _ in trials], steps, loss)
    return torch.stack(rows).detach()


@torch.no_grad()
def measure_rows(
    model: LanguageModel, word: str, rows: Tensor, ordinary: Tensor
) -> Iterator[dict[str, float]]:
    """Yield for each row its losses, its neighbours and what it takes from other tokens."""
    every = torch.arange(8).unsqueeze(0)
    table, own = model.token, model.token[model.tokenizer.token_to_id("Ġ" + word)]
    centre = table.mean(0)
    normal = ordinary @ table.T
    for row in rows:
        one = row.unsqueeze(0)
        sentences = Sentences(model, word, TEST[word])
        after, itself = sentences.losses(one, every, tied=False)
        found = {"test: after": after.item(), "test: itself": itself.item()}
        others = [
            Sentences(model, other, TEST[other]).losses(one, every[:, :4], tied=False)[0]
            for other in TEST
            if other != word
        ]
        found["other words' test: after"] = torch.cat(others).mean().item()
        share = torch.sigmoid(ordinary @ row - normal.logsumexp(-1))
        found["share of ordinary text"] = share.mean().item()
        cosines = F.cosine_similarity(row - centre, table - centre)
        found["length"] = row.norm().item()
        found["cosine with own"] = F.cosine_similarity(row - centre, own - centre, dim=0).item()
        found["rank of own"] = (
            cosines > F.cosine_similarity(own - centre, row - centre, dim=0)
        ).sum().item() + 1
        yield found | {f"near: {token}": value for token, value in nearest(model, cosines)}


def nearest(model: LanguageModel, cosines: Tensor, count: int = 3) -> list[tuple[str, float]]:
    """Return the tokens with the largest cosines."""
    top = cosines.topk(count)
    return [(model.decode([i]), v) for i, v in zip(top.indices, top.values.tolist(), strict=True)]


def row_lines(model: LanguageModel, jobs: Sequence[tuple[str, str]]) -> Iterator[tuple]:
    """Yield what rows are worth before and after training."""
    ids = torch.cat([model.token_ids(text)[:, :64] for text in load_four_texts().values()])
    ordinary = model.last_states(ids).flatten(0, 1)
    for what, start in jobs:
        seeds = (0,) if start == "own" else SEEDS
        trials = [(rate, seed) for rate in RATES for seed in seeds]
        for word in LEARN:
            if what == "not trained":
                used = [(0.0, seed) for seed in (SEEDS if start == "random" else (0,))]
                rows = torch.stack([start_row(model, word, start, seed) for _, seed in used])
            else:
                used = trials
                rows = learn_rows(model, word, start, tied=what == "tied", trials=trials)
            for (rate, seed), found in zip(
                used, measure_rows(model, word, rows, ordinary), strict=True
            ):
                for measure, value in found.items():
                    yield what, word, start, rate, seed, measure, f"{value:.4f}"


class Pairs:
    """Pairs of opposites after a prompt: "… hot is", and then " cold"."""

    def __init__(self, model: LanguageModel, pairs: Sequence[tuple[str, str]]) -> None:
        """Look up the words."""
        self.model = model
        find = model.tokenizer.token_to_id
        ends = [(find("Ġ" + one), find("Ġis"), find("Ġ" + other)) for one, other in pairs]
        self.ids = torch.tensor(ends)  # (N, 3)

    def scores(self, prompts: Tensor, picked: Tensor) -> Tensor:
        """Return scores (R, B, V) after prompts (R, k, D) and the pairs picked (R, B)."""
        R, B = picked.shape
        cache = []  # a prompt is the same before all pairs, so it is computed once
        if prompts.shape[1]:
            self.model(prompts, cache=cache)
            cache = [tuple(x.repeat_interleave(B, dim=0) for x in held) for held in cache]
        ids = self.ids[picked, :2].flatten(0, 1)
        return self.model(ids, cache=cache)[:, -1].unflatten(0, (R, B))

    def losses(self, prompts: Tensor, picked: Tensor) -> Tensor:
        """Return the loss of the second words by prompt, shape (R,)."""
        scores, targets = self.scores(prompts, picked), self.ids[picked, 2]
        return F.cross_entropy(scores.transpose(1, 2), targets, reduction="none").mean(1)


def split_pairs(model: LanguageModel) -> tuple[Pairs, Pairs]:
    """Return 24 pairs to learn from and 16 to test."""
    test = [pair for n, pair in enumerate(opposites()) if n % 5 in (0, 3)]
    return Pairs(model, [pair for pair in opposites() if pair not in test]), Pairs(model, test)


def start_prompt(model: LanguageModel, k: int, seed: int) -> Tensor:
    """Return k rows of the table, drawn at random, shape (k, D)."""
    draw = torch.Generator().manual_seed(seed)
    return model.token[torch.randint(1000, 20000, (k,), generator=draw)]


def learn_prompts(
    model: LanguageModel, k: int, trials: Sequence[tuple[float, int]], steps: int = PROMPT_STEPS
) -> Tensor:
    """Return soft prompts, one for each pair of rate and seed, shape (R, k, D)."""
    learn, _ = split_pairs(model)
    prompts = [start_prompt(model, k, seed).clone().requires_grad_() for _, seed in trials]
    order = torch.stack([orders(24, PROMPT_BATCH, steps, seed) for _, seed in trials])
    fit(
        prompts,
        [rate for rate, _ in trials],
        steps,
        lambda step: learn.losses(torch.stack(prompts), order[:, step]).sum(),
    )
    return torch.stack(prompts).detach()


@torch.no_grad()
def measure_prompt(model: LanguageModel, prompt: Tensor) -> dict[str, float]:
    """Return what a prompt (k, D) is worth on the pairs to learn from and on those kept back."""
    found = {}
    for name, pairs in zip(("learn", "test"), split_pairs(model), strict=True):
        every = torch.arange(len(pairs.ids)).unsqueeze(0)
        scores, targets = pairs.scores(prompt.unsqueeze(0), every)[0], pairs.ids[:, 2]
        found[f"{name}: loss"] = F.cross_entropy(scores, targets).item()
        found[f"{name}: right"] = (scores.argmax(-1) == targets).float().mean().item()
    return found


def prompt_lines(model: LanguageModel, lengths: Sequence[int]) -> Iterator[tuple]:
    """Yield what soft, written and random prompts are worth."""
    trials = [(rate, seed) for rate in RATES for seed in SEEDS]
    for k in lengths:
        cases = []
        if k == 0:
            cases.append(("none", 0.0, 0, model.token[:0]))
        else:
            written = model.token_ids(WRITTEN[k])[0]
            if len(written) != k:
                raise SystemExit(f"{WRITTEN[k]!r} has {len(written)} tokens, not {k}.")
            cases.append(("written", 0.0, 0, model.token[written]))
            starts = [start_prompt(model, k, seed) for seed in SEEDS]
            cases += [("random rows", 0.0, seed, start) for seed, start in enumerate(starts)]
            soft = zip(trials, learn_prompts(model, k, trials), strict=True)
            cases += [("soft", rate, seed, prompt) for (rate, seed), prompt in soft]
        for kind, rate, seed, prompt in cases:
            for measure, value in measure_prompt(model, prompt).items():
                yield "prompt", k, kind, rate, seed, measure, f"{value:.4f}"


def main() -> None:
    """Measure and write."""
    model = load_language_model()
    starts = ("random", "mean", "own")
    jobs = [("not trained", start) for start in starts]
    jobs += [(ends, start) for ends in ("input", "tied") for start in ("random", "mean")]
    lines = [*start_lines(model), *row_lines(model, jobs), *prompt_lines(model, (0, *SOFT))]
    write_table(
        "new_tokens.csv",
        COLUMNS,
        lines,
        "Made by experiments/new_tokens.py. Losses in nats per token, SmolLM2-135M.",
        f"torch {torch.__version__}",
    )


if __name__ == "__main__":
    main()
