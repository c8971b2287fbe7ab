"""tiny-moe (DeepSeek-style) and tiny-dense (llama-style), as trained.

Both take a flat batch (see batches.py) and return logits at the answer
positions. Activations are bfloat16; norms, softmax, router and loss compute in
float32 inside, and so are the weights that the optimiser keeps. Names of parameters are the GGUF tensor names, so export is a copy.
"""

from dataclasses import asdict, dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from kernels import Experts, Gather, add_experts, attend, dispatch, linear, rms_norm, rope_tables, rotate, swiglu


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
    normalise: bool = True  # weights of the chosen experts sum to expert_scale
    expert_ff: int = 0
    expert_scale: float = 1.0
    leading_dense: int = 0
    context: int = 1024


def moe_shape(vocab, used=2):
    """MLA, one dense layer, then 16 routed experts (the top `used`) and a shared one.

    A weight that is normalised over one expert is constant, and its router would never learn: top-1 keeps the score.
    """
    return Shape(
        "deepseek2", vocab, q_lora=64, kv_lora=64, nope=32, rope=16, v_head=32, experts=16, used=used,
        normalise=used > 1, expert_ff=128, expert_scale=2.0, leading_dense=1,
    )


def dense_shape(vocab):
    """Grouped-query attention and a feed-forward width that matches the active parameters."""
    return Shape("llama", vocab, heads=4, kv_heads=4, rope=32, v_head=32, ff=384)


# moe is what ships as tiny-moe; moe-K differs in the experts of a token alone (examples/selective-activation).
SHAPES = {
    "moe": moe_shape, "dense": dense_shape,
    **{f"moe-{used}": partial(moe_shape, used=used) for used in (1, 2, 4, 8)},
}


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
        total = weights.sum(-1, keepdim=True) if s.normalise else 1.0
        return chosen, s.expert_scale * weights / total

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
