#!/usr/bin/env python3
"""Write a Maildir that is the same every time: genmail.py COUNT MAILDIR [--size OCTETS] [--japanese] [--seed N]

Without --size the text has about 1.5 KB; with it every message has about OCTETS on the wire. Threads up to 20 deep, three
to seven Received fields, a signature, subjects in ASCII, UTF-8 and ISO-2022-JP (with --japanese never ASCII). The newest
subject holds NEWESTMARK.
"""
import argparse
import base64
import hashlib
import os
import random
import time
from email.header import Header
from multiprocessing import Pool

EPOCH = 1_700_000_000
WORDS = ("the delivery report shows relay queue mail server deferred because policy domain record lookup answer time retry "
         "message header trace route local remote bounce accepted host address user folder flags index thread reply "
         "forward meeting agenda budget review draft figures team release build test window patch notes call").split()
JAPANESE = ("配送経路の確認をお願いします。先日の会議の議事録を添付いたします。サーバーの移行作業は予定通り完了しました。"
            "ご確認のほどよろしくお願いいたします。メールが届かない件について調査しています。請求書をお送りします。"
            "お世話になっております。来週の打ち合わせの日程を調整させてください。")
NAMES = ["Alice Carter", "Bob Ng", "Chiara Rossi", "Élodie Martin", "Gabriel Núñez", "Jürgen Groß", "Kate O'Neil",
         "山田 太郎", "佐藤 花子", "鈴木 一郎", "高橋 美咲", "田中 健"]
PLAIN, UTF8, JIS = range(3)


def parent(i, seed):
    """The message that i answers, or -1: a function of i alone, so that parts can be made side by side."""
    r = random.Random(seed * 1_000_003 + i * 7919)
    if i == 0 or r.random() < 0.45:
        return -1
    return max(0, i - 1 - int(r.expovariate(1 / 40)))


def message_id(i):
    return "<%s.%d@lab.example>" % (hashlib.md5(b"%d" % i).hexdigest()[:16], i)


def encoded(s, how):
    if s.isascii():
        return s
    return Header(s, "iso-2022-jp" if how == JIS else "utf-8", maxlinelen=70).encode()


def text(r, octets, japanese):
    lines, size = [], 0
    while size < octets:
        if japanese:
            k = r.randrange(len(JAPANESE) - 40)
            line = JAPANESE[k:k + r.randrange(18, 30)]
        else:
            line = " ".join(r.choices(WORDS, k=r.randrange(7, 12)))
        lines.append(("> " if r.random() < .12 else "") + line)
        size += len(lines[-1].encode()) + 2
    return "\n".join(lines) + "\n"


def trace(r, date):
    fields = []
    for hop in range(r.randrange(3, 8)):
        stamp = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(date - hop * 3))
        fields.append("Received: from mx%d.hop.example (mx%d.hop.example [192.0.2.%d])\n\tby relay%d.lab.example with ESMTPS id "
                      "%010X\n\tfor <user@lab.example>; %s" % (hop, hop, r.randrange(1, 255), hop, r.getrandbits(40), stamp))
    fields.append("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=lab.example; s=s1;\n\th=from:to:subject:date; bh=%s;\n\tb=%s"
                  % (base64.b64encode(r.randbytes(32)).decode(), base64.b64encode(r.randbytes(96)).decode()))
    return fields


def thread(i, seed):
    chain, p = [], parent(i, seed)
    while p >= 0 and len(chain) < 20:
        chain.append(p)
        p = parent(p, seed)
    return chain


def subject(i, count, seed, root, answers, japanese):
    if i == count - 1:
        return "NEWESTMARK #%07d" % i, PLAIN
    r = random.Random(seed * 31 + root)
    how = r.choices([PLAIN, UTF8, JIS], [0 if japanese else 60, 20, 20])[0]
    words = " ".join(r.choices(WORDS, k=5)) if how == PLAIN else JAPANESE[(k := r.randrange(len(JAPANESE) - 30)):k + 16]
    return ("Re: " if answers else "") + words + " #%07d" % i, how


def build(i, count, o):
    r = random.Random(o.seed * 7_368_787 + i)
    date = EPOCH + i * 300 + r.randrange(200)
    chain = thread(i, o.seed)
    words, how = subject(i, count, o.seed, chain[-1] if chain else i, bool(chain), o.japanese)
    who = r.randrange(7, len(NAMES)) if o.japanese else r.randrange(len(NAMES))
    fields = trace(r, date) + [
        "Message-ID: " + message_id(i),
        "Date: " + time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(date)),
        "From: %s <user%d@lab.example>" % (encoded(NAMES[who], JIS if who >= 7 else UTF8), who),
        "To: <user@lab.example>",
        "Subject: " + encoded(words, how),
    ]
    if chain:
        fields += ["In-Reply-To: " + message_id(chain[0]), "References: " + "\n\t".join(message_id(c) for c in reversed(chain))]
    charset = "iso-2022-jp" if how == JIS else "utf-8"
    fields += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=" + charset,
               "Content-Transfer-Encoding: " + ("7bit" if how == JIS else "8bit")]
    head = "\n".join(fields).encode() + b"\n\n"
    room = o.size - len(head) - head.count(b"\n") if o.size else int(min(20_000, r.lognormvariate(7.1, .6)))
    return date, head + text(r, max(room, 80), how != PLAIN).encode(charset, "replace")


def write(job):
    low, high, count, folder, o = job
    for i in range(low, high):
        date, m = build(i, count, o)
        flags = "" if i % 9 == 0 or i >= count - 30 else ("RS" if i % 11 == 0 else "S")
        name = "%s/cur/%d.M%dP1.lab,S=%d,W=%d:2,%s" % (folder, date, i, len(m), len(m) + m.count(b"\n"), flags)
        with open(name, "wb") as f:
            f.write(m)
        os.utime(name, (date, date))


def generate(count, folder, size=0, japanese=False, seed=1):
    o = argparse.Namespace(size=size, japanese=japanese, seed=seed)
    for sub in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(folder, sub), exist_ok=True)
    with Pool() as p:
        p.map(write, [(low, min(count, low + 500), count, folder, o) for low in range(0, count, 500)], 1)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("count", type=int)
    p.add_argument("maildir")
    p.add_argument("--size", type=int, default=0)
    p.add_argument("--japanese", action="store_true")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    generate(a.count, a.maildir, a.size, a.japanese, a.seed)


if __name__ == "__main__":
    main()
