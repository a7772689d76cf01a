package ui

import (
	"context"
	"time"

	"todoku/diag/ladder"
	"todoku/internal/config"
	"todoku/internal/trace"
	"todoku/session"
)

// checkup is an examination as the fake plays it.
type checkup struct {
	breaks *trace.Finding // at TLS of the receiving server
	held   bool           // it waits at the gate in the login
	err    error
}

func (f *fake) Doctor(ctx context.Context, span *trace.Span, o session.DoctorOptions) (ladder.Checkup, error) {
	f.note("doctor %s", o.Account)
	play := f.checkup
	if play == nil {
		play = &checkup{}
	}
	if play.err != nil {
		return ladder.Checkup{}, play.err
	}
	step := func(name, what, code string, ms int, args map[string]string) ladder.Step {
		return ladder.Step{Name: name, What: what, Try: func(ctx context.Context, span *trace.Span) ladder.Outcome {
			found := trace.Finding{Code: code, Level: trace.Pass, Args: args}
			switch {
			case name == "tls" && play.breaks != nil:
				found = *play.breaks
			case name == "login" && play.held:
				f.entered <- "doctor"
				<-ctx.Done()
				found.Level = trace.Fail
			}
			span.Emit(trace.Event{Kind: trace.KindSend, Side: trace.SideClient, Proto: "imap", Conn: "a-b", Data: []byte("P1 " + name + "\r\n")})
			span.Emit(trace.Event{Kind: trace.KindRecv, Side: trace.SideClient, Proto: "imap", Conn: "a-b", Data: []byte("P1 OK done\r\n"), Elapsed: time.Duration(ms) * time.Millisecond})
			return ladder.Outcome{Finding: found}
		}}
	}
	watch := func(name string) func(ladder.Rung) {
		return func(r ladder.Rung) {
			if r.Finding != nil {
				r.Elapsed = time.Duration(r.Number*7) * time.Millisecond
			}
			o.Watch(name, r)
		}
	}
	host := map[string]string{"host": "pop.fuji.test", "addrs": "192.0.2.77", "port": "995", "proto": "POP3", "user": o.Account, "total": "41",
		"families": "IPv4, IPv6", "server": "192.0.2.1:53", "version": "TLS 1.3", "names": "pop.fuji.test", "until": "2027-02-21", "sender": "alice@fuji.test"}
	ground := ladder.Climb(ctx, span, ladder.Both, []ladder.Step{step("line", "IPv4, IPv6", "local.line", 2, host), step("resolver", "192.0.2.1:53", "local.resolver", 3, host)}, watch(ladder.Both))
	way := func(last ...ladder.Step) []ladder.Step {
		return append([]ladder.Step{step("name", "pop.fuji.test", "doctor.name", 21, host), step("tcp", "pop.fuji.test:995", "doctor.tcp", 19, host),
			step("tls", "pop.fuji.test:995", "doctor.tls", 44, host), step("greeting", "pop.fuji.test:995", "doctor.greeting", 4, host),
			step("capabilities", "pop.fuji.test:995", "doctor.capabilities", 4, host), step("login", "alice", "doctor.login", 30, host)}, last...)
	}
	out := ladder.Checkup{Account: o.Account}
	out.Receive = ground.On(ctx, span, ladder.Receive, way(step("mailbox", "pop3", "doctor.mailbox", 5, host)), watch(ladder.Receive))
	sending := *play
	sending.breaks = nil
	play = &sending
	out.Send = ground.On(ctx, span, ladder.Send, way(step("sender", "alice", "doctor.sender", 5, host), step("roundtrip", "alice", "doctor.roundtrip.unasked", 0, host)), watch(ladder.Send))
	return out, ctx.Err()
}

// EditServer changes one line, as the fake's settings have it.
func (f *fake) EditServer(_ context.Context, _ *trace.Span, o session.EditOptions) (session.SettingsChange, error) {
	f.note("edit %s %s host=%s agreed=%s", o.Account, o.Server, o.Host, o.Agreed)
	if o.Agreed != "" {
		f.checkup = nil
	}
	if f.editDone {
		return session.SettingsChange{Path: "~/.config/todoku/config.toml", Plan: "nothing"}, nil
	}
	return session.SettingsChange{Path: "~/.config/todoku/config.toml", Plan: "one line", Lines: []config.EditedLine{
		{Number: 12, Before: "host = \"pop.fuji.test\" # 富士", After: "host = \"" + o.Host + "\" # 富士"}}}, f.editErr
}

// otherCertificate is the certificate of a rental host, whose own name was tried.
func otherCertificate() *trace.Finding {
	return &trace.Finding{Code: "doctor.certificate.use", Level: trace.Fail, Args: map[string]string{"host": "pop.fuji.test", "names": "sv12.rental.test",
		"use": "sv12.rental.test", "proto": "POP3", "step": "4"}}
}

func accountScenes() []scene {
	fuji := func(more ...string) func(*bench) { return keysOf(append([]string{"A", "J"}, more...)...) }
	return []scene{
		{name: "accounts-sound", act: keysOf("A")},
		{name: "accounts-broken", prepare: func(f *fake) { f.checkup = &checkup{breaks: otherCertificate()} }, act: fuji()},
		{name: "accounts-climbing", prepare: func(f *fake) { f.checkup, f.entered = &checkup{held: true}, make(chan string, 9) },
			act: climbing},
		{name: "accounts-proof", prepare: func(f *fake) { f.checkup = &checkup{breaks: otherCertificate()} }, act: fuji("enter")},
		{name: "accounts-remedy", prepare: func(f *fake) { f.checkup = &checkup{breaks: otherCertificate()} }, act: fuji("1")},
		{name: "accounts-save", act: keysOf("A", "s")},
		{name: "accounts-failed", prepare: func(f *fake) { f.checkup = &checkup{err: refused()} }, act: keysOf("A")},
	}
}

// climbing opens the accounts while a login waits.
func climbing(b *bench) {
	b.held = true
	b.press("A")
	<-b.app.opts.Session.(*fake).entered
	b.settle()
	b.elapse(400 * time.Millisecond)
}
