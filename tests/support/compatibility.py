"""Whether a change to a published JSON Schema breaks programs that were written against it.

Of two schemas one is narrow and one is wide: what the narrow one allows, the wide one must allow too. For
events that we read, the published schema is the narrow one: a valid event stays valid. For events that we
write, it is the wide one: what a reader was told stays true. A field that was published is never removed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

_LOWEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SAME = ("pattern", "format")
_WORDS = ("$schema", "$defs", "title", "description", "examples", "deprecated")
_PARTS = ("type", "enum", "required", "properties", "additionalProperties", "items", "anyOf", "default")
_KNOWN = {*_LOWEST, *_MOST, *_SAME, *_WORDS, *_PARTS, "$ref"}


def breaks_producers(published: Schema, current: Schema) -> list[str]:
    """What ends for those who send events of the published schema; empty where nothing does."""
    return list(_Check(published, current, published_is_narrow=True).schemas(published, current, ""))


def breaks_consumers(published: Schema, current: Schema) -> list[str]:
    """What ends for those who read events of the published schema; empty where nothing does."""
    return list(_Check(current, published, published_is_narrow=False).schemas(current, published, ""))


@dataclass(frozen=True)
class _Check:
    """Every method yields a sentence for each thing that `narrow` allows and `wide` does not."""

    narrow_document: Schema
    wide_document: Schema
    published_is_narrow: bool

    def schemas(self, narrow: Schema, wide: Schema, path: str) -> Iterator[str]:
        """Each branch of the narrow one needs a branch of the wide one."""
        options = _branches(wide, self.wide_document)
        for branch in _branches(narrow, self.narrow_document):
            found = [list(self._branch(branch, option, path)) for option in options]
            if all(found):
                yield from min(found, key=len)

    def _branch(self, narrow: Schema, wide: Schema, path: str) -> Iterator[str]:
        place = path or "the event"
        yield from (f"{place}: this check does not know {word}" for word in {*narrow, *wide} - _KNOWN)
        if narrow.get("default") != wide.get("default") and "default" in narrow and "default" in wide:
            yield f"{place}: the default is another"
        if not _type_fits(narrow.get("type"), wide.get("type")):
            yield f"{place}: {narrow.get('type', 'anything')} does not go for {wide.get('type')}"
            return
        yield from _limits(narrow, wide, place)
        yield from self._fields(narrow, wide, path)
        if "items" in wide:
            yield from self.schemas(narrow.get("items", {}), wide["items"], f"{path}/*")

    def _fields(self, narrow: Schema, wide: Schema, path: str) -> Iterator[str]:
        has, may_have = narrow.get("properties", {}), wide.get("properties", {})
        for name in sorted({*wide.get("required", ())} - {*narrow.get("required", ())}):
            yield f"{path}/{name}: is needed, and may be missing"
        removed = has.keys() - may_have.keys() if self.published_is_narrow else may_have.keys() - has.keys()
        yield from (f"{path}/{name}: was removed" for name in sorted(removed))
        others = wide.get("additionalProperties", True)
        for name in has:
            if name in may_have or (isinstance(others, dict) and others):
                yield from self.schemas(has[name], may_have.get(name, others), f"{path}/{name}")
            elif others is False and name not in removed:
                yield f"{path}/{name}: other fields are refused"
        yield from self._other_fields(narrow.get("additionalProperties", True), others, path)

    def _other_fields(self, narrow: Schema | bool, wide: Schema | bool, path: str) -> Iterator[str]:
        if wide is False and narrow is not False:
            yield f"{path}/*: other fields are refused"
        elif isinstance(wide, dict) and narrow is not False:
            yield from self.schemas(narrow if isinstance(narrow, dict) else {}, wide, f"{path}/*")


def _branches(schema: Schema, document: Schema) -> list[Schema]:
    """The alternatives of a schema, references resolved, each of one type at most."""
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    if "anyOf" in schema:
        return [branch for option in schema["anyOf"] for branch in _branches(option, document)]
    types = schema.get("type", "string" if "enum" in schema else None)
    if isinstance(types, list):
        return [schema | {"type": name} for name in types]
    return [schema if types is None else schema | {"type": types}]


def _type_fits(narrow: str | None, wide: str | None) -> bool:
    return wide is None or narrow == wide or (narrow, wide) == ("integer", "number")


def _limits(narrow: Schema, wide: Schema, place: str) -> Iterator[str]:
    if "enum" in wide and not {*narrow.get("enum", [None])} <= {*wide["enum"]}:
        yield f"{place}: a value outside of {wide['enum']}"
    for word in _LOWEST:
        if word in wide and narrow.get(word, float("-inf")) < wide[word]:
            yield f"{place}: {word} {narrow.get(word)} is below {wide[word]}"
    for word in _MOST:
        if word in wide and narrow.get(word, float("inf")) > wide[word]:
            yield f"{place}: {word} {narrow.get(word)} is above {wide[word]}"
    for word in _SAME:
        if word in wide and narrow.get(word) != wide[word]:
            yield f"{place}: {word} {narrow.get(word)} is not {wide[word]}"
