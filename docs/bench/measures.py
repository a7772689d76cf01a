"""The measures: each takes the lab and gives rows for the table. Medians, with the smallest and largest beside them."""
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time

import lab
import term

KEYS = 300  # of each kind; their 99th percentile is the third largest
ROWS = 100_000
SERVER_ROW = "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE SUBJECT FROM SENDER REPLY-TO TO CC BCC " \
    "MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE CONTENT-DISPOSITION)]"


class Row:
    """One line of the table. limit is what the value must stay below (above with over)."""

    def __init__(self, what, values, unit, limit=None, over=False, note=""):
        self.what, self.unit, self.limit, self.over, self.note = what, unit, limit, over, note
        self.values = values if isinstance(values, list) else [values]
        self.value = statistics.median(self.values)

    def met(self):
        if self.limit is None:
            return None
        return self.value >= self.limit if self.over else self.value <= self.limit

    def cells(self):
        spread = "%s..%s" % (number(min(self.values)), number(max(self.values))) if len(self.values) > 1 else ""
        goal = "" if self.limit is None else ("at least " if self.over else "at most ") + number(self.limit)
        verdict = {None: "", True: "met", False: "**missed**"}[self.met()]
        return [self.what, goal, "%s %s" % (number(self.value), self.unit), spread, str(len(self.values)), verdict, self.note]


def number(v):
    return "{:,.0f}".format(v) if abs(v) >= 100 or v == int(v) else "%.1f" % v if abs(v) >= 10 else "%.2f" % v


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(p * len(values)))]


def world(l):
    """A small Internet with a mailbox of 100,000 messages, and a store that is in step with it; made once."""
    if not hasattr(l, "world"):
        server, _, _ = l.serve(l.path("world"), ROWS)
        l.world = "--sandbox=" + l.path("world", "world.json")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds, _ = l.todoku(l.world, "list", "-n", "1")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        l.first_sync = seconds, after.ru_utime - before.ru_utime
        l.newest = newest(l)
    return l.world


def newest(l):
    """How the first row of the list begins: its sender, cut as a narrow column may cut it."""
    _, out = l.todoku(l.world, "list", "--offline", "-n", "1")
    return re.split(r"\s{2,}", out.decode().strip())[3 if "  N" in out.decode() else 2][:4]


def sandbox_start(l, runs):
    """From exec to the ready line, in a new folder each time."""
    times, seeded = [], l.path("fresh")
    for _ in range(9):
        shutil.rmtree(seeded, ignore_errors=True)
        server, seconds, _ = l.serve(seeded)
        times.append(seconds * 1e3)
        l.stop(server)
    return [Row("Sandbox: exec to ready line, new folder", times, "ms", 50)]


def accepted(l, runs):
    """20,000 messages of 5 KiB over 50 connections to the port-25 side, each durable and indexed before its 250."""
    rates = []
    for _ in range(min(runs, 3)):
        folder = l.path("ingest")
        shutil.rmtree(folder, ignore_errors=True)
        server, _, ready = l.serve(folder)
        smtp = next(h["smtp"] for h in ready["hosts"] if h.get("smtp") and "fuji" in h["name"])
        n, _, seconds = raw(l, "smtp", smtp, "bob@fuji.test", "50", "400", "5120")
        rates.append(n / seconds)
        l.stop(server)
    return [Row("Sandbox: messages accepted durably, 50 connections", rates, "/s", 5000, over=True)]


def raw(l, *args):
    out = subprocess.run([l.raw, *args], stdout=subprocess.PIPE, check=True, timeout=300).stdout.split()
    return int(out[0]), int(out[1]), float(out[2])


def first_frame(l, runs):
    argv = [l.binary, world(l)]
    times = []
    for _ in range(max(runs, 9)):
        t = term.Terminal(argv, l.home())
        times.append(t.until(l.newest) * 1e3)
        t.close()
    return [Row("First frame with rows, store of 100,000", times, "ms", 100)]


