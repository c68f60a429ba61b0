"""Exports networks and compares models in ONNX Runtime: a question per line in, an answer per line out."""

import json
import os
import sys
import time
import warnings

# Libraries print as they please; the answers alone go to where they are read.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
warnings.filterwarnings("ignore")
os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")

import numpy
import onnx
import onnxruntime
import torch

from architectures import SMALL_ZOO, ZOO

torch.backends.mha.set_fastpath_enabled(False)  # a fused operator that TorchScript cannot export


def shaken(network):
    """Moves biases, gains and statistics from zero, one or nearly nothing: a channel lost there would not show."""
    for parameter in network.parameters():
        if parameter.ndim <= 1 or parameter.abs().max() < 1e-3:
            parameter.add_(0.2 * torch.randn_like(parameter))
    for name, statistic in network.named_buffers():
        if name.endswith("running_mean"):
            statistic.add_(0.2 * torch.randn_like(statistic))
        if name.endswith("running_var"):
            statistic.mul_(0.5 + torch.rand_like(statistic))
    return network.eval()


@torch.no_grad()
def export(name, exporter, path):
    torch.manual_seed(1)
    network, inputs = ZOO[name]()
    started = time.time()
    settings = dict(dynamo=True, external_data=False, verbose=False) if exporter == "dynamo" else dict(dynamo=False)
    torch.onnx.export(shaken(network), inputs, path, **settings)
    return dict(seconds=round(time.time() - started, 1))


def run(path):
    """All outputs, for inputs drawn anew from the same numbers."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    random = numpy.random.default_rng(1)
    feeds = {}
    for given in session.get_inputs():
        whole = given.type != "tensor(float)"
        feeds[given.name] = (
            random.integers(0, 2, given.shape)
            if whole
            else random.standard_normal(given.shape, numpy.float32)
        )
    return session.run(None, feeds)


def check(path):
    try:
        onnx.checker.check_model(path, full_check=True)
        return ""
    except Exception as error:
        return str(error)


def compare(original, pruned, masked):
    """The largest difference of any output, relative to the largest number in that output."""
    wanted = run(masked)
    if all(numpy.array_equal(one, other) for one, other in zip(run(original), wanted)):
        return dict(verdict="different", why="the mask changes nothing, so the comparison would say nothing")
    complaint = "" if check(masked) else check(pruned)
    if complaint:
        return dict(verdict="invalid", why=complaint)
    try:
        got = run(pruned)
    except Exception as error:
        return dict(verdict="invalid", why=str(error))
    worst = 0.0
    for index, (small, whole) in enumerate(zip(got, wanted, strict=True)):
        if small.shape != whole.shape:
            return dict(verdict="different", why=f"output {index} is {small.shape} instead of {whole.shape}")
        if not numpy.isfinite(whole).all():
            return dict(verdict="refused", why=f"output {index} of the masked original is not finite")
        scale = numpy.abs(whole).max(initial=1e-30)
        worst = max(worst, float(numpy.abs(small.astype("float64") - whole).max(initial=0) / scale))
    return dict(verdict="equal" if worst <= 1e-5 else "different", difference=worst)


def list_names():
    return dict(names=list(ZOO), small=list(SMALL_ZOO))


for line in sys.stdin:
    question = json.loads(line)
    what = question.pop("what")
    try:
        answer = {"list": list_names, "export": export, "compare": compare}[what](**question)
    except Exception as error:
        answer = dict(error=f"{type(error).__name__}: {error}")
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
