"""Make pages light: no page loads style rules, icons or scripts that nothing in the book uses.

When the book is built, six things happen:

- A page gets the scripts it uses: the one for tabs only where there are tabs. All wait until the
  page is read (`defer`).
- A rule of a style sheet goes when it asks for a class or an id that no page and no script has.
- Code loses the marks of names, brackets and blanks, which have the colour of all text.
- The theme measures each box of code, to make those that scroll reachable by keyboard. It does so
  when the reader comes near, so that the browser need not lay the whole page out at once.
- The fonts of icons keep the signs that the style sheets name, out of thousands.
- Files that no page asks for go: maps to the theme's sources, its templates, its words in
  other languages.

The rule for classes is careful: any word in a script counts as a class, and a word that ends in a
hyphen counts as the start of one, since scripts put names together (`bs-` + `tooltip-auto`). What
stands inside `:is()`, `:not()`, `:has()` or `[...]` never takes a rule away.
"""

import re
import shutil
from pathlib import Path

import tinycss2
from fontTools import subset
from sphinx.errors import ExtensionError

# Scripts for a kind of content, and what tells that a page has some.
ONLY_FOR = {
    "design-tabs": "sd-tab-set",
    "copybutton": 'class="highlight',
    "clipboard": 'class="highlight',
    "glossary.js": 'class="gloss',
}

# Icons come from the theme's style sheet; no page uses its templates; maps lead those who debug the
# theme to its sources.
UNASKED = ["fontawesome.js*", "*webpack-macros.html", "*.map"]
# The classes or the id of an element; text has its quotation marks escaped.
GIVEN = re.compile(r"""\s(?:class|id)\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+)""")
ICON_FONT = re.compile(
    r'(fa-[\w-]+)\.woff2\) format\("woff2"\),\s*url\([^)]*\.ttf\) format\("truetype"\)'
)


class Used:
    """The names that pages and scripts may give to an element."""

    def __init__(self, pages: list[str], scripts: list[str]) -> None:
        given = (value for page in pages for value in GIVEN.findall(page))
        inline = (s for page in pages for s in re.findall(r"<script.*?</script>", page, re.S))
        words = {w for script in (*scripts, *inline) for w in re.findall(r"[\w-]+", script)}
        self.names = words.union(*(value.strip("\"'").split() for value in given))
        self.starts = tuple(word for word in words if re.fullmatch(r"[a-z][\w-]*-", word))

    def has(self, name: str) -> bool:
        """Tell whether an element may bear this class or id."""
        return name in self.names or name.startswith(self.starts)


def split_selectors(prelude: list) -> list[list]:
    """Split what stands before a rule's brace at its commas."""
    parts = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def may_match(selector: list, used: Used) -> bool:
    """Tell whether every class and id that a selector asks for may exist."""
    names = [token.value for token in selector if token.type == "hash"]
    pairs = zip(selector, selector[1:], strict=False)
    names += [after.value for dot, after in pairs if dot == "." and after.type == "ident"]
    return all(used.has(name) for name in names)


