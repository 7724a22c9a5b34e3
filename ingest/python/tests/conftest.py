import os

import pytest
from fake_gateway import FakeGateway

import foreshock
from foreshock import environment

ENVIRONMENT = (
    *environment._RANK,
    *environment._WORLD_SIZE,
    *environment._ATTEMPT,
    *("WANDB_NAME", "SLURM_JOB_ID", "SLURM_JOB_NAME", "TORCHELASTIC_RUN_ID", "http_proxy", "HTTP_PROXY", "no_proxy"),
    *(name for name in os.environ if name.startswith("FORESHOCK_")),
)


@pytest.fixture(autouse=True)
def on_its_own(monkeypatch):
    """Each test begins without a run and without a launcher, and leaves nothing behind."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(foreshock, "_run", None)
    yield
    foreshock.finish(timeout=0)


@pytest.fixture
def gateway():
    fake = FakeGateway()
    yield fake
    fake.close()
    # A client that went away is none of the gateway's errors; what it could not read is.
    assert [e for e in fake.errors if not isinstance(e, OSError)] == []


@pytest.fixture
def away():
    """An address where nobody listens."""
    fake = FakeGateway()
    fake.close()
    return fake.url
