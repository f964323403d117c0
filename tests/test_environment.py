"""Every dependency is pinned, says what it is for, and is used; nothing else is imported."""

import ast
import json
import re
import sys
import tomllib
from collections import defaultdict
from importlib.metadata import (
    PackageNotFoundError,
    distribution,
    distributions,
    packages_distributions,
)
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from book import constraints

ROOT = Path(__file__).parent.parent
FOLDERS = ["src", "book", "grading", "experiments", "tests", "benchmarks", "chapters"]
OURS = {*FOLDERS, "doctor"} | {p.stem for folder in FOLDERS for p in (ROOT / folder).rglob("*.py")}
# Used without being imported or named in _config.yml: where, and by which words.
ELSEWHERE = {
    "codespell": ("Makefile", "$(BIN)/codespell"),
    "ipykernel": ("book/run_notebooks.py", '"name": "python3"'),
    "jupyter-book": ("Makefile", "$(BIN)/jupyter-book build"),
    "jupyterlab": ("Makefile", "$(BIN)/jupyter lab"),
    "ruff": ("Makefile", "$(BIN)/ruff check"),
    "setuptools": ("pyproject.toml", "setuptools.build_meta"),
    "sphinx-mathjax-offline": ("tests/pages/test_speed.py", "sphinx-mathjax-offline"),
    "sphinx-notfound-page": ("book/extensions/where_published.py", "notfound.extension"),
    "sphinx-sitemap": ("book/extensions/where_published.py", "sphinx_sitemap"),
    "sphinxext-opengraph": ("book/extensions/where_published.py", "sphinxext.opengraph"),
}
PINNED = re.compile(r"^(?:\s+|\w+ = \[)?\"?([A-Za-z][\w.-]*)==[\w.]+\"?,?\]?(?:\s+# (.+))?$", re.M)
LINES = [
    line
    for file in ("requirements.txt", "pyproject.toml")
    for line in PINNED.findall((ROOT / file).read_text("utf-8"))
]
REASONS = {canonicalize_name(name): reason for name, reason in LINES}


def names(requirements: list[Requirement]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in requirements}


def modules(code: str) -> set[str]:
    """Return the modules that a piece of Python imports, without those of Python itself."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module)
    return {m for m in found if m.split(".")[0] not in sys.stdlib_module_names | OURS}


DISTRIBUTIONS = packages_distributions()


def packages(module: str) -> set[str]:
    """Return the names of the packages that a module may come from."""
    if module.startswith("sphinxcontrib."):  # many packages share the first name
        return {canonicalize_name(".".join(module.split(".")[:2]))}
    top = module.split(".")[0]
    return set(map(canonicalize_name, DISTRIBUTIONS.get(top, [top])))


def imports() -> dict[str, dict[str, set[str]]]:
    """Return module -> folder -> files that import it, notebooks included."""
    found = defaultdict(lambda: defaultdict(set))
    scripts = [p for folder in FOLDERS for p in (ROOT / folder).rglob("*.py")]
    for path in scripts + list(ROOT.glob("*.py")):
        for module in modules(path.read_text("utf-8")):
            found[module][path.relative_to(ROOT).parts[0]].add(path.name)
    for path in (ROOT / "chapters").glob("*/*.ipynb"):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        for module in modules(re.sub(r"^[%!].*$", "", "\n".join(code), flags=re.M)):
            found[module]["chapters"].add(path.name)
    return found


IMPORTS = imports()


class TestConstraints:
    REMEDY = "Run: python -m book.constraints"

    def test_it_lists_what_the_direct_packages_bring(self):
        missing = set(constraints.needed()) - set(constraints.listed())
        assert not missing, f"missing {missing}. {self.REMEDY}"

    def test_it_lists_nothing_else(self):
        direct = names(constraints.requirements() + constraints.extras())
        if absent := direct - {canonicalize_name(d.name) for d in distributions()}:
            pytest.skip(f"what {absent} bring cannot be seen: pip install -e .[test,teach,bench]")
        unused = set(constraints.listed()) - set(constraints.needed())
        assert not unused, f"unused {unused}. {self.REMEDY}"

    def test_the_installed_versions_are_the_listed_ones(self):
        listed = constraints.listed()
        pairs = {n: (v, listed[n]) for n, v in constraints.needed().items() if v and n in listed}
        assert {name: pair for name, pair in pairs.items() if pair[0] != pair[1]} == {}

    def test_what_another_system_needs_is_found_though_not_installed(self):
        direct = [Requirement("tqdm")]
        windows = next(e for e in constraints.environments() if e["os_name"] == "nt")
        linux = next(e for e in constraints.environments() if e["sys_platform"] == "linux")
        assert "colorama" in constraints.pulled_in(direct, windows)
        assert "colorama" not in constraints.pulled_in(direct, linux)

    def test_make_readme_and_workflow_install_with_it(self):
        for file in ("Makefile", "README.md", ".github/workflows/test.yml"):
            for line in (ROOT / file).read_text("utf-8").splitlines():
                if re.search(r"pip install .*requirements\.txt", line):
                    assert re.search(r"(-c|--constraint) constraints\.txt", line), f"{file}: {line}"


class TestEachDependency:
    DIRECT = [r for r in constraints.requirements() + constraints.extras() if r.specifier]

    def test_the_lines_are_all_read(self):
        assert len(LINES) == len(self.DIRECT) > 20
        assert set(REASONS) == names(self.DIRECT)

    @pytest.mark.parametrize("name", sorted(REASONS))
    def test_has_a_reason_beside_it(self, name):
        assert len(REASONS[name]) > 8, f"say what {name} is for: {name}==…  # what for"

    @pytest.mark.parametrize("name", sorted(REASONS))
    def test_is_used(self, name):
        if any(name in packages(module) for module in IMPORTS):
            return
        if owner := re.match(r"pinned for ([\w-]+)", REASONS[name]):
            lines = distribution(owner[1]).requires
            assert name in names(map(Requirement, lines)), f"{owner[1]} does not need {name}"
        elif name in ELSEWHERE:
            file, words = ELSEWHERE[name]
            assert words in (ROOT / file).read_text("utf-8"), f"{file} does not name {name}"
        else:
            config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]
            loaded = {canonicalize_name(extension) for extension in config["extensions"]}
            assert name in loaded, f"nothing imports, loads or calls {name}: take its line out"

    def test_the_list_of_other_uses_has_no_line_too_many(self):
        imported = {name for module in IMPORTS for name in packages(module)}
        assert ELSEWHERE.keys() <= REASONS.keys() - imported


class TestEachImport:
    @pytest.mark.parametrize("module", sorted(IMPORTS))
    def test_is_declared_where_its_reader_installs_it(self, module):
        course, tests = constraints.requirements(), constraints.extras()
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        package = list(map(Requirement, project["dependencies"]))
        for folder, files in IMPORTS[module].items():
            readers = {"src": package, "chapters": course}
            declared = names(readers.get(folder, course + tests))
            assert packages(module) & declared, f"{sorted(files)} import {module}: declare it"

    def test_src_needs_all_that_it_declares(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        used = {n for m, where in IMPORTS.items() if "src" in where for n in packages(m)}
        assert names(map(Requirement, project["dependencies"])) == used


def test_nothing_is_installed_at_another_version():
    for requirement in constraints.requirements() + constraints.extras("test"):
        try:
            installed = distribution(requirement.name).version
        except PackageNotFoundError:
            pytest.fail(f"{requirement.name} is not installed: make test")
        assert requirement.specifier.contains(installed, prereleases=True), requirement
