package ui

import (
	"context"

	"todoku/diag/ladder"
	"todoku/diag/provider"
	"todoku/internal/trace"
	"todoku/session"
)

// found is what the fake finds of an address.
func (f *fake) FindSettings(_ context.Context, _ *trace.Span, o session.FindOptions) (session.Found, error) {
	f.note("find %s", o.Address)
	out := session.Found{Address: o.Address}
	tell := func(p session.Probe) {
		out.Probes = append(out.Probes, p)
		o.Watch(p)
	}
	if o.Address == "mika@gmail.com" {
		p, _ := provider.OfDomain("gmail.com")
		tell(session.Probe{What: "catalogue gmail.com", State: trace.Pass, Answer: p.Name})
		out.Provider, out.IMAP, out.SMTP = &p, session.FoundServer{Host: "imap.gmail.com", Port: 993, TLS: "implicit"}, session.FoundServer{Host: "smtp.gmail.com", Port: 465, TLS: "implicit"}
		return out, nil
	}
	tell(session.Probe{What: "catalogue sakura.test", State: trace.NotApplicable})
	tell(session.Probe{What: "_imaps._tcp.sakura.test SRV", State: trace.Pass, Answer: "mail.sakura.test:993"})
	tell(session.Probe{What: "_pop3s._tcp.sakura.test SRV", State: trace.Unknown, Finding: &trace.Finding{Code: "dns.rejected.notimp", Level: trace.Unknown, Args: map[string]string{"name": "_pop3s._tcp.sakura.test", "server": "192.0.2.1"}}})
	tell(session.Probe{What: "_submissions._tcp.sakura.test SRV", State: trace.NotApplicable})
	tell(session.Probe{What: "_submission._tcp.sakura.test SRV", State: trace.Pass, Answer: "mail.sakura.test:587"})
	out.IMAP, out.SMTP = session.FoundServer{Host: "mail.sakura.test", Port: 993, TLS: "implicit"}, session.FoundServer{Host: "mail.sakura.test", Port: 587, TLS: "starttls"}
	return out, nil
}

func (f *fake) TryAccount(ctx context.Context, span *trace.Span, o session.TryOptions) (ladder.Checkup, error) {
	f.note("try %s %s %s:%d %s", o.Account.Address, o.Account.Receive, o.Account.IMAP.Host, o.Account.IMAP.Port, o.Account.User)
	return f.Doctor(ctx, span, session.DoctorOptions{Account: o.Account.Address, Watch: o.Watch})
}

func (f *fake) AddAccount(_ context.Context, _ *trace.Span, o session.AddOptions) error {
	f.note("add %s %s %s=%s", o.Account.Address, o.Account.Receive, o.Account.Secret.Kind, o.Account.Secret.Value)
	if f.addErr == nil {
		f.accounts = append(newFake().accounts, f.accounts...)
	}
	return f.addErr
}

// firstRun is what the first run offers where an account can be added.
func firstRun() WelcomeOptions {
	return WelcomeOptions{ConfigPath: "~/.config/todoku/config.toml", Sandbox: startNothing, Write: writeNothing}
}

// toForm goes through the first run to the servers that were found.
func toForm(address string) func(*bench) {
	return func(b *bench) {
		b.press("2")
		b.typed(address)
		b.press("enter")
	}
}

func setupScenes() []scene {
	check := func(b *bench) {
		toForm("mika@sakura.test")(b)
		b.typed("geheim")
		b.press("enter")
	}
	broken := func(f *fake) { f.checkup = &checkup{breaks: otherCertificate()} }
	return []scene{
		{name: "welcome-add", first: true},
		{name: "setup-address", first: true, act: func(b *bench) {
			b.press("2")
			b.typed("花子@さくら.test")
			b.press("left", "left", "left", "left", "left")
		}},
		{name: "setup-form", first: true, act: func(b *bench) { toForm("mika@sakura.test")(b); b.typed("ひみつ") }},
		{name: "setup-choice", first: true, act: func(b *bench) {
			toForm("mika@sakura.test")(b)
			b.press("up", "right", "down")
			b.typed("pass show 'my mail'")
		}},
		{name: "setup-provider", first: true, act: toForm("mika@gmail.com")},
		{name: "setup-sound", first: true, act: check},
		{name: "setup-broken", first: true, prepare: broken, act: check},
		{name: "setup-failed", first: true, prepare: func(f *fake) { f.checkup = &checkup{err: refused()} }, act: check},
	}
}
