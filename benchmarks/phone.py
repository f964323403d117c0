"""How soon a page of the book, and its search, answer on a mid-range phone.

The page with the most formulas stands beside a stock page of the same content: Jupyter Book builds
both from one notebook. This machine serves both, compressed as a host would, and gives the stock
page its MathJax; its other outside hosts are refused at once, which spares it their way. The
network is 9 Mbit/s, 60 ms to the host and back.

The processor is slowed down as Chrome's developer tools calibrate a *mid-tier mobile*: until
Lighthouse's BenchmarkIndex, measured here, is that of a Pixel 5, 1,000.

*Interactive* is Lighthouse's time to interactive: the page is read, its scripts have run, and the
last task that takes more than 50 ms is over. What else the machine does only adds to it, so the
best of several rounds counts. `python -m benchmarks.phone` needs a built book and Chromium.
"""

import gzip
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.page import record
from book.browser import BOOK, PHONE, launch_browser
from book.course import ROOT
from book.search import BY_MEANING, BY_WORDS

LESSON = "chapters/positional_embeddings/02_sinusoidal"  # 49 formulas: the most of the lessons
QUESTION = "why do we add instead of concatenate?"
ROUNDS = 5
NETWORK = {
    "offline": False,
    "latency": 60,
    "downloadThroughput": 9e6 / 8,
    "uploadThroughput": 9e6 / 8,
}
MID_TIER = 1000  # BenchmarkIndex: front_end/panels/mobile_throttling in Chrome's developer tools
QUIET = 1000  # milliseconds without a long task, after which the page counts as settled

WATCH = """addEventListener('DOMContentLoaded', () => { window.lastBusy = performance.now(); });
new PerformanceObserver(list => {
    const ends = list.getEntries().map(task => task.startTime + task.duration);
    window.lastBusy = Math.max(window.lastBusy ?? 0, ...ends);
}).observe({ type: 'longtask', buffered: true });"""
SETTLED = f"document.readyState === 'complete' && performance.now() - lastBusy > {QUIET}"

BYTES = """performance.getEntriesByType('navigation')
    .concat(performance.getEntriesByType('resource').filter(file => file.initiatorType !== 'img'))
    .reduce((sum, file) => sum + file.decodedBodySize, 0)"""

# What Lighthouse defines (core/lib/page-functions.js): a tenth of how many strings of 10,000 signs
# are made in a second, and of how many times 100,000 numbers are copied; the mean of both.
BENCHMARK_INDEX = """() => {
    const rate = task => {
        const start = performance.now();
        let done = 0;
        do for (let i = 0; i < 10; i++) task(done++);
        while (performance.now() - start < 125);
        return 100 * done / (performance.now() - start);
    };
    const numbers = [0, 1].map(() => Array.from({ length: 1e5 }, (_, i) => i));
    const text = rate(() => {
        let made = '';
        for (let i = 0; i < 1e4; i++) made += 'a';
        window.sink = made.length;
    });
    const copies = rate(round => {
        const from = numbers[round % 2], to = numbers[1 - round % 2];
        for (let i = 0; i < from.length; i++) to[i] = from[i];
    });
    return (text + copies) / 2;
}"""


@cache
def compressed(path: Path) -> tuple[bytes, str | None]:
    """Return a file's bytes as a host sends them, and their encoding."""
    raw = path.read_bytes()
    text = path.suffix in {".html", ".css", ".js", ".svg"}
    return (gzip.compress(raw, 6), "gzip") if text else (raw, None)


