"""Make slides of each chapter from its lessons: `python -m book.slides [CHAPTER ...]`.

One file for each chapter, `_build/slides/<chapter>.html`, opens from disk without a network: arrow
keys move on, and printing gives one page for each slide. A slide is a section of a lesson: its
heading, its first words, its questions to predict, its formulas, sentences in bold and figures.
Where there is a question, what answers it is folded until you click.
"""

import argparse
import html
import re
import shutil
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import sphinxcontrib.katex
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from book.course import PROMISE, ROOT, Page, chapters

OUTPUT = ROOT / "_build" / "slides"
TEMPLATE = Path(__file__).with_name("slides.html")
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
MARKDOWN.use(dollarmath_plugin, renderer=lambda tex, options: html.escape(tex))

LEAD = 260  # characters of a section's first paragraph that a slide shows
DENSE = 900  # characters from which a slide is set smaller, its lists in two columns
WHOLE = {"Summary"}  # sections that a slide shows in full
PREDICT = re.compile(r'<details class="predict">.*?</details>', re.DOTALL)
# What no slide shows: other folded boxes, code, and figures that need a reader's hand.
HIDDEN = re.compile(r"<details.*?</details>|```.*?```|<(style|svg|div)\b.*?</\1>", re.DOTALL)
FORMULA = re.compile(r"\$\$.+?\$\$", re.DOTALL)
BOLD = re.compile(r"\*\*([^*\n]{12,}[.?!:]?)\*\*")


@dataclass
class Slide:
    """One section of a lesson: Markdown for the text, and figures as (SVG, alt text)."""

    level: int
    title: str
    text: str = ""
    figures: list[tuple[str, str]] = field(default_factory=list)


def sections(lesson: Page) -> list[Slide]:
    """Cut a lesson at its headings, figures included; a heading in code is none."""
    slides: list[Slide] = []
    for cell in nbformat.read(lesson.notebook, as_version=4).cells:
        if cell.cell_type == "markdown":
            fenced = False
            for line in cell.source.split("\n"):
                fenced ^= line.startswith("```")
                heading = None if fenced else re.fullmatch(r"(#{1,3}) (.+)", line)
                if heading:
                    slides.append(Slide(len(heading[1]), heading[2]))
                else:
                    slides[-1].text += line + "\n"
            slides[-1].text += "\n"
        for output in cell.get("outputs", []):
            picture = output.get("data", {}).get("image/svg+xml")
            if picture:
                slides[-1].figures.append((picture, cell.metadata["mystnb"]["image"]["alt"]))
    return slides


def digest(slide: Slide) -> str:
    """Return what a slide says of its section, as Markdown."""
    if slide.level == 1 or slide.title in WHOLE:
        text = PROMISE.sub("", HIDDEN.sub("", slide.text))
        # A figure leads many lessons: their first slide has the idea and the figure, not the goals.
        led = slide.level == 1 and slide.figures
        return text.partition("After it you can")[0] if led else text
    plain = HIDDEN.sub("", slide.text)
    prose = FORMULA.sub("", plain)
    questions = PREDICT.findall(slide.text)
    # What comes after a question may answer it: only what comes before can lead the slide.
    before = slide.text.split(questions[0])[0] if questions else slide.text
    opening = FORMULA.sub("", HIDDEN.sub("", before))
    paragraphs = [p.strip() for p in opening.split("\n\n")]
    paragraphs = [p for p in paragraphs if p and p[0] not in "|-<:#" and not BOLD.fullmatch(p)]
    said = [shortened(paragraphs[0])] if paragraphs else []
    said += questions
    found = FORMULA.findall(plain)
    bold = [f"- **{sentence}**" for sentence in BOLD.findall(prose)]
    found += ["\n".join(bold)] if bold else []
    if found and questions:
        folded = "\n\n".join(found)
        said.append(f"<details><summary>What the section finds</summary>\n\n{folded}\n\n</details>")
    else:
        said += found
    return "\n\n".join(said) or plain


def shortened(paragraph: str) -> str:
    """Return the first sentences of a paragraph, at least one, up to LEAD characters."""
    sentences = re.split(r"(?<=[.?!:])\s+(?=[A-Z*`$])", paragraph)
    while len(sentences) > 1 and len(" ".join(sentences)) > LEAD:
        sentences.pop()
    return " ".join(sentences)


def rendered(markdown: str) -> str:
    """Return Markdown as HTML: links as words, formulas without their numbers."""
    markdown = re.sub(r" ?\\tag\{\d+\}", "", markdown)
    markdown = re.sub(r"[,:]? \(?\[\(\d+\)\]\([^)]*\)\)?,?", "", markdown)
    markdown = re.sub(r"(?<!!)\[([^\]\n]+)\]\([^)\s]+\)", r"\1", markdown)
    return MARKDOWN.render(markdown)


def as_html(slide: Slide) -> str:
    """Return one slide as a section of the page."""
    heading = rendered(slide.title).strip().removeprefix("<p>").removesuffix("</p>")
    figures = "".join(
        f'<img src="data:image/svg+xml;base64,{b64encode(picture.encode()).decode()}"'
        f' alt="{html.escape(alt)}">'
        for picture, alt in slide.figures
    )
    figures = f'<div class="figures">{figures}</div>' if figures else ""
    markdown = digest(slide)
    dense = " dense" if len(markdown) > DENSE else ""
    text = f'<div class="text{dense}">{rendered(markdown)}</div>'
    return (
        f'<section class="slide level{slide.level}"><h2>{heading}</h2>'
        f'<div class="body">{text}{figures}</div></section>'
    )


def make(chapter: str, lessons: list[Page], output: Path) -> Path:
    """Write the slides of a chapter and the files they need; return the page's path."""
    slides = "\n".join(as_html(slide) for lesson in lessons for slide in sections(lesson))
    output.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "book/static/katex", output / "katex", dirs_exist_ok=True)
    script = Path(sphinxcontrib.katex.__file__).with_name("katex.min.js")
    shutil.copy(script, output / "katex" / "katex.min.js")
    page = TEMPLATE.read_text(encoding="utf8")
    page = page.replace("{title}", chapter.replace("_", " ").capitalize())
    path = output / f"{chapter}.html"
    path.write_text(page.replace("{slides}", slides), encoding="utf8")
    return path


def main() -> None:
    """Read the command line and write the slides."""
    known = chapters()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help=f"of {', '.join(known)}")
    asked = parser.parse_args().chapters or list(known)
    unknown = [name for name in asked if name not in known]
    if unknown:
        parser.error(f"no such chapter: {', '.join(unknown)}. Choose from {', '.join(known)}.")
    for name in asked:
        print(make(name, known[name], OUTPUT).as_uri())


if __name__ == "__main__":
    main()
