#include "harness/code_drivers.h"

namespace costwar::harness {
namespace {

// Values and frames, the same on both sides. What arrives is only ever made into values of built-in types.
constexpr const char* kChannel = R"py(
import json, os, sys

LONGEST = 16 * 1024 * 1024

class Opaque:
    """A value that cannot be handed over; equal to nothing but itself."""

def encode(v):
    if v is None or v is True or v is False:
        return v
    if isinstance(v, str):
        return str.__str__(v)
    if isinstance(v, int):
        v = int(v)
        return v if -2**53 < v < 2**53 else ["i", hex(v)]
    if isinstance(v, float):
        return ["f", float(v).hex()]
    for tag, kind in (("l", list), ("t", tuple), ("s", set), ("z", frozenset)):
        if isinstance(v, kind):
            return [tag] + [encode(x) for x in v]
    if isinstance(v, dict):
        return ["d"] + [[encode(k), encode(x)] for k, x in v.items()]
    if isinstance(v, complex):
        return ["c", v.real.hex(), v.imag.hex()]
    if isinstance(v, (bytes, bytearray)):
        return ["b", bytes(v).hex()]
    if isinstance(v, range):
        return ["r", encode(v.start), encode(v.stop), encode(v.step)]
    import numbers
    if isinstance(v, numbers.Integral):
        return encode(int(v))
    if isinstance(v, numbers.Rational):
        return ["q", encode(int(v.numerator)), encode(int(v.denominator))]
    if isinstance(v, numbers.Real):
        return encode(float(v))
    if type(v).__name__ == "Decimal":
        return ["m", str(v)]
    return ["o"]

def decode(v):
    if not isinstance(v, list):
        return v
    tag, rest = v[0], v[1:]
    if tag == "i":
        return int(rest[0], 16)
    if tag == "f":
        return float.fromhex(rest[0])
    if tag == "l":
        return [decode(x) for x in rest]
    if tag == "t":
        return tuple(decode(x) for x in rest)
    if tag == "s":
        return {decode(x) for x in rest}
    if tag == "z":
        return frozenset(decode(x) for x in rest)
    if tag == "d":
        return {decode(k): decode(x) for k, x in rest}
    if tag == "c":
        return complex(float.fromhex(rest[0]), float.fromhex(rest[1]))
    if tag == "b":
        return bytes.fromhex(rest[0])
    if tag == "r":
        return range(*[decode(x) for x in rest])
    if tag == "q":
        import fractions
        return fractions.Fraction(decode(rest[0]), decode(rest[1]))
    if tag == "m":
        import decimal
        return decimal.Decimal(rest[0])
    return Opaque()

def send(message):
    data = json.dumps(message).encode()
    data = len(data).to_bytes(4, "big") + data
    while data:
        data = data[os.write(3, data):]

def receive_bytes(count):
    parts = []
    while count:
        part = os.read(3, min(count, 65536))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)

def receive():
    length = int.from_bytes(receive_bytes(4), "big")
    if length > LONGEST:
        raise ValueError("too long")
    return json.loads(receive_bytes(length))
)py";

constexpr const char* kSubject = R"py(
import ast, types

job = json.loads(sys.stdin.buffer.read())
prompt, code, entry = job["prompt"], job["code"], job["entry_point"]

def defines(tree):
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == entry:
            return True
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == entry:
            return True
    return False

