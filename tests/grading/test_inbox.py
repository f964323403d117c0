"""What platforms give to download: each hand-in is put in its place or named, and none is lost."""

import io
import json
import os
import zipfile
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading.inbox import unpack
from grading.submission import Recognizer
from tests.grading import tiny

OURS = Recognizer(tiny.source())
FEW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
letters = st.characters(categories=["L"], exclude_characters="\N{REPLACEMENT CHARACTER}")
words = st.text(letters, min_size=1, max_size=8)
full_names = st.lists(words, min_size=1, max_size=3).map(" ".join)
groups = st.tuples(words, st.integers(1, 30)).map("{0[0]}_{0[1]}".format)
canvas_names = st.one_of(words.map(str.lower), groups)
files = st.sampled_from(
    ["homework.ipynb", "final.ipynb", "homework (2).ipynb", "Jane_hw_3.ipynb", "2_homework.ipynb",
     "homework.ipynb.txt", "HOMEWORK.IPYNB", "my work.ipynb"]
)  # fmt: skip


def notebook(number):
    """Return a notebook of the homework that can be told from others."""
    cell = {"cell_type": "code", "source": f"def double(x):\n    return {number}"}
    return json.dumps({"cells": [cell | {"metadata": {}}], "nbformat": 4, "metadata": {}}).encode()


@dataclass
class Student:
    """Somebody who hands in: the newest file counts."""

    name: str
    number: int
    late: bool
    attempts: list[str]
    how: str


def students(names):
    """Return classes of students with numbers of their own."""
    one = st.builds(
        Student,
        names,
        st.integers(1000, 9999),
        st.booleans(),
        st.lists(files, min_size=1, max_size=3),
        st.sampled_from(["plain", "zip", "zip in zip", "folder"]),
    )
    return st.lists(one, min_size=1, max_size=6, unique_by=lambda s: s.number)


def zipped(contents):
    """Return a zip of contents by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, (name, data) in enumerate(contents.items()):
            when = (2026, 11, 1 + number // 1400, number // 60 % 24, number % 60, 0)
            archive.writestr(zipfile.ZipInfo(name, when), data)
    return buffer.getvalue()


def as_handed_in(file, data, how):
    """Return a file's name and content as a student packs it."""
    stem = file.partition(".")[0]
    if how == "zip":
        return f"{stem}.zip", zipped({file: data})
    if how == "zip in zip":
        return f"{stem}.zip", zipped({"inner.zip": zipped({f"hw/{file}": data})})
    return file, data


def attempts(klass):
    """Return each attempt of each student: its number, file, content, and that as it is packed."""
    for student in klass:
        for attempt, file in enumerate(student.attempts):
            data = notebook(student.number * 10 + attempt)
            yield student, attempt, *as_handed_in(file, data, student.how), data


def canvas(klass):
    """Return the files of a Canvas download, and what counts of each student."""
    found, counts = {}, {}
    for student, attempt, file, packed, data in attempts(klass):
        late = "LATE_" if student.late else ""
        sent = 70_000 + 10 * attempt + student.number % 10
        found[f"{student.name}_{late}{student.number}_{sent}_{file}"] = packed
        counts[str(student.number)] = data
    return found, counts


def moodle(klass):
    """Return the files of a Moodle download: a folder for each student, the newest file last."""
    found, counts = {}, {}
    for student in klass:
        for attempt, file in enumerate(dict.fromkeys(student.attempts)):
            data = notebook(student.number * 10 + attempt)
            name, packed = as_handed_in(file, data, student.how)
            within = "/deep/er" if student.how == "folder" else ""
            group = "Default group_" if student.late else ""
            folder = f"{group}{student.name}_{student.number}_assignsubmission_file{within}"
            found[f"{folder}/{attempt}-{name}"] = packed
            counts[str(student.number)] = data
    return found, counts


def blackboard(klass):
    """Return the files of a Blackboard download, with its receipts."""
    found, counts = {}, {}
    for student, attempt, file, packed, data in attempts(klass):
        start = f"Homework_1_u{student.number}_attempt_2026-11-30-23-{attempt:02d}-00"
        found[f"{start}.txt"] = b"Name: ..."
        found[f"{start}_{file}"] = packed
        counts[f"Homework_1_u{student.number}"] = data
    return found, counts


