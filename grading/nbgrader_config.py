"""Settings of nbgrader for the homework: see chapters/reference/for_instructors.md.

`grading/course.py` passes what depends on the machine: paths, limits, the kernel.
"""

import sys
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

COURSE = str(Path(__file__).resolve().parent.parent)
sys.path.insert(0, COURSE)  # nbgrader may be started anywhere
from grading.preprocessors import LabelEachCellOnce, MeasuredExecute  # noqa: E402

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "what-and-where"  # its name on a JupyterHub
c.CourseDirectory.root = COURSE
c.CourseDirectory.source_directory = "grading/sources"
c.CourseDirectory.release_directory = "homework"
c.CourseDirectory.notebook_id = "homework*"
# Files beside the notebook would be copied to the students.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    ".pytest_cache",
    "*.csv",
    "*.json",
]
c.IncludeHeaderFooter.header = ""

c.Execute.timeout = 30  # seconds for a cell
c.OverwriteCells.add_missing_cells = True
# A warning that a test cell prints is no error; without this it scores 0.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"Warning"

c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    LabelEachCellOnce,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    MeasuredExecute,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
