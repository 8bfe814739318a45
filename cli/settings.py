"""Where the console's commands find an installation; built once, where a command starts."""

from pathlib import Path

from pydantic import Field, SecretStr

from schemas.settings import ProcessSettings


class ConsoleSettings(ProcessSettings):
    """PostgreSQL is named by the usual PG* variables. `flowserve env` prints them for a local stack."""

    api_host: str = Field("127.0.0.1", description="Host of the API.")
    api_port: int = Field(8000, ge=1, le=65_535, description="Port of the API.")
    api_url: str | None = Field(None, description="URL of the API, in place of host and port.")
    api_key: SecretStr | None = Field(None, description="API key of the commands that ask the API.")
    models_dir: Path = Field(Path("ml/models"), description="Folder of model versions and `current`.")
    data_dir: Path = Field(Path(".flowserve"), description="Folder of the processes' data.")

    @property
    def url(self) -> str:
        """The API's address. A host to listen on everywhere is reached on this machine."""
        host = "127.0.0.1" if self.api_host in ("0.0.0.0", "::") else self.api_host
        return (self.api_url or f"http://{host}:{self.api_port}").rstrip("/")
