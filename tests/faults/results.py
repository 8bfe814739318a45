"""What a campaign has done so far, one JSON file per run: it can be done in slices and summed up later."""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.faults.fault import Fault, Tier
from tests.faults.result import Run

_ROOT = Path(__file__).parents[2]
_PRODUCT = ("schemas", "ml/flowserve_ml", "ml/models", "stream_processor", "ingest_api")
_KINDS = (".py", ".sql", ".json")


def product_fingerprint(root: Path = _ROOT) -> str:
    """Twelve hex digits that differ where the code, the tables or the model of the product do."""
    digest = hashlib.sha256()
    for folder in _PRODUCT:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in _KINDS:
                digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Results:
    """A folder of them. A run is known by its fault and number, `seed`, `form` and `product`."""

    folder: Path
    seed: int
    form: Tier
    product: str

    def has(self, fault: Fault, repeat: int) -> bool:
        """Whether this very run was done, clean or not."""
        file = self._file(fault, repeat)
        if not file.exists():
            return False
        content = json.loads(file.read_text())
        known = (content["campaign_seed"], content["form"], content["product"])
        return known == (self.seed, self.form, self.product) and content["run"] is not None

    def write(self, fault: Fault, repeat: int, done: Run | None, reason: str = "") -> None:
        """One run, or the reason why this fault cannot be done here."""
        content = {
            "row": fault.row,
            "name": fault.name,
            "what": fault.what,
            "form": self.form,
            "campaign_seed": self.seed,
            "product": self.product,
            "written_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "load_average": round(os.getloadavg()[0], 1),
            "not_injected": reason,
            "run": asdict(done) if done else None,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file(fault, repeat).write_text(json.dumps(content, indent=1) + "\n")

    def _file(self, fault: Fault, repeat: int) -> Path:
        return self.folder / f"{fault.row}-{fault.name}-{repeat}.json"


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Fault by fault: `runs`; `forms`, `seeds`, `products`, `loads` of all; the rest of the newest."""
    contents = [json.loads(file.read_text()) for file in folder.glob("F*.json")]
    contents.sort(key=lambda content: (content["row"], content["name"], content["written_at"]))
    for _, group in groupby(contents, key=lambda content: (content["row"], content["name"])):
        files = list(group)
        runs = sorted((file["run"] for file in files if file["run"]), key=lambda run: int(run["repeat"]))
        yield files[-1] | {
            "runs": runs,
            "not_injected": "" if runs else files[-1]["not_injected"],
            "forms": {file["form"] for file in files},
            "seeds": {str(file["campaign_seed"]) for file in files},
            "products": {file["product"] for file in files},
            "loads": [file["load_average"] for file in files if "load_average" in file],
        }