def brightspace(klass):
    """Return the files of a Brightspace download, with its page."""
    found, counts = {"index.html": b"<html>"}, {}
    for student, attempt, file, packed, data in attempts(klass):
        when = f"Nov {attempt + 1}, 2026 {'115 PM' if student.late else '1150 AM'}"
        found[f"{student.number}-678{attempt} - {student.name} - {when}/{file}"] = packed
        counts[str(student.number)] = data
    return found, counts


def placed(root):
    """Return the notebook of each student by the platform's number."""
    found = {}
    for path in root.glob("*/tiny/handed_in.json"):
        about = json.loads(path.read_text(encoding="utf8"))
        assert about["id"] not in found, "two folders of one student"
        found[about["id"]] = (path.parent / "homework.ipynb").read_bytes()
    return found


@pytest.mark.parametrize(
    ("platform", "names"),
    [(canvas, canvas_names), (moodle, full_names), (blackboard, words), (brightspace, full_names)],
)
def test_every_hand_in_counts_for_its_student_or_is_named(platform, names, tmp_path_factory):
    @given(students(names), st.randoms(use_true_random=False), st.sampled_from("zfb"))
    @FEW
    def check(klass, random, form):
        root = tmp_path_factory.mktemp("class")
        contents, counts = platform(klass)
        contents["stray.ipynb"] = notebook(0)
        if platform is not moodle:  # whose files of one student differ in nothing but their order
            names = list(contents)
            random.shuffle(names)
            contents = {name: contents[name] for name in names}
        download = root / "download (1)"
        if form == "z":
            download.write_bytes(zipped(contents))
        elif form == "f":  # a browser has unpacked it
            with zipfile.ZipFile(io.BytesIO(zipped(contents))) as archive:
                archive.extractall(download)
        else:  # a folder that holds the zip
            download.mkdir()
            (download / "hw_2026_11_submissions.zip").write_bytes(zipped(contents))
        if form == "f" and platform is moodle:
            for number, name in enumerate(contents):
                os.utime(download / name, (number, number))
        count, unknown = unpack(str(download), root / "submitted", "tiny", OURS)
        assert count == len(klass)
        assert [name.rpartition("/")[2] for name in unknown] == ["stray.ipynb"]
        assert placed(root / "submitted") == counts
        again, _ = unpack(str(download), root / "submitted", "tiny", OURS)
        assert again == count
        assert placed(root / "submitted") == counts

    check()


def take(tmp_path, contents):
    """Unpack a zip of files; return what was put where, with what is said of it, and the strays."""
    archive = tmp_path / "x.zip"
    archive.write_bytes(zipped({name: data or notebook(1) for name, data in contents.items()}))
    _, unknown = unpack(str(archive), tmp_path / "submitted", "tiny", OURS)
    found = {}
    for path in (tmp_path / "submitted").glob("*/tiny/handed_in.json"):
        about = json.loads(path.read_text(encoding="utf8"))
        found[path.parent.parent.name] = about | {"folder": path.parent}
    return found, unknown


