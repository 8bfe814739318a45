"""The page at /: its files, how they are kept, and what a browser may do with them."""

import re
from pathlib import Path

import httpx
import pytest

from ingest_api.routes.console import read_files

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "ingest_api" / "console"
POLICY = "content-security-policy"


@pytest.mark.parametrize(("path", "files"), [("/", 11), ("/docs", 4)])
async def test_a_page_and_all_it_names_are_there_without_a_key(
    client: httpx.AsyncClient, path: str, files: int
) -> None:
    page = await client.get(path, headers={"authorization": ""})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    named = re.findall(r'(?:href|src)="(/console/[^"]+)"', page.text)
    assert len(named) >= files
    for path in named:
        assert (await client.get(path, headers={"authorization": ""})).status_code == 200, path


def test_every_module_that_a_script_imports_is_served() -> None:
    files = read_files()
    for name in (name for name in files if name.startswith("js/")):
        for target in re.findall(r'from "(\.[^"]+)"', files[name].content.decode()):
            there = (FOLDER / name).parent.joinpath(target).resolve().relative_to(FOLDER).as_posix()
            assert there in files, f"{name} imports {target}"


async def test_it_is_asked_for_again_each_time_and_sent_again_only_where_it_changed(
    client: httpx.AsyncClient,
) -> None:
    first = await client.get("/console/js/main.js")
    assert first.headers["cache-control"] == "no-cache"
    again = await client.get("/console/js/main.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_no_script_but_our_own_runs_and_no_text_becomes_markup(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/")).headers[POLICY]
    for rule in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    "path", ["", "js", "js/", "../settings.py", "%2e%2e/settings.py", "js/../../app.py", "index.htm", "a\\b"]
)
async def test_nothing_but_the_files_of_the_console_can_be_asked_for(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(httpx.URL("http://api").copy_with(raw_path=f"/console/{path}".encode()))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("name", ["index.html", "docs.html"])
def test_markup_has_no_script_and_no_style_of_its_own(name: str) -> None:
    page = (FOLDER / name).read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", page) == []
    assert re.findall(r'(?:href|src)="(?!/|#)', page) == []


def test_no_script_makes_markup_of_text_or_keeps_the_key_beyond_the_tab() -> None:
    for script in sorted((FOLDER / "js").rglob("*.js")):
        found = re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|localStorage|\beval\(",
            script.read_text(),
        )
        assert found == [], script.name


def test_scripts_are_as_small_as_our_other_modules() -> None:
    lines = {file.name: len(file.read_text().splitlines()) for file in (FOLDER / "js").rglob("*.js")}
    assert {name: count for name, count in lines.items() if count > 250} == {}


def test_what_is_vendored_has_its_licence_beside_it() -> None:
    folders = [folder for folder in (FOLDER / "vendor").iterdir() if folder.is_dir()]
    assert folders
    for folder in folders:
        licence = (folder / "LICENSE.txt").read_text()
        assert "Permission is hereby granted" in licence or "Apache License" in licence
