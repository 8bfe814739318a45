"""What a replay reads from the environment; built once, where the command starts."""

from pathlib import Path

from pydantic import Field, SecretStr

from schemas.settings import ProcessSettings


class ReplaySettings(ProcessSettings):
    """Settings of a replay. PostgreSQL is named by the usual PG* variables."""

    models_dir: Path = Field(Path("ml/models"), description="Folder of model versions and `current`.")
    api_key: SecretStr | None = Field(None, description="API key of `flowserve verify`.")
