"""The clock, played by keyboard and compared with `src` at every setting."""

import random
import re

import pytest

from src.positional_embeddings import sinusoidal_table


def test_clock_agrees_with_src(figure):
    chance = random.Random(0)
    for _ in range(24):
        figure.move(chance.choice(["Position", "Width D", "Base"]), chance)
        p, D = int(figure.value("Position")), int(figure.value("Width D"))
        base = round(10 ** figure.value("Base"))
        row = sinusoidal_table(p + 1, D, base=base)[p]
        shown = re.search(rf"Row {p} of the table: ([-\d., ]+\d)", figure.says())[1].split(", ")
        assert shown == [f"{x:.3f}".replace("-0.000", "0.000") for x in row[:8].tolist()]
        r = float(figure.place.locator("svg circle").first.get_attribute("r"))
        tips = [part for _, _, x, y in figure.lines() for part in (x / r, -y / r)]
        assert tips == pytest.approx(row.tolist(), abs=1e-5)
        mark = figure.place.locator("svg").nth(1).locator("rect").last
        assert (float(mark.get_attribute("y")) - 4) / (282 / 64) == pytest.approx(p % 64)


def test_clock_paints_the_table(figure):
    """Each cell of the heat map is as strong as its number, to a twentieth."""
    paths = figure.place.locator("svg").nth(1).locator("g").first.locator("path")
    found = paths.evaluate_all(
        """all => all.flatMap(path => path.getAttribute('d').split('M').slice(1).map(cell => {
            const [x, y] = cell.split(/[,h]/).map(Number);
            const sign = path.getAttribute('fill') === 'var(--ink)' ? -1 : 1;
            return [x, y, sign * Number(path.getAttribute('fill-opacity'))];
        }))"""
    )
    table = sinusoidal_table(128, 16)[64:]
    assert len(found) == table.numel()
    for x, y, value in found:
        row, column = round((y - 4) / (282 / 64)), round((x - 34) / (282 / 16))
        assert value == pytest.approx(table[row, column].item(), abs=0.0251)


def test_clock_runs_and_honours_reduced_motion(figure):
    button = figure.place.get_by_role("button")
    before = figure.value("Position")
    button.press("Enter")
    figure.page.wait_for_timeout(700)
    button.press("Enter")
    stopped = figure.value("Position")
    assert before < stopped
    figure.page.wait_for_timeout(500)
    assert figure.value("Position") == stopped
    figure.page.emulate_media(reduced_motion="reduce")
    figure.place.get_by_role("button", name="One step").wait_for(timeout=10_000)
    button.press("Enter")
    figure.page.wait_for_timeout(500)
    assert figure.value("Position") == stopped + 1
