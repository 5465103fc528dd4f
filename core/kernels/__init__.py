"""What computes a recurrence and its gradients on a CPU: fused kernels in C++, or plain torch.

`library.py` finds the compiled part and picks the instruction set, without torch; `compiled.py`
calls it for a layer, `unfused.py` does the same in torch's own operations, and `layer.py` picks one
of them. `native/` is the C++.
"""
