"""Firefox and WebKit, as Debian packages them, driven by W3C WebDriver with nothing but Python.

Playwright drives only its own builds of the two. Firefox answers WebDriver's commands on a socket
(Marionette), WebKit's driver answers the same ones over HTTP: neither geckodriver nor another
library is needed. Both start with a profile of their own, which goes when they do.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from playwright.sync_api import ViewportSize

WAIT = 30  # seconds for a browser to start, a page to load, a condition to hold
KEYS = {"Control": "\ue009", "Enter": "\ue007", "Escape": "\ue00c", "Shift": "\ue008"}
KEYS |= {"ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015"}


class Engine(ABC):
    """A running browser with one window."""

    name: str

    def __init__(self, stack: ExitStack, folder: Path):
        self._stack, self._folder = stack, folder

    @abstractmethod
    def send(self, name: str, path: str, params: dict | None = None):
        """Send a command, by Marionette's name or by WebDriver's path, and return its answer."""

    @abstractmethod
    def errors_of_loading(self, url: str) -> list[str]:
        """Open an address and return what is reported as an error, by the console or a script."""

    @abstractmethod
    def errors(self) -> list[str]:
        """Return what has been reported as an error since the page was opened by `goto`."""

    @abstractmethod
    def tap(self, element: str) -> None:
        """Bring an element into view and touch it with a finger."""

    def goto(self, url: str) -> None:
        """Open an address anew and wait until it is loaded and its fonts are there."""
        self.send("WebDriver:Navigate", "url", {"url": "about:blank"})
        self.send("WebDriver:Navigate", "url", {"url": url})
        self.evaluate("document.fonts.ready.then(() => null)")

    def evaluate(self, expression: str, *args):
        """Return what an expression of JavaScript is or promises; `args` are its `args`."""
        script = (
            "const done = arguments[arguments.length - 1], args = [...arguments];"
            f"(async () => ({expression}))().then((value) => done([value ?? null]),"
            "(error) => done(['failed', String(error)]));"
        )
        params = {"script": script, "args": list(args)}
        answer = self.send("WebDriver:ExecuteAsyncScript", "execute/async", params)
        if not answer or len(answer) == 2:
            raise RuntimeError(f"{answer} from {expression}")
        return answer[0]

    def wait_for(self, expression: str, *args):
        """Wait until an expression is true."""

        def ask():
            try:
                return self.evaluate(f"Boolean({expression})", *args)
            except RuntimeError:  # the page goes away meanwhile
                return None

        wait(ask, f"{expression}, {args}")

    def resize(self, view: ViewportSize) -> int:
        """Give the page this size, or the smallest that the window has; return its width."""
        for _ in range(3):  # how wide the window's frame is shows only once it is there
            now = self.evaluate("[innerWidth, innerHeight]")
            if now == [view["width"], view["height"]]:
                break
            window = self.send("WebDriver:GetWindowRect", "window/rect")
            frame = [window["width"] - now[0], window["height"] - now[1]]
            size = {"width": view["width"] + frame[0], "height": view["height"] + frame[1]}
            self.send("WebDriver:SetWindowRect", "window/rect", size)
            time.sleep(0.1)
        return self.evaluate("innerWidth")

    def press(self, *names: str) -> None:
        """Press keys one after the other; `Control+k` holds the first and presses the second."""
        actions = []
        for name in names:
            keys = [KEYS.get(key, key) for key in (name.split("+") if len(name) > 1 else [name])]
            actions += [{"type": "keyDown", "value": key} for key in keys]
            actions += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self._act({"type": "key", "id": "keys", "actions": actions})

    def write(self, text: str) -> None:
        """Press the keys of a text."""
        self.press(*text)

    def click(self, element: str, x: float = 0.5, y: float = 0.5) -> None:
        """Bring an element into view and click it, at this part of its width and height."""
        self.point("mouse", self.place(element, x, y))

    def place(self, element: str, x: float = 0.5, y: float = 0.5) -> list[int]:
        """Bring an element into view and return where this part of it is on the screen."""
        return self.evaluate(
            """(async () => {
                const element = document.querySelector(args[0]);
                for (let place = [], same = 0; ; ) { // until nothing moves it any more
                    element.scrollIntoView({ block: 'center', behavior: 'instant' });
                    const box = element.getClientRects()[0];
                    const now = [box.left + args[1] * box.width, box.top + args[2] * box.height];
                    same = String(now) === String(place) ? same + 1 : 0;
                    place = now;
                    if (same === 2) return place.map(Math.floor);
                    await new Promise(requestAnimationFrame); // when the page hears of the scroll
                    await new Promise((resolve) => setTimeout(resolve, 50));
                }
            })()""",
            element,
            x,
            y,
        )

    def point(self, kind: str, place: list[int]) -> None:
        """Press and release the mouse, or a finger (touch), at a place of the screen."""
        move = {"type": "pointerMove", "duration": 0, "x": place[0], "y": place[1]}
        press = [{"type": f"pointer{way}", "button": 0} for way in ("Down", "Up")]
        source = {"type": "pointer", "id": kind, "parameters": {"pointerType": kind}}
        self._act(source | {"actions": [move, *press]})

    def _act(self, source: dict) -> None:
        self.send("WebDriver:PerformActions", "actions", {"actions": [source]})

    def _start(self, *command: str, **options) -> None:
        output = self._stack.enter_context((self._folder / "output").open("ab"))
        process = subprocess.Popen(command, stdout=output, stderr=output, **options)

        def stop():
            process.terminate()
            process.wait(WAIT)

        self._stack.callback(stop)


class Firefox(Engine):
    """Firefox, on the socket that it opens for this."""

    name = "firefox"

    SETTINGS = {
        "browser.dom.window.dump.enabled": True,  # script errors go to the output
        "devtools.console.stdout.content": True,  # and so does the console
        "dom.w3c_touch_events.enabled": 1,
        "marionette.port": 0,  # any that is free: the profile's MarionetteActivePort tells it
        "toolkit.legacyUserProfileCustomizations.stylesheets": True,  # userChrome.css
    }
    # What a page logs is printed as it is written in JavaScript; the browser's own words are not.
    ERROR = re.compile(r"^(?:JavaScript error: file:|console[.]error: [\"(]).*", re.MULTILINE)

    def __init__(self, stack: ExitStack, folder: Path, *, reduced_motion: bool = False):
        super().__init__(stack, folder)
        settings = self.SETTINGS | {"ui.prefersReducedMotion": int(reduced_motion)}
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in settings.items()]
        (folder / "user.js").write_text("".join(lines))
        (folder / "chrome").mkdir()
        (folder / "chrome/userChrome.css").write_text(":root { min-width: 0 !important }")
        self._start(firefox_path(), "--marionette", "--headless", "--profile", str(folder))
        port = wait((folder / "MarionetteActivePort").read_text, "Firefox")
        line = socket.create_connection(("127.0.0.1", int(port)), timeout=2 * WAIT)
        self._line = stack.enter_context(line)
        self._stream = stack.enter_context(line.makefile("rb"))
        self._answer()  # a greeting
        self.send("WebDriver:NewSession", "")
        self._read = 0  # of the output

    def _answer(self):
        length = b""
        while (byte := self._stream.read(1)) != b":":
            if not byte:
                raise ConnectionError("Firefox has ended")
            length += byte
        return json.loads(self._stream.read(int(length)))

    def send(self, name, path, params=None):
        """Send a command by its name."""
        text = json.dumps([0, 1, name, params or {}]).encode()
        self._line.sendall(b"%d:%b" % (len(text), text))
        _, _, error, result = self._answer()
        if error:
            raise RuntimeError(f"{error['error']}: {error['message']}")
        return result.get("value", result)

    def goto(self, url):
        """Open an address; what was said before is forgotten."""
        self.errors()
        super().goto(url)

    def errors_of_loading(self, url):
        """They are in the browser's output."""
        self.goto(url)
        return self.errors()

    def errors(self):
        """They are in the browser's output."""
        self.evaluate("new Promise((resolve) => setTimeout(resolve, 100))")
        text = (self._folder / "output").read_text(encoding="utf8", errors="replace")
        new, self._read = text[self._read :], len(text)
        return self.ERROR.findall(new)

    def tap(self, element):
        """Firefox has a finger."""
        self.point("touch", self.place(element))


