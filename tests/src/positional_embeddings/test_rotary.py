import pytest
import torch
from rotary_embedding_torch import RotaryEmbedding
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

from src.positional_embeddings import Rotary, apply_rotary, rotary_frequencies

LAYOUTS = pytest.mark.parametrize("layout", ["interleaved", "half"])


def vectors(*shape, dtype=torch.float64):
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(0))


@LAYOUTS
def test_lengths_are_kept(layout):
    x = vectors(2, 3, 50, 16)
    turned = apply_rotary(x, torch.arange(50), layout=layout)
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    assert (turned - x)[:, :, 1:].norm(dim=-1).min() > 0.1  # and every vector but the first moved
    assert torch.equal(turned[:, :, 0], x[:, :, 0])


@LAYOUTS
def test_scores_depend_on_the_offset_only(layout):
    q, k = vectors(1, 16), vectors(2, 16)[1:]

    def score(query_at, key_at):
        at = [torch.tensor([float(p)]) for p in (query_at, key_at)]
        turned = [apply_rotary(x, p, layout=layout) for x, p in zip((q, k), at, strict=True)]
        return (turned[0] @ turned[1].T).item()

    assert score(5, 2) == pytest.approx(score(1005, 1002), abs=1e-9)
    assert abs(score(5, 2) - score(5, 3)) > 0.01


def test_layouts_differ_by_a_permutation_of_features():
    x, positions = vectors(7, 16), torch.arange(7)
    to_half = torch.cat((torch.arange(0, 16, 2), torch.arange(1, 16, 2)))
    ours = apply_rotary(x, positions, layout="interleaved")[:, to_half]
    torch.testing.assert_close(ours, apply_rotary(x[:, to_half], positions, layout="half"))


def test_half_layout_agrees_with_llama():
    config = LlamaConfig(hidden_size=32, num_attention_heads=2, head_dim=16)
    q = vectors(2, 2, 60, 16, dtype=torch.float32)
    positions = torch.stack((torch.arange(60), torch.arange(60) + 400))
    cos, sin = LlamaRotaryEmbedding(config)(q, positions)
    theirs, _ = apply_rotary_pos_emb(q, q, cos, sin)
    torch.testing.assert_close(apply_rotary(q, positions, layout="half"), theirs)


def test_interleaved_layout_agrees_with_rotary_embedding_torch():
    q = vectors(2, 4, 60, 16, dtype=torch.float32)
    theirs = RotaryEmbedding(dim=16).rotate_queries_or_keys(q)
    torch.testing.assert_close(apply_rotary(q, torch.arange(60)), theirs)


@pytest.mark.parametrize(
    "scaling",
    [
        {"rope_type": "linear", "factor": 4.0},
        {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 2048},
        {
            "rope_type": "yarn",
            "factor": 16.0,
            "original_max_position_embeddings": 512,
            "beta_fast": 16,
            "beta_slow": 2,
        },
    ],
)
def test_scaling_agrees_with_transformers(scaling):
    config = LlamaConfig(
        hidden_size=256,
        num_attention_heads=2,
        max_position_embeddings=8192,
        rope_parameters={"rope_theta": 10000.0, **scaling},
    )
    theirs, _ = ROPE_INIT_FUNCTIONS[scaling["rope_type"]](config, "cpu")
    torch.testing.assert_close(rotary_frequencies(128, scaling=scaling), theirs)


def test_ntk_keeps_the_fastest_pair_and_stretches_the_slowest():
    plain = rotary_frequencies(64)
    ntk = rotary_frequencies(64, scaling={"rope_type": "ntk", "factor": 8.0})
    assert ntk[0] == plain[0] == 1.0
    assert (plain[-1] / ntk[-1]).item() == pytest.approx(8.0, rel=1e-4)
    assert (plain / ntk).diff().min() > 0


