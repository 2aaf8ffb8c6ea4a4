"""A conjugated complex tensor must arrive with the values that it has."""

import torch
import torch.multiprocessing

if __name__ == "__main__":
    with torch.multiprocessing.Pool(1) as pool:
        sent = torch.tensor([1 + 2j]).conj(), torch.tensor([1 + 2j]).conj().imag
        got = tuple(pool.apply(torch.clone, (tensor,)) for tensor in sent)
        same = all(torch.equal(*pair) for pair in zip(sent, got, strict=True))
        words = f"conj() and its imag: sent {[t.tolist() for t in sent]}"
        print(f"{'KEPT' if same else 'VIOLATED'}: {words}, got {[t.tolist() for t in got]}")
