"""Which parts of a model are its layers, and which makes its output logits; numbers by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn


def find_blocks(model: nn.Module) -> list[nn.Module]:
    """
    The repeated block, from input to output: the longest ``ModuleList`` or ``Sequential`` of two or more modules of one
    class. Lists inside of such a list, as the experts of each layer, do not count. Empty if there is none.
    """
    return max(_repeated(model), key=len, default=[])


def _repeated(module: nn.Module) -> Iterator[list[nn.Module]]:
    children = list(module.children())
    if isinstance(module, (nn.ModuleList, nn.Sequential)) and len(children) > 1 and len(set(map(type, children))) == 1:
        yield children
    else:
        for child in children:
            yield from _repeated(child)


def find_head(model: nn.Module) -> nn.Module | None:
    """The linear layer that makes the output logits: the last as wide as an embedding has tokens; or None."""
    vocabularies = {module.num_embeddings for module in model.modules() if isinstance(module, nn.Embedding)}
    head = None
    for module in model.modules():
        if isinstance(module, nn.Linear) and module.out_features in vocabularies:
            head = module
    return head


def is_compiled(model: nn.Module) -> bool:
    """Whether ``torch.compile`` has this model or a part of it."""
    return any(
        type(module).__name__ == "OptimizedModule" or getattr(module, "_compiled_call_impl", None) is not None
        for module in model.modules()
    )


def is_sharded(model: nn.Module) -> bool:
    """Whether each rank has a part of the weights only (FSDP, tensor parallelism, ZeRO 3)."""
    return any(type(module).__name__ == "FullyShardedDataParallel" for module in model.modules()) or any(
        type(weight).__name__ == "DTensor" or hasattr(weight, "ds_id") for weight in model.parameters()
    )


def by_layer(values: list[Tensor | None], reduce: Callable[[Tensor], Tensor] | None = None) -> Any:
    """
    A tensor [layers] or [layers, heads]; a list where layers have nothing, each None keeping a place.

    :param reduce: makes one number of a layer's heads where not all layers have as many
    """
    found = [value for value in values if value is not None]
    if not found:
        return None
    if reduce is not None and len({value.shape for value in found}) > 1:
        return by_layer([None if value is None else reduce(value) for value in values])
    if len(found) == len(values):
        return torch.stack([value.to(found[0].device) for value in found])
    empty = [None] * len(found[0]) if found[0].dim() else None
    return [empty if value is None else value for value in values]
