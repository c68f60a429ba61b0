"""Torch-Pruning on a network of the zoo, with the same settings for all."""

import signal
from time import process_time

import torch
import torch_pruning
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from export import build
from search import halve, held

LAYERS = (nn.Linear, nn.modules.conv._ConvNd, nn.Embedding, nn.LSTM, nn.GRU, nn.RNN)
HEADS = ("num_heads", "num_attention_heads", "n_heads", "n_head")
QUERIES = ("qkv", "q", "query", "q_proj", "q_lin", "query_proj", "linear_q")
KEYS = ("k", "v", "kv", "key", "value", "k_proj", "v_proj", "k_lin", "v_lin", "key_proj", "value_proj", "linear_k",
        "linear_v")
KEY_HEADS = ("num_key_value_heads",)
ALL_SIZES = ("all_head_size", "inner_dim", "attn_dim")
SECONDS = 3  # for one try; most networks of this size take hundredths of one


def whole(module, names):
    return next((getattr(module, name) for name in names if isinstance(getattr(module, name, None), int)), None)


def attentions(network):
    """Each module with projections of queries whose heads are told, by itself or its configuration, and these."""
    for module in network.modules():
        if isinstance(module, nn.MultiheadAttention):
            yield module, {}  # its projections are no modules
        told = (module, getattr(module, "config", None))
        heads = next(filter(None, (whole(each, HEADS) for each in told)), None)
        if heads is None or not any(isinstance(getattr(module, name, None), nn.Linear) for name in QUERIES):
            continue
        keys = next(filter(None, (whole(each, KEY_HEADS) for each in told)), heads)
        layers = {getattr(module, name): count
                  for names, count in ((QUERIES, heads), (KEYS, keys))
                  for name in names if isinstance(getattr(module, name, None), nn.Linear)}
        yield module, layers


def tensors(answer):
    if isinstance(answer, torch.Tensor):
        return [answer]
    if isinstance(answer, dict):
        answer = list(answer.values())
    return [tensor for each in answer for tensor in tensors(each)] if isinstance(answer, (list, tuple)) else []


def last_layers(network, inputs):
    """Layers from which a way leads to an output through no other layer: their channels are the outputs'."""
    made = {}

    def note(module, _, answer):
        for tensor in tensors(answer):
            if tensor.grad_fn is not None:
                made[tensor.grad_fn] = module

    hooks = [module.register_forward_hook(note) for module in network.modules() if isinstance(module, LAYERS)]
    outputs = tensors(network(*inputs))
    for hook in hooks:
        hook.remove()
    found, seen, open_ = [], set(), [output.grad_fn for output in outputs]
    while open_:
        node = open_.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if node in made:
            found.append(made[node])
        else:
            open_ += [before for before, _ in node.next_functions]
    return found, [output.shape for output in outputs]


@torch.no_grad()
def macs(network, inputs):
    """Multiply-accumulates of convolutions and matrix products, by PyTorch's own counter, and the shapes given."""
    counter = FlopCounterMode(display=False)
    with counter, sdpa_kernel(SDPBackend.MATH):
        shapes = [output.shape for output in tensors(network(*inputs))]
    return counter.get_total_flops() / 2, shapes


def attempt(name, ratio, spare_attention):
    network, inputs = build(name)
    ignored, shapes = last_layers(network, inputs)
    before, _ = macs(network, inputs)
    heads = {}
    for module, layers in attentions(network):
        if spare_attention:
            ignored.append(module)
        else:
            heads.update(layers)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    started = process_time()
    pruner = torch_pruning.pruner.BasePruner(
        network,
        inputs,
        importance=torch_pruning.importance.RandomImportance(),
        pruning_ratio=ratio,
        ignored_layers=ignored,
        num_heads=heads,
        prune_num_heads=True,
        prune_head_dims=False,
        head_pruning_ratio=ratio,
        in_channel_groups={},
        out_channel_groups={},
        forward_fn=lambda network, inputs: network(*inputs),
        output_transform=lambda answer: sum(tensor.float().sum() for tensor in tensors(answer)),
    )
    pruner.step()
    for module, layers in [] if spare_attention else attentions(network):
        if not layers:
            continue
        query, key = next(iter(layers)), list(layers)[-1]
        for names, size in ((HEADS, pruner.num_heads[query]), (KEY_HEADS, pruner.num_heads[key]),
                            (ALL_SIZES, query.out_features // (3 if hasattr(module, "qkv") else 1))):
            for name in names:
                if isinstance(getattr(module, name, None), int):
                    setattr(module, name, size)
    seconds = process_time() - started
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    after, now = macs(network, inputs)
    if now != shapes:
        raise ValueError(f"outputs are {list(map(tuple, now))} instead of {list(map(tuple, shapes))}")
    return after / before, seconds


class TooLong(Exception):
    pass


def too_long(*_):
    raise TooLong(f"longer than {SECONDS} s")


def prune(name):
    """With whole heads of attention; where that fails or is not enough, once more with attention left alone."""
    before = held()
    answers = []
    signal.signal(signal.SIGVTALRM, too_long)
    for spare_attention in (False, True):
        answers.append(halve(lambda ratio: attempt(name, ratio, spare_attention)))
        if "why" not in answers[-1]:
            break
    told = answers[-1] if "why" not in answers[-1] else min(answers, key=lambda answer: answer["share"])
    return dict(told, search=sum(answer.get("search", 0) for answer in answers), memory=held("VmHWM") - before)
