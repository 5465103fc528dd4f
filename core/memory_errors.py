"""Which errors mean that memory ran out, whoever raised them; imports no torch."""

MESSAGES = ("allocate memory", "not enough memory", "bad_alloc", "out of memory")
"""What torch and the C++ library say where they raise a plain RuntimeError."""


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error means that memory ran out, on the CPU or on a GPU."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(part in str(error) for part in MESSAGES)
