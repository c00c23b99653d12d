"""The error tree: every message is one line that says where, what was found and what to do."""

from __future__ import annotations

from pathlib import Path


class S2LabelError(Exception):
    """Base of everything the program raises on purpose; its text is shown to the user as it is."""


class InputError(S2LabelError):
    """A source file is not what it has to be.

    Parameters
    ----------
    where : Path or str
        File, folder or row that is at fault.
    found : str
        What is there.
    expected : str
        What has to be there.
    advice : str
        What the user can do.
    """

    def __init__(self, where: Path | str, found: str, expected: str = "", advice: str = "") -> None:
        parts = [found]
        if expected:
            parts.append(f"expected {expected}")
        if advice:
            parts.append(advice)
        super().__init__(" ".join(f"{where}: {'; '.join(parts)}".split()))
        self.where = Path(where)


class ValueScaleError(InputError):
    """Pixel values contradict the scale they are said to have."""


class ClassValueError(InputError):
    """A mask holds a class that the project's class table lacks."""


class ProjectError(S2LabelError):
    """A project folder is missing, damaged or of another kind."""


class CatalogError(ProjectError):
    """The catalog cannot be read, or is not one of this program."""


class NewerCatalogError(CatalogError):
    """The catalog was written by a newer program."""


class ProjectBusyError(ProjectError):
    """Another program is writing to the project."""


class DecisionError(S2LabelError):
    """A decision names something that does not exist, or cannot be taken back."""


class PaintingError(S2LabelError):
    """A stroke does not fit, or cannot be kept."""


class ExportError(S2LabelError):
    """An export cannot be written where or as asked."""


class DiskError(S2LabelError):
    """The disk refused to read or write."""


class MissingExtraError(S2LabelError):
    """An optional part of the program is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f'{feature} needs an extra: pip install "napari-s2label[{extra}]"')
