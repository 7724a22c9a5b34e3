"""Which part of what a module puts out is looked at, so that a look costs little whatever the batch and the model."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

# Numbers that one look may compute with at once: 64 MiB in float32.
MAX_NUMBERS = 1 << 24
MAX_TOKENS = 1024


def rows(tensor: Tensor, at_most: int) -> Tensor:
    """At most so many rows of the first dimension, spread evenly, the first and the last among them."""
    count = tensor.shape[0]
    if count <= at_most:
        return tensor
    return tensor[torch.linspace(0, count - 1, at_most, device=tensor.device, dtype=torch.float64).round().long()]


def tokens(tensor: Tensor) -> Tensor:
    """Of [..., channels] at most 1,024 positions, and at most 16 M numbers, as float32 [tokens, channels]."""
    flat = tensor.detach().flatten(0, -2)
    return rows(flat, min(MAX_TOKENS, max(1, MAX_NUMBERS // flat.shape[-1]))).float()


def first_tensor(output: Any) -> Tensor | None:
    """Of what a module returned the first floating-point tensor of [..., tokens, channels], or None."""
    if isinstance(output, Tensor):
        return output if output.dim() > 1 and output.is_floating_point() else None
    if isinstance(output, dict):
        output = output.values()
    elif not isinstance(output, (tuple, list)):
        return None
    return next((tensor for tensor in map(first_tensor, output) if tensor is not None), None)
