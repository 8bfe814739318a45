"""The addresses that the load generator takes."""

import pytest

from benchmarks.load.target import Target


@pytest.mark.parametrize(
    ("url", "host", "port", "base", "secured"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1", 8000, "", False),
        ("https://fraud.example.com/flowserve/", "fraud.example.com", 443, "/flowserve", True),
        ("http://localhost", "localhost", 80, "", False),
    ],
)
def test_a_url_names_host_port_and_path(url: str, host: str, port: int, base: str, secured: bool) -> None:
    target = Target.of(url)

    assert (target.host, target.port, target.base, target.tls is not None) == (host, port, base, secured)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://example.com", "http://", "http://a?b=c"])
def test_anything_else_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ValueError, match="give a URL such as http://"):
        Target.of(url)


def test_a_post_is_one_whole_request() -> None:
    sent = Target("fraud.example.com", 443, None, "/flowserve").post("/api/v1/predict", "fs_key", b"{}")

    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"POST /flowserve/api/v1/predict HTTP/1.1"
    assert b"Authorization: Bearer fs_key" in head
    assert b"Content-Length: 2" in head
    assert body == b"{}"
