"""The small vision transformers of Beyond text, and what their file says of them."""

import nbformat
import pytest
import torch
from rotary_embedding_torch import RotaryEmbedding, apply_rotary_emb

from book.course import ROOT
from experiments.image_positions import (
    COLUMNS,
    RUNS,
    SEEDS,
    Vision,
    cut,
    grid,
    load_images,
    measured,
    shuffled,
    stretched,
    turned,
    two_axes,
)
from src.positional_embeddings import apply_rotary, rotary_frequencies
from src.pretrained import load_runs


def test_a_patch_embedding_is_a_convolution():
    images = load_images()[0][:5]
    project, convolve = torch.nn.Linear(4, 32), torch.nn.Conv2d(1, 32, 2, stride=2)
    with torch.no_grad():
        convolve.weight.copy_(project.weight.view(32, 1, 2, 2))
        convolve.bias.copy_(project.bias)
    torch.testing.assert_close(
        project(cut(images)), convolve(images.unsqueeze(1)).flatten(2).transpose(1, 2)
    )


def test_axial_rotary_agrees_with_another_implementation():
    x = torch.randn(2, 3, 24, 8)  # 4 rows of 6 patches
    rows, columns = torch.arange(4.0), torch.arange(6.0)
    places = torch.stack([rows.repeat_interleave(6), columns.repeat(4)])
    other = RotaryEmbedding(dim=4, theta=100)
    angles = other.get_axial_freqs(4, 6)
    expected = apply_rotary_emb(angles, x.unflatten(2, (4, 6))).flatten(2, 3)
    torch.testing.assert_close(turned(x, places), expected)


@pytest.mark.parametrize(("scheme", "blind"), [("none", True), ("learned", False)])
def test_only_a_model_without_positions_is_blind_to_order(scheme, blind):
    patches = cut(load_images()[0][:20])
    model = Vision(scheme, seed=0).eval()
    scores, again = model(patches), model(shuffled(patches, "own shuffle", 0))
    assert torch.allclose(scores, again, atol=1e-5) is blind


def test_rotary_knows_offsets_only_but_an_unturned_class_token_knows_places():
    patches = cut(load_images()[0][:20])
    for pool, same in (("mean", True), ("class", False)):
        model = Vision("rotary 2-D", 0, pool)
        scores = model(patches)
        model.places = grid(4, start=3.0)
        assert torch.allclose(scores, model(patches), atol=1e-4) is same


def test_a_stretched_table_keeps_its_rows_where_patches_coincide():
    table = two_axes(grid(4))
    larger = stretched(table, 7, align_corners=True).view(7, 7, -1)
    torch.testing.assert_close(larger[::2, ::2].flatten(0, 1), table, atol=1e-5, rtol=0)


def test_the_lessons_m_rope_agrees_with_transformers():
    """Theirs pairs i with i + D/2, ours 2i with 2i + 1."""
    modeling = pytest.importorskip("transformers.models.qwen2_vl.modeling_qwen2_vl")
    config = modeling.Qwen2VLConfig().get_text_config()
    config.hidden_size, config.num_attention_heads, config.head_dim = 16, 1, 16
    config.rope_parameters = {
        "rope_type": "default",
        "rope_theta": 10000.0,
        "mrope_section": [2, 3, 3],
    }
    theirs = modeling.Qwen2VLRotaryEmbedding(config)
    positions = torch.tensor([[0, 1, 2, 2, 4], [0, 1, 2, 3, 4], [0, 1, 3, 2, 4]])
    x = torch.randn(1, 1, 5, 16)
    cos, sin = theirs(x, positions.unsqueeze(1))
    halves = x.unflatten(-1, (8, 2)).transpose(-1, -2).flatten(-2)
    expected, _ = modeling.apply_rotary_pos_emb(halves, halves, cos, sin)
    expected = expected.unflatten(-1, (2, 8)).transpose(-1, -2).flatten(-2)[0, 0]
    torch.testing.assert_close(lesson("def mrope")(x[0, 0], positions, [2, 3, 3]), expected)


def lesson(start):
    """Return the function of the lesson whose cell begins so."""
    page = nbformat.read(ROOT / "chapters/combining/16_beyond_text.ipynb", as_version=4)
    source = next(cell.source for cell in page.cells if cell.source.startswith(start))
    names = {
        "torch": torch,
        "apply_rotary": apply_rotary,
        "rotary_frequencies": rotary_frequencies,
    }
    exec(source.partition("\n\n\n")[0], names)
    return names[start.split()[1]]


def test_the_file_holds_every_run():
    rows = load_runs("image_positions.csv")
    assert tuple(rows[0]) == COLUMNS
    found = {(row["scheme"], row["pool"], row["patches"]) for row in rows}
    assert found == set(RUNS)
    assert {row["seed"] for row in rows} == set(SEEDS)


def test_one_run_again():
    """Rounding differs between machines and grows in training: six points of 100 are allowed."""
    now = {row[5]: float(row[6]) for row in measured("learned", "mean", "in place", 1e-2, 0)}
    for row in load_runs("image_positions.csv"):
        run = row["scheme"], row["pool"], row["patches"], row["lr"], row["seed"]
        if run == ("learned", "mean", "in place", 1e-2, 0) and row["test"] in ("new", "shuffled"):
            assert abs(row["right"] - now[row["test"]]) < 6
