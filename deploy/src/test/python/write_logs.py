"""Logs a run with a real writer while somebody follows the files.

    write_logs.py tensorboard DIR ROWS     torch.utils.tensorboard, resumed half-way in another event file
    write_logs.py wandb DIR ROWS           wandb, offline

Each step logs loss = step + 0.5 and grad_norm = step + 0.25, which are exact as floats of 32 bits; each tenth step a
validation as well, some time after the step's other metrics.
"""

import os
import random
import sys
import time

PACE_SECONDS = 0.02


def steps(rows):
    pause = random.Random(20261129)
    for step in range(rows):
        yield step
        # Now in bursts, now with gaps, as trainings log.
        if pause.random() < 0.2:
            time.sleep(PACE_SECONDS * pause.randrange(10))


def tensorboard(folder, rows):
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(folder, flush_secs=1)
    for step in steps(rows):
        if step == rows // 2:
            writer.close()
            # Event files are named by the second and the process; a resume is another process.
            writer = SummaryWriter(folder, flush_secs=1, filename_suffix=".resumed")
        writer.add_scalar("train/loss", step + 0.5, step)
        writer.add_scalar("train/grad_norm", step + 0.25, step)
        if step % 10 == 0:
            time.sleep(PACE_SECONDS)
            writer.add_scalar("eval/loss", step + 0.125, step)
    writer.close()


def wandb(folder, rows):
    os.environ["WANDB_MODE"] = "offline"
    import wandb

    settings = wandb.Settings(
        console="off", disable_git=True, x_disable_stats=True, x_disable_meta=True, x_disable_machine_info=True
    )
    run = wandb.init(project="foreshock", id="offline", name="real-wandb", dir=folder, settings=settings)
    for step in steps(rows):
        row = {"train/loss": step + 0.5, "train/grad_norm": step + 0.25}
        if step % 10 == 0:
            row["eval/loss"] = step + 0.125
        run.log(row, step=step)
    run.finish()


if __name__ == "__main__":
    {"tensorboard": tensorboard, "wandb": wandb}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
