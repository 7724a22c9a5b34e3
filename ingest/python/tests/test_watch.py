"""What foreshock.watch measures beside attention, and that training does not notice it."""

import copy
import math

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from tiny_models import Recorder, Transformer, batch, loss_of
from torch import nn
from torch.nn import functional as F

import foreshock
from foreshock.torch import Watch, watch
from foreshock.torch.blocks import find_blocks, find_head


def train(model, optimizer, steps, first=0, clip=None):
    for number in range(first, first + steps):
        optimizer.zero_grad()
        loss_of(model, batch(number)).backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()


def transformer(**options):
    torch.manual_seed(0)
    return Transformer(**options)


def adam(model, **options):
    return torch.optim.AdamW(model.parameters(), lr=1e-2, **options)


def l2(tensors):
    return math.sqrt(sum(float((t.double() ** 2).sum()) for t in tensors))


def close(value):
    return pytest.approx(value, rel=1e-5)


def test_gradients_of_the_whole_and_of_layers():
    model = transformer()
    run = Recorder()
    with watch(model, adam(model), run=run) as w:
        train(model, w._optimizer, 1)
    row = run.rows[0]
    assert row["grad_norm"] == close(l2(p.grad for p in model.parameters()))
    for layer, block in enumerate(model.blocks):
        norm = l2(p.grad for p in block.parameters())
        count = sum(p.numel() for p in block.parameters())
        assert row["grad_norm/layer"][layer] == close(norm)
        assert row["grad_rms/layer"][layer] == close(norm / math.sqrt(count))


def test_weights_and_update():
    model = transformer()
    run = Recorder()
    with watch(model, adam(model, eps=1e-7, weight_decay=0.5), every=1, run=run) as w:
        train(model, w._optimizer, 3)
        before = [p.detach().clone() for p in model.parameters()]
        train(model, w._optimizer, 1, first=3)
    row = run.rows[3]
    weights = l2(p.detach() for p in model.parameters())
    assert row["param_norm"] == close(weights)
    assert row["update_ratio"] == close(l2(p.detach() - b for p, b in zip(model.parameters(), before)) / weights)
    assert row["adam_eps"] == 1e-7


def test_an_update_of_many_weights_is_estimated():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(512, 1024), nn.Linear(1024, 512))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = Recorder()
    before = [p.detach().clone() for p in model.parameters()]
    with watch(model, optimizer, run=run):
        model(torch.randn(64, 512)).square().sum().backward()
        optimizer.step()
    changes = [p.detach() - b for p, b in zip(model.parameters(), before)]
    assert run.rows[0]["update_ratio"] == pytest.approx(l2(changes) / run.rows[0]["param_norm"], rel=0.03)
    assert "adam_eps" not in run.rows[0]


def test_activations_and_output_logits():
    model = transformer()
    run = Recorder()
    with watch(model, adam(model), run=run) as w:
        train(model, w._optimizer, 1)
    row = run.rows[0]
    for layer, block in enumerate(model.blocks):
        assert row["activation_rms"][layer] == close(l2([block.hidden]) / math.sqrt(block.hidden.numel()))
    logits = model.logits.detach().double()
    assert row["log_z"] == close(float(logits.exp().sum(-1).log().mean()))
    assert row["output_logit_max"] == close(float(logits.max()))


def test_of_many_tokens_1024_are_taken():
    model = transformer()
    run = Recorder()
    with watch(model, adam(model), run=run) as w:
        loss_of(model, batch(0, size=64, length=32)).backward()
        w._optimizer.step()
    hidden = model.blocks[1].hidden.flatten(0, 1)
    chosen = hidden[[round(i * 2047 / 1023) for i in range(1024)]]
    assert run.rows[0]["activation_rms"][1] == close(l2([chosen]) / math.sqrt(chosen.numel()))


def test_only_sampled_steps_and_the_steps_number():
    model = transformer()
    run = Recorder()
    with watch(model, adam(model), every=4, run=run, start_step=6) as w:
        train(model, w._optimizer, 7)
        assert w.step == 13
        w.step = 100
        train(model, w._optimizer, 1)
    assert list(run.rows) == [8, 12, 100]
    assert set(run.rows[8]) == {
        "activation_rms",
        "adam_eps",
        "attention_entropy",
        "attention_logit_max",
        "grad_norm",
        "grad_norm/layer",
        "grad_rms/layer",
        "log_z",
        "output_logit_max",
        "param_norm",
        "update_ratio",
    }


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("kind", ["sdpa", "F.softmax"])
def test_training_is_the_same_to_the_last_bit(every, kind):
    def weights(watched):
        model = transformer(kind=kind)
        optimizer = adam(model)
        w = watch(model, optimizer, every=every, run=Recorder()) if watched else None
        train(model, optimizer, 12, clip=0.5)
        if w:
            w.close()
        return [p.detach() for p in model.parameters()] + [torch.rand(3)]

    assert all(torch.equal(a, b) for a, b in zip(weights(False), weights(True)))


