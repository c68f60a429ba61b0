"""The same steps in PyTorch: reads a count per line, takes so many steps, prints their seconds and the processor's."""
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

name, path, *numbers = sys.argv[1:]
per_field, fields, features, batch = map(int, numbers[:4])
rate, decay = map(float, numbers[4:6])
warm, threads = map(int, numbers[6:])
torch.set_num_threads(threads)
torch.manual_seed(0)
rows = per_field * fields
sparse = "parse" in name
vectors = nn.Embedding(rows, features, sparse=sparse)
bound = (6 / (rows + features)) ** 0.5
nn.init.uniform_(vectors.weight, -bound, bound)
first = nn.Embedding(rows, 1, sparse=sparse)
nn.init.zeros_(first.weight)
bias = nn.Parameter(torch.zeros(1))
tables = [vectors.weight, first.weight]
optimizers = {
    "PyTorch, SparseAdam": lambda: [torch.optim.SparseAdam(tables, lr=rate), torch.optim.Adam([bias], lr=rate)],
    "PyTorch, SGD, sparse gradients": lambda: [torch.optim.SGD([*tables, bias], lr=rate)],
    "PyTorch, Adam": lambda: [torch.optim.Adam([*tables, bias], lr=rate, weight_decay=decay)],
    "PyTorch, Adam, fused": lambda: [torch.optim.Adam([*tables, bias], lr=rate, weight_decay=decay, fused=True)],
}[name]()
offsets = torch.arange(fields) * per_field
ids = np.fromfile(path, dtype=np.int32).reshape(-1, batch, fields)
expected = torch.arange(batch).float() % 2


def step(index):
    looked = torch.from_numpy(ids[index]).long() + offsets
    z = vectors(looked)
    total = z.sum(1)
    pairs = (total * total - (z * z).sum(1)).sum(1) / 2
    logit = bias + first(looked).sum((1, 2)) + pairs
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    F.binary_cross_entropy_with_logits(logit, expected).backward()
    for optimizer in optimizers:
        optimizer.step()


# The cost of a step does not depend on those before it, so a few are enough; but the ids are those of the others.
for index in range(3):
    step(index)
index = warm
for line in sys.stdin:
    start, processor = time.perf_counter(), time.process_time()
    for _ in range(int(line)):
        step(index)
        index += 1
    print(time.perf_counter() - start, time.process_time() - processor, flush=True)
