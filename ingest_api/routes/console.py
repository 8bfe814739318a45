"""GET / and /console/...: the console; GET /docs: the API to try out. Files are read once, at the start."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import Response

from ingest_api.call import header
from schemas.problems import Refusal

PAGE = "/"
DOCS = "/docs"
FILES = "/console/"
_FOLDER = Path(__file__).parents[1] / "console"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file of the console; `tag` changes with its content."""

    content: bytes
    media_type: str
    tag: str


def read_files() -> dict[str, File]:
    """All files by their path below the console's folder, with slashes."""
    return {
        path.relative_to(_FOLDER).as_posix(): _file(path)
        for path in sorted(_FOLDER.rglob("*"))
        if path.suffix in _TYPES
    }


def add_console(app: FastAPI) -> None:
    """Needs no key: what it shows, it asks of the API with the key of whoever signs in."""
    files = read_files()

    @app.get(PAGE, include_in_schema=False)
    async def page(request: Request) -> Response:
        """The page itself."""
        return _answer(files["index.html"], request)

    @app.get(DOCS, include_in_schema=False)
    async def docs(request: Request) -> Response:
        """Every route with its fields and examples, to be tried out."""
        return _answer(files["docs.html"], request)

    @app.get(FILES + "{name:path}", include_in_schema=False)
    async def file(request: Request, name: str) -> Response:
        """A script, a style, a picture, a licence."""
        if name not in files:
            raise Refusal("not_found")
        return _answer(files[name], request)


def _file(path: Path) -> File:
    content = path.read_bytes()
    return File(content, _TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:20]}"')


def _answer(file: File, request: Request) -> Response:
    headers = {"ETag": file.tag}
    if header(request.scope, b"if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=file.media_type)
