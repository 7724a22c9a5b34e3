"""The callback in Lightning's Trainer."""

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
try:
    import lightning.pytorch as pl
except ImportError:
    pl = pytest.importorskip("pytorch_lightning", reason="neither lightning nor pytorch_lightning is installed")

from tiny_models import Transformer, batch, loss_of

from foreshock.lightning import ForeshockCallback

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore:.*LeafSpec.*")


@pytest.fixture(autouse=True)
def to_the_gateway(gateway, monkeypatch):
    monkeypatch.setenv("FORESHOCK_URL", gateway.url)


class Model(pl.LightningModule):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.model = Transformer()
        self.norms = []

    def training_step(self, tokens, _):
        loss = loss_of(self.model, tokens)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, tokens, _):
        self.log("val_loss", loss_of(self.model, tokens))

    def on_before_optimizer_step(self, optimizer):
        # Before Lightning clips.
        self.norms.append(float(torch.nn.utils.get_total_norm([p.grad for p in self.parameters()])))

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


def data(batches):
    return torch.utils.data.DataLoader([batch(i)[0] for i in range(batches * 4)], batch_size=4)


def trainer(tmp_path, callback, **options):
    options = {"max_steps": 12, "log_every_n_steps": 2, "logger": False, "enable_checkpointing": False, **options}
    return pl.Trainer(
        default_root_dir=str(tmp_path / "the-run"),
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[callback, *options.pop("callbacks", [])],
        **options,
    )


def by_step(events):
    rows = {}
    for event in events:
        if "metrics" in event:
            rows.setdefault(event["step"], {}).update(event["metrics"])
    return rows


def test_a_run_arrives_with_the_steps_of_lightnings_own_logs(gateway, tmp_path):
    class Kept(pl.loggers.Logger):
        name = "kept"
        version = 7
        rows = []

        def log_metrics(self, metrics, step=None):
            self.rows.append((step, dict(metrics)))

        def log_hyperparams(self, *_):
            pass

    model = Model()
    rate = pl.callbacks.LearningRateMonitor(logging_interval="step")
    fit = trainer(
        tmp_path, ForeshockCallback(watch=3), logger=Kept(), callbacks=[rate], gradient_clip_val=0.5,
        val_check_interval=6
    )
    fit.fit(model, data(12), data(2))
    events = gateway.of("kept/7")
    rows = by_step(events)
    for step, metrics in Kept.rows:
        for name, value in metrics.items():
            assert rows[step][name] == pytest.approx(value, rel=1e-5), (step, name)
    assert {"train_loss", "epoch"} <= set(rows[1])
    assert sum("lr-AdamW" in row for row in rows.values()) == 6
    assert [step for step, row in rows.items() if "val_loss" in row] == [s for s, m in Kept.rows if "val_loss" in m]
    watched = {step: row for step, row in rows.items() if "attention_logit_max" in row}
    assert sorted(watched) == [0, 3, 6, 9]
    for step, row in watched.items():
        assert row["grad_norm"] == pytest.approx(model.norms[step], rel=1e-5)
        assert len(row["activation_rms"]) == 3 and row["update_ratio"] > 0
    assert events[-1]["end"] == "finished"
    assert len(fit.loggers) == 1


def test_gradient_accumulation(gateway, tmp_path):
    model = Model()
    trainer(tmp_path, ForeshockCallback(watch=2), max_steps=5, accumulate_grad_batches=3).fit(model, data(15))
    watched = {step: row for step, row in by_step(gateway.of("the-run")).items() if "grad_norm/layer" in row}
    assert sorted(watched) == [0, 2, 4]
    assert [row["grad_norm"] for row in watched.values()] == pytest.approx(model.norms[::2], rel=1e-5)


def test_training_is_the_same_to_the_last_bit(tmp_path):
    def weights(callback):
        model = Model()
        trainer(tmp_path, callback).fit(model, data(12))
        return list(model.parameters())

    assert all(torch.equal(a, b) for a, b in zip(weights(pl.Callback()), weights(ForeshockCallback(watch=3))))


class Heard(ForeshockCallback):
    """Hears a critical alert at the end of the fifth step."""

    def on_train_batch_end(self, trainer, *args):
        if trainer.global_step == 5:
            self._reporting._alerts.put({"summary": "It breaks"})
        super().on_train_batch_end(trainer, *args)


def test_a_critical_alert_stops_or_saves_or_calls(gateway, tmp_path):
    fit = trainer(tmp_path, Heard(on_critical="stop"))
    fit.fit(Model(), data(12))
    assert fit.global_step == 5 and gateway.events[-1]["end"] == "stopped"

    fit = trainer(tmp_path, Heard(on_critical="checkpoint"))
    fit.fit(Model(), data(12))
    assert fit.global_step == 12
    assert [p.name for p in (tmp_path / "the-run").glob("*.ckpt")] == ["critical-step=5.ckpt"]

    calls = []
    trainer(tmp_path, Heard(on_critical=calls.append)).fit(Model(), data(12))
    assert calls == [{"summary": "It breaks"}]


def test_an_exception_is_a_failure(gateway, tmp_path):
    class Fails(Model):
        def training_step(self, tokens, number):
            if number == 3:
                raise RuntimeError("no such luck")
            return super().training_step(tokens, number)

    fit = trainer(tmp_path, ForeshockCallback())
    with pytest.raises(RuntimeError, match="no such luck"):
        fit.fit(Fails(), data(12))
    assert gateway.events[-1]["end"] == "failed" and not fit.loggers


def test_checkpoints_go_where_they_went(gateway, tmp_path):
    def folder(callback):
        fit = trainer(tmp_path, callback, enable_checkpointing=True)
        fit.fit(Model(), data(12))
        return fit.checkpoint_callback.dirpath

    assert folder(pl.Callback()) == folder(ForeshockCallback())
