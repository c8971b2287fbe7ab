"""tiny-moe (DeepSeek-style) and tiny-dense (llama-style), as trained.

Both take a flat batch (see batches.py) and return logits at the answer
positions. Activations are bfloat16; norms, softmax, router and loss compute in
float32 inside, and so are the weights that the optimiser keeps. Names of parameters are the GGUF tensor names, so export is a copy.
"""

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn

EPSILON = 1e-6
ROPE_BASE = 10000.0
ROW_STEP = 64  # few distinct matrix shapes keep the CPU kernels' cache warm


@dataclass(frozen=True)
class Shape:
    """Sizes of one model; the zeros in the middle are what an architecture lacks."""

    architecture: str
    vocab: int
    d: int = 128
    layers: int = 4
    heads: int = 4
    kv_heads: int = 1
    ff: int = 384
    q_lora: int = 0
    kv_lora: int = 0
    nope: int = 0
    rope: int = 0
    v_head: int = 0
    experts: int = 0
    used: int = 0
    expert_ff: int = 0
    expert_scale: float = 1.0
    leading_dense: int = 0
    context: int = 1024


def moe_shape(vocab):
    """MLA, one dense layer, then 16 routed experts (top 2) and a shared one."""
    return Shape(
        "deepseek2", vocab, q_lora=64, kv_lora=64, nope=32, rope=16, v_head=32,
        experts=16, used=2, expert_ff=128, expert_scale=2.0, leading_dense=1,
    )


def dense_shape(vocab):
    """Grouped-query attention and a feed-forward width that matches the active parameters."""
    return Shape("llama", vocab, heads=4, kv_heads=4, rope=32, v_head=32, ff=384)


SHAPES = {"moe": moe_shape, "dense": dense_shape}


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


