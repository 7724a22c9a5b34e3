"""HTTPS to a gateway whose certificate is of an authority of one's own."""

import shutil
import ssl
import subprocess

import pytest
from fake_gateway import FakeGateway, until

import foreshock

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")


@pytest.fixture
def certificate(tmp_path):
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    command = [*command.split(), "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@pytest.fixture
def secure(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    fake = FakeGateway(tls=context)
    yield fake
    fake.close()


def test_a_certificate_that_is_named_is_trusted(secure, certificate, monkeypatch):
    monkeypatch.setenv("FORESHOCK_CA_FILE", str(certificate[0]))
    with foreshock.init("r", f"https://localhost:{secure.port}/", token="t") as run:
        run.log({"loss": 1.0})
    assert [e.get("step", e.get("end")) for e in secure.events] == [0, "finished"]
    assert {h["Authorization"] for h in secure.headers} == {"Bearer t"}


def test_a_certificate_that_nobody_vouches_for_gets_no_token_and_no_events(secure, caplog):
    run = foreshock.init("r", f"https://localhost:{secure.port}", token="t")
    run.log({"loss": 1.0})
    until(lambda: run.stats().last_error, "the refusal")
    assert "CERTIFICATE_VERIFY_FAILED" in run.stats().last_error
    assert secure.headers == []
    assert run.stats().buffered == 1
