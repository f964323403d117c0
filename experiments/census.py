"""Say which positions every architecture in transformers uses: `python -m experiments.census`.

Why: the lesson What models do today counts them. Every folder of ``transformers/models`` is read
as text with ``ast``; no model is built. What the default configuration does not reach is no
position of the model; it stands in the column ``options``.
Makes: src/data/census.csv and src/data/census_configs.json. Two minutes of one core.
"""

import csv
import io
import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from experiments.census_rules import (
    CONVOLUTION,
    KINDS,
    ROTARY,
    TOWERS,
    WRAPPED,
    WRAPPED_HEAD,
    modality,
    positions_of,
    rotary_details,
    table_details,
    text_model,
    towers_of,
    turns_by_angles,
)
from experiments.census_source import Part, read_folder
from experiments.data_files import write_data

COLUMNS = (
    *("folder", "year", *TOWERS, "positions", "options", "rotary_share", "rotary_axes"),
    *("rotary_bases", "rotary_off", "rotary_scaling", "qk_norm", "tied", "scaled", "per_layer"),
    *("parts_from", "evidence"),
)
NOT_MODELS = ("auto", "deprecated")


def kinds_of(parts: list[Part]) -> dict[str, dict[str, str]]:
    """Return tower -> kind -> the line that shows it, for the parts that are reached."""
    towers = towers_of(parts)
    found: dict[str, dict[str, str]] = {tower: {} for tower in TOWERS}
    for part in parts:
        for kind, line in positions_of(part):
            found[towers[part.name]].setdefault(kind, f"{part.file}:{line}")
    for kinds in found.values():  # T5's bias has other names, too
        if "t5_bias" in kinds:
            kinds.pop("relative", None)
        if "relative_2d" in kinds:
            kinds.setdefault("relative", kinds.pop("relative_2d"))
        if not turns_by_angles(parts):
            kinds.pop("rotary", None)
    for part in parts:  # the table of sines that turns queries and keys
        if any(map(ROTARY.search, part.idents)) and any("sinus" in n for n in part.idents):
            found[towers[part.name]].pop("sinusoidal", None)
    return found


def read(folder: Path) -> dict[str, str]:
    """Return the line of the census for one folder, without its year."""
    parts = read_folder(folder)
    towers, found = towers_of(parts), kinds_of(parts)
    wrapped = sorted({n for p in parts for n in p.idents if WRAPPED.match(n)} | imported(folder))
    every = {kind for kinds in found.values() for kind in kinds}
    evidence = [
        f"{tower}: {kind} {where}"
        for tower, kinds in found.items()
        for kind, where in kinds.items()
    ]
    if not every:
        convolutions = [
            (p, n) for p in parts for n in p.idents if CONVOLUTION.match(n.rpartition(".")[2])
        ]
        if wrapped:
            every = {"wrapper"}
        own = any("Attention" in part.name for part in parts)
        along = any(name in ("Conv1d", "conv1d") for _, name in convolutions)
        if convolutions and (own or along or not wrapped):
            every |= {"convolution"}
            part, name = convolutions[0]
            evidence.append(f"convolution {part.file}:{part.idents[name]}")
        every = every or {"none"}
    row = {tower: "+".join(k for k in KINDS if k in found[tower]) for tower in TOWERS}
    if every & {"convolution", "none"} and not any(row.values()):
        row[modality(parts)[0]] = "".join(every - {"wrapper"})
    options = {k for kinds in kinds_of(read_folder(folder, every=True)).values() for k in kinds}
    row["positions"] = "+".join(k for k in KINDS if k in every)
    row["options"] = "+".join(k for k in KINDS if k in options - every)
    row["parts_from"] = " ".join(wrapped)
    row |= rotary_details(folder, parts, towers) if "rotary" in every else {}
    row |= table_details(folder, parts)
    row |= wrapped_table(folder, row, wrapped)
    row["evidence"] = "; ".join(evidence)
    return {"folder": folder.name} | row


def wrapped_table(folder: Path, row: dict[str, str], wrapped: list[str]) -> dict[str, str]:
    """Return what the default text model says of its table where the folder has none of its own."""
    head = row["tied"] == "-" and any(map(WRAPPED_HEAD.match, wrapped))
    home = homes().get(text_model(folder))
    if home in (None, folder) or not (head or row["scaled"] == "-"):
        return {}
    inner = wrapped_row(home)
    return {"scaled": inner["scaled"]} | ({"tied": inner["tied"]} if head else {})