def test_closing_takes_away_all_hooks():
    model = transformer()
    optimizer = adam(model)
    functions = (torch.nn.utils.clip_grad_norm_, torch.nn.utils.clip_grad_value_, F.scaled_dot_product_attention)

    def hooks():
        of_torch = torch.nn.modules.module
        return (
            len(of_torch._global_forward_hooks),
            len(of_torch._global_forward_pre_hooks),
            len(optimizer._optimizer_step_pre_hooks),
            len(optimizer._optimizer_step_post_hooks),
        )

    for steps in (0, 1, 5):
        w = watch(model, optimizer, every=5, run=Recorder())
        train(model, optimizer, steps)
        # After one step the next is not sampled: then the forward has none.
        assert hooks() == ((0, 0, 1, 1) if steps == 1 else (1, 1, 1, 1))
        w.close()
        assert hooks() == (0, 0, 0, 0)
    assert functions == (
        torch.nn.utils.clip_grad_norm_,
        torch.nn.utils.clip_grad_value_,
        F.scaled_dot_product_attention,
    )


def test_norms_are_those_before_clipping():
    model = transformer()
    optimizer = adam(model)
    run = Recorder()
    with watch(model, optimizer, every=1, run=run):
        loss_of(model, batch(0)).backward()
        expected = l2(p.grad for p in model.parameters())
        expected_layer = l2(p.grad for p in model.blocks[1].parameters())
        assert torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01) == close(expected)
        optimizer.step()
        assert run.rows[0]["grad_norm"] == close(expected)
        assert run.rows[0]["grad_norm/layer"][1] == close(expected_layer)
        # Clipping of the head alone says nothing about the whole.
        optimizer.zero_grad()
        loss_of(model, batch(0)).backward()
        torch.nn.utils.clip_grad_norm_(model.head.parameters(), 0.01)
        optimizer.step()
        assert run.rows[1]["grad_norm"] == close(l2(p.grad for p in model.parameters()))


def test_the_last_forward_of_training_before_the_step_counts():
    model = transformer()
    optimizer = adam(model)
    run = Recorder()
    with watch(model, optimizer, run=run):
        for part in range(3):
            loss_of(model, batch(part)).backward()
        last = [block.hidden for block in model.blocks]
        with torch.no_grad():
            model(batch(7))
        model.eval()
        loss_of(model, batch(8))
        model.train()
        gradient = l2(p.grad for p in model.parameters())
        optimizer.step()
    assert run.rows[0]["activation_rms"] == [close(l2([h]) / math.sqrt(h.numel())) for h in last]
    assert run.rows[0]["grad_norm"] == close(gradient)


@pytest.mark.parametrize("reentrant", [False, True])
def test_activation_checkpointing(reentrant):
    def row(checkpointed):
        model = transformer()
        if checkpointed:
            for block in model.blocks:
                forward = block.forward
                block.forward = lambda x, forward=forward: torch.utils.checkpoint.checkpoint(
                    forward, x, use_reentrant=reentrant
                )
        run = Recorder()
        with watch(model, adam(model), run=run) as w:
            train(model, w._optimizer, 1)
        return run.rows[0]

    assert row(True) == row(False)


def test_checkpointing_around_the_layers():
    class Checkpointed(Transformer):
        reentrant = None

        def forward(self, tokens):
            x = self.embedding(tokens)
            for block in self.blocks:
                if self.reentrant is None:
                    x = block(x)
                else:
                    x = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=self.reentrant)
            return self.head(x)

    rows = []
    for reentrant in (None, False, True):
        torch.manual_seed(0)
        model = Checkpointed()
        model.reentrant = reentrant
        run = Recorder()
        with watch(model, adam(model), run=run) as w:
            train(model, w._optimizer, 1)
        rows.append(run.rows[0])
    assert rows[1] == rows[0] and rows[2] == rows[0]


