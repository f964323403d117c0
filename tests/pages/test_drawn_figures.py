"""Labels of figures can be read and do not touch: on a desktop and a phone, by day and by night."""

import pytest

from book.browser import BOOK, DESKTOP, lay_out
from book.course import ROOT
from book.extensions.vector_figures import narrow_ones

PHONE = {"width": 360, "height": 780}
LEAST = 8.9  # pixels, rounded

# What is wrong with the labels of the figures that are shown: each has its text, size and box.
WRONG_LABELS = """least => {
    const wrong = [];
    for (const svg of document.querySelectorAll('.drawn svg')) {
        if (!svg.getClientRects().length) continue;
        const frame = svg.getBoundingClientRect(), scale = svg.getScreenCTM().a, boxes = [];
        const name = svg.closest('.drawn').nextElementSibling?.id;
        for (const text of svg.querySelectorAll('text')) {
            if (!text.textContent.trim()) continue;
            const box = text.getBoundingClientRect(), said = text.textContent.trim();
            const size = parseFloat(getComputedStyle(text).fontSize) * scale;
            if (size < least) wrong.push(`${name}: "${said}" has ${size.toFixed(1)} px`);
            const out = Math.max(frame.left - box.left, box.right - frame.right,
                                 frame.top - box.top, box.bottom - frame.bottom);
            if (out > 2) wrong.push(`${name}: "${said}" sticks out by ${out.toFixed(0)} px`);
            const { a, b } = text.getScreenCTM();
            if (Math.min(Math.abs(a), Math.abs(b)) > 0.05) continue; // a slanted box is mostly air
            for (const [other, there] of boxes) {
                const over = Math.min(box.right, there.right) - Math.max(box.left, there.left);
                const high = Math.min(box.bottom, there.bottom) - Math.max(box.top, there.top);
                if (over > 2 && high > 4) wrong.push(`${name}: "${said}" and "${other}" touch`);
            }
            boxes.push([said, box]);
        }
    }
    return wrong;
}"""

# Letters whose contrast to what lies below them is too low.
FAINT = """async () => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const seen = (draw, filter) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.filter = filter;
        draw();
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const rgba = (colour, filter = 'none') => seen(() => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
    }, filter);
    const cell = async (image, x, y) => { // the pixel of a heat map at a place of the screen
        const pixels = new Image();
        pixels.src = image.href.baseVal;
        await pixels.decode();
        const at = new DOMPoint(x, y).matrixTransform(image.getScreenCTM().inverse());
        const along = (part, least, size, count) => Math.floor((part - least) / size * count);
        const column = along(at.x, image.x.baseVal.value, image.width.baseVal.value, pixels.width);
        const row = along(at.y, image.y.baseVal.value, image.height.baseVal.value, pixels.height);
        const draw = () => canvas.drawImage(pixels, column, row, 1, 1, 0, 0, 1, 1);
        return seen(draw, getComputedStyle(image).filter);
    };
    const light = parts => parts.slice(0, 3).map(x => x / 255)
        .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
        .reduce((sum, x, n) => sum + x * [0.2126, 0.7152, 0.0722][n], 0);
    const page = rgba(getComputedStyle(document.body).backgroundColor);
    const faint = [];
    for (const svg of document.querySelectorAll('.drawn svg')) {
        if (!svg.getClientRects().length) continue;
        svg.scrollIntoView({ block: 'center', behavior: 'instant' });
        for (const text of svg.querySelectorAll('text')) {
            if (!text.textContent.trim()) continue;
            const box = text.getBoundingClientRect();
            const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
            const below = document.elementsFromPoint(x, y)
                .filter(element => svg.contains(element) && !element.closest('text')
                    && 2 * element.getBoundingClientRect().width > box.width); // no mere dot
            let ground = page;
            for (const element of below.reverse()) {
                const { fill, fillOpacity, opacity, filter } = getComputedStyle(element);
                const pixels = element.tagName === 'image';
                const area = ['path', 'rect', 'use'].includes(element.tagName) && fill !== 'none';
                if (!pixels && !area) continue;
                const over = pixels ? await cell(element, x, y) : rgba(fill, filter);
                const share = over[3] * (pixels ? 1 : fillOpacity) * opacity;
                ground = ground.map((x, n) => x + share * (over[n] - x));
            }
            const ink = rgba(getComputedStyle(text).fill, getComputedStyle(text).filter);
            const pair = [light(ink), light(ground)].sort((a, b) => b - a);
            const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
            if (contrast < 4.5) faint.push(`"${text.textContent.trim()}": ${contrast.toFixed(1)}`);
        }
    }
    return faint;
}"""


def test_phones_get_the_narrow_figures(visit):
    """All that a notebook has, in place of the wide ones."""
    notebook = ROOT / visit.path.relative_to(BOOK).with_suffix(".ipynb")
    count = len(narrow_ones(notebook)) if notebook.exists() else 0
    visit.page.set_viewport_size(PHONE)
    shown = visit.page.eval_on_selector_all(
        ".drawn[data-file] svg", "all => all.map(svg => svg.checkVisibility() && svg.classList[0])"
    )
    assert (shown.count("narrow"), shown.count("wide")) == (count, 0)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_labels_can_be_read_and_do_not_touch(visit, size):
    if not visit.page.locator(".drawn").count():
        return
    visit.page.set_viewport_size(size)
    lay_out(visit.page)
    assert visit.page.evaluate(WRONG_LABELS, LEAST) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_labels_stand_out_from_what_is_below_them(visit, theme):
    if not visit.page.locator(".drawn").count():
        return
    visit.page.set_viewport_size(DESKTOP)
    lay_out(visit.page)
    visit.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    faint = visit.page.evaluate(FAINT)
    visit.page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert faint == []