def keys(l, runs):
    """Keys at random times over the 100,000 rows; then nothing for half a minute; then top to end by pages."""
    t = term.Terminal([l.binary, japanese(l)[0]] + japanese(l)[1:], l.home())
    t.until("NEWEST")
    t.quiet(3, 180)
    rows = pressed(t, "cursor down", b"j", 8, 14) + pressed(t, "page down", b"\x1b[6~", 8, 14)
    t.quiet(2)
    rows.append(Row("Idle screen, 30 s", t.idle(30), "octets", 0))
    t.press(b"g")
    began = time.perf_counter()
    for _ in range(ROWS // 35 + 2):
        t.idle(.004)
        os.write(t.fd, b"\x1b[6~")
    t.quiet(.5)
    note = "%d pages in %.1f s" % (ROWS // 35 + 2, time.perf_counter() - began)
    rows.append(Row("Memory (VmHWM) after paging 100,000 top to end", t.memory(), "MB", 120, note=note))
    t.close()
    return rows + neomutt(l)


def pressed(t, what, key, p50=None, p99=None):
    chance = random.Random(7)
    got = []
    for _ in range(KEYS):
        t.idle(chance.uniform(.01, .07))
        got.append(t.press(key))
    frames, octets = [g[0] * 1e3 for g in got], [g[2] for g in got]
    late = sum(1 for g in got if g[1] - g[0] > .004)
    note = "%d octets a key; %d of %d keys drew a second frame" % (statistics.median(octets), late, KEYS)
    return [Row("Key to last octet, %s: p50" % what, percentile(frames, .5), "ms", p50, note=note),
            Row("Key to last octet, %s: p99" % what, percentile(frames, .99), "ms", p99, note="largest %.1f ms" % max(frames))]


def japanese(l):
    """Settings for an account of 100,000 Japanese messages on Dovecot, its store in step; made once."""
    if not hasattr(l, "japanese"):
        l.mailbox("ja100k", ROWS, japanese=True)
        config = l.account("ja100k", "imap", "japanese")
        l.japanese = ["--config", config]
        l.todoku(*l.japanese, "list", "-n", "1", timeout=600)
    return l.japanese


def neomutt(l):
    """The same keys in neomutt, headers cached, for comparison."""
    if not shutil.which("neomutt"):
        return []
    port = l.dovecot()["imap"]
    with open(l.path("neomuttrc"), "w") as f:
        f.write("set imap_user=ja100k\nset imap_pass=%s\nset folder=imap://127.0.0.1:%d\nset spoolfile=+INBOX\nset ssl_starttls=no\n"
                "set ssl_force_tls=no\nset header_cache=%s\nset sort=reverse-date\nset mail_check=600\nset timeout=600\n"
                "set record=\nset postponed=\n" % (lab.PASSWORD, port, l.path("neomutt-cache")))
    argv = ["neomutt", "-n", "-F", l.path("neomuttrc")]
    for _ in range(2):  # the first fills its cache
        t = term.Terminal(argv, l.home())
        t.until("NEWEST", 120)
        t.quiet(1)
        if _ == 0:
            os.write(t.fd, b"x")
            t.drain()
    rows = pressed(t, "cursor down, neomutt", b"j") + pressed(t, "page down, neomutt", b"\x1b[6~")
    rows.append(Row("Memory (VmHWM), neomutt", t.memory(), "MB"))
    t.close()
    return rows


def new_folder(l, runs):
    """From exec of the interface to the newest subject, with an empty store: connect, log in, SELECT, FETCH, store, draw."""
    l.mailbox("ja100k", ROWS, japanese=True)
    warm(l, "ja100k")
    times = []
    for _ in range(max(runs, 7)):
        t = term.Terminal([l.binary, "--config", l.account("ja100k", "imap", "fresh")], l.home())
        times.append(t.until("NEWEST") * 1e3)
        t.close()
        time.sleep(1)  # the server has still to notice that nobody reads the rest
    return [Row("First screenful of a folder never seen, 100,000 on Dovecot", times, "ms", 300, note="from exec, with login")]


def warm(l, user):
    """Lets the server read every header once, as it has done long before in life."""
    raw(l, "imap", "127.0.0.1:%d" % l.ports["imap"], user, lab.PASSWORD, SERVER_ROW)


def envelopes(l, runs):
    """A first sync of 10,000 messages: the whole process, to the line that says it is done."""
    l.mailbox("box10k", 10_000)
    warm(l, "box10k")
    server = ["imap", "127.0.0.1:%d" % l.ports["imap"], "box10k", lab.PASSWORD, SERVER_ROW]
    ours, bare = [], []
    for _ in range(max(runs, 5)):
        ours.append(first_sync(l, "box10k", "imap")[0])
        bare.append(raw(l, *server)[2])
    return [Row("10,000 envelopes of a folder on Dovecot, in the store", ours, "s", 1.0, note="from exec, with login"),
            Row("the same octets read and dropped (rawmail)", bare, "s")]


def first_sync(l, user, protocol):
    """Seconds from exec to the line that says that all is stored, and the client's processor time up to it."""
    config = l.account(user, protocol, "sync")
    began = time.perf_counter()
    p = l.start([l.binary, "--config", config, "sync"], stdout=subprocess.PIPE, env=l.home())
    line = p.stdout.readline()
    seconds, worked = time.perf_counter() - began, lab.processor_time(p.pid)
    if b"10000 new" not in line:
        raise RuntimeError("sync said %r" % line)
    l.stop(p)  # what follows makes texts searchable; the next run begins with an empty store
    return seconds, worked


def pop3(l, runs):
    """A first POP3 sync, in turn with a reader that keeps nothing."""
    l.mailbox("pop10k", 10_000, size=5120)
    server = ["pop3", "127.0.0.1:%d" % l.dovecot()["pop3"], "pop10k", lab.PASSWORD]
    raw(l, *server)
    ours, bare, ratios, work = [], [], [], []
    for _ in range(max(runs, 7)):
        began = time.perf_counter()  # both from exec
        n = raw(l, *server)[0]
        bare.append(n / (time.perf_counter() - began))
        seconds, worked = first_sync(l, "pop10k", "pop3")
        ours.append(10_000 / seconds)
        work.append(worked)
        ratios.append(ours[-1] / bare[-1])
    return [Row("POP3, 10,000 of 5 KiB, durable in the store", ours, "/s", note="from exec, with login"),
            Row("its processor time, system calls with it", work, "s"),
            Row("the same read and dropped, 64 RETR in flight (rawmail)", bare, "/s"),
            Row("ratio of the two, run in turn", ratios, "", 0.5, over=True)]


def extras(l, runs):
    size = os.path.getsize(l.binary) / 1e6
    rows = [Row("Binary, stripped", size, "MB"), Row("List of 50 from a store of 100,000 (list --offline)", listing(l, runs), "ms")]
    world(l)
    rows.append(Row("First sync of 100,000 from the sandbox", l.first_sync[0], "s", note="%.1f s of the client's processor time" % l.first_sync[1]))
    return rows


def listing(l, runs):
    world(l)
    return [l.todoku(l.world, "list", "--offline")[0] * 1e3 for _ in range(max(runs, 9))]


ALL = [sandbox_start, accepted, first_frame, extras, new_folder, envelopes, pop3, keys]
FOREIGN = [new_folder, envelopes, pop3, keys]  # need Dovecot


def say(text):
    print(text, file=sys.stderr, flush=True)
