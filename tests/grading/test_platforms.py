"""The homework where teachers are: one class through each platform's way, with equal marks."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from grading import gradescope, trial
from grading.course import SOURCES, Course
from grading.inbox import unpack
from grading.submission import Recognizer
from tests.grading import harness, tiny
from tests.grading.leaks import secrets, squeeze
from tests.grading.test_answers import items

LIMITS = ["--cell-seconds=20", "--jobs=2", *tiny.UNPROTECTED]
ANSWERS = {
    "good": {},
    "wrong double": {"double": "def double(x):\n    return x"},
    "wrong halve": {"halve": "def halve(x):\n    return 2"},
    "nothing in code": {"double": None, "halve": None},
    "an error": {"double": "def double(x)"},
    "all by lambda": {"double": "double = lambda x: 2 * x", "halve": "halve = lambda x: x * 0.5"},
}


def class_of_60(released):
    """Return the text of each student's notebook, by the student's number."""
    kinds = list(ANSWERS.values())
    texts = {}
    for number in range(60):
        notebook = tiny.answered(released, **kinds[number % len(kinds)], why=f"I am {number}.")
        texts[1000 + number] = nbformat.writes(notebook)
    return texts


def downloads(texts):
    """Return what each platform gives of a class, as files of a zip."""
    names = {number: f"Zoë O'Hara {number}" for number in texts}
    yield "Canvas", {f"ohara{n}_{n}_{n + 70_000}_homework.ipynb": x for n, x in texts.items()}
    folder = "{}_{}_assignsubmission_file_/homework.ipynb"
    yield "Moodle", {folder.format(names[n], n): x for n, x in texts.items()}
    file = "Homework 1_{}_attempt_2026-11-30-23-50-00_homework.ipynb"
    yield "Blackboard", {file.format(n): x for n, x in texts.items()}
    folder = "{}-678 - {} - Nov 30, 2026 1150 PM/homework.ipynb"
    yield "Brightspace", {folder.format(n, names[n]): x for n, x in texts.items()}
    people = [f"submission_{n}:\n  :submitters:\n  - :sid: '{n}'\n" for n in texts]
    export = {f"export/submission_{n}/homework.ipynb": x for n, x in texts.items()}
    yield "Gradescope", export | {"export/submission_metadata.yml": "".join(people)}
    clones = {f"hw-submissions/hw-{n}/homework.ipynb": x for n, x in texts.items()}
    yield "GitHub", clones | {f"hw-submissions/hw-{n}/src/x.py": "" for n in texts}


def test_a_class_of_60_gets_equal_marks_whatever_platform_it_hands_in_on(
    tmp_path, released, command
):
    """Each way puts the same notebooks in place; twelve are graded, with EVERY_ANSWER all."""
    texts = class_of_60(released)
    ours = Recognizer(tiny.source())
    for platform, files in downloads(texts):
        with zipfile.ZipFile(tmp_path / f"{platform}.zip", "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        course = tmp_path / platform
        count, unknown = unpack(f"{course}.zip", course / "submitted", tiny.CHAPTER, ours)
        assert (platform, count, unknown) == (platform, 60, [])
        placed = {}
        for path in (course / "submitted").glob("*/tiny/handed_in.json"):
            about = json.loads(path.read_text(encoding="utf8"))
            assert about["flags"] == []
            placed[int(re.search(r"\d+$", about["id"])[0])] = (
                path.parent / "homework.ipynb"
            ).read_text(encoding="utf8")
        assert placed == texts, platform
    root = tiny.make_course(tmp_path / "course")
    graded = dict(downloads(texts))["Canvas"]
    few = None if harness.EVERY_ANSWER else 12
    with zipfile.ZipFile(tmp_path / "few.zip", "w") as archive:
        for name, text in list(graded.items())[:few]:
            archive.writestr(name, text)
    command(root, "grade", "--chapter=tiny", f"--from={tmp_path / 'few.zip'}", *LIMITS)
    fill_in(root / "marking" / "tiny" / "by_hand.csv", "1")
    command(root, "marks", "--chapter=tiny")
    with (root / "marking/tiny/canvas.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))[2:]
    kinds = list(ANSWERS.values())
    points = [sum(trial.mark(tiny.source(), answers(x)).points.values()) for x in kinds]
    assert {int(row[1]): float(row[5]) for row in rows} == {
        number: 1 + points[number % 1000 % len(kinds)] for number in list(texts)[:few]
    }


def answers(given):
    """Return a student's answers in code; what was left as given out is the stub."""
    stub = "raise NotImplementedError()"
    return {x: given.get(x, tiny.ANSWERS[x]) or stub for x in ("double", "halve")}


