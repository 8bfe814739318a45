"""Transaction ids as they were given: of the type they have in the input, if it is one."""

from collections.abc import Collection

import pandas as pd
import pyarrow as pa


def given_ids(ids: "pd.Series[object]", kind: pa.DataType | None) -> pa.Array:
    """Of the type `kind`, or without one of the type that fits them; as text where they do not fit."""
    try:
        found = pa.array(ids, kind)
    except (pa.ArrowException, OverflowError):
        found = pa.array([None if value is None else str(value) for value in ids], pa.string())
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    return found.cast(pa.string()) if pa.types.is_large_string(found.type) else found


def common_kind(kinds: Collection[pa.DataType]) -> pa.DataType:
    """The type for ids that had these types in parts of the input; text where nothing holds them all."""
    try:
        schemas = [pa.schema({"id": kind}) for kind in kinds]
        return pa.unify_schemas(schemas, promote_options="permissive").field("id").type
    except pa.ArrowException:
        return pa.string()