@pytest.mark.parametrize(
    ("files", "folder", "late"),
    [
        (["doejane_1234_98765_homework.ipynb"], "doejane-1234", False),
        (["doejane_LATE_1234_98765_homework-1.ipynb"], "doejane-1234", True),
        (["doejane_late_1234_98765_homework.ipynb"], "doejane-1234", True),
        (["1234_98765_homework.ipynb"], "student-1234", False),
        (["LATE_1234_98765_homework.ipynb"], "student-1234", True),
        (["anon_Ab1Cd_98765_homework.ipynb"], "student-anon_Ab1Cd", False),
        (["LATE_anon_Ab1Cd_98765_homework.ipynb"], "student-anon_Ab1Cd", True),
        (["team_3_1235_101_homework.ipynb"], "team_3-1235", False),
        (["doejane_1234_98765_2_homework.ipynb"], "doejane-1234", False),
        (["doejane_1234_98765_1_2_3.ipynb"], "doejane-1234", False),
        (["Participant_4711_assignsubmission_file_/homework.ipynb"], "Participant-4711", False),
        (["Jane Doe_4711_assignsubmission_file_homework.ipynb"], "Jane Doe-4711", False),
        (["Jane Doe_4711_assignsubmission_file/hw/homework.ipynb"], "Jane Doe-4711", False),
        (["Default group_Jane Doe_4711_assignsubmission_file_/homework.ipynb"],
         "Jane Doe-4711", False),
        (["Homework 1_jdoe_attempt_2026-11-30-23-50-00_homework.ipynb"], "jdoe", False),
        (["Homework 1_jdoe_attempt_2026-11-30-23-50-00_homework.ipynb",
          "Homework 1_jroe_attempt_2026-11-30-23-50-00_homework.ipynb"], "jdoe", False),
        (["12345-67890 - Jane Doe - Nov 30, 2026 1150 PM/homework.ipynb"], "Jane Doe-12345", False),
        (["assignment_12_export/submission_345678/homework.ipynb"],
         "submission 345678-345678", False),
        (["course-submissions/hw-jane/homework.ipynb", "course-submissions/hw-max/homework.ipynb",
          "course-submissions/hw-jane/README.md", "course-submissions/hw-max/README.md"],
         "jane", False),
    ],
)  # fmt: skip
def test_the_names_that_platforms_give(files, folder, late, tmp_path):
    found, unknown = take(tmp_path, dict.fromkeys(files))
    assert folder in found, list(found)
    assert found[folder]["late"] == late
    assert (found[folder]["folder"] / "homework.ipynb").read_bytes() == notebook(1)
    assert unknown == []


def test_the_newest_counts_whatever_its_name_and_the_rest_is_kept(tmp_path):
    found, _ = take(
        tmp_path,
        {
            "doejane_1234_205_final.ipynb": notebook(2),
            "doejane_1234_100_homework.ipynb": notebook(1),
            "doejane_1234_206_notes.ipynb": b'{"cells": []}',
            "doejane_1234_207_scan.pdf": b"%PDF",
        },
    )
    (about,) = found.values()
    assert (about["folder"] / "homework.ipynb").read_bytes() == notebook(2)
    kept = sorted(path.name for path in (about["folder"] / "also").iterdir())
    assert kept == ["homework.ipynb", "notes.ipynb", "scan.pdf"]
    assert about["flags"] == [
        "3 notebooks: graded final.ipynb",
        "notes.ipynb is newer, but not this homework",
        "renamed file: final.ipynb",
        "also handed in: scan.pdf",
    ]


def test_numbers_that_can_be_read_in_two_ways_are_said(tmp_path):
    found, _ = take(tmp_path, {"team_3_1235_101_homework.ipynb": None})
    assert "taken for number 1235; may be 3" in found["team_3-1235"]["flags"][0]


def test_a_group_of_gradescope_counts_for_each_member(tmp_path):
    people = "submission_7:\n  :submitters:\n"
    people += "  - :name: Ada\n    :sid: '0042'\n  - :name: Bob\n    :email: bob@x.org\n"
    people += "  :created_at: 2026-11-30 22:50:00.123456000 Z\n"
    files = {"a/submission_7/homework.ipynb": None, "a/submission_metadata.yml": people.encode()}
    found, unknown = take(tmp_path, files)
    assert {name: about["id"] for name, about in found.items()} == {
        "Ada-0042": "0042",
        "Bob-bob_x.org": "bob@x.org",
    }
    assert unknown == []


def test_a_name_without_the_mark_for_utf8(tmp_path):
    """It is read where it is UTF-8 all the same; else the number alone tells whose it is."""
    for encoding in ("utf-8", "cp1252"):
        name = "Zoë Müller_77_assignsubmission_file_/homework.ipynb".encode(encoding)
        placeholder = b"x" * len(name)
        data = zipped({placeholder.decode(): notebook(1)}).replace(placeholder, name)
        (tmp_path / encoding).write_bytes(data)
        unpack(str(tmp_path / encoding), tmp_path / f"submitted-{encoding}", "tiny", OURS)
    names = [[p.name for p in tmp_path.glob(f"submitted-{e}/*")] for e in ("utf-8", "cp1252")]
    assert names == [["Zoë Müller-77"], ["student-77"]]


