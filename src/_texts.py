"""Checks of texts and lists of words: each error says which one it is, and what to pass."""

from collections.abc import Iterable


def list_of_strings(name: str, value: object, hint: str) -> list[str]:
    """Return the strings of ``value``, which is read once, as a list.

    A single string is refused: Python would take it for a list of its letters.

    Args:
        name: what the caller calls the argument.
        value: any iterable of strings.
        hint: what to pass instead, as a sentence.

    Raises:
        TypeError: ``value`` is one string, bytes or no iterable, or holds something else.
    """
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        what = f"one string, {value[:30]!r}" if isinstance(value, str) else type(value).__name__
        raise TypeError(f"{name} must be a list of strings, but got {what}. {hint}")
    items = list(value)
    for n, item in enumerate(items):
        if not isinstance(item, str):
            raise TypeError(
                f"{name}[{n}] must be a string, but got {item!r} of type {type(item).__name__}. "
                f"{hint}"
            )
    return items


def text_of(text: object, name: str = "text") -> str:
    """Return ``text`` if it is a string that can be encoded.

    Raises:
        TypeError: it is not a string.
        ValueError: it is not valid Unicode.
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a string, but got {text!r} of type {type(text).__name__}.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{name} has half a character at index {error.start}, {text[error.start]!r}: a "
            "surrogate without its other half, often of an emoji that was cut. Drop it with "
            "text.encode(errors='ignore').decode()."
        ) from None
    return text


def texts_of(texts: object) -> list[str]:
    """Return one text, or several from an iterable that is read once, as a list of texts.

    Raises:
        TypeError: one is not a string.
        ValueError: there is no text, or one is not valid Unicode.
    """
    if isinstance(texts, str):
        return [text_of(texts)]
    hint = "Leave out or fill what is missing, and decode bytes: x.decode()."
    items = list_of_strings("texts", texts, hint)
    if not items:
        raise ValueError("texts must hold at least one text, but it is empty.")
    return [text_of(text, f"texts[{n}]") for n, text in enumerate(items)]
