"""Networks of the zoo with random weights, and PyTorch's exporters."""

import time

import onnxruntime
import torch

from architectures import ZOO


@torch.no_grad()
def shaken(network):
    """Moves biases, gains and statistics from zero, one or nearly nothing: a channel lost there would not show."""
    for parameter in network.parameters():
        if parameter.numel() and (parameter.ndim <= 1 or parameter.abs().max() < 1e-3):
            parameter.add_(0.2 * torch.randn_like(parameter))
    for name, statistic in network.named_buffers():
        if name.endswith("running_mean"):
            statistic.add_(0.2 * torch.randn_like(statistic))
        if name.endswith("running_var"):
            statistic.mul_(0.5 + torch.rand_like(statistic))
    return network.eval()


def build(name):
    """The network, the same each time, and what it is fed."""
    torch.manual_seed(1)
    network, inputs = ZOO[name]()
    return shaken(network), inputs


@torch.no_grad()
def export(name, exporter, path):
    network, inputs = build(name)
    started = time.time()
    settings = dict(dynamo=True, external_data=False, verbose=False) if exporter == "dynamo" else dict(dynamo=False)
    torch.onnx.export(network, inputs, path, **settings)
    try:
        onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception as error:
        said = str(error).replace(f"Load model from {path} failed:", "")
        raise ValueError(f"ONNX Runtime cannot read what was exported: {said}") from None
    return dict(seconds=round(time.time() - started, 1))
