#!/usr/bin/python3
"""The workloads of bench/ in PyTorch, as fast as PyTorch does them on a CPU.

    torch_workloads.py --workload W2 --threads 2 --batch 128 --seconds 5

prints the same line of JSON as the programs of bench/. Debian's packages: python3-torch, and for the
best that it can do also libopenblas0-openmp and libtcmalloc-minimal4, with which the script restarts
itself when they are there ("libs" in the output says which were loaded): otherwise two thread pools
spin against each other and every large buffer goes back to the kernel after each step.

Same layers, losses, optimizers, data and batches as the programs w1_linear.c to w10_epoch.c; the larger
networks stand in torch_networks.py. What helps PyTorch is used: a traced loss in W1, AVX-512 in its own
kernels, gradients set to None, channels last in W3 and W4, frozen and optimized graphs in W8, indexing of a
NumPy array in place of a DataLoader in W10.
"""
import argparse
import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

DEFAULT_BATCH = {"W1": 201, "W2": 32, "W3": 128, "W4": 64, "W5": 32, "W6": 64, "W7": 256, "W8": 1, "W9": 1, "W10": 128}
STARTUP_RUNS = 9
CHUNKS = 9


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workload", required=True, choices=DEFAULT_BATCH)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--net", choices=["mlp", "cnn", "mobilenetv2", "resnet50"], default="mlp", help="of W8")
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--predict", help=argparse.SUPPRESS)  # the process that W9 times
    options = parser.parse_args()
    options.batch = options.batch or DEFAULT_BATCH[options.workload]
    return options


def environment(threads):
    """Variables that have to be set before PyTorch is loaded."""
    folder = Path("/usr/lib", sysconfig.get_config_var("MULTIARCH") or "")
    wanted = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
    wanted.setdefault("ATEN_CPU_CAPABILITY", "avx512")
    blas, malloc = folder / "openblas-openmp", folder / "libtcmalloc_minimal.so.4"
    if blas.is_dir():
        wanted["LD_LIBRARY_PATH"] = f"{blas}:{os.environ.get('LD_LIBRARY_PATH', '')}"
    if malloc.exists():
        wanted["LD_PRELOAD"] = str(malloc)
    return wanted


def loaded_libraries():
    maps = Path("/proc/self/maps").read_text(encoding="utf-8")
    return "+".join(name for name in ("openblas-openmp", "openblas-pthread", "tcmalloc") if name in maps) or "default"


def measure(step, seconds):
    """Median and relative spread of steps per second over chunks, after a warm-up, as bench.c does it."""
    def timed(count):
        start = time.perf_counter()
        for _ in range(count):
            step()
        return time.perf_counter() - start

    step()  # makes kernels and buffers: no step like the others
    spent, count, each = 0.0, 1, 0.0
    while spent < min(1.0, 0.2 * seconds):
        elapsed = timed(count)
        spent, each, count = spent + elapsed, elapsed / count, count * 2
    chunks = max(3, int(seconds / each)) if each * CHUNKS > seconds else CHUNKS
    count = max(1, int(seconds / chunks / each))
    rates = [count / timed(count) for _ in range(chunks)]
    median = statistics.median(rates)
    return median, (max(rates) - min(rates)) / median


def show(options, rate, spread, version, **more):
    memory = more.pop("memory", None) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({
        "workload": options.workload, "peer": f"pytorch {version}", "threads": options.threads, "dtype": "f32",
        "batch": options.batch, "steps_per_s": round(rate, 3), "samples_per_s": round(rate * options.batch, 2),
        "peak_rss_mb": round(memory, 1), "libs": loaded_libraries(), "spread": round(spread, 3), **more,
    }), flush=True)


# ---- data and networks ---------------------------------------------------------------------------

def fashion(folder):
    """Images uint8 [60000, 784], labels uint8 [60000]."""
    def read(name, header):
        with gzip.open(folder / name) as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)
    return read("train-images-idx3-ubyte.gz", 16).reshape(-1, 784), read("train-labels-idx1-ubyte.gz", 8)


def dense_layers(*sizes):
    layers = []
    for before, after in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(before, after), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def cross_entropy(logits, y):
    return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), y.reshape(-1))


def train(network, optimizer, x, y, loss_of=cross_entropy):
    optimizer.zero_grad(set_to_none=True)
    loss_of(network(x), y).backward()
    optimizer.step()


# ---- workloads -----------------------------------------------------------------------------------

def linear_step(options):
    w = torch.tensor(5.0, requires_grad=True)
    b = torch.tensor(0.0, requires_grad=True)
    x = torch.linspace(-2, 2, options.batch)
    y = 3 * x + 2
    optimizer = torch.optim.SGD([w, b], lr=0.1)
    loss = torch.jit.trace(lambda w, b, x, y: torch.nn.functional.mse_loss(w * x + b, y), (w, b, x, y))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(w, b, x, y).backward()
        optimizer.step()
    return step


def batches_step(network, optimizer, x, y, batch, loss_of=cross_entropy):
    """Consecutive batches of data that lie in memory."""
    parts = list(zip(x.split(batch), y.split(batch)))
    parts = [part for part in parts if len(part[0]) == batch]
    at = 0

    def step():
        nonlocal at
        train(network, optimizer, *parts[at], loss_of)
        at = (at + 1) % len(parts)
    return step


