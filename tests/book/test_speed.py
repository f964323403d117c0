"""How soon a page answers on a phone, beside a stock Jupyter Book page with the same content.

Both pages are built from one notebook and served in the same run from this machine, compressed as a
host would. The browser is slowed down to a mid-range phone: a quarter of this machine's speed,
9 Mbit/s, 60 ms to the host and back. Outside hosts are refused at once, so the stock page never
gets its MathJax and draws no formula: it has less to do than the book's page, which draws all.

*Interactive* is the first moment after DOMContentLoaded at which the page answers at once: a task
asked for, as a click would, is run within 50 ms.

The processor's time on the page's main thread is measured besides. Other work on the machine
changes it less, so it, and not the seconds, is what the two pages are compared by.
"""

import gzip
import shutil
import statistics
import subprocess
import sys
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path

import pytest

from tools.browser import BOOK, MATH_IS_DRAWN, PHONE, ROOT

LESSON = "chapters/positional_embeddings/05_rotary"  # 78 formulas: the most but for short pages
ROUNDS = 5
SLOWER = 4
NETWORK = {
    "offline": False,
    "latency": 60,
    "downloadThroughput": 9e6 / 8,
    "uploadThroughput": 9e6 / 8,
}
GOAL = 1.0  # seconds
LIGHTER = 2.5  # the stock page has at least so many times the bytes
NO_MORE_WORK = 1.5  # the book's page works at most so many times as long: it draws the formulas
FAST_ENOUGH = 250  # milliseconds of the calibration at a phone's speed: where GOAL is asserted

WATCH = """document.addEventListener('DOMContentLoaded', function ask() {
    const asked = performance.now();
    setTimeout(() => {
        const answered = performance.now();
        if (answered - asked <= 50) window.interactive = answered / 1000;
        else ask();
    });
});"""
CALIBRATE = """() => {
    const start = performance.now();
    let x = 1;
    for (let i = 0; i < 1e7; i++) x = (x * 5 + 3) | 0;
    window.sink = x;
    return performance.now() - start;
}"""


@cache
def compressed(path: Path) -> tuple[bytes, str | None]:
    """Return a file's bytes as a host sends them, and their encoding."""
    raw = path.read_bytes()
    text = path.suffix in {".html", ".css", ".js", ".svg"}
    return (gzip.compress(raw, 6), "gzip") if text else (raw, None)


@pytest.fixture(scope="module")
def serve():
    """Serve a folder; returns its address."""
    servers = []

    def start(folder: Path) -> str:
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

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """A book of one page in Jupyter Book's default look, from the notebook of the lesson."""
    folder = tmp_path_factory.mktemp("stock")
    shutil.copy(ROOT / f"{LESSON}.ipynb", folder / "page.ipynb")
    (folder / "_config.yml").write_text('title: Stock\nexecute:\n  execute_notebooks: "off"\n')
    (folder / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    command = [Path(sys.executable).with_name("jupyter-book"), "build", folder]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (folder / "_build/html/page.html").is_file(), done.stdout + done.stderr
    return folder / "_build" / "html"


def load(browser, address: str) -> dict[str, float]:
    """Open a page as a phone would; return seconds, work and calibration in ms, and bytes."""
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    page = context.new_page()
    responses = []
    page.on("response", lambda response: responses.append(response))
    page.add_init_script(WATCH)
    phone = context.new_cdp_session(page)
    phone.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    phone.send("Network.enable")
    phone.send("Network.setBlockedURLs", {"urls": ["https://*"]})
    phone.send("Network.emulateNetworkConditions", NETWORK)
    phone.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(address, wait_until="load")
    if "/chapters/" in address:
        page.wait_for_function(MATH_IS_DRAWN)
    page.wait_for_timeout(500)
    metrics = {m["name"]: m["value"] for m in phone.send("Performance.getMetrics")["metrics"]}
    text = [response for response in responses if response.request.resource_type != "image"]
    found = {
        "seconds": page.evaluate("interactive"),
        "work": 1000 * metrics["TaskDuration"],
        "calibration": page.evaluate(CALIBRATE),
        "bytes": sum(len(response.body()) for response in text),
    }
    context.close()
    return found


def test_page_is_lighter_than_a_stock_page_and_answers_soon(book, browser, stock, serve, capsys):
    """On a machine that is quick enough to tell, within a second."""
    pages = {"book": f"{serve(BOOK)}/{LESSON}.html", "stock": f"{serve(stock)}/page.html"}
    runs = {name: [] for name in pages}
    for _ in range(ROUNDS):  # in turns, so that what else the machine does hits both
        for name, address in pages.items():
            runs[name].append(load(browser, address))
    median = {
        name: {key: statistics.median(run[key] for run in found) for key in found[0]}
        for name, found in runs.items()
    }
    calibration = statistics.median(run["calibration"] for run in sum(runs.values(), []))
    with capsys.disabled():
        for name, m in median.items():
            print(
                f"\n{name}: interactive after {m['seconds']:.2f} s, main thread {m['work']:.0f} ms,"
                f" {m['bytes']:,.0f} bytes",
                end="",
            )
        print(f"\ncalibration: {calibration:.0f} ms; up to {FAST_ENOUGH}, {GOAL} s is asserted")
    assert median["stock"]["bytes"] >= LIGHTER * median["book"]["bytes"]
    assert median["book"]["work"] <= NO_MORE_WORK * median["stock"]["work"]
    if calibration <= FAST_ENOUGH:
        assert median["book"]["seconds"] <= GOAL
