"""What names say, the audit that counts them, and the data files of both."""

import re
from collections import Counter
from pathlib import Path

import pytest

from experiments import audit_names
from src.names import (
    NOUNS,
    ORIGINS,
    is_about_position,
    keeps_habit,
    load_checked_names,
    load_names_in_code,
    load_names_in_papers,
    noun_of,
    words_of,
)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("LlamaRotaryEmbedding", ["llama", "rotary", "embedding"]),
        ("pos_emb_2d", ["pos", "emb", "2d"]),
        ("PositionalEncoding1D", ["positional", "encoding", "1d"]),
        ("ApplyRoPE", ["apply", "rope"]),
        ("ALiBi", ["alibi"]),
        ("TFPositionalEncoding", ["tf", "positional", "encoding"]),
        ("our relative positional embedding R", "our relative positional embedding r".split()),
        ("", []),
    ],
)
def test_names_are_split_into_words(name, words):
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("SinusoidalPositionalEncoding", "encoding"),
        ("PosEnc", "encoding"),
        ("position embeddings", "embedding"),
        ("pos_embed", "embedding"),
        ("EmbeddingsWithPositionalEncoding", "both"),
        ("RelativePositionBias", "neither"),
        ("TransformerEncoder", "neither"),  # an encoder is no encoding
        ("Henceforth", "neither"),  # "enc" inside a word is no word
    ],
)
def test_noun_of_a_name(name, noun):
    assert noun_of(name) == noun


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("position_ids", True),
        ("pos_emb", True),
        ("RoPE", True),
        ("PositionwiseFeedForward", False),
        ("PositionWiseFFN", False),
        ("pos_tagger", False),
        ("TokenEmbedding", False),
    ],
)
def test_names_about_position(name, about):
    assert is_about_position(name) is about


@pytest.mark.parametrize(
    ("noun", "origin", "kept"),
    [
        ("encoding", "fixed", True),
        ("embedding", "learned", True),
        ("encoding", "learned", False),
        ("embedding", "fixed", False),
        ("neither", "fixed", None),
        ("both", "learned", None),
        ("encoding", "general", None),
        ("embedding", "both", None),
    ],
)
def test_the_habit(noun, origin, kept):
    assert keeps_habit(noun, origin) is kept


def test_the_habit_refuses_unknown_words():
    with pytest.raises(ValueError, match="noun must be one of encoding, .* but got 'encoder'"):
        keeps_habit("encoder", "fixed")
    with pytest.raises(ValueError, match="origin must be one of fixed, .* but got 'frozen'"):
        keeps_habit("encoding", "frozen")


CODE = {
    "lib/a.py": """
class LearnedPositionalEmbedding(nn.Embedding):
    def __init__(self):
        self.inner_pos_embed = nn.Embedding(8, 4)

class EmbeddingsWithPositionalEncoding(nn.Module):
    pass

class SinusoidalPositionalEmbedding(nn.Embedding):
    def __init__(self):
        self.weight.data[:, 0::2] = torch.sin(angles)

class FrozenPositionEncoding(nn.Module):
    def __init__(self):
        self.weight = nn.Parameter(torch.cos(angles), requires_grad=False)

class MyRotaryEmbedding(nn.Module):
    def __init__(self, rope_theta, position_ids):
        self.register_buffer("inv_freq", inv_freq)

class OtherRotaryEmbedding(MyRotaryEmbedding):
    def forward(self, pos_emb):
        return pos_emb

class ScaledPositionalEncoding(FrozenPositionEncoding):
    def __init__(self):
        self.alpha = nn.Parameter(torch.ones(1))

class PositionalAttention(nn.Module):
    def __init__(self):
        self.table = nn.Embedding(4, 4)

class AbstractPositionEncoding:
    pass

class Model(nn.Module):
    def __init__(self):
        self.position_embeddings = nn.Embedding(8, 4)
        self.pos_embed = nn.Parameter(table, requires_grad=False)
        self.sine_pos_embed = nn.Embedding(8, 4, _freeze=True)
        self.token_embeddings = nn.Embedding(8, 4)
        self.register_buffer("pos_enc", table)
        self.register_buffer("position_ids", numbers)
""",
    "lib/b.py": "this is not Python, but says position",
}


