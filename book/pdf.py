"""Print the whole book to one PDF: `python -m book.pdf`, or `make pdf`.

Sphinx lays all pages out as one, and Chromium prints it, with the network off. The next `make book`
ships the file and links it (`book/extensions/whole_book.py`).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import pikepdf
from playwright.sync_api import Page

from book.browser import launch_browser, load_pictures, unfold, visit_page
from book.course import ROOT

PDF = ROOT / "_build" / "pdf" / "what-and-where.pdf"
SECONDS = 600  # to load the page and draw its thousands of formulas, on a slow machine

FRONT = """() => {
    document.documentElement.classList.add('whole-book');
    const page = document.createElement('div');
    page.className = 'title-page';
    page.innerHTML = `<img src="_static/logo.svg" alt="">
        <p class="title">What and Where</p>
        <p>Token and positional embeddings, from lookup table to attention</p>
        <p class="small-print">The What and Where authors. Text and figures: CC BY 4.0. Code: MIT.
        Every number was computed by the notebooks printed here.</p>`;
    const contents = document.createElement('nav');
    contents.className = 'book-contents';
    contents.innerHTML = '<p class="title">Contents</p>';
    for (const node of document.querySelectorAll('#jb-print-toc nav > *')) {
        if (node.matches('.caption')) {
            const part = document.createElement('p');
            part.className = 'part';
            part.textContent = node.textContent;
            contents.append(part);
        } else if (node.matches('ul')) {
            const list = document.createElement('ul');
            for (const link of node.querySelectorAll(':scope > li > a')) {
                const line = document.createElement('li');
                line.innerHTML = `<a href="${link.getAttribute('href')}">${link.innerHTML}</a>`;
                list.append(line);
            }
            contents.append(list);
        }
    }
    document.querySelector('article').prepend(page, contents);
}"""

FOOTER = """<div style="width: 100%; padding: 0 16mm; font: 8px sans-serif; color: #555;
    display: flex; justify-content: space-between"><span>What and Where</span>
    <span class="pageNumber"></span></div>"""


def build_one_page(folder: Path) -> Path:
    """Lay the book out as one page below a folder and return its path.

    Raises:
        subprocess.CalledProcessError: Sphinx warns or fails; its words are on the terminal.
    """
    program = str(Path(sys.executable).with_name("jupyter-book"))
    command = [program, "build", "--builder", "singlehtml"]
    command += ["--path-output", str(folder), "-W", "--keep-going", "--quiet", str(ROOT)]
    subprocess.run(command, check=True)
    return folder / "_build" / "singlehtml" / "intro.html"


def prepare(page: Page) -> None:
    """Put the front matter in, open all that is folded, and wait for pictures."""
    page.add_style_tag(content="* { animation: none !important }")  # what unfolds fades in
    page.evaluate(FRONT)
    unfold(page)
    load_pictures(page)


def pack(path: Path) -> None:
    """Compress the objects of a PDF: Chromium writes the tags for screen readers as plain text."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(object_stream_mode=pikepdf.ObjectStreamMode.generate)


def main() -> None:
    """Build, print and pack."""
    PDF.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, launch_browser() as browser:
        visit = visit_page(browser, build_one_page(Path(folder)), seconds=SECONDS)
        prepare(visit.page)
        if problems := visit.failed_requests + visit.console_errors + visit.outside_requests:
            sys.exit(f"the page that is printed has problems: {problems}")
        visit.page.pdf(
            path=PDF,
            format="A4",
            margin={"top": "18mm", "bottom": "20mm", "left": "16mm", "right": "16mm"},
            print_background=True,
            outline=True,
            tagged=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
        )
    pack(PDF)
    print(f"{PDF} ({PDF.stat().st_size / 1e6:.1f} MB). Now `make book` ships it.")


if __name__ == "__main__":
    main()
