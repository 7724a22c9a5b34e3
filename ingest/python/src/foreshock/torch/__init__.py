"""What happens inside a PyTorch model while it trains: attention, activations, gradients, updates."""

from .attention import observe_attention
from .hooks import Watch, watch

__all__ = ["Watch", "observe_attention", "watch"]
