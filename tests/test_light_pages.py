"""What the book's pages do without, and what must stay."""

import pytest
from light_pages import Used, lighter_code, lighter_style, signs

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
