"""Read model code without running it: which classes does the default configuration reach?

Used by experiments/census.py. Everything comes from the source text through ``ast``: no model is
built and nothing of the package is imported.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

UNKNOWN = object()
FILLED = ("rope_parameters",)  # None here; the library's base class fills it in
Definition = ast.ClassDef | ast.FunctionDef
Known = dict[str, object]


@dataclass
class Part:
    """A class or function that is reached, with what its live code says.

    Attributes:
        name: of the class or function.
        file: name of its file.
        idents: name -> line where it first stands: variables, attributes, arguments and methods.
        made: attribute -> (what is called to make it, line, names among the arguments).
        nodes: its live syntax nodes.
        bases: names of the classes it derives from, near and far.
        chosen: id of a conditional expression -> the branch that is taken.
        callers: names of the parts that name it.
    """

    name: str
    file: str
    line: int
    idents: dict[str, int] = field(default_factory=dict)
    made: dict[str, tuple[str, int, set[str]]] = field(default_factory=dict)
    nodes: list[ast.AST] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)
    chosen: dict[int, ast.AST] = field(default_factory=dict)
    callers: set[str] = field(default_factory=set)


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for a name or an attribute, else ''."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def constant(node: ast.AST | None) -> object:
    """Return the value of a literal, or UNKNOWN."""
    if (
        isinstance(node, ast.Call)
        and dotted(node.func) == "interval"
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Call))
    ):  # interval(min=0.0)(default=0.02)
        given = [k.value for k in node.keywords if k.arg == "default"]
        return constant(given[0]) if given else UNKNOWN
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return UNKNOWN


def config_defaults(folder: Path) -> dict[str, Known]:
    """Return configuration class -> field -> default; what code changes later is left out."""
    classes: dict[str, tuple[list[str], Known]] = {}
    for path in sorted(folder.glob("configuration_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if not isinstance(node, ast.ClassDef):
                continue
            fields: Known = {}
            for item in node.body:
                if isinstance(item, ast.AnnAssign):
                    fields[item.target.id] = constant(item.value)
                elif isinstance(item, ast.Assign):
                    for target in item.targets:
                        fields[dotted(target)] = constant(item.value)
            for item in ast.walk(node):  # filled in later
                if isinstance(item, ast.Assign):
                    for target in item.targets:
                        if dotted(target).startswith("self."):
                            fields[dotted(target)[5:]] = UNKNOWN
            for item in node.body:  # what __post_init__ sets in any case
                for inner in item.body if getattr(item, "name", "") == "__post_init__" else ():
                    if isinstance(inner, ast.Assign) and constant(inner.value) is not UNKNOWN:
                        fields[dotted(inner.targets[0])[5:]] = constant(inner.value)
            fields |= {key: UNKNOWN for key in FILLED if fields.get(key, UNKNOWN) is None}
            classes[node.name] = [dotted(base) for base in node.bases], fields

    def whole(name: str) -> Known:
        bases, fields = classes.get(name, ([], {}))
        return {key: value for base in bases for key, value in whole(base).items()} | fields

    return {name: whole(name) for name in classes}


def agreed(configs: dict[str, Known]) -> Known:
    """Return the fields whose default is the same in all configuration classes that have them."""
    found: Known = {}
    for fields in configs.values():
        for key, value in fields.items():
            same = key not in found or (found[key] is value or found[key] == value)
            found[key] = value if same else UNKNOWN
    return found


def _compared(operation: str, left: object, right: object) -> bool | None:
    """Return whether a comparison holds, or None."""
    if left is UNKNOWN or right is UNKNOWN:
        return None
    if operation in ("Is", "Eq"):
        return left == right
    if operation in ("IsNot", "NotEq"):
        return left != right
    if operation.endswith("In") and isinstance(right, list | tuple | set | str):
        return (left in right) == (operation == "In")
    return None


class Reader:
    """Walks through the code that default settings reach."""

    def __init__(self, known: Known, aliases: dict[str, ast.AST], every: bool = False) -> None:
        """Keep field -> default, what ``self.x`` stands for, and whether to take every branch."""
        self.known, self.aliases, self.every = known, aliases, every

    def value(self, node: ast.AST) -> object:
        """Return what an expression is worth under the defaults, or UNKNOWN."""
        if isinstance(node, ast.Call) and dotted(node.func) == "getattr" and len(node.args) > 1:
            name = constant(node.args[1])
            if dotted(node.args[0]).endswith("config"):
                rest = constant(node.args[2]) if len(node.args) > 2 else UNKNOWN
                return self.known.get(name, rest)
        path = dotted(node)
        owner, _, name = path.rpartition(".")
        if owner.endswith("config") and "config." not in owner:
            return self.known.get(name, UNKNOWN)
        return constant(node)

    def values(self, node: ast.AST) -> list[object]:
        """Return what an expression may be worth: both branches where the test is not known."""
        owner, _, name = dotted(node).rpartition(".")
        if owner == "self" and name in self.aliases:
            node = self.aliases[name]
        if isinstance(node, ast.IfExp):
            taken = self.truth(node.test)
            branches = ((node.body, False), (node.orelse, True))
            return [
                v for branch, dead in branches if taken is not dead for v in self.values(branch)
            ]
        return [self.value(node)]

    def truth(self, test: ast.AST) -> bool | None:
        """Return whether a test holds under the defaults, or None."""
        if self.every:
            return None
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self.truth(test.operand)
            return None if inner is None else not inner
        if isinstance(test, ast.BoolOp):
            parts = [self.truth(part) for part in test.values]
            stop = isinstance(test.op, ast.Or)
            if stop in parts:
                return stop
            return None if None in parts else not stop
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            found = {
                _compared(type(test.ops[0]).__name__, left, right)
                for left in self.values(test.left)
                for right in self.values(test.comparators[0])
            }
        else:
            found = {None if v is UNKNOWN else bool(v) for v in self.values(test)}
        return found.pop() if len(found) == 1 else None

    def live(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes below one, without text and without branches that are not taken."""
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        yield node
        if isinstance(node, ast.If | ast.IfExp):
            taken = self.truth(node.test)
            branches = [node.test] if taken is None else []
            for branch, dead in ((node.body, False), (node.orelse, True)):
                if taken is not dead:
                    branches += branch if isinstance(branch, list) else [branch]
        else:
            branches = [
                child
                for child in ast.iter_child_nodes(node)
                if not (isinstance(node, ast.arg) and child is node.annotation)
            ]
        for branch in branches:
            yield from self.live(branch)


