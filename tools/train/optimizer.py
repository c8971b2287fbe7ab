"""Muon for the matrices, AdamW for embeddings, output, router and norms.

Muon's update is scaled so that its root mean square equals AdamW's usual 0.2
(Liu et al., 2025, "Muon is Scalable for LLM Training"); one learning rate serves both.
"""

import torch


def orthogonalize(matrix, steps=5):
    """Newton-Schulz towards the nearest semi-orthogonal matrix; matrix [..., rows, columns]."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).float()


def is_matrix(name):
    """True where Muon applies."""
    return name not in ("token_embd/weight", "output/weight") and not name.endswith(
        ("norm/weight", "ffn_gate_inp/weight")
    )


class Muon:
    """Momentum, then orthogonalised update; parameters of one shape are stacked."""

    def __init__(self, parameters, momentum=0.95, decay=0.05):
        self.momentum, self.decay = momentum, decay
        self.by_shape = {}
        for p in parameters:
            self.by_shape.setdefault(tuple(p.shape), []).append(p)
        self.buffers = {shape: torch.zeros(len(ps), *shape) for shape, ps in self.by_shape.items()}

    @torch.no_grad()
    def step(self, rate):
        for shape, parameters in self.by_shape.items():
            grads = torch.stack([p.grad for p in parameters])
            buffer = self.buffers[shape]
            buffer.lerp_(grads, 1 - self.momentum)
            update = orthogonalize(grads.lerp_(buffer, self.momentum))
            scale = 0.2 * max(shape[-2:]) ** 0.5
            for p, u in zip(parameters, update):
                p.mul_(1 - rate * self.decay).sub_(u, alpha=rate * scale)


class Optimizer:
    """Both optimisers behind one step(rate)."""

    def __init__(self, model):
        named = dict(model.weights.items())
        self.muon = Muon([p for n, p in named.items() if is_matrix(n)])
        self.adam = torch.optim.AdamW(
            [p for n, p in named.items() if not is_matrix(n)], betas=(0.9, 0.98), eps=1e-10, weight_decay=0.0, fused=True
        )

    def step(self, rate):
        """One update at learning rate `rate`."""
        self.muon.step(rate)
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()

    def state(self):
        """What restore() needs to continue."""
        return {"muon": list(self.muon.buffers.values()), "adam": self.adam.state_dict()}

    def restore(self, state):
        """Continue from state()."""
        for buffer, saved in zip(self.muon.buffers.values(), state["muon"]):
            buffer.copy_(saved)
        self.adam.load_state_dict(state["adam"])
