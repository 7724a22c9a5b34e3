"""Writes the event files beside this script with the writers that people use.

    python3 -m venv venv && venv/bin/pip install tensorboard==2.21.0 tensorboardX==2.6.5 numpy
    venv/bin/python make.py

Times are given, so that they can be asserted; only the time in each file's first record is that of the run of this script.
With the path of a recorded lab run, and a folder, writes its scalars there as a trainer would: make.py RUN.jsonl.gz FOLDER
"""

import gzip
import json
import math
import shutil
import sys
from pathlib import Path

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.scalar.summary import scalar_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto
from tensorboardX import SummaryWriter

HERE = Path(__file__).parent
START = 1763870000.125


def renamed(folder, seconds, suffix=""):
    """Gives the file just written a name without this machine's."""
    (written,) = [f for f in folder.glob("events.out.tfevents.*") if not f.name.startswith("events.out.tfevents.17638")]
    target = folder / f"events.out.tfevents.{seconds}.host{suffix}"
    written.rename(target)
    return target


def hugging_face(folder):
    """What its TensorBoardCallback writes, with per-layer norms as some callbacks add; then the run breaks."""
    with SummaryWriter(str(folder)) as writer:
        writer.add_text("args", '{"learning_rate": 0.001}')
        for step in range(5):
            at = START + step
            loss = [3.0, 2.5, 2.25, math.nan, math.inf][step]
            writer.add_scalar("train/loss", loss, step, walltime=at)
            writer.add_scalar("train/grad_norm", 0.5 * (step + 1), step, walltime=at + 0.001)
            writer.add_scalar("train/learning_rate", 2.0**-10, step, walltime=at + 0.002)
            for layer in range(3):
                writer.add_scalar(f"grad_norm/layer.{layer}", 0.25 * (layer + 1), step, walltime=at + 0.003)
            if step == 2:
                writer.add_histogram("weights", np.array([1.0, 2.0, 3.0]), step, walltime=at + 0.004)
        writer.add_scalar("eval/loss", 2.75, 4, walltime=START + 9)
    return renamed(folder, 1763870000)


def tensorflow_2(folder):
    """Scalars as tensors of each floating-point type, in their own field and as bytes, and what is no curve."""
    writer = EventFileWriter(str(folder))

    def event(step, *values):
        writer.add_event(Event(wall_time=START + step, step=step, summary=Summary(value=values)))

    def tensor(tag, array, plugin="scalars"):
        metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))
        return Summary.Value(tag=tag, tensor=make_tensor_proto(array), metadata=metadata)

    # As tensorboard.plugins.hparams.summary does it, which needs TensorFlow.
    event(0, tensor("_hparams_/session_start_info", np.zeros(1, np.float32), "hparams"))
    writer.add_event(Event(wall_time=START + 1, step=1, summary=scalar_pb("epoch_loss", 2.5)))
    event(2, tensor("float", np.float32(1.5)), tensor("double", np.float64(1e-300)), tensor("half", np.float16(0.333)))
    event(3, tensor("half", np.float16(math.inf)), tensor("double", np.float64(math.nan)))
    event(4, tensor("half", np.float16(-6e-8)), tensor("several", np.array([1.0, 2.0])), tensor("text", "hello", "text"))
    event(5, Summary.Value(tag="bytes", tensor=as_bytes(np.float32(0.75))))
    event(6, Summary.Value(tag="bytes", tensor=as_bytes(np.float64(0.1))), Summary.Value(tag="plain", simple_value=4.0))
    writer.close()
    return renamed(folder, 1763870000, ".1.v2")


def as_bytes(number):
    tensor = make_tensor_proto(number)
    for field in ("float_val", "double_val", "half_val"):
        tensor.ClearField(field)
    tensor.tensor_content = number.tobytes()
    return tensor


def resumed(folder):
    """A run that was killed after step 5, and resumed twice from its checkpoints at steps 3 and 6."""
    for attempt, (first, last) in enumerate([(0, 5), (3, 7), (6, 8)]):
        with SummaryWriter(str(folder)) as writer:
            for step in range(first, last + 1):
                at = START + 100 * attempt + step
                writer.add_scalar("train_loss", 4.0 - 0.25 * step - attempt, step, walltime=at)
                writer.add_scalar("lr-AdamW", 0.5, step, walltime=at)
        renamed(folder, [1763870000, 1763870100, 1763870200][attempt])


def megatron(folder):
    """Each metric over iterations and, the same once more, over samples; as in megatron/training/training.py.

    PyTorch's SummaryWriter, which it uses, is this writer with a queue before it; tensorboardX would replace the spaces.
    """
    writer = EventFileWriter(str(folder))

    def add_scalar(tag, value, step, at):
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        writer.add_event(Event(wall_time=at, step=step, summary=summary))

    for iteration in range(1, 4):
        at, samples = START + iteration, 512 * iteration
        add_scalar("samples vs steps", samples, iteration, at)
        for tag, value in (("learning-rate", 0.125), ("lm loss", 11.0 - iteration), ("grad-norm", 1.5)):
            add_scalar(tag, value, iteration, at)
            add_scalar(tag + " vs samples", value, samples, at)
    writer.close()
    renamed(folder, 1763870000)


def sub_folders(folder):
    """add_scalars makes a folder for each line of its chart."""
    with SummaryWriter(str(folder)) as writer:
        for step in range(2):
            writer.add_scalar("lr", 0.5, step, walltime=START + step)
            writer.add_scalars("loss", {"train": 2.0 - step, "val": 3.0 - step}, step, walltime=START + step)
    for below in sorted({f.parent for f in folder.rglob("events.out.tfevents.*")}):
        renamed(below, 1763870000)


def lab_run(recording, folder):
    with gzip.open(recording, "rt") as lines, SummaryWriter(str(folder)) as writer:
        for line in lines:
            event = json.loads(line)
            for name, value in event.get("metrics", {}).items():
                if isinstance(value, (int, float)):
                    writer.add_scalar(name, value, event["step"], walltime=event["ts"] / 1000)


def main():
    if len(sys.argv) == 3:
        lab_run(sys.argv[1], Path(sys.argv[2]))
        return
    for write in (hugging_face, tensorflow_2, resumed, megatron, sub_folders):
        folder = HERE / write.__name__
        shutil.rmtree(folder, ignore_errors=True)
        write(folder)


if __name__ == "__main__":
    main()