def _known(node: Definition, configs: dict[str, Known]) -> Known:
    """Return the defaults of the configuration that a class is built with."""
    for item in ast.walk(node):
        if isinstance(item, ast.arg) and item.arg == "config" and item.annotation is not None:
            names = re.findall(r"\w+", ast.unparse(item.annotation))
            for name in names:
                if name in configs:
                    return configs[name]
    return agreed(configs)


def _aliases(node: ast.AST) -> dict[str, ast.AST]:
    """Return x -> value for every ``self.x`` that is a field, one with a condition included."""
    found = {}
    for item in ast.walk(node):
        if isinstance(item, ast.Assign) and len(item.targets) == 1:
            target, value = dotted(item.targets[0]), item.value
            branches = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            fields = [_is_field(branch) for branch in branches]
            constants = [constant(branch) is not UNKNOWN for branch in branches]
            if target.startswith("self.") and any(fields) and all(map(max, fields, constants)):
                found[target[5:]] = value
    return found


def _is_field(node: ast.AST) -> bool:
    """Return whether an expression is ``config.y`` or ``getattr(config, "y", default)``."""
    if isinstance(node, ast.Call) and dotted(node.func) == "getattr":
        return dotted(node.args[0]).endswith("config")
    return dotted(node).rpartition(".")[0].endswith("config")