@LAYOUTS
def test_a_position_per_batch_row_and_every_leading_shape(layout):
    positions = torch.tensor([[0, 1, 2], [7, 8, 9]])
    x = vectors(2, 4, 3, 8)
    turned = apply_rotary(x, positions, layout=layout)
    for b in range(2):
        for h in range(4):
            alone = apply_rotary(x[b, h], positions[b], layout=layout)
            torch.testing.assert_close(turned[b, h], alone)
    torch.testing.assert_close(apply_rotary(x[:, 0], positions, layout=layout), turned[:, 0])


@LAYOUTS
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_dtype_is_kept(layout, dtype):
    x = vectors(5, 8).to(dtype)
    turned = apply_rotary(x, torch.arange(5), layout=layout)
    assert turned.dtype == dtype
    exact = apply_rotary(x.double(), torch.arange(5), layout=layout)
    torch.testing.assert_close(turned.double(), exact, atol=2e-2, rtol=0)


@LAYOUTS
def test_gradients_flow(layout):
    x = vectors(4, 6).requires_grad_()
    assert torch.autograd.gradcheck(lambda y: apply_rotary(y, torch.arange(4), layout=layout), x)


def test_given_frequencies_take_the_place_of_the_base():
    x, own = torch.randn(2, 5, 8), rotary_frequencies(8, base=500.0)
    turned = Rotary(8, frequencies=own)(x)
    torch.testing.assert_close(turned, Rotary(8, base=500.0)(x))
    still = Rotary(8, frequencies=own * torch.tensor([1.0, 0, 1, 1]))(x)
    torch.testing.assert_close(still[..., 2:4], x[..., 2:4])
    with pytest.raises(ValueError, match="not both"):
        Rotary(8, frequencies=own, scaling={"rope_type": "linear", "factor": 2.0})
    with pytest.raises(ValueError, match=r"shape \(4,\)"):
        Rotary(8, frequencies=torch.ones(3))


@LAYOUTS
def test_negated_frequencies_undo_the_rotation(layout):
    x, positions = vectors(9, 8), torch.arange(9)
    turned = apply_rotary(x, positions, layout=layout)
    back = apply_rotary(turned, positions, frequencies=-rotary_frequencies(8), layout=layout)
    torch.testing.assert_close(back, x)


