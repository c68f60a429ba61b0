"""Exports networks, compares models and asks other programs to prune: a question per line in, an answer out.

Each question is answered by a child of this process, which imports once and computes nothing itself: no answer
depends on one before, and a child that takes too long or too much memory is ended without harm to the next."""

import functools
import gc
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import warnings

# Libraries print as they please; the answers alone go to where they are read.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
warnings.filterwarnings("ignore")
os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")

import torch
from torch.onnx._internal.exporter._registration import ONNXRegistry

import onnxsim_peer
import torch_pruning_peer
from architectures import FAMILIES, SMALL_ZOO, ZOO
from compare import compare
from export import export

SECONDS = 40  # of processor time
PATIENCE = 10  # times as long on a busy machine
GIGABYTES = 8  # beyond what the imports take

torch.set_num_threads(1)  # threads of this process would be missing in its children
torch.backends.mha.set_fastpath_enabled(False)  # a fused operator that TorchScript cannot export


def list_names():
    families = {name: family for family, networks in FAMILIES.items() for name in networks}
    return dict(names=list(ZOO), small=list(SMALL_ZOO), families=families)


ANSWERS = dict(
    list=list_names,
    export=export,
    compare=compare,
    torch_pruning=torch_pruning_peer.prune,
    onnxsim=onnxsim_peer.prune,
)


class TooLong(BaseException):
    """Not an Exception: libraries would go on."""


def too_long(*_):
    raise TooLong


def limit():
    signal.signal(signal.SIGXCPU, too_long)
    used = int(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + SECONDS, used + SECONDS + 10))
    try:
        with open("/proc/self/statm") as held:
            taken = int(held.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (taken + GIGABYTES * 2**30, resource.RLIM_INFINITY))
    except OSError:
        pass  # not Linux


def answer_to(question):
    what = question.pop("what")
    try:
        return ANSWERS[what](**question)
    except TooLong:
        return dict(error=f"longer than {SECONDS} s")
    except MemoryError:
        return dict(error=f"more than {GIGABYTES} GB")
    except Exception as error:
        while error.__cause__ is not None:
            error = error.__cause__
        return dict(error=f"{type(error).__name__}: {error}")


def in_child(question):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        limit()
        with os.fdopen(write, "w") as out:
            json.dump(answer_to(question), out)
        os._exit(0)
    os.close(write)
    text, ends = b"", time.time() + PATIENCE * SECONDS
    with os.fdopen(read, "rb", buffering=0) as told:
        while True:
            ready, _, _ = select.select([told], [], [], max(0, ends - time.time()))
            piece = told.read(65536) if ready else None
            if not piece:
                break
            text += piece
    if piece is None:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if piece is None:
        return dict(error=f"longer than {PATIENCE * SECONDS} s")
    return json.loads(text) if text else dict(error=f"Python died of signal {os.waitstatus_to_exitcode(status)}")


# A third of an export's time goes into reading the sources of the exporter's operators: once is enough.
ONNXRegistry.from_torchlib = staticmethod(functools.cache(ONNXRegistry.from_torchlib))
with tempfile.TemporaryDirectory() as folder:  # what an exporter loads at its first use, it loads here
    for exporter in ("torchscript", "dynamo"):
        export("resnet8", exporter, f"{folder}/{exporter}.onnx")

gc.freeze()  # or else each child would copy what its collector looks at
for line in sys.stdin:
    answers.write(json.dumps(in_child(json.loads(line))) + "\n")
    answers.flush()