def mlp_step(options):
    images, labels = fashion(options.data)
    network = dense_layers(784, 128, 10)
    x, y = torch.from_numpy(images.astype(np.float32) / 255), torch.from_numpy(labels.astype(np.int64))
    return batches_step(network, torch.optim.Adam(network.parameters(), 1e-3), x, y, options.batch)


def cnn_step(options):
    images, labels = fashion(options.data)
    network = torch_networks.cnn().to(memory_format=torch.channels_last)
    x = torch.from_numpy(images.astype(np.float32) / 255).view(-1, 1, 28, 28)
    x, y = x.contiguous(memory_format=torch.channels_last), torch.from_numpy(labels.astype(np.int64))
    return batches_step(network, torch.optim.Adam(network.parameters(), 1e-3), x, y, options.batch)


def resnet_step(options):
    network = torch_networks.resnet20().to(memory_format=torch.channels_last)
    x, y = torch.randn(8 * options.batch, 3, 32, 32), torch.randint(0, 10, (8 * options.batch,))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    return batches_step(network, optimizer, x.contiguous(memory_format=torch.channels_last), y, options.batch)


def lstm_step(options):
    network = torch_networks.BidirectionalLSTM()
    x, y = torch.randint(0, 20000, (8 * options.batch, 200)), torch.randint(0, 2, (8 * options.batch, 1)).float()
    return batches_step(network, torch.optim.Adam(network.parameters(), 1e-3), x, y, options.batch,
                        torch.nn.functional.binary_cross_entropy_with_logits)


def gpt_step(options):
    network = torch_networks.MiniGPT()
    x, y = torch.randint(0, 20000, (4 * options.batch, 80)), torch.randint(0, 20000, (4 * options.batch, 80))
    return batches_step(network, torch.optim.Adam(network.parameters(), 1e-3), x, y, options.batch)


def inference_step(options):
    network = dense_layers(784, 128, 10) if options.net == "mlp" else getattr(torch_networks, options.net)()
    shape = {"mlp": (784,), "cnn": (1, 28, 28)}.get(options.net, (3, 224, 224))
    x = torch.randn(options.batch, *shape)
    with torch.no_grad():
        network = torch.jit.freeze(torch.jit.trace(network.eval(), x))
        network = torch.jit.optimize_for_inference(network)

    def step():
        with torch.inference_mode():
            network(x)
    return step


def wide_step(options):
    network = dense_layers(2048, 2048, 2048, 2048, 10)
    x, y = torch.randn(4 * options.batch, 2048), torch.randint(0, 10, (4 * options.batch,))
    return batches_step(network, torch.optim.SGD(network.parameters(), lr=0.01), x, y, options.batch)


def epoch_step(options):
    images, labels = fashion(options.data)
    network = dense_layers(784, 128, 10)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)

    def step():
        order = np.random.permutation(len(images))
        for start in range(0, len(order), options.batch):
            pick = order[start:start + options.batch]
            x = torch.from_numpy(images[pick]).float().div_(255)
            train(network, optimizer, x, torch.from_numpy(labels[pick]).long())
    return step, -(-len(images) // options.batch)


def predict(path):
    network = dense_layers(784, 128, 10)
    network.load_state_dict(torch.load(path))
    with torch.inference_mode():
        print(int(network(torch.rand(1, 784)).argmax()), torch.__version__, flush=True)


def startup(options):
    """Times new processes from their start to the answer."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "mlp.pt"))
        torch.save(dense_layers(784, 128, 10).state_dict(), path)
        command = [sys.executable, __file__, "--workload", "W9", "--threads", str(options.threads), "--predict", path]
        times, memory = [], []
        for _ in range(1 + STARTUP_RUNS):
            start = time.perf_counter()
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
                answer = child.stdout.readline()
                times.append(time.perf_counter() - start)
                _, status, usage = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
            if not answer or child.returncode:
                sys.exit("the prediction failed")
            memory.append(usage.ru_maxrss / 1024)
    times = times[1:]  # the first one reads files from disk
    median = statistics.median(times)
    show(options, 1 / median, (max(times) - min(times)) / median, torch.__version__,
         memory=statistics.median(memory), wall_ms=round(1e3 * median, 2))


def main(options):
    if options.predict:
        return predict(options.predict)
    if options.workload == "W9":
        return startup(options)
    steps_per_call = 1
    if options.workload == "W10":
        step, steps_per_call = epoch_step(options)
    else:
        step = {"W1": linear_step, "W2": mlp_step, "W3": cnn_step, "W4": resnet_step, "W5": lstm_step, "W6": gpt_step,
                "W7": wide_step, "W8": inference_step}[options.workload](options)
    rate, spread = measure(step, options.seconds)
    return show(options, rate * steps_per_call, spread, torch.__version__)


if __name__ == "__main__":
    OPTIONS = parse()
    if "BENCH_RESTARTED" not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.argv],
                  dict(environment(OPTIONS.threads), BENCH_RESTARTED="1"))
    import numpy as np
    import torch
    import torch_networks
    torch.set_num_threads(OPTIONS.threads)
    torch.manual_seed(1)
    torch.set_flush_denormal(True)
    main(OPTIONS)
