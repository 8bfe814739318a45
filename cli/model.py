"""`flowserve model`: the folder of models: what there is, whether it is whole, which one is in use."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.console import DONE, FAILED, Failed, carry_out, print_json, print_table
from cli.model_note import note_change
from cli.settings import ConsoleSettings
from flowserve_ml.connect import smoke_score
from flowserve_ml.errors import ArtifactError
from flowserve_ml.manifest import load_manifest
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder, previous_version, set_current, version_folder

_TEXT = """\
FLOWSERVE_MODELS_DIR (ml/models) holds a folder for each version, and a file `current` that names the one in
use. Scorers look at it between batches: a swap takes effect within seconds, without a restart. A scorer that
cannot verify the new model goes on with the old one. GET /api/v1/model says which version scored last.
A swap and a rollback are noted in the audit trail of the database that PG* variables name, if there is one.
"""
_EXIT_CODES = """\
exit codes:
  0  done
  1  a model is missing or damaged, or the folder does not allow it; the message says what to do
  2  the command was not understood
"""


@dataclass(frozen=True)
class Listed:
    """A version and what can be said of it; `state` is `ok` or why it cannot be used."""

    version: str
    in_use: bool
    state: str
    trained_at: str | None = None
    review_from: float | None = None
    decline_from: float | None = None


def main(arguments: Sequence[str]) -> int:
    """The exit code, as the help lists them."""
    given = make_parser().parse_args(arguments)
    return carry_out("model", lambda: _run(given, ConsoleSettings().models_dir))


def make_parser() -> argparse.ArgumentParser:
    """The parser of `model`."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="flowserve model", description=_TEXT, epilog=_EXIT_CODES, formatter_class=form
    )
    actions = parser.add_subparsers(title="actions", dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every version, and which one is in use")
    verify = actions.add_parser("verify", help="check hashes and score rows with it")
    verify.add_argument("version", nargs="?", metavar="VERSION", help="the one in use, if left out")
    swap = actions.add_parser("swap", help="put a version in use, once it is verified")
    swap.add_argument("version", metavar="VERSION", help="as `model list` shows it")
    back = actions.add_parser("rollback", help="put the version in use that was before the last swap")
    for action in (listing, verify, swap, back):
        action.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _run(given: argparse.Namespace, models: Path) -> int:
    if not models.is_dir():
        raise Failed(f"there is no folder {models}: set FLOWSERVE_MODELS_DIR to the folder of the models")
    if given.action == "list":
        return _list(models, given.json)
    if given.action == "verify":
        folder = version_folder(models, given.version) if given.version else current_folder(models)
        return _told(verified(folder), "is whole and scores", given.json)
    version = given.version if given.action == "swap" else previous_version(models)
    found = verified(version_folder(models, version))
    before = set_current(models, version)
    asyncio.run(note_change(given.action, version, before))
    return _told(found, "is in use from now on; `flowserve model rollback` undoes it", given.json)


def verified(folder: Path) -> Listed:
    """Loads it through its hashes and scores rows. Raises ArtifactError."""
    model = Model.load(folder)
    smoke_score(model)
    manifest = model.manifest
    return Listed(
        manifest.version,
        False,
        "ok",
        manifest.trained_at,
        manifest.policy.review,
        manifest.policy.decline,
    )


def listed(models: Path) -> list[Listed]:
    """Every version, by name; a damaged one says so in `state`. Raises ArtifactError without `current`."""
    in_use = current_folder(models).name
    found = []
    for folder in sorted(each for each in models.iterdir() if each.is_dir() and each.name[0] != "."):
        try:
            manifest = load_manifest(folder)
        except ArtifactError as error:
            found.append(Listed(folder.name, folder.name == in_use, str(error)))
            continue
        policy = manifest.policy
        found.append(
            Listed(
                folder.name, folder.name == in_use, "ok", manifest.trained_at, policy.review, policy.decline
            )
        )
    return found


def _list(models: Path, as_json: bool) -> int:
    found = listed(models)
    if as_json:
        print_json([asdict(each) for each in found])
    else:
        rows = [
            (
                "*" if each.in_use else "",
                each.version,
                each.trained_at,
                each.review_from,
                each.decline_from,
                each.state,
            )
            for each in found
        ]
        print_table(("", "VERSION", "TRAINED", "REVIEW FROM", "DECLINE FROM", "STATE"), rows)
    return DONE if all(each.state == "ok" for each in found) else FAILED


def _told(found: Listed, what: str, as_json: bool) -> int:
    if as_json:
        print_json(asdict(found))
    else:
        print(f"model {found.version} {what}")
    return DONE
