"""Numbers of figures, in the order of the page."""

from book.extensions.figure_numbers import numbered

BODY = """<p>Text <img src="_static/mark.png"></p>
<div class="cell_output"><pre>1</pre><img alt="a" src="../_images/a.png" /></div>
<figure class="interactive" data-figure="rotary">
<div><img src="_static/still.png"></div><figcaption>It turns.</figcaption></figure>
<img src="../_images/b.png"/>"""


def test_pictures_and_figures_are_numbered_in_one_row():
    page = numbered(BODY)
    order = [page.index(f'id="figure-{n}"') for n in (1, 2, 3)]
    assert order == sorted(order)
    assert page.count("figure-line") == 2
    assert '<figure id="figure-2" class="interactive" data-figure="rotary"' in page
    assert '<figcaption><a class="figure-number" href="#figure-2">Figure 2</a>: It turns.' in page
    assert 'mark.png"></p>' in page


def test_a_page_without_figures_stays():
    assert numbered("<p>Text</p>") == "<p>Text</p>"
