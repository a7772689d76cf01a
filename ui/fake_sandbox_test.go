package ui

import (
	"context"
	"fmt"
	"time"

	"todoku/internal/trace"
	"todoku/session"
)

// box is a small Internet as the fake plays it.
type box struct {
	session.SandboxStatus
	why error // it cannot be changed from here
}

// noBox is what a session without a small Internet says.
func noBox() error { return &session.Error{Code: "sandbox.none"} }

func smallBox() *box {
	host := func(name, address string, port int) session.ReadyHost {
		return session.ReadyHost{Name: name, Address: address, SMTP: fmt.Sprintf("127.0.0.1:%d", port)}
	}
	mailHost := host("mail.sakura.test", "192.0.2.10", 2525)
	mailHost.Submission, mailHost.IMAPS = "127.0.0.1:2587", "127.0.0.1:2993"
	b := &box{SandboxStatus: session.SandboxStatus{CAFile: "/tmp/todoku-1/ca.pem", Now: fixedNow(),
		Hosts: []session.ReadyHost{mailHost, host("mx1.tsuru.test", "192.0.2.31", 2527),
			{Name: "ns1.tsuru.test", Address: "192.0.2.53", DNS: "127.0.0.1:2053"}, host("mx1.fuji.test", "192.0.2.20", 2529)}}}
	user := func(address, password string, messages int, seen time.Time, by string) {
		b.Users = append(b.Users, session.SandboxUser{ReadyUser: session.ReadyUser{Address: address, Password: password}, Messages: messages,
			LastSeen: seen, LastBy: by})
	}
	user("alice@sakura.test", "apple", 1284, fixedNow(), "imap")
	user("bob@fuji.test", "banana", 41, fixedNow().Add(-2*time.Minute), "pop3")
	user("hanako@tsuru.test", "citron", 212, time.Time{}, "")
	b.Queue = []session.QueueEntry{
		{ID: "7F3A2", Host: "mail.sakura.test", From: "alice@sakura.test", To: "hanako@tsuru.test", Size: 1893, Accepted: fixedNow().Add(-time.Minute),
			Next: fixedNow().Add(5 * time.Minute), Attempts: 1, Last: "451 4.7.1 Greylisted, come back later"},
		{ID: "7F3A6", Host: "mail.sakura.test", From: "alice@sakura.test", To: "carol@tsuru.test", Size: 812, Accepted: fixedNow(),
			Next: fixedNow(), Attempts: 1, Doing: "RCPT on mx2.tsuru.test"}}
	b.Faults = []session.SandboxFault{
		{ID: "smtp.greylist", Title: "451 4.7.1 for 300 s: greylisting by host, sender and recipient", To: "bob@fuji.test", On: true, Hits: 2, Hosts: []string{"mx1.fuji.test"}},
		{ID: "slow", On: false, Hosts: []string{"mx1.tsuru.test"}}}
	return b
}

// joinedBox is another program's, of which only hosts and users are known.
func joinedBox() *box {
	b := smallBox()
	return &box{SandboxStatus: session.SandboxStatus{CAFile: b.CAFile, Hosts: b.Hosts, Users: b.Users},
		why: &session.Error{Code: "sandbox.joined", Args: map[string]string{"path": "/tmp/todoku-1/world.json"}}}
}

func evilBox() *box {
	b := smallBox()
	b.CAFile = evil
	for i := range b.Hosts {
		b.Hosts[i].Name, b.Hosts[i].Address = evil, evil
	}
	for i := range b.Users {
		b.Users[i].Address, b.Users[i].Password, b.Users[i].LastBy = evil+"@"+evil, evil, evil
	}
	for i := range b.Queue {
		b.Queue[i].ID, b.Queue[i].Host, b.Queue[i].From, b.Queue[i].To, b.Queue[i].Last = evil, evil, evil, evil, evil
	}
	b.Queue[1].Doing = evil
	b.Faults[1] = session.SandboxFault{ID: evil, To: evil, On: true, Hits: 1, Hosts: []string{evil, evil}}
	return b
}

func (f *fake) Sandbox(context.Context) (session.SandboxStatus, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.box == nil {
		return session.SandboxStatus{}, noBox()
	}
	status := f.box.SandboxStatus
	status.Faults = append([]session.SandboxFault(nil), status.Faults...)
	return status, f.box.why
}

func (f *fake) SwitchFault(id string, on bool) error {
	f.note("switch %s %v", id, on)
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.box.Faults {
		if f.box.Faults[i].ID == id {
			f.box.Faults[i].On = on
			return nil
		}
	}
	return session.NoSuchFault(id, nil)
}

func (f *fake) AddFault(id string) error {
	f.note("add %s", id)
	for _, c := range session.FaultCases() {
		if c.ID == id {
			f.mu.Lock()
			f.box.Faults = append(f.box.Faults, session.SandboxFault{ID: id, Title: c.Title, To: c.To, On: true, Hosts: []string{"ns1.tsuru.test"}})
			f.mu.Unlock()
			return nil
		}
	}
	return session.NoSuchFault(id, nil)
}

func (f *fake) Advance(d time.Duration) (time.Time, error) {
	f.note("advance %v", d)
	f.box.Now, f.box.Ahead = f.box.Now.Add(d), f.box.Ahead+d
	return f.box.Now, nil
}

func (f *fake) RetryNow(_ context.Context, id string) error {
	f.note("retry %s", id)
	return nil
}

func (f *fake) SameFault(found trace.Finding) (string, bool) {
	if f.box == nil || f.box.why != nil {
		return "", false
	}
	id, ok := map[string]string{"trace.greylisted": "smtp.greylist", "trace.refused.nobody": "smtp.no-such-user", "trace.dns.lame": "dns.lame"}[found.Code]
	return id, ok
}

func sandboxScenes() []scene {
	in := func(b func() *box) func(*fake) { return func(f *fake) { f.box = b() } }
	return []scene{
		{name: "sandbox-filled", prepare: in(smallBox), act: keysOf("S")},
		{name: "sandbox-queue-empty", prepare: func(f *fake) { f.box = smallBox(); f.box.Queue, f.box.Faults = nil, nil }, act: keysOf("S", "tab", "tab")},
		{name: "sandbox-fault-on", prepare: in(smallBox), act: keysOf("S", "tab", "tab", "tab", "j", "space")},
		{name: "sandbox-add", prepare: in(smallBox), act: func(b *bench) { b.press("S", "+"); b.typed("lame") }},
		{name: "sandbox-host", prepare: in(smallBox), act: keysOf("S", "enter")},
		{name: "sandbox-message", prepare: in(smallBox), act: keysOf("S", "tab", "tab", "enter")},
		{name: "sandbox-fault", prepare: in(smallBox), act: keysOf("S", "tab", "tab", "tab", "enter")},
		{name: "sandbox-same", prepare: in(smallBox), act: keysOf("t", "S")},
		{name: "sandbox-joined", prepare: in(joinedBox), act: keysOf("S", "tab", "tab", "tab")},
		{name: "sandbox-none", act: keysOf("S")},
	}
}
