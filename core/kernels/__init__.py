"""What computes a recurrence and its gradients on a CPU: fused kernels in C++, or plain torch.

`library.py` finds the compiled part and picks the instruction set; `compiled.py` calls it for a
layer, `unfused.py` does the same in torch's own operations, and `layer.py` picks one of them.
"""

from core.kernels.dropping import Dropout, dropout
from core.kernels.layer import Cell, run_layer, serves
from core.kernels.packing import fixed_weights

__all__ = ["Cell", "Dropout", "dropout", "fixed_weights", "run_layer", "serves"]
