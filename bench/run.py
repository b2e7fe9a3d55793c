#!/usr/bin/env python3
"""Runs the benchmark programs and the other side's script in turn and compares medians.

    cmake --workflow --preset release
    bench/run.py --build build/release --peers bench/peers/torch_workloads.py

Builds nothing. Every case runs --rounds times, ours and the other side's in turn, so that both see the
same drift of the machine. Before each run it waits for the machine to be quiet, and while a run goes on
it adds up what else the processors did: a run with more than a tenth of a core of foreign work is thrown
away and repeated. On a machine that others use all the time that never ends: there "--nice -20
--patience 0 --attempts 1" (as root) keeps them off the cores that a run needs, for both sides alike.
Lines of JSON, one per run, go to standard output (or --json FILE), then a table in Markdown with ratios
of medians.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

# What is compared: workload, program, the other side's options, and ours by the case that the table shows.
GROUPS = [
    ("W1", "w1_linear", [], {"compiled step": ["--mode", "step"], "fit, a step an epoch": ["--mode", "fit"],
                             "own loop, eager": ["--mode", "loop"]}),
    ("W2", "w2_mlp", ["--batch", "32"], {"batch 32": ["--batch", "32"],
                                         "batch 32, fit": ["--batch", "32", "--mode", "fit"],
                                         "batch 32, eager": ["--batch", "32", "--mode", "eager"]}),
    ("W2", "w2_mlp", ["--batch", "128"], {"batch 128": ["--batch", "128"]}),
    ("W3", "w3_cnn", [], {"batch 128": []}),
    ("W4", "w4_resnet", [], {"batch 64": []}),
    ("W5", "w5_lstm", [], {"batch 32": []}),
    ("W6", "w6_gpt", [], {"batch 64": []}),
    ("W7", "w7_wide", [], {"batch 256": []}),
    *(("W8", "w8_inference", ["--net", net, "--batch", batch],
       {f"{net}, batch {batch}": ["--mode", net, "--batch", batch]})
      for net in ("mlp", "cnn", "mobilenetv2", "resnet50") for batch in ("1", "32")),
    ("W9", "w9_startup", [], {"start to prediction": []}),
    ("W10", "w10_epoch", [], {"batch 128": []}),
]
FOREIGN_LIMIT = 0.1  # cores
TICKS = os.sysconf("SC_CLK_TCK")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build/release"), help="folder that was built")
    parser.add_argument("--peers", type=Path, help="the other side's script; without it only ours runs")
    parser.add_argument("--python", default="/usr/bin/python3", help="the Python that has PyTorch")
    parser.add_argument("--workloads", nargs="+", help="W1 W2 ...; default: all")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="of one run")
    parser.add_argument("--attempts", type=int, default=5, help="how often a disturbed run is repeated")
    parser.add_argument("--patience", type=float, default=600, help="seconds to wait for a quiet machine")
    parser.add_argument("--nice", type=int, default=0, help="added to the priority number of both sides")
    parser.add_argument("--exact", action="store_true", help="measures exact mode, too, and prints its price")
    parser.add_argument("--json", type=Path, help="file for the lines of JSON")
    return parser.parse_args()


# ---- a quiet machine -----------------------------------------------------------------------------

def busy_seconds():
    """What all processors have worked since the start of the machine, idling and waiting left out."""
    fields = [int(field) for field in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def wait_for_quiet(patience):
    """Returns when others used less than a tenth of a core for two seconds, or says that they did not."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        before, start = busy_seconds(), time.monotonic()
        time.sleep(2)
        if (busy_seconds() - before) / (time.monotonic() - start) < FOREIGN_LIMIT:
            return
    if patience:
        print("bench: the machine does not come to rest; measuring nevertheless", file=sys.stderr)


def run_once(command):
    """One run: its line as a dict, with the cores that other processes used meanwhile."""
    before, start = busy_seconds(), time.monotonic()
    own = os.times()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    end = os.times()
    used = end.children_user + end.children_system - own.children_user - own.children_system
    row = json.loads(done.stdout.strip().splitlines()[-1])
    foreign = (busy_seconds() - before - used) / (time.monotonic() - start)
    row["foreign_cores"] = round(max(0.0, foreign), 3)
    return row


