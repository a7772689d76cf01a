package ladder

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/interop"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// alice is the account of the tests, with the servers that its settings should name.
func alice(n *wire.Net) DoctorOptions {
	secret := func(context.Context) (sasl.Credentials, error) {
		return sasl.Credentials{User: "alice@sakura.test", Password: "apple"}, nil
	}
	server := func(proto string, port int, mode wire.TLSMode) Server {
		return Server{Proto: proto, Host: "mail.sakura.test", Port: port, TLS: mode, User: "alice@sakura.test", Secret: secret}
	}
	return DoctorOptions{Net: n, Name: "alice", Address: "alice@sakura.test", Wait: 400 * time.Millisecond,
		Receive: server(IMAP, 993, wire.TLSImplicit), Send: server(SMTP, 587, wire.TLSStart)}
}

func examined(t *testing.T, o DoctorOptions) Checkup {
	t.Helper()
	c, err := Examine(t.Context(), nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func states(l Ladder) string {
	var all []string
	for _, r := range l.Rungs {
		code := ""
		if r.Finding != nil {
			code = r.Finding.Code
		}
		all = append(all, r.Name+" "+string(r.State)+" "+code)
	}
	return strings.Join(all, "\n")
}

func TestASoundAccount(t *testing.T) {
	for _, proto := range []string{IMAP, POP3} {
		o := alice(small(t))
		o.OutAndBack = true
		if proto == POP3 {
			o.Receive.Proto, o.Receive.Port = POP3, 995
		}
		left := func(r Rung) bool {
			return slices.ContainsFunc(r.Also, func(f trace.Finding) bool { return f.Code == "doctor.roundtrip.left" })
		}
		var told []string
		o.Watch = func(ladder string, r Rung) {
			if r.Finding != nil {
				told = append(told, ladder+" "+r.Name)
			}
		}
		c := examined(t, o)
		if f, broken := c.Answer(); broken {
			t.Fatalf("%s: %+v", proto, f)
		}
		want := []string{"both line", "both resolver", "receive name", "receive tcp", "receive tls", "receive greeting", "receive capabilities", "receive login",
			"receive mailbox", "send name", "send tcp", "send greeting", "send tls", "send capabilities", "send login", "send sender", "send roundtrip"}
		if !slices.Equal(told, want) {
			t.Errorf("%s: told %v", proto, told)
		}
		last := c.Send.Rungs[len(c.Send.Rungs)-1]
		if last.Number != 10 || last.State != OK || last.Finding.Code != "doctor.roundtrip" || left(last) != (proto == POP3) {
			t.Errorf("%s: %+v, also %+v", proto, last.Finding, last.Also)
		}
	}
}

// Over IMAP the message is removed again, and nothing else is.
func TestTheMessageIsRemoved(t *testing.T) {
	o := alice(small(t))
	before := examined(t, o)
	o.OutAndBack = true
	examined(t, o)
	o.OutAndBack = false
	after := examined(t, o)
	total := func(c Checkup) string { return c.Receive.Rungs[8].Finding.Args["total"] }
	if total(before) != total(after) || after.Send.Rungs[9].State != NA || after.Send.Rungs[9].Finding.Code != "doctor.roundtrip.unasked" {
		t.Errorf("%s messages before, %s after; %s", total(before), total(after), states(after.Send))
	}
}

// An account that only sends has nothing on the other ladder, and no message comes back.
func TestOneServerAlone(t *testing.T) {
	o := alice(small(t))
	o.Receive.Host, o.OutAndBack = "", true
	c := examined(t, o)
	receive, send := c.Receive.Rungs[len(c.Receive.Rungs)-1], c.Send.Rungs[len(c.Send.Rungs)-1]
	if f, broken := c.Answer(); broken || receive.Finding.Code != "doctor.none" || send.Finding.Code != "doctor.roundtrip.oneway" {
		t.Errorf("%+v\n%s\n%s", f, states(c.Receive), states(c.Send))
	}
}

// Each cause is told from the others: the ladder breaks at its rung, and names it.
func TestCauses(t *testing.T) {
	at := func(stage fault.Stage, do fault.Action) []fault.Rule {
		return []fault.Rule{{Host: "mail.sakura.test", Stage: stage, Do: do}}
	}
	says := func(stage fault.Stage, s string) []fault.Rule { return at(stage, fault.Action{Reply: s}) }
	receive := func(proto string, port int, mode wire.TLSMode) func(*DoctorOptions) {
		return func(o *DoctorOptions) { o.Receive.Proto, o.Receive.Port, o.Receive.TLS = proto, port, mode }
	}
	send := func(port int, mode wire.TLSMode) func(*DoctorOptions) {
		return func(o *DoctorOptions) { o.Receive.Host, o.Send.Port, o.Send.TLS = "", port, mode }
	}
	network := func(do func(*wire.Net)) func(*DoctorOptions) { return func(o *DoctorOptions) { do(o.Net) } }
	for name, c := range map[string]struct {
		rules  []fault.Rule
		change func(*DoctorOptions)
		rung   string // that breaks
		code   string
		use    string // what is proposed
	}{
		"no line":               {nil, network(func(n *wire.Net) { n.Dial = nobody }), "line", "local.line.noroute", ""},
		"no resolver":           {[]fault.Rule{{Host: "resolver.nic.test", Stage: fault.Query, Do: fault.Action{Silent: true}}}, nil, "resolver", "local.resolver.silent", ""},
		"no such host":          {nil, func(o *DoctorOptions) { o.Receive.Host = "imap.sakura.tset" }, "name", "dns.notfound", ""},
		"port blocked":          {nil, network(func(n *wire.Net) { silence(n, ":993") }), "tcp", "doctor.port.blocked", "143"},
		"host down":             {nil, network(func(n *wire.Net) { silence(n, ":993", ":143", ":995", ":110", ":587", ":465") }), "tcp", "dial.timeout", ""},
		"port 25 blocked":       {nil, func(o *DoctorOptions) { send(25, wire.TLSStart)(o); silence(o.Net, ":25") }, "tcp", "doctor.port25", "mail.sakura.test:465, mail.sakura.test:587"},
		"IMAP not offered":      {nil, network(func(n *wire.Net) { refuse(n, ":993", ":143") }), "tcp", "doctor.service.off", ""},
		"POP3 not offered":      {nil, func(o *DoctorOptions) { receive(POP3, 995, wire.TLSImplicit)(o); refuse(o.Net, ":995", ":110") }, "tcp", "doctor.service.off", ""},
		"wrong port":            {nil, network(func(n *wire.Net) { refuse(n, ":993") }), "tcp", "doctor.port.refused", "143"},
		"plain to IMAPS":        {nil, receive(IMAP, 993, wire.TLSStart), "greeting", "doctor.tls.mode", `tls = "implicit"`},
		"plain to POP3S":        {nil, receive(POP3, 995, wire.TLSStart), "greeting", "doctor.tls.mode", `tls = "implicit"`},
		"plain to submissions":  {nil, send(465, wire.TLSStart), "greeting", "doctor.tls.mode", `tls = "implicit"`},
		"TLS to IMAP":           {nil, receive(IMAP, 143, wire.TLSImplicit), "tls", "doctor.tls.mode", `tls = "starttls"`},
		"TLS to POP3":           {nil, receive(POP3, 110, wire.TLSImplicit), "tls", "doctor.tls.mode", `tls = "starttls"`},
		"TLS to submission":     {nil, send(587, wire.TLSImplicit), "tls", "doctor.tls.mode", `tls = "starttls"`},
		"POP3 on IMAP's port":   {nil, receive(POP3, 993, wire.TLSImplicit), "greeting", "doctor.protocol", ""},
		"IMAP on POP3's port":   {nil, receive(IMAP, 995, wire.TLSImplicit), "greeting", "doctor.protocol", ""},
		"IMAP on submission":    {nil, receive(IMAP, 465, wire.TLSImplicit), "greeting", "doctor.protocol", ""},
		"expired":               {at(fault.TLS, fault.Action{Certificate: fault.Expired}), send(465, wire.TLSImplicit), "tls", "doctor.certificate.expired", ""},
		"self-signed":           {at(fault.TLS, fault.Action{Certificate: fault.SelfSigned}), send(465, wire.TLSImplicit), "tls", "tls.unknown-authority", ""},
		"another name":          {at(fault.TLS, fault.Action{Certificate: fault.OtherName}), send(465, wire.TLSImplicit), "tls", "doctor.certificate.name", ""},
		"clock behind":          {nil, network(func(n *wire.Net) { n.Now = longAgo }), "tls", "doctor.clock.root", ""},
		"clock years ahead":     {nil, network(func(n *wire.Net) { n.Now = farAhead }), "tls", "doctor.clock.root", ""},
		"clock weeks behind":    {nil, network(func(n *wire.Net) { n.Now = func() time.Time { return time.Now().AddDate(0, 0, -20) } }), "tls", "doctor.certificate.early", ""},
		"clock proved wrong":    {says(fault.Connect, "220 mail.sakura.test ESMTP; "+time.Now().Format(time.RFC1123Z)), func(o *DoctorOptions) { send(587, wire.TLSStart)(o); o.Net.Now = longAgo }, "tls", "doctor.clock", ""},
		"clock ahead":           {says(fault.Connect, "220 mail.sakura.test ESMTP; "+time.Now().Format(time.RFC1123Z)), func(o *DoctorOptions) { send(587, wire.TLSStart)(o); o.Net.Now = farAhead }, "tls", "doctor.clock", ""},
		"server says go away":   {[]fault.Rule{{Host: "mail.sakura.test", Stage: fault.Connect, Do: fault.Action{Reply: "BYE too many connections", Close: true}}}, nil, "greeting", "imap.bye", ""},
		"wrong password, IMAP":  {nil, wrongPassword, "login", "doctor.login.password", ""},
		"wrong password, POP3":  {nil, func(o *DoctorOptions) { receive(POP3, 995, wire.TLSImplicit)(o); wrongPassword(o) }, "login", "doctor.login.password", ""},
		"wrong password, SMTP":  {nil, func(o *DoctorOptions) { send(587, wire.TLSStart)(o); wrongPassword(o) }, "login", "doctor.login.password", ""},
		"app password, IMAP":    {says(fault.Auth, "NO [ALERT] Application-specific password required: https://support.google.example/185833 (Failure)"), nil, "login", "doctor.login.apppassword", ""},
		"app password, SMTP":    {says(fault.Auth, "534 5.7.9 Application-specific password required."), send(587, wire.TLSStart), "login", "doctor.login.apppassword", ""},
		"basic auth disabled":   {says(fault.Auth, "535 5.7.139 Authentication unsuccessful, basic authentication is disabled."), send(587, wire.TLSStart), "login", "doctor.login.oauth", ""},
		"OAuth alone":           {says(fault.Connect, "OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2 AUTH=OAUTHBEARER] ready"), nil, "login", "doctor.login.oauth", ""},
		"IMAP switched off":     {says(fault.Auth, "NO [ALERT] Your account is not enabled for IMAP use."), nil, "login", "doctor.login.off", ""},
		"POP3 switched off":     {says(fault.Auth, "-ERR [SYS/PERM] Your account is not enabled for POP access."), receive(POP3, 995, wire.TLSImplicit), "login", "doctor.login.off", ""},
		"SMTP AUTH disabled":    {says(fault.Auth, "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."), send(587, wire.TLSStart), "login", "doctor.login.off", ""},
		"log in on the web":     {says(fault.Auth, "NO [WEBALERT https://x.example/] Web login required: please log in via your web browser"), nil, "login", "doctor.login.web", ""},
		"rate limit":            {says(fault.Auth, "NO [AUTHENTICATIONFAILED] LOGIN Rate limit hit."), nil, "login", "doctor.login.locked", ""},
		"login down for now":    {says(fault.Auth, "NO [UNAVAILABLE] backend is down"), nil, "login", "imap.unavailable", ""},
		"maildrop in use":       {says(fault.Auth, "-ERR [IN-USE] locked"), receive(POP3, 995, wire.TLSImplicit), "login", "pop3.in-use", ""},
		"no password set":       {nil, func(o *DoctorOptions) { o.Receive.Secret = noSecret }, "login", "auth.credentials", ""},
		"mailbox does not open": {says(fault.Select, "NO [SERVERBUG] index is broken"), nil, "mailbox", "imap.serverbug", ""},
		"sender not ours":       {says(fault.Mail, "553 5.7.1 not your address"), send(587, wire.TLSStart), "sender", "reason.sender", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := alice(small(t, c.rules...))
			if c.change != nil {
				c.change(&o)
			}
			checkup := examined(t, o)
			l := checkup.Receive
			if o.Receive.Host == "" {
				l = checkup.Send
			}
			f, broken := l.Answer()
			if !broken || l.Rungs[l.Broken-1].Name != c.rung || f.Code != c.code || f.Args["use"] != c.use {
				t.Fatalf("%+v, want %s at %s, use %s\n%s", f, c.code, c.rung, c.use, states(l))
			}
			for _, r := range l.Rungs[l.Broken:] {
				if r.State != Wait {
					t.Errorf("%s was tried above the broken rung", r.Name)
				}
			}
		})
	}
}

// What a rung proposes is set, and then that rung holds.
func TestProposalsHold(t *testing.T) {
	for name, change := range map[string]func(*DoctorOptions){
		"plain to IMAPS":    func(o *DoctorOptions) { o.Receive.TLS = wire.TLSStart },
		"TLS to POP3":       func(o *DoctorOptions) { o.Receive.Proto, o.Receive.Port = POP3, 110 },
		"wrong port":        func(o *DoctorOptions) { refuse(o.Net, ":993") },
		"port blocked":      func(o *DoctorOptions) { silence(o.Net, ":993") },
		"port 25 blocked":   func(o *DoctorOptions) { o.Receive.Host, o.Send.Port = "", 25; silence(o.Net, ":25") },
		"TLS to submission": func(o *DoctorOptions) { o.Receive.Host, o.Send.TLS = "", wire.TLSImplicit },
	} {
		o := alice(small(t))
		change(&o)
		f, broken := examined(t, o).Answer()
		p, proposed := Proposed(f)
		if !broken || !proposed {
			t.Errorf("%s: %+v", name, f)
			continue
		}
		s := &o.Receive
		if p.Proto == SMTP {
			s = &o.Send
		}
		s.Host, s.Port, s.TLS = cmp.Or(p.Host, s.Host), cmp.Or(p.Port, s.Port), cmp.Or(p.TLS, s.TLS)
		if f, broken := examined(t, o).Answer(); broken {
			t.Errorf("%s, with %+v: %+v", name, p, f)
		}
	}
	if p, ok := Proposed(trace.Finding{Code: "doctor.port.blocked", Args: map[string]string{"proto": "IMAP", "use": ""}}); ok {
		t.Errorf("nothing to use: %+v", p)
	}
}

func nobody(context.Context, string, string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}
}

