"""
A training step in PyTorch.

`training_step_torch.py <network> export <folder>` writes the network and its data for others to train;
`training_step_torch.py <network> <contiguous | channels_last | compiled> <threads>` does a step for each line read, and
answers as training_process.ts does.
"""
import json
import resource
import sys
import time
import warnings

import numpy
import torch
from torch.nn import functional as F

warnings.filterwarnings("ignore")
from training_networks import build  # noqa: E402

LOSSES = {"cross entropy": F.cross_entropy, "squared error": F.mse_loss, "absolute error": F.l1_loss}


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def export(name, folder):
    network, inputs, targets, loss = build(name)
    names = [f"input{i}" for i in range(len(inputs))]
    # Kept as it is trained: no norm is folded into the layer before it.
    torch.onnx.export(
        network.eval(),
        inputs,
        f"{folder}/network.onnx",
        input_names=names,
        dynamo=False,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
    )
    arrays = dict(zip(names, inputs)) | dict(targets=targets)
    for key, value in arrays.items():
        numpy.save(f"{folder}/{key}.npy", value.numpy())
    with open(f"{folder}/work.json", "w") as file:
        json.dump(dict(inputs=names, loss=loss, optimizer="adamw" if "AdamW" in name else "sgd"), file)


def serve(name, form, threads):
    torch.set_num_threads(int(threads))
    before = peak()
    network, inputs, targets, loss = build(name)
    network.train()
    if form == "channels_last":
        network = network.to(memory_format=torch.channels_last)
        inputs = [x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x for x in inputs]
    if "AdamW" in name:
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0)
    else:
        optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    forward = torch.compile(network) if form == "compiled" else network
    for _ in sys.stdin:
        start, processor = time.perf_counter(), time.process_time()
        optimizer.zero_grad(set_to_none=True)
        value = LOSSES[loss](forward(*inputs), targets)
        value.backward()
        optimizer.step()
        value = value.item()
        took = time.perf_counter() - start, time.process_time() - processor
        print(*took, peak(), peak() - before, value, flush=True)


name, what, where = sys.argv[1:]
export(name, where) if what == "export" else serve(name, what, where)
