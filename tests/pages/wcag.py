"""What WCAG 2.2 asks for, levels A and AA: what axe-core can tell of it, and contrast."""

import re

from axe_playwright_python.sync_playwright import Axe

from book.browser import lay_out

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
CONTRAST = "color-contrast"  # two thirds of the time


def violations(page, *, contrast, within=None):
    """Return what axe-core finds in a page, or within one element of it: rule and place."""
    if within is None:
        lay_out(page)
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": LEVELS}}
    options["preload"] = False  # it fetches style sheets, which a page from disk may not
    if contrast:
        options["runOnly"] = {"type": "rule", "values": [CONTRAST]}
    else:
        options["rules"] = {
            CONTRAST: {"enabled": False},
            "target-size": {"enabled": True},  # of WCAG 2.2, off by default
        }
    found = Axe().run(page, context=within, options=options).response["violations"]
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