def test_a_closure_makes_the_gradients_inside_of_the_step():
    model = transformer()
    optimizer = adam(model)
    run = Recorder()

    def closure():
        optimizer.zero_grad()
        loss = loss_of(model, batch(0))
        loss.backward()
        return loss

    with watch(model, optimizer, run=run):
        optimizer.step(closure)
    assert run.rows[0]["grad_norm"] == close(l2(p.grad for p in model.parameters()))
    assert "attention_entropy" in run.rows[0] and run.rows[0]["update_ratio"] > 0


def test_bfloat16_autocast():
    model = transformer()
    optimizer = adam(model)
    run = Recorder()
    with watch(model, optimizer, run=run):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = loss_of(model, batch(0))
        loss.backward()
        optimizer.step()
    q, k = (t[0].float() for t in model.blocks[2].attention.seen)
    logits = (q @ k.transpose(-1, -2) / math.sqrt(8)).masked_fill(~torch.ones(16, 16).bool().tril(), -math.inf)
    assert model.blocks[2].attention.seen[0].dtype == torch.bfloat16
    # Computed in float32 from what bfloat16 left: not once more in bfloat16.
    assert run.rows[0]["attention_logit_max"][2] == pytest.approx(logits.amax((1, 2)).tolist(), rel=1e-5)


def test_gradients_are_told_unscaled():
    expected = Recorder()
    model = transformer()
    with watch(model, adam(model), run=expected) as w:
        train(model, w._optimizer, 1)
    for fused in (False, True):
        model = transformer()
        optimizer = adam(model, fused=fused)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
        run = Recorder()
        with watch(model, optimizer, run=run):
            scaler.scale(loss_of(model, batch(0))).backward()
            scaler.step(optimizer)
            scaler.update()
        for name in ("grad_norm", "grad_norm/layer", "grad_rms/layer"):
            assert run.rows[0][name] == pytest.approx(expected.rows[0][name], rel=1e-4)


def test_weights_of_nan_are_told_and_survived(caplog):
    model = transformer()
    optimizer = adam(model)
    run = Recorder()
    with torch.no_grad():
        model.blocks[1].mlp.weight.fill_(math.nan)
    with watch(model, optimizer, every=1, run=run):
        train(model, optimizer, 3)
    assert not caplog.records
    row = run.rows[0]
    assert math.isnan(row["grad_norm"]) and math.isnan(row["log_z"]) and math.isnan(row["update_ratio"])
    assert [math.isnan(x) for x in row["activation_rms"]] == [False, True, True]
    assert [math.isnan(x[0]) for x in row["attention_logit_max"]] == [False, False, True]


def test_frozen_layers_keep_their_place():
    model = transformer()
    model.blocks[0].requires_grad_(False)
    model.embedding.requires_grad_(False)
    run = Recorder()
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    with watch(model, optimizer, run=run):
        train(model, optimizer, 1)
    assert run.rows[0]["grad_norm/layer"][0] is None and run.rows[0]["grad_norm/layer"][1] > 0
    assert run.rows[0]["param_norm"] == close(l2(p.detach() for p in model.parameters() if p.requires_grad))


def test_without_an_optimizer_the_one_that_steps_the_model_is_taken():
    model, other = transformer(), transformer()
    run = Recorder()
    with watch(model, every=1, run=run) as w:
        train(other, adam(other), 2)
        assert not run.rows
        train(model, adam(model), 2)
        train(model, adam(model), 1)  # a second one of the same model does not count
        assert w.step == 2
    train(model, adam(model), 1)
    assert list(run.rows) == [0, 1]


def test_a_measure_that_fails_is_told_once_and_left_out(caplog, monkeypatch):
    def broken(*_):
        raise RuntimeError("no such luck")

    monkeypatch.setattr("foreshock.torch.hooks.gradients", broken)
    monkeypatch.setattr("foreshock.torch.attention.of_logits", broken)
    model = transformer()
    optimizer = adam(model)
    run = Recorder()
    with watch(model, optimizer, every=1, run=run):
        train(model, optimizer, 3)
    assert sorted(r.getMessage() for r in caplog.records) == [
        "watch: attention not measured any more: RuntimeError: no such luck",
        "watch: gradients not measured any more: RuntimeError: no such luck",
    ]
    assert set(run.rows) == {0, 1, 2}
    assert {"activation_rms", "update_ratio"} < set(run.rows[2])


def test_a_run_that_fails_does_not_reach_training(caplog):
    class Broken:
        def log_beside(self, metrics, step):
            raise OSError("away")

    model = transformer()
    optimizer = adam(model)
    with watch(model, optimizer, every=1, run=Broken()):
        train(model, optimizer, 3)
    assert [r.getMessage() for r in caplog.records] == ["watch: logging not measured any more: OSError: away"]


