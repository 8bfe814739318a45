"""The model of the moment: `current` is looked at between batches, and a bad artifact changes nothing."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flowserve_ml.drift import Baseline
from flowserve_ml.manifest import ArtifactError
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder
from stream_processor.pipeline.clients import ClientBook
from stream_processor.pipeline.declines import DeclineLimit
from stream_processor.pipeline.rules import Rules
from stream_processor.pipeline.terminals import TerminalBook

log = logging.getLogger(__name__)

_LOOK_SECONDS = 2.0


class CurrentRules:
    """Gives the rules to decide by. The first load raises ArtifactError; a later one keeps the old model."""

    def __init__(
        self,
        models: Path,
        terminals: TerminalBook,
        clients: ClientBook,
        partitions: int,
        reply_partitions: int,
        clock: Callable[[], float],
        decline_limit: DeclineLimit | None = None,
    ) -> None:
        self._models = models
        self._clock = clock
        self._folder = current_folder(models)
        self._looked_at = clock()
        self._refused: Path | None = None
        self.refusing = False
        model = Model.load(self._folder)
        self.baseline = Baseline.of(model.manifest.training)
        self._rules = Rules(model, terminals, partitions, reply_partitions, clients, decline_limit)

    @property
    def version(self) -> str:
        """The version of the model that scores."""
        return self._rules.model.manifest.version

    def __call__(self) -> Rules:
        """The rules of the moment; looks at `current` every two seconds."""
        now = self._clock()
        if now - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = now
            self._look()
        return self._rules

    def _look(self) -> None:
        try:
            folder = current_folder(self._models)
            if folder in (self._folder, self._refused):
                self.refusing = folder == self._refused
                return
            self._refused = folder
            model = Model.load(folder)
            baseline = Baseline.of(model.manifest.training)
        except (ArtifactError, OSError) as error:
            self.refusing = True
            log.error("the model is not swapped", extra={"cause": str(error)})
            return
        self._folder, self._refused, self.refusing = folder, None, False
        self.baseline = baseline
        self._rules = replace(self._rules, model=model)
        log.info("the model is swapped", extra={"version": model.manifest.version})