def fill_in(path, points):
    """Give the same points to each answer that waits."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    with path.open("w", newline="", encoding="utf8") as file:
        csv.writer(file).writerows([rows[0], *([*x[:2], points, *x[3:]] for x in rows[1:])])


SPIES = """
import glob
found = glob.glob("/autograder/source/grading/sources/**", recursive=True)[1:]
found += glob.glob("/tmp/**/homework.ipynb", recursive=True)
found += glob.glob("/tmp/**/gradebook.db", recursive=True)
found += [text for text in [str(In)] if "6." + "28" in text]
def double(x):
    return 0 if found else 2 * x
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Gradescope's containers are Linux")
@pytest.mark.parametrize("kind", list(ANSWERS) if harness.EVERY_ANSWER else ["wrong halve"])
def test_gradescope_in_a_root_with_its_paths(kind, tmp_path, released, command, shut_in):
    """The zip as Gradescope unpacks it; what `setup.sh` installs is this environment.

    In a container one is root and has no bubblewrap: students' code must see no source there.
    """
    as_root = os.geteuid() == 0
    without = ["--ro-bind", "/dev/null", shutil.which("bwrap")] if as_root else []
    spies = {"double": SPIES} if kind == "wrong halve" else {}
    notebook = tiny.answered(released, **ANSWERS[kind], **spies)
    results = on_gradescope(tmp_path, command, notebook, *without)
    marks = trial.mark(tiny.source(), answers(ANSWERS[kind]))
    assert results["score"] == sum(marks.points.values())
    assert results["output"] == "Marked by a person: why: 2 points."
    entries = [x for x in results["tests"] if x["max_score"]]
    assert [(x["score"], x["max_score"]) for x in entries] == [
        (marks.points[name], marks.possible[name]) for name in marks.points
    ]
    shown = {"visible check": "visible", "hidden check": "after_published"}
    assert all(x["visibility"] == shown[x["name"].split(": ")[-1]] for x in entries)
    hidden = [x["output"] for x in results["tests"] if x["visibility"] == "hidden"]
    assert hidden == ["renamed file: my homework.ipynb"]


