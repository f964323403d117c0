"""The stored next words are those of the model, and each change is what its name says."""

import pytest
import torch

from book.figures.next_word import next_word
from src.language_model import next_token_losses
from src.smollm2 import load_language_model

TEXTS = next_word.data()["texts"]
NAMES = [change["name"] for change in TEXTS[0]["changes"]]


def test_each_change_is_what_its_name_says():
    for text in TEXTS:
        changes = {change["name"]: change for change in text["changes"]}
        assert list(changes) == NAMES
        own = changes["as it is"]["read"]
        places = list(range(len(own)))
        assert "".join(own) == text["text"]
        for name, positions in {
            "as it is": places,
            "moved by 5,000": [place + 5000 for place in places],
            "times two": [place * 2 for place in places],
            "reversed": places[::-1],
            "no rotary": [],
            "rows exchanged": places,
        }.items():
            assert changes[name]["positions"] == positions
        assert sorted(changes["shuffled"]["positions"]) == places
        assert len(changes["shuffled"]["losses"]) == 5
        for name, change in changes.items():
            assert sorted(change["read"]) == sorted(own)
            others = [a for a, b in zip(change["read"], own, strict=True) if a != b]
            assert len(set(others)) == (2 if name == "rows exchanged" else 0)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["text"][:8])
def test_the_model_says_so(text):
    """Fed again with what is stored, it gives the stored losses, words and probabilities."""
    model = load_language_model()
    rotary, ids, before = model.rotary, model.token_ids(text["text"]), None
    for change in text["changes"]:
        read = torch.cat([model.token_ids(token) for token in change["read"]], dim=1)
        positions = torch.tensor(change["positions"]) if change["positions"] else None
        try:
            model.rotary = rotary if change["positions"] else None
            scores = model(read, positions)
        finally:
            model.rotary = rotary
        loss = next_token_losses(scores, ids).mean().item()
        assert loss == pytest.approx(change["losses"][0], abs=0.01)
        chances = scores[0, -1].softmax(dim=-1)
        before = chances if before is None else before
        words = [model.token_ids(word)[0, 0].item() for word, _, _ in change["words"]]
        stored = torch.tensor([[now, then] for _, now, then in change["words"]])
        assert (torch.stack((chances[words], before[words]), dim=1) - stored).abs().max() < 0.005
        assert chances.topk(5).values.allclose(stored[:, 0], atol=0.005)


def test_what_caption_and_alt_text_say():
    first = {
        name: [text["changes"][n]["words"][0] for text in TEXTS] for n, name in enumerate(NAMES)
    }
    own = [word for word, _, _ in first["as it is"]]
    kept = {
        name: sum(word == as_it_is for (word, _, _), as_it_is in zip(words, own, strict=True))
        for name, words in first.items()
    }
    assert kept["moved by 5,000"] == len(TEXTS) == 4
    assert kept["no rotary"] == kept["shuffled"] == 0
    assert kept["reversed"] == 1
    assert all(now == before for _, now, before in first["moved by 5,000"])
    twice, as_they_are = (
        [text["changes"][NAMES.index(name)]["losses"][0] for text in TEXTS]
        for name in ("times two", "as it is")
    )
    assert any(a < b for a, b in zip(twice, as_they_are, strict=True))
    assert own[0] == " Rome"
    assert first["as it is"][0][1] == pytest.approx(0.65, abs=0.005)
    assert first["rows exchanged"][0][0] == " Paris"
    assert first["rows exchanged"][0][1] == pytest.approx(0.76, abs=0.005)
