"""The gateway over HTTP: one connection that is kept, with the standard library alone."""

from __future__ import annotations

import base64
import contextlib
import gzip
import http.client
import ipaddress
import json
import os
import ssl
import urllib.parse
import urllib.request
from collections.abc import Iterator
from urllib.parse import unquote, urlencode

from .answer import Again, Answer, Forbidden, Refused, Taken, TooLarge

_REQUEST_SECONDS = 10.0
# The gateway sends a blank line about every ten seconds.
_SILENCE_SECONDS = 30.0
_MAX_ANSWER_BYTES = 4 * 1024 * 1024
_MAX_LINE_BYTES = 4 * 1024 * 1024
_MIN_RETRY_AFTER_SECONDS = 0.1
_MAX_RETRY_AFTER_SECONDS = 30.0


class Gateway:
    """
    Speaks to the gateway at a URL. Raises ValueError if the URL, the token or FORESHOCK_CA_FILE cannot be used.

    Proxies of the environment are used as urllib does, except for this machine itself. The token is in no message.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        parts = _parts(url)
        if token is not None and not (token and token.isascii() and token.isprintable() and " " not in token):
            raise ValueError("token must be visible ASCII characters without spaces; check FORESHOCK_TOKEN")
        self.url = url.rstrip("/")
        self._token = token
        self._https = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._https else 80)
        self._path = parts.path.rstrip("/")
        self._tls = _tls() if self._https else None
        self._proxy = None if _is_loopback(self._host) else _proxy(parts)
        self._connection: http.client.HTTPConnection | None = None

    def __repr__(self) -> str:
        return f"Gateway({self.url!r})"

    def send(self, batch: list[bytes], key: str) -> Answer:
        """Posts the events; each try of a batch has the same ``key``, so that none doubles what another brought in."""
        # Without the time, so that each try is the same to the byte: another body under a known key may be refused.
        body = gzip.compress(b"\n".join(batch), 1, mtime=0)
        headers = {
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
            "Idempotency-Key": key,
        }
        try:
            if self._connection is not None:
                # The server may have closed a connection that was idle, which is found out only by using it.
                with contextlib.suppress(ConnectionError):
                    return self._post(body, headers)
                self.close()
            return self._post(body, headers)
        except Exception as e:
            # Whatever it is (network, TLS, half an answer, nonsense): it is not acknowledged.
            self.close()
            return Again(self._hide(f"{type(e).__name__}: {e}".encode()).decode(errors="replace"))

    def _post(self, body: bytes, headers: dict[str, str]) -> Answer:
        if self._connection is None:
            self._connection = self._open(_REQUEST_SECONDS)
        # It may answer before it has read all, as to a body that is too large. If it did not, getresponse() raises.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._connection.request("POST", self._target("/v1/telemetry"), body, self._headers(headers))
        response = self._connection.getresponse()
        answer = _understand(response, self._hide(response.read(_MAX_ANSWER_BYTES + 1)))
        if response.will_close or not response.isclosed():
            self.close()
        return answer

    def alerts(self, run: str) -> Iterator[bytes]:
        """
        The lines of the alert stream of a run; a blank one is a heartbeat. Ends when the stream does.

        Raises OSError or http.client.HTTPException; PermissionError if the token is not good for the run.
        """
        connection = self._open(_SILENCE_SECONDS)
        try:
            target = self._target("/v1/alerts?" + urlencode({"run": run}))
            connection.request("GET", target, headers=self._headers({"Accept": "application/x-ndjson"}))
            response = connection.getresponse()
            if response.status != 200:
                sentence = _sentence(response.status, self._hide(response.read(_MAX_ANSWER_BYTES)))
                raise (PermissionError if response.status in (401, 403) else ConnectionError)(sentence)
            while True:
                line = response.readline(_MAX_LINE_BYTES)
                if not line.endswith(b"\n"):
                    return
                yield line.strip()
        finally:
            connection.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self, timeout: float) -> http.client.HTTPConnection:
        host, port = (self._proxy.hostname or "", self._proxy.port or 80) if self._proxy else (self._host, self._port)
        if self._tls is None:
            return http.client.HTTPConnection(host, port, timeout=timeout)
        connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=self._tls)
        if self._proxy:
            connection.set_tunnel(self._host, self._port, _proxy_headers(self._proxy))
        return connection

    def _target(self, path: str) -> str:
        """A proxy of plain HTTP wants to be told the whole address."""
        if self._proxy and not self._https:
            return self.url + path
        return self._path + path

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        headers = {"User-Agent": "foreshock-python", **headers}
        if self._token:
            headers["Authorization"] = "Bearer " + self._token
        if self._proxy and not self._https:
            headers.update(_proxy_headers(self._proxy))
        return headers

    def _hide(self, text: bytes) -> bytes:
        return text.replace(self._token.encode(), b"***") if self._token else text


def _understand(response: http.client.HTTPResponse, text: bytes) -> Answer:
    status = response.status
    if status == 200:
        try:
            told = json.loads(text)
            rejected = told.get("rejected") or []
            int(told["accepted"])
            detail = str(rejected[0].get("detail") or rejected[0].get("reason")) if rejected else ""
            return Taken(len(rejected), detail)
        except Exception:
            return Again("the gateway said 200, and then nothing that can be read")
    sentence = _sentence(status, text)
    if status in (401, 403):
        return Forbidden(sentence)
    if status == 413:
        return TooLarge(sentence)
    if 400 <= status < 500 and status not in (408, 429):
        return Refused(sentence)
    after = response.getheader("Retry-After", "")
    if not after.isdecimal():
        return Again(sentence)
    return Again(sentence, max(_MIN_RETRY_AFTER_SECONDS, min(float(after), _MAX_RETRY_AFTER_SECONDS)))


def _sentence(status: int, text: bytes) -> str:
    """What the gateway says about a problem, in the form of RFC 9457."""
    try:
        error = str(json.loads(text)["detail"])
    except Exception:
        error = http.client.responses.get(status, "no reason given")
    return f"{status}: " + "".join(c if c.isprintable() else " " for c in error[:300])


def _parts(url: str) -> urllib.parse.SplitResult:
    try:
        parts = urllib.parse.urlsplit(url)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_good = urllib.parse.urlsplit(""), False
    if parts.username is not None or parts.password is not None:
        # Not shown: there is a password in it.
        raise ValueError("url must not have a user or password; give a token, or set FORESHOCK_TOKEN")
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_good or parts.query or parts.fragment:
        raise ValueError(f"url must be like http://HOST:8088 or https://HOST/path, got {url!r}")
    return parts


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _proxy(parts: urllib.parse.SplitResult) -> urllib.parse.SplitResult | None:
    proxy = urllib.request.getproxies().get(parts.scheme)
    if not proxy or urllib.request.proxy_bypass(parts.netloc):
        return None
    found = urllib.parse.urlsplit(proxy if "://" in proxy else "http://" + proxy)
    return found if found.hostname else None


def _proxy_headers(proxy: urllib.parse.SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(login.encode()).decode()}


def _tls() -> ssl.SSLContext:
    ca_file = os.environ.get("FORESHOCK_CA_FILE") or None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as e:
        raise ValueError(f"FORESHOCK_CA_FILE must be a file of certificates in PEM, got {ca_file!r}: {e}") from None
