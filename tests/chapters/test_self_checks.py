"""Every lesson ends in a self-check that answers each choice at once, and fairly."""

import json
import re
from dataclasses import dataclass
from html import unescape

import pytest

from book.course import lessons

QUESTION = re.compile(r"^\*\*(\d+)\. .+\*\*$", flags=re.M)
CHOICE = re.compile(
    r'<details class="choice (\w+)">\n<summary>([^\n]+)</summary>\n\n(.+?)\n\n</details>',
    flags=re.S,
)
LONGEST_OPTION = 90  # characters, one line on a desktop


@dataclass(frozen=True)
class Choice:
    """One option of a question, and what it answers."""

    kind: str
    option: str
    explanation: str

    @property
    def length(self) -> int:
        """How many characters of the option a reader sees."""
        return len(unescape(re.sub(r"<[^>]+>", "", self.option)))


def self_check(text: str) -> str:
    """Return what stands between the headings of the self-check and of the exercises."""
    found = re.findall(r"^## Self-check\n(.*?)^## Exercises$", text, flags=re.S | re.M)
    assert len(found) == 1, "a lesson has one '## Self-check', followed by '## Exercises'"
    return found[0]


def questions(text: str) -> list[list[Choice]]:
    """Return the choices of each question of a lesson's text."""
    body = self_check(text)
    numbers = [int(number) for number in QUESTION.findall(body)]
    assert numbers == list(range(1, len(numbers) + 1)), f"questions are numbered {numbers}"
    found = [
        [Choice(*choice) for choice in CHOICE.findall(part)]
        for part in re.split(QUESTION.pattern.replace("(", "(?:"), body, flags=re.M)[1:]
    ]
    read, written = sum(map(len, found)), body.count("<details")
    assert read == written, f"{written - read} of {written} choices are not in the form of the rest"
    return found


def places(asked: list[list[Choice]]) -> list[int]:
    """Return the place of the right choice in each question."""
    return [[choice.kind for choice in choices].index("right") for choices in asked]


def right_is_longest(choices: list[Choice]) -> bool:
    """Tell whether the right option is longer than each of the others."""
    right = [choice.length for choice in choices if choice.kind == "right"]
    return max(right) > max(choice.length for choice in choices if choice.kind != "right")


def check(text: str) -> None:
    """Raise AssertionError with what is wrong in a lesson's self-check."""
    asked = questions(text)
    assert 3 <= len(asked) <= 5, f"a self-check has 3 to 5 questions, this one {len(asked)}"
    for number, choices in enumerate(asked, start=1):
        kinds = [choice.kind for choice in choices]
        assert len(choices) in (3, 4), f"question {number} has {len(choices)} choices, not 3 or 4"
        assert sorted(kinds) == ["right"] + ["wrong"] * (len(kinds) - 1), f"{number}: {kinds}"
        assert len({choice.option for choice in choices}) == len(choices), f"{number}: a double"
        for choice in choices:
            start = {"right": "**Yes.** ", "wrong": "**No.** "}[choice.kind]
            where = f"question {number}, {choice.option!r}"
            assert choice.explanation.startswith(start), f"{where} must begin with {start}"
            assert len(choice.explanation.split()) >= 8, f"{where} hardly explains anything"
            assert choice.length <= LONGEST_OPTION, f"{where} has {choice.length} characters"
            assert not re.search(r"[$`]|\*\*", choice.option), f"{where}: Markdown is not drawn"
    assert len(set(places(asked))) > 1, "the right choice always stands in the same place"
    longest = sum(map(right_is_longest, asked))
    assert longest <= len(asked) / 2, f"the right option is the longest in {longest} questions"


def test_self_checks_are_in_order():
    wrong = []
    for lesson in lessons():
        cells = json.loads(lesson.notebook.read_text(encoding="utf8"))["cells"]
        try:
            check("\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown"))
        except AssertionError as error:
            wrong.append(f"{lesson.notebook.stem}: {error}")
    assert wrong == []


def one(kind, option, explanation="because of this and that and some other thing."):
    answer = {"right": "Yes", "wrong": "No"}[kind]
    return (
        f'<details class="choice {kind}">\n<summary>{option}</summary>\n\n'
        f"**{answer}.** {explanation}\n\n</details>"
    )


GOOD = "\n\n".join(
    [
        "## Summary\n\n## Self-check",
        *(
            "\n\n".join([f"**{n}. Why?**", *choices])
            for n, choices in enumerate(
                [[one("right", "long"), one("wrong", "longer"), one("wrong", "x")]] * 2
                + [[one("wrong", "long"), one("right", "<em>lo</em>"), one("wrong", "x")]] * 2,
                start=1,
            )
        ),
        "## Exercises\n",
    ]
)


def test_a_good_self_check_passes():
    check(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("## Self-check", "## Quiz", "one '## Self-check'"),
        ("**4. Why?**", "**5. Why?**", r"numbered \[1, 2, 3, 5\]"),
        ("**4. Why?**", "", "2 choices|6 choices"),
        (one("wrong", "x"), "", "2 choices, not 3 or 4"),
        ('class="choice wrong"', 'class="choice right"', "'right', 'right'"),
        ("<summary>x</summary>", "<summary>long</summary>", "a double"),
        ("**Yes.** ", "**No.** ", "must begin with"),
        ("**No.** because of this and that and some other thing.", "**No.** it is.", "hardly"),
        ("<summary>x</summary>", f"<summary>{'x' * 91}</summary>", "91 characters"),
        ("<summary>x</summary>", "<summary>`x`</summary>", "Markdown is not drawn"),
        ("<summary>x</summary>\n\n", "<summary>x</summary>\n", "not in the form"),
    ],
)
def test_a_broken_self_check_is_found(old, new, says):
    assert old in GOOD
    with pytest.raises(AssertionError, match=says):
        check(GOOD.replace(old, new))


def test_a_right_option_that_is_mostly_the_longest_is_found():
    half = GOOD.replace("<summary>longer</summary>", "<summary>l</summary>")  # in two of four
    check(half)
    with pytest.raises(AssertionError, match="the longest in 4"):
        check(half.replace("<em>lo</em>", "<em>lo and more</em>"))


def test_one_place_for_all_right_choices_is_found():
    first, second = one("wrong", "long"), one("right", "<em>lo</em>")
    assert f"{first}\n\n{second}" in GOOD
    same = GOOD.replace(f"{first}\n\n{second}", f"{second}\n\n{first}")
    with pytest.raises(AssertionError, match="the same place"):
        check(same)
