"""A run of the Hugging Face Trainer and one of TRL's DPO, each with the callback and nothing else of ours."""

import sys
import tempfile
from pathlib import Path

tests = Path(__file__).parents[4] / "ingest" / "python" / "tests"
sys.path.insert(0, str(tests))

import test_huggingface as made  # noqa: E402

from foreshock.huggingface import ForeshockCallback  # noqa: E402

for name, make in {"hf": made.trainer, "dpo": made.dpo}.items():
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), ForeshockCallback(name, watch=2)).train()
