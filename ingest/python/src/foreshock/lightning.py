"""For Lightning, whether installed as lightning or as pytorch_lightning."""

from __future__ import annotations

import os
from typing import Any, Callable

try:
    from lightning.pytorch import Callback, LightningModule, Trainer
    from lightning.pytorch.loggers import Logger
except ImportError:
    from pytorch_lightning import Callback, LightningModule, Trainer
    from pytorch_lightning.loggers import Logger

from .reporting import Reporting


class ForeshockCallback(Callback):
    """
    Reports what the Trainer gives its loggers, under its names and steps, and what :func:`foreshock.watch` measures.

        trainer = Trainer(..., callbacks=[ForeshockCallback()])

    The first process alone reports. A run that is interrupted is stopped, one that ends by another exception has
    failed.

    :param run: its id; by default the run that ``foreshock.init`` began, else a new one called as the first logger's
        name and version, or the folder of the training. A Run given here, or begun by ``foreshock.init``, is left open
        at the end
    :param watch: False does not look into the model; a number is every how many steps
    :param on_critical: "stop" ends the training, "checkpoint" saves ``critical-step=N.ckpt`` in the folder of the
        checkpoints, after the step in which a critical alert came in; a function is called there with the alert, in the
        first process. By default nothing happens
    :raises ValueError: for arguments that make no sense
    """

    def __init__(
        self,
        run: Any = None,
        *,
        watch: bool | int = True,
        on_critical: str | Callable[[Any], object] | None = None,
    ) -> None:
        self._reporting = Reporting(run, watch, on_critical)
        self._logger = _ReportingLogger(self._reporting)

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.is_global_zero:
            self._reporting.begin(_name(trainer), pl_module)
            # A logger gets each value once, when it is new; what the Trainer shows to callbacks are the last ones of
            # all. Not sooner than here: the first logger decides where checkpoints go.
            trainer.loggers = [*trainer.loggers, self._logger]

    def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:
        self._reporting.step(trainer.global_step)

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        due = self._reporting.critical()
        if self._reporting.action is None:
            return
        # Only the first process hears alerts; if it stopped alone, the others would wait for it forever.
        if trainer.strategy.reduce_boolean_decision(due, all=False):
            if self._reporting.action == "stop":
                trainer.should_stop = True
            else:
                trainer.save_checkpoint(os.path.join(_folder(trainer), f"critical-step={trainer.global_step}.ckpt"))

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._end(trainer, "stopped" if isinstance(exception, KeyboardInterrupt) else "failed")

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._end(trainer, "stopped" if self._reporting.stopped else "finished")

    def _end(self, trainer: Trainer, status: str) -> None:
        trainer.loggers = [logger for logger in trainer.loggers if logger is not self._logger]
        self._reporting.end(status)


class _ReportingLogger(Logger):
    def __init__(self, reporting: Reporting) -> None:
        super().__init__()
        self._reporting = reporting

    @property
    def name(self) -> str:
        return "foreshock"

    @property
    def version(self) -> str:
        return ""

    def log_metrics(self, metrics: Any, step: int | None = None) -> None:
        if step is not None:
            self._reporting.log(metrics, step)

    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        pass


def _name(trainer: Trainer) -> str:
    for logger in trainer.loggers:
        if logger.name:
            return f"{logger.name}/{logger.version}"
    return os.path.basename(os.path.abspath(trainer.default_root_dir))


def _folder(trainer: Trainer) -> str:
    checkpoints = trainer.checkpoint_callback
    return getattr(checkpoints, "dirpath", None) or trainer.default_root_dir
