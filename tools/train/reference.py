"""An independent forward pass in float64 that reads the GGUF file itself.

It shares no code with the training model or the C++ engine: weights are
dequantised from the file, MLA runs in the absorbed form that the file's
attn_k_b and attn_v_b describe, and every token is computed alone.
"""

import gguf
import numpy as np
import torch


class File:
    """Metadata and dequantised tensors of one GGUF file."""

    def __init__(self, path):
        self.reader = gguf.GGUFReader(path)
        self.fields = {name: field.contents() for name, field in self.reader.fields.items()}
        self.tensors = {
            t.name: torch.from_numpy(np.array(gguf.dequantize(t.data, t.tensor_type), dtype=np.float64)).reshape(
                tuple(int(n) for n in reversed(t.shape))
            )
            for t in self.reader.tensors
        }
        self.architecture = self.fields["general.architecture"]

    def get(self, key, default=None):
        """A value of this architecture, e.g. get('block_count')."""
        return self.fields.get(f"{self.architecture}.{key}", default)


def rms_norm(x, weight, epsilon):
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + epsilon) * weight


def rope(x, position, base):
    """Rotate adjacent pairs of the last axis by position * base^(-2i/dim)."""
    dim = x.shape[-1]
    angles = position * base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], dim // 2, 2).contiguous())
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).reshape(x.shape)


class Reference:
    """Logits of a deepseek2 or llama GGUF file."""

    def __init__(self, path):
        self.file = File(path)
        self.t = self.file.tensors
        get = self.file.get
        self.layers = get("block_count")
        self.heads = get("attention.head_count")
        self.kv_heads = get("attention.head_count_kv")
        self.epsilon = get("attention.layer_norm_rms_epsilon")
        self.base = get("rope.freq_base", 10000.0)
        self.rope_dim = get("rope.dimension_count")

    def _norm(self, x, name):
        return rms_norm(x, self.t[name], self.epsilon)

    def _mla(self, i, x, position, cache):
        """One token through multi-head latent attention; cache: list of (latent, rope key)."""
        t, get, p = self.t, self.file.get, f"blk.{i}."
        nope = get("attention.key_length_mla") - self.rope_dim
        if p + "attn_q.weight" in t:
            q = t[p + "attn_q.weight"] @ x
        else:
            q = t[p + "attn_q_b.weight"] @ self._norm(t[p + "attn_q_a.weight"] @ x, p + "attn_q_a_norm.weight")
        q = q.reshape(self.heads, nope + self.rope_dim)
        compressed = t[p + "attn_kv_a_mqa.weight"] @ x
        rank = get("attention.kv_lora_rank")
        latent = self._norm(compressed[:rank], p + "attn_kv_a_norm.weight")
        cache.append((latent, rope(compressed[rank:], position, self.base)))
        latents = torch.stack([c[0] for c in cache])
        keys = torch.cat([latents, torch.stack([c[1] for c in cache])], 1)
        absorbed = torch.einsum("hkn,hn->hk", t[p + "attn_k_b.weight"], q[:, :nope])
        query = torch.cat([absorbed, rope(q[:, nope:], position, self.base)], 1)
        weights = torch.softmax(query @ keys.T / (nope + self.rope_dim) ** 0.5, -1)
        values = torch.einsum("hvk,hk->hv", t[p + "attn_v_b.weight"], weights @ latents)
        return t[p + "attn_output.weight"] @ values.flatten()

    def _gqa(self, i, x, position, cache):
        """One token through grouped-query attention; cache: list of (keys, values)."""
        t, p = self.t, f"blk.{i}."
        q = rope((t[p + "attn_q.weight"] @ x).reshape(self.heads, -1), position, self.base)
        k = rope((t[p + "attn_k.weight"] @ x).reshape(self.kv_heads, -1), position, self.base)
        cache.append((k, (t[p + "attn_v.weight"] @ x).reshape(self.kv_heads, -1)))
        keys = torch.stack([c[0] for c in cache])
        values = torch.stack([c[1] for c in cache])
        out = []
        for head in range(self.heads):
            shared = head * self.kv_heads // self.heads
            weights = torch.softmax(keys[:, shared] @ q[head] / q.shape[1] ** 0.5, 0)
            out.append(weights @ values[:, shared])
        return t[p + "attn_output.weight"] @ torch.cat(out)

    def _swiglu(self, x, gate, up, down):
        return down @ (torch.nn.functional.silu(gate @ x) * (up @ x))

    def route(self, i, x):
        """[(expert, weight)] of one token in layer i."""
        t, get = self.t, self.file.get
        scores = t[f"blk.{i}.ffn_gate_inp.weight"] @ x
        scores = scores.sigmoid() if get("expert_gating_func", 1) == 2 else scores.softmax(0)
        choice = scores + t.get(f"blk.{i}.exp_probs_b.bias", torch.zeros_like(scores))
        groups, kept = get("expert_group_count", 1), get("expert_group_used_count", 1)
        if groups > 1:
            grouped = choice.reshape(groups, -1)
            best = grouped.topk(2, -1).values.sum(-1).topk(kept).indices
            masked = torch.full_like(grouped, -torch.inf)
            masked[best] = grouped[best]
            choice = masked.flatten()
        chosen = choice.topk(get("expert_used_count")).indices
        weights = scores[chosen]
        if get("expert_weights_norm", False):
            weights = weights / weights.sum().clamp(min=6.103515625e-5)
        return list(zip(chosen.tolist(), weights * get("expert_weights_scale", 1.0)))

    def _feed_forward(self, i, x):
        t, p = self.t, f"blk.{i}.ffn_"
        if p + "gate_inp.weight" not in t:
            return self._swiglu(x, *(t[p + f"{c}.weight"] for c in ("gate", "up", "down")))
        out = self._swiglu(x, *(t[p + f"{c}_shexp.weight"] for c in ("gate", "up", "down")))
        for expert, weight in self.route(i, x):
            out = out + weight * self._swiglu(x, *(t[p + f"{c}_exps.weight"][expert] for c in ("gate", "up", "down")))
        return out

    def new_cache(self):
        """One empty list per layer."""
        return [[] for _ in range(self.layers)]

    def step(self, token, position, cache):
        """Logits [vocab] after one more token."""
        attention = self._mla if self.file.architecture == "deepseek2" else self._gqa
        x = self.t["token_embd.weight"][token]
        for i in range(self.layers):
            x = x + attention(i, self._norm(x, f"blk.{i}.attn_norm.weight"), position, cache[i])
            x = x + self._feed_forward(i, self._norm(x, f"blk.{i}.ffn_norm.weight"))
        return self.t.get("output.weight", self.t["token_embd.weight"]) @ self._norm(x, "output_norm.weight")

    def logits(self, tokens):
        """Logits at every position, [len(tokens), vocab]."""
        cache = self.new_cache()
        return torch.stack([self.step(token, i, cache) for i, token in enumerate(tokens)])

    def greedy(self, tokens, end, limit):
        """Ids of the greedy continuation, without the end token."""
        cache = self.new_cache()
        for i, token in enumerate(tokens):
            logits = self.step(token, i, cache)
        out = []
        while len(out) < limit:
            best = int(logits.argmax())
            if best == end:
                break
            out.append(best)
            logits = self.step(best, len(tokens) + len(out) - 1, cache)
        return out
