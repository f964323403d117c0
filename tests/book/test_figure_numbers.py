"""Numbers of figures, in the order of the page."""

from book.extensions.figure_numbers import numbered

BODY = """<p>Text <img src="_static/mark.png"></p>
<div class="cell_output"><pre>1</pre>
<div class="drawn" data-file="../_images/a.svg"><svg></svg></div></div>
<figure class="interactive" data-figure="rotary">
<div><img src="_static/still.png"></div><figcaption>It turns.</figcaption></figure>
<div class="drawn" data-file="b.svg"><svg></svg></div>"""


def test_pictures_and_figures_are_numbered_in_one_row():
    page = numbered(BODY)
    order = [page.index(f'id="figure-{n}"') for n in (1, 2, 3)]
    assert order == sorted(order)
    assert page.count("figure-line") == 2
    assert 'href="../_images/a.svg" download>SVG</a>' in page
    assert '<figure id="figure-2" class="interactive" data-figure="rotary"' in page
    assert '<figcaption><a class="figure-number" href="#figure-2">Figure 2</a>: It turns.' in page
    assert 'mark.png"></p>' in page


def test_a_page_without_figures_stays():
    assert numbered("<p>Text</p>") == "<p>Text</p>"
