"""Put the figures that cells draw into the page as SVG: sharp, in its colours, with real text.

Colours become the page's own variables, so that one file is light on a light page and dark on a
dark one. Where a figure was drawn a second time for phones (`book/narrow.py`), the page has both,
and the style sheet shows the one that fits. The file itself stays, to be downloaded.
"""

import base64
import hashlib
import html
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import numpy as np
from matplotlib.colors import to_hex, to_rgb
from PIL import Image

from src.plotting import COLOURS, ON_WHITE, ink_on

PICTURE = re.compile(
    r'<img (?P<rest>[^>]*src="(?P<file>[^"]*_images/(?P<name>[^"/]+\.svg))"[^>]*)>'
)
ALT = re.compile(r'alt="([^"]*)"')
PIXELS = 110 / 72  # of the page for each of the figure's points, where there is room
LEAST = 9  # pixels: no type of a figure gets smaller
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
COLOUR = re.compile(r"#[0-9a-f]{6}\b")
LINK = re.compile(r"(?<=url\(#)[^)]+|(?<=^#).+")
# `hue-rotate(180deg)` as CSS defines it: Filter Effects Module Level 1, feColorMatrix hueRotate.
HUES_HALF_TURNED = 2 * np.tile([0.213, 0.715, 0.072], (3, 1)) - np.eye(3)


def variable(colour: str, *, text: bool, tint: bool) -> str:
    """Return the page's variable for a colour of a figure; what is none of the book's stays.

    Args:
        colour: as "#rrggbb".
        text: whether letters have it; they need more contrast than marks.
        tint: whether it is an area that shines through, with letters on it.
    """
    for name, own in COLOURS.items():
        if name == "neutral":
            continue
        darker = to_hex([0.75 * part for part in to_rgb(own)])
        if colour in (own.lower(), darker):
            kind = "-text" if text or colour == darker else "-tint" if tint else ""
            return f"var(--{name}{kind})"
    parts = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    light = sum(parts) / 3
    if max(parts) - min(parts) > 20 or (text and (light > 250 or colour == "#010101")):
        return colour
    steps = ((90, "ink"), (140, "ink-soft"), (180, "ink-line"), (250, "pst-color-border"))
    if tint and 90 <= light < 180:
        return "var(--neutral-tint)"
    found = next((name for most, name in steps if light < most), "pst-color-background")
    return f"var(--{found})"


def on_pixels(root: ElementTree.Element) -> set[ElementTree.Element]:
    """Return what lies on the pixels of a heat map, which turn as one on a dark page."""
    found = set()
    for axes in root.iter("g"):
        if not axes.get("id", "").startswith("axes_") or axes.find("./g/image") is None:
            continue
        left, right, top, bottom = box(axes[0][0].get("d"))
        for child in axes:
            kind = child.get("id", "").partition("_")[0]
            if kind == "line2d":
                found |= set(child.iter())
            for part in child.iter("text") if kind == "text" else ():
                x, y = (float(part.get(key, "nan")) for key in "xy")
                if left < x < right and top < y < bottom:
                    found |= set(child.iter())
            for part in child.iter("path") if kind == "patch" and child is not axes[0] else ():
                x0, x1, y0, y1 = box(part.get("d"))
                if x0 < x1 and y0 < y1:  # a spine is a line
                    found.add(part)
    return found


def mark_pixels(root: ElementTree.Element, fixed: set[ElementTree.Element]) -> None:
    """Give the pixels of heat maps, and what lies on them, a class: course.css turns them dark.

    White or black letters on a cell are flipped where the dark cell asks for it.
    """
    within = {part for defs in root.iter("defs") for part in defs.iter()}
    maps = cells(root)
    for element in root.iter():
        leaf = element in fixed and element.tag not in ("g", "tspan") and element not in within
        light = ink_by_night(element, maps) if leaf and element.tag == "text" else None
        if light is not None and light != (ink_of(element) == "#ffffff"):
            element.set("class", "flipped")
        elif element.tag == "image" or (leaf and light is None):
            element.set("class", "pixels")


