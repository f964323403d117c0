"""What the lesson Embeddings at work states is measured as it says; a stored point is repeated."""

import pytest
import torch

from experiments.embeddings_at_work import cut_text, loss_of, order_of, pairs
from experiments.retrieval import by_words, forms, int8, ranks, recall, task
from src.pretrained import load_runs

GLOSSES = [
    'not safe; "the bridge is not safe"',
    'free from danger; "the bridge is quite safe"',
    'free from danger; "a safe way across it"',
    'a bridge; "two words"',
    "a large crossing; carries a road",
]


def test_an_example_asks_for_its_definition():
    """A definition of two words is too short, and so is an example; each is there once."""
    queries, definitions, right = task(GLOSSES, 1)
    assert queries == ["the bridge is quite safe"]
    assert definitions == [
        "not safe",
        "free from danger",
        "a bridge",
        "a large crossing; carries a road",
    ]
    assert right == [1]


def test_ranks_count_half_of_the_equals_and_may_look_again():
    passages = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    queries = torch.tensor([[1.0, 0.0], [1.0, 0.1]])
    assert ranks(queries, passages, [0, 1]).tolist() == [1, 3]
    many = torch.eye(100)
    fine = ranks(many[:1], many, [0], rescore=(many[5:6], many))
    assert fine.tolist() == [1]  # the finer look sees that another is nearer


def test_forms_keep_the_bytes_that_they_name():
    draw = torch.Generator().manual_seed(0)
    q, p = (torch.randn(n, 384, generator=draw) for n in (3, 50))
    sizes = {name: size for name, size, *_ in forms(q, p)}
    assert sizes["float32"] == 4 * sizes["int8"] == 32 * sizes["signs"] == 1536
    assert sizes["first 96"] == sizes["PCA 96"] == sizes["random 96, draw 0"] == 384
    assert (int8(p) - p).abs().max() <= p.abs().max() / 254 + 1e-6


def test_recall_has_its_interval_and_its_change():
    before = torch.tensor([0, 0, 20, 20]).repeat(50).numpy()
    at_1, low, high, *rest = map(float, recall(before, before))
    assert low < at_1 == 0.5 < high
    assert rest[-3:] == [0.0, 0.0, 0.0]


def test_a_search_by_words_finds_words():
    assert by_words(["a crossing"], ["big town", "large crossing"], [1]).tolist() == [0]


def test_pairs_are_opposite_or_the_same():
    texts = ["not at all safe", "free of danger; quite safe", "not so bad; so good", "a way; out"]
    found, same = pairs(texts)
    assert found == [("not at all safe", "at all safe")]
    assert same == [("free of danger", "quite safe")]  # no "not", and no part of one word
    assert order_of(torch.tensor([0.9, 0.1]), torch.tensor([0.5])) == 0.5


@pytest.mark.parametrize("kind", ["pairs", "pairs and batch"])
def test_losses_want_the_same_together_and_opposites_apart(kind):
    a = torch.eye(4)
    label = torch.tensor([1.0, 1.0, -1.0, -1.0])
    good, bad = a.roll(0, 0).clone(), a[[1, 0, 2, 3]]
    good[2:] = a[[3, 2]]
    assert loss_of(kind, a, good, label) < loss_of(kind, a, bad, label)


def test_a_cut_text_has_the_tokens_that_the_model_takes(minilm):
    text = "the bridge is unsafe " * 100
    cut = cut_text(minilm, text, 256)
    assert len(minilm.tokenizer.encode(cut).ids) == 256
    assert text.startswith(cut)


def test_the_stored_order_of_the_sentences_is_repeated(minilm):
    written = load_runs("opposite_sentences.csv")
    x = {k: minilm.sentence_vectors([line[k] for line in written]) for k in written[0]}
    cosines = {k: (x["statement"] * x[k]).sum(1) for k in x}
    stored = {
        line["measure"]: line["value"]
        for line in load_runs("embeddings_at_work.csv")
        if line["form"] == "before" and line["seed"] == 0
    }
    for kind in ("negation", "opposite"):
        found = order_of(cosines["paraphrase"], cosines[kind])
        assert found == pytest.approx(stored[f"{kind}s in order"], abs=0.01)
