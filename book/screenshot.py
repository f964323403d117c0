"""Take pictures of the built book: desktop and phone, light and dark, whole pages.

Usage: `python -m book.screenshot OUTPUT_DIRECTORY [PAGE ...]`, with a page written as in
`chapters/combining/01_adding`. Without pages it takes them all.
"""

import argparse
from itertools import product
from pathlib import Path

from book.browser import (
    BOOK,
    DESKTOP,
    PHONE,
    book_pages,
    launch_browser,
    lay_out,
    load_pictures,
    unfold,
    visit_page,
)


def main() -> None:
    """Read the command line and write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path, help="directory for the pictures")
    parser.add_argument("pages", nargs="*", help="pages without .html; all when left out")
    parser.add_argument("--open", action="store_true", help="unfold the folded answers")
    options = parser.parse_intermixed_args()

    pages = [BOOK / f"{page.removesuffix('.html')}.html" for page in options.pages] or book_pages()
    missing = [str(page) for page in pages if not page.is_file()]
    if missing or not pages:
        parser.error(f"no such page: {', '.join(missing) or BOOK}. Run `make book` first.")

    options.output.mkdir(parents=True, exist_ok=True)
    sizes = {"desktop": DESKTOP, "phone": PHONE}
    with launch_browser() as browser:
        for path, (size, viewport), dark in product(pages, sizes.items(), (False, True)):
            visit = visit_page(browser, path, viewport=viewport, dark=dark)
            lay_out(visit.page)
            load_pictures(visit.page)
            if options.open:
                unfold(visit.page)
            stem = "-".join(path.relative_to(BOOK).with_suffix("").parts)
            target = options.output / f"{stem}-{size}-{'dark' if dark else 'light'}.png"
            visit.page.screenshot(path=target, full_page=True)
            visit.context.close()
            print(target)


if __name__ == "__main__":
    main()
