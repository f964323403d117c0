"""The rules of the census: what names in model code say about positions and tables.

Used by experiments/census.py. Patterns first; each is matched anywhere in an identifier.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from experiments.census_source import (
    UNKNOWN,
    Part,
    agreed,
    config_defaults,
    constant,
    dotted,
)

KINDS = (  # in this order wherever several are joined
    *("learned", "sinusoidal", "t5_bias", "alibi", "relative", "rotary", "convolution"),
    *("none", "wrapper"),
)
TOWERS = ("text", "vision", "audio", "other")


# Not "post" or "pose".
POSITION = re.compile(r"pos(?!t|s|e)|wpe$|(^|_)(row|col|column)_embed", re.I)
# What has a position in its name and is no table of them.
NO_TABLE = re.compile(
    r"rel|bias|quer|rotary|rope|token_type|proj|conv|_ids?$|index|anchor|alpha|scale", re.I
)
ROTARY = re.compile(
    r"[Rr]otary|rotate_(half|every|pair|inter|quer)|Ro[Pp][Ee]|(^|_)rope(_|$)(?!delta|ind|type)"
)
T5 = re.compile(r"relative_attention_bias|relative_positions?_bucket", re.I)
ALIBI = re.compile(r"(build|get|make)\w*_alibi|alibi_slopes|Alibi[A-Z]")
RELATIVE = re.compile(
    r"relative_position_bias|rel_pos_[hw]|rel_embeddings|distance_embedding|pos_bias_u|r_r_bias"
    r"|rel_pos_emb|relative_(pos_embeddings|key|k|v)_?|attention_biases|rel_shift|emb_rel_"
    r"|position_bias_mlp|relative_positional_encoding|^rpb$|(rel|relative)_logits|linear_pos$|relative_position_k",
    re.I,
)
RELATIVE_CLASS = re.compile(r"(Rel|Relative)Pos")
# Buckets or tables by the place on a page, beside a bias along the text.
RELATIVE_2D = re.compile(r"rel_2d_pos|rel_pos_[xy]_bias|PositionBias(Horizontal|Vertical)")
POSITION_CONVOLUTION = re.compile(r"pos(?!t|e)\w*conv|conv\w*pos(?!t|e)|PosCNN", re.I)
RECURRENT = re.compile(
    r"[Mm]amba|SSM|ssm_|DeltaNet|DeltaAttention|[Rr]wkv|LSTM|GRU|RecurrentBlock|RgLru"
    r"|LightningAttention|Retention|WaveNet"
)
SHORT_CONVOLUTION = re.compile("ShortConv")
CONVOLUTION = re.compile(r"^(Conv[123]d|conv[123]d|\w*CausalConv\w*)$")
# Sines of a time, a filter or a spectrum, not of a place.
CLOCK = re.compile(
    r"timestep|time_?(emb|proj)|noise|diffus|snake|stft|spectr|fft|resampl|filter|window", re.I
)
SCALE = re.compile(r"^(self\.)?\w*(embed(ding)?_scale|emb_scale|scale_emb|embed_normalizer)$")
MULTIPLIER = re.compile(r"^(embedding_multiplier|normalizer|mup_embed\w*)$")
HEAD = re.compile(
    r"lm_head|lm_loss|predictions|embed_out|proj_out|output_projection|pred_|^decoder$|^head"
)
QK_NORM = re.compile(r"^(q|k|query|key|qk)_?(layer_?)?norm$", re.I)
PER_LAYER = re.compile(r"embed_tokens_per_layer|per_layer_embed", re.I)
# Makes a whole model of another folder.
WRAPPED = re.compile(r"^(Auto(Model\w*|Backbone)|load_backbone|create_model)$")
WRAPPED_HEAD = re.compile(r"^AutoModelFor(CausalLM|Seq2SeqLM|MaskedLM)$")
# The part of a configuration that says which text model is wrapped, the likeliest first.
TEXT_CONFIG = ("text_config", "language|llm", "decoder|generator", "text")
SCALINGS = ("linear", "dynamic", "yarn", "longrope", "llama3", "proportional", "ntk", "axial")
MODALITIES = {
    **{"text": "text", "image": "vision", "video": "vision", "audio": "audio", "time": "other"},
    **{"pixel": "vision", "input_values": "audio", "input_features": "audio"},
}
WORDS = {
    "vision": r"Vision|Visual|Image|Patch|ViT|Vit|Video|Pixel|VQVAE|VQ",
    "audio": r"Audio|Speech|Wav|Acoustic|Codec|Conformer|Whisper|Code2Wav|Token2Wav|DiT|Mimi",
    "text": r"Text|Language|LM|Thinker|Talker",
}


def positions_of(part: Part) -> Iterator[tuple[str, int]]:
    """Yield the kinds of positions that a class or function makes or uses, each with its line."""
    names = part.idents
    said = [part.name, *names]

    def first(pattern: re.Pattern | str) -> int | None:
        """Return the line of the first name that fits."""
        return next((names.get(n, part.line) for n in said if re.search(pattern, n)), None)

    bucket, rotary = first(T5), first(ROTARY)
    relative = first(RELATIVE) or (part.line if RELATIVE_CLASS.search(part.name) else None)
    turns = {"sin", "cos"} <= set(names) and not CLOCK.search(part.name)
    turns = turns and not all(map(CLOCK.search, part.callers)) and rotary is None
    table = part.name[:1].isupper() and POSITION.search(part.name)
    table = table and not NO_TABLE.search(part.name) and "Sin" not in part.name
    if bucket:
        yield "t5_bias", bucket
    elif relative:
        yield "relative", relative
    if first(RELATIVE_2D):
        yield "relative_2d", first(RELATIVE_2D)
    if first(ALIBI):
        yield "alibi", first(ALIBI)
    along = first(POSITION_CONVOLUTION) or first(RECURRENT) or _layer_type(part, SHORT_CONVOLUTION)
    if along:
        yield "convolution", along
    if rotary:
        yield "rotary", rotary
    if turns and first(POSITION) and not first("[Rr]elative|rel_pos|RelPos"):
        yield "sinusoidal", names["sin"]
    inside = {"Embedding", "Parameter", "ParameterList"} & set(names)
    if table and not turns and not rotary and inside:
        yield "learned", part.line
    for name, (call, line, _) in part.made.items():
        made = call.rpartition(".")[2]
        own = made == "Parameter" or made.endswith("Embedding") and not POSITION.search(made)
        if POSITION.search(name) and not NO_TABLE.search(name) and own and not ROTARY.search(made):
            fixed = name in _frozen(part)
            yield "sinusoidal" if fixed else "learned", line


def turns_by_angles(parts: list[Part]) -> bool:
    """Return whether anything computes the angles by which queries and keys would be turned."""
    calls = [n.func for p in parts for n in p.nodes if isinstance(n, ast.Call)]
    names = {f.attr for f in calls if isinstance(f, ast.Attribute)} | set(map(dotted, calls))
    return {"cos", "sin"} <= names or "polar" in names


def _layer_type(part: Part, made: re.Pattern) -> int | None:
    """Return where a class is made as one of two ways to build a layer, not beside the other."""
    for node in part.nodes:
        if isinstance(node, ast.If) and node.orelse:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and made.search(dotted(inner.func)):
                    return inner.lineno
    return None


def _frozen(part: Part) -> set[str]:
    """Return the attributes that are not trained: ``self.x.requires_grad_(False)`` or a keyword."""
    found = set()
    for node in part.nodes:
        if isinstance(node, ast.Call) and dotted(node.func).endswith(".requires_grad_"):
            found |= set(dotted(node.func).split("."))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            given = {k.arg: constant(k.value) for k in node.value.keywords}
            if given.get("requires_grad") is False:
                found.add(dotted(node.targets[0])[5:])
        if isinstance(node, ast.Assign) and dotted(node.targets[0]).endswith("requires_grad"):
            found |= set(dotted(node.targets[0]).split("."))
    return found


def modality(parts: list[Part]) -> tuple[str, str, bool]:
    """Return what a class works on if its name does not tell, an encoder, and if that is all."""
    given = set()
    for part in parts:
        for node in part.nodes:
            if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "input_modalities":
                given |= set(re.findall(r"\w+", ast.unparse(node.value)))
            if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "main_input_name":
                given |= set(
                    re.findall(r"pixel|input_(?:values|features)", ast.unparse(node.value))
                )
    towers = {MODALITIES[word] for word in given if word in MODALITIES} or {"text"}
    if towers != {"text"} and not has_table(parts):  # text that another model reads
        towers -= {"text"}
    plain = next(tower for tower in TOWERS if tower in towers)
    return plain, "audio" if towers == {"text", "audio"} else plain, len(towers) == 1


def has_table(parts: list[Part]) -> bool:
    """Return whether there is a token table: an embedding with as many rows as the vocabulary."""
    made = [call for part in parts for call in part.made.values()]
    return any(
        call.endswith("Embedding") and re.search("vocab|n_words", " ".join(names))
        for call, _, names in made
    )


def common_words(names: list[str]) -> int:
    """Return how many letters the class names begin with alike: the architecture's own name."""
    classes = [name for name in names if name[:1].isupper()]
    if len(classes) < 2:
        return 0
    low, high = min(classes), max(classes)
    alike = 0
    while alike < min(len(low), len(high)) and low[alike] == high[alike]:
        alike += 1
    return alike