def test_a_later_download_with_another_spelling_is_the_same_student(tmp_path):
    for number, name in enumerate(["Zoe\u0308 Doe", "Zo\u00eb Doe", "Zoë M. Doe"]):
        archive = tmp_path / f"{number}.zip"
        file = f"{name}_77_assignsubmission_file_/homework.ipynb"
        archive.write_bytes(zipped({file: notebook(number)}))
        unpack(str(archive), tmp_path / "submitted", "tiny", OURS)
    assert [p.name for p in (tmp_path / "submitted").iterdir()] == ["Zoë Doe-77"]


def test_a_folder_with_the_zips_of_two_days(tmp_path):
    (tmp_path / "both").mkdir()
    for day, sent in (("monday", 100), ("friday", 205)):
        contents = {f"doejane_1234_{sent}_homework.ipynb": notebook(sent)}
        contents |= {f"{day}only_{sent}_{sent}_homework.ipynb": notebook(sent)}
        (tmp_path / "both" / f"{day}.zip").write_bytes(zipped(contents))
    count, unknown = unpack(str(tmp_path / "both"), tmp_path / "submitted", "tiny", OURS)
    assert (count, unknown) == (3, [])
    assert placed(tmp_path / "submitted")["1234"] == notebook(205)


def test_two_downloads_of_one_folder_with_the_same_names(tmp_path):
    name = "Jane Doe_4711_assignsubmission_file_/homework.ipynb"
    (tmp_path / "both").mkdir()
    for number, day in enumerate(["monday", "friday"], 1):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, number, 0, 0, 0)), notebook(number))
        (tmp_path / "both" / f"{day}.zip").write_bytes(buffer.getvalue())
        os.utime(tmp_path / "both" / f"{day}.zip", (number, number))
    unpack(str(tmp_path / "both"), tmp_path / "submitted", "tiny", OURS)
    assert placed(tmp_path / "submitted") == {"4711": notebook(2)}


MOODLE_ZIP = "{}_assignsubmission_file_/hw.zip"


@pytest.mark.parametrize(
    ("contents", "students"),
    [
        (  # a dated file in a student's zip is no Canvas name
            {
                MOODLE_ZIP.format("Jane_4711"): zipped({"homework_2026_11_30.ipynb": notebook(1)}),
                MOODLE_ZIP.format("Max_4712"): zipped(
                    {"hw/homework_2026_11_29.ipynb": notebook(2)}
                ),
            },
            {"Jane-4711", "Max-4712"},
        ),
        (
            {
                "doejane_1234_98765_hw.zip": zipped({"homework_2026_11_30.ipynb": notebook(1)}),
                "roemax_1235_98766_homework.ipynb": notebook(2),
            },
            {"doejane-1234", "roemax-1235"},
        ),
        (  # Sakai's folders, and a file that is nobody's beside them
            {
                "Homework 1/grades.csv": b"x",
                "Homework 1/Doe, Jane(jdoe)/Submission attachment(s)/homework.ipynb": notebook(1),
                "Homework 1/Roe, Max(maxr)/Submission attachment(s)/homework.ipynb": notebook(2),
            },
            {"Doe_ Jane_jdoe_", "Roe_ Max_maxr_"},
        ),
        (  # a picture with numbers does not make a class of clones one of Canvas
            {
                "c/hw-jane/homework.ipynb": notebook(1),
                "c/hw-jane/plots/figure_3_1_final.png": b"x",
                "c/hw-max/homework.ipynb": notebook(2),
            },
            {"jane", "max"},
        ),
        (  # who handed in nothing of their own is there as well
            {
                "c/hw-jane/homework.ipynb": notebook(1),
                "c/hw-jane/README.md": b"given out",
                "c/hw-max/README.md": b"given out",
            },
            {"jane", "max"},
        ),
        (
            {
                "Jane_4711_assignsubmission_file_/.ipynb_checkpoints/homework-checkpoint.ipynb": (
                    notebook(1)
                )
            },
            {"Jane-4711"},
        ),
        (
            {
                "1-5 - Jane Doe - 30 November, 2026 23:50/homework.ipynb": notebook(1),
                "1-6 - Jane Doe - Dez 1, 2026 1150 pm/homework.ipynb": notebook(2),
            },
            {"Jane Doe-1"},
        ),
    ],
)
@pytest.mark.parametrize("as_folder", [True, False])
def test_students_of_downloads_that_could_be_misread(contents, students, as_folder, tmp_path):
    download = tmp_path / "x"
    download.write_bytes(zipped(contents))
    if as_folder:
        with zipfile.ZipFile(io.BytesIO(download.read_bytes())) as archive:
            archive.extractall(tmp_path / "folder")
        download = tmp_path / "folder"
    count, _ = unpack(str(download), tmp_path / "submitted", "tiny", OURS)
    assert {path.name for path in (tmp_path / "submitted").iterdir()} == students
    assert count == len(students)


