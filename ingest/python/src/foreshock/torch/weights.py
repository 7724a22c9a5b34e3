"""Gradients and updates of the weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

# Elements of a parameter whose change stands for the whole of it.
MAX_ELEMENTS = 4096


class Gradients(NamedTuple):
    """norm: [], of all parameters. layer_norm, layer_rms: a number a layer, None for one without gradients."""

    norm: Tensor
    layer_norm: list[Tensor | None]
    layer_rms: list[Tensor | None]


def gradients(layers: Sequence[Sequence[nn.Parameter]], scale: Tensor | None = None) -> Gradients | None:
    """
    L2 norms, and root mean squares of one entry. None if there is no gradient at all.

    :param layers: the parameters of each layer, and last those that belong to none
    :param scale: by which the loss was multiplied; None is 1
    """
    grads = [[p.grad for p in layer if p.grad is not None] for layer in layers]
    if not any(grads):
        return None
    squares = _norms([grad for layer in grads for grad in layer]).square()
    if scale is not None:
        squares = squares / scale.to(squares.device) ** 2
    sums = [part.sum() if layer else None for layer, part in zip(grads, squares.split([len(layer) for layer in grads]))]
    return Gradients(
        squares.sum().sqrt(),
        [None if total is None else total.sqrt() for total in sums[:-1]],
        [
            None if total is None else (total / sum(grad.numel() for grad in layer)).sqrt()
            for total, layer in zip(sums[:-1], grads)
        ],
    )


def norm(tensors: Sequence[Tensor]) -> Tensor:
    """The L2 norm of all of them together, []."""
    return _norms(tensors).norm()


def _norms(tensors: Sequence[Tensor], factors: Sequence[float] | None = None) -> Tensor:
    """The L2 norm of each, [tensors], times its factor; on the device of the first, in few kernels."""
    parts = torch._foreach_norm([tensor.detach() for tensor in tensors], 2, dtype=torch.float32)
    if factors is not None:
        parts = torch._foreach_mul(parts, factors)
    return torch.stack([part.to(parts[0].device) for part in parts])


class Update:
    """
    The norm of one step's change of the weights, weight decay included. Built before the step.

    Of each parameter at most 4,096 elements are remembered, spread evenly; their change stands for that of the others,
    which makes a parameter of a million weights good to about 1 %. It holds for any optimizer, and for weights in low
    precision it is what arrived in them.
    """

    def __init__(self, parameters: list[nn.Parameter]) -> None:
        self._parameters = parameters
        self._before = [_elements(p).clone() for p in parameters]

    def ratio(self, weights: Tensor) -> Tensor:
        """:param weights: their norm"""
        changes = torch._foreach_sub([_elements(p) for p in self._parameters], self._before)
        stands_for = [math.sqrt(p.numel() / change.numel()) for p, change in zip(self._parameters, changes)]
        return _norms(changes, stands_for).norm() / weights


def _elements(parameter: Tensor) -> Tensor:
    flat = parameter.detach().reshape(-1)
    # An odd stride meets all columns of the usual shapes, where one of a power of two would meet a few again and again.
    return flat[:: -(-flat.numel() // MAX_ELEMENTS) | 1]
