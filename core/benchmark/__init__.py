"""How fast training is on this machine, beside a plain PyTorch loop that takes turns with it.

`plain_loop.py` is that loop, `rival.py` runs each rival in a process of its own, `interleaved.py`
takes the turns, and `comparison.py` puts the figures of a configuration together.
"""
