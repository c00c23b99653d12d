"""A few lines for the user: plain, good, a warning or bad."""

from __future__ import annotations

import re
from html import escape

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel

_COLOURS = {"plain": "#c8ccd2", "good": "#7bc67e", "warn": "#ffb74d", "bad": "#ff8a80"}


class Message(QLabel):
    """Text that wraps even where it is one long path; hidden while it is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def tell(self, words: str, mood: str = "plain") -> None:
        """Show plain text; empty text hides it.

        Parameters
        ----------
        words : str
            Lines of text.
        mood : str
            ``plain``, ``good``, ``warn`` or ``bad``.
        """
        self.words = words
        self.setText(f'<span style="color:{_COLOURS[mood]}">{_wrapping(words)}</span>')
        self.setVisible(bool(words))


def breakable(words: str) -> str:
    """Return text that may be broken inside of paths and ids, where Qt would not."""
    in_paths = re.sub(r"([/\\_])(?=\S)", "\\1\u200b", words)
    # Not at any hyphen: options that somebody copies have to stay whole.
    return re.sub(r"(?<=-)(?=[0-9a-f]{8})", "\u200b", in_paths)


def _wrapping(words: str) -> str:
    return escape(breakable(words)).replace("\n", "<br>")
