import copy
import pickle

import pytest
import torch
from transformers import BertConfig, BertModel

from src.pretrained import load_corpus
from src.token_embeddings import nearest


@pytest.fixture(scope="module")
def bert(minilm):
    """The model of transformers, filled with our weights: another implementation of the layers."""
    config = BertConfig(
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
        attn_implementation="eager",
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    embeddings, ours = model.embeddings, minilm.embedding
    embeddings.word_embeddings.weight.data = ours.token.weight
    embeddings.position_embeddings.weight.data = ours.position.weight
    embeddings.token_type_embeddings.weight.data = ours.token_type.weight
    embeddings.LayerNorm.load_state_dict(ours.norm.state_dict())
    for theirs, layer in zip(model.encoder.layer, minilm.layers, strict=True):
        own = layer.self_attn
        for n, part in enumerate(("query", "key", "value")):
            linear = getattr(theirs.attention.self, part)
            linear.weight.data = own.in_proj_weight.chunk(3)[n]
            linear.bias.data = own.in_proj_bias.chunk(3)[n]
        theirs.attention.output.dense.load_state_dict(own.out_proj.state_dict())
        theirs.attention.output.LayerNorm.load_state_dict(layer.norm1.state_dict())
        theirs.intermediate.dense.load_state_dict(layer.linear1.state_dict())
        theirs.output.dense.load_state_dict(layer.linear2.state_dict())
        theirs.output.LayerNorm.load_state_dict(layer.norm2.state_dict())
    return model


TEXTS = ["I love AI", "Embeddings are vectors, and this sentence is a good deal longer."]


@torch.no_grad()
def test_the_layers_are_berts(minilm, bert):
    ids, mask = minilm.token_ids(TEXTS)
    theirs = bert(ids, attention_mask=mask.long(), output_hidden_states=True).hidden_states
    ours = minilm.hidden_states(TEXTS)
    assert len(ours) == len(theirs) == 7
    assert torch.equal(ours[0], theirs[0])  # the input layer bit for bit
    for n in range(1, 7):
        torch.testing.assert_close(ours[n][mask], theirs[n][mask], atol=2e-5, rtol=0)


@torch.no_grad()
def test_first_weights_are_berts(minilm, bert):
    ids, _ = minilm.token_ids(TEXTS[0])
    weights = minilm.first_weights(ids)
    theirs = bert(ids, output_attentions=True).attentions[0]
    torch.testing.assert_close(weights, theirs, atol=1e-5, rtol=0)
    torch.testing.assert_close(weights, minilm.first_weights(ids, torch.arange(ids.shape[1])))
    assert (weights - minilm.first_weights(ids, torch.arange(ids.shape[1]) + 7)).abs().max() > 0.01


def test_padding_changes_nothing(minilm):
    together = minilm.sentence_vectors(TEXTS)
    alone = torch.cat([minilm.sentence_vectors(text) for text in TEXTS])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=0)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(2))


def test_contextual_vectors_depend_on_the_sentence_and_rows_do_not(minilm):
    in_context = {}
    for text in ("the bank of the river", "the bank gave me a loan"):
        tokens, vectors = minilm.contextual(text)
        assert len(tokens) == len(vectors)
        in_context[text] = vectors[tokens.index("bank")]
    assert torch.cosine_similarity(*in_context.values(), dim=0) < 0.9


def test_the_table_is_the_models(minilm):
    assert minilm.table.vectors is minilm.embedding.token.weight
    assert minilm.table is minilm.table
    own = copy.deepcopy(minilm)
    with torch.no_grad():
        own.embedding.token.weight[own.table.row("cat")] = own.table.vector("dog")
    assert nearest(own.table, "cat", k=1) == [("dog", 1.0)]
    assert nearest(minilm.table, "cat", k=1)[0][0] == "cats"