def towers_of(parts: list[Part]) -> dict[str, str]:
    """Return part -> tower: by its name, else by that of the parts that use it."""
    plain, encoder, alone = modality(parts)
    if alone:
        return {part.name: plain for part in parts}
    start = common_words([part.name for part in parts])
    found = {}
    for part in parts:
        own = part.name[start:] if part.name[:1].isupper() else part.name
        said = [tower for tower, words in WORDS.items() if re.search(words, own)]
        if said:
            found[part.name] = said[0]
        elif part.name[:1].isupper() and "Encoder" in own:
            found[part.name] = encoder
        elif "" in part.callers:  # a model
            found[part.name] = plain
    for _ in parts:
        for part in parts:
            towers = {found[caller] for caller in part.callers if caller in found}
            if part.name not in found and towers:
                found[part.name] = plain if plain in towers else min(towers)
    return {part.name: found.get(part.name, plain) for part in parts}


def config_text(folder: Path) -> str:
    """Return the configuration's source without its doc strings."""
    tree = [ast.parse(p.read_text("utf-8")) for p in sorted(folder.glob("configuration_*.py"))]
    for node in (n for t in tree for n in ast.walk(t)):
        if hasattr(node, "body") and isinstance(node.body, list):
            node.body = [n for n in node.body if not _is_text(n)] or [ast.Pass()]
    return "\n".join(map(ast.unparse, tree))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def rotary_details(folder: Path, parts: list[Part], towers: dict[str, str]) -> dict[str, str]:
    """Return how much of a head is turned, by which axes and bases, and where nothing is."""
    config, details = config_text(folder), {}
    code = "\n".join(ast.unparse(n) for p in parts for n in p.nodes[:1])
    share = re.search(r"(?:partial_rotary_factor|rotary_pct)\W{1,4}(?:[\w| ]+= )?(0?\.\d+)", config)
    if share:
        details["rotary_share"] = share[1]
    elif re.search(r"qk_rope_head_dim", code):
        details["rotary_share"] = "decoupled"
    elif re.search(r"rotary_dim: int", config):
        details["rotary_share"] = "rotary_dim"
    axes = [
        f"{tower}"
        for tower in TOWERS
        if any(
            towers[p.name] == tower and tower == "vision" and any(map(ROTARY.search, p.idents))
            for p in parts
        )
    ]
    if re.search(r"mrope_section", code):
        axes.insert(0, "text")
    details["rotary_axes"] = " ".join(axes)
    if re.search(r"rope_parameters\[layer_type\]|rope_local_base|global_rope|local_rope", code):
        details["rotary_bases"] = "by layer type"
    says_so = any(
        re.search("NoPE|nope|no_rope", path.read_text("utf-8")) for path in folder.glob("*.py")
    )
    if any(sometimes(part, says_so) for part in parts):
        details["rotary_off"] = "some layers"
    named = [k for k in SCALINGS if re.search(rf"rope_type\W+{k}\W", config)]
    library = ["library"] if "ROPE_INIT_FUNCTIONS" in code else []
    details["rotary_scaling"] = " ".join(named + library)
    return details