def ink_of(text: ElementTree.Element) -> str:
    """Return the colour of letters as "#rrggbb"."""
    ink = re.search(r"fill: ?(#\w{6})", text.get("style", ""))
    return ink[1] if ink else "#000000"


def cells(root: ElementTree.Element) -> list[tuple[Image.Image, list[float]]]:
    """Return the pixels of each heat map, one a cell, and the matrix that puts them in place."""
    found = []
    for image in root.iter("image"):
        matrix = re.findall(r"-?[\d.]+", image.get("transform", ""))
        if len(matrix) == 6:  # else a picture with more pixels than cells
            data = base64.b64decode(image.get("href").partition(",")[2])
            found.append((Image.open(io.BytesIO(data)).convert("RGB"), [*map(float, matrix)]))
    return found


def ink_by_night(
    text: ElementTree.Element, maps: list[tuple[Image.Image, list[float]]]
) -> bool | None:
    """Tell whether letters on a heat map's cell are to be light when it is dark.

    Returns:
        None if they are neither white nor black, or on no cell.
    """
    if ink_of(text) not in ("#000000", ON_WHITE, "#ffffff"):
        return None
    size = float(re.search(r"font-size: ?([\d.]+)px", text.get("style"))[1])
    x, y = float(text.get("x")), float(text.get("y")) - 0.35 * size  # the middle of the letters
    for pixels, (width, _, _, height, left, top) in maps:
        pixel = int((x - left) // width), int((y - top) // height)
        if 0 <= pixel[0] < pixels.width and 0 <= pixel[1] < pixels.height:
            return ink_on(dark_version(pixels.getpixel(pixel))) == "white"
    return None


def dark_version(colour: tuple[int, int, int]) -> list[float]:
    """Return what `invert(0.93) hue-rotate(180deg)` makes of a colour, from 0 to 1: course.css."""
    turned = HUES_HALF_TURNED @ (0.93 - 0.86 * np.array(colour) / 255)
    return turned.clip(0, 1).tolist()


def box(path: str) -> tuple[float, float, float, float]:
    """Return the least and largest x, and the least and largest y, of a path of straight lines."""
    x, y = ([float(n) for n in re.findall(r"-?[\d.]+", path)[start::2]] for start in (0, 1))
    return min(x), max(x), min(y), max(y)


def styled(element: ElementTree.Element, *, fixed: bool) -> None:
    """Give an element the page's colours, unless they are fixed, and its text the page's fonts."""
    text = element.tag in ("text", "tspan")
    parts = filter(None, element.get("style", "").replace(" ", "").split(";"))
    style = dict(part.split(":", 1) for part in parts)
    style.pop("font-family", None)
    tint = float(style.get("opacity", style.get("fill-opacity", 1))) < 1
    for key in ("fill", "stroke"):
        if COLOUR.fullmatch(style.get(key, "")) and not fixed:
            style[key] = variable(style[key], text=text, tint=tint and key == "fill")
    if element.tag == "text" and fixed:
        style.setdefault("fill", "#000000")  # what has no colour is black, or light on a dark page
    if style:
        element.set("style", ";".join(f"{key}:{value}" for key, value in style.items()))


def for_page(svg: str, name: str, kind: str) -> str:
    """Return a figure's SVG for the page's HTML.

    Args:
        svg: as matplotlib writes it.
        name: of the figure; its parts' names begin with it, since a page has several.
        kind: its class, "wide" or "narrow".
    """
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.partition("}")[2] or element.tag
        for key in [key for key in element.attrib if "}" in key]:
            element.set(key.partition("}")[2], element.attrib.pop(key))
    for child in [child for child in root if child.tag == "metadata"]:
        root.remove(child)
    for parent in list(root.iter()):
        for style in [child for child in parent if child.tag == "style"]:
            parent.remove(style)  # it would hold for the whole page: see course.css
    figure = root.find("g")
    figure.remove(figure[0])  # the white ground
    whole = ElementTree.tostring(root, encoding="unicode")
    asked = dict.fromkeys(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", whole))
    names = {old: f"{name}-{number}" for number, old in enumerate(asked)}
    fixed, sizes = on_pixels(root), []
    mark_pixels(root, fixed)
    for element in root.iter():
        styled(element, fixed=element in fixed)
        own = names.get(element.attrib.pop("id", None))
        if own:
            element.set("id", own)
        for key in ("clip-path", "href", "fill", "style"):
            if "#" in (value := element.get(key, "")) and not value.startswith("data:"):
                element.set(key, LINK.sub(lambda link: names.get(link[0], link[0]), value))
        for key in ("d", "x", "y", "transform", "width", "height", "points"):
            if element is not root and key in element.attrib:
                element.set(key, shorter(element.get(key)))
        size = re.search(r"font-size:([\d.]+)px", element.get("style", ""))
        if size and element.tag == "text":  # an exponent may be smaller
            sizes.append(float(size[1]))
        if element.text and not element.text.strip() and element.tag != "text":
            element.text = None
        element.tail = None if element.tail is None or not element.tail.strip() else element.tail
    join_clipped(root)
    _, _, width, _ = map(float, root.get("viewBox").split())
    least = width * LEAST / min(sizes, default=LEAST)
    root.attrib = {
        "class": kind,
        "viewBox": shorter(root.get("viewBox")),
        "width": f"{width * PIXELS:.0f}",
        "style": f"--least:{least:.0f}px",
        "aria-hidden": "true",
    }
    return ElementTree.tostring(root, encoding="unicode")


def join_clipped(root: ElementTree.Element) -> None:
    """Put what is clipped alike, one after the other, into one group: each dot has its own."""
    for parent in list(root.iter("g")):
        last = None
        for child in list(parent):
            alike = last is not None and child.attrib == last.attrib and child.tag == "g"
            if alike and [*child.attrib] == ["clip-path"]:
                last.extend(child)
                parent.remove(child)
            else:
                last = child


def shorter(value: str) -> str:
    """Return coordinates to a hundredth of a point, on one line."""
    return " ".join(
        NUMBER.sub(lambda n: f"{float(n[0]):.2f}".rstrip("0").rstrip("."), value).split()
    )


def narrow_ones(path: Path) -> dict[str, str]:
    """Return the narrow SVG for each wide one, without space at its ends, of a notebook."""
    if path.suffix != ".ipynb":
        return {}
    outputs = (o for c in nbformat.read(path, 4).cells for o in c.get("outputs", []))
    return {
        output.data["image/svg+xml"].strip(): output.metadata["image/svg+xml"]["narrow"]
        for output in outputs
        if "narrow" in output.get("metadata", {}).get("image/svg+xml", {})
    }


def with_figures(body: str, files: dict[str, Path], narrow: dict[str, str]) -> str:
    """Return a page's HTML with its figures in it.

    Args:
        body: the HTML, with an `<img>` for each figure.
        files: where the SVG of a name is.
        narrow: the narrow SVG for a wide one.
    """

    def figure(match: re.Match) -> str:
        svg = files[match["name"]].read_text(encoding="utf8")
        name = f"f{hashlib.sha256(svg.encode()).hexdigest()[:8]}"
        small = narrow.get(svg.strip())
        drawn = for_page(svg, name, "wide" if small else "only")
        drawn += for_page(small, f"{name}n", "narrow") if small else ""
        alt = ALT.search(match["rest"])
        label = html.escape(html.unescape(alt[1] if alt else ""), quote=True)
        says = f'data-file="{match["file"]}" role="img" aria-label="{label}"'
        return f'<div class="drawn" {says}>{drawn}</div>'

    return PICTURE.sub(figure, body)


def on_page(app, page, template, context, doctree):
    """Draw the figures of a page; the PDF, which is one page, has the wide ones."""
    if app.builder.format != "html" or "_images/" not in (context.get("body") or ""):
        return
    files = {name: Path(app.srcdir, path) for path, name in app.builder.images.items()}
    narrow = narrow_ones(Path(app.env.doc2path(page))) if app.builder.name == "html" else {}
    context["body"] = with_figures(context["body"], files, narrow)


def setup(app):
    """Register the moment at which a page is whole, before its figures are counted."""
    app.connect("html-page-context", on_page, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
