"""Train the T5 bias that the figure of biases shows: `python -m experiments.t5_bias`.

Why: the course ships no T5 model, and an untrained bias shows nothing. This is the position lab's
decoder on the King James Bible with twelve heads, as many as MiniLM has. It takes a minute.
Makes: book/figures/biases/t5_bias.csv, a row per head and a column per bucket. The digits differ a
little from one machine or version of torch to the next.
"""

import torch

from book.figures.biases.biases import HEADS, T5_BIAS
from src.position_lab import Lab, measure, train_scheme

LAB = Lab("text", steps=1000, lr=3e-3, model={"num_heads": HEADS, "dim": 8 * HEADS})


def main() -> None:
    """Train, write the file and print the loss on held-out text."""
    torch.set_num_threads(1)
    model = train_scheme(LAB, "t5", seed=0)
    with T5_BIAS.open("w", encoding="utf-8", newline="\n") as file:
        print("# Made by experiments/t5_bias.py. A row per head, a column per bucket.", file=file)
        print(f"# torch {torch.__version__}", file=file)
        print(f"# {LAB}, max_distance={LAB.length}", file=file)
        for head in model.t5_bias.weight.T.tolist():
            print(*(f"{value:.4f}" for value in head), sep=",", file=file)
    print(f"held-out loss: {measure(model, LAB, 1):.2f} {LAB.unit}")


if __name__ == "__main__":
    main()
