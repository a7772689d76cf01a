"""A terminal of 120x40 for one program: it answers what terminals are asked, types keys and times what is drawn."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|[()][A-Z0-9]|[=>78cDEHM])", re.S)
# What a current terminal answers: device attributes, cursor, colours, synchronized output and grapheme clusters.
ANSWERS = [
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[>0?c"), b"\x1b[>1;10;0c"),
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
    (re.compile(rb"\x1b\[5n"), b"\x1b[0n"),
    (re.compile(rb"\x1b\]10;\?(?:\x07|\x1b\\)"), b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\"),
    (re.compile(rb"\x1b\]11;\?(?:\x07|\x1b\\)"), b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
    (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),
    (re.compile(rb"\x1b\[\?2027\$p"), b"\x1b[?2027;2$y"),
]
FRAME_GAP = .004  # a longer pause than this in seconds lies between two frames, not inside one


class Ended(Exception):
    pass


class Terminal:
    def __init__(self, argv, env=None, rows=40, cols=120):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        full = dict(env or os.environ, TERM="xterm-256color", COLORTERM="truecolor", LC_ALL="C.UTF-8")
        for name in ("TMUX", "LINES", "COLUMNS"):
            full.pop(name, None)
        self.began = time.perf_counter()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.login_tty(slave)
                os.execvpe(argv[0], argv, full)
            finally:
                os._exit(127)
        os.close(slave)
        self.fd = master
        self.raw = bytearray()
        self.answered = 0
        self.last = self.began  # when output came last

    def pump(self, wait):
        """Takes what comes within wait seconds; False if nothing does."""
        ready, _, _ = select.select([self.fd], [], [], max(wait, 0))
        if not ready:
            return False
        now = time.perf_counter()
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        if not data:
            raise Ended(self.text()[-600:])
        self.raw += data
        self.last = now
        if b"\x1b" in data:
            self.answer()
        return True

    def answer(self):
        tail = bytes(self.raw[self.answered:])
        end = 0
        for question, reply in ANSWERS:
            for m in question.finditer(tail):
                os.write(self.fd, reply)
                end = max(end, m.end())
        self.answered += max(end, len(tail) - 16)

    def text(self, start=0):
        return ESCAPE.sub(b"", bytes(self.raw[start:])).decode("utf-8", "replace")

    def until(self, word, timeout=30, start=0):
        """Waits until word is drawn; gives the seconds since exec."""
        limit = time.perf_counter() + timeout
        while word not in self.text(max(start, len(self.raw) - 65536)):
            if time.perf_counter() > limit:
                raise TimeoutError("%r was not drawn in %d s:\n%s" % (word, timeout, self.text()[-3000:]))
            self.pump(.2)
        return self.last - self.began

    def quiet(self, seconds, timeout=60):
        """Waits until nothing was drawn for some seconds."""
        limit = time.perf_counter() + timeout
        while (left := self.last + seconds - time.perf_counter()) > 0 or self.pump(0):
            if time.perf_counter() > limit:
                raise TimeoutError("it never is quiet")
            self.pump(left)

    def idle(self, seconds):
        """Octets that come within some seconds without a key."""
        n, end = len(self.raw), time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.pump(left)
        return len(self.raw) - n

    def press(self, key, still=.06):
        """Presses a key and waits until the screen is still. Gives the seconds to the last octet of the first frame and
        of everything, and how many octets came."""
        n, pressed = len(self.raw), time.perf_counter()
        os.write(self.fd, key)
        frame = 0
        while time.perf_counter() - pressed < 5:
            before = self.last
            if not self.pump(1 if before < pressed else before + still - time.perf_counter()):
                if before < pressed:
                    continue
                return (frame or before) - pressed, before - pressed, len(self.raw) - n
            if before > pressed and not frame and self.last - before > FRAME_GAP:
                frame = before
        raise TimeoutError("nothing, or no end of it, was drawn after %r" % key)

    def memory(self):
        """The process's highest resident set, in MB."""
        with open("/proc/%d/status" % self.pid) as f:
            return next(int(l.split()[1]) for l in f if l.startswith("VmHWM")) / 1000

    def drain(self, timeout=20):
        """Waits until the program ends by itself."""
        try:
            self.idle(timeout)
        except Ended:
            os.waitpid(self.pid, 0)
            os.close(self.fd)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