@cache
def wrapped_row(folder: Path) -> dict[str, str]:
    """Return the line of a folder that several others wrap."""
    return read(folder)


@cache
def homes() -> dict[str, Path]:
    """Return model type -> the folder whose configuration has it."""
    found = {}
    for folder in folders():
        for path in sorted(folder.glob("configuration_*.py")):
            for kind in re.findall(
                r'^    model_type(?:: str)? = "(\w+)"', path.read_text("utf-8"), re.M
            ):
                found.setdefault(kind, folder)
    return found


def imported(folder: Path) -> set[str]:
    """Return the other folders whose models this one's modelling code imports."""
    text = "".join(p.read_text("utf-8") for p in sorted(folder.glob("modeling_*.py")))
    return set(re.findall(r"^from \.\.(\w+)\.modeling_\w+ import", text, re.M)) | {
        name for name in re.findall(r"^from \.\.(\w+) import .*Model", text, re.M) if name != "auto"
    }


def year_of(folder: Path) -> str:
    """Return the latest year in the copyright lines of the model's configuration and code."""
    files = [*folder.glob("configuration_*.py"), *folder.glob("modeling_*.py")]
    text = "\n".join(path.read_text("utf-8")[:3000] for path in files)
    return max(re.findall(r"Copyright\D{0,6}(20\d\d)", text), default="")


def models_folder() -> Path:
    """Return where the installed package keeps its models, without importing it."""
    return Path(find_spec("transformers").origin).parent / "models"


def folders() -> list[Path]:
    """Return the folders with modelling code."""
    found = {path.parent for path in models_folder().glob("*/modeling_*.py")}
    return sorted(path for path in found if path.name not in NOT_MODELS)


CONFIGS = (  # what the lesson reads line by line
    *("BertConfig", "LlamaConfig", "Qwen3Config", "Gemma3TextConfig", "SmolLM3Config"),
    *("Llama4TextConfig", "GPTNeoXConfig", "PhiConfig", "DeepseekV3Config", "Qwen2VLTextConfig"),
    *("BartConfig", "T5Config", "BloomConfig", "GPT2Config", "Gemma3nTextConfig", "GraniteConfig"),
)
KEYS = (
    *("model_type", "vocab_size", "hidden_size", "d_model", "n_embd", "num_hidden_layers"),
    *("num_attention_heads", "num_key_value_heads", "head_dim", "max_position_embeddings"),
    *("n_positions", "relative_attention_num_buckets", "relative_attention_max_distance"),
    *("rope_parameters", "partial_rotary_factor", "sliding_window", "layer_types"),
    *("no_rope_layers", "no_rope_layer_interval", "q_lora_rank", "kv_lora_rank"),
    *("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "rope_interleave", "use_qk_norm"),
    *("scale_embedding", "embedding_multiplier", "hidden_size_per_layer_input"),
    *("vocab_size_per_layer_input", "tie_word_embeddings", "type_vocab_size"),
)


def configs() -> dict[str, dict]:
    """Return the keys on positions and tables in the default configurations of some models."""
    import transformers  # only here: the census itself reads text

    wholes = {name: getattr(transformers, name)().to_dict() for name in CONFIGS}
    return {
        name: {key: whole[key] for key in KEYS if key in whole} for name, whole in wholes.items()
    }


def main() -> None:
    """Read all and write."""
    version = re.search(
        r'__version__ = "(.+)"', (models_folder().parent / "__init__.py").read_text()
    )
    file = io.StringIO()
    file.write(f"# Made by experiments/census.py from the source of transformers {version[1]}.\n")
    writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(read(folder) | {"year": year_of(folder)} for folder in folders())
    write_data("census.csv", file.getvalue().encode())
    lines = [f"  {json.dumps(name)}: {json.dumps(config)}" for name, config in configs().items()]
    text = ",\n".join([f'  "transformers": "{version[1]}"', *lines])
    write_data("census_configs.json", f"{{\n{text}\n}}\n".encode())


if __name__ == "__main__":
    main()
