"""The words of a PDF."""

import re
import unicodedata


def words(sheet):
    """Text of a sheet of pypdfium2, which writes a hyphen at the end of a line as a control sign."""
    return sheet.get_textpage().get_text_bounded().replace("\x02", "-")


def flat(text):
    """The text without white space, each letter in its composed form."""
    return unicodedata.normalize("NFC", re.sub(r"\s+", "", text))
