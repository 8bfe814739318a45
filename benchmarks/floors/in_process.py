"""`python -m benchmarks.floors.in_process PORT MODEL`: FastAPI and the model in one process, not durable."""

import sys
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

from benchmarks.floors.score import Scorer


class Row(BaseModel):
    """One row of features."""

    features: Annotated[list[float], Field(min_length=9, max_length=9)]


class Answer(BaseModel):
    """A probability."""

    score: float


def application(scorer: Scorer) -> FastAPI:
    """The one route."""
    app = FastAPI()

    @app.post("/predict")
    async def predict(row: Row) -> Answer:
        return Answer(score=scorer.rows(row.features)[0])

    @app.get("/health/ready")
    async def ready() -> None:
        return

    return app


if __name__ == "__main__":
    port, model = int(sys.argv[1]), Path(sys.argv[2])
    uvicorn.run(
        application(Scorer(model)), host="127.0.0.1", port=port, access_log=False, log_level="warning"
    )