def compiled(text):
    try:
        return compile(text, "<program>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error

def units():
    """The program as compiled parts: the prompt and a whole program, or the prompt completed by a body."""
    whole = compiled(code)
    if isinstance(whole, types.CodeType) and (defines(ast.parse(code)) or not prompt):
        before = compiled(prompt)
        return [before, whole] if isinstance(before, types.CodeType) else [whole]
    if prompt:
        start = prompt if prompt.endswith("\n") else prompt + "\n"
        indented = "".join("    " + line for line in code.splitlines(True))
        for body in (code, "    " + code.lstrip(), indented):
            both = compiled(start + body)
            if isinstance(both, types.CodeType):
                return [both]
    if isinstance(whole, types.CodeType):
        whole = SyntaxError("neither a program that defines " + entry + " nor its body")
    raise whole

def say_error(error):
    kind = type(error).__name__
    try:
        text = str(error)[:300]
    except BaseException:
        text = ""
    send({"error": kind, "text": text})

send({"ready": True})
receive()
module = types.ModuleType("program")
sys.modules["program"] = module
try:
    for unit in units():
        exec(unit, module.__dict__)
    function = module.__dict__.get(entry)
    if not callable(function):
        raise NameError("no function " + entry)
    send({"value": None})
except BaseException as error:
    say_error(error)
    os._exit(0)
while True:
    try:
        request = receive()
    except EOFError:
        os._exit(0)
    try:
        arguments = [decode(x) for x in request["args"]]
        named = {k: decode(x) for k, x in request["named"].items()}
        answer = {"value": encode(function(*arguments, **named))}
    except BaseException as error:
        say_error(error)
        continue
    send(answer)
)py";

constexpr const char* kJudge = R"py(
import ast, builtins, copy, math, signal

verdict_fd = os.dup(1)
os.dup2(2, 1)  # what tests print is not the verdict
job = json.loads(sys.stdin.buffer.read())
details = job["details"]
entry = details["entry_point"]
timeout = job["timeout_s"]

def finish(verdict, detail=""):
    detail = " ".join(detail.split())[:200].encode("utf-8", "replace").decode()
    os.write(verdict_fd, json.dumps({"verdict": verdict, "detail": detail}).encode())
    os._exit(0)

def describe(error):
    text = str(error)
    return type(error).__name__ + (": " + text if text else "")

def heard():
    """The subject's answer: its value. Raises what the program raised; ends with a verdict when it is gone."""
    try:
        message = receive()
        if isinstance(message, dict) and "error" in message:
            kind, text = str(message["error"]), str(message.get("text", ""))
        else:
            return decode(message["value"])
    except (EOFError, ConnectionError):
        finish("failed", "the program ended before the tests did")
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, MemoryError, ArithmeticError):
        finish("failed", "the program returned what cannot be read")
    known = getattr(builtins, kind, None)
    if not (isinstance(known, type) and issubclass(known, Exception)) or kind.startswith("Stop"):
        known = RuntimeError
        text = kind + (": " + text if text else "")
    try:
        raise known(text)
    except TypeError:
        raise RuntimeError(kind)

calls = 0

def candidate(*args, **named):
    global calls
    calls += 1
    try:
        send({"args": [encode(x) for x in args], "named": {k: encode(x) for k, x in named.items()}})
    except OSError:
        finish("failed", "the program ended before the tests did")
    return heard()

def start():
    """Waits for the interpreter of the subject, starts the clock, and has the program loaded."""
    try:
        receive()
    except (EOFError, ConnectionError, ValueError):
        finish("failed", "the program did not start")
    signal.signal(signal.SIGALRM, lambda *_: finish("timeout"))
    signal.setitimer(signal.ITIMER_REAL, timeout)
    try:
        send({"load": True})
        heard()
    except Exception as error:
        finish("failed", describe(error))

def compile_part(text, name):
    return compile(text, "<" + name + ">", "exec", dont_inherit=True)

def judge_by_check():
    world = {}
    try:
        prompt = details["prompt"]
        try:
            part = compile_part(prompt, "prompt")
        except SyntaxError:
            part = compile_part(prompt + "\n    pass\n", "prompt")
        exec(part, world)
        world[entry] = candidate
        exec(compile_part(details["test"], "test"), world)
        check = world["check"]
    except BaseException as error:
        finish("bad_item", describe(error))
    start()
    try:
        check(candidate)
    except BaseException as error:
        finish("failed", describe(error))
    if calls == 0:
        finish("bad_item", "its check never calls the function")
    finish("passed")

