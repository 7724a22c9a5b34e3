"""The callback in the Trainer and in TRL's trainers, with models made in memory."""

import json
import math
import os
from importlib.metadata import version
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")
os.environ["HF_HUB_OFFLINE"] = "1"

from fake_gateway import until
from tiny_language import VOCABULARY, gpt2, llama, llama_config, sentences, tokenizer
from tiny_models import Recorder, attention_by_hand
from transformers import LlamaForCausalLM, Trainer, TrainingArguments

import foreshock
from foreshock.huggingface import ForeshockCallback

KEYS = Path(__file__).parent / "keys"
WATCHED = {"attention_logit_max", "attention_entropy", "activation_rms", "grad_norm/layer", "update_ratio", "log_z"}


@pytest.fixture(autouse=True)
def to_the_gateway(gateway, monkeypatch):
    monkeypatch.setenv("FORESHOCK_URL", gateway.url)


def tokens(count=64, length=12):
    made = torch.Generator().manual_seed(0)
    rows = torch.randint(3, VOCABULARY, (count, length), generator=made).tolist()
    return [{"input_ids": row, "labels": row} for row in rows]


def arguments(tmp_path, kind=TrainingArguments, **options):
    options = {
        "max_steps": 12,
        "logging_steps": 2,
        "per_device_train_batch_size": 4,
        "learning_rate": 1e-3,
        "report_to": [],
        "save_strategy": "no",
        "use_cpu": True,
        "disable_tqdm": True,
        **options,
    }
    return kind(output_dir=str(tmp_path / "the-run"), **options)


@pytest.mark.parametrize("model", [gpt2, llama])
def test_eager_attention_and_sdpa_are_read_alike(model):
    rows = []
    for kind in ("eager", "sdpa"):
        torch.manual_seed(0)
        made = model(kind).train()
        with torch.no_grad():
            for weight in made.parameters():
                weight.mul_(3)
        ids = torch.randint(3, VOCABULARY, (4, 12), generator=torch.Generator().manual_seed(0))
        run = Recorder()
        optimizer = torch.optim.SGD(made.parameters(), lr=0.0)
        for module in made.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        with foreshock.watch(made, optimizer, run=run):
            # A mask, as for a batch with padding, goes to attention as a tensor.
            mask = torch.ones_like(ids).index_fill_(1, torch.tensor([11]), 0)
            made(ids, attention_mask=mask, labels=ids).loss.backward()
            optimizer.step()
        rows.append(run.rows[0])
    eager, sdpa = rows
    assert len(eager["attention_entropy"]) == len(made.model.layers if model is llama else made.transformer.h)
    for name in ("attention_logit_max", "attention_entropy", "activation_rms", "log_z", "grad_norm/layer"):
        assert torch.allclose(torch.tensor(eager[name]), torch.tensor(sdpa[name]), rtol=1e-4, atol=1e-6), name


def test_llama_by_hand():
    torch.manual_seed(0)
    made = llama().train()
    seen = []
    attention = torch.nn.functional.scaled_dot_product_attention
    ids = torch.randint(3, VOCABULARY, (4, 12), generator=torch.Generator().manual_seed(0))
    run = Recorder()
    optimizer = torch.optim.SGD(made.parameters(), lr=0.0)

    def keep(q, k, v, **options):
        seen.append((q.detach(), k.detach()))
        return attention(q, k, v, **options)

    torch.nn.functional.scaled_dot_product_attention = keep
    try:
        made(ids)
    finally:
        torch.nn.functional.scaled_dot_product_attention = attention
    with foreshock.watch(made, optimizer, run=run):
        made(ids, labels=ids).loss.backward()
        optimizer.step()
    mask = torch.ones(12, 12, dtype=torch.bool).tril()
    for layer, (q, k) in enumerate(seen):
        tops, entropies = attention_by_hand(q, k, mask)
        assert run.rows[0]["attention_logit_max"][layer] == pytest.approx(tops, rel=1e-4, abs=1e-6)
        assert run.rows[0]["attention_entropy"][layer] == pytest.approx(entropies, rel=1e-4)


def test_a_run_of_the_trainer_arrives_with_its_names_and_steps(gateway, tmp_path):
    args = arguments(tmp_path, eval_strategy="steps", eval_steps=4, gradient_accumulation_steps=2)
    callback = ForeshockCallback(watch=4)
    trainer = Trainer(llama(), args, train_dataset=tokens(), eval_dataset=tokens(8), callbacks=[callback])
    trainer.train()
    events = gateway.of("the-run")
    assert events[-1]["end"] == "finished"
    by_step = {}
    for event in events[:-1]:
        by_step.setdefault(event["step"], {}).update(event["metrics"])
    assert sorted(by_step) == [2, 4, 6, 8, 10, 12]
    for row in trainer.state.log_history:
        for name, value in row.items():
            if name not in ("step", "epoch"):
                assert by_step[row["step"]][name] == pytest.approx(value)
    assert {"loss", "grad_norm", "learning_rate", "eval_loss"} | WATCHED <= set(by_step[4])
    assert {"train_loss", "train_runtime"} <= set(by_step[12])
    assert WATCHED.isdisjoint(by_step[6])
    # What the Trainer calls the norm, and what the watch does, are the same: before clipping, at the same step.
    norms = [e["metrics"]["grad_norm"] for e in events[:-1] if e["step"] == 4 and "grad_norm" in e["metrics"]]
    assert len(norms) == 2 and norms[0] == pytest.approx(norms[1], rel=1e-4)
    # The mean over a run is on a row of its own, where the alias table knows it from a loss.
    last = next(e["metrics"] for e in events if "train_loss" in e.get("metrics", {}))
    assert "train_runtime" in last


