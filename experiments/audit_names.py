"""Count the names of position code in libraries: `python -m experiments.audit_names`.

Why: to see whether classes say "encoding" or "embedding", against what they are, fixed or learned.
Source: the released wheels listed in LIBRARIES, read as text and never imported. A version that is
installed is read where it stands; any other is downloaded with pip, without what it depends on.
Makes: src/data/names_in_code.csv.

Which classes count: those whose name is about position and ends as the name of a technique does
(see `is_technique`). Generated copies beside their source (`modular_*.py`) and tests are left out.

How a class is judged: by its own code and by the classes of the same library that it extends. It is
learned if it makes parameters (an embedding layer, a convolution, `Parameter`, `add_weight`), fixed
if it computes sines, cosines or slopes or calls something named after them, both if it does both,
unclear if neither. A subclass of an embedding layer that fills it with sines is fixed. BY_HAND has
what these rules cannot see, each with the reason. `--list` prints every class.

A plain table is often no class but an attribute of another one. Attributes with a name about
positions are counted too: learned if made as an embedding layer or a parameter, fixed if a buffer.
"""

import argparse
import ast
import csv
import io
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from experiments.data_files import write_data
from src.names import EMBEDDING, ENCODING, POSITION, is_about_position, noun_of, words_of

LIBRARIES = {
    "adapters": "1.3.0",
    "curated-transformers": "2.0.1",
    "darts": "0.48.1",
    "diffusers": "0.42.1",
    "esm": "3.2.1.post1",
    "espnet": "202511",
    "equinox": "0.13.8",
    "flax": "0.12.8",
    "gensim": "4.4.0",
    "keras": "3.15.1",
    "keras-hub": "0.32.0",
    "labml-nn": "0.5.1",
    "litgpt": "0.5.13",
    "local-attention": "1.11.2",
    "mlx": "0.32.4",
    "nemo-toolkit": "3.0.0",
    "neuralforecast": "3.3.0",
    "open-clip-torch": "3.3.0",
    "OpenNMT-py": "3.5.1",
    "paddlenlp": "2.8.1",
    "positional-encodings": "6.0.3",
    "rotary-embedding-torch": "0.9.1",
    "sentence-transformers": "6.2.0",
    "speechbrain": "1.1.2",
    "tf-models-official": "2.20.0",
    "timm": "1.0.31",
    "torch": "2.13.0",
    "torch-geometric": "2.8.1",
    "torchscale": "0.3.0",
    "torchtune": "0.6.1",
    "transformer-lens": "4.3.0",
    "transformers": "5.23.0",
    "trax": "1.4.1",
    "vit-pytorch": "1.26.11",
    "x-transformers": "2.31.10",
}
TRAINED = {
    *("Embedding", "Embed", "TokenEmbedding", "Parameter", "add_weight", "create_parameter"),
    *("param", "Param", "new_weights", "Linear", "Dense", "Conv1d", "Conv2d", "Conv3d", "Conv1D"),
    *("Conv2D", "MLP", "DenseGeneral", "Dense_", "EmbeddingLayer"),
}
TABLES = {"Embedding", "Embed", "Parameter", "add_weight", "create_parameter"}
COMPUTED = {"sin", "cos", "polar", "sincos"}
COMPUTED_WORDS = {"sinusoid", "sinusoidal", "sincos", "rope", "rotary", "alibi", "slopes", "freqs"}
# Words before the first word about position that belong to the technique's name.
QUALIFIERS = {
    *("learned", "learnable", "trainable", "fixed", "absolute", "abs", "relative", "rel", "sine"),
    *("sinus", "sin", "cos", "fourier", "axial", "scaled", "dynamic", "linear", "ntk", "yarn"),
    *("scaling", "conv", "continuous", "infinite", "random"),
}
# What may follow the noun at the end of a technique's name.
SUFFIXES = {
    *("1d", "2d", "3d", "nd", "sine", "cosine", "fourier", "xl", "cat", "base", "mixed", "permute"),
    *("horizontal", "vertical", "aggregated", "v2", "scale", "dybatch"),
}
HEADS = ENCODING | EMBEDDING | POSITION | {"bias", "biases"}
# Names with these words are of something else that has positions in it.
OTHER = {
    *("attention", "attn", "with", "and", "for", "wo", "interpolate", "config", "fusion", "time"),
    *("timestep", "timesteps", "diffusion", "test", "ids"),
}
BY_HAND: dict[tuple[str, str], tuple[str, str]] = {
    ("diffusers", "FluxPosEmbed"): ("fixed", "the old name of a class that computes rotations"),
    ("keras-hub", "ApplyRoPE"): ("fixed", "applies a given rotation, trains nothing"),
    ("labml-nn", "PositionalEncoding"): ("fixed", "calls a function that stacks sines and cosines"),
    **{
        ("positional-encodings", f"{name}{axes}D"): ("fixed", "sines and cosines by get_emb")
        for name in ("PositionalEncoding", "PositionalEncodingPermute", "TFPositionalEncoding")
        for axes in (1, 2, 3)
    },
    ("paddlenlp", "SpeechT5SinusoidalPositionalEmbedding"): ("fixed", "the parameter is frozen"),
    ("transformers", "BrosPositionalEmbedding2D"): ("fixed", "two of the fixed 1-D ones"),
    ("transformers", "Data2VecAudioPositionalConvEmbedding"): ("learned", "made of convolutions"),
    ("transformers", "PerceiverFourierPositionEncoding"): ("fixed", "by a Fourier function"),
    ("transformers", "RelativePositionBiasAggregated"): ("learned", "a sum of learned biases"),
    ("transformers", "SinusoidalPositionalEmbedding"): ("fixed", "the parameter is detached"),
    ("trax", "AxialPositionalEncoding"): ("learned", "trax makes the weights elsewhere"),
    ("trax", "FixedBasePositionalEncoding"): ("learned", "digits of the position, times weights"),
}


