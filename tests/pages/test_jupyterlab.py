"""A notebook in a real JupyterLab, in a browser without a network: it runs, nothing is raw."""

import json
import re
import shutil
import sys
import time
import urllib.request

import nbformat
import pytest
from playwright.sync_api import TimeoutError

from book.course import ROOT
from book.limits import is_folded
from tests.book.test_lab import running
from tests.chapters.test_portable import RAW

NOTEBOOK = "chapters/in_ten_minutes.ipynb"
IDLE = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'
SETTINGS = {
    # All cells are in the page, not only those near the screen.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
}

RAN = """([count, idle]) => {
    const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')];
    const folded = document.querySelectorAll('.jp-CodeCell .jp-InputPlaceholder').length;
    return prompts.length + folded === count
        && prompts.every(prompt => /^\\[\\d+\\]:$/.test(prompt.textContent.trim()))
        && document.querySelector(idle);
}"""
"""Whether every prompt that is not folded has its number, and the kernel has nothing to do."""
STATE = """() => ({
    prompts: [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')]
        .map(prompt => prompt.textContent),
    folded: document.querySelectorAll('.jp-CodeCell .jp-InputPlaceholder').length,
    kernel: document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status,
    dialogs: [...document.querySelectorAll('.jp-Dialog')].map(dialog => dialog.textContent),
    seen: document.visibilityState,
})"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab over a copy of one notebook: Lab saves what it runs."""
    folder = tmp_path_factory.mktemp("lab")
    copy = folder / "work" / NOTEBOOK
    copy.parent.mkdir(parents=True)
    shutil.copy(ROOT / NOTEBOOK, copy)
    settings = folder / "config/labconfig/default_setting_overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(SETTINGS), "utf8")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}/work"]
    with running(command, folder, JUPYTER_CONFIG_DIR=str(folder / "config")) as address:
        yield f"{address}lab/tree/{NOTEBOOK}?token=abc&reset"


@pytest.fixture(scope="module")
def page(lab, browser):
    """The notebook in JupyterLab, after its menu's Run All Cells."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.route(re.compile(r"^(?!((http|ws)://(localhost|127\.0\.0\.1)|data:|blob:))"), abort)
    page.goto(lab)
    page.bring_to_front()
    page.locator(".jp-RenderedMarkdown h1").first.wait_for(timeout=60_000)
    wait_for_kernel(lab)
    page.locator(IDLE).wait_for(state="attached", timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    code = sum(cell.cell_type == "code" for cell in cells())
    try:
        page.wait_for_function(RAN, arg=[code, IDLE], polling=500, timeout=120_000)
    except TimeoutError:
        pytest.fail(f"the cells did not run: {page.evaluate(STATE)}")
    yield page
    context.close()


def wait_for_kernel(lab: str) -> None:
    """Wait until the server says that the notebook's kernel is there and has nothing to do.

    Lab's own sign says idle from the start, and cells that run without a kernel do nothing.
    """
    kernels = f"{lab.partition('lab/tree')[0]}api/kernels?token=abc"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with urllib.request.urlopen(kernels, timeout=20) as answer:
            found = json.load(answer)
        if any(one["execution_state"] == "idle" and one["connections"] for one in found):
            return
        time.sleep(0.2)
    pytest.fail(f"no kernel is ready after two minutes: {found}")


def abort(route) -> None:
    """Let no request leave this machine."""
    route.abort()


def cells() -> list:
    return nbformat.read(ROOT / NOTEBOOK, as_version=4).cells


def test_all_cells_run_without_an_error(page):
    errors = page.locator('[data-mime-type="application/vnd.jupyter.error"]')
    warned = page.locator('[data-mime-type="application/vnd.jupyter.stderr"]')
    assert [errors.all_inner_texts(), warned.all_inner_texts()] == [[], []]
    pictures = sum("image/svg+xml" in str(cell.get("outputs", "")) for cell in cells())
    assert page.locator(".jp-OutputArea-output img").count() == pictures > 0


def test_no_markup_stands_raw(page):
    """Formulas are drawn, tables are tables; code may hold what it likes."""
    texts = page.evaluate(
        """() => [...document.querySelectorAll('.jp-RenderedMarkdown')].map(cell => {
            const copy = cell.cloneNode(true);
            copy.querySelectorAll('code, pre, mjx-container, .anchor-link, .jp-InternalAnchorLink')
                .forEach(part => part.remove());
            return copy.textContent;
        })"""
    )
    text = "\n".join(texts)
    assert len(text.split()) > 300
    assert RAW.findall(text) == []
    assert page.locator("mjx-container").count() > 0
    assert page.locator("mjx-merror").count() == 0


def test_imports_and_drawing_are_folded(page):
    folded = sum(cell.cell_type == "code" and is_folded(cell) for cell in cells())
    assert page.locator(".jp-CodeCell .jp-InputPlaceholder").count() == folded > 0
