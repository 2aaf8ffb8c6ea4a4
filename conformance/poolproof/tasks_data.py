"""What workers run for rules of data integrity."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

from poolproof import tensors
from poolproof.plan import JSON
from poolproof.values import describe


def seen(value: Any) -> tuple[str, Any]:
    """What the argument looks like here (as text, so that it arrives as told), and itself."""
    return json.dumps(describe(value)), value


def scribble(value: Any) -> int:
    """Change every list, dict, set and bytearray in reach; return how many there were."""
    return _scribble(value, {})


def _scribble(value: Any, done: dict[int, Any]) -> int:
    if id(value) in done:
        return 0
    done[id(value)] = value
    inside = list(value.values()) if isinstance(value, dict) else value
    within = (list, tuple, dict)
    count = sum(_scribble(item, done) for item in inside) if isinstance(value, within) else 0
    return count + _change(value)


def _change(value: Any) -> bool:
    if isinstance(value, (list, bytearray)):
        value.append(1)
    elif isinstance(value, dict):
        value["scribbled"] = True
    elif isinstance(value, set):
        value.add("scribbled")
    else:
        return False
    return True


def content(size: int, seed: int) -> bytes:
    """`size` bytes, the same for the same seed in every process."""
    return random.Random(seed).randbytes(size)


def digest(data: bytes) -> list[JSON]:
    """Type, length and SHA-256."""
    return [type(data).__name__, len(data), hashlib.sha256(data).hexdigest()]


def two_views(spec: tensors.Spec, views: JSON) -> dict[str, Any]:
    """A tensor and a part of it, not empty, seen through `views`: two tensors on one storage."""
    whole = tensors.build(spec)
    part = tensors.look(whole, views)
    return {"whole": whole, "part": part if part.numel() else whole.flatten()[-1:]}


def share_storage(message: dict[str, Any]) -> bool:
    """Does a write through the part show in the whole?"""
    part, whole = message["part"], message["whole"]
    before = whole.clone()
    part[(0,) * part.dim()] += 1
    return bool((before != whole).any())


def of_bytes(specs: list[tensors.Spec]) -> list[Any]:
    """Tensors of one dimension, as large as fits into the "bytes" of each specification."""
    torch = tensors.quiet_torch()
    widths = (getattr(torch, spec["dtype"]).itemsize for spec in specs)
    sized = zip(specs, widths, strict=True)
    return [tensors.flat(spec, spec["bytes"] // width) for spec, width in sized]


def portray_all(message: Any) -> JSON:
    """The portrait of each tensor in a list."""
    return [tensors.portrait(tensor) for tensor in message]


def stamped(spec: JSON) -> Any:
    """A tensor of int64 in which no element is that of another `number`."""
    torch = tensors.quiet_torch()
    first = spec["number"] << 32
    return torch.arange(first, first + spec["elements"])


def answer(tensor: Any) -> Any:
    """Another tensor, of which each element tells one of the argument."""
    return -tensor


def stamp(tensor: Any) -> JSON:
    """The number of a stamped tensor or of its answer, its sign and the portrait."""
    told = tensors.portrait(tensor)
    if not isinstance(told, dict) or not tensor.numel():
        return told
    return told | {"number": abs(int(tensor.flatten()[-1])) >> 32}


def crowd(spec: JSON) -> list[Any]:
    """Very many tensors, each with a storage of its own; the n-th holds n, n + 1, ..."""
    torch = tensors.quiet_torch()
    return [torch.arange(n, n + n % spec["lengths"]) for n in range(spec["count"])]


def portray_crowd(message: Any) -> JSON:
    """How many tensors came, and the first of them that is not as `crowd` made it."""
    torch = tensors.quiet_torch()
    told = {"type": type(message).__name__, "count": len(message)}
    whole = torch.cat([tensor.flatten() for tensor in message])
    return told | {"lengths": sum(map(len, message)), "content": tensors.portrait(whole)["sha256"]}


_kept: dict[str, Any] = {}


def keep(name: str, tensor: Any) -> JSON:
    """Keep a tensor beyond the end of this task; return its portrait."""
    _kept[name] = tensor
    return tensors.portrait(tensor)


def kept(name: str) -> Any:
    """The tensor kept under this name by this process, or None; it is kept no longer."""
    return _kept.pop(name, None)


def overwrite(tensor: Any) -> Any:
    """Set every element of a tensor to 0, in place; return it."""
    return tensor.zero_()


def grow(tensor: Any) -> JSON:
    """Resize a tensor in place to twice its elements; return the portrait of the old ones."""
    before = tensor.numel()
    tensor.resize_(2 * before)
    tensor[before:] = 1
    return tensors.portrait(tensor[:before])


def write_over(tensor: Any, device: str) -> None:
    """Fill memory of `device` with other bytes: blocks as large as the tensor's, one by one."""
    for _ in range(8):
        other = tensor.to(device, copy=True)
        other.zero_()
