import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from src import pretrained
from src.pretrained import CORPORA, DATA, data_file, load_corpus, load_runs
from src.token_embeddings import nearest

REFERENCE = Path(__file__).parents[1] / "data"


def reference(name):
    """What the export computed from the unrounded source; see src/data/README.md."""
    return json.loads((REFERENCE / f"{name}_reference.json").read_text())


# In GloVe's float16, ranks below the first may swap where two cosines nearly tie.
@pytest.mark.parametrize(("table_name", "k"), [("minilm", 5), ("glove", 1)])
def test_neighbours_of_200_frequent_words_are_those_of_the_source(table_name, k, request):
    loaded = request.getfixturevalue(table_name)
    table = loaded.table if table_name == "minilm" else loaded
    expected = reference(table_name)["neighbours"]
    assert len(expected) == 200
    for word, neighbours in expected.items():
        tokens, cosines = zip(*nearest(table, word, k=k), strict=True)
        their_tokens, their_cosines = zip(*neighbours[:k], strict=True)
        assert tokens == their_tokens, word
        assert cosines == pytest.approx(their_cosines, abs=0.003), word


def test_sentences_come_out_as_from_the_unrounded_model(minilm):
    sentences = reference("minilm")["sentences"]
    assert len(sentences) >= 10
    for text, expected in sentences.items():
        ids, mask = minilm.token_ids(text)
        assert ids[0].tolist() == expected["ids"]
        assert mask.all()
        ours = minilm.sentence_vectors(text)[0]
        assert torch.dot(ours, torch.tensor(expected["sentence"])) >= 0.999
        first = minilm.hidden_states(text)[-1][0, 0]
        cosine = torch.cosine_similarity(first, torch.tensor(expected["first_token"]), dim=0)
        assert cosine >= 0.999


def test_tokens_and_rows_belong_together(minilm, glove):
    assert minilm.table.vectors.shape == (30522, 384)
    assert minilm.position_vectors.shape == (512, 384)
    assert glove.vectors.shape == (20000, 50)
    assert glove.tokens[:3] == ["the", ",", "."]
    for table in (minilm.table, glove):
        assert torch.equal(table.vector("cat"), table.vectors[table.vocab["cat"]])
    assert minilm.table.tokenize("Unbelievable embeddings!") == [
        "unbelievable", "em", "##bed", "##ding", "##s", "!",
    ]  # fmt: skip
    assert not any(p.requires_grad for p in minilm.parameters())


def test_corpora_are_text():
    for name, beginning in zip(CORPORA, ("that which is", "In the beginning"), strict=True):
        text = load_corpus(name)
        assert text.startswith(beginning)
        assert len(text) > 1_000_000
        assert len(set(text)) < 200


class TestFiles:
    def test_every_file_is_listed_and_described(self):
        shipped = {p.name for p in DATA.iterdir()} - {"README.md", "SHA256SUMS"}
        readme = (DATA / "README.md").read_text()
        sums = (DATA / "SHA256SUMS").read_text().splitlines()
        listed = {name: digest for digest, name in map(str.split, sums)}
        assert shipped == set(listed)
        for name, digest in listed.items():
            assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest
            assert digest in readme
            assert name in readme

    def test_a_clone_with_the_line_ends_of_windows_has_the_same_bytes(self, tmp_path):
        """`core.autocrlf=true` is the default of Git for Windows."""
        root = DATA.parent.parent
        if not (root / ".git").exists():
            pytest.skip("not a clone")
        names = [line.split()[1] for line in (DATA / "SHA256SUMS").read_text().splitlines()]
        paths = [*(f"src/data/{name}" for name in names), "src/data/SHA256SUMS", "Makefile"]
        checkout = ["checkout-index", f"--prefix={tmp_path}/", "--", *paths]
        subprocess.run(["git", "-c", "core.autocrlf=true", *checkout], cwd=root, check=True)
        for path in paths:
            assert (tmp_path / path).read_bytes() == (root / path).read_bytes(), path

    def test_minilm_is_small_enough(self):
        assert sum(p.stat().st_size for p in DATA.glob("minilm*")) <= 25e6

    @pytest.fixture
    def copy(self, tmp_path, monkeypatch):
        """A data folder of our own to damage."""
        for name in ("SHA256SUMS", "glove_6b_50d_words.txt"):
            shutil.copy(DATA / name, tmp_path)
        monkeypatch.setattr(pretrained, "DATA", tmp_path)
        data_file.cache_clear()
        yield tmp_path
        data_file.cache_clear()

    def test_a_missing_file(self, copy):
        with pytest.raises(FileNotFoundError, match="king_james.txt.xz is missing.*git checkout"):
            data_file("king_james.txt.xz")

    def test_a_damaged_file(self, copy):
        with (copy / "glove_6b_50d_words.txt").open("a") as file:
            file.write("x")
        with pytest.raises(
            ValueError, match="words.txt is damaged: .* begins .* Delete it.* git checkout"
        ):
            data_file("glove_6b_50d_words.txt")

    def test_an_unknown_file(self):
        with pytest.raises(ValueError, match="'nope' is not a file of the course.*minilm"):
            data_file("nope")


def test_bad_input(minilm):
    with pytest.raises(ValueError, match="'embeddings' is not a row.*em ##bed ##ding ##s"):
        minilm.table.row("embeddings")
    with pytest.raises(ValueError, match="'wordnet_glosses', 'king_james'.*'bible'"):
        load_corpus("bible")


def test_stored_runs_have_numbers_where_numbers_stand():
    first = load_runs("order_runs.csv")[0]
    assert first == {
        "experiment": "every place",
        "model": "none",
        "seed": 0,
        "at": 200,
        "right": 0.5,
    }
    words = {line["word"] for line in load_runs("skipgram_scores.csv")}
    assert all(isinstance(word, str) for word in words)
    assert any(word.isdigit() for word in words)  # "10" is a word of the corpus
    with pytest.raises(ValueError, match="'no_runs.csv' is not a file of the course"):
        load_runs("no_runs.csv")
