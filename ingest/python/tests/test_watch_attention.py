"""Attention as it is read, against the same computed by hand."""

import math

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from tiny_models import Attention, Recorder, Transformer, attention_by_hand, batch, loss_of
from torch import nn
from torch.nn import functional as F

from foreshock.torch import observe_attention, watch
from foreshock.torch.attention import of_logits, of_queries


def normal(*shape, seed=0, factor=3.0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * factor


def assert_is(attention, by_hand):
    assert attention[0] == pytest.approx(by_hand[0], rel=1e-5)
    assert attention[1] == pytest.approx(by_hand[1], rel=1e-5, abs=1e-6)


def causal(queries, keys):
    return torch.ones(queries, keys, dtype=torch.bool).tril()


@pytest.mark.parametrize("key_heads", [4, 2, 1])
def test_all_keys_with_heads_that_share_them(key_heads):
    q, k = normal(2, 4, 9, 8), normal(2, key_heads, 11, 8, seed=1)
    found = of_queries(q, k)
    assert_is([x.tolist() for x in found], attention_by_hand(q, k))


def test_causal_with_a_scale():
    q, k = normal(2, 4, 9, 8), normal(2, 4, 11, 8, seed=1)
    found = of_queries(q, k, is_causal=True, scale=0.2)
    assert_is([x.tolist() for x in found], attention_by_hand(q, k, causal(9, 11), 0.2))


@pytest.mark.parametrize("dims", [(9, 11), (1, 9, 11), (2, 1, 9, 11), (1, 4, 9, 11)])
def test_masks_of_booleans_and_of_numbers_of_any_shape(dims):
    q, k = normal(2, 4, 9, 8), normal(2, 4, 11, 8, seed=1)
    mask = torch.rand(9, 11, generator=torch.Generator().manual_seed(3)) > 0.4
    by_hand = attention_by_hand(q, k, mask)
    shaped = mask.expand(dims)
    lowest = torch.zeros(dims).masked_fill(~shaped, torch.finfo(torch.float32).min)
    assert_is([x.tolist() for x in of_queries(q, k, shaped)], by_hand)
    assert_is([x.tolist() for x in of_queries(q, k, torch.zeros(dims).masked_fill(~shaped, -math.inf))], by_hand)
    assert_is([x.tolist() for x in of_queries(q, k, lowest)], by_hand)


def test_a_mask_of_keys_alone():
    q, k = normal(1, 2, 5, 8), normal(1, 2, 6, 8, seed=1)
    keys = torch.tensor([True, True, False, True, False, True])
    found = of_queries(q, k, keys.view(1, 1, 1, 6))
    assert_is([x.tolist() for x in found], attention_by_hand(q, k, keys.expand(5, 6)))


def test_queries_that_may_look_at_nothing_do_not_count():
    q, k = normal(1, 2, 6, 8), normal(1, 2, 6, 8, seed=1)
    mask = causal(6, 6)
    mask[:2] = False
    for filled in (-math.inf, torch.finfo(torch.float32).min):
        found = of_queries(q, k, torch.zeros(6, 6).masked_fill(~mask, filled))
        assert_is([x.tolist() for x in found], attention_by_hand(q, k, mask))


def test_queries_without_heads_or_batch():
    q, k = normal(1, 1, 5, 8), normal(1, 1, 6, 8, seed=1)
    by_hand = attention_by_hand(q, k)
    assert_is([x.tolist() for x in of_queries(q[0], k[0])], by_hand)
    assert_is([x.tolist() for x in of_queries(q[0, 0], k[0, 0])], by_hand)


def test_of_many_queries_64_are_taken_the_first_and_last_among_them():
    q, k = normal(1, 2, 1000, 8), normal(1, 2, 1000, 8, seed=1)
    chosen = [round(i * 999 / 63) for i in range(64)]
    found = of_queries(q, k, is_causal=True)
    by_hand = attention_by_hand(q[:, :, chosen], k, causal(1000, 1000)[chosen])
    assert_is([x.tolist() for x in found], by_hand)


def test_a_nan_is_told():
    logits = normal(2, 3, 4)
    logits[1, 2, 0] = math.nan
    found = of_logits(logits)
    assert not found.logit_max[0].isnan() and not found.entropy[0].isnan()
    assert found.logit_max[1].isnan() and found.entropy[1].isnan()


@pytest.mark.parametrize("kind", ["sdpa", "F.softmax", "method"])
@pytest.mark.parametrize("key_heads", [4, 2])
def test_a_model_whatever_calls_compute_it(kind, key_heads):
    torch.manual_seed(0)
    model = Transformer(kind=kind, key_heads=key_heads)
    for block in model.blocks:
        nn.init.normal_(block.attention.q.weight)
    run = step(model)
    for layer, block in enumerate(model.blocks):
        row = run.rows[0]
        by_hand = attention_by_hand(*block.attention.seen, causal(16, 16))
        assert_is((row["attention_logit_max"][layer], row["attention_entropy"][layer]), by_hand)


@pytest.mark.parametrize("need_weights", [False, True])
def test_multihead_attention(need_weights):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(32, 4, batch_first=True)

        def forward(self, x):
            mask = ~causal(x.shape[1], x.shape[1])
            self.input = x.detach()
            return x + self.attention(x, x, x, attn_mask=mask, need_weights=need_weights)[0]

    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(50, 32), nn.Sequential(*(Layer() for _ in range(3))), nn.Linear(32, 50))
    with torch.no_grad():
        for layer in model[1]:
            layer.attention.in_proj_weight.mul_(5)
    before = [layer.attention.in_proj_weight.detach().clone() for layer in model[1]]
    functions = F.scaled_dot_product_attention, F.softmax
    run = step(model)
    assert (F.scaled_dot_product_attention, F.softmax) == functions
    for layer, weight in enumerate(before):
        x = model[1][layer].input
        q, k = ((x @ w.T).view(4, 16, 4, 8).transpose(1, 2) for w in weight[:64].chunk(2))
        row = run.rows[0]
        by_hand = attention_by_hand(q, k, causal(16, 16))
        assert_is((row["attention_logit_max"][layer], row["attention_entropy"][layer]), by_hand)