class WebKit(Engine):
    """WebKit's small browser, on a screen of its own that nobody sees."""

    name = "webkit"

    ERROR = re.compile(r"^.*CONSOLE (?:\w+ )?ERROR .*", re.MULTILINE)
    LISTEN = """(() => {
        window.reported = [];
        const report = (...words) => window.reported.push(words.join(' '));
        addEventListener('error', (event) => report(event.message), true);
        addEventListener('unhandledrejection', (event) => report(event.reason));
        console.error = report;
    })()"""

    def __init__(self, stack: ExitStack, folder: Path, *, reduced_motion: bool = False):
        super().__init__(stack, folder)
        driver, screen, self._browser = webkit_paths()
        settings = folder / "gtk-3.0/settings.ini"
        settings.parent.mkdir()
        settings.write_text(f"[Settings]\ngtk-enable-animations={int(not reduced_motion)}\n")
        with (folder / "display").open("wb") as number:
            size = ["-screen", "0", "1600x1200x24", "-displayfd", str(number.fileno())]
            self._start(screen, *size, pass_fds=[number.fileno()])
        display = wait((folder / "display").read_text, "Xvfb").strip()
        self._env = os.environ | {
            "DISPLAY": f":{display}",
            "GDK_BACKEND": "x11",
            "NO_AT_BRIDGE": "1",
        }
        homes = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
        self._env |= dict.fromkeys(homes, str(folder))
        if os.getuid() == 0:  # who cannot shut anything in
            self._env["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._start(driver, f"--port={port}", env=self._env)
        self._address = f"http://127.0.0.1:{port}"
        self._open = build_opener(ProxyHandler({})).open
        wait(lambda: self._call("GET", "status")["ready"], "WebKitWebDriver")
        session = self._call("POST", "session", {"capabilities": {}})["sessionId"]
        self._address += f"/session/{session}"
        stack.callback(lambda: self._call("DELETE", ""))

    def _call(self, method, path, params=None):
        data = None if params is None else json.dumps(params).encode()
        address = f"{self._address}/{path}".rstrip("/")
        with self._open(Request(address, data, method=method), timeout=2 * WAIT) as answer:
            return json.load(answer)["value"]

    def send(self, name, path, params=None):
        """Send a command by its path."""
        try:
            return self._call("GET" if params is None else "POST", path, params)
        except HTTPError as error:
            raise RuntimeError(error.read().decode()) from None

    def goto(self, url):
        """Open an address and listen from then on."""
        super().goto(url)
        self.evaluate(self.LISTEN)

    def errors_of_loading(self, url):
        """Only a browser that nobody drives writes what happens before `goto` listens."""
        options = ["--enable-write-console-messages-to-stdout=true", "--exit-after-load"]
        done = subprocess.run(
            [self._browser, *options, url],
            env=self._env,
            capture_output=True,
            encoding="utf8",
            check=True,
            timeout=2 * WAIT,
        )
        return self.ERROR.findall(done.stdout + done.stderr)

    def errors(self):
        """They are in the page."""
        return self.evaluate(
            "new Promise((go) => setTimeout(() => go(window.reported ?? []), 100))"
        )

    def tap(self, element):
        """Tell the page of a finger and of its click: WebKit's driver for GTK has none."""
        self.evaluate(
            """[['pointerdown', 1], ['pointerup', 0], ['click', 0]].map(([name, buttons]) => {
                const finger = { pointerType: 'touch', buttons, bubbles: true, cancelable: true };
                const target = document.elementFromPoint(...args);
                target.dispatchEvent(new PointerEvent(name, finger));
            })""",
            *self.place(element),
        )


def wait(ask: Callable, what: str):
    """Ask until there is an answer."""
    end = time.monotonic() + WAIT
    while True:
        try:
            if answer := ask():
                return answer
        except OSError:  # no file yet, nobody listens yet
            pass
        if time.monotonic() > end:
            raise TimeoutError(f"waited {WAIT} seconds in vain for {what}")
        time.sleep(0.05)


def firefox_path() -> str:
    """Return the browser to use: FIREFOX, else `firefox-esr` or `firefox` on the path."""
    names = [os.environ.get("FIREFOX"), "firefox-esr", "firefox"]
    found = next(filter(None, (shutil.which(name) for name in names if name)), None)
    if found is None:
        raise FileNotFoundError(
            "the book's pages are tested in Firefox, which is not on the path. Install it"
            " (Debian: `apt install firefox-esr`) or set FIREFOX to the browser's file."
        )
    return found


def webkit_paths() -> list[str]:
    """Return WebKit's driver, the X server that it shows its window on, and its browser."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browser = next(Path("/usr").glob("lib*/**/webkit2gtk-*/MiniBrowser"), None)
    missing = [] if driver and browser else ["webkit2gtk-driver"]
    missing += [] if screen else ["xvfb"]
    if missing:
        raise FileNotFoundError(
            "the book's pages are tested in WebKit, which is not all there. Install it"
            f" (Debian: `apt install {' '.join(missing)}`)."
        )
    return [driver, screen, str(browser)]


ENGINES = {engine.name: engine for engine in (Firefox, WebKit)}


@contextmanager
def launch_engine(name: str, *, reduced_motion: bool = False) -> Iterator[Engine]:
    """Start Firefox or WebKit, without a screen, and end it when done."""
    with ExitStack() as stack:
        folder = tempfile.TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True)
        path = Path(stack.enter_context(folder))
        yield ENGINES[name](stack, path, reduced_motion=reduced_motion)
