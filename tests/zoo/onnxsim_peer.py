"""onnxsim's structured pruning on a file of the zoo."""

import os
from time import process_time

import onnx
import onnxsim
from numpy import prod

from compare import run
from search import halve, held


def macs(model):
    """Multiply-accumulates of convolutions and matrix products."""
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.graph.value_info[:]
    graph = onnx.shape_inference.infer_shapes(bare, data_prop=True).graph
    shapes = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for value in [*graph.input, *graph.value_info, *graph.output]:
        shapes[value.name] = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    total = 0
    for node in graph.node:
        if node.op_type == "Conv":
            total += prod(shapes[node.output[0]]) * prod(shapes[node.input[1]][1:])
        elif node.op_type == "ConvTranspose":
            total += prod(shapes[node.input[0]]) * prod(shapes[node.input[1]][1:])
        elif node.op_type in ("MatMul", "Gemm"):
            flipped = any(attribute.name == "transA" and attribute.i for attribute in node.attribute)
            total += prod(shapes[node.output[0]]) * shapes[node.input[0]][-2 if flipped else -1]
    return int(total)


def prune(path):
    """Simplified first, as its matchers expect; then channels and heads of attention at one sparsity."""
    before = held()
    model = onnx.load(path)
    started = process_time()
    simple, _ = onnxsim.simplify(model)
    simplifying = process_time() - started
    whole = macs(simple)
    shapes = [output.shape for output in run(path)]
    pruned_path = f"{path}.onnxsim"

    def attempt(sparsity):
        started = process_time()
        pruned = onnxsim.apply_structured_pruning(simple, sparsity=sparsity)
        pruned = onnxsim.apply_attention_head_pruning(pruned, sparsity=sparsity)
        seconds = simplifying + process_time() - started
        onnx.save(pruned, pruned_path)
        if [output.shape for output in run(pruned_path)] != shapes:
            raise ValueError("outputs have other shapes")
        return macs(pruned) / whole, seconds

    try:
        told = halve(attempt)
    finally:
        if os.path.exists(pruned_path):
            os.remove(pruned_path)
    return dict(told, memory=held("VmHWM") - before)
