"""Hidden tests are taken out of the tests, and of nothing else."""

from nbgrader.preprocessors import ClearHiddenTests

from .execute import is_test


class ClearHiddenTestsOfTests(ClearHiddenTests):
    """nbgrader's preprocessor for test cells alone: a student may write its markers anywhere."""

    def preprocess_cell(self, cell, resources, cell_index):
        if not is_test(cell):
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)
