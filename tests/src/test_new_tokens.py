import pytest
import torch

from experiments import new_tokens
from src.new_tokens import IN_PIECES, LEARN, TEST, opposites, padded
from src.pretrained import load_runs
from src.smollm2 import load_language_model

FILE = "new_tokens.csv"


@pytest.fixture(scope="module")
def model():
    return load_language_model()


def test_each_sentence_has_its_word_once_and_no_sentence_stands_in_both(model):
    for word in LEARN:
        assert len(LEARN[word]) == len(TEST[word]) == 8
        assert not set(LEARN[word]) & set(TEST[word])
        for text in (*LEARN[word], *TEST[word]):
            assert model.tokenize(text).count("Ġ" + word) == 1, text


def test_words_in_pieces_are_cut_and_what_describes_them_is_not(model):
    for word, (description, *sentences) in IN_PIECES.items():
        assert len(model.tokenize(" " + word)) > 1
        assert len(model.tokenize(" " + description)) == 3
        assert all(text.count(" " + word) == 1 for text in sentences)


def test_no_describing_word_stands_in_a_sentence_that_it_is_tested_on():
    """Neither a word's own description nor the one borrowed from another word."""
    for word, (_, *sentences) in IN_PIECES.items():
        text = " ".join(sentences).lower()
        for owner in (word, new_tokens.other_word(word)):
            for told in IN_PIECES[owner][0].lower().split():
                assert told.removesuffix("e") not in text, (word, told)


def test_opposites_are_forty_pairs_of_single_tokens(model):
    words = [word for pair in opposites() for word in pair]
    assert len(opposites()) == 40
    assert len(set(words)) == 80
    assert all(len(model.tokenize(" " + word)) == 1 for word in words)


def test_no_pair_of_a_written_prompt_is_kept_for_the_test(model):
    _, test = new_tokens.split_pairs(model)
    for prompt in new_tokens.WRITTEN.values():
        for first, _, second in test.ids.tolist():
            said = model.token_ids(" " + prompt)[0].tolist()
            assert not {first, second} <= set(said)


def test_padded_texts_end_in_minus_one(model):
    ids = padded(model, ["One two three.", "One."])
    assert ids.shape == (2, 4)
    assert ids[1].tolist()[2:] == [-1, -1]


def stored(**which):
    """Return the one value that is stored for this."""
    [value] = [
        run["value"]
        for run in load_runs(FILE)
        if all(run[key] == value for key, value in which.items())
    ]
    return value


def test_a_start_has_its_stored_loss(model):
    lines = new_tokens.start_lines(model)
    for line in (next(lines) for _ in range(4)):
        run = dict(zip(new_tokens.COLUMNS, line, strict=True))
        value = float(run.pop("value"))
        assert value == pytest.approx(stored(**run), abs=0.02)


def test_a_written_prompt_has_its_stored_loss(model):
    rows = model.token[model.token_ids(new_tokens.WRITTEN[4])[0]]
    found = new_tokens.measure_prompt(model, rows)
    for measure, value in found.items():
        which = {"what": "prompt", "word": "4", "start": "written", "measure": measure}
        assert value == pytest.approx(stored(**which), abs=0.02)


def test_a_step_moves_each_row_by_its_own_loss_only(model):
    """Two rows trained together get what each gets alone."""
    together = new_tokens.learn_rows(
        model, "cat", "random", tied=False, trials=[(0.01, 0), (0.03, 1)], steps=1
    )
    alone = new_tokens.learn_rows(model, "cat", "random", tied=False, trials=[(0.03, 1)], steps=1)
    torch.testing.assert_close(together[1:], alone, atol=1e-3, rtol=0)
    start = new_tokens.start_row(model, "cat", "random", 1)
    assert 0.02 < (alone[0] - start).abs().mean() < 0.031  # Adam's first step is its rate
