"""For the Hugging Face Trainer, and TRL's trainers, which are of its kind."""

from __future__ import annotations

import os
from typing import Any, Callable

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from .reporting import Reporting


class ForeshockCallback(TrainerCallback):
    """
    Reports what the Trainer logs, under its names and steps, and what :func:`foreshock.watch` measures.

        trainer = Trainer(..., callbacks=[ForeshockCallback()])

    The first process alone reports. A run that ends by an exception has no end: it may be resumed.

    :param run: its id; by default the run that ``foreshock.init`` began, else a new one called as ``run_name`` says, or
        the last folder of ``output_dir``. A Run given here, or begun by ``foreshock.init``, is left open at the end
    :param watch: False does not look into the model; a number is every how many steps
    :param on_critical: "stop" ends the training, "checkpoint" saves, after the step in which a critical alert came in;
        a function is called there with the alert, in the first process. By default nothing happens
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

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model: Any = None, **_: Any
    ) -> None:
        if state.is_world_process_zero:
            folder = os.path.basename(os.path.abspath(args.output_dir or "."))
            self._reporting.begin(getattr(args, "run_name", None) or folder, model)

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        # The Trainer counts a step before it logs it.
        self._reporting.step(state.global_step + 1)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self._agreed(self._reporting.critical(), args):
            if self._reporting.action == "stop":
                control.should_training_stop = True
            else:
                control.should_save = True

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Any = None, **_: Any
    ) -> None:
        if state.is_world_process_zero:
            self._reporting.log(logs or {}, state.global_step)

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._reporting.end("stopped" if self._reporting.stopped else "finished")

    def _agreed(self, due: bool, args: TrainingArguments) -> bool:
        """Only the first process hears alerts; if it stopped alone, the others would wait for it forever."""
        if self._reporting.action is None or args.world_size == 1 or not torch.distributed.is_initialized():
            return due
        heard = torch.tensor([due], dtype=torch.uint8, device=args.device)
        torch.distributed.broadcast(heard, 0)
        return bool(heard)
