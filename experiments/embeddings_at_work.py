"""Facts in long texts, and opposites pulled apart: `python -m experiments.embeddings_at_work`.

Why: the lesson Embeddings at work shows one fact, one seed or a few texts of each; the numbers that
it states come from here. Run experiments/retrieval.py first: it keeps the vectors of the glosses.
About three minutes of one core.
Makes: src/data/embeddings_at_work.csv. The last digit may differ between machines.
"""

import random
from collections.abc import Iterator

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import cosine_embedding_loss, cross_entropy, normalize

from experiments.data_files import write_table
from experiments.retrieval import CACHE, QUERIES, ranks, task
from src.minilm import MiniLM
from src.pretrained import load_corpus, load_minilm, load_runs

COLUMNS = ("part", "form", "setting", "seed", "measure", "value")
COUNTS = (0, 1, 3, 7, 15, 31)  # sentences beside the fact
DRAWS, SEEDS = 3, 3
RATES = (3e-4, 1e-3)
MARGIN, SCALE, STEPS, BATCH = 0.3, 20.0, 200, 128


def long_texts(model: MiniLM, glosses: list[str]) -> Iterator[tuple]:
    """Yield cosines of a text with one fact and the fact's question, by length and place.

    The other sentences are examples of 5 to 12 words; a question's rank is among the texts of all
    facts, each with its own other sentences.
    """
    facts = load_runs("facts_and_questions.csv")
    quoted = (gloss.split('"')[1:2] for gloss in glosses)
    other = [x.strip(" .;") + "." for found in quoted for x in found if 5 <= len(x.split()) <= 12]
    asked = model.sentence_vectors([fact["question"] for fact in facts])
    for draw in range(DRAWS):
        rng = random.Random(draw)
        beside = [rng.sample(other, max(COUNTS)) for _ in facts]
        parts = [[fact["fact"], *some] for fact, some in zip(facts, beside, strict=True)]
        single = model.sentence_vectors([part for text in parts for part in text])
        best = (asked @ single.T).unflatten(1, (len(facts), -1)).amax(2)
        tokens = [len(row.ids) for row in model.tokenizer.encode_batch(sum(parts, []))]
        yield from fact_lines(best, tokens, "each sentence by itself", max(COUNTS), draw)
        for place in ("first", "last"):
            for count in COUNTS:
                at = 0 if place == "first" else count
                texts = [
                    " ".join([*some[:at], fact["fact"], *some[at:count]])
                    for some, fact in zip(beside, facts, strict=True)
                ]
                sets = {f"fact {place}": texts}
                if count == max(COUNTS):
                    sets[f"fact {place}, cut at 256"] = [cut_text(model, x, 256) for x in texts]
                for name, some in sets.items():
                    scores = asked @ model.sentence_vectors(some, batch_size=4).T
                    tokens = [len(row.ids) for row in model.tokenizer.encode_batch(some)]
                    yield from fact_lines(scores, tokens, name, count, draw)


def cut_text(model: MiniLM, text: str, length: int) -> str:
    """Return the text without what stands behind its first tokens, [CLS] and [SEP] counted."""
    row = model.tokenizer.encode(text, add_special_tokens=False)
    return text[: row.offsets[: length - 2][-1][1]]


def fact_lines(
    scores: Tensor, tokens: list[int], form: str, count: int, draw: int
) -> Iterator[tuple]:
    """Yield tokens, cosine and the share that is first, of questions (rows) and texts (columns)."""
    own = scores.diagonal()
    found = {
        "tokens": sum(tokens) / len(tokens),
        "cosine": own.mean().item(),
        "first": ((scores > own.unsqueeze(1)).sum(1) == 0).float().mean().item(),
    }
    for measure, value in found.items():
        yield "long texts", form, count, draw, measure, value