def test_a_forward_that_fails_leaves_nothing_behind():
    model = transformer()
    optimizer = adam(model)
    run = Recorder()
    with watch(model, optimizer, every=1, run=run):
        forward = model.blocks[1].mlp.forward
        model.blocks[1].mlp.forward = lambda x: x @ torch.ones(3, 3)
        with pytest.raises(RuntimeError, match="cannot be multiplied"):
            model(batch(0))
        assert torch.overrides._get_current_function_mode() is None
        model.blocks[1].mlp.forward = forward
        train(model, optimizer, 1)
    assert len(run.rows[0]["activation_rms"]) == 3


def test_no_graph_is_kept_alive():
    model = transformer()
    optimizer = adam(model)
    logged = []

    class Keeper:
        def log_beside(self, metrics, step):
            logged.extend(metrics.values())

    with watch(model, optimizer, run=Keeper()):
        train(model, optimizer, 1)
    tensors = [value for value in logged if isinstance(value, torch.Tensor)]
    assert len(tensors) == 10 and all(t.grad_fn is None and not t.requires_grad for t in tensors)


def test_a_compiled_model_is_trained_alike_and_its_gradients_are_measured(caplog):
    def weights(watched):
        model = transformer()
        optimizer = adam(model)
        compiled = torch.compile(model, backend="eager")
        run = Recorder()
        w = watch(compiled, optimizer, every=2, run=run) if watched else None
        train(compiled, optimizer, 4)
        if w:
            w.close()
            assert "grad_norm/layer" in run.rows[2] and "activation_rms" not in run.rows[2]
        return [p.detach() for p in model.parameters()]

    assert all(torch.equal(a, b) for a, b in zip(weights(False), weights(True)))
    assert [r.getMessage() for r in caplog.records if r.name == "foreshock"] == [
        "watch: the model is compiled: attention, activations and output logits are not measured"
    ]


def test_watching_what_is_compiled_around_it_compiles_it_once_more():
    counts = []
    for watched in (False, True):
        torch._dynamo.reset()
        compilations = []

        def count(graph, inputs, compilations=compilations):
            compilations.append(graph)
            return graph.forward

        model = transformer()
        optimizer = adam(model)
        compiled = torch.compile(model, backend=count)
        w = watch(model, optimizer, every=2, run=Recorder()) if watched else None
        train(compiled, optimizer, 7)
        if w:
            w.close()
        counts.append(len(compilations))
    # With the hooks of the sampled steps, and without.
    assert counts == [1, 2]


def test_other_ranks_than_the_first_do_nothing(monkeypatch):
    monkeypatch.setenv("RANK", "3")
    model = transformer()
    optimizer = adam(model)
    run = Recorder()
    with watch(model, optimizer, every=1, run=run):
        train(model, optimizer, 1)
    assert not run.rows


@pytest.fixture
def alone():
    """A group of this process alone."""
    store = torch.distributed.HashStore()
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


def test_of_sharded_weights_only_the_forward_is_measured(alone, caplog):
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    expected = Recorder()
    model = transformer()
    with watch(model, adam(model), run=expected) as w:
        train(model, w._optimizer, 1)
    model = transformer()
    mesh = init_device_mesh("cpu", (1,))
    for block in model.blocks:
        fully_shard(block, mesh=mesh)
    fully_shard(model, mesh=mesh)
    run = Recorder()
    with watch(model, adam(model), run=run) as w:
        train(model, w._optimizer, 1)
    for name in ("attention_logit_max", "attention_entropy", "activation_rms", "log_z", "output_logit_max"):
        assert run.rows[0][name] == expected.rows[0][name]
    assert not {"grad_norm", "grad_norm/layer", "update_ratio", "param_norm"} & set(run.rows[0])
    assert [r.getMessage() for r in caplog.records if r.name == "foreshock"] == [
        "watch: the weights are sharded, gradients and updates are not measured"
    ]


def test_a_model_that_ddp_holds(alone):
    expected = Recorder()
    model = transformer()
    with watch(model, adam(model), run=expected) as w:
        train(model, w._optimizer, 1)
    model = transformer()
    run = Recorder()
    with watch(model, adam(model), run=run) as w:
        train(torch.nn.parallel.DistributedDataParallel(model), w._optimizer, 1)
    assert set(run.rows[0]) == set(expected.rows[0])
    for name, value in expected.rows[0].items():
        assert torch.allclose(torch.tensor(run.rows[0][name]), torch.tensor(value)), name


