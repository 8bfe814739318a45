"""Where calls go."""

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Target:
    """A FlowServe API: `https` where `tls` is set, and `base` before each of its paths."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    base: str = ""

    @classmethod
    def of(cls, url: str) -> "Target":
        """Of a URL such as https://fraud.example.com/flowserve. Raises ValueError for any other."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{url}: give a URL such as http://127.0.0.1:8000")
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        return cls(parts.hostname, parts.port or _PORTS[parts.scheme], tls, parts.path.rstrip("/"))

    @classmethod
    def local(cls, port: int) -> "Target":
        """An API on this machine."""
        return cls("127.0.0.1", port)

    @property
    def server_name(self) -> str | None:
        """Whose certificate is expected."""
        return self.host if self.tls else None

    def post(self, path: str, key: str, body: bytes) -> bytes:
        """The bytes of a POST with a JSON body."""
        head = (
            f"POST {self.base}{path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body