def test_training_is_the_same_to_the_last_bit(tmp_path):
    def weights(callbacks):
        torch.manual_seed(0)
        made = llama()
        Trainer(made, arguments(tmp_path), train_dataset=tokens(), callbacks=callbacks).train()
        return list(made.parameters())

    assert all(torch.equal(a, b) for a, b in zip(weights([]), weights([ForeshockCallback(watch=3)])))


def test_a_run_that_was_begun_before_is_taken_and_left_open(gateway, tmp_path):
    run = foreshock.init(run="mine")
    Trainer(gpt2(), arguments(tmp_path), train_dataset=tokens(), callbacks=[ForeshockCallback(watch=False)]).train()
    assert not run.finished
    run.finish()
    assert {e["run"] for e in gateway.events} == {"mine"}
    assert [e["end"] for e in gateway.events if "end" in e] == ["finished"]
    assert all(WATCHED.isdisjoint(e.get("metrics", {})) for e in gateway.events)


def test_names(gateway, tmp_path):
    Trainer(
        gpt2(), arguments(tmp_path, run_name="called"), train_dataset=tokens(), callbacks=[ForeshockCallback()]
    ).train()
    Trainer(gpt2(), arguments(tmp_path), train_dataset=tokens(), callbacks=[ForeshockCallback("given")]).train()
    assert {e["run"] for e in gateway.events} == {"called", "given"}


class Heard(ForeshockCallback):
    """Hears a critical alert at the end of the fifth step."""

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == 5:
            self._reporting._alerts.put({"summary": "It breaks"})
        super().on_step_end(args, state, control, **kwargs)


def test_a_critical_alert_stops_or_saves_or_calls(gateway, tmp_path):
    trainer = Trainer(gpt2(), arguments(tmp_path), train_dataset=tokens(), callbacks=[Heard(on_critical="stop")])
    trainer.train()
    assert trainer.state.global_step == 5
    assert gateway.events[-1]["end"] == "stopped"

    Trainer(gpt2(), arguments(tmp_path), train_dataset=tokens(), callbacks=[Heard(on_critical="checkpoint")]).train()
    assert [p.name for p in (tmp_path / "the-run").iterdir()] == ["checkpoint-5"]

    calls = []
    trainer = Trainer(gpt2(), arguments(tmp_path), train_dataset=tokens(), callbacks=[Heard(on_critical=calls.append)])
    trainer.train()
    assert calls == [{"summary": "It breaks"}] and trainer.state.global_step == 12


def test_an_alert_that_comes_over_the_wire_stops_the_training(gateway, tmp_path):
    alert = {"id": "1", "status": "open", "step": 3, "severity": "critical", "summary": "It breaks", "run": "the-run"}
    gateway.streams.append([json.dumps(alert)])

    class Slow(ForeshockCallback):
        def on_step_end(self, args, state, control, **kwargs):
            if state.global_step == 3:
                until(lambda: not self._reporting._alerts.empty(), "the alert")
            super().on_step_end(args, state, control, **kwargs)

    trainer = Trainer(gpt2(), arguments(tmp_path), train_dataset=tokens(), callbacks=[Slow(on_critical="stop")])
    trainer.train()
    assert trainer.state.global_step <= 3