def test_transformer_layers_of_torch_itself():
    torch.manual_seed(0)
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), 3)
    run = step(nn.Sequential(nn.Embedding(50, 32), encoder, nn.Linear(32, 50)))
    shape = torch.tensor(run.rows[0]["attention_entropy"]).shape
    assert shape == (3, 4)


class Kernel(torch.autograd.Function):
    """An attention that no one can look into."""

    @staticmethod
    def forward(q, k, v):
        return (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).exp() @ v

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, grad):
        return grad, grad, grad


class OwnAttention(Attention):
    tell = True

    def forward(self, x):
        q = self.q(x).view(*x.shape[:2], self.heads, self.size).transpose(1, 2)
        self.seen = q.detach(), q.detach()
        if self.tell:
            observe_attention(q, q, is_causal=True)
        return Kernel.apply(q, q, q).transpose(1, 2).flatten(2)


def test_a_kernel_of_ones_own_is_seen_when_it_is_told_of(caplog):
    torch.manual_seed(0)
    model = Transformer()
    for block in model.blocks:
        block.attention = OwnAttention(32, 4, 4, "own")
    run = step(model)
    by_hand = attention_by_hand(*model.blocks[1].attention.seen, causal(16, 16))
    row = run.rows[0]
    assert_is((row["attention_logit_max"][1], row["attention_entropy"][1]), by_hand)
    assert not caplog.records
    observe_attention(normal(1, 1, 4, 4), normal(1, 1, 4, 4))  # outside of a step that is sampled: nothing


def test_a_kernel_that_nobody_told_of_is_said_to_be_unseen(caplog):
    model = Transformer()
    for block in model.blocks:
        block.attention = OwnAttention(32, 4, 4, "own")
        block.attention.tell = False
    run = step(model, steps=3)
    assert "attention_entropy" not in run.rows[0] and "activation_rms" in run.rows[0]
    assert [r.getMessage() for r in caplog.records] == [
        "watch: no attention was seen; show it by foreshock.torch.observe_attention(q, k)"
    ]


def test_layers_without_attention_keep_their_place():
    torch.manual_seed(0)
    model = Transformer()
    model.blocks[1].attention = nn.Linear(32, 32)
    run = step(model)
    assert run.rows[0]["attention_entropy"][1] == [None] * 4
    assert run.rows[0]["attention_logit_max"][1] == [None] * 4
    assert all(x > 0 for x in run.rows[0]["attention_entropy"][2])


def test_layers_with_other_numbers_of_heads_are_told_as_layers():
    torch.manual_seed(0)
    model = Transformer()
    model.blocks[1].attention = Attention(32, 2, 2, "sdpa")
    run = step(model)
    tops, entropies = attention_by_hand(*model.blocks[1].attention.seen, causal(16, 16))
    assert run.rows[0]["attention_logit_max"][1] == pytest.approx(max(tops), rel=1e-5)
    assert run.rows[0]["attention_entropy"][1] == pytest.approx(sum(entropies) / 2, rel=1e-5)


def step(model, steps=1):
    """Trains so many steps, each of them sampled; returns what was logged."""
    run = Recorder()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    with watch(model, optimizer, every=1, run=run):
        for number in range(steps):
            optimizer.zero_grad()
            loss_of(model, batch(number)).backward()
            optimizer.step()
    return run
