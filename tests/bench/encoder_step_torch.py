"""The same work in PyTorch: `encoder_step_torch.py <work> <batch> <length> <threads>`; answers as encoder_step.ts does."""
import resource
import sys
import time

import torch
from transformers import BertConfig, BertForSequenceClassification


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


work, batch, length, threads = sys.argv[1], *map(int, sys.argv[2:])
torch.set_num_threads(threads)
torch.manual_seed(0)
before = peak()
sizes = dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
net = BertForSequenceClassification(BertConfig(**sizes))
feeds = dict(
    input_ids=torch.randint(0, 30522, (batch, length)),
    attention_mask=torch.ones(batch, length, dtype=torch.int64),
    token_type_ids=torch.zeros(batch, length, dtype=torch.int64),
)
labels = torch.arange(batch) % 2
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-5, weight_decay=0)
net.train(work == "step")


def run():
    if work == "forward":
        with torch.inference_mode():
            return net(**feeds).logits
    optimizer.zero_grad(set_to_none=True)
    loss = net(**feeds, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    return loss.item()


for line in sys.stdin:
    start, processor = time.perf_counter(), time.process_time()
    run()
    took = time.perf_counter() - start, time.process_time() - processor
    print(*took, peak(), peak() - before, flush=True)