def pairs(definitions: list[str]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return pairs of texts that mean the opposite, and as many that speak of the same thing.

    Opposite: a gloss that begins with "not", and the same without it. Same: the two parts of a
    gloss, of 2 to 12 words each and without "not".
    """
    plain = [d for d in definitions if not set(d) & set("(-")]
    opposite = [
        (d, d.removeprefix("not "))
        for d in plain
        if d.startswith("not ") and ";" not in d and 3 <= len(d.split()) <= 12
    ]
    parts = [tuple(d.split("; ")) for d in plain if d.count("; ") == 1 and "not" not in d.split()]
    same = [two for two in parts if all(2 <= len(part.split()) <= 12 for part in two)]
    rng = random.Random(0)
    return rng.sample(opposite, len(opposite)), rng.sample(same, len(opposite))


def loss_of(kind: str, a: Tensor, b: Tensor, label: Tensor) -> Tensor:
    """Return the loss of pairs (a, b), whose label is 1 (same) or -1 (opposite).

    ``pairs``: each pair by itself, as torch's CosineEmbeddingLoss. ``pairs and batch``: of the
    same, b must be nearer to its a than all other b; the opposite as before.
    """
    if kind == "pairs":
        return cosine_embedding_loss(a, b, label, margin=MARGIN)
    a, b = normalize(a), normalize(b)
    same = label > 0
    scores = SCALE * a[same] @ b[same].T
    apart = ((a[~same] * b[~same]).sum(1) - MARGIN).relu().mean()
    return cross_entropy(scores, torch.arange(len(scores))) + SCALE * apart


def train_map(
    kind: str, a: Tensor, b: Tensor, label: Tensor, rate: float, generator: torch.Generator
) -> Tensor:
    """Train a matrix on top of the vectors, from the identity; return it, shape (D, D)."""
    with torch.enable_grad():
        matrix = torch.eye(a.shape[1], requires_grad=True)
        optimizer = torch.optim.Adam([matrix], lr=rate)
        for _ in range(STEPS):
            some = torch.randperm(len(label), generator=generator)[:BATCH]
            loss = loss_of(kind, a[some] @ matrix, b[some] @ matrix, label[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return matrix.detach()


def order_of(same: Tensor, opposite: Tensor) -> float:
    """Return how often a pair of the same has a larger cosine than one of opposites (AUC)."""
    return (same.unsqueeze(1) > opposite).float().mean().item()


def opposites(model: MiniLM, definitions: list[str]) -> Iterator[tuple]:
    """Yield what a trained map changes, by loss, rate, labels and seed, and before training."""
    texts = pairs(definitions)
    sides = [side for kind in texts for side in zip(*kind, strict=True)]
    a_opposite, b_opposite, a_same, b_same = (model.sentence_vectors(side) for side in sides)
    written = load_runs("opposite_sentences.csv")
    sentences = {key: model.sentence_vectors([line[key] for line in written]) for key in written[0]}
    queries, _, right = task(load_corpus().splitlines(), QUERIES)
    own = [definitions[row] for row in right]
    some = [n for n, d in enumerate(own) if "; " not in d and not d.startswith("not ")]
    names = ("queries", "own definitions")
    asked, passages = (load_file(CACHE / f"{name}.safetensors")["mean"][some] for name in names)
    half = len(a_same) // 2

    def measures(matrix: Tensor, test: Tensor, same_test: Tensor) -> dict[str, float]:
        def cosines(a: Tensor, b: Tensor) -> Tensor:
            return torch.cosine_similarity(a @ matrix, b @ matrix, dim=1)

        same = cosines(a_same[same_test], b_same[same_test])
        opposite = cosines(a_opposite[test], b_opposite[test])
        by = {key: cosines(sentences["statement"], sentences[key]) for key in sentences}
        turned = normalize(asked @ matrix), normalize(passages @ matrix)
        before = ranks(*turned, list(range(len(some))))
        return {
            "same": same.mean().item(),
            "opposite": opposite.mean().item(),
            "glosses in order": order_of(same, opposite),
            "negations in order": order_of(by["paraphrase"], by["negation"]),
            "opposites in order": order_of(by["paraphrase"], by["opposite"]),
            "recall at 1": float((before < 1).mean()),
            "recall at 10": float((before < 10).mean()),
        }

    def split(seed: int) -> tuple[torch.Generator, Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        return generator, *(torch.randperm(2 * half, generator=generator) for _ in range(2))

    for seed in range(SEEDS):
        _, one, two = split(seed)
        for measure, value in measures(torch.eye(384), one[half:], two[half:]).items():
            yield "opposites", "before", 0, seed, measure, value
    for kind in ("pairs", "pairs and batch"):
        for labels in ("right", "shuffled"):
            for rate in RATES:
                for seed in range(SEEDS):
                    generator, one, two = split(seed)
                    a = torch.cat([a_same[two[:half]], a_opposite[one[:half]]])
                    b = torch.cat([b_same[two[:half]], b_opposite[one[:half]]])
                    label = torch.ones(half).repeat(2)
                    label[half:] = -1
                    if labels == "shuffled":
                        label = label[torch.randperm(2 * half, generator=generator)]
                    matrix = train_map(kind, a, b, label, rate, generator)
                    found = measures(matrix, one[half:], two[half:])
                    for measure, value in found.items():
                        yield "opposites", f"{kind}, {labels}", rate, seed, measure, value


def main() -> None:
    """Measure and write."""
    torch.set_grad_enabled(False)
    model, glosses = load_minilm(), load_corpus().splitlines()
    _, definitions, _ = task(glosses, QUERIES)
    lines = []
    for part in (opposites(model, definitions), long_texts(model, glosses)):
        for line in part:
            lines.append((*line[:-1], f"{line[-1]:.4f}"))
            print(*lines[-1], flush=True)
    write_table(
        "embeddings_at_work.csv",
        COLUMNS,
        lines,
        "Made by experiments/embeddings_at_work.py, MiniLM.",
        f"torch {torch.__version__}",
    )


if __name__ == "__main__":
    main()
