"""What the benchmarks stand on: one temporary folder, processes ended by their id, a private Dovecot, todoku's own worlds."""
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import genmail

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PASSWORD = "pw"

DOVECOT = """
base_dir = {dir}/run
state_dir = {dir}/run
log_path = {dir}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_uid = nobody
mail_gid = nogroup
mail_home = {dir}/mail/%u
mail_location = maildir:~/Maildir:INDEX=~/index:CONTROL=~/control
mail_max_userip_connections = 100
maildir_very_dirty_syncs = yes
pop3_no_flag_updates = yes
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={dir}/mail/%u
}}
service imap-login {{
  process_min_avail = 2
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  process_min_avail = 2
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
namespace inbox {{
  inbox = yes
}}
"""

CONFIG = """
store = "{store}"
[[account]]
name = "bench"
address = "{user}@lab.example"
[account.{protocol}]
host = "127.0.0.1"
port = {port}
tls = "none"
user = "{user}"
[account.secret]
password = "{password}"
"""


class Lab:
    """Everything lives below one folder and ends with it."""

    def __init__(self, keep=None):
        self.keep = keep
        self.dir = keep or tempfile.mkdtemp(prefix="todoku-bench-")
        os.makedirs(self.dir, exist_ok=True)
        os.chmod(self.dir, 0o755)  # Dovecot's workers must come in
        self.binary = os.path.join(self.dir, "todoku")
        self.raw = os.path.join(self.dir, "rawmail")
        self.running = []
        self.ports = None

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def build(self, binary=None):
        env = dict(os.environ, CGO_ENABLED="0")
        self.binary = binary or self.binary
        for out, package in ([] if binary else [(self.binary, ".")]) + [(self.raw, "./docs/bench/rawmail")]:
            subprocess.run(["go", "build", "-ldflags=-s -w", "-o", out, package], cwd=ROOT, env=env, check=True)

    def start(self, argv, **more):
        p = subprocess.Popen(argv, **more)
        self.running.append(p)
        return p

    def stop(self, p):
        if p.poll() is None:
            p.send_signal(signal.SIGTERM)
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        if p in self.running:
            self.running.remove(p)

    def close(self):
        for p in list(self.running):
            self.stop(p)
        if not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)

    def todoku(self, *args, timeout=300):
        """Runs a verb to its end: seconds, and what it printed."""
        began = time.perf_counter()
        out = subprocess.run([self.binary, *args], stdout=subprocess.PIPE, check=True, timeout=timeout, env=self.home()).stdout
        return time.perf_counter() - began, out

    def home(self):
        return dict(os.environ, HOME=self.path("home"), XDG_CONFIG_HOME=self.path("home"), LC_ALL="C.UTF-8")

    def serve(self, data, messages=None):
        """Starts a small Internet: the process, seconds to the ready line, and what that says."""
        argv = [self.binary, "serve", "--json", "--data", data]
        if messages:
            argv += ["--seed-messages", str(messages)]
        began = time.perf_counter()
        p = self.start(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = p.stdout.readline()
        return p, time.perf_counter() - began, json.loads(line)

    def no_dovecot(self):
        """Why Dovecot cannot be used, or ""."""
        if not shutil.which("dovecot"):
            return "dovecot is not installed (Debian: dovecot-imapd dovecot-pop3d)"
        return "" if os.geteuid() == 0 else "dovecot must be started by root"

    def dovecot(self):
        """Starts the private Dovecot once. Users are the folders below mail/."""
        if self.ports:
            return self.ports
        os.makedirs(self.path("run"), exist_ok=True)
        self.ports = {"imap": free_port(), "pop3": free_port()}
        with open(self.path("dovecot.conf"), "w") as f:
            f.write(DOVECOT.format(dir=self.dir, password=PASSWORD, **self.ports))
        self.start(["dovecot", "-F", "-c", self.path("dovecot.conf")], stderr=subprocess.DEVNULL)
        for port in self.ports.values():
            wait_for(port)
        return self.ports

    def mailbox(self, user, count, **kind):
        """Makes a user's Maildir once and warms the server's index by one pass over it."""
        made = self.path("mail", user, "made")
        if not os.path.exists(made):
            genmail.generate(count, self.path("mail", user, "Maildir"), **kind)
            for folder, _, files in os.walk(self.path("mail", user)):
                for name in [folder] + [os.path.join(folder, f) for f in files]:
                    shutil.chown(name, "nobody", "nogroup")
            open(made, "w").close()
        self.dovecot()
        return user

    def account(self, user, protocol, name):
        """Writes settings with an empty store of their own; gives the path of both."""
        store, config = self.path(name + ".db"), self.path(name + ".toml")
        self.forget(name)
        with open(config, "w") as f:
            f.write(CONFIG.format(store=store, user=user, protocol=protocol, port=self.ports[protocol], password=PASSWORD))
        os.chmod(config, 0o600)
        return config

    def forget(self, name):
        for f in os.listdir(self.dir):
            if f.startswith(name + ".db"):
                os.remove(self.path(f))


def processor_time(pid):
    """Seconds that the threads of a running process worked; those that ended are not counted."""
    nanoseconds = 0
    for task in glob.glob("/proc/%d/task/*/schedstat" % pid):
        with open(task) as f:
            nanoseconds += int(f.read().split()[0])
    return nanoseconds / 1e9


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, seconds=20):
    limit = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > limit:
                raise
            time.sleep(.05)
