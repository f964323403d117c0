"""Two steps of nbgrader, mended: duplicated cells, and cells that print without end."""

import marshal

from nbgrader.preprocessors import DeduplicateIds, Execute

MOST_OUTPUT = 200_000
"""Characters that a cell may print; what it prints beyond them is dropped."""

HIDDEN = "### BEGIN HIDDEN TESTS"
"""What nbgrader's source notebooks write before a hidden test."""


def compiled(code: str, name: str) -> str:
    """Return code that runs some code and does not hold its text."""
    return f'exec(__import__("marshal").loads({marshal.dumps(compile(code, name, "exec"))!r}))'


class LabelEachCellOnce(DeduplicateIds):
    """Take the label off all copies of a cell but the last.

    nbgrader leaves an empty label behind, over which its own checks stumble: the run of the whole
    class stops (nbgrader's issue 1083).
    """

    def preprocess(self, nb, resources):
        """Drop labels that are empty, before and after."""
        nb = without_empty_labels(nb)
        nb, resources = super().preprocess(nb, resources)
        return without_empty_labels(nb), resources


def without_empty_labels(notebook):
    """Remove `nbgrader` from the metadata of cells where it names nothing."""
    for cell in notebook.cells:
        label = cell.metadata.get("nbgrader")
        if label is not None and not (isinstance(label, dict) and label.get("grade_id")):
            del cell.metadata["nbgrader"]
    return notebook


class MeasuredExecute(Execute):
    """Run the notebook; keep no more of a cell's output than a person would read.

    A hidden test reaches the student's Python compiled: no text of it is there to be read, neither
    in the history nor in a traceback.
    """

    def preprocess_cell(self, cell, resources, index):
        """Run a cell; a hidden test in its compiled form, and outside the history."""
        self._check_assign_resources(resources)
        text, hidden = cell.source, HIDDEN in cell.source
        if hidden:
            cell.source = compiled(text, cell.metadata.get("nbgrader", {}).get("grade_id", "test"))
        try:
            cell = self.execute_cell(cell, index, store_history=not hidden)
        finally:
            cell.source = text
        return cell, self.resources

    def process_message(self, msg, cell, cell_index):
        """Count what the cell printed and drop what is too much."""
        if msg["msg_type"] in ("stream", "display_data", "execute_result"):
            content = msg["content"]
            size = len(content.get("text", "")) + sum(
                len(part) for part in content.get("data", {}).values() if isinstance(part, str)
            )
            printed = getattr(self, "printed", {})
            self.printed = {cell_index: printed.get(cell_index, 0) + size}
            if self.printed[cell_index] > MOST_OUTPUT:
                return None
        return super().process_message(msg, cell, cell_index)
