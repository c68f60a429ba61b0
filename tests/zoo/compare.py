"""A pruned model beside the masked original in ONNX Runtime."""

import numpy
import onnx
import onnxruntime


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
