"""A small book with the settings of this one, built with the addresses of a fork and without."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image
from sphinx.errors import ConfigError

from book.extensions.where_published import read_environment

ROOT = Path(__file__).parents[2]
KEPT = {"book.extensions.drawn_formulas", "book.extensions.where_published"}  # of our own
LESSON, HOMEWORK = "chapters/combining/lesson", "homework/combining/homework"
BLUE, ORANGE, GREEN = (0, 114, 178), (204, 102, 0), (0, 181, 134)  # of the mark
ADDRESS = "https://ada.github.io/course"
REPOSITORY = "https://github.com/ada/course"
ENVIRONMENT = {
    "COURSE_REPOSITORY": REPOSITORY,
    "COURSE_BRANCH": "teach/2026",
    "COURSE_NOTEBOOKS": "notebooks",
    "COURSE_HUB": "https://hub.example.edu/",
    "COURSE_ADDRESS": ADDRESS,  # as GitHub gives it, without a slash at its end
}
OUTSIDE = {
    "Source repository": REPOSITORY,
    "Suggest edit": f"{REPOSITORY}/edit/teach/2026/{LESSON}.ipynb",
    "Open an issue": f"{REPOSITORY}/issues/new?title=Issue%20on%20page%20%2F{LESSON}.html"
    "&body=Your%20issue%20content%20here.",
    "Open in Colab": "https://colab.research.google.com/github/ada/course/blob/notebooks/"
    f"{LESSON}.ipynb",
    "Open in Binder": "https://mybinder.org/v2/gh/ada/course/teach%2F2026"
    f"?urlpath=lab/tree/{LESSON}.ipynb",
    "Open in JupyterHub": "https://hub.example.edu/hub/user-redirect/git-pull"
    "?repo=https%3A//github.com/ada/course&branch=notebooks"
    f"&urlpath=lab/tree/course/{LESSON}.ipynb",
}


class Page(HTMLParser):
    """What a page links to, and what it says of itself."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.buttons, self.links, self.canonical, self.meta = {}, [], None, {}
        self.feed(path.read_text(encoding="utf8"))

    def handle_starttag(self, tag, attrs):
        """Note links, buttons, the canonical address and the descriptions."""
        a = dict(attrs)
        self.links += [a[key] for key in ("href", "src") if key in a]
        if tag == "a" and a.get("href", "").startswith("http") and "title" in a:
            self.buttons[a["title"]] = a["href"]
        if tag == "link" and a.get("rel") == "canonical":
            self.canonical = a["href"]
        if tag == "meta" and "content" in a:
            self.meta[a.get("property") or a.get("name")] = a["content"]


