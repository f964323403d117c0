"""A reader follows words, guesses and steps: points and cosines are those of the stored run."""

import random
import re

import pytest
import torch
from torch.nn.functional import cosine_similarity

from book.figures.training import training

WORDS = training.WORDS


def choose(figure, label, word):
    figure.place.get_by_label(label).select_option(label=word)


def points(figure):
    """Return the circles' centres, one for each word."""
    return figure.place.locator("circle").evaluate_all(
        "all => all.map(c => ['cx', 'cy'].map(name => Number(c.getAttribute(name))))"
    )


def cosines(step, word):
    """Return the cosines of the other words with one, nearest first."""
    rows = torch.tensor(training.data()["rows"][step], dtype=torch.float64)
    found = cosine_similarity(rows, rows[[word]]).tolist()
    others = [n for n in range(len(WORDS)) if n != word]
    return sorted(((WORDS[n], found[n]) for n in others), key=lambda pair: -pair[1])


def test_training_agrees_with_the_run(figure):
    chance, data = random.Random(0), training.data()
    for _ in range(16):
        word, guess = chance.sample(range(len(WORDS)), 2)
        choose(figure, "Follow", WORDS[word])
        choose(figure, "Your guess", WORDS[guess])
        figure.move("Passes", chance)
        step = int(figure.value("Passes"))
        near = cosines(step, word)
        says = figure.says()
        assert (
            f"Nearest to {WORDS[word]} {f'after pass {step} of 24' if step else 'before training'}"
            in says
        )
        shown = re.search(r"by cosine: (.*?)\. ", says)[1]
        assert [float(x) for x in re.findall(r"-?\d\.\d\d", shown)] == pytest.approx(
            [x for _, x in near[:3]], abs=0.0051
        )
        assert shown.startswith(near[0][0])
        place = [name for name, _ in near].index(WORDS[guess]) + 1
        assert f"Your guess: {WORDS[guess]} " in says
        assert f"place {place} of 11" in says
        # the points lie as the rows do: one scale, y upwards
        rows, drawn = torch.tensor(data["rows"][step]), torch.tensor(points(figure))
        scale = drawn.diff(dim=0).norm(dim=1) / rows.diff(dim=0).norm(dim=1)
        assert scale.numpy() == pytest.approx(scale.mean().item(), rel=0.01)
        assert (drawn[:, 1] - drawn[0, 1]).numpy() == pytest.approx(
            (scale.mean() * (rows[0, 1] - rows[:, 1])).numpy(), abs=0.5
        )


def test_training_names_every_point_and_no_two_overlap(figure):
    high = float(figure.place.locator("svg").get_attribute("viewBox").split()[3])
    for _ in range(training.PASSES + 1):
        names = figure.place.locator("svg text")
        assert names.all_text_contents() == WORDS
        heights = sorted(names.evaluate_all("all => all.map(t => Number(t.getAttribute('y')))"))
        gaps = [b - a for a, b in zip(heights, heights[1:], strict=False)]
        assert min(gaps) > 15
        assert 0 < heights[0] < heights[-1] < high
        figure.place.get_by_label("Passes").press("ArrowRight")


def test_training_says_at_the_end_how_often_two_words_meet(figure):
    choose(figure, "Follow", "song")
    figure.place.get_by_label("Passes").press("End")
    first = cosines(training.PASSES, WORDS.index("song"))[0][0]
    met = training.data()["together"][WORDS.index("song")][WORDS.index(first)]
    assert f"song and {first} share {met} of 1,744 glosses." in figure.says()


def test_training_plays_and_honours_reduced_motion(figure):
    button = figure.place.get_by_role("button")
    start = points(figure)
    button.click()
    figure.page.wait_for_function(
        "() => Number(document.querySelector('figure[data-figure=training] input').value) > 1"
    )
    button.press("Enter")
    stopped = figure.value("Passes")
    assert points(figure) != start
    figure.page.wait_for_timeout(800)
    assert figure.value("Passes") == stopped
    figure.page.emulate_media(reduced_motion="reduce")
    figure.place.get_by_role("button", name="One pass").wait_for(timeout=10_000)
    button.press("Enter")
    figure.page.wait_for_timeout(800)
    assert figure.value("Passes") == stopped + 1