def test_layers_that_are_named():
    model = transformer()
    run = Recorder()
    with watch(model, adam(model), run=run, layers=[model.blocks[2]]) as w:
        train(model, w._optimizer, 1)
    assert run.rows[0]["grad_norm/layer"] == [close(l2(p.grad for p in model.blocks[2].parameters()))]
    assert len(run.rows[0]["activation_rms"]) == 1


def test_blocks_are_the_longest_list_that_is_in_no_other():
    class Experts(nn.Module):
        def __init__(self):
            super().__init__()
            self.experts = nn.ModuleList(nn.Linear(4, 4) for _ in range(16))

    model = nn.Module()
    model.encoder = nn.ModuleList(Experts() for _ in range(2))
    model.decoder = nn.ModuleList(Experts() for _ in range(3))
    assert find_blocks(model) == list(model.decoder)
    assert find_blocks(nn.Linear(4, 4)) == []


def test_the_head_is_the_last_layer_as_wide_as_the_vocabulary():
    model = transformer()
    assert find_head(model) is model.head
    assert find_head(nn.Linear(4, 4)) is None


def test_a_model_without_layers_is_told_of(caplog):
    model = nn.Linear(4, 4)
    optimizer = adam(model)
    run = Recorder()
    with watch(model, optimizer, run=run):
        model(torch.ones(2, 4)).sum().backward()
        optimizer.step()
    assert [r.getMessage() for r in caplog.records] == [
        "watch: no repeated block was found in Linear; name it by layers="
    ]
    assert set(run.rows[0]) == {"adam_eps", "grad_norm", "param_norm", "update_ratio"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": 0}, "every must be a whole number of steps >= 1, got 0"),
        ({"every": True}, "every must be a whole number of steps >= 1, got True"),
        ({"optimizer": 3}, "optimizer must be a torch.optim.Optimizer, got int"),
        ({"layers": []}, "layers must be the modules of the repeated block, for example model.transformer.h"),
        ({"model": "gpt2"}, "model must be a torch.nn.Module, got str"),
        ({"start_step": -1}, "start_step must be a whole number >= 0, got -1"),
    ],
)
def test_arguments_that_make_no_sense(options, message):
    options = {"model": nn.Linear(2, 2), **options}
    with pytest.raises(ValueError) as error:
        Watch(**options)
    assert str(error.value) == message


def test_a_copy_of_the_model_is_not_watched_and_a_saved_one_has_no_hooks(tmp_path):
    model = transformer()
    run = Recorder()
    with watch(model, adam(model), run=run) as w:
        train(model, w._optimizer, 0)
        copied = copy.deepcopy(model)
        torch.save(model, tmp_path / "model")
        loss_of(model, batch(0)).backward()
        hidden = model.blocks[0].hidden
        loss_of(copied, batch(1)).backward()
        w._optimizer.step()
    assert run.rows[0]["activation_rms"][0] == close(l2([hidden]) / math.sqrt(hidden.numel()))
    loaded = torch.load(tmp_path / "model", weights_only=False)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in loaded.modules())


def test_the_steps_that_log_counts_go_on_beside_it(gateway):
    model = transformer()
    optimizer = adam(model)
    with foreshock.init("r", gateway.url), watch(model, optimizer, every=2):
        for number in range(4):
            train(model, optimizer, 1, first=number)
            foreshock.log({"loss": 1.0})
    events = gateway.of("r")
    assert [e["step"] for e in events if "loss" in e.get("metrics", {})] == [0, 1, 2, 3]
    watched = [e for e in events if "log_z" in e.get("metrics", {})]
    assert [e["step"] for e in watched] == [0, 2]
    assert len(watched[0]["metrics"]) == 11 and len(watched[0]["metrics"]["attention_entropy"][2]) == 4


def test_without_a_run_it_says_so(caplog):
    model = transformer()
    optimizer = adam(model)
    with watch(model, optimizer, every=1):
        train(model, optimizer, 2)
    assert [r.getMessage() for r in caplog.records] == [
        "watch: there is no run: what is measured goes nowhere before foreshock.init()"
    ]


def test_a_disabled_foreshock_does_not_watch(monkeypatch):
    monkeypatch.setenv("FORESHOCK_DISABLED", "1")
    model = transformer()
    with watch(model, adam(model), run=Recorder()) as w:
        train(model, w._optimizer, 1)
        assert not w._run.rows