def sometimes(part: Part, says_so: bool) -> bool:
    """Return whether queries and keys are turned in some layers only."""
    for node in part.nodes:
        if not isinstance(node, ast.If):
            continue
        turned = [_turns(branch) for branch in (node.body, node.orelse)]
        test = ast.unparse(node.test)
        if turned[0] and not turned[1]:
            if re.search(r"rope|sliding|is_local|layer_type|layer_idx", test):
                return True
            if says_so and "position_embeddings is not None" in test:
                return True
    return False


def _turns(branch: list[ast.stmt]) -> bool:
    return any(
        isinstance(n, ast.Call) and re.search(r"apply_\w*(rot|rope)", dotted(n.func))
        for statement in branch
        for n in ast.walk(statement)
    )


def table_details(folder: Path, parts: list[Part]) -> dict[str, str]:
    """Return whether the token table is tied to the scores, scaled, and repeated by layer."""
    configs = config_defaults(folder)
    keys = [
        ast.unparse(node.value)
        for part in parts
        for node in part.nodes
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "_tied_weights_keys"
    ]
    made = [(name, call) for part in parts for name, call in part.made.items()]
    table = has_table(parts)
    head = table and any(
        call.endswith("Linear") and ("vocab_size" in inner or HEAD.search(name))
        for name, (call, _, inner) in made
    )
    tied = any("lm_head" in key for key in keys) or table and any("." in key for key in keys)
    default = agreed(configs).get("tie_word_embeddings", False)
    if default is UNKNOWN:
        default = any(c.get("tie_word_embeddings") is True for c in configs.values())
    qk_norm = any(QK_NORM.search(name) for name, _ in made)
    scaled = any(map(scales, parts))
    per_layer = any(PER_LAYER.search(n) for p in parts for n in p.idents)
    return {
        "qk_norm": "yes" if qk_norm else "no",
        "tied": ("yes" if tied and default else "no") if tied or head else "-",
        "scaled": ("yes" if scaled else "no") if table else "-",
        "per_layer": "yes" if per_layer else "no",
    }