class Server(ThreadingHTTPServer):
    """A host; a browser that leaves before it has all is no error."""

    def handle_error(self, request, client_address):
        """Be silent about a lost connection, and tell of all else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder as a host would; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            path = folder / self.path.partition("?")[0].lstrip("/")
            body, encoding = compressed(path) if path.is_file() else (b"", None)
            self.send_response(200 if path.is_file() else 404)
            self.send_header("Content-Type", guess_type(path)[0] or "application/octet-stream")
            self.send_header("Content-Length", str(len(body)))
            if encoding:
                self.send_header("Content-Encoding", encoding)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def build_stock(folder: Path) -> Path:
    """Build a book of one page in Jupyter Book's default look from the lesson; return its HTML."""
    shutil.copy(ROOT / f"{LESSON}.ipynb", folder / "page.ipynb")
    (folder / "_config.yml").write_text(
        'title: Stock\nexecute: {execute_notebooks: "off"}\n'
        "sphinx: {extra_extensions: [sphinx-mathjax-offline]}\n"
    )
    (folder / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    command = [Path(sys.executable).with_name("jupyter-book"), "build", folder]
    done = subprocess.run(command, capture_output=True, text=True)
    built = folder / "_build" / "html"
    if not (built / "page.html").is_file():
        raise RuntimeError(f"The stock page was not built: {done.stdout}{done.stderr}")
    return built


def phone_of(page, times: float):
    """Slow a page's processor down; return the line to the browser."""
    phone = page.context.new_cdp_session(page)
    phone.send("Emulation.setCPUThrottlingRate", {"rate": times})
    return phone


def first_result(browser, address: str, times: float, question: str) -> float:
    """Return the seconds from a press on the search to its first result, on a phone."""
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    page = context.new_page()
    phone = phone_of(page, times)
    phone.send("Network.enable")
    phone.send("Network.emulateNetworkConditions", NETWORK)
    page.goto(address, wait_until="load")
    page.wait_for_timeout(QUIET)
    seconds = page.evaluate(
        """question => new Promise(done => {
            const start = performance.now();
            document.querySelector('.search-open').click();
            const input = document.querySelector('#search-dialog input');
            input.value = question;
            input.dispatchEvent(new Event('input'));
            const watch = () => document.querySelector('.search-result')
                ? done((performance.now() - start) / 1000) : requestAnimationFrame(watch);
            watch();
        })""",
        question,
    )
    context.close()
    return seconds


def benchmark_index(browser, times: float) -> float:
    """Measure Lighthouse's BenchmarkIndex on this machine, slowed down."""
    page = browser.new_page()
    phone_of(page, times)
    page.evaluate(BENCHMARK_INDEX)  # so that V8 has compiled it
    index = statistics.median(page.evaluate(BENCHMARK_INDEX) for _ in range(4))
    page.close()
    return index


def mid_tier(browser) -> float:
    """Return how many times slower this machine must be to be a mid-tier phone; at least 1."""
    low, high = 1.0, max(1.0, 1.5 * benchmark_index(browser, 1) / MID_TIER)
    for _ in range(6):
        middle = (low + high) / 2
        if benchmark_index(browser, middle) > MID_TIER:
            low = middle
        else:
            high = middle
    return high


def load(browser, address: str, times: float) -> dict[str, float]:
    """Open a page as a phone would; return seconds, main thread's work in ms, and bytes."""
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.add_init_script(WATCH)
    phone = phone_of(page, times)
    phone.send("Network.enable")
    phone.send("Network.setBlockedURLs", {"urls": ["https://*"]})
    phone.send("Network.emulateNetworkConditions", NETWORK)
    phone.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(address, wait_until="load")
    page.wait_for_function(SETTLED)
    metrics = {m["name"]: m["value"] for m in phone.send("Performance.getMetrics")["metrics"]}
    found = {
        "seconds": page.evaluate("lastBusy") / 1000,
        "work": 1000 * metrics["TaskDuration"],
        "bytes": page.evaluate(BYTES),
        "formulas": page.locator(".math > :is(.katex, .katex-display, mjx-container)").count(),
    }
    context.close()
    return found


def pages_on_a_phone(browser, folder: Path, times: float) -> list[dict[str, str]]:
    """Open the book's page and the stock page in turns; return a row for each."""
    with served(BOOK) as ours, served(build_stock(folder)) as stock:
        pages = {
            "this book": f"{ours}/{LESSON}.html",
            "Jupyter Book's default": f"{stock}/page.html",
        }
        runs = {name: [] for name in pages}
        for _ in range(ROUNDS):  # in turns, so that what else the machine does hits both
            for name, address in pages.items():
                runs[name].append(load(browser, address, times))
    rows = []
    for name, found in runs.items():
        seconds = [run["seconds"] for run in found]
        rows.append(
            {
                "Page": name,
                "Formulas": found[0]["formulas"],
                "Bytes": f"{min(run['bytes'] for run in found):,.0f}",
                "Interactive after, s": f"{min(seconds):.2f}",
                "All rounds, s": f"{min(seconds):.2f} to {max(seconds):.2f}",
                "Main thread, ms": f"{min(run['work'] for run in found):.0f}",
            }
        )
    return rows


def search_on_a_phone(browser, times: float) -> dict[str, str]:
    """Return what is loaded when the search is first used, and the time to the first result."""
    row = {}
    for name, files in (("words", BY_WORDS), ("meaning", BY_MEANING)):
        row[f"Bytes, {name}"] = f"{sum((BOOK / file).stat().st_size for file in files):,}"
        row[f"Compressed, {name}"] = f"{sum(len(compressed(BOOK / file)[0]) for file in files):,}"
    with served(BOOK) as host:
        address = f"{host}/{LESSON}.html"
        seconds = min(first_result(browser, address, times, QUESTION) for _ in range(ROUNDS))
    return row | {"First result, s": f"{seconds:.2f}"}


def main() -> None:
    """Measure, print and keep."""
    with launch_browser() as browser, TemporaryDirectory() as folder:
        times = mid_tier(browser)
        pages = pages_on_a_phone(browser, Path(folder), times)
        search = search_on_a_phone(browser, times)
    print(f"slowed down {times:.2f} times")
    for row in (*pages, search):
        print("  ".join(f"{key}: {value}" for key, value in row.items()))
    record("page_on_a_phone", pages, ["playwright", "jupyter-book"])
    record("search_on_a_phone", [search], ["playwright"])


if __name__ == "__main__":
    main()
