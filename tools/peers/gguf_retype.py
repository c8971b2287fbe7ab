"""Writes a GGUF file again with its matrices in another type: F32 (the same values) or Q4_0. Keys are kept as they are.
Norms, the router and its bias are F32 in these files and stay so."""

import struct

import numpy as np

F32, Q4_0, Q8_0 = 0, 2, 8
SCALARS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
ALIGNMENT = 32


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, code):
        value = struct.unpack_from("<" + code, self.data, self.at)[0]
        self.at += struct.calcsize(code)
        return value

    def text(self):
        length = self.number("Q")
        self.at += length
        return self.data[self.at - length:self.at]

    def skip_value(self, kind):
        if kind == 8:
            self.text()
        elif kind == 9:
            element, count = self.number("I"), self.number("Q")
            for _ in range(count):
                self.skip_value(element)
        else:
            self.at += SCALARS[kind]


def to_floats(kind, data, elements):
    if kind == F32:
        return np.frombuffer(data, np.float32, elements)
    if kind != Q8_0:
        raise SystemExit(f"a tensor has the type {kind}; F32 and Q8_0 are read here")
    blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("weights", "i1", 32)]), elements // 32)
    return (blocks["scale"].astype(np.float32)[:, None] * blocks["weights"].astype(np.float32)).ravel()


def to_q4_0(values):
    """The value of largest magnitude of a block becomes -8 steps."""
    blocks = values.reshape(-1, 32)
    top = np.take_along_axis(blocks, np.abs(blocks).argmax(1)[:, None], 1)
    scale = (top / -8).astype(np.float16)
    inverse = np.divide(1, scale.astype(np.float32), out=np.zeros_like(top), where=scale != 0)
    steps = np.clip(np.rint(blocks * inverse) + 8, 0, 15).astype(np.uint8)
    packed = steps[:, :16] | (steps[:, 16:] << 4)
    return np.concatenate([scale.view(np.uint8), packed], 1).tobytes()


def retype(source, target, kind):
    with open(source, "rb") as file:
        data = file.read()
    reader = Reader(data)
    reader.at = 8
    tensors, keys = reader.number("Q"), reader.number("Q")
    start = reader.at
    for _ in range(keys):
        reader.text()
        reader.skip_value(reader.number("I"))
    pairs = data[start:reader.at]
    found = []
    for _ in range(tensors):
        name = reader.text()
        shape = [reader.number("Q") for _ in range(reader.number("I"))]
        found.append((name, shape, reader.number("I"), reader.number("Q")))
    base = -(-reader.at // ALIGNMENT) * ALIGNMENT
    infos, body = b"", b""
    for name, shape, old, offset in found:
        elements = int(np.prod(shape))
        values = to_floats(old, data[base + offset:], elements)
        new = kind if old == Q8_0 else old
        infos += struct.pack("<Q", len(name)) + name + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        infos += struct.pack("<IQ", new, len(body))
        body += to_q4_0(values) if new == Q4_0 else values.astype(np.float32).tobytes()
        body += bytes(-len(body) % ALIGNMENT)
    head = data[:8] + struct.pack("<QQ", tensors, keys) + pairs + infos
    with open(target, "wb") as file:
        file.write(head + bytes(-len(head) % ALIGNMENT) + body)