def test_a_copy_and_an_unpickled_model_are_the_same_model(minilm):
    for other in (copy.deepcopy(minilm), pickle.loads(pickle.dumps(minilm))):
        assert torch.equal(other.sentence_vectors(TEXTS), minilm.sentence_vectors(TEXTS))
        assert other.table.vectors is other.embedding.token.weight is not minilm.table.vectors
        assert other.table.tokenize.__self__ is other


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_in_16_bits_the_results_are_those_of_32_but_for_rounding(minilm, dtype):
    small = copy.deepcopy(minilm).to(dtype)
    assert small.table.vectors.dtype == dtype
    assert minilm.table.vectors.dtype == torch.float32
    for ours, theirs in zip(small.hidden_states(TEXTS), minilm.hidden_states(TEXTS), strict=True):
        assert ours.dtype == dtype
        off = (ours.float() - theirs).norm(dim=2) / theirs.norm(dim=2)
        assert off.max() < 16 * torch.finfo(dtype).eps
    sentences, exact = small.sentence_vectors(TEXTS), minilm.sentence_vectors(TEXTS)
    assert sentences.dtype == dtype
    assert (sentences.float() - exact).norm(dim=1).max() < 8 * torch.finfo(dtype).eps
    torch.testing.assert_close(
        small.contextual("I love AI")[1], small.hidden_states("I love AI")[-1][0]
    )
    found, expected = (dict(nearest(model.table, "cat", k=5)) for model in (small, minilm))
    assert found == pytest.approx(expected, abs=torch.finfo(dtype).eps)


def test_on_another_device_everything_is_there(minilm):
    """The device "meta" computes shapes only, and refuses to meet tensors of another device."""
    other = copy.deepcopy(minilm).to("meta")
    ids, mask = other.token_ids(TEXTS)
    states = other.hidden_states(TEXTS)
    tokens, vectors = other.contextual("I love AI")
    sentences = other.sentence_vectors(TEXTS)
    for tensor in (ids, mask, *states, vectors, sentences, other.table.directions):
        assert tensor.is_meta
    assert [state.shape for state in states] == [(2, ids.shape[1], 384)] * 7
    assert vectors.shape == (len(tokens), 384)
    assert sentences.shape == (2, 384)
    assert other.table.vectors.is_meta
    assert not minilm.table.vectors.is_meta


def test_many_texts_come_out_as_each_alone_and_in_their_order(minilm):
    texts = load_corpus().splitlines()[:40]
    alone = torch.cat([minilm.sentence_vectors(text) for text in texts])
    for batch_size in (7, 1000):
        together = minilm.sentence_vectors(texts, batch_size=batch_size)
        torch.testing.assert_close(together, alone, atol=1e-6, rtol=0)


def test_only_a_batch_is_in_memory(minilm):
    """No call of the model sees more texts than a batch, nor much padding."""
    seen = []
    hook = minilm.register_forward_pre_hook(lambda _, given: seen.append(given[1]))
    texts = load_corpus().splitlines()[:100]
    minilm.sentence_vectors(texts, batch_size=10)
    hook.remove()
    assert [len(mask) for mask in seen] == [10] * 10
    real, cells = (sum(f(mask) for mask in seen) for f in (torch.sum, torch.numel))
    assert real / cells > 0.85  # in the given order it would be 0.47


def test_texts_may_be_read_only_once(minilm):
    lines = ["  I love AI\n", "embeddings are vectors "]
    once = minilm.sentence_vectors(map(str.strip, lines))
    assert torch.equal(once, minilm.sentence_vectors([line.strip() for line in lines]))
    assert len(minilm.hidden_states(map(str.strip, lines))[0]) == 2


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("texts", "error", "says"),
    [
        ("word " * 512, ValueError, "A text has 514 tokens .* 512 positions"),
        (["short", "word " * 512], ValueError, r"texts\[1\] has 514 tokens .* 512 positions"),
        ([], ValueError, "at least one text"),
        (None, TypeError, "texts must be a list of strings, but got NoneType"),
        (b"bytes", TypeError, "texts must be a list of strings, but got bytes.*decode"),
        (["good", None], TypeError, r"texts\[1\] must be a string, but got None.*Leave out"),
        (["good", float("nan")], TypeError, r"texts\[1\] .* got nan of type float"),
        (["good", "half \ud83d"], ValueError, r"texts\[1\] has half a character at index 5.*emoji"),
        ("half \ud83d", ValueError, "text has half a character at index 5"),
    ],
)
def test_bad_texts(texts, error, says, minilm):
    for method in (minilm.token_ids, minilm.hidden_states, minilm.sentence_vectors):
        with pytest.raises(error, match=says):
            method(texts)


@pytest.mark.usefixtures("as_users_call")
def test_one_text_is_one_text(minilm):
    for method in (minilm.contextual, minilm.tokenize):
        with pytest.raises(TypeError, match="text must be a string, but got .*of type list"):
            method(["I love", "AI"])
        with pytest.raises(ValueError, match="half a character at index 0"):
            method("\udc00 ice")
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        minilm.sentence_vectors(TEXTS, batch_size=0)
