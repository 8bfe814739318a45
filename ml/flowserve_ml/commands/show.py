"""`flowserve-ml show`: the manifest of a model, after its file was checked and loaded."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder, version_folder


def main(arguments: Sequence[str]) -> None:
    """Print the manifest as JSON."""
    parser = argparse.ArgumentParser(
        prog="flowserve-ml show", description="Check a model folder, load it and print its manifest."
    )
    parser.add_argument(
        "--models", type=Path, default=Path("models"), help="folder of models (default %(default)s)"
    )
    parser.add_argument("--version", help="version to show (default: the one in use)")
    options = parser.parse_args(arguments)
    folder = (
        version_folder(options.models, options.version) if options.version else current_folder(options.models)
    )
    print(Model.load(folder).manifest.to_json(), end="")
