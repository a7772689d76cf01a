"""The measures of the delivery trace. Where Go's own benchmark is the measure, its rows are read from what it prints."""
import collections
import os
import select
import subprocess
import time

import lab
import term
from measures import Row

FRAME = 1000 / 60  # what a frame may take, in ms
TARGET = "bob@fuji.test"


def benched(package, pattern, turns, runs):
    """Runs benchmarks; gives what each measured, by its name without the number of cores, and by unit."""
    argv = ["go", "test", "-run", "^$", "-bench", pattern, "-benchtime", turns, "-count", str(runs), package]
    out = subprocess.run(argv, cwd=lab.ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in out.splitlines():
        words = line.split()
        if words and words[0].startswith("Benchmark"):
            name = words[0].removeprefix("Benchmark").rsplit("-", 1)[0]
            for value, unit in zip(words[2::2], words[3::2]):
                found[name][unit].append(float(value))
    if not found:
        raise RuntimeError("no benchmark %s in %s:\n%s" % (pattern, package, out))
    return found


def milliseconds(found):
    return [ns / 1e6 for ns in found["ns/op"]]


def healthy(l, runs):
    """A whole trace in the sandbox, without and with a distance. The sandbox's servers count the round trips."""
    found = benched("./diag/delivery", "BenchmarkHealthy|BenchmarkAtADistance", "10x", runs)
    rows = [Row("Trace of a healthy domain in the sandbox", milliseconds(found["Healthy"]), "ms", 50)]
    for name in sorted(n for n in found if n.startswith("AtADistance/")):
        to = found[name]
        rows.append(Row("the same at 20 ms, %s: times its critical path" % name.split("/")[1], to["x-critical-path"], "", 1.3,
                        note="%.0f ms; %.1f dependent round trips, counted by the servers" % (milliseconds(to)[0], to["round-trips/op"][0])))
    return rows


def first_line(l, runs):
    """From exec to the first octet drawn, joined to a running small Internet: at a terminal, and into a pipe."""
    server, _, _ = l.serve(l.path("traced"))
    argv = [l.binary, "--sandbox=" + l.path("traced", "world.json"), "trace", TARGET]
    drawn, printed = [], []
    for _ in range(max(runs, 9)):
        t = term.Terminal(argv, l.home())
        while not t.text().strip():
            t.pump(1)
        drawn.append((t.last - t.began) * 1e3)
        t.close()
        printed.append(piped(l, argv) * 1e3)
    l.stop(server)
    return [Row("Trace: exec to the first line at a terminal", drawn, "ms", 50), Row("the same into a pipe", printed, "ms", 50)]


def piped(l, argv):
    began = time.perf_counter()
    p = l.start(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=l.home())
    select.select([p.stdout], [], [], 30)
    seconds = time.perf_counter() - began
    if not os.read(p.stdout.fileno(), 65536):
        raise RuntimeError("%s printed nothing" % " ".join(argv))
    p.stdout.close()
    l.stop(p)
    return seconds


def scrolling(l, runs):
    """One key, and a hundred new events, in a run of 10,000."""
    found = benched("./ui/tracer", "BenchmarkScroll|BenchmarkGrow", "200x", runs)
    return [Row("Run of 10,000 events: a key to the frame it causes", milliseconds(found["Scroll"]), "ms", FRAME),
            Row("the same while 100 more come", milliseconds(found["Grow"]), "ms", FRAME)]


def domains(l, runs):
    """The MX records of 10,000 domains, from the root down."""
    found = benched("./protocols/dns", "BenchmarkTenThousandDomains", "1x", min(runs, 3))
    rows = []
    for name, units in found.items():
        kind = name.split("/")[-1].replace("_", " ")
        rows.append(Row("MX of 10,000 domains, %s" % kind, units["domains/s"], "/s", 5000 if kind == "unsigned" else None, over=True,
                        note="%.0f for each core" % units["domains/cpu-s"][0]))
    return rows


ALL = [healthy, first_line, scrolling, domains]
