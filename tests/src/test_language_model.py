"""The whole language model: equal to transformers' Llama on the same weights, and its own laws."""

import json
from functools import cache

import pytest
import regex
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig, LlamaForCausalLM

from src import smollm2
from src.language_model import next_token_losses
from src.positional_embeddings import Rotary
from src.pretrained import load_corpus
from src.smollm2 import load_language_model

TEXTS = (
    "The quick brown fox jumps over the lazy dog because it is late.",
    "def add(a, b):\n    return a + b  # 1234 + 56 😀",
    load_corpus("king_james")[:600],
)


@pytest.fixture(scope="module")
def model():
    return load_language_model()


@cache
def llama() -> LlamaForCausalLM:
    """Our weights in transformers' Llama, which pairs feature i of a head with i + 32."""
    ours = load_language_model()
    config = LlamaConfig(
        vocab_size=len(ours.token),
        hidden_size=ours.token.shape[1],
        intermediate_size=len(ours.layers[0].gate),
        num_hidden_layers=ours.config.num_layers,
        num_attention_heads=ours.config.num_heads,
        num_key_value_heads=ours.config.num_kv_heads,
        max_position_embeddings=ours.config.max_len,
        rms_norm_eps=ours.config.eps,
        rope_theta=ours.config.base,
        tie_word_embeddings=True,
        attn_implementation="eager",
    )
    names = {
        "query": "self_attn.q_proj",
        "key": "self_attn.k_proj",
        "value": "self_attn.v_proj",
        "output": "self_attn.o_proj",
        "gate": "mlp.gate_proj",
        "up": "mlp.up_proj",
        "down": "mlp.down_proj",
        "norm1": "input_layernorm",
        "norm2": "post_attention_layernorm",
    }
    weights = {
        "model.embed_tokens.weight": ours.token,
        "lm_head.weight": ours.token,
        "model.norm.weight": ours.norm,
    }
    for n, layer in enumerate(ours.layers):
        for name, theirs in names.items():
            weight = getattr(layer, name)
            if name in ("query", "key"):
                heads = weight.unflatten(0, (-1, ours.head_width // 2, 2))
                weight = heads.transpose(1, 2).flatten(0, 2)
            weights[f"model.layers.{n}.{theirs}.weight"] = weight
    with torch.device("meta"):
        made = LlamaForCausalLM(config)
    # Detached: torch would turn gradients on in the parameters that it is given.
    made.load_state_dict({name: w.detach() for name, w in weights.items()}, assign=True)
    made.model.rotary_emb = type(made.model.rotary_emb)(config)  # its frequencies are no weights
    return made.eval()


@pytest.mark.parametrize("text", TEXTS, ids=["English", "code", "Bible"])
def test_scores_are_those_of_transformers(model, text):
    ids = model.token_ids(text)
    with torch.no_grad():
        theirs = llama()(ids).logits
    ours = model(ids)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-3)
    assert torch.equal(ours.argmax(-1), theirs.argmax(-1))


def test_last_states_are_those_of_transformers_and_give_the_scores(model):
    ids = model.token_ids(TEXTS[0])
    with torch.no_grad():
        theirs = llama().model(ids).last_hidden_state
    ours = model.last_states(ids)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-3)
    torch.testing.assert_close(model.normed(model.hidden_states(ids)[-1]), ours)
    torch.testing.assert_close(ours @ model.token.T, model(ids))


def test_normed_states_have_the_gain_times_the_state_over_its_root_mean_square(model):
    state = torch.randn(2, 3, len(model.norm), generator=torch.Generator().manual_seed(0))
    size = (state.square().mean(-1, keepdim=True) + model.config.eps).sqrt()
    torch.testing.assert_close(model.normed(state), state / size * model.norm)
    torch.testing.assert_close(model.normed(state[0, 0]), model.normed(state)[0, 0])


def test_it_writes_what_transformers_writes(model):
    ids = model.token_ids("I love AI because")
    theirs = llama().generate(ids, do_sample=False, max_new_tokens=12, pad_token_id=0)
    assert model.generate("I love AI because", 12) == model.decode(theirs[0, ids.shape[1] :])


def test_a_cache_changes_nothing(model):
    ids = model.token_ids(TEXTS[2])[:, :40]
    cache = []
    parts = [model(ids[:, :25], cache=cache), model(ids[:, 25:26], cache=cache)]
    parts.append(model(ids[:, 26:], cache=cache))
    torch.testing.assert_close(torch.cat(parts, dim=1), model(ids), rtol=0, atol=1e-3)
    assert cache[0][0].shape == (1, 3, 40, 64)  # keys and values of three heads, not of nine