func farAhead() time.Time { return time.Date(2046, 1, 1, 0, 0, 0, 0, time.UTC) }

func longAgo() time.Time { return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }

func wrongPassword(o *DoctorOptions) {
	wrong := func(context.Context) (sasl.Credentials, error) {
		return sasl.Credentials{User: "alice@sakura.test", Password: "apples"}, nil
	}
	o.Receive.Secret, o.Send.Secret = wrong, wrong
}

func noSecret(context.Context) (sasl.Credentials, error) {
	return sasl.Credentials{User: "alice@sakura.test"}, nil
}

// instead leads attempts at a port to another listener, as something on the line does that answers for everybody.
func instead(n *wire.Net, ending, listener string) {
	dial := n.Dial
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" && strings.HasSuffix(address, ending) {
			return new(net.Dialer).DialContext(ctx, network, listener)
		}
		return dial(ctx, network, address)
	}
}

// serveEach accepts on loopback until the test ends.
func serveEach(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

// The settings name an alias that the certificate does not have: its own name is tried, and proposed.
func TestTheCertificatesOwnNameIsProposed(t *testing.T) {
	o := alice(small(t))
	resolve := o.Net.Resolve
	alias := func(host string) string { return strings.Replace(host, "imap.example.test", "mail.sakura.test", 1) }
	n := *o.Net
	n.Resolve = func(ctx context.Context, host string) (addrs []netip.Addr, err error) {
		return resolve(ctx, alias(host))
	}
	o.Net, o.Receive.Host = &n, "imap.example.test"
	f, broken := examined(t, o).Receive.Answer()
	if !broken || f.Code != "doctor.certificate.use" || f.Args["use"] != "mail.sakura.test" {
		t.Errorf("%+v", f)
	}
}

// A web server that answers TLS or plain text on a mail port is a captive portal, and so is one certificate on
// unrelated hosts.
func TestCaptivePortals(t *testing.T) {
	web := serveEach(t, func(c net.Conn) {
		c.SetDeadline(time.Now().Add(time.Second))
		c.Read(make([]byte, 512))
		c.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
	})
	o := alice(small(t))
	instead(o.Net, ":993", web)
	if f, _ := examined(t, o).Receive.Answer(); f.Code != "doctor.portal" || !strings.HasPrefix(f.Args["said"], "HTTP/1.1 400") {
		t.Errorf("HTTP: %+v", f)
	}
	plain := serveEach(t, func(c net.Conn) { c.Write([]byte("HTTP/1.1 302 Found\r\nLocation: http://login.hotel.test/\r\n\r\n")) })
	o = alice(small(t))
	o.Receive.Port, o.Receive.TLS = 143, wire.TLSStart
	instead(o.Net, ":143", plain)
	if f, _ := examined(t, o).Receive.Answer(); f.Code != "doctor.portal" || !strings.HasPrefix(f.Args["said"], "HTTP/1.1 302") {
		t.Errorf("HTTP in the clear: %+v", f)
	}
	id := interop.Certificate(t, "login.hotel.test")
	hotel := serveEach(t, func(c net.Conn) {
		s := tls.Server(c, id.TLS)
		s.SetDeadline(time.Now().Add(time.Second))
		s.Handshake()
	})
	o = alice(small(t))
	o.Net.TLSRoots = id.Roots
	o.Send.Host, o.Send.Port, o.Send.TLS = "mail.fuji.test", 465, wire.TLSImplicit
	instead(o.Net, ":993", hotel)
	instead(o.Net, ":465", hotel)
	c := examined(t, o)
	in, _ := c.Receive.Answer()
	out, _ := c.Send.Answer()
	if in.Code != "doctor.portal" || out.Code != "doctor.portal" {
		t.Errorf("one certificate everywhere: %+v, %+v", in, out)
	}
	lying := alice(small(t))
	lying.Net.TLSRoots, lying.Net.Resolver = id.Roots, rewriting(t)
	instead(lying.Net, ":993", hotel)
	dial := lying.Net.Dial
	lying.Net.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == lying.Net.Resolver { // is on loopback, which the small Internet does not reach
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		return dial(ctx, network, address)
	}
	if f, _ := examined(t, lying).Receive.Answer(); f.Code != "doctor.portal" || !strings.Contains(f.Args["names"], "login.hotel.test") {
		t.Errorf("a resolver that makes up answers: %+v", f)
	}
	o.Send.Host = "smtp.sakura.test"
	if f, _ := examined(t, o).Receive.Answer(); f.Code != "doctor.certificate.name" {
		t.Errorf("two hosts of one provider: %+v", f)
	}
}

// A message that is accepted and does not come is unknown, not lost.
func TestTheMessageIsLate(t *testing.T) {
	o := alice(small(t))
	o.Receive.Secret = func(context.Context) (sasl.Credentials, error) { // another mailbox than it goes to
		return sasl.Credentials{User: "yuki@sakura.test", Password: "yuzu"}, nil
	}
	o.OutAndBack, o.Back = true, 600*time.Millisecond
	last := examined(t, o).Send.Rungs[9]
	if last.State != Unknown || last.Finding.Code != "doctor.roundtrip.late" {
		t.Errorf("%+v", last.Finding)
	}
}

func TestTheCallerGivesUpTheDoctor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := alice(small(t))
	o.Watch = func(_ string, r Rung) {
		if r.Name == "tls" && r.State == Live {
			cancel()
		}
	}
	c, err := Examine(ctx, nil, o)
	if !errors.Is(err, context.Canceled) || !c.Stopped() || c.Receive.Broken != 0 || c.Receive.Rungs[4].State != Unknown || c.Send.Rungs[2].State != Wait {
		t.Errorf("%v\n%s", err, states(c.Receive))
	}
}

// No proof of a rung holds a password.
func TestNoPasswordInTheEvents(t *testing.T) {
	rec := &trace.Recorder{}
	if _, err := Examine(t.Context(), trace.New(rec, nil), alice(small(t))); err != nil {
		t.Fatal(err)
	}
	for _, e := range rec.Events() {
		if text, err := e.JSON(); err != nil || strings.Contains(string(text)+string(e.Data), "apple") {
			t.Errorf("%s %v", text, err)
		}
	}
}
