"""The arithmetic that both models share, written for one CPU core.

Activations are bfloat16 [tokens, ...]; norms, softmax and loss compute in float32
inside. Custom backward passes avoid work that autograd would do on fresh memory.
"""

import torch
import torch.nn.functional as F

EPSILON = 1e-6
ROPE_BASE = 10000.0
ROW_STEP = 64  # few distinct matrix shapes keep the CPU kernels' cache warm


class Gather(torch.autograd.Function):
    """Rows of x [n, ...] in a new order, where `index` may repeat row 0 as padding
    and `inverse` names, for each row of x, the one place that really wants it."""

    @staticmethod
    def forward(ctx, x, index, inverse):
        ctx.save_for_backward(inverse)
        return x.index_select(0, index)

    @staticmethod
    def backward(ctx, grad):
        (inverse,) = ctx.saved_tensors
        return grad.index_select(0, inverse), None, None


class Experts(torch.autograd.Function):
    """silu(x gate) * (x up) down for rows sorted by expert.

    x [n, d]; gate, up [experts, f, d]; down [experts, d, f]; counts: rows per
    expert, filling included, each a multiple of ROW_STEP.
    """

    @staticmethod
    def forward(ctx, x, gate, up, down, counts):
        g, u = (x.new_empty(x.shape[0], gate.shape[1]) for _ in range(2))
        for e, (rows, rows_g, rows_u) in enumerate(zip(x.split(counts), g.split(counts), u.split(counts))):
            torch.mm(rows, gate[e].t(), out=rows_g)
            torch.mm(rows, up[e].t(), out=rows_u)
        product = gated(g, u)
        out = torch.empty_like(x)
        for e, (rows, rows_o) in enumerate(zip(product.split(counts), out.split(counts))):
            torch.mm(rows, down[e].t(), out=rows_o)
        ctx.save_for_backward(x, gate, up, down, g, u, product)
        ctx.counts = counts
        return out

    @staticmethod
    def backward(ctx, grad):
        x, gate, up, down, g, u, product = ctx.saved_tensors
        counts = ctx.counts
        grad = grad.contiguous()
        grad_product = torch.empty_like(product)
        grad_gate, grad_up, grad_down = (torch.empty_like(w) for w in (gate, up, down))
        parts = zip(grad.split(counts), product.split(counts), grad_product.split(counts))
        for e, (rows, rows_p, rows_gp) in enumerate(parts):
            torch.mm(rows, down[e], out=rows_gp)
            torch.mm(rows.t(), rows_p, out=grad_down[e])
        grad_g, grad_u = gated_backward(g, u, grad_product)
        grad_x = torch.empty_like(x)
        parts = zip(x.split(counts), grad_g.split(counts), grad_u.split(counts), grad_x.split(counts))
        for e, (rows, rows_g, rows_u, rows_x) in enumerate(parts):
            torch.mm(rows_g, gate[e], out=rows_x)
            rows_x.addmm_(rows_u, up[e])
            torch.mm(rows_g.t(), rows, out=grad_gate[e])
            torch.mm(rows_u.t(), rows, out=grad_up[e])
        return grad_x, grad_gate, grad_up, grad_down, None


class Gated(torch.autograd.Function):
    """silu(gate) * up, with a fused backward pass."""

    @staticmethod
    def forward(ctx, gate, up):
        ctx.save_for_backward(gate, up)
        return gated(gate, up)

    @staticmethod
    def backward(ctx, grad):
        return gated_backward(*ctx.saved_tensors, grad)


@torch.compile(dynamic=True)
def gated(gate, up):
    """silu(gate) * up, computed in float32."""
    return (F.silu(gate.float()) * up.float()).to(gate.dtype)


@torch.compile(dynamic=True)
def gated_backward(gate, up, grad):
    """Gradients of gated() with respect to gate and up."""
    gate32, grad32 = gate.float(), grad.float()
    sigmoid = torch.sigmoid(gate32)
    silu = gate32 * sigmoid
    grad_gate = grad32 * up.float() * (sigmoid + silu * (1 - sigmoid))
    return grad_gate.to(gate.dtype), (grad32 * silu).to(gate.dtype)


