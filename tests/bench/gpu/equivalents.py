"""What one would write in NumPy and PyTorch: reads a name, shapes and rounds per line, prints what both take at best."""
import json
import sys
import time

import numpy as np
import torch

torch.set_num_threads(int(sys.argv[1]))
torch.set_grad_enabled(False)
MEDIAN = 0.6745


def moments(messages, axis, xp):
    mean, high, low = messages.mean(axis), messages.max(axis), messages.min(axis)
    if xp is torch:
        high, low = high[0], low[0]
    variance = (messages * messages).mean(axis) - mean * mean
    deviation = xp.sqrt(variance.clip(1e-5)) * (variance > 1e-5)
    return mean, deviation, high, low


def numpy_top_k(x, k=30):
    kept = np.argpartition(x, -k, axis=1)[:, -k:]
    top = np.take_along_axis(x, kept, 1)
    top = np.exp(top - top.max(1, keepdims=True))
    weights = np.zeros_like(x)
    np.put_along_axis(weights, kept, top / top.sum(1, keepdims=True), 1)
    return weights


def torch_top_k(x, k=30):
    top, kept = x.topk(k, 1)
    return torch.zeros_like(x).scatter_(1, kept, top.softmax(1))


def torch_bits(w):
    bits = (w.abs() < MEDIAN).reshape(-1, 8).to(torch.uint8)
    return (bits << torch.arange(8, dtype=torch.uint8)).sum(1, dtype=torch.uint8)


def numpy_two_of_four(w):
    groups = np.abs(w).reshape(-1, 4)
    kept = np.argpartition(groups, -2, axis=1)[:, -2:]
    mask = np.zeros_like(groups, bool)
    np.put_along_axis(mask, kept, True, 1)
    return np.packbits(mask)


def torch_two_of_four(w):
    groups = w.abs().reshape(-1, 4)
    mask = torch.zeros_like(groups, dtype=torch.bool).scatter_(1, groups.topk(2, 1, sorted=False)[1], True)
    return (mask.reshape(-1, 8).to(torch.uint8) << torch.arange(8, dtype=torch.uint8)).sum(1, dtype=torch.uint8)


def quantize(w, xp):
    groups = w.reshape(-1, 32)
    scales = abs(groups).max(1)
    scales = (scales[0] if xp is torch else scales)[:, None] / 7
    codes = xp.clip(xp.round(groups * (1 / scales)), -7, 7) + 8
    codes = codes.to(torch.uint8) if xp is torch else codes.astype(np.uint8)
    return codes[:, ::2] | codes[:, 1::2] << 4, scales


def numpy_factor(x):
    h = (x.T @ x).astype(np.float64)
    h += np.eye(len(h)) * (0.01 * h.diagonal().mean())
    return np.linalg.cholesky(np.linalg.inv(h)).T


def torch_factor(x):
    h = (x.mT @ x).double()
    h += torch.eye(len(h)) * (0.01 * h.diagonal().mean())
    return torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(h)), upper=True)


def numpy_wanda(w, norms):
    scores = np.abs(w) * norms
    gone = np.argpartition(scores, w.shape[1] // 2, axis=1)[:, : w.shape[1] // 2]
    mask = np.ones(w.shape, bool)
    np.put_along_axis(mask, gone, False, 1)
    return np.packbits(mask)


def torch_wanda(w, norms):
    gone = (w.abs() * norms).topk(w.shape[1] // 2, 1, largest=False, sorted=False)[1]
    mask = torch.ones_like(w, dtype=torch.bool).scatter_(1, gone, False)
    return (mask.reshape(-1, 8).to(torch.uint8) << torch.arange(8, dtype=torch.uint8)).sum(1, dtype=torch.uint8)


NUMPY = {
    "product": lambda a, b: a @ b,
    "gram": lambda x: x.T @ x,
    "factor": numpy_factor,
    "wanda": numpy_wanda,
    "norms": lambda w: np.sqrt((w * w).sum(1)),
    "taylor": lambda w, g: np.abs(w * g),
    "median": lambda w: np.partition(np.abs(w).ravel(), w.size // 2)[w.size // 2],
    "mask": lambda w: np.packbits(np.abs(w) >= MEDIAN),
    "shrink": lambda w: np.multiply(w, 1.0, out=w, where=np.abs(w) < MEDIAN),
    "threshold": lambda w: np.copyto(w, 0, where=np.abs(w) < MEDIAN),
    "two_of_four": numpy_two_of_four,
    "quantize": lambda w: quantize(w, np),
    "embedding": lambda e, t: e[abs(e).sum(1) > t],
    "top_k": numpy_top_k,
    "messages_to_rows": lambda e, z, x: moments(z[:, None] * x[None] * e, 1, np),
    "messages_to_columns": lambda e, z, x: moments(z[:, None] * x[None] * e, 0, np),
}
TORCH = {
    "product": lambda a, b: a @ b,
    "gram": lambda x: x.mT @ x,
    "factor": torch_factor,
    "wanda": torch_wanda,
    "norms": lambda w: w.norm(dim=1),
    "taylor": lambda w, g: (w * g).abs(),
    "median": lambda w: w.abs().flatten().kthvalue(w.numel() // 2),
    "mask": torch_bits,
    "shrink": lambda w: w.copy_(torch.where(w.abs() < MEDIAN, w * 1.0, w)),
    "threshold": lambda w: w.masked_fill_(w.abs() < MEDIAN, 0),
    "two_of_four": torch_two_of_four,
    "quantize": lambda w: quantize(w, torch),
    "embedding": lambda e, t: e[abs(e).sum(1) > t],
    "top_k": torch_top_k,
    "messages_to_rows": lambda e, z, x: moments(z[:, None] * x[None] * e, 1, torch),
    "messages_to_columns": lambda e, z, x: moments(z[:, None] * x[None] * e, 0, torch),
}


def best(work, inputs, rounds):
    work(*inputs)
    spent = []
    for _ in range(rounds):
        start, before = time.perf_counter(), time.process_time()
        work(*inputs)
        spent.append({"seconds": time.perf_counter() - start, "processor": time.process_time() - before})
    return min(spent, key=lambda one: one["seconds"])


for line in sys.stdin:
    asked = json.loads(line)
    arrays = [np.random.default_rng(i).standard_normal(s, np.float32) for i, s in enumerate(asked["shapes"])]
    tensors = [torch.from_numpy(a.copy()) for a in arrays]
    name, rounds = asked["name"], asked["rounds"]
    times = {"numpy": best(NUMPY[name], arrays, rounds), "torch": best(TORCH[name], tensors, rounds)}
    print(json.dumps(times), flush=True)