def on_gradescope(tmp_path, command, notebook, *options):
    """Return what Gradescope gets for a notebook."""
    root = tiny.make_course(tmp_path / "course")
    command(root, "gradescope", "--chapter=tiny")
    place = tmp_path / "autograder"
    with zipfile.ZipFile(root / "_build/homework/tiny-gradescope.zip") as archive:
        archive.extractall(place / "source")
        modes = {x.filename: x.external_attr >> 16 for x in archive.infolist()}
    assert modes["run_autograder"] & modes["setup.sh"] & 0o111 == 0o111
    subprocess.run(["chmod", "-R", "go-rwx", place / "source" / "grading" / "sources"], check=True)
    shutil.copy(place / "source" / "run_autograder", place)
    (place / "run_autograder").chmod(0o755)
    (place / "venv").symlink_to(sys.prefix)
    (place / "submission").mkdir()
    (place / "results").mkdir()
    nbformat.write(notebook, place / "submission" / "my homework.ipynb")
    done = subprocess.run(
        [*container(place), *options, "/autograder/run_autograder"],
        env={"PATH": os.environ["PATH"], "HOME": "/tmp"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    return json.loads((place / "results" / "results.json").read_text(encoding="utf8"))


def container(place):
    """Return the start of a command line with its own root, where a folder is /autograder."""
    command = ["bwrap", "--die-with-parent", "--proc", "/proc", "--dev-bind", "/dev", "/dev"]
    command += ["--cap-add", "ALL"] if os.geteuid() == 0 else []
    empty = []
    for path in map(Path, sorted({*Path("/").iterdir(), Path("/tmp")})):
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.name in ("tmp", "run") or not path.stat().st_mode & 1:
            command += ["--dir", str(path), "--chmod", "0777", str(path)]
            empty.append(path)
        elif path.name not in ("proc", "dev", "sys", "autograder"):
            command += ["--ro-bind-try", str(path), str(path)]
    for path in map(Path, sorted({sys.prefix, sys.base_prefix})):
        if Path("/", path.parts[1]) in empty:
            for parent in list(reversed(path.parents))[2:]:
                command += ["--dir", str(parent), "--chmod", "0755", str(parent)]
        command += ["--ro-bind", str(path), str(path)]
    return [*command, "--bind", str(place), "/autograder"]


def test_gradescope_says_why_something_could_not_be_marked(tmp_path, command):
    root = tiny.make_course(tmp_path / "course")
    place = tmp_path / "autograder" / "submission"
    place.mkdir(parents=True)
    (place / "homework.ipynb").write_text("{")
    course = Course(root, isolate=False)
    results = gradescope.mark(place.parent, course, tiny.CHAPTER)
    assert results["output"].startswith("This could not be marked: unreadable file: not a notebook")
    assert results["score"] == 0


def test_scripts_of_gradescope_are_sound():
    for name in ("setup.sh", "run_autograder"):
        path = harness.ROOT / "grading" / "platforms" / "gradescope" / name
        subprocess.run(["bash", "-n", str(path)], check=True)


def test_a_repository_for_github_says_the_points_of_the_visible_checks(tmp_path, command):
    """All wrong answers that a visible check catches, one of each item at a time."""
    chapter = "encoding_vs_embedding"
    folder = tmp_path / SOURCES / chapter
    folder.mkdir(parents=True)
    shutil.copy(harness.ROOT / SOURCES / chapter / "homework.ipynb", folder)
    command(tmp_path, "github", f"--chapter={chapter}")
    target = tmp_path / "_build" / "homework" / f"{chapter}-github"
    workflow = target / ".github" / "workflows" / "classroom.yml"
    zizmor = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--quiet", str(workflow)]
    assert subprocess.run(zizmor, capture_output=True).returncode == 0
    text = squeeze((target / "homework.ipynb").read_text(encoding="utf8"))
    assert [x for x in secrets(chapter) if json.dumps(x)[1:-1] in text] == []
    right = harness.solutions(chapter)
    wrong = {name: item.wrong[0].code for name, item in items(chapter).items()}
    for given in (right, right | wrong):
        notebook = nbformat.read(target / "homework.ipynb", as_version=4)
        nbformat.write(harness.answered(notebook, given), target / "homework.ipynb")
        done = subprocess.run(
            [sys.executable, "-m", "src.homework", "--github", "homework.ipynb"],
            cwd=target,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
            capture_output=True,
            text=True,
        )
        marks = trial.mark(trial.source(chapter), given)
        names = [x.removesuffix("_test") for x in marks.possible if x.endswith("_test")]
        visible = [x for x in names if f"{x}_test" not in marks.messages]
        got = sum(marks.possible[f"{x}_hidden"] for x in visible)
        most = sum(marks.possible[f"{x}_hidden"] for x in names)
        assert f"Points {got:g}/{most:g}" in done.stdout, done.stdout + done.stderr
        assert done.returncode == (0 if got == most else 1)


def test_a_private_edition_is_made_tried_and_given_out(tmp_path, command):
    chapter = "encoding_vs_embedding"
    root = tmp_path / "course"
    said = command(root, "variant", f"--chapter={chapter}", "--seed=my own words")
    assert "NOT AS IT SHOULD BE" not in said
    tried = items(chapter)
    right, wrong = (
        sum(len(getattr(x, kind)) for x in tried.values()) for kind in ("right", "wrong")
    )
    assert f"{right} right answers tried, {right} get all points" in said
    assert f"{wrong} wrong ones, {wrong} lose them" in said
    command(root, "release", f"--chapter={chapter}", "--seed=my own words")
    (archive,) = root.glob(f"private/*/_build/homework/{chapter}.zip")
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as opened:
        text = opened.read(f"{chapter}/homework.ipynb").decode()
    assert "In this edition" in text
    assert "my own words" not in text
    with pytest.raises(AssertionError, match="give a seed that nobody guesses"):
        command(root, "variant")