def example_arguments():
    """The arguments of the first call in the prompt's assert, or nothing."""
    text = details.get("prompt", "")
    at = text.find("assert ")
    lines = text[at:].splitlines() if at >= 0 else []
    for end in range(1, min(len(lines), 20) + 1):
        try:
            tree = ast.parse("\n".join(lines[:end]))
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == entry:
                try:
                    return [ast.literal_eval(x) for x in node.args]
                except ValueError:
                    return []
        return []
    return []

def shaped(value, example):
    """JSON has lists alone: a tuple or a set where the example has one."""
    if isinstance(value, list) and isinstance(example, (list, tuple)):
        parts = list(example)
        if len(parts) != len(value):
            parts = [parts[0]] * len(value) if parts else [None] * len(value)
        return type(example)(shaped(v, e) for v, e in zip(value, parts))
    if isinstance(value, list) and isinstance(example, (set, frozenset)):
        part = next(iter(example), None)
        return type(example)(shaped(v, part) for v in value)
    if isinstance(value, dict) and isinstance(example, dict) and example:
        key, part = next(iter(example.items()))
        if isinstance(key, (int, float)) and not isinstance(key, bool):
            value = {ast.literal_eval(k): v for k, v in value.items()}
        return {k: shaped(v, part) for k, v in value.items()}
    return value

def has_float(v):
    if isinstance(v, float):
        return True
    if isinstance(v, dict):
        return any(has_float(x) for x in v.values())
    return isinstance(v, (list, tuple)) and any(has_float(x) for x in v)

def close(out, want, atol):
    number = lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)
    if number(out) and number(want):
        if out == want or (out != out and want != want):
            return True
        return math.isfinite(out) and math.isfinite(want) and abs(out - want) <= atol + 1e-7 * abs(want)
    if type(out) is type(want) and isinstance(want, (list, tuple)):
        return len(out) == len(want) and all(close(o, w, atol) for o, w in zip(out, want))
    if type(out) is type(want) and isinstance(want, dict):
        return out.keys() == want.keys() and all(close(out[k], want[k], atol) for k in want)
    return out == want

def same(out, want):
    rule = details.get("compare", "equal")
    if rule == "set":
        return set(out) == set(want)
    if rule == "not_none":
        return out == want if isinstance(out, bool) else want == (out is not None)
    if out == want:
        return True
    atol = float(details.get("atol", 0) or 0)
    if atol == 0 and has_float(want):
        atol = 1e-6
    return atol > 0 and close(out, want, atol)

def judge_by_difference():
    world = {}
    cases = []
    try:
        exec(compile_part(details["canonical_solution"], "canonical"), world)
        reference = world[entry]
        example = example_arguments()
        for inputs in details["base_input"] + details["plus_input"]:
            args = shaped(inputs, example) if len(example) == len(inputs) else list(inputs)
            try:
                want = decode(encode(reference(*copy.deepcopy(args))))
            except Exception:
                continue  # no reference for this one
            if not isinstance(want, Opaque):
                cases.append((args, want))
    except BaseException as error:
        finish("bad_item", describe(error))
    if not cases:
        finish("bad_item", "the reference answers none of the inputs")
    start()
    for number, (args, want) in enumerate(cases, 1):
        try:
            right = same(candidate(*args), want)
        except Exception as error:
            finish("failed", "input %d of %d: %s" % (number, len(cases), describe(error)))
        if not right:
            finish("failed", "input %d of %d: another result" % (number, len(cases)))
    finish("passed", "%d inputs" % len(cases))

if job["kind"] == "check":
    judge_by_check()
else:
    judge_by_difference()
)py";

}  // namespace

std::string judge_program() {
  return std::string(kChannel) + kJudge;
}

std::string subject_program() {
  return std::string(kChannel) + kSubject;
}

}  // namespace costwar::harness