def small_source(folder: Path) -> None:
    """Write a book of three pages with the settings of this one."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
    settings["bibtex_bibfiles"] = [str(ROOT / name) for name in settings["bibtex_bibfiles"]]
    own = settings["sphinx"]["local_extensions"]
    config = settings["sphinx"]["config"]
    config["extensions"] = [
        name for name in config["extensions"] if name not in own or name in KEPT
    ]
    settings["sphinx"]["local_extensions"] = {name: str(ROOT) for name in KEPT}
    for kind in ("html_css_files", "html_js_files"):  # a book without our search
        config[kind] = [name for name in config[kind] if not name.startswith("search/")]
    del config["html_additional_pages"], config["html_theme_options"]["article_header_start"]
    notebook = new_notebook(
        cells=[new_markdown_cell("# A title\n\nA sentence."), new_code_cell("1 + 1")],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        },
    )
    for name in (LESSON, HOMEWORK):
        (folder / name).parent.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{name}.ipynb")
    (folder / "intro.md").write_text("# The front page\n\nIt has a sentence.\n")
    toc = f"format: jb-book\nroot: intro\nchapters:\n- file: {LESSON}\n- file: {HOMEWORK}\n"
    (folder / "_toc.yml").write_text(toc)
    (folder / "_config.yml").write_text(yaml.safe_dump(settings))
    shutil.copytree(ROOT / "book/static", folder / "book/static")


def start(folder: Path, environment: dict[str, str]) -> subprocess.Popen:
    """Start to build a small book; warnings are errors."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("COURSE_")}
    words = ["build", "--all", "-W", "--keep-going", str(folder)]
    return subprocess.Popen(
        [Path(sys.executable).with_name("jupyter-book"), *words],
        env=clean | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """The folders of the published book and of the ordinary one."""
    folders = [tmp_path_factory.mktemp(name) for name in ("published", "ordinary")]
    for folder in folders:
        small_source(folder)
    builds = [start(*pair) for pair in zip(folders, (ENVIRONMENT, {}), strict=True)]
    for build in builds:
        said, _ = build.communicate(timeout=300)
        assert build.returncode == 0, said[-3000:]
    return [folder / "_build/html" for folder in folders]


@pytest.fixture(scope="module")
def public(books):
    """The published book."""
    return books[0]


@pytest.fixture(scope="module")
def ordinary(books):
    """The book built without addresses."""
    return books[1]


def test_a_lesson_has_every_button(public):
    assert Page(public / f"{LESSON}.html").buttons.items() >= OUTSIDE.items()


def test_a_homework_has_no_button_to_edit_what_is_generated(public):
    buttons = Page(public / f"{HOMEWORK}.html").buttons
    assert set(OUTSIDE) - set(buttons) == {"Suggest edit"}
    assert all(LESSON not in address for address in buttons.values())
    assert f"/{HOMEWORK}.ipynb" in buttons["Open in Colab"]


def test_a_page_of_text_has_nothing_to_launch(public):
    buttons = Page(public / "intro.html").buttons
    assert buttons["Suggest edit"] == f"{REPOSITORY}/edit/teach/2026/intro.md"
    assert not [title for title in buttons if title.startswith("Open in ")]


@pytest.mark.parametrize("page", ["intro", LESSON, HOMEWORK])
def test_a_page_says_where_it_stands(page, public):
    found = Page(public / f"{page}.html")
    assert found.canonical == found.meta["og:url"] == f"{ADDRESS}/{page}.html"
    assert found.meta["og:site_name"] == "What and Where"
    assert "sentence" in found.meta["og:description"]
    assert "sentence" in found.meta["og:image:alt"]
    assert found.meta["twitter:card"] == "summary_large_image"
    card = public / found.meta["og:image"].removeprefix(f"{ADDRESS}/")
    with Image.open(card) as picture:
        assert {BLUE, ORANGE, GREEN} <= {
            rgb for _, rgb in picture.convert("RGB").getcolors(100_000)
        }


def test_the_sitemap_lists_the_pages(public):
    entries = ElementTree.parse(public / "sitemap.xml").findall("{*}url/{*}loc")
    expected = [f"{ADDRESS}/{page}.html" for page in (LESSON, HOMEWORK, "intro")]
    assert sorted(entry.text for entry in entries) == sorted(expected)


def test_the_page_for_wrong_addresses_works_from_any_folder(public):
    """It finds its files and leads on, whatever address was asked for."""
    page = Page(public / "404.html")
    inside = [x for x in page.links if not x.startswith(("http", "#"))]
    assert f"{ADDRESS}/" in page.links
    assert f"/course/{LESSON}.html" in inside
    for link in inside:
        assert re.match("/course/[^?#]", link), link
        assert (public / re.split("[?#]", link.removeprefix("/course/"))[0]).is_file(), link
    assert page.canonical is None


def test_no_address_is_missing_or_empty(books):
    paths = [path for book in books for path in book.rglob("*.html")]
    links = {(path.name, link) for path in paths for link in Page(path).links}
    assert len(links) > 100
    assert [x for x in sorted(links) if not x[1] or re.search("None|undefined", x[1])] == []


def test_an_ordinary_book_has_none_of_it(ordinary):
    for path in ordinary.rglob("*.html"):
        page = Page(path)
        assert page.canonical is None
        assert page.buttons == {}
        assert not [name for name in page.meta if name and name.startswith(("og:", "twitter:"))]
        assert not re.search("colab|mybinder|github", path.read_text(encoding="utf8"), re.I), path
    made = {path.name for path in ordinary.rglob("*")}
    assert made.isdisjoint({"sitemap.xml", "404.html", "social_previews"})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("COURSE_REPOSITORY", "ada/course", "must look like https://github.com/owner/name"),
        ("COURSE_REPOSITORY", "git@github.com:ada/course", "must look like https"),
        ("COURSE_REPOSITORY", "https://github.com/ada", "must look like https"),
        ("COURSE_REPOSITORY", 'https://github.com/a"b/course', "must look like https"),
        ("COURSE_REPOSITORY", "https://example.edu/ada/course", "GitHub and GitLab"),
        ("COURSE_BRANCH", "", "without COURSE_BRANCH"),
        ("COURSE_BRANCH", "two words", "must look like main"),
        ("COURSE_HUB", "hub.example.edu", "must look like https://hub.example.edu"),
        ("COURSE_ADDRESS", "ada.github.io/course", "must look like https://owner.github.io/name/"),
        ("COURSE_ADDRESS", "https://ada.github.io/?x=<b>", "must look like"),
    ],
)
def test_a_wrong_value_is_named(name, value, says):
    with pytest.raises(ConfigError, match=re.escape(says)):
        read_environment(ENVIRONMENT | {name: value})


@pytest.mark.parametrize("name", ["COURSE_BRANCH", "COURSE_NOTEBOOKS", "COURSE_HUB"])
def test_what_needs_a_repository_says_so(name):
    with pytest.raises(ConfigError, match=f"{name} is given without COURSE_REPOSITORY"):
        read_environment({name: ENVIRONMENT[name]})


def test_empty_values_count_as_not_given():
    assert read_environment(dict.fromkeys(ENVIRONMENT, "")) == read_environment({})


def test_other_hosts():
    """Colab opens GitHub only; Binder names each host in its own way."""
    one = {"COURSE_BRANCH": "main", "COURSE_NOTEBOOKS": "notebooks"}
    gitlab = read_environment(one | {"COURSE_REPOSITORY": "https://gitlab.com/uni/ml/course.git/"})
    binder = "https://mybinder.org/v2/gl/uni%2Fml%2Fcourse/main?urlpath=lab/tree/x.ipynb"
    assert [(name, url) for name, _, url in gitlab.launchers("x.ipynb")] == [("Binder", binder)]
    own = read_environment(one | {"COURSE_REPOSITORY": "https://github.example.edu/ada/course"})
    [(name, _, url)] = own.launchers("x.ipynb")
    assert name == "Binder"
    assert "/v2/git/https%3A%2F%2Fgithub.example.edu%2Fada%2Fcourse/main?" in url
