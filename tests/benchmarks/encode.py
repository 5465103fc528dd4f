"""How fast a text becomes tokens, and what that takes in memory.

python tests/benchmarks/encode.py [--megabytes 100]
"""

import argparse
import time
import tracemalloc

import subject  # noqa: F401 - says what is measured

from core.text import CharacterVocabulary
from core.text.corpora import BUILTIN_CORPORA


def main() -> None:
    """Encode a built-in corpus, repeated, and print speed and peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    megabytes = parser.parse_args().megabytes
    once = BUILTIN_CORPORA["python-reference"].text()
    text = once * -(-megabytes * 10**6 // len(once.encode()))
    size = len(text.encode())
    vocabulary = CharacterVocabulary()
    vocabulary.build_vocabulary([once])
    start = time.process_time()
    vocabulary.text_to_indices(text)
    seconds = time.process_time() - start
    tracemalloc.start()
    tokens = len(vocabulary.text_to_indices(text))
    peak = tracemalloc.get_traced_memory()[1]
    print(
        f"{size / 1e6:.0f} MB: {size / 1e6 / seconds:.0f} MB/s, {peak / tokens:.2f} bytes a token"
    )


if __name__ == "__main__":
    main()
