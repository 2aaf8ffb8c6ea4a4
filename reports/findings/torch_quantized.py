"""A quantized tensor must arrive as one that can be read."""

import warnings

import torch
import torch.multiprocessing


def make():
    return torch.quantize_per_tensor(torch.arange(4.0), 0.5, 1, torch.quint8)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of quantization: it moves to another package
    with torch.multiprocessing.Pool(1) as pool:
        got = pool.apply(make)
        try:
            print(f"KEPT: 0, 1, 2, 3 came back as {got.dequantize().tolist()}")
        except RuntimeError as error:
            print(f"VIOLATED: dequantize() of what came back: {str(error).splitlines()[0]}")