def agree(rank, file, heard):
    """One of two processes, of which the first alone hears of something critical."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=2)

    class Args:
        world_size = 2
        device = "cpu"

    callback = ForeshockCallback(on_critical="stop")
    heard.put([callback._agreed(due and rank == 0, Args) for due in (False, True, False)])
    torch.distributed.destroy_process_group()


def test_all_processes_stop_when_the_first_hears_of_it(tmp_path):
    context = torch.multiprocessing.get_context("spawn")
    heard = context.Queue()
    processes = [context.Process(target=agree, args=(rank, tmp_path / "meet", heard)) for rank in range(2)]
    for process in processes:
        process.start()
    assert [heard.get(timeout=120) for _ in processes] == 2 * [[False, True, False]]
    for process in processes:
        process.join(timeout=60)


def test_other_processes_report_nothing(gateway, tmp_path):
    class Second(ForeshockCallback):
        def on_train_begin(self, args, state, control, **kwargs):
            state.is_world_process_zero = False
            super().on_train_begin(args, state, control, **kwargs)

    Trainer(gpt2(), arguments(tmp_path), train_dataset=tokens(), callbacks=[Second()]).train()
    assert not gateway.events


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"run": 3}, "run must be a name or what foreshock.init returned, got 3"),
        ({"watch": -1}, "watch must be True, False or a number of steps, got -1"),
        ({"watch": 1.5}, "watch must be True, False or a number of steps, got 1.5"),
        ({"on_critical": "halt"}, "on_critical must be \"stop\", \"checkpoint\", a function or None, got 'halt'"),
    ],
)
def test_arguments_that_make_no_sense(options, message):
    with pytest.raises(ValueError) as error:
        ForeshockCallback(**options)
    assert str(error.value) == message


# TRL


def pairs(count=48):
    return [
        {"prompt": p, "chosen": c, "rejected": r}
        for p, c, r in zip(sentences(count, seed=1), sentences(count, seed=2), sentences(count, seed=3))
    ]


def saved_llama(tmp_path):
    """From a folder, where the trainer finds it again as the reference."""
    llama().save_pretrained(tmp_path / "llama")
    return LlamaForCausalLM.from_pretrained(tmp_path / "llama")


def sft(tmp_path, callback):
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    data = Dataset.from_list([{"text": s} for s in sentences(48)])
    args = arguments(tmp_path, SFTConfig, max_length=32, bf16=False, eval_strategy="steps", eval_steps=6)
    return SFTTrainer(
        llama(), args, train_dataset=data, eval_dataset=data, processing_class=tokenizer(), callbacks=[callback]
    )


def dpo(tmp_path, callback):
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    data = Dataset.from_list(pairs())
    args = arguments(tmp_path, DPOConfig, max_length=32, bf16=False, eval_strategy="steps", eval_steps=6)
    return DPOTrainer(
        saved_llama(tmp_path), args=args, train_dataset=data, eval_dataset=data, processing_class=tokenizer(),
        callbacks=[callback]
    )


def reward(tmp_path, callback):
    from datasets import Dataset
    from transformers import LlamaForSequenceClassification
    from trl import RewardConfig, RewardTrainer

    data = Dataset.from_list([{"chosen": p["chosen"], "rejected": p["rejected"]} for p in pairs()])
    args = arguments(tmp_path, RewardConfig, max_length=32, bf16=False, eval_strategy="steps", eval_steps=6)
    config = llama_config()
    config.num_labels = 1
    return RewardTrainer(
        LlamaForSequenceClassification(config),
        args,
        train_dataset=data,
        eval_dataset=data,
        processing_class=tokenizer(),
        callbacks=[callback],
    )


def grpo(tmp_path, callback):
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    def many_w1(completions, **_):
        return [float(c.count("w1")) for c in completions]

    data = Dataset.from_list([{"prompt": s} for s in sentences(48)])
    args = arguments(
        tmp_path, GRPOConfig, num_generations=4, max_completion_length=8, beta=0.1, bf16=False,
        eval_strategy="steps", eval_steps=6, per_device_eval_batch_size=4,
    )  # fmt: skip
    return GRPOTrainer(
        saved_llama(tmp_path),
        many_w1,
        args=args,
        train_dataset=data,
        eval_dataset=data.select(range(4)),
        processing_class=tokenizer(),
        callbacks=[callback],
    )


def trainer(tmp_path, callback):
    args = arguments(tmp_path, eval_strategy="steps", eval_steps=6)
    return Trainer(llama(), args, train_dataset=tokens(), eval_dataset=tokens(8), callbacks=[callback])


@pytest.mark.parametrize("make", [trainer, sft, dpo, reward, grpo])
def test_what_each_trainer_logs_is_known(gateway, tmp_path, make):
    made_by = ["transformers"]
    if make is not trainer:
        pytest.importorskip("trl", reason="trl is not installed")
        made_by.append("trl")
    training = make(tmp_path, ForeshockCallback(watch=4))
    training.train()
    logged = set().union(*training.state.log_history) - {"step"}
    assert math.isfinite(training.state.log_history[-1]["train_loss"])
    events = [event for event in gateway.of("the-run") if "metrics" in event]
    sent = set().union(*(event["metrics"] for event in events))
    assert logged <= sent
    # A reward model has no vocabulary, and TRL's fused head never makes the logits.
    watched = WATCHED - (set() if make is trainer else {"log_z"})
    assert all(watched <= set().union(*(e["metrics"] for e in events if e["step"] == s)) for s in (4, 8, 12))
    assert gateway.events[-1]["end"] == "finished"

    # The alias table is held against these lists, by a test on its side.
    versions = ", ".join(f"{name} {version(name)}" for name in made_by)
    text = f"# Logged with {versions}\n" + "\n".join(sorted(logged)) + "\n"
    recorded = KEYS / f"{make.__name__}.txt"
    if os.environ.get("RECORD_KEYS"):
        recorded.write_text(text)
    if recorded.read_text().startswith(text.split("\n")[0]):
        assert recorded.read_text() == text