def run_quietly(command, attempts, patience):
    """The first undisturbed run, or the least disturbed of all attempts."""
    rows = []
    for _ in range(attempts):
        wait_for_quiet(patience)
        rows.append(run_once(command))
        if rows[-1]["foreign_cores"] <= FOREIGN_LIMIT:
            break
    return min(rows, key=lambda row: row["foreign_cores"])


def raise_priority(nice):
    """Gives this process and what it starts another priority. Linux shares processors among sessions first and
    among the processes of a session then, so that the session needs it as well."""
    if os.getsid(0) != os.getpid():
        if os.fork():  # the leader of a process group cannot begin a session, its child can
            os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
        os.setsid()
    os.nice(nice)
    autogroup = Path("/proc/self/autogroup")
    if autogroup.exists():
        autogroup.write_text(str(nice), encoding="ascii")


# ---- cases ---------------------------------------------------------------------------------------

def commands(options, group, threads):
    """What a round runs: a name for the row's side, and the command."""
    workload, program, theirs, cases = group
    common = ["--threads", str(threads), "--seconds", str(options.seconds)]
    for case, ours in cases.items():
        command = [str(options.build / "bench" / program), *common, *ours]
        yield case, command
        if options.exact:
            yield f"{case}, exact", ["env", "CORNU_EXACT=1", *command]
    if options.peers:
        yield "peer", [options.python, str(options.peers), "--workload", workload, *common, *theirs]


def run_group(options, group, threads, output):
    """Rows of the cases and of the other side, round by round."""
    rows = {}
    for _ in range(options.rounds):
        for side, command in commands(options, group, threads):
            row = run_quietly(command, options.attempts, options.patience)
            row["case"] = side
            print(json.dumps(row), file=output, flush=True)
            rows.setdefault(side, []).append(row)
    return rows


def median_of(rows, key):
    return statistics.median(row[key] for row in rows)


def drift(rows):
    """How far apart the rates of the rounds lie, relative to their median."""
    rates = [row["steps_per_s"] for row in rows]
    return (max(rates) - min(rates)) / statistics.median(rates)


def table_line(workload, case, threads, ours, theirs):
    rate = median_of(ours, "steps_per_s")
    cells = [workload, case, str(threads), f"{rate:.4g}"]
    if theirs:
        other = median_of(theirs, "steps_per_s")
        cells += [f"{other:.4g}", f"{rate / other:.2f}"]
    else:
        cells += ["", ""]
    both = [rows for rows in (ours, theirs) if rows]
    cells.append(" / ".join(f"{median_of(rows, 'peak_rss_mb'):.0f}" for rows in both))
    cells.append(" / ".join(f"{100 * drift(rows):.0f} %" for rows in both))
    cells.append(f"{max(row['foreign_cores'] for rows in both for row in rows):.2f}")
    return "| " + " | ".join(cells) + " |"


def main():
    options = parse()
    if options.nice:
        raise_priority(options.nice)
    output = options.json.open("a", encoding="utf-8") if options.json else sys.stdout
    lines = []
    for group in GROUPS:
        if options.workloads and group[0] not in options.workloads:
            continue
        for threads in options.threads:
            rows = run_group(options, group, threads, output)
            theirs = rows.pop("peer", None)
            for case, ours in rows.items():
                usual = rows.get(case.removesuffix(", exact"))
                if usual is not ours:
                    slower = 1 - median_of(ours, "steps_per_s") / median_of(usual, "steps_per_s")
                    case += f": {100 * slower:.0f} % slower"
                lines.append(table_line(group[0], case, threads, ours, theirs))
                print(lines[-1], file=sys.stderr, flush=True)
    print("| | case | threads | cornu steps/s | PyTorch steps/s | ratio | MB | drift | foreign cores |")
    print("|---|---|---|---|---|---|---|---|---|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