class TestModule:
    @LAYOUTS
    def test_is_the_function_with_its_settings(self, layout):
        scaling = {"rope_type": "ntk", "factor": 8.0}
        rotary = Rotary(16, base=500.0, scaling=scaling, layout=layout)
        speeds = rotary_frequencies(16, base=500.0, scaling=scaling)
        x, positions = vectors(2, 3, 7, 16), torch.arange(7) + 5
        expected = apply_rotary(x, positions, frequencies=speeds, layout=layout)
        assert torch.equal(rotary.frequencies, speeds)
        assert torch.equal(rotary(x, positions), expected)
        assert torch.equal(rotary(x), rotary(x, torch.arange(7)))
        assert not torch.equal(rotary(x), rotary(x, positions))

    @LAYOUTS
    def test_yarn_lengthens_every_vector_by_its_temperature(self, layout):
        scaling = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}
        rotary, x = Rotary(16, scaling=scaling, layout=layout), vectors(9, 16)
        assert rotary.temperature == pytest.approx(1.13863, abs=1e-5)  # transformers' factor
        torch.testing.assert_close(
            rotary(x).norm(dim=1), 1.13863 * x.norm(dim=1), rtol=1e-5, atol=0
        )
        assert Rotary(16, scaling={"rope_type": "ntk", "factor": 4.0}).temperature == 1.0

    def test_yarn_agrees_with_llama(self):
        yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}
        config = LlamaConfig(
            hidden_size=32,
            num_attention_heads=2,
            head_dim=16,
            max_position_embeddings=256,
            rope_parameters={"rope_theta": 10000.0, **yarn},
        )
        q = vectors(1, 2, 200, 16, dtype=torch.float32)
        cos, sin = LlamaRotaryEmbedding(config)(q, torch.arange(200).unsqueeze(0))
        theirs, _ = apply_rotary_pos_emb(q, q, cos, sin)
        torch.testing.assert_close(Rotary(16, scaling=yarn, layout="half")(q), theirs)

    def test_has_nothing_to_train_and_nothing_to_save(self):
        rotary = Rotary(16)
        rotary(vectors(5, 16))
        assert rotary.state_dict() == {}
        assert list(rotary.parameters()) == list(rotary.buffers()) == []

    def test_scaled_changes_the_scaling_only(self):
        ntk = {"rope_type": "ntk", "factor": 2.0}
        other = Rotary(16, base=7.0, layout="half").scaled(ntk)
        assert (other.dim, other.base, other.layout, other.scaling) == (16, 7.0, "half", ntk)
        assert other.scaled(None).scaling is None


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Rotary(7), ValueError, "dim must be even.*got 7"),
        (lambda: Rotary(8, layout="neox"), ValueError, "but got 'neox'"),
        (lambda: Rotary(8, scaling={"rope_type": "magic"}), ValueError, "but got 'magic'"),
        (lambda: Rotary(8)(torch.ones(3, 6)), ValueError, r"\(\.\.\., T, 8\).*got \(3, 6\)"),
        (lambda: Rotary(8)(torch.ones(3, 8), torch.arange(4)), ValueError, r"\(3,\).*got \(4,"),
        (lambda: rotary_frequencies(9), ValueError, "dim must be even.*got 9.*Use 8 or 10"),
        (lambda: rotary_frequencies(8, base=-1.0), ValueError, "base must be .* got -1.0"),
        (lambda: rotary_frequencies(8, scaling=2.0), TypeError, "scaling must be a mapping.*2.0"),
        (
            lambda: rotary_frequencies(8, scaling={"rope_type": "magic"}),
            ValueError,
            "'linear', 'ntk', 'yarn', but got 'magic'",
        ),
        (
            lambda: rotary_frequencies(8, scaling={"rope_type": "yarn", "factor": 2.0}),
            ValueError,
            "needs.*original_max_position_embeddings.*got .'factor'",
        ),
        (
            lambda: rotary_frequencies(8, scaling={"rope_type": "linear", "factor": 0.5}),
            ValueError,
            "at least 1.*got 0.5",
        ),
        (lambda: apply_rotary(torch.ones(3, 7), torch.arange(3)), ValueError, "even.*got 7"),
        (lambda: apply_rotary(torch.ones(8), torch.arange(3)), ValueError, r"\(\.\.\., T, D\)"),
        (lambda: apply_rotary(torch.ones(3, 8), torch.arange(4)), ValueError, r"\(3,\).*got \(4,"),
        (
            lambda: apply_rotary(torch.ones(2, 3, 8), torch.zeros(3, 3)),
            ValueError,
            r"\(3,\) or \(2, 3\).*got \(3, 3\)",
        ),
        (
            lambda: apply_rotary(torch.ones(3, 8), torch.tensor([0, -1, 2])),
            ValueError,
            "smallest is -1.*frequencies=-frequencies",
        ),
        (lambda: apply_rotary(torch.ones(3, 8), [0, 1, 2]), TypeError, "positions.*got list"),
        (lambda: apply_rotary(torch.ones(3, 8).long(), torch.arange(3)), TypeError, "x.float"),
        (
            lambda: apply_rotary(torch.ones(3, 8), torch.arange(3), layout="neox"),
            ValueError,
            "'interleaved' or 'half', but got 'neox'",
        ),
        (
            lambda: apply_rotary(torch.ones(3, 8), torch.arange(3), frequencies=torch.ones(8)),
            ValueError,
            r"shape \(4,\).*got \(8,\).*rotary_frequencies\(8\)",
        ),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
