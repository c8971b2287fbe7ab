"""tiny-moe (DeepSeek-style) and tiny-dense (llama-style), as trained.

Both take a flat batch (see batches.py) and return logits at the answer
positions. Matrix products run in bfloat16, the residual stream, the router and
the loss in float32. Names of parameters are the GGUF tensor names, so export is a copy.
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
    d: int = 160
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
        "deepseek2", vocab, q_lora=96, kv_lora=64, nope=32, rope=16, v_head=32,
        experts=16, used=2, expert_ff=128, expert_scale=2.0, leading_dense=1,
    )


def dense_shape(vocab):
    """Grouped-query attention and a feed-forward width that matches the active parameters."""
    return Shape("llama", vocab, heads=5, kv_heads=5, rope=32, v_head=32, ff=352)


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

    x [n, d]; gate_up [experts, 2f, d]; down [experts, d, f]; counts: rows per
    expert, zero rows included, each a multiple of ROW_STEP.
    """

    @staticmethod
    def forward(ctx, x, gate_up, down, counts):
        hidden = torch.empty(x.shape[0], gate_up.shape[1], dtype=x.dtype)
        for rows_x, rows_h, w in zip(x.split(counts), hidden.split(counts), gate_up):
            torch.mm(rows_x, w.t(), out=rows_h)
        product = gated(hidden)
        out = torch.empty_like(x)
        for rows_p, rows_o, w in zip(product.split(counts), out.split(counts), down):
            torch.mm(rows_p, w.t(), out=rows_o)
        ctx.save_for_backward(x, gate_up, down, hidden, product)
        ctx.counts = counts
        return out

    @staticmethod
    def backward(ctx, grad):
        x, gate_up, down, hidden, product = ctx.saved_tensors
        counts = ctx.counts
        grad = grad.contiguous()
        grad_product = torch.empty_like(product)
        grad_down = torch.empty_like(down)
        parts = zip(grad.split(counts), product.split(counts), grad_product.split(counts))
        for e, (g, p, gp) in enumerate(parts):
            torch.mm(g, down[e], out=gp)
            torch.mm(g.t(), p, out=grad_down[e])
        grad_hidden = gated_backward(hidden, grad_product)
        grad_x = torch.empty_like(x)
        grad_gate_up = torch.empty_like(gate_up)
        parts = zip(x.split(counts), grad_hidden.split(counts), grad_x.split(counts))
        for e, (rows, gh, gx) in enumerate(parts):
            torch.mm(gh, gate_up[e], out=gx)
            torch.mm(gh.t(), rows, out=grad_gate_up[e])
        return grad_x, grad_gate_up, grad_down, None


class Gated(torch.autograd.Function):
    """silu(gate) * up for hidden [n, 2f] = (gate, up), with a fused backward pass."""

    @staticmethod
    def forward(ctx, hidden):
        ctx.save_for_backward(hidden)
        return gated(hidden)

    @staticmethod
    def backward(ctx, grad):
        return gated_backward(*ctx.saved_tensors, grad)


@torch.compile(dynamic=True)
def gated(hidden):
    """silu(gate) * up; hidden [n, 2f]."""
    gate, up = hidden.float().chunk(2, dim=-1)
    return (F.silu(gate) * up).to(hidden.dtype)


@torch.compile(dynamic=True)
def gated_backward(hidden, grad):
    """Gradient of gated() with respect to hidden."""
    gate, up = hidden.float().chunk(2, dim=-1)
    sigmoid = torch.sigmoid(gate)
    silu, grad32 = gate * sigmoid, grad.float()
    grad_gate = grad32 * up * (sigmoid + silu * (1 - sigmoid))
    return torch.cat([grad_gate, grad32 * silu], -1).to(hidden.dtype)


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
    return linear(Gated.apply(linear(x, torch.cat([gate, up]))), down)


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


def causal_softmax(scores, length):
    """Softmax over the last axis of [rows, length, length] with the future masked."""
    mask = torch.full((length, length), float("-inf"), dtype=scores.dtype).triu_(1)
    return torch.softmax(scores + mask, -1)


def attend(batch, q, k, v):
    """Causal attention within each sequence; q, k [n, heads, a], v [n, heads, b]."""
    heads, out, used = q.shape[1], [], 0
    q = q * q.shape[-1] ** -0.5
    for group in batch.groups:
        used = group.start + len(group.unpad)

        def grid(x):
            rows = Gather.apply(x[group.start : used], group.pad, group.unpad)
            rows = rows.view(group.rows, group.length, heads, -1).transpose(1, 2)
            return rows.reshape(group.rows * heads, group.length, -1)

        weights = causal_softmax(grid(q) @ grid(k).mT, group.length)
        mixed = (weights @ grid(v)).view(group.rows, heads, group.length, -1)
        rows = mixed.transpose(1, 2).reshape(group.rows * group.length, -1)
        out.append(rows.index_select(0, group.unpad))
    out.append(torch.zeros(q.shape[0] - used, out[0].shape[1], dtype=q.dtype))
    return torch.cat(out)


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
        q = torch.cat([q[..., : s.nope], rotate(q[..., s.nope :], cos, sin)], -1)
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

    def _experts(self, x, layer, batch):
        s, p, n = self.shape, f"blk.{layer}.", x.shape[0]
        chosen, weights = self._route(x, layer)
        flat = chosen.flatten()
        self.load[layer] = flat[: batch.tokens * s.used].bincount(minlength=s.experts)
        place, source, counts = dispatch(flat, s.experts)
        rows = Gather.apply(x.repeat_interleave(s.used, 0), source, place)
        gate_up = torch.cat([self[p + "ffn_gate_exps.weight"], self[p + "ffn_up_exps.weight"]], 1)
        down = self[p + "ffn_down_exps.weight"].to(x.dtype)
        out = Experts.apply(rows, gate_up.to(x.dtype), down, counts)
        out = out.index_select(0, place).view(n, s.used, s.d)
        mixed = (out * weights.to(x.dtype).unsqueeze(-1)).sum(1)
        return mixed + swiglu(x, *(self[p + f"ffn_{c}_shexp.weight"] for c in ("gate", "up", "down")))

    def forward(self, batch):
        """Logits [answers, vocab] in float32."""
        s = self.shape
        cos, sin = (t[batch.positions] for t in (self.cos, self.sin))
        x = self["token_embd.weight"][batch.ids]
        for i in range(s.layers):
            p = f"blk.{i}."
            h = self._norm_of(x, p + "attn_norm.weight")
            attention = self._mla if s.architecture == "deepseek2" else self._gqa
            x = x + linear(attention(h, p, batch, cos, sin), self[p + "attn_output.weight"])
            h = self._norm_of(x, p + "ffn_norm.weight")
            if i in self.bias:
                x = x + self._experts(h, i, batch)
            else:
                x = x + swiglu(h, *(self[p + f"ffn_{c}.weight"] for c in ("gate", "up", "down")))
        x = self._norm_of(x[batch.answers], "output_norm.weight")
        return linear(x, self["output.weight"]).float()

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
