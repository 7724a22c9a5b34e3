"""Gradients and updates of the weights."""

from __future__ import annotations

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
    squares = [norm(layer).square() if layer else None for layer in grads]
    if scale is not None:
        squares = [square if square is None else square / scale.to(square.device) ** 2 for square in squares]
    device = next(square for square in squares if square is not None).device
    whole = torch.stack([square.to(device) for square in squares if square is not None]).sum().sqrt()
    return Gradients(
        whole,
        [None if square is None else square.sqrt().to(device) for square in squares[:-1]],
        [
            None if square is None else (square / sum(g.numel() for g in layer)).sqrt().to(device)
            for square, layer in zip(squares[:-1], grads)
        ],
    )


def norm(tensors: list[Tensor]) -> Tensor:
    """The L2 norm of all of them together, []."""
    parts = torch._foreach_norm([tensor.detach() for tensor in tensors], 2, dtype=torch.float32)
    return torch.stack([part.to(parts[0].device) for part in parts]).norm()


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
        squares = []
        for parameter, before in zip(self._parameters, self._before):
            change = _elements(parameter).float() - before.float()
            squares.append(change.square().mean().to(weights.device) * parameter.numel())
        return torch.stack(squares).sum().sqrt() / weights


def _elements(parameter: Tensor) -> Tensor:
    flat = parameter.detach().reshape(-1)
    # An odd stride meets all columns of the usual shapes, where one of a power of two would meet a few again and again.
    return flat[:: -(-flat.numel() // MAX_ELEMENTS) | 1]
