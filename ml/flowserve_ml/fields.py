"""Strict reading of a JSON object by hand, for `manifest`: the light core has no validation library."""

import math
import re
from typing import Any, NoReturn

from flowserve_ml.currency import EXPONENTS
from flowserve_ml.features.definitions import FEATURES


class FieldError(Exception):
    """A field is missing, unknown or not what it should be."""


class Fields:
    """The fields of one object, each taken once; `finish` refuses what nobody took.

    Every method raises FieldError with the path of the field.
    """

    def __init__(self, document: object, path: str = "") -> None:
        if not isinstance(document, dict):
            raise FieldError(f"{path or 'the document'} must be an object")
        self._left: dict[str, object] = dict(document)
        self._path = path

    def finish(self) -> None:
        """Refuse a field that is left over: other code than this wrote it."""
        if self._left:
            raise FieldError(f"unknown field {self._path}{min(self._left)}")

    def text(self, name: str) -> str:
        """A string that is not empty."""
        value = self._take(name)
        if not isinstance(value, str) or not value:
            self._refuse(name, "must be a text")
        return value

    def sha256(self, name: str) -> str:
        """64 lower-case hexadecimal digits."""
        value = self.text(name)
        if not re.fullmatch(r"[0-9a-f]{64}", value):
            self._refuse(name, "must be 64 lower-case hexadecimal digits")
        return value

    def integer(self, name: str) -> int:
        """A whole number; true and false are none."""
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool):
            self._refuse(name, "must be a whole number")
        return value

    def share(self, name: str) -> float:
        """A number above 0 and at most 1."""
        value = _number(self._take(name))
        if value is None or not 0 < value <= 1:
            self._refuse(name, "must be a number above 0 and at most 1")
        return value

    def positive(self, name: str) -> float:
        """A number above 0."""
        value = _number(self._take(name))
        if value is None or value <= 0:
            self._refuse(name, "must be a number above 0")
        return value

    def features(self, name: str) -> tuple[str, ...]:
        """Names of known features in the order of FEATURES, each once, at least one."""
        value = self._take(name)
        if not isinstance(value, list) or not value:
            self._refuse(name, "must be a list of features")
        for feature in value:
            if feature not in FEATURES:
                self._refuse(name, f"names the unknown feature {feature!r}")
        if value != [feature for feature in FEATURES if feature in value]:
            self._refuse(name, "must follow the order of the definitions, each feature once")
        return tuple(value)

    def rates(self, name: str) -> dict[str, float]:
        """Positive numbers by ISO 4217 code."""
        rates = {}
        for code, value in self.mapping(name).items():
            rate = _number(value)
            if code not in EXPONENTS or rate is None or rate <= 0:
                self._refuse(name, f"needs a known currency and a positive rate, not {code!r}: {value!r}")
            rates[code] = rate
        return rates

    def mapping(self, name: str) -> dict[str, Any]:
        """An object whose content is not looked into."""
        value = self._take(name)
        if not isinstance(value, dict):
            self._refuse(name, "must be an object")
        return value

    def texts(self, name: str) -> dict[str, str]:
        """An object of strings."""
        value = self.mapping(name)
        if not all(isinstance(text, str) for text in value.values()):
            self._refuse(name, "must be an object of texts")
        return value

    def section(self, name: str) -> "Fields":
        """A nested object with fields of its own."""
        return Fields(self.mapping(name), f"{self._path}{name}.")

    def _take(self, name: str) -> object:
        if name not in self._left:
            self._refuse(name, "is missing")
        return self._left.pop(name)

    def _refuse(self, name: str, problem: str) -> NoReturn:
        raise FieldError(f"{self._path}{name} {problem}")


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