def nodes():
    return audit_names.definitions(CODE)


def test_classes_are_judged_by_their_code():
    verdicts = {name: origin for _, name, origin in audit_names.judged("lib", nodes())}
    assert verdicts == {
        "LearnedPositionalEmbedding": "learned",
        "SinusoidalPositionalEmbedding": "fixed",  # an embedding layer that is filled with sines
        "FrozenPositionEncoding": "fixed",
        "MyRotaryEmbedding": "fixed",
        "OtherRotaryEmbedding": "fixed",  # by what it extends
        "ScaledPositionalEncoding": "both",
        "AbstractPositionEncoding": "unclear",
    }  # and neither the attention layer nor the class that holds tokens as well


def test_arguments_about_positions_are_counted():
    names = Counter(name for _, name in audit_names.arguments(nodes()))
    assert names == {"rope_theta": 1, "position_ids": 1, "pos_emb": 1}


def test_tables_that_are_no_class_are_counted():
    verdicts = {name: origin for _, name, origin in audit_names.attributes(nodes())}
    assert verdicts == {
        "position_embeddings": "learned",
        "pos_embed": "fixed",
        "sine_pos_embed": "fixed",
        "pos_enc": "fixed",
    }  # and not the table inside a class that is counted itself


def test_names_of_one_kind_are_counted_together():
    rows = {(row["name"], row["origin"]): row["count"] for row in audit_names.audit("lib", CODE)}
    assert rows["rotary embedding", "fixed"] == 2
    assert rows["learned positional embedding", "learned"] == 1


def test_an_installed_library_gives_its_rows_again():
    library = "rotary-embedding-torch"
    version = audit_names.LIBRARIES[library]
    again = audit_names.audit(library, audit_names.sources(library, version))
    stored = [row for row in load_names_in_code() if row.library == library]
    assert [(r.kind, r.name, r.noun, r.origin, r.count, r.example) for r in stored] == [
        tuple(row.values()) for row in again
    ]
    assert ("class", "rotary embedding", "both") in {(r.kind, r.name, r.origin) for r in stored}


def test_rows_of_the_audit_are_sound():
    rows = load_names_in_code()
    keys = [(r.library, r.kind, r.name, r.noun, r.origin) for r in rows]
    assert len(keys) == len(set(keys))
    for row in rows:
        assert row.version == audit_names.LIBRARIES[row.library]
        assert row.noun == noun_of(row.name) or row.kind == "class"
        assert row.kind in ("class", "attribute", "argument")
        assert row.origin in ORIGINS
        assert row.count >= 1
        assert is_about_position(row.name)


def test_rows_of_the_papers_are_sound():
    bib = (ROOT / "chapters/reference/references.bib").read_text(encoding="utf8")
    keys = set(re.findall(r"^@\w+\{(\w+),", bib, flags=re.M))
    rows = load_names_in_papers()
    for row in rows:
        assert row.key in keys
        assert row.noun == noun_of(row.term)
        assert row.origin in ORIGINS
        assert 1997 < row.year < 2030
        assert row.place
        assert row.read_in in ("paper", "notes")
    found = {(row.origin, row.noun) for row in rows}
    assert found >= {(o, n) for o in ("fixed", "learned") for n in NOUNS[:2]}


def test_checked_names_are_classes_of_the_audit():
    rows = load_checked_names()
    assert len({(row.library, row.path, row.name) for row in rows}) == len(rows) == 70
    audited = {(r.library, r.name, r.origin) for r in load_names_in_code() if r.kind == "class"}
    for row in rows:
        assert (row.library, audit_names.short_name(row.name), row.by_rule) in audited
