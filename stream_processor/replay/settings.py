"""What a replay reads from the environment; built once, where the command starts."""

from pathlib import Path

from pydantic import Field

from schemas.settings import ProcessSettings


class ReplaySettings(ProcessSettings):
    """Settings of a replay. PostgreSQL is named by the usual PG* variables."""

    models_dir: Path = Field(Path("ml/models"), description="Folder of model versions and `current`.")