@pytest.mark.parametrize(("own", "students"), [(1, 2), (3, 4)])
def test_a_download_in_a_zip_whose_name_is_like_a_students(own, students, tmp_path):
    klass = {f"doe{n}_{n}_{n}0_homework.ipynb": notebook(n) for n in range(100, 101 + own)}
    outer = zipped({"hw_2026_11_submissions.zip": zipped(klass)})
    (tmp_path / "x.zip").write_bytes(outer)
    assert unpack(str(tmp_path / "x.zip"), tmp_path / "s", "tiny", OURS) == (students, [])


def test_a_longer_list_of_names_does_not_rename_students(tmp_path):
    name = "HW_{}_attempt_2026-11-30-23-50-00_homework.ipynb"
    for day, people in enumerate([["a_x", "a_y"], ["a_x", "a_y", "b_z"]]):
        contents = {name.format(who): notebook(day) for who in people}
        (tmp_path / f"{day}.zip").write_bytes(zipped(contents))
        unpack(str(tmp_path / f"{day}.zip"), tmp_path / "submitted", "tiny", OURS)
    assert {path.name for path in (tmp_path / "submitted").iterdir()} == {"x", "y", "b_z"}


def test_one_broken_file_costs_nobody_else(tmp_path):
    cut = zipped({"hw/homework.ipynb": notebook(1)})[40:]
    contents = {"doejane_1234_98765_hw.zip": cut, "roemax_1235_98766_homework.ipynb": notebook(2)}
    found, unknown = take(tmp_path, contents)
    assert set(found) == {"doejane-1234", "roemax-1235"}
    assert "cannot be read from the zip" in found["doejane-1234"]["flags"][0]
    assert unknown == ["doejane_1234_98765_hw.zip/hw/homework.ipynb"]
    data = zipped({"doejane_1234_98765_Lxxsung.ipynb": notebook(1)})
    (tmp_path / "y.zip").write_bytes(data.replace(b"Lxxsung", b"L\xf6\xf6sung"))
    assert unpack(str(tmp_path / "y.zip"), tmp_path / "other", "tiny", OURS) == (1, [])


def test_files_that_cannot_be_read_are_named(tmp_path):
    archive = tmp_path / "x.zip"
    contents = {f"doejane_{n}_{n}0_homework.ipynb": notebook(n) for n in (11, 12)}
    data = bytearray(zipped(contents))
    data[data.index(b'"cells"')] ^= 1
    archive.write_bytes(data)
    count, unknown = unpack(str(archive), tmp_path / "submitted", "tiny", OURS)
    assert (count, unknown) == (2, ["doejane_11_110_homework.ipynb"])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "there is no file"),
        (lambda path: path.write_text("x"), "is no zip file, or was cut off"),
        (
            lambda path: path.write_bytes(zipped({"a.txt": b"x"})),
            "is named as Canvas",
        ),
        (lambda path: path.mkdir(), "is named as Canvas"),
    ],
)
def test_what_is_no_download_is_an_error(make, says, tmp_path):
    make(tmp_path / "x")
    with pytest.raises(ValueError, match=says):
        unpack(str(tmp_path / "x"), tmp_path / "submitted", "tiny", OURS)


def test_a_home_that_the_shell_leaves_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "x.zip").write_bytes(zipped({"doejane_1_2_homework.ipynb": notebook(1)}))
    assert unpack("~/x.zip", tmp_path / "submitted", "tiny", OURS) == (1, [])
