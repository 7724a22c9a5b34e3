"""Arguments and variables: what is taken from where, and what is said of those that are wrong."""

import re
import sys

import pytest

import foreshock


def test_without_anything_it_is_the_gateway_of_this_machine_and_a_name_with_the_time(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/home/me/my train.py"])
    run = foreshock.init()
    assert run.where == "http://127.0.0.1:8088"
    assert (run.rank, run.world_size, run.attempt) == (0, 1, 0)
    assert re.fullmatch(r"my-train-\d{8}-\d{6}-[0-9a-f]{4}", run.name)
    assert repr(run) == f"Run('{run.name}', 'http://127.0.0.1:8088', rank=0, attempt=0)"


@pytest.mark.parametrize(
    ("variables", "rank", "world_size", "attempt"),
    [
        ({"RANK": "3", "WORLD_SIZE": "8", "TORCHELASTIC_RESTART_COUNT": "2", "SLURM_PROCID": "7"}, 3, 8, 2),
        ({"SLURM_PROCID": "5", "SLURM_NTASKS": "16", "SLURM_RESTART_COUNT": "1"}, 5, 16, 1),
        ({"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"}, 1, 2, 0),
        ({"PMI_RANK": "1", "PMI_SIZE": "4"}, 1, 4, 0),
        ({"RANK": ""}, 0, 1, 0),
    ],
    ids=["torchrun", "slurm", "openmpi", "pmi", "empty"],
)
def test_rank_size_and_attempt_are_the_launchers(variables, rank, world_size, attempt, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    run = foreshock.init("r", timeout=0)
    assert (run.rank, run.world_size, run.attempt) == (rank, world_size, attempt)
    given = foreshock.init("r", rank=9, attempt=8, timeout=0)
    assert (given.rank, given.attempt) == (9, 8)


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"FORESHOCK_RUN": "mine", "WANDB_NAME": "theirs"}, "mine"),
        ({"WANDB_NAME": "theirs", "SLURM_JOB_ID": "4711"}, "theirs"),
        ({"SLURM_JOB_ID": "4711", "SLURM_JOB_NAME": "pretrain", "WORLD_SIZE": "8"}, "pretrain-4711"),
        ({"SLURM_JOB_ID": "4711"}, "train-4711"),
        ({"TORCHELASTIC_RUN_ID": "0c5ad1b2-77", "WORLD_SIZE": "8"}, "train-0c5ad1b2"),
    ],
)
def test_the_name_is_one_that_all_ranks_know(variables, name, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["train.py"])
    for key, value in variables.items():
        monkeypatch.setenv(key, value)
    assert foreshock.init().name == name


def test_the_address_is_given_or_a_variable(monkeypatch):
    monkeypatch.setenv("FORESHOCK_URL", "https://foreshock.example/gateway/")
    assert foreshock.init("r", timeout=0).where == "https://foreshock.example/gateway"
    assert foreshock.init("r", url="http://[::1]:9000", timeout=0).where == "http://[::1]:9000"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"url": "http://a", "bootstrap_servers": "b:9092"}, "give either url (a gateway) or bootstrap_servers"),
        ({"url": "localhost:8088"}, "url must be like http://HOST:8088 or https://HOST/path, got 'localhost:8088'"),
        ({"url": "ftp://host"}, "url must be like http://HOST:8088"),
        ({"url": "http://"}, "url must be like http://HOST:8088"),
        ({"url": "http://host:99999"}, "url must be like http://HOST:8088"),
        ({"url": "http://host/?a=b"}, "url must be like http://HOST:8088"),
        ({"url": "http://user:s3cret@host"}, "url must not have a user or password; give a token"),
        ({"token": "s3cret s3cret"}, "token must be visible ASCII characters without spaces"),
        ({"token": "s3cret\n"}, "token must be visible ASCII characters without spaces"),
        ({"rank": -1}, "rank must be an integer from 0 to 1048575, got -1"),
        ({"rank": 1.0}, "rank must be an integer from 0 to 1048575, got 1.0"),
        ({"attempt": 1_000_000}, "attempt must be an integer from 0 to 999999, got 1000000"),
        ({"buffer_events": 1}, "buffer_events must be an integer from 2 to"),
        ({"buffer_bytes": 1024}, "buffer_bytes must be an integer from 8388608 to"),
        ({"timeout": -1}, "timeout must be seconds, 0 or more, got -1"),
        ({"timeout": float("nan")}, "timeout must be seconds, 0 or more, got nan"),
        ({"run": ""}, "run must be 1 to 256 printable characters, got '', which is empty"),
        ({"run": "  "}, "run must be 1 to 256 printable characters, got '  ', which is blank"),
        ({"run": "a\n"}, "which has a control character or lone surrogate"),
        ({"run": "n" * 257}, "which has more than 256 characters"),
        ({"run": 7}, "run must be a string, got 7"),
    ],
    ids=str,
)
def test_wrong_arguments_are_named_with_value_and_fix(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        foreshock.init(**{"run": "r", **arguments})
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"RANK": "first"}, "RANK must be an integer from 0 to 1048575, got 'first'"),
        ({"SLURM_RESTART_COUNT": "-1"}, "SLURM_RESTART_COUNT must be an integer from 0 to 999999, got '-1'"),
        ({"WORLD_SIZE": "8"}, "run must be named where 8 processes train together"),
        ({"FORESHOCK_RUN": "a\tb"}, "which has a control character"),
    ],
    ids=str,
)
def test_wrong_variables_are_named(variables, message, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=re.escape(message)):
        foreshock.init()


def test_a_file_of_certificates_that_cannot_be_read_is_named(monkeypatch):
    monkeypatch.setenv("FORESHOCK_CA_FILE", "/no/such/file.pem")
    with pytest.raises(ValueError, match=r"FORESHOCK_CA_FILE must be .* got '/no/such/file.pem'"):
        foreshock.init("r", url="https://host")


def test_a_wrong_argument_leaves_the_earlier_run_alone(gateway):
    run = foreshock.init("r", gateway.url)
    with pytest.raises(ValueError, match="rank"):
        foreshock.init("other", rank=-1)
    foreshock.log({"loss": 1.0})
    run.finish()
    assert [e["run"] for e in gateway.events] == ["r", "r"]


@pytest.mark.parametrize("off", ["1", "true", "yes"])
def test_disabled_does_nothing_at_all(off, gateway, monkeypatch):
    monkeypatch.setenv("FORESHOCK_DISABLED", off)
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    for run in (foreshock.init("r", gateway.url), foreshock.init("r", bootstrap_servers="host:9092")):
        run.log({"loss": 1.0})
        run.on_alert(print)
        assert list(foreshock.alerts()) == []
        run.finish()
        assert run.stats() == (0, 0, 0, 0, 0, 0, 0, None)
    assert gateway.headers == []


@pytest.mark.parametrize("on", ["", "0", "false"])
def test_not_disabled(on, gateway, monkeypatch):
    monkeypatch.setenv("FORESHOCK_DISABLED", on)
    with foreshock.init("r", gateway.url):
        pass
    assert [e["end"] for e in gateway.events] == ["finished"]
