"""What a training process goes through: forks, spawns, exits, signals; each in a process of its own."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

SRC = str(Path(__file__).parents[1] / "src")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def python(program, url, timeout=60):
    """Exit code and output of a program that finds the gateway under FORESHOCK_URL. It must end by the timeout."""
    environment = {**os.environ, "PYTHONPATH": SRC, "FORESHOCK_URL": url, "FORESHOCK_RUN": "r"}
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(program)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout, check=False)
    return done.returncode, done.stdout, done.stderr


def well(program, url):
    code, out, err = python(program, url)
    assert code == 0, err
    return out, err


def steps(gateway):
    return [e.get("end") or e["step"] for e in gateway.events]


def test_at_exit_the_rest_is_sent_and_no_end_is_claimed(gateway):
    well("import foreshock; foreshock.init(); [foreshock.log({'loss': 1.0}) for _ in range(1000)]", gateway.url)
    assert steps(gateway) == list(range(1_000))


def test_an_exception_that_ends_the_process_is_seen_by_nobody_but_its_owner(gateway):
    code, _, err = python("import foreshock; foreshock.init(); foreshock.log({'loss': 1.0}); 1 / 0", gateway.url)
    assert code == 1
    assert err.rstrip().endswith("ZeroDivisionError: division by zero")
    assert steps(gateway) == [0]


@pytest.mark.parametrize("end", ["", "foreshock.finish()"])
def test_a_gateway_that_is_away_holds_up_the_exit_for_the_timeout_at_most(end, away):
    program = f"import foreshock; foreshock.init(timeout=1.0); foreshock.log({{'loss': 1.0}}); {end}"
    begin = time.monotonic()
    _, err = well(program, away)
    # Generous about the start of Python; without a bound it would go on for ever.
    assert time.monotonic() - begin < 20
    assert "were dropped" in err


def test_a_gateway_that_does_not_answer_holds_up_the_exit_for_the_timeout_at_most(gateway):
    gateway.script.extend(["slow"] * 5)
    _, err = well("import foreshock; foreshock.init(timeout=0.5); foreshock.log({'loss': 1.0})", gateway.url)
    assert "of 1 event(s) 1 were dropped" in err


def test_an_exit_without_events_waits_for_nothing(away):
    assert well("import foreshock; foreshock.init(timeout=30)", away) == ("", "")


def test_a_signal_handler_may_log_and_finish_in_the_midst_of_log(gateway):
    program = """
        import os, signal, foreshock
        from foreshock import outbox

        run = foreshock.init(timeout=20)
        def stop(*_):
            foreshock.log({"loss": 2.0}, step=99)
            foreshock.finish("stopped")
        signal.signal(signal.SIGTERM, stop)

        class Interrupting(outbox.Outbox):
            def _trim(self):
                # The lock is held here.
                if self._accepted == 1:
                    os.kill(os.getpid(), signal.SIGTERM)
                super()._trim()

        run._outbox.__class__ = Interrupting
        foreshock.log({"loss": 1.0}, step=0)
        print(run.stats())
    """
    well(program, gateway.url)
    assert steps(gateway) == [0, 99, "stopped"]


@needs_fork
def test_a_forked_child_is_silent_and_the_parent_goes_on(gateway):
    program = """
        import os, sys, warnings, foreshock
        warnings.simplefilter("ignore")

        run = foreshock.init(timeout=20)
        foreshock.log({"loss": 1.0})
        child = os.fork()
        if child == 0:
            foreshock.log({"loss": 2.0})
            foreshock.finish("failed")
            assert run.stats().buffered == 0
            sys.exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        foreshock.log({"loss": 3.0})
        foreshock.finish()
        print(run.stats()[:3])
    """
    out, _ = well(program, gateway.url)
    assert out == "(3, 3, 0)\n"
    assert [(e.get("metrics"), e.get("end")) for e in gateway.events] == [
        ({"loss": 1.0}, None),
        ({"loss": 3.0}, None),
        (None, "finished"),
    ]


@needs_fork
def test_a_child_forked_while_the_lock_is_held_does_not_hang(gateway):
    program = """
        import os, sys, threading, warnings, foreshock
        warnings.simplefilter("ignore")

        run = foreshock.init(timeout=20)
        foreshock.log({"loss": 1.0})
        held, enough = threading.Event(), threading.Event()
        def hold():
            with run._outbox._changed, run._starting:
                held.set()
                enough.wait()
        threading.Thread(target=hold, daemon=True).start()
        held.wait()
        child = os.fork()
        if child == 0:
            foreshock.log({"loss": 2.0})
            foreshock.finish()
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        enough.set()
        foreshock.finish()
    """
    well(program, gateway.url)
    assert steps(gateway) == [0, "finished"]


@needs_fork
def test_a_forked_child_may_report_a_run_of_its_own(gateway):
    program = """
        import os, sys, warnings, foreshock
        warnings.simplefilter("ignore")

        foreshock.init("parent", timeout=20)
        foreshock.log({"loss": 1.0})
        child = os.fork()
        if child == 0:
            with foreshock.init("child", timeout=20):
                foreshock.log({"loss": 2.0})
            os._exit(0)
        os.waitpid(child, 0)
        foreshock.finish()
    """
    well(program, gateway.url)
    assert [e.get("metrics") or e["end"] for e in gateway.of("child")] == [{"loss": 2.0}, "finished"]
    assert [e.get("metrics") or e["end"] for e in gateway.of("parent")] == [{"loss": 1.0}, "finished"]


@pytest.mark.parametrize("method", [pytest.param("fork", marks=needs_fork), "spawn"])
def test_workers_of_a_data_loader_are_silent(method, gateway, tmp_path):
    program = tmp_path / "train.py"
    program.write_text(
        textwrap.dedent(f"""
            import multiprocessing, sys, warnings
            import foreshock

            class Loader:
                def __init__(self, run):
                    self.run = run

                def __call__(self, item):
                    foreshock.log({{"item": item}})
                    self.run.log({{"item": item}})
                    return item * 2

            if __name__ == "__main__":
                warnings.simplefilter("ignore")
                with foreshock.init(timeout=20) as run:
                    for epoch in range(2):
                        run.log({{"epoch": epoch}})
                        with multiprocessing.get_context("{method}").Pool(2) as pool:
                            assert pool.map(Loader(run), range(20)) == list(range(0, 40, 2))
        """)
    )
    environment = {**os.environ, "PYTHONPATH": SRC, "FORESHOCK_URL": gateway.url, "FORESHOCK_RUN": "r"}
    subprocess.run([sys.executable, str(program)], env=environment, check=True, timeout=120)
    assert [e.get("metrics") or e["end"] for e in gateway.events] == [{"epoch": 0}, {"epoch": 1}, "finished"]


def test_the_package_needs_nothing_but_the_standard_library(away):
    program = """
        import sys, foreshock
        foreshock.init("r").log({"loss": 1.0, "layers": [1.0]})
        foreign = {"numpy", "torch", "confluent_kafka", "requests"} & set(sys.modules)
        print(sorted(foreign))
        foreshock.finish(timeout=0)
    """
    assert well(program, away)[0] == "[]\n"
