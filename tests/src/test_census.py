"""The census of positions in transformers: its rules on toy folders, some real ones, its files."""

import random
from textwrap import dedent

import pytest

from experiments import census
from experiments.census_source import UNKNOWN, config_defaults, read_folder
from src.pretrained import load_runs

CONFIG = """
class ToyConfig(PreTrainedConfig):
    vocab_size: int = 100
    tie_word_embeddings: bool = True
    kind: str = "learned"
    scale: bool = False

    def __post_init__(self, **kwargs):
        self.forced = True
        if self.scale:
            self.maybe = 3
"""
MODEL = """
class ToyPreTrainedModel(PreTrainedModel):
    input_modalities = ("image", "text")


class ToyTable(nn.Embedding):
    pass


class ToyRotaryEmbedding(nn.Module):
    def forward(self, x):
        return x.cos(), x.sin()


class ToyVisionEmbeddings(nn.Module):
    def __init__(self, config):
        self.position_embedding = nn.Parameter(torch.zeros(9, 4))


class ToyModel(ToyPreTrainedModel):
    _tied_weights_keys = {"lm_head.weight": "embed_tokens.weight"}

    def __init__(self, config: ToyConfig):
        self.kind = config.kind
        self.vision = ToyVisionEmbeddings(config)
        self.embed_tokens = nn.Embedding(config.vocab_size, 4)
        self.embed_scale = 2.0 if config.scale else 1.0
        if self.kind == "learned":
            self.wpe = nn.Embedding(7, 4)
        else:
            self.rotary_emb = ToyRotaryEmbedding(config)
        self.lm_head = nn.Linear(4, config.vocab_size)

    def forward(self, x):
        return x if self.kind == "learned" else self.turned(x)

    def turned(self, x):
        return apply_rotary_pos_emb(x)
"""


@pytest.fixture
def toy(tmp_path):
    """Write a folder with a model, and return a function that reads it with other defaults."""

    def read(config=CONFIG, model=MODEL):
        (tmp_path / "configuration_toy.py").write_text(dedent(config))
        (tmp_path / "modeling_toy.py").write_text(dedent(model))
        return census.read(tmp_path)

    read.folder = tmp_path
    return read


def test_only_the_default_branch_counts(toy):
    row = toy()
    assert (row["text"], row["vision"], row["positions"]) == ("learned", "learned", "learned")
    row = toy(CONFIG.replace('"learned"', '"rotary"'))
    assert (row["text"], row["vision"]) == ("rotary", "learned")
    assert {part.name for part in read_folder(toy.folder)} >= {"ToyRotaryEmbedding"}


def test_what_the_default_switches_off_is_an_option(toy):
    assert toy()["options"] == "rotary"
    assert toy(CONFIG.replace('"learned"', '"rotary"'))["options"] == ""  # vision learns
    conditional = MODEL.replace("= config.kind", "= config.kind if config.scale else None")
    assert toy(model=conditional.replace('== "learned"', '!= "rotary"'))["text"] == "learned"


def test_without_angles_nothing_turns(toy):
    row = toy(CONFIG.replace('"learned"', '"rotary"'), MODEL.replace("x.cos(), x.sin()", "x, x"))
    assert (row["text"], row["vision"]) == ("", "learned")


def test_rows_may_be_scaled_by_a_root_that_was_kept(toy):
    kept = MODEL.replace("= 2.0 if config.scale else 1.0", "= 1.0\n        self.r = config.d**0.5")
    used = kept.replace("return x if self", "x = inputs_embeds * self.r\n        return x if self")
    assert (toy(model=kept)["scaled"], toy(model=used)["scaled"]) == ("no", "yes")


def test_a_wrapper_follows_its_default_text_model(toy):
    config = (
        CONFIG
        + """    sub_configs_defaults = {
        "text_config": SubConfigSpec(config_class=AutoConfig, model_type="granite")
    }
"""
    )
    model = """
class ToyModel(PreTrainedModel):
    def __init__(self, config):
        self.language_model = AutoModelForCausalLM.from_config(config.text_config)
"""
    row = toy(config, model)
    granite = census.read(census.models_folder() / "granite")
    assert row["positions"] == "wrapper"
    assert [row[c] for c in ("tied", "scaled")] == [granite[c] for c in ("tied", "scaled")]


def test_tables(toy):
    row = toy()
    assert (row["tied"], row["scaled"], row["per_layer"]) == ("yes", "no", "no")
    assert (
        toy(CONFIG.replace("embeddings: bool = True", "embeddings: bool = False"))["tied"] == "no"
    )
    assert toy(CONFIG.replace("scale: bool = False", "scale: bool = True"))["scaled"] == "yes"


def test_a_table_that_is_not_trained_is_fixed(toy):
    frozen = MODEL.replace("zeros(9, 4)", "zeros(9, 4), requires_grad=False")
    assert toy(model=frozen)["vision"] == "sinusoidal"


def test_defaults_that_code_may_change_are_unknown(toy):
    toy()
    fields = config_defaults(toy.folder)["ToyConfig"]
    assert fields["forced"] is True
    assert fields["maybe"] is UNKNOWN


def test_rotary_in_some_layers(toy):
    model = MODEL.replace(
        "return apply_rotary_pos_emb(x)",
        "if self.use_rope:\n            x = apply_rotary_pos_emb(x)\n        return x",
    )
    row = toy(CONFIG.replace('"learned"', '"rotary"'), model)
    assert row["rotary_off"] == "some layers"


@pytest.mark.parametrize("name", ["llama", "whisper", "t5", "bloom", "smollm3", "phi", "llava"])
def test_some_lines_can_be_repeated(name):
    found = {path.name: path for path in census.folders()}
    if name not in found or "5.23.0" not in census.models_folder().parent.joinpath(
        "__init__.py"
    ).read_text("utf-8"):
        pytest.skip("another version of transformers")
    stored = {row["folder"]: row for row in load_runs("census.csv")}[name]
    row = dict.fromkeys(census.COLUMNS, "") | census.read(found[name])
    assert row | {"year": census.year_of(found[name])} == stored


def test_the_files():
    rows, blind = load_runs("census.csv"), load_runs("census_blind.csv")
    names = [row["folder"] for row in rows]
    assert tuple(rows[0]) == census.COLUMNS
    assert names == sorted(set(names))
    first = random.Random(0).sample(names, 60)
    second = random.Random(2).sample([name for name in names if name not in first], 40)
    rest = [name for name in names if name not in {*first, *second}]
    third = random.Random(3).sample(rest, 40)
    for sample, drawn in ((1, first), (2, second), (3, third)):
        assert [row["folder"] for row in blind if row["sample"] == sample] == sorted(drawn)
    for row in rows:
        kinds = {kind for tower in census.TOWERS for kind in row[tower].split("+")} - {""}
        assert kinds == set(row["positions"].split("+")) - {"wrapper"}
        assert kinds <= set(census.KINDS)
        assert not kinds & set(row["options"].split("+"))