@torch.compile(dynamic=True)
def rms_norm(x, weight):
    """Root-mean-square norm of the last axis, computed in float32, returned in bfloat16."""
    x = x.float()
    return (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON) * weight).bfloat16()


def linear(x, weight):
    """x [n, in] times weight [out, in], in bfloat16."""
    return F.linear(x, weight.to(x.dtype))


def swiglu(x, gate, up, down):
    """A feed-forward network; gate, up [f, d], down [d, f]."""
    return linear(Gated.apply(linear(x, gate), linear(x, up)), down)


@torch.compile(dynamic=True)
def rotate(x, cos, sin):
    """Rotate adjacent pairs of the last axis; x [n, heads, dim], cos and sin [n, 1, dim / 2]."""
    first, second = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack([first * cos - second * sin, first * sin + second * cos], -1)
    return turned.flatten(-2).to(x.dtype)


def rope_tables(length, dim):
    """cos and sin [length, 1, dim / 2]."""
    frequency = ROPE_BASE ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * frequency
    return angle.cos().float()[:, None], angle.sin().float()[:, None]


@torch.compile(dynamic=True)
def causal_softmax(scores, mask):
    """Softmax over the last axis of scores + mask, computed in float32."""
    return torch.softmax(scores.float() + mask, -1).to(scores.dtype)


@torch.compile(dynamic=True)
def add_experts(x, routed, weights, shared):
    """x + shared + the weighted sum of routed [n, used, d]; weights [n, used]."""
    mixed = (routed.float() * weights.unsqueeze(-1)).sum(1)
    return (x.float() + mixed + shared.float()).to(x.dtype)


def attend(batch, q, k, v):
    """Causal attention within each sequence; q, k [n, heads, a], v [n, heads, b]."""
    heads, out = q.shape[1], []
    sizes = [len(group.unpad) for group in batch.groups]
    sizes.append(q.shape[0] - sum(sizes))
    scale = q.shape[-1] ** -0.5
    for group, *parts in zip(batch.groups, (q * scale).split(sizes), k.split(sizes), v.split(sizes)):
        gq, gk, gv = (
            Gather.apply(part, group.pad, group.unpad)
            .view(group.rows, group.length, heads, -1)
            .transpose(1, 2)
            .reshape(group.rows * heads, group.length, -1)
            for part in parts
        )
        mask = torch.full((group.length, group.length), float("-inf")).triu_(1)
        mixed = causal_softmax(gq @ gk.mT, mask) @ gv
        rows = mixed.view(group.rows, heads, group.length, -1).transpose(1, 2)
        out.append(rows.reshape(group.rows * group.length, -1).index_select(0, group.unpad))
    out.append(out[0].new_zeros(sizes[-1], out[0].shape[1]))
    return torch.cat(out)


@torch.compile(dynamic=True)
def answer_loss(logits, targets, weights):
    """Weighted mean cross-entropy; logits [n, vocab] in bfloat16."""
    losses = F.cross_entropy(logits.float(), targets, reduction="none")
    return (losses * weights).sum() / weights.sum()


def dispatch(chosen, experts):
    """Where each routed row goes when rows are sorted by expert and each expert's
    share is filled up to a multiple of ROW_STEP.

    chosen [m]: expert of each row. Returns place [m], source [padded] (row 0 for
    filling) and the padded rows per expert.
    """
    counts = chosen.bincount(minlength=experts)
    padded = (counts + ROW_STEP - 1) // ROW_STEP * ROW_STEP
    shift = (padded - counts).cumsum(0) - (padded - counts)
    order = chosen.argsort(stable=True)
    place = torch.empty_like(order)
    place[order] = torch.arange(order.numel()) + shift[chosen[order]]
    source = torch.zeros(int(padded.sum()), dtype=torch.long)
    source[place] = torch.arange(order.numel())
    return place, source, padded.tolist()