def text_model(folder: Path) -> str:
    """Return the model type of the text model that a configuration makes by default, or ''."""
    found = {}
    for path in sorted(folder.glob("configuration_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "sub_configs_defaults":
                for key, value in zip(node.value.keys, node.value.values, strict=True):
                    given = getattr(value, "keywords", ())
                    kinds = [constant(k.value) for k in given if k.arg == "model_type"]
                    found[constant(key)] = kinds[0] if kinds else ""
            elif isinstance(node, ast.Assign):  # self.generator = CONFIG_MAPPING["bart"]()
                kind = re.match(r"CONFIG_MAPPING\['(\w+)'\]", ast.unparse(node.value))
                if kind and dotted(node.targets[0]).startswith("self."):
                    found.setdefault(dotted(node.targets[0])[5:], kind[1])
    for pattern in TEXT_CONFIG:
        for key, kind in found.items():
            if re.search(pattern, key):
                return kind
    return ""


def scales(part: Part) -> bool:
    """Return whether a part multiplies the token rows by something that is not 1 by default."""
    if any(map(MULTIPLIER.match, part.idents)):
        return True
    roots = {}  # self.scaling = config.hidden_size ** 0.5
    table = any(call.endswith("Embedding") for call, _, _ in part.made.values())
    for node in part.nodes if table else ():
        if isinstance(node, ast.Assign) and dotted(node.targets[0]).startswith("self."):
            value = ast.unparse(part.chosen.get(id(node.value), node.value))
            if re.search(r"\*\* 0\.5|sqrt", value):
                roots[dotted(node.targets[0])] = value
    for node in part.nodes:
        if isinstance(node, ast.AugAssign | ast.BinOp) and isinstance(node.op, ast.Mult):
            text = ast.unparse(node)  # hidden_states *= math.sqrt(width)
            for name, value in roots.items():
                text = text.replace(name, value)
            if re.search(r"emb\w*(\(\w+\))? \*=? .*(sqrt|\*\* ?0\.5)|sqrt.*\* \w*emb", text):
                return True
        if isinstance(node, ast.Assign):
            name, value = dotted(node.targets[0]), node.value
        elif isinstance(node, ast.keyword):
            name, value = node.arg or "", node.value
        else:
            continue
        if SCALE.match(name):
            names = {n for n in map(dotted, ast.walk(value)) if n}
            passed_on = any(SCALE.match(n) for n in names)
            taken = [v for v in (part.chosen.get(id(value), value),) if v is not None]
            if not passed_on and not all(
                isinstance(v, ast.Constant) and v.value in (1, None) for v in taken
            ):
                return True
    return False