def lighter_style(css: str | list, used: Used) -> str:
    """Return a style sheet, text or tokens of tinycss2, without the rules that match nothing."""
    kept = []
    for rule in tinycss2.parse_rule_list(css, skip_whitespace=True):
        if rule.type == "qualified-rule":
            selectors = [s for s in split_selectors(rule.prelude) if may_match(s, used)]
            if selectors:
                before = ",".join(tinycss2.serialize(s).strip() for s in selectors)
                kept.append(f"{before}{{{tinycss2.serialize(rule.content)}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inside = lighter_style(rule.content, used)
            if inside:
                head = tinycss2.serialize(rule.prelude)
                kept.append(f"@{rule.at_keyword}{head}{{{inside}}}")
        elif rule.type == "error":
            raise ValueError(f"A style sheet cannot be read: {rule.message}.")
        elif rule.type != "comment" or rule.value.startswith("!"):  # licences stay
            kept.append(rule.serialize())
    return "\n".join(kept)


def signs(css: str) -> set[int]:
    """Return the characters that the strings of a style sheet name: the icons in use."""
    strings = re.findall(r'"(?:[^"\\]|\\.)*"', css)
    escapes = re.findall(r"\\([0-9a-f]{1,6})", " ".join(strings), flags=re.I)
    return {int(code, 16) for code in escapes} | {ord(sign) for sign in "".join(strings)}


def lighter_font(path: Path, characters: set[int]) -> None:
    """Cut a font down to some characters; `x.ttf` becomes `x.woff`."""
    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True)
    font = subset.load_font(str(path), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    subset.save_font(font, str(path.with_suffix(".woff")), options)


def lighter_code(body: str) -> str:
    """Take away the marks around code that have no colour of their own."""
    return re.sub(r'<span class="[npw]">([^<]*)</span>', r"\1", body)


def measure_when_near(script: str) -> str:
    """Return the theme's script with each box measured when the reader comes near it.

    Until then it counts as one that scrolls: it can be reached by keyboard. Formulas and
    figures are boxes too.

    Raises:
        ExtensionError: the script does not measure as pydata-sphinx-theme 0.17.1 does.
    """
    script, found = re.subn(
        r'\]\.join\(", "\)\)\.forEach\(e=>\{(e\.tabIndex=e\.scrollWidth[^{}]*)\}\)',
        r""",".katex-display",".drawn"].join(", ")).forEach(e=>{
            e.tabIndex=0;new IntersectionObserver((seen,near)=>{
                if(seen.some(box=>box.isIntersecting)){near.disconnect();\1}
            },{rootMargin:"100%"}).observe(e)})""",
        script,
    )
    if found != 1:
        raise ExtensionError(
            "light_pages expects one place where pydata-sphinx-theme.js sets tabIndex of boxes that"
            f" scroll, and found {found}. Adapt measure_when_near to this version of the theme."
        )
    return script


def without_map(script: str) -> str:
    """Return a script without the line that names the map to its sources."""
    return re.sub(r"\n//# sourceMappingURL=\S+\s*\Z", "\n", script)


def on_page(app, page, template, context, doctree):
    """Give a page its style sheets, each once, and the scripts it uses, which wait for the page."""
    content = context.get("body") or ""

    def wanted(file) -> bool:
        name = Path(str(file.filename or "")).name
        return all(mark in content for start, mark in ONLY_FOR.items() if name.startswith(start))

    styles = {str(file.filename): file for file in context["css_files"]}
    context["css_files"] = list(styles.values())
    if content:
        context["body"] = lighter_code(content)
    scripts = [file for file in context["script_files"] if wanted(file)]
    context["script_files"] = [waiting(file) for file in scripts]


def waiting(script):
    """Return a script that runs once the page is read, but for the one that lines in pages need."""
    if not script.filename or "documentation_options" in str(script.filename):
        return script
    attributes = {**script.attributes, "defer": "defer"}
    return type(script)(script.filename, priority=script.priority, **attributes)


def on_finished(app, exception):
    """Make the style sheets and the fonts of icons lighter, once all pages are written."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    for pattern in UNASKED:
        for path in static.rglob(pattern):
            path.unlink()
    shutil.rmtree(static / "locales")  # of the theme, whose words are in the pages by now
    scripts = {path: without_map(path.read_text(encoding="utf8")) for path in static.rglob("*.js")}
    theme = static / "scripts" / "pydata-sphinx-theme.js"
    scripts[theme] = measure_when_near(scripts[theme])
    for path, script in scripts.items():
        path.write_text(script, encoding="utf8")
    pages = [path.read_text(encoding="utf8") for path in out.rglob("*.html")]
    used = Used(pages, list(scripts.values()))
    icons = set()
    for path in static.rglob("*.css"):
        css = lighter_style(path.read_text(encoding="utf8"), used)
        icons |= signs(css)
        css = ICON_FONT.sub(r'\1.woff) format("woff")', css)
        path.write_text(css, encoding="utf8")
    for path in static.glob("vendor/fontawesome/webfonts/*.ttf"):
        lighter_font(path, icons)
        path.with_suffix(".woff2").unlink()
        path.unlink()


def setup(app):
    """Register what is done for each page and at the end."""
    app.connect("html-page-context", on_page, priority=900)
    app.connect("build-finished", on_finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
