"""Compare the position code of `src` with the libraries people use: `make bench`.

Every scheme is computed at B=4, H=8, T=1024, D=64 in float32 by `src` and by its peers. Outputs are
compared first, then all candidates of a scheme run in turns. Printed are the median times and how
many times as long each peer takes: medians of three processes, at one thread and at two. What a
library computes once per model (an angle table, a bias) is made before the clock starts where the
library itself does so; `src` has no such cache and computes everything within the clock.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks.page import record

B, H, T, D = 4, 8, 1024, 64
SINUSOIDAL = 1024, 512  # positions and width of the model, not of a head
Candidates = dict[str, Callable]


def rotary(layout: str) -> Candidates:
    """Queries and keys turned, in one of the two layouts."""
    import torch
    from rotary_embedding_torch import RotaryEmbedding
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import (
        LlamaRotaryEmbedding,
        apply_rotary_pos_emb,
    )
    from x_transformers import x_transformers as x

    from src.positional_embeddings import apply_rotary

    torch.manual_seed(0)
    q, k = torch.randn(2, B, H, T, D)
    positions = torch.arange(T)

    def ours() -> tuple:
        return apply_rotary(q, positions, layout=layout), apply_rotary(k, positions, layout=layout)

    if layout == "half":
        config = LlamaConfig(
            hidden_size=H * D, num_attention_heads=H, rope_parameters={"rope_theta": 10000.0}
        )
        config.rope_parameters["rope_type"] = "default"
        cos, sin = LlamaRotaryEmbedding(config)(q, positions.unsqueeze(0))
        return {"src": ours, "transformers": lambda: apply_rotary_pos_emb(q, k, cos, sin)}

    peer = RotaryEmbedding(dim=D)
    angles, scale = x.RotaryEmbedding(D).forward_from_seq_len(T)

    def lucidrains() -> tuple:
        return peer.rotate_queries_or_keys(q), peer.rotate_queries_or_keys(k)

    def x_transformers() -> tuple:
        return x.apply_rotary_pos_emb(q, angles, scale), x.apply_rotary_pos_emb(k, angles, scale)

    return {"src": ours, "rotary-embedding-torch": lucidrains, "x-transformers": x_transformers}


def t5() -> Candidates:
    """The bias of a bidirectional encoder, (H, T, T)."""
    import torch
    from transformers import T5Config
    from transformers.models.t5.modeling_t5 import T5Attention
    from x_transformers.x_transformers import RelativePositionBias

    from src.positional_embeddings import T5RelativeBias

    torch.manual_seed(0)
    ours = T5RelativeBias(H).requires_grad_(False)
    config = T5Config(num_heads=H, d_model=H * D, d_kv=D)
    theirs = T5Attention(config, has_relative_attention_bias=True).requires_grad_(False)
    other = RelativePositionBias(scale=1.0, causal=False, heads=H).requires_grad_(False)
    theirs.relative_attention_bias.weight.copy_(ours.weight)
    other.relative_attention_bias.weight.copy_(ours.weight)
    return {
        "src": lambda: ours(T, T),
        "transformers": lambda: theirs.compute_bias(T, T)[0],
        "x-transformers": lambda: other(T, T),
    }


def alibi() -> Candidates:
    """The bias under a causal mask, up to what the softmax cancels."""
    import torch
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor
    from x_transformers.x_transformers import AlibiPositionalBias

    from src.positional_embeddings import alibi_key_row

    mask = torch.ones(1, T)

    def x_transformers() -> torch.Tensor:
        return AlibiPositionalBias(heads=H, total_heads=H)(T, T)  # it keeps the bias it made

    return {
        "src": lambda: alibi_key_row(H, T),
        "transformers": lambda: build_alibi_tensor(mask, H, torch.float32),
        "x-transformers": x_transformers,
    }


def sinusoidal() -> Candidates:
    """The table of 1024 positions of width 512, with the spacing of Whisper's code.

    Once more by the layer, which turns blocks of 32 positions: that must pay for being harder to
    read than the formula.
    """
    from transformers.models.whisper.modeling_whisper import sinusoids

    from src.positional_embeddings import SinusoidalEncoding, sinusoidal_table

    T, D = SINUSOIDAL
    base = 10000 ** (D // 2 / (D // 2 - 1))
    layer = SinusoidalEncoding(D, base=base)
    return {
        "src": lambda: sinusoidal_table(T, D, base=base),
        "src, by blocks": lambda: layer(T)[0],
        "transformers": lambda: sinusoids(T, D),
    }


SCHEMES = {
    "rotary, interleaved": lambda: rotary("interleaved"),
    "rotary, half": lambda: rotary("half"),
    "T5 bias": t5,
    "ALiBi, causal": alibi,
    "sinusoidal table": sinusoidal,
}


def check_equal(scheme: str, results: dict) -> None:
    """Stop unless all candidates computed the same."""
    import torch

    ours = results.pop("src")
    for name, theirs in results.items():
        if scheme == "ALiBi, causal":  # compare the weights, where the constants have cancelled
            future = torch.ones(T, T).triu(1).bool()
            a, b = (
                (x.expand(H, T, T).masked_fill(future, -torch.inf)).softmax(-1)
                for x in (ours, theirs)
            )
        elif scheme == "sinusoidal table":  # sines before cosines
            both = (torch.cat((x[:, 0::2], x[:, 1::2]), dim=1) for x in (ours, theirs))
            a, b = both if name.startswith("src") else (next(both), theirs)
        else:
            a, b = (torch.stack(x) if isinstance(x, tuple) else x for x in (ours, theirs))
        torch.testing.assert_close(
            a, b.reshape(a.shape), atol=3e-4, rtol=1e-4, msg=f"{scheme}: {name} differs"
        )


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of every candidate of every scheme, run in turns."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    medians = {}
    with torch.no_grad():
        for scheme, make in SCHEMES.items():
            candidates = make()
            check_equal(scheme, {name: run() for name, run in candidates.items()})
            repeats = 100 if scheme == "ALiBi, causal" else 1  # some microseconds are too few
            times = {name: [] for name in candidates}
            for _ in range(rounds):
                for name, run in candidates.items():
                    start = time.perf_counter()
                    for _ in range(repeats):
                        run()
                    times[name].append((time.perf_counter() - start) / repeats)
            medians[scheme] = {
                name: 1e3 * statistics.median(values) for name, values in times.items()
            }
    return medians


def main() -> None:
    """Run the processes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--once", action="store_true", help="measure in this process, print JSON")
    arguments = parser.parse_args()
    if arguments.once:
        print(json.dumps(measure(arguments.rounds)))
        return
    rows = []
    for threads in ("1", "2"):
        # Memory given back and taken again costs page faults, which hit candidates unequally.
        environment = os.environ | {
            "OMP_NUM_THREADS": threads,
            "MALLOC_TRIM_THRESHOLD_": "2000000000",
            "MALLOC_MMAP_THRESHOLD_": "2000000000",
        }
        command = [sys.executable, "-m", "benchmarks.positions", "--once"]
        command += ["--rounds", str(arguments.rounds)]
        runs = [
            json.loads(
                subprocess.run(
                    command, env=environment, check=True, capture_output=True, text=True
                ).stdout.splitlines()[-1]
            )
            for _ in range(3)
        ]
        print(f"\n{threads} thread{'s' if threads == '2' else ''}")
        for scheme in SCHEMES:
            names = runs[0][scheme]
            ms = {name: statistics.median(run[scheme][name] for run in runs) for name in names}
            ratio = {
                name: statistics.median(run[scheme][name] / run[scheme]["src"] for run in runs)
                for name in names
            }
            rows += [
                {
                    "Scheme": scheme,
                    "Threads": int(threads),
                    "Library": name,
                    "`src`, ms": f"{ms['src']:.3f}",
                    "Library, ms": f"{ms[name]:.3f}",
                    "Times as long": f"{ratio[name]:.1f}",
                }
                for name in ms
                if name != "src"
            ]
            rest = (f"{name} {ms[name]:.3f} (x{ratio[name]:.1f})" for name in ms if name != "src")
            print(f"{scheme:20} src {ms['src']:.3f} ms   " + "   ".join(rest), flush=True)
    record("positions", rows, ["torch", "transformers", "rotary-embedding-torch", "x-transformers"])


if __name__ == "__main__":
    main()
