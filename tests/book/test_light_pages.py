"""What the book's pages do without, and what must stay."""

import pytest
from sphinx.errors import ExtensionError

from book.extensions.light_pages import (
    Used,
    lighter_code,
    lighter_style,
    measure_when_near,
    signs,
    without_map,
)

USED = Used(
    ['<p class="lead wide" id="top">word</p><script>add("inline")</script>'],
    ["e.classList.add(`bs-${name}-auto`, 'open')"],
)


@pytest.mark.parametrize(
    "rule",
    [
        "p{a:b}",
        ".lead:hover{a:b}",
        "#top .wide{a:b}",
        ".open{a:b}",
        ".inline{a:b}",
        ".bs-tooltip-auto{a:b}",  # put together by the script
        ".lead:not(.gone){a:b}",
        ":is(.gone,p){a:b}",
        "[class*=gone]{a:b}",
        "@font-face{a:b}",
        "@keyframes gone{from{a:b}}",
        "@media print{.lead{a:b}}",
    ],
)
def test_a_rule_that_may_match_stays(rule):
    assert lighter_style(rule, USED) == rule


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        (".gone{a:b}", ""),
        (".lead .gone{a:b}", ""),
        (".lead#gone{a:b}", ""),
        (".word{a:b}", ""),  # the text of a page names no class
        (".gone,.lead{a:b}", ".lead{a:b}"),
        ("@media print{.gone{a:b}}", ""),
    ],
)
def test_a_rule_that_matches_nothing_goes(rule, left):
    assert lighter_style(rule, USED) == left


def test_a_style_sheet_that_cannot_be_read_is_an_error():
    with pytest.raises(ValueError, match="cannot be read"):
        lighter_style(".lead", USED)


def test_code_keeps_its_text_and_the_marks_that_have_a_colour():
    code = '<span class="k">def</span><span class="w"> </span><span class="nf">f</span>'
    code += '<span class="p">(</span><span class="n">x</span><span class="p">)</span>'
    plain = '<span class="k">def</span> <span class="nf">f</span>(x)'
    assert lighter_code(code) == plain


def test_icons_are_found_as_escapes_and_as_letters():
    assert signs(r'.a{--fa:"\f0c9"}.b{content:"+"}') >= {0xF0C9, ord("+")}


MEASURES = '"pre"].join(", ")).forEach(e=>{e.tabIndex=e.scrollWidth>e.clientWidth?0:-1})'


def test_boxes_are_measured_when_near():
    script = f"q([{MEASURES}),t()"
    found = measure_when_near(script)
    assert found.startswith('q(["pre",".katex-display",".drawn"].join(", ")).forEach(e=>{')
    assert found.count("e.tabIndex=e.scrollWidth>e.clientWidth?0:-1") == 1
    assert found.endswith(",t()")


@pytest.mark.parametrize("times", [0, 2])
def test_another_theme_is_refused(times):
    script = times * f"q([{MEASURES});"
    with pytest.raises(ExtensionError, match=f"found {times}. Adapt measure_when_near"):
        measure_when_near(script)


def test_a_script_keeps_all_but_the_name_of_its_map():
    script = "a();\n//# sourceMappingURL=x.js.map"
    assert without_map(script) == "a();\n"
    assert without_map(f"{script}\nb();") == f"{script}\nb();"