class Model(nn.Module):
    """Token embedding, layers, final norm and output matrix."""

    def __init__(self, shape, seed):
        super().__init__()
        self.shape = shape
        self.weights = nn.ParameterDict()
        self.bias = {}  # router selection bias [experts] by layer; moved by load, not by gradient
        self.load = {}  # rows sent to each expert in the last forward pass, by layer
        self._generator = torch.Generator().manual_seed(seed)
        self._build()
        cos, sin = rope_tables(shape.context, shape.rope)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def _matrix(self, name, *dims, gain=1.0):
        """A normal matrix whose last axis is the input."""
        value = torch.randn(*dims, generator=self._generator) * gain * dims[-1] ** -0.5
        self.weights[name.replace(".", "/")] = nn.Parameter(value)

    def _norm(self, name, size):
        self.weights[name.replace(".", "/")] = nn.Parameter(torch.ones(size))

    def __getitem__(self, name):
        return self.weights[name.replace(".", "/")]

    def _build(self):
        s = self.shape
        residual = (2 * s.layers) ** -0.5
        self._matrix("token_embd.weight", s.vocab, s.d, gain=s.d**0.5 * 0.5)
        self._matrix("output.weight", s.vocab, s.d, gain=0.1)
        self._norm("output_norm.weight", s.d)
        for i in range(s.layers):
            p = f"blk.{i}."
            self._norm(p + "attn_norm.weight", s.d)
            self._norm(p + "ffn_norm.weight", s.d)
            if s.architecture == "deepseek2":
                self._build_mla(p, residual)
            else:
                self._matrix(p + "attn_q.weight", s.heads * s.v_head, s.d)
                self._matrix(p + "attn_k.weight", s.kv_heads * s.v_head, s.d)
                self._matrix(p + "attn_v.weight", s.kv_heads * s.v_head, s.d)
                self._matrix(p + "attn_output.weight", s.d, s.heads * s.v_head, gain=residual)
            if s.experts and i >= s.leading_dense:
                self._build_experts(i, residual)
            else:
                self._matrix(p + "ffn_gate.weight", s.ff, s.d)
                self._matrix(p + "ffn_up.weight", s.ff, s.d)
                self._matrix(p + "ffn_down.weight", s.d, s.ff, gain=residual)

    def _build_mla(self, p, residual):
        s = self.shape
        self._matrix(p + "attn_q_a.weight", s.q_lora, s.d)
        self._norm(p + "attn_q_a_norm.weight", s.q_lora)
        self._matrix(p + "attn_q_b.weight", s.heads * (s.nope + s.rope), s.q_lora)
        self._matrix(p + "attn_kv_a_mqa.weight", s.kv_lora + s.rope, s.d)
        self._norm(p + "attn_kv_a_norm.weight", s.kv_lora)
        self._matrix(p + "attn_k_b.weight", s.heads, s.kv_lora, s.nope, gain=(s.nope / s.kv_lora) ** 0.5)
        self._matrix(p + "attn_v_b.weight", s.heads, s.v_head, s.kv_lora)
        self._matrix(p + "attn_output.weight", s.d, s.heads * s.v_head, gain=residual)

    def _build_experts(self, i, residual):
        s, p = self.shape, f"blk.{i}."
        self._matrix(p + "ffn_gate_inp.weight", s.experts, s.d, gain=0.5)
        self._matrix(p + "ffn_gate_exps.weight", s.experts, s.expert_ff, s.d)
        self._matrix(p + "ffn_up_exps.weight", s.experts, s.expert_ff, s.d)
        self._matrix(p + "ffn_down_exps.weight", s.experts, s.d, s.expert_ff, gain=residual)
        self._matrix(p + "ffn_gate_shexp.weight", s.expert_ff, s.d)
        self._matrix(p + "ffn_up_shexp.weight", s.expert_ff, s.d)
        self._matrix(p + "ffn_down_shexp.weight", s.d, s.expert_ff, gain=residual)
        self.bias[i] = torch.zeros(s.experts)

    def _norm_of(self, x, name):
        return rms_norm(x, self[name])

    def _mla(self, x, p, batch, cos, sin):
        s, n = self.shape, x.shape[0]
        q = linear(self._norm_of(linear(x, self[p + "attn_q_a.weight"]), p + "attn_q_a_norm.weight"),
                   self[p + "attn_q_b.weight"]).view(n, s.heads, s.nope + s.rope)
        latent, k_rope = linear(x, self[p + "attn_kv_a_mqa.weight"]).split([s.kv_lora, s.rope], -1)
        latent = self._norm_of(latent, p + "attn_kv_a_norm.weight")
        expand = torch.cat([self[p + "attn_k_b.weight"].transpose(1, 2).flatten(0, 1),
                            self[p + "attn_v_b.weight"].flatten(0, 1)])
        k, v = linear(latent, expand).split([s.heads * s.nope, s.heads * s.v_head], -1)
        k_rope = rotate(k_rope.unsqueeze(1), cos, sin).expand(n, s.heads, s.rope)
        q_nope, q_rope = q.split([s.nope, s.rope], -1)
        q = torch.cat([q_nope, rotate(q_rope, cos, sin)], -1)
        k = torch.cat([k.view(n, s.heads, s.nope), k_rope], -1)
        return attend(batch, q, k, v.view(n, s.heads, s.v_head))

    def _gqa(self, x, p, batch, cos, sin):
        s, n = self.shape, x.shape[0]
        sizes = [s.heads * s.v_head, s.kv_heads * s.v_head, s.kv_heads * s.v_head]
        joined = torch.cat([self[p + f"attn_{c}.weight"] for c in "qkv"])
        q, k, v = (t.view(n, -1, s.v_head) for t in linear(x, joined).split(sizes, -1))
        repeat = s.heads // s.kv_heads
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        return attend(batch, q, k.repeat_interleave(repeat, 1), v.repeat_interleave(repeat, 1))

    def _route(self, x, layer):
        """Chosen experts and their weights, both [n, used]."""
        s = self.shape
        scores = torch.sigmoid(F.linear(x.float(), self[f"blk.{layer}.ffn_gate_inp.weight"]))
        chosen = (scores.detach() + self.bias[layer]).topk(s.used, dim=-1).indices
        weights = scores.gather(1, chosen)
        return chosen, s.expert_scale * weights / weights.sum(-1, keepdim=True)

    def _experts(self, x, h, layer, batch):
        s, p, n = self.shape, f"blk.{layer}.", h.shape[0]
        chosen, weights = self._route(h, layer)
        flat = chosen.flatten()
        real = batch.scored if n == len(batch.answers) else batch.tokens
        self.load[layer] = flat[: real * s.used].bincount(minlength=s.experts)
        place, source, counts = dispatch(flat, s.experts)
        rows = Gather.apply(h.repeat_interleave(s.used, 0), source, place)
        experts = [self[p + f"ffn_{c}_exps.weight"].to(h.dtype) for c in ("gate", "up", "down")]
        out = Experts.apply(rows, *experts, counts)
        out = out.index_select(0, place).view(n, s.used, s.d)
        shared = swiglu(h, *(self[p + f"ffn_{c}_shexp.weight"] for c in ("gate", "up", "down")))
        return add_experts(x, out, weights, shared)

    def forward(self, batch):
        """Logits [answers, vocab]."""
        s = self.shape
        cos, sin = (t[batch.positions] for t in (self.cos, self.sin))
        x = self["token_embd.weight"][batch.ids].bfloat16()
        for i in range(s.layers):
            p = f"blk.{i}."
            h = self._norm_of(x, p + "attn_norm.weight")
            attention = self._mla if s.architecture == "deepseek2" else self._gqa
            mixed = attention(h, p, batch, cos, sin)
            if i == s.layers - 1:  # nothing reads the other positions after the last attention
                x, mixed = x.index_select(0, batch.answers), mixed.index_select(0, batch.answers)
            x = x + linear(mixed, self[p + "attn_output.weight"])
            h = self._norm_of(x, p + "ffn_norm.weight")
            if i in self.bias:
                x = self._experts(x, h, i, batch)
            else:
                x = x + swiglu(h, *(self[p + f"ffn_{c}.weight"] for c in ("gate", "up", "down")))
        x = self._norm_of(x, "output_norm.weight")
        return linear(x, self["output.weight"])

    def balance(self, rate):
        """Move each router's bias by `rate` towards equal load (no auxiliary loss)."""
        for layer, load in self.load.items():
            self.bias[layer] += rate * torch.sign(load.float().mean() - load)

    def tensors(self):
        """{GGUF name: float32 array}, the router biases included."""
        out = {name.replace("/", "."): p.detach() for name, p in self.weights.items()}
        for layer, bias in self.bias.items():
            out[f"blk.{layer}.exp_probs_b.bias"] = bias
        return out

    def restore(self, tensors):
        """Take over weights saved by tensors()."""
        with torch.no_grad():
            for name, value in tensors.items():
                if name.endswith("exp_probs_b.bias"):
                    self.bias[int(name.split(".")[1])] = value.clone()
                else:
                    self[name].copy_(value)

    def parameter_counts(self):
        """(total, active): active leaves out unused experts and, of the embedding, all but one row."""
        total = active = 0
        for name, value in self.tensors().items():
            total += value.numel()
            if name == "token_embd.weight":
                active += self.shape.d
            elif "_exps" in name:
                active += value.numel() * self.shape.used // self.shape.experts
            else:
                active += value.numel()
        return total, active

    def describe(self):
        """The shape as a plain dictionary, for logs."""
        return asdict(self.shape)
