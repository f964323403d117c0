"""Buttons and addresses of a published book, from the environment: a fork edits no file.

- ``COURSE_REPOSITORY``: address of the repository, ``https://github.com/owner/name``. With it,
  pages have "suggest an edit" and "open an issue", and notebooks open in Binder.
- ``COURSE_BRANCH``: its branch; needed with the repository.
- ``COURSE_NOTEBOOKS``: the branch with the notebooks that install the course by themselves, made by
  ``book/notebook_copies.py``. With it, notebooks also open in Colab.
- ``COURSE_HUB``: address of a JupyterHub with nbgitpuller. With it, notebooks open there, too.
- ``COURSE_ADDRESS``: where the book will stand. With it, the book has canonical addresses, a
  sitemap, a page for wrong addresses, and a preview for links in messages.

Without them, the book has none of this, and nothing that leads nowhere.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from sphinx.errors import ConfigError

MARK = "book/static/mark.png"
BINDER = "https://mybinder.org"
GENERATED = "homework/"  # pages made from sources that hold the solutions: nothing to edit there

BRANCH = re.compile(r"(?!/)[\w./-]+(?<!/)")
ADDRESS = re.compile(r"https?://[\w.-]+(:\d+)?(/[\w.~-]+)*/?")
REPOSITORY = re.compile(
    r"https://(?P<host>[\w.-]+)/(?P<owner>[\w./-]+)/(?P<name>[\w.-]+?)(\.git)?/?"
)


@dataclass(frozen=True)
class Published:
    """Where the book and its sources stand. What is not known is an empty string."""

    repository: str = ""
    branch: str = ""
    notebooks: str = ""
    hub: str = ""
    address: str = ""

    @property
    def on_github(self) -> bool:
        """Whether Colab can open the repository."""
        return self.repository.startswith("https://github.com/")

    def launchers(self, path: str) -> list[tuple[str, str, str]]:
        """Return name, icon and address of each place that opens the notebook at this path."""
        host, owner, name = REPOSITORY.fullmatch(self.repository).group("host", "owner", "name")
        provider, source = {
            "github.com": ("gh", f"{owner}/{name}"),
            "gitlab.com": ("gl", quote(f"{owner}/{name}", safe="")),
        }.get(host, ("git", quote(self.repository, safe="")))
        branch = quote(self.branch, safe="")
        binder = f"{BINDER}/v2/{provider}/{source}/{branch}?urlpath=lab/tree/{path}"
        found = [("Binder", "logo_binder.svg", binder)]
        if self.notebooks and self.on_github:
            colab = f"https://colab.research.google.com/github/{owner}/{name}/blob"
            found.insert(0, ("Colab", "logo_colab.png", f"{colab}/{self.notebooks}/{path}"))
        if self.hub:
            pull = {
                "repo": self.repository,
                "branch": self.notebooks or self.branch,
                "urlpath": f"lab/tree/{name}/{path}",
            }
            address = f"{self.hub}/hub/user-redirect/git-pull?{urlencode(pull, safe='/')}"
            found.append(("JupyterHub", "logo_jupyterhub.svg", address))
        return found


def read_environment(environment: Mapping[str, str]) -> Published:
    """Read the variables named above; an empty one counts as not given.

    Raises:
        ConfigError: a value is not of its form, or one is given without another that it needs.
    """

    def read(name: str, form: re.Pattern, example: str) -> str:
        value = environment.get(name, "").strip()
        if value and not form.fullmatch(value):
            raise ConfigError(f"{name} must look like {example}, but is {value!r}.")
        return value

    repository = read("COURSE_REPOSITORY", REPOSITORY, "https://github.com/owner/name")
    published = Published(
        repository=repository.removesuffix("/").removesuffix(".git"),
        branch=read("COURSE_BRANCH", BRANCH, "main"),
        notebooks=read("COURSE_NOTEBOOKS", BRANCH, "notebooks"),
        hub=read("COURSE_HUB", ADDRESS, "https://hub.example.edu").rstrip("/"),
        address=read("COURSE_ADDRESS", ADDRESS, "https://owner.github.io/name/"),
    )
    host = urlsplit(repository).netloc
    if repository and not ("github" in host or "gitlab" in host):
        raise ConfigError(
            f"COURSE_REPOSITORY is on {host}; buttons are known for GitHub and GitLab."
            " Leave it empty to build the book without them."
        )
    if repository and not published.branch:
        raise ConfigError("COURSE_REPOSITORY is given without COURSE_BRANCH: set it, too.")
    for name in ("branch", "notebooks", "hub"):
        if getattr(published, name) and not repository:
            raise ConfigError(
                f"COURSE_{name.upper()} is given without COURSE_REPOSITORY: set both or neither."
            )
    return published


def on_config(app, config) -> None:
    """Fill in the settings that the theme and the extensions read."""
    published = app.published = read_environment(os.environ)
    if published.repository:
        config.html_theme_options |= {
            "repository_url": published.repository,
            "repository_branch": published.branch,
            "path_to_docs": "",
            "use_repository_button": True,
            "use_edit_page_button": True,
            "use_issues_button": True,
        }
    if not published.address:
        return
    address = published.address.rstrip("/") + "/"
    config.html_baseurl = address
    config.sitemap_url_scheme = "{link}"
    config.sitemap_excludes = ["404.html", "genindex.html", "search.html"]
    config.notfound_urls_prefix = urlsplit(address).path
    config.notfound_context = {
        "title": "No such page",
        "body": "<h1>No such page</h1>\n<p>The address may be old or mistyped. Start from the"
        f' <a href="{address}">front page</a>, take a lesson from the contents, or search.</p>',
    }
    config.ogp_site_url = address
    config.ogp_site_name = config.html_title
    config.ogp_social_cards = {  # a picture for each page; a drawing would not do
        "image": MARK,
        "image_mini": MARK,
        "line_color": "#00734f",
    }


def on_page(app, page: str, template: str, context: dict, document) -> None:
    """Add the launch buttons, and take away what would lead astray."""
    published, suffix = app.published, context.get("page_source_suffix")
    if page == "404":
        context["pageurl"] = None  # it stands at every wrong address: none is canonical
    if not published.repository or app.builder.name != "html":
        return
    if page.startswith(GENERATED):
        for group in context["header_buttons"]:
            if group.get("label") == "source-buttons":
                group["buttons"] = [
                    button for button in group["buttons"] if button["label"] != "source-edit-button"
                ]
    if suffix == ".ipynb":
        buttons = [
            {"type": "link", "text": name, "tooltip": f"Open in {name}", "url": url}
            | {"icon": f"_static/images/{icon}", "label": f"launch-{name.lower()}-button"}
            for name, icon, url in published.launchers(page + suffix)
        ]
        group = {"type": "group", "tooltip": "Run this page", "icon": "fas fa-rocket"}
        context["header_buttons"].append(group | {"buttons": buttons, "label": "launch-buttons"})


def setup(app):
    """Load what the address needs, and register the two moments at which something is done."""
    if os.environ.get("COURSE_ADDRESS", "").strip():
        for extension in ("sphinx_sitemap", "notfound.extension", "sphinxext.opengraph"):
            app.setup_extension(extension)
    app.connect("config-inited", on_config, priority=100)
    app.connect("html-page-context", on_page, priority=502)  # the theme makes its buttons at 501
    return {"parallel_read_safe": True, "parallel_write_safe": True}