def sources(library: str, version: str, wheels: str | None = None) -> dict[str, str]:
    """Return path and text of every Python file of a library, tests left out.

    Downloaded wheels are looked for, and kept, in the folder `wheels` if one is given.
    """
    try:
        if metadata.version(library).split("+")[0] == version:
            files = metadata.files(library) or []
            paths = {str(f): Path(f.locate()) for f in files if is_code(str(f))}
            return {name: path.read_text("utf-8", "replace") for name, path in paths.items()}
    except metadata.PackageNotFoundError:
        pass
    stem = f"{library.replace('-', '_')}-{version}-"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(wheels or scratch)
        if not list(folder.glob(f"{stem}*.whl")):
            command = ["pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            command += ["--dest", str(folder), f"{library}=={version}"]
            subprocess.run([sys.executable, "-m", *command], check=True)
        (wheel,) = folder.glob(f"{stem}*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = sorted(filter(is_code, archive.namelist()))
            return {name: archive.read(name).decode("utf-8", "replace") for name in names}


def is_code(path: str) -> bool:
    """Tell whether a path is a Python file that is not a test."""
    parts = Path(path).parts
    left_out = {"tests", "test", "testing", "unittest"} & set(parts)
    name = parts[-1]
    left_out = left_out or name.startswith(("test_", "modular_")) or name.endswith("_test.py")
    return name.endswith(".py") and not left_out


def called(node: ast.AST) -> str:
    """Return the last name of what is called: `Embedding` for `torch.nn.Embedding(...)`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def is_technique(name: str) -> bool:
    """Tell whether a class name is that of a way to say where, not of something that uses one."""
    words = words_of(name)
    while words and words[-1] in SUFFIXES:
        words.pop()
    encoder = words[-1:] == ["encoder"] and words[-2:-1] and words[-2] in POSITION
    ends_well = bool(words) and (words[-1] in HEADS or bool(encoder))
    return is_about_position(name) and ends_well and not OTHER & set(words)


def is_frozen(call: ast.Call) -> bool:
    """Tell whether a call says that what it makes is not trained."""
    switched_off = {"requires_grad": False, "trainable": False, "_freeze": True}
    return any(
        isinstance(k.value, ast.Constant) and switched_off.get(k.arg) is k.value.value
        for k in call.keywords
    )


def signals(node: ast.ClassDef) -> set[str]:
    """Return "learned" and "fixed", each where the class's own code shows it."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            name = called(part.func)
            if name in TRAINED and not is_frozen(part):
                found.add("learned")
            if name in COMPUTED or COMPUTED_WORDS & set(words_of(name)):
                found.add("fixed")
        elif isinstance(part, ast.Constant | ast.Attribute) and "inv_freq" in str(
            part.value if isinstance(part, ast.Constant) else part.attr
        ):
            found.add("fixed")
    if not found and any(called(base) in ("Embedding", "Embed") for base in node.bases):
        found.add("learned")
    return found


def short_name(name: str) -> str:
    """Leave the model's name out: `LlamaRotaryEmbedding` becomes `rotary embedding`."""
    words = words_of(name)
    first = next(i for i in range(len(words)) if is_about_position(" ".join(words[i:])))
    while first + 1 < len(words) and is_about_position(" ".join(words[first + 1 :])):
        first += 1  # the last word about position, then back to the first of its kind
    while first and (words[first - 1] in QUALIFIERS or words[first - 1] in POSITION):
        first -= 1
    return " ".join(words[first:])


def trees(files: dict[str, str]) -> Iterator[tuple[str, ast.Module]]:
    """Yield path and syntax tree of every file that has a name about positions and is Python."""
    hint = re.compile("pos|rop|rot|sinus|alibi", re.IGNORECASE)
    for path, text in files.items():
        if not hint.search(text):
            continue
        try:
            yield path, ast.parse(text)
        except (SyntaxError, ValueError):  # templates, and code for other versions of Python
            continue


def definitions(files: dict[str, str]) -> list[tuple[str, ast.AST]]:
    """Return path and node of every class and function, in the order of the files."""
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return [(p, n) for p, tree in trees(files) for n in ast.walk(tree) if isinstance(n, kinds)]


def judged(library: str, nodes: Iterable[tuple[str, ast.AST]]) -> Iterator[tuple[str, str, str]]:
    """Yield path, name and origin of every class that is a technique of positions."""
    found = [(path, node) for path, node in nodes if isinstance(node, ast.ClassDef)]
    by_name = {node.name: node for _, node in found}

    def all_signals(node: ast.ClassDef, seen: tuple[str, ...] = ()) -> set[str]:
        result = signals(node)
        for base in (called(base) for base in node.bases):
            if base in by_name and base not in (*seen, node.name) and is_technique(base):
                result |= all_signals(by_name[base], (*seen, node.name))
        return result

    for path, node in found:
        if is_technique(node.name):
            shown = all_signals(node)
            origin = "both" if len(shown) == 2 else next(iter(shown), "unclear")
            yield path, node.name, BY_HAND.get((library, node.name), (origin, ""))[0]


def attributes(nodes: Iterable[tuple[str, ast.AST]]) -> Iterator[tuple[str, str, str]]:
    """Yield path, name and origin of tables that are no class: `self.pos_embed = Parameter(...)`.

    A buffer with such a name is fixed. Names with neither noun, such as position_ids, are left out.
    """
    for path, node in nodes:
        if not isinstance(node, ast.ClassDef) or is_technique(node.name):
            continue
        found = {}
        for part in ast.walk(node):
            if isinstance(part, ast.Assign) and isinstance(part.value, ast.Call):
                names = [t.attr for t in part.targets if isinstance(t, ast.Attribute)]
                if called(part.value.func) in TABLES:
                    origin = "fixed" if is_frozen(part.value) else "learned"
                    found |= {name: found.get(name, origin) for name in names}
            elif isinstance(part, ast.Call) and called(part.func) == "register_buffer":
                name = getattr(part.args[0], "value", None) if part.args else None
                if isinstance(name, str):
                    found.setdefault(name, "fixed")
        for name, origin in found.items():
            if is_about_position(name) and noun_of(name) != "neither":
                yield path, name, origin


def arguments(nodes: Iterable[tuple[str, ast.AST]]) -> Iterator[tuple[str, str]]:
    """Yield path and name of every function's arguments that are about positions."""
    for path, node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = node.args
            for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs):
                if is_about_position(argument.arg):
                    yield path, argument.arg


def audit(library: str, files: dict[str, str]) -> list[dict[str, str | int]]:
    """Return the rows of one library, without its version."""
    nodes = definitions(files)
    rows = {}

    def count(path: str, *fields: str) -> None:
        row = dict(zip(("kind", "name", "noun", "origin"), fields, strict=True))
        rows.setdefault(fields, row | {"count": 0, "example": path})["count"] += 1

    for path, name, origin in judged(library, nodes):
        count(path, "class", short_name(name), noun_of(name), origin)
    for path, name, origin in attributes(nodes):
        count(path, "attribute", name, noun_of(name), origin)
    for path, name in arguments(nodes):
        count(path, "argument", name, noun_of(name), "unclear")
    return [rows[key] for key in sorted(rows)]


def table(libraries: Iterable[tuple[str, str]], wheels: str | None = None) -> str:
    """Return the audit of the given libraries and versions as CSV."""
    out = io.StringIO()
    fields = ["library", "version", "kind", "name", "noun", "origin", "count", "example"]
    writer = csv.DictWriter(out, fields, lineterminator="\n")
    writer.writeheader()
    for library, version in libraries:
        rows = audit(library, sources(library, version, wheels))
        writer.writerows({"library": library, "version": version, **row} for row in rows)
        print(f"{library} {version}: {len(rows)} names", file=sys.stderr)
    return out.getvalue()


def main() -> None:
    """Read the libraries and write the table, or list the classes one by one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="print every class; write nothing")
    parser.add_argument("--wheels", help="folder that keeps the downloads; none if not given")
    parser.add_argument("library", nargs="*", help="only these, with --list")
    options = parser.parse_args()
    if not options.list:
        write_data("names_in_code.csv", table(LIBRARIES.items(), options.wheels).encode())
        return
    for library in options.library or LIBRARIES:
        files = sources(library, LIBRARIES[library], options.wheels)
        for path, name, origin in judged(library, definitions(files)):
            print(f"{library}\t{origin}\t{noun_of(name)}\t{short_name(name)}\t{name}\t{path}")


if __name__ == "__main__":
    main()