def _called(node: Definition, reader: Reader) -> Iterator[ast.AST]:
    """Yield the live nodes, without methods that only dead branches of the class call."""
    methods = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
    if not isinstance(node, ast.ClassDef):
        methods = {}

    def used(nodes: Iterable[ast.AST]) -> set[str]:
        return {n.attr for n in nodes if isinstance(n, ast.Attribute) and n.attr in methods}

    bodies = {name: list(reader.live(method)) for name, method in methods.items()}
    inside = used(n for method in methods.values() for n in ast.walk(method))
    met, queue = (
        set(),
        [name for name in methods if name not in inside or name[:2] == "__" or name == "forward"],
    )
    while queue:
        name = queue.pop()
        if name not in met:
            met.add(name)
            queue += used(bodies[name])
    for item in node.body:  # a decorator is no use
        if getattr(item, "name", None) in methods:
            if item.name in met:
                yield from bodies[item.name]
        else:
            yield from reader.live(item)
    for base in getattr(node, "bases", [node.args] if isinstance(node, ast.FunctionDef) else []):
        yield from reader.live(base)


def _describe(node: Definition, file: str, configs: dict[str, Known], every: bool) -> Part:
    part = Part(node.name, file, node.lineno)
    reader = Reader(_known(node, configs), _aliases(node), every)
    for item in _called(node, reader):
        part.nodes.append(item)
        if isinstance(item, ast.IfExp) and reader.truth(item.test) is not None:
            part.chosen[id(item)] = item.body if reader.truth(item.test) else item.orelse
        name = (
            item.id
            if isinstance(item, ast.Name)
            else item.attr
            if isinstance(item, ast.Attribute)
            else item.arg
            if isinstance(item, ast.arg | ast.keyword)
            else item.name
            if isinstance(item, ast.FunctionDef)
            else None
        )
        if name:
            part.idents.setdefault(name, getattr(item, "lineno", node.lineno))
        if isinstance(item, ast.Assign | ast.AnnAssign) and isinstance(item.value, ast.Call):
            targets = item.targets if isinstance(item, ast.Assign) else [item.target]
            names = {dotted(inner).rpartition(".")[2] for inner in ast.walk(item.value)} - {""}
            for target in map(dotted, targets):
                if target.startswith("self."):
                    made = dotted(item.value.func), item.lineno, names
                    part.made.setdefault(target[5:], made)
    return part


def read_folder(folder: Path, every: bool = False) -> list[Part]:
    """Return the classes and functions that the models of a folder reach: by default, or ever."""
    configs, reached = config_defaults(folder), []
    for path in sorted(folder.glob("modeling_*.py")):
        body = ast.parse(path.read_text("utf-8")).body
        nodes = {n.name: n for n in body if isinstance(n, Definition)}
        tables = {  # name -> names in it, such as {"sdpa": SomeAttention}
            dotted(n.targets[0]): {i.id for i in ast.walk(n.value) if isinstance(i, ast.Name)}
            for n in body
            if isinstance(n, ast.Assign)
        }
        parts = {name: _describe(node, path.name, configs, every) for name, node in nodes.items()}
        for name, node in nodes.items():
            line, seen = [node], []
            while line:
                for base in getattr(line.pop(), "bases", []):
                    seen.append(dotted(base))
                    if dotted(base) in nodes:
                        line.append(nodes[dotted(base)])
            parts[name].bases = seen
        roots = [
            name
            for name, part in parts.items()
            if any(base.endswith("PreTrainedModel") for base in part.bases)
        ]
        queue = [(name, "") for name in roots or parts]
        met = set()
        while queue:
            name, caller = queue.pop()
            for inner in tables.get(name, ()):
                if inner in parts and inner not in met:
                    queue.append((inner, caller))
            if name not in parts:
                continue
            parts[name].callers.add(caller)
            if name in met:
                continue
            met.add(name)
            queue += [
                (used, name) for used in parts[name].idents if used in parts or used in tables
            ]
        reached += [part for name, part in parts.items() if name in met]
    return reached
