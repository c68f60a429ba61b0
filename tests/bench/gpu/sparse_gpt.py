"""SparseGPT in PyTorch, as its authors' program does it: blocks of 128 columns, float32. Arguments: device, threads,
side of the layer, tokens. Prints the seconds of the Hessian and of pruning half of the weights, on the wall and of the
processors, or nothing without the device.
"""
import json
import sys
import time

import torch

device, (threads, side, tokens) = sys.argv[1], map(int, sys.argv[2:])
if device == "cuda" and not torch.cuda.is_available():
    sys.exit(0)
torch.set_num_threads(threads)
torch.set_grad_enabled(False)
# TF32 would be another precision than the one compared with.
torch.backends.cuda.matmul.allow_tf32 = False


def now():
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter(), time.process_time()


def took(start, end):
    return {"seconds": end[0] - start[0], "processor": end[1] - start[1]}


def collect(sequences):
    hessian, count = torch.zeros(side, side, device=device), 0
    for x in sequences:
        hessian *= count / (count + 1)
        count += 1
        x = (2 / count) ** 0.5 * x.t()
        hessian += x.matmul(x.t())
    return hessian


def prune(weight, hessian, sparsity=0.5, block=128, damping=0.01):
    diagonal = torch.arange(side, device=device)
    hessian[diagonal, diagonal] += damping * hessian.diagonal().mean()
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(hessian))
    upper = torch.linalg.cholesky(inverse, upper=True)
    for begin in range(0, side, block):
        end = min(begin + block, side)
        part, own = weight[:, begin:end].clone(), upper[begin:end, begin:end]
        errors = torch.zeros_like(part)
        scores = part**2 / own.diagonal() ** 2
        gone = scores <= scores.flatten().sort()[0][int(scores.numel() * sparsity)]
        for i in range(end - begin):
            column = part[:, i]
            kept = column.masked_fill(gone[:, i], 0)
            error = (column - kept) / own[i, i]
            part[:, i:] -= error[:, None] * own[i, i:]
            part[:, i], errors[:, i] = kept, error
        weight[:, begin:end] = part
        weight[:, end:] -= errors.matmul(upper[begin:end, end:])
    return weight


for counted in (False, True):
    length = min(tokens, 2048)
    sequences = [torch.randn(length, side, device=device) for _ in range(tokens // length)]
    weight = torch.randn(side, side, device=device)
    start = now()
    hessian = collect(sequences)
    middle = now()
    prune(weight, hessian)
    if counted:
        print(json.dumps({"hessian": took(start, middle), "prune": took(middle, now())}))
