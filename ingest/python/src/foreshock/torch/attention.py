"""
Attention logits and entropy, read from the model's own calls.

A look takes the first sequence of the batch and at most 64 of its queries, spread evenly, with all of their keys and
heads.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from .sample import MAX_NUMBERS, rows

MAX_QUERIES = 64

# Masks in the wild are -inf or the lowest number of some type; no logit of a training that runs comes near.
_MASKED = -1e30

_SOFTMAX = (F.softmax, torch.softmax, torch.Tensor.softmax)

# Of each thread the readers of the blocks whose forward is running, the innermost last.
_running = threading.local()


class Attention(NamedTuple):
    """
    logit_max: [heads], the largest logit that is not masked: q·k times the scale, plus a bias if there is one.
    entropy: [heads], in nats, the mean over the queries that may look at anything.
    """

    logit_max: Tensor
    entropy: Tensor


def of_logits(logits: Tensor) -> Attention:
    """:param logits: [heads, queries, keys], as softmax takes them; masked ones are -inf or below -1e30"""
    logits = logits.float()
    largest = logits.amax(-1)
    # So written that a NaN counts as seen: it is evidence.
    seen = ~(largest <= _MASKED)
    entropy = torch.special.entr(logits.softmax(-1)).sum(-1)
    return Attention(largest.amax(-1), torch.where(seen, entropy, 0.0).sum(-1) / seen.sum(-1))


def of_queries(
    q: Tensor, k: Tensor, mask: Tensor | None = None, is_causal: bool = False, scale: float | None = None
) -> Attention:
    """
    What ``scaled_dot_product_attention`` computes inside, with the same meaning of its arguments.

    :param q: [batch, heads, queries, channels], or without heads, or without batch and heads
    :param k: [batch, heads, keys, channels] alike; heads may be fewer, each then serving as many of the queries' heads
    :param mask: broadcast to [batch, heads, queries, keys]; bool, where False is masked, or added to the logits
    """
    shape = q.shape
    q, k = _first(q), _first(k)
    heads, queries, channels = q.shape
    keys = k.shape[1]
    at = rows(torch.arange(queries, device=q.device), _queries(heads, keys))
    k = k.repeat_interleave(heads // k.shape[0], 0)
    with torch.autocast(q.device.type, enabled=False):
        logits = q[:, at].float() @ k.float().transpose(-1, -2)
    logits = logits * (1 / math.sqrt(channels) if scale is None else scale)
    if is_causal:
        logits = logits.masked_fill(torch.arange(keys, device=q.device) > at[:, None], -math.inf)
    if mask is not None:
        mask = _first(mask.expand(*shape[:-1], keys))[:, at]
        logits = logits.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else logits + mask
    return of_logits(logits)


def _first(tensor: Tensor) -> Tensor:
    """Of [batch, heads, ...] what belongs to the first sequence; where dimensions are missing there is one of them."""
    tensor = tensor.detach()
    while tensor.dim() < 4:
        tensor = tensor.unsqueeze(-3)
    while tensor.dim() > 3:
        tensor = tensor[0]
    return tensor


def _queries(heads: int, keys: int) -> int:
    return min(MAX_QUERIES, max(1, MAX_NUMBERS // (heads * keys)))


class AttentionReader(TorchFunctionMode):
    """
    Reads the attention that this thread computes while it is entered, around the forward of one block. It sees
    ``scaled_dot_product_attention``, ``nn.MultiheadAttention`` and any softmax over [batch, heads, queries, keys]; what
    a kernel of one's own computes it is told of by :func:`observe_attention`. It changes no result.

    :param look: calls a function without a graph, and sees to its failures; returns what it returns, or None
    """

    def __init__(self, look: Callable[[Callable[[], Attention]], Attention | None]) -> None:
        super().__init__()
        self._look = look
        self._found: list[Attention] = []

    def __enter__(self) -> AttentionReader:
        super().__enter__()
        _stack().append(self)
        return self

    def __exit__(self, *exception: Any) -> None:
        _stack().remove(self)
        super().__exit__(*exception)

    def result(self) -> Attention | None:
        """
        The block's attention, None if none was seen. Of several, as in a decoder with cross-attention, the largest
        logit and the mean entropy of each head.
        """
        alike = [a for a in self._found if a.entropy.shape == self._found[0].entropy.shape]
        if len(alike) < 2:
            return alike[0] if alike else None
        return Attention(
            torch.stack([a.logit_max for a in alike]).amax(0), torch.stack([a.entropy for a in alike]).mean(0)
        )

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is F.multi_head_attention_forward:
            with self._inside_multi_head(heads=args[4]):
                return func(*args, **kwargs)
        if func is F.scaled_dot_product_attention:
            self._read(lambda: _of_call(*args, **kwargs))
        elif func in _SOFTMAX:
            self._softmax(*args, **kwargs)
        return func(*args, **kwargs)

    @contextmanager
    def _inside_multi_head(self, heads: int) -> Iterator[None]:
        """What a function that was intercepted calls itself is not intercepted any more: here by other means."""
        attention, softmax = F.scaled_dot_product_attention, F.softmax

        def read_attention(*args: Any, **kwargs: Any) -> Tensor:
            self._read(lambda: _of_call(*args, **kwargs))
            return attention(*args, **kwargs)

        def read_softmax(logits: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            self._read(lambda: _of_softmax(logits.unflatten(0, (-1, heads))))
            return softmax(logits, *args, **kwargs)

        F.scaled_dot_product_attention, F.softmax = read_attention, read_softmax
        try:
            yield
        finally:
            F.scaled_dot_product_attention, F.softmax = attention, softmax

    def _softmax(self, logits: Any, dim: Any = None, *_: Any, **__: Any) -> None:
        # Three dimensions may as well be the router of a mixture of experts.
        if getattr(logits, "ndim", 0) == 4 and dim in (-1, 3):
            self._read(lambda: _of_softmax(logits))

    def _read(self, read: Callable[[], Attention]) -> None:
        found = self._look(read)
        if found is not None:
            self._found.append(found)


def _of_call(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Attention:
    return of_queries(query, key, attn_mask, is_causal, scale)


def _of_softmax(logits: Tensor) -> Attention:
    _, heads, _, keys = logits.shape
    by_query = logits.detach()[0].transpose(0, 1)
    return of_logits(rows(by_query, _queries(heads, keys)).transpose(0, 1))


def observe_attention(
    q: Tensor, k: Tensor, *, mask: Tensor | None = None, is_causal: bool = False, scale: float | None = None
) -> None:
    """
    Shows :func:`foreshock.watch` an attention that it cannot see: of the flash-attn package, FlexAttention, a kernel of
    one's own. To be called in the forward of the block, beside the kernel; costs nothing on steps that are not sampled.
    The arguments are those of ``torch.nn.functional.scaled_dot_product_attention``.

    :param q: [batch, heads, queries, channels] (flash-attn has queries before heads: transpose)
    :param k: [batch, heads, keys, channels]; heads may be fewer
    :param mask: bool, where False is masked, or added to the logits
    :param scale: of the logits; 1/sqrt(channels) by default
    """
    if torch.compiler.is_compiling():
        return
    running = _stack()
    if running:
        running[-1]._read(lambda: of_queries(q, k, mask, is_causal, scale))


def _stack() -> list[AttentionReader]:
    try:
        return _running.readers
    except AttributeError:
        _running.readers = []
        return _running.readers
