"""A look at the gradients right before they are clipped, which is when their norm says how the training is."""

from __future__ import annotations

from typing import Any, Callable

from torch import Tensor, nn


class ClippingWatch:
    """
    Between :meth:`attach` and :meth:`detach` calls ``before`` with the parameters, before
    ``torch.nn.utils.clip_grad_norm_`` and ``clip_grad_value_`` clip them. Called under a name of one's own (``from
    torch.nn.utils import clip_grad_norm_``) they are not seen.

    :param before: must not raise
    """

    _NAMES = ("clip_grad_norm_", "clip_grad_value_")

    def __init__(self, before: Callable[[list[Tensor]], None]) -> None:
        self._before = before
        self._ours: dict[str, tuple[Any, Any]] = {}

    def attach(self) -> None:
        for name in self._NAMES:
            original = getattr(nn.utils, name)
            watched = self._watched(original)
            self._ours[name] = (watched, original)
            setattr(nn.utils, name, watched)

    def detach(self) -> None:
        for name, (watched, original) in self._ours.items():
            # Somebody else may have put a function of theirs around ours; ours then goes on by doing nothing but the
            # clipping.
            if getattr(nn.utils, name) is watched:
                setattr(nn.utils, name, original)
        self._ours = {}

    def _watched(self, original: Any) -> Any:
        def clip(parameters: Any, *args: Any, **kwargs: Any) -> Any:
            # An iterator can be read once only.
            parameters = [parameters] if isinstance(parameters, Tensor) else list(parameters)
            if self._ours:
                self._before(parameters)
            return original(parameters, *args, **kwargs)

        return clip
