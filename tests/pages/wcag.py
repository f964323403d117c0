"""What WCAG 2.2 asks for, levels A and AA: what axe-core can tell of it, and contrast."""

import re

from axe_playwright_python.sync_playwright import Axe

from book.browser import lay_out

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
CONTRAST = "color-contrast"

# Text that looks as another one does, on the same ground, needs no second check: it is marked.
MARK_SAME_LOOKS = """known => {
    const seen = new Set(known);
    const clear = colour => colour === 'transparent' || colour.endsWith(', 0)');
    for (const element of document.body.querySelectorAll('*')) {
        const texts = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE);
        element.removeAttribute('data-same-look');
        if (!texts.some(text => text.data.trim())) continue;
        const { color, fontSize, fontWeight } = getComputedStyle(element);
        const look = [color, fontSize, fontWeight];
        for (let e = element; e; e = e.parentElement) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(e);
            if (e === element || e === element.parentElement) look.push(e.tagName, e.classList);
            if (opacity !== '1') look.push(opacity);
            if (backgroundImage !== 'none') look.push(backgroundImage);
            look.push(...clear(backgroundColor) ? [] : [backgroundColor]);
            if (backgroundColor.startsWith('rgb(')) break;
        }
        if (seen.has(look.join())) element.setAttribute('data-same-look', '');
        seen.add(look.join());
    }
    return [...seen];
}"""

HIDE_SAME_LOOKS = "[data-same-look]:not(:has(*)) { display: none !important }"


def violations(page, *, contrast, within=None, seen=None):
    """Return what axe-core finds in a page, or within one element of it: rule and place.

    A set given as `seen` keeps the looks of text whose contrast was checked, from page to page.
    """
    if within is None:
        lay_out(page)
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": LEVELS}}
    options["preload"] = False  # it fetches style sheets, which a page from disk may not
    if contrast:
        looks = page.evaluate(MARK_SAME_LOOKS, list(seen or ()))
        (set() if seen is None else seen).update(looks)
        hidden = page.add_style_tag(content=HIDE_SAME_LOOKS)
        within = {"include": [[within or "html"]], "exclude": [["[data-same-look]"]]}
        options["runOnly"] = {"type": "rule", "values": [CONTRAST]}
    else:
        options["rules"] = {
            CONTRAST: {"enabled": False},
            "target-size": {"enabled": True},  # of WCAG 2.2, off by default
        }
    found = Axe().run(page, context=within, options=options).response["violations"]
    if contrast:
        hidden.evaluate("style => style.remove()")
    return [
        f"{rule['id']} ({rule['help']}): {node['html'][:150]} at {node['target'][-1]}"
        for rule in found
        for node in rule["nodes"]
    ]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours written as `rgb(r, g, b)`, as WCAG defines it."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour written as `rgb(r, g, b)`."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
