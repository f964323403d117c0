"""Time and memory of the whole language model, beside transformers' Llama on the same weights.

`python -m benchmarks.language_model` measures in one process, so that both have the same machine.
"""

import resource
import time
from collections.abc import Callable

import torch

from benchmarks.page import record

LENGTH, NEW, ROUNDS = 256, 32, 3


def seconds(call: Callable[[], object]) -> float:
    """Return the time of the fastest of a few calls."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def peak() -> float:
    """Return the most memory that this process has held, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Measure, print and keep."""
    from src.smollm2 import load_language_model

    start = time.perf_counter()
    model = load_language_model()
    load = time.perf_counter() - start
    ids = model.token_ids("The cat sat on the mat, and the dog lay beside it. " * 30)[:, :LENGTH]
    prompt = "Once upon a time"
    writing = seconds(lambda: model.generate(prompt, NEW))
    ours = {
        "Code": "`src.language_model`",
        "Load, s": f"{load:.1f}",
        f"{LENGTH} tokens, s": f"{seconds(lambda: model(ids)):.2f}",
        "Tokens a second, with a cache": f"{NEW / writing:.1f}",
        "Most memory, GB": f"{peak():.2f}",
    }

    from tests.src.test_language_model import llama

    other, start_ids = llama(), model.token_ids(prompt)
    options = {"do_sample": False, "max_new_tokens": NEW, "min_new_tokens": NEW, "pad_token_id": 0}
    with torch.no_grad():
        writing = seconds(lambda: other.generate(start_ids, **options))
        theirs = {
            "Code": "`transformers`' Llama",
            "Load, s": "",
            f"{LENGTH} tokens, s": f"{seconds(lambda: other(ids)):.2f}",
            "Tokens a second, with a cache": f"{NEW / writing:.1f}",
            "Most memory, GB": "",
        }
    for row in (ours, theirs):
        print("  ".join(f"{key}: {value}" for key, value in row.items()))
    record("language_model", [ours, theirs], ["torch", "transformers"])


if __name__ == "__main__":
    main()