def test_only_offsets_count(model):
    ids = model.token_ids(TEXTS[0])
    here, far = model(ids), model(ids, torch.arange(ids.shape[1]) + 3000)
    torch.testing.assert_close(far, here, rtol=0, atol=2e-2)
    doubled = model(ids, torch.arange(ids.shape[1]) * 2)
    assert (doubled - here).abs().max() > 1


def test_no_token_sees_the_next(model):
    ids = model.token_ids(TEXTS[0])
    changed = ids.clone()
    changed[0, -1] = 0
    torch.testing.assert_close(model(changed)[:, :-1], model(ids)[:, :-1], rtol=0, atol=1e-4)
    weights = model.attention_weights(ids)
    T = ids.shape[1]
    assert weights.shape == (30, 1, 9, T, T)
    torch.testing.assert_close(weights.sum(-1), torch.ones(30, 1, 9, T))
    assert weights.triu(1).abs().max() == 0


def test_weights_after_a_cache_and_without_heads_are_those_of_the_whole(model):
    ids = model.token_ids(TEXTS[0])
    whole, cache = model.attention_weights(ids), []
    model(ids[:, :5], cache=cache)
    rest = model.attention_weights(ids[:, 5:], cache=cache)
    torch.testing.assert_close(rest, whole[..., 5:, :], rtol=0, atol=1e-5)
    less = model.attention_weights(ids, without=[(3, 0)])
    torch.testing.assert_close(less[:4], whole[:4], rtol=0, atol=0)
    assert (less[4:] - whole[4:]).abs().max() > 0.01


def test_another_rotary_is_used_and_none_is_bag_like(model):
    ids = model.token_ids(TEXTS[2])[:, :64]
    own = next_token_losses(model(ids), ids).mean()
    rotary = model.rotary
    try:
        model.rotary = Rotary(64, base=100000.0, layout="half")
        half = next_token_losses(model(ids), ids).mean()
        model.rotary = None
        none = next_token_losses(model(ids), ids).mean()
    finally:
        model.rotary = rotary
    assert own + 1 < min(half, none)


def test_a_head_that_is_off_adds_nothing(model):
    ids = model.token_ids(TEXTS[0])
    state = model.rows(ids)
    off = [(0, head) for head in range(9)]
    after = next(model._run(state, None, without=off))[0]
    layer = model.layers[0]
    inner = torch.nn.functional.rms_norm(state, layer.norm2.shape, layer.norm2, model.config.eps)
    gated = torch.nn.functional.silu(inner @ layer.gate.T) * (inner @ layer.up.T)
    torch.testing.assert_close(after, state + gated @ layer.down.T)
    assert (model(ids, without=[(1, 2)]) - model(ids)).abs().max() > 0.1


def test_gradients_reach_vectors_that_ask_for_them_and_no_weights(model):
    ids = model.token_ids(TEXTS[0])[:, :12]
    assert not model(ids).requires_grad
    vectors = model.rows(ids).requires_grad_()

    def loss(x):
        return next_token_losses(model(x, without=[(1, 2)]), ids).mean()

    loss(vectors).backward()
    slope = vectors.grad.norm()
    step = 0.02 * vectors.grad / slope
    with torch.no_grad():
        rise = (loss(vectors + step) - loss(vectors - step)) / 0.04
    assert rise == pytest.approx(slope.item(), rel=0.1)
    assert all(weight.grad is None for weight in model.parameters())


def test_queries_and_keys_make_the_weights(model):
    ids = model.token_ids(TEXTS[0])
    q, k = model.queries_and_keys(ids, 4)
    turned = [model.rotary(x, torch.arange(ids.shape[1])) for x in (q, k)]
    scores = turned[0] @ turned[1].transpose(-2, -1) / 8
    future = torch.ones(scores.shape[-2:]).triu(1).bool()
    weights = scores.masked_fill(future, -torch.inf).softmax(-1)
    torch.testing.assert_close(weights, model.attention_weights(ids)[4], rtol=0, atol=1e-5)


def test_draws_follow_seed_and_temperature(model):
    def draw(temperature, seed):
        return model.generate("Once upon a time", 8, temperature=temperature, seed=seed)

    assert draw(1.0, 0) == draw(1.0, 0)
    assert len({draw(1.0, seed) for seed in range(4)}) > 1
    assert draw(1e-4, 3) == draw(0.0, 0)
    assert model.generate("Hi", 3, positions=lambda places: places + 500) == model.generate("Hi", 3)


