"""Measures on sampled steps what training frameworks do not log, by hooks on the model and its optimizer."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Callable, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

import foreshock

from .. import environment
from ..trouble import LOG
from .attention import Attention, AttentionReader
from .blocks import by_layer, find_blocks, find_head, is_compiled, is_sharded
from .clipping import ClippingWatch
from .sample import first_tensor, tokens
from .weights import Gradients, Update, gradients, norm

T = TypeVar("T")


def watch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer | None = None,
    *,
    every: int = 20,
    run: Any = None,
    layers: Sequence[nn.Module] | None = None,
    start_step: int = 0,
) -> Watch:
    """
    Logs what goes on inside the model, every so many optimizer steps. On the others it costs a comparison.

    ==========================  =============  ======================================================================
    attention_logit_max         layer, head    largest logit of the sampled queries
    attention_entropy           layer, head    nats, mean over the sampled queries
    activation_rms              layer          of what the layer puts out
    log_z, output_logit_max     number         of the output logits
    grad_norm                   number         L2, before clipping (see below)
    grad_norm/layer             layer          the same of each layer
    grad_rms/layer              layer          root mean square of one entry
    update_ratio                number         norm of the step's change over norm of the weights
    param_norm                  number         L2 norm of the weights that the optimizer trains
    adam_eps                    number         of an optimizer of Adam's kind
    ==========================  =============  ======================================================================

    Layers are the longest list of modules of one class in the model. Of the batch the last forward before the
    optimizer's step counts that is in training mode and has gradients: its first sequence with at most 64 queries for
    attention, at most 1,024 of its tokens for the rest. Evaluation and generation are not looked at. Training is
    changed in no bit, nothing here raises into it, and nothing waits for a GPU: the numbers are fetched by the thread
    that sends them.

    Clipping: norms are those before it if it is called as ``torch.nn.utils.clip_grad_norm_``, as Lightning and the
    Hugging Face Trainer do. If its name was imported by itself, what is seen is after clipping.
    Mixed precision: norms are unscaled, also under a fused optimizer. A step that ``GradScaler`` skips is no step here.
    Several processes: the first rank alone measures. Sharded weights (FSDP, ZeRO 3): no gradients and updates.
    torch.compile: of a compiled model gradients and updates only. Watch what torch.compile returned: it is compiled
    twice else.
    Output logits are those of the linear layer as wide as the vocabulary; a fused loss (Liger, TRL's own) never makes
    them.
    Attention is seen that goes through ``scaled_dot_product_attention``, ``nn.MultiheadAttention`` or a softmax over
    [batch, heads, queries, keys]; for kernels of one's own there is :func:`foreshock.torch.observe_attention`.

    :param optimizer: by default the first that steps parameters of the model
    :param every: steps between samples, >= 1
    :param run: where to log; by default the run that ``foreshock.init`` began
    :param layers: the layers, from input to output, if they are not found by themselves
    :param start_step: the number of the next optimizer step; the one to resume at
    :raises ValueError: for arguments that make no sense
    """
    return Watch(model, optimizer, every=every, run=run, layers=layers, start_step=start_step)


def _never_raises(hook: Callable[..., None]) -> Callable[..., None]:
    """Trouble with the watch ends the watch, not the training. Where torch.compile traces a hook it finds nothing."""

    @functools.wraps(hook)
    def guarded(self: Watch, *args: Any) -> None:
        if torch.compiler.is_compiling():
            return
        try:
            hook(self, *args)
        except Exception as e:
            self._give_up(e)

    return guarded


class Watch:
    """See :func:`watch`. A context manager, which closes itself."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | None = None,
        *,
        every: int = 20,
        run: Any = None,
        layers: Sequence[nn.Module] | None = None,
        start_step: int = 0,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise ValueError(f"model must be a torch.nn.Module, got {type(model).__name__}")
        # Accelerate's optimizer holds the one that steps.
        while optimizer is not None and not hasattr(optimizer, "_optimizer_step_pre_hooks"):
            if not hasattr(optimizer, "optimizer"):
                raise ValueError(f"optimizer must be a torch.optim.Optimizer, got {type(optimizer).__name__}")
            optimizer = optimizer.optimizer
        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise ValueError(f"every must be a whole number of steps >= 1, got {every!r}")
        if isinstance(start_step, bool) or not isinstance(start_step, int) or start_step < 0:
            raise ValueError(f"start_step must be a whole number >= 0, got {start_step!r}")
        if layers is not None and not (layers and all(isinstance(layer, nn.Module) for layer in layers)):
            raise ValueError("layers must be the modules of the repeated block, for example model.transformer.h")
        self._model = model
        self._optimizer = optimizer
        self._every = every
        self._run = run
        self._blocks = find_blocks(model) if layers is None else list(layers)
        self._layer = {id(block): layer for layer, block in enumerate(self._blocks)}
        self._output = find_head(model) or model
        self._off: set[str] = set()
        self._said: set[str] = set()
        self._hooks: list[Any] = []
        self._sample_hooks: list[Any] = []
        self._clipping = ClippingWatch(self._before_clipping)
        self._readers: dict[int, AttentionReader] = {}
        self._sampled = False
        self._step = start_step
        if _rank() == 0 and not environment.disabled():
            self._begin()

    @property
    def step(self) -> int:
        """The number of the next optimizer step. It counts by itself; may be set to what the training loop calls it."""
        return self._step

    @step.setter
    def step(self, step: int) -> None:
        self._step = step
        self._forget()
        self._set_sampled(bool(self._hooks) and step % self._every == 0)

    def close(self) -> None:
        """Takes away everything that was put into the model, the optimizer and torch."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        self._forget()
        self._set_sampled(False)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def _begin(self) -> None:
        if not self._blocks:
            LOG.warning("watch: no repeated block was found in %s; name it by layers=", type(self._model).__name__)
        if is_sharded(self._model):
            LOG.warning("watch: the weights are sharded, gradients and updates are not measured")
            self._off |= {"gradients", "updates"}
        if self._optimizer is None:
            self._hooks = [
                register_optimizer_step_pre_hook(self._before_step),
                register_optimizer_step_post_hook(self._after_step),
            ]
        else:
            self._hooks = [
                self._optimizer.register_step_pre_hook(self._before_step),
                self._optimizer.register_step_post_hook(self._after_step),
            ]
        self.step = self._step

    def _forget(self) -> None:
        """Begins a step: nothing of it has been measured."""
        self._attention: dict[int, Attention] = {}
        self._activation: dict[int, Tensor] = {}
        self._logits: tuple[Tensor, Tensor] | None = None
        self._gradients: Gradients | None = None
        self._clipped = False
        self._update: Update | None = None

    def _set_sampled(self, sampled: bool) -> None:
        """There are hooks on sampled steps only: on the others the forward is as if nobody watched."""
        if sampled == self._sampled:
            return
        self._sampled = sampled
        if not sampled:
            for hook in self._sample_hooks:
                hook.remove()
            self._sample_hooks = []
            self._clipping.detach()
            return
        self._clipping.attach()
        if is_compiled(self._model):
            self._say_once("the model is compiled: attention, activations and output logits are not measured")
            return
        # Hooks of torch, not of the modules: what is copied or saved of the model has nothing of ours in it. Always, so
        # that the reader is taken away also when the forward fails.
        self._sample_hooks = [
            register_module_forward_pre_hook(self._enter),
            register_module_forward_hook(self._leave, always_call=True),
        ]

    # The model

    @_never_raises
    def _enter(self, module: nn.Module, _: Any) -> None:
        if id(module) in self._layer and _measurable(module):
            reader = AttentionReader(lambda read: self._look("attention", read))
            reader.__enter__()
            self._readers[id(module)] = reader

    @_never_raises
    def _leave(self, module: nn.Module, _: Any, output: Any) -> None:
        reader = self._readers.pop(id(module), None)
        if reader is not None:
            reader.__exit__(None, None, None)
            self._see_block(self._layer[id(module)], reader, output)
        elif module is self._output and _measurable(module):
            self._see_output(output)

    def _see_block(self, layer: int, reader: AttentionReader, output: Any) -> None:
        attention = self._look("attention", reader.result)
        if attention is not None:
            self._attention[layer] = attention
        hidden = first_tensor(output)
        if hidden is not None:
            rms = self._look("activations", lambda: tokens(hidden).square().mean().sqrt())
            if rms is not None:
                self._activation[layer] = rms

    def _see_output(self, output: Any) -> None:
        logits = first_tensor(output if self._output is not self._model else getattr(output, "logits", None))
        if logits is not None:
            self._logits = self._look("output logits", lambda: _of_output(tokens(logits)))

    # The optimizer

    @_never_raises
    def _before_clipping(self, parameters: list[Tensor]) -> None:
        clipped = set(map(id, parameters))
        # Clipping of a part, or of another model, leaves the norm of the whole to be measured at the step.
        if all(p.grad is None or id(p) in clipped for p in self._model.parameters()):
            self._gradients = self._look("gradients", lambda: gradients(self._layers()))
            self._clipped = True

    @_never_raises
    def _before_step(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        if not self._sampled or not self._mine(optimizer):
            return
        # With a closure, as in Lightning, the gradients are made inside of the step.
        if not _closure(args, kwargs):
            self._measure_gradients(optimizer)
        self._update = self._look("updates", lambda: Update(self._trained(optimizer)))

    @_never_raises
    def _after_step(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        if not self._mine(optimizer):
            return
        if self._sampled:
            if _closure(args, kwargs):
                self._measure_gradients(optimizer)
            self._look("logging", lambda: self._log(optimizer))
        self.step = self._step + 1

    def _mine(self, optimizer: torch.optim.Optimizer) -> bool:
        if self._optimizer is None:
            ours = set(map(id, self._model.parameters()))
            if any(id(p) in ours for group in optimizer.param_groups for p in group["params"]):
                self._optimizer = optimizer
        return optimizer is self._optimizer

    def _measure_gradients(self, optimizer: torch.optim.Optimizer) -> None:
        if not self._clipped:
            # Where a fused optimizer unscales by itself, GradScaler hands it the scale.
            scale = getattr(optimizer, "grad_scale", None)
            self._gradients = self._look("gradients", lambda: gradients(self._layers(), scale))

    def _layers(self) -> list[list[nn.Parameter]]:
        """The parameters of each layer, and last those that belong to none."""
        left = {id(p): p for p in self._model.parameters()}
        layers = [[p for p in block.parameters() if left.pop(id(p), None) is not None] for block in self._blocks]
        return [*layers, list(left.values())]

    def _trained(self, optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
        return [p for group in optimizer.param_groups for p in group["params"] if p.numel()]

    # What was found

    def _log(self, optimizer: torch.optim.Optimizer) -> None:
        places = range(len(self._blocks))
        metrics: dict[str, Any] = {}
        if self._attention:
            found = [self._attention.get(layer) for layer in places]
            metrics["attention_logit_max"] = by_layer([a and a.logit_max for a in found], torch.amax)
            metrics["attention_entropy"] = by_layer([a and a.entropy for a in found], torch.mean)
        if self._activation:
            metrics["activation_rms"] = by_layer([self._activation.get(layer) for layer in places])
        if self._logits is not None:
            metrics["log_z"], metrics["output_logit_max"] = self._logits
        if self._gradients is not None:
            metrics["grad_norm"] = self._gradients.norm
            metrics["grad_norm/layer"] = by_layer(self._gradients.layer_norm)
            metrics["grad_rms/layer"] = by_layer(self._gradients.layer_rms)
        if self._update is not None:
            update = self._update
            metrics["param_norm"] = weights = self._look("updates", lambda: norm(self._trained(optimizer)))
            metrics["update_ratio"] = self._look("updates", lambda: update.ratio(weights))
        group = optimizer.param_groups[0]
        if "betas" in group and isinstance(group.get("eps"), float):
            metrics["adam_eps"] = group["eps"]
        self._say_what_is_missing()
        run = self._run or foreshock.current()
        if run is None:
            self._say_once("there is no run: what is measured goes nowhere before foreshock.init()")
        else:
            run.log_beside(metrics, self._step)

    def _say_what_is_missing(self) -> None:
        if self._blocks and self._sample_hooks and not self._activation and "activations" not in self._off:
            self._say_once("no forward of the layers in training mode was seen before the optimizer's step")
        elif self._activation and not self._attention and "attention" not in self._off:
            self._say_once("no attention was seen; show it by foreshock.torch.observe_attention(q, k)")

    # Trouble

    def _look(self, measure: str, function: Callable[[], T]) -> T | None:
        """Calls it without a graph; one that fails is told and not measured again."""
        if measure in self._off:
            return None
        try:
            with torch.no_grad():
                return function()
        except Exception as e:
            self._off.add(measure)
            LOG.warning("watch: %s not measured any more: %s: %.300s", measure, type(e).__name__, e)
            return None

    def _say_once(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            LOG.warning("watch: %s", message)

    def _give_up(self, error: Exception) -> None:
        LOG.warning("watch: stopped: %s: %.300s", type(error).__name__, error)
        self.close()


def _measurable(module: nn.Module) -> bool:
    """Whether this forward is one of training: not of evaluation or generation, nor what a CUDA graph records."""
    recording = torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing()
    return module.training and torch.is_grad_enabled() and not recording


def _of_output(logits: Tensor) -> tuple[Tensor, Tensor]:
    """:param logits: [tokens, vocabulary]"""
    return logits.logsumexp(-1).mean(), logits.amax()


def _closure(args: Any, kwargs: Any) -> Any:
    """The closure that the optimizer was given, if any: ``step(closure)``."""
    return kwargs.get("closure") or (args[1] if len(args) > 1 else None)


def _rank() -> int:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank()
    return environment.rank()
