"""What a page asks its host for: style sheets joined into one."""

import shutil
from types import SimpleNamespace

import pytest

from book.extensions.fewer_requests import join, on_finished, whole

PAGE = """<head>
<link href="../_static/styles/theme.css?v=1" rel="stylesheet" />
<link rel="icon" href="../_static/logo.svg">
<link rel="stylesheet" type="text/css" href="../_static/course.css" />
</head>"""


@pytest.fixture
def static(tmp_path):
    """Two style sheets and one that the first imports."""
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles/theme.css").write_text(
        '@charset "UTF-8";\n@import "../basic.css";\na{background:url("../a.png")}'
        "b{background:url(\"data:image/svg+xml,%3Csvg d='url(x)'\")}"
    )
    (tmp_path / "basic.css").write_text("@font-face{src:url(fonts/x.woff2)}")
    (tmp_path / "course.css").write_text("c{background:url(https://example.org/c.png)}")
    return tmp_path


def test_addresses_lead_to_the_same_files(static):
    css = whole(static / "styles/theme.css", static)
    assert "url(a.png)" in css
    assert "url(fonts/x.woff2)" in css
    assert "%3Csvg d='url(x)'\")" in css
    assert whole(static / "course.css", static) == (static / "course.css").read_text()


def test_import_comes_in_its_place(static):
    css = whole(static / "styles/theme.css", static)
    assert css.index("@font-face") < css.index("a{")
    assert "@import" not in css
    assert "@charset" not in css


def test_a_page_names_one_style_sheet_with_all_in_order(static):
    html = join(PAGE, static)
    (made,) = static.glob("styles-*.css")
    assert html.count('rel="stylesheet"') == 1
    assert f'href="../_static/{made.name}"' in html
    assert "logo.svg" in html
    css = made.read_text()
    assert css.index("@font-face") < css.index("a{") < css.index("c{")


def test_another_text_gets_another_name(static):
    """A browser that keeps files must not show an old style."""
    join(PAGE, static)
    (static / "course.css").write_text("c{color:red}")
    join(PAGE, static)
    assert len(list(static.glob("styles-*.css"))) == 2


def test_page_without_styles_stays_as_it_is(static):
    assert join("<head></head>", static) == "<head></head>"


def test_a_second_build_keeps_the_style(static, tmp_path_factory):
    """Its joined sheet has the name of the first's, which is still there."""
    out = tmp_path_factory.mktemp("html")
    app = SimpleNamespace(outdir=out, builder=SimpleNamespace(format="html"))
    page = out / "page.html"
    for written_anew in (True, True, False):
        shutil.copytree(static, out / "_static", dirs_exist_ok=True)  # as Sphinx does
        (out / "_static/documentation_options.js").touch()
        if written_anew:
            page.write_text(PAGE.replace("../", ""))
        on_finished(app, None)
        [style] = (out / "_static").rglob("*.css")
        assert f'href="_static/{style.name}"' in page.read_text()