def test_vectors_may_stand_for_ids(model):
    ids = model.token_ids(TEXTS[0])
    torch.testing.assert_close(model(model.rows(ids)), model(ids))
    assert len(model.hidden_states(ids)) == 31


@pytest.mark.usefixtures("as_users_call")
def test_bad_input_is_told(model):
    with pytest.raises(ValueError, match="text must hold at least one token"):
        model.token_ids("")
    with pytest.raises(TypeError, match="text"):
        model.tokenize(5)
    with pytest.raises(IndexError, match="from 0 to 49151"):
        model(torch.tensor([[49152]]))
    with pytest.raises(ValueError, match=r"\(B, T\)"):
        model(torch.tensor([1, 2]))
    with pytest.raises(ValueError, match="temperature"):
        model.generate("a", temperature=-1)
    with pytest.raises(ValueError, match="must belong"):
        next_token_losses(torch.zeros(1, 3, 5), torch.zeros(1, 2, dtype=torch.long))


def test_a_model_that_was_not_fetched_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(smollm2, "WEIGHTS", tmp_path / "none.safetensors")
    with pytest.raises(FileNotFoundError, match="python -m src.smollm2"):
        load_language_model.__wrapped__()


# The tokenizer, from its own merges by a second program. Pieces: llama.cpp, src/llama-vocab.cpp,
# LLAMA_VOCAB_PRE_TYPE_SMOLLM.
PIECES = (
    r"\p{N}",
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
)


@cache
def merges() -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    stored = json.loads(smollm2.TOKENIZER.read_text("utf-8"))["model"]
    return {tuple(pair): n for n, pair in enumerate(stored["merges"])}, stored["vocab"]


@cache
def letters() -> dict[int, str]:
    """GPT-2's name of each byte: itself if it can be seen, else a letter from 256 on."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in seen]
    return {b: chr(b) for b in seen} | {b: chr(256 + n) for n, b in enumerate(hidden)}


def has_rows(text: str) -> bool:
    """Whether each byte has a row of its own: some that hardly occur have none."""
    return all(letters()[byte] in merges()[1] for byte in text.encode())


def pieces(text: str) -> list[str]:
    cut = [part for part in regex.split(f"({PIECES[0]})", text) if part]
    return [p for part in cut for p in regex.findall(PIECES[1], part)]


def reference_ids(text: str) -> list[int]:
    """Byte-level BPE by its definition: the earliest merge first, until none is left."""
    order, vocab = merges()
    ids = []
    for piece in pieces(text):
        symbols = [letters()[byte] for byte in piece.encode()]
        while pairs := [p for p in zip(symbols, symbols[1:], strict=False) if p in order]:
            first = min(pairs, key=order.get)
            merged, n = [], 0
            while n < len(symbols):
                both = tuple(symbols[n : n + 2]) == first
                merged.append("".join(first) if both else symbols[n])
                n += 1 + both
            symbols = merged
        ids += [vocab[symbol] for symbol in symbols]
    return ids


HARD = (
    "  two  spaces,   three\t\ttabs\n\n\nlines ",
    "1234567 12.5 ² ½ ٣ 1st",
    "😀👩‍👩‍👧 é e\u0301 ﬁ",
    "नमस्ते दुनिया, 你好世界 مرحبا",
    "def f(x):\n    return x**2  # it's we'll DON'T",
    "internationalization antidisestablishmentarianism",
)


@pytest.mark.parametrize("text", HARD)
def test_hard_strings_are_split_as_defined(model, text):
    assert model.token_ids(text)[0].tolist() == reference_ids(text)
    assert model.decode(model.token_ids(text)[0]) == text


def test_some_control_bytes_have_no_row_and_are_dropped(model):
    rowless = {byte for byte, letter in letters().items() if letter not in merges()[1]}
    never_in_text = {192, 193, *range(245, 256)}  # by the definition of UTF-8
    assert rowless - never_in_text == {4, 6, 19, 20, 22, 29, 241, 242}
    assert model.tokenize("a\x16b") == ["a", "b"]


@given(st.text(min_size=1, max_size=30).filter(has_rows))
@settings(max_examples=150, deadline=None)
def test_any_other_text_is_split_as_defined_and_comes_back(text):
    ids = load_language_model().token_ids(text)[0]
    assert ids.tolist() == reference_ids(text)
    assert load_language_model().decode(ids) == text


def test_special_tokens_are_never_split(model):
    ids = model.token_ids("<|im_start|>user\nHi<|im_end|>")[0].tolist()
    assert ids[0] == 1
    assert ids[-1] == 2
