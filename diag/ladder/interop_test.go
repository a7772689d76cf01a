package ladder

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"todoku/protocols/interop"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// onLoopback lets a small Internet reach this machine's own listeners, and trusts who vouches for them.
func onLoopback(t *testing.T, d *interop.Server) *wire.Net {
	n := small(t)
	inside := n.Dial
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" && strings.HasPrefix(address, "127.0.0.1:") {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		return inside(ctx, network, address)
	}
	n.TLSRoots = d.Roots
	return n
}

// Somebody else's servers, broken on purpose one way at a time: the doctor names the rung each time.
func TestDovecotAndPostfix(t *testing.T) {
	d := interop.Dovecot(t, "service anvil {", "  unix_listener anvil-auth-penalty {", "    mode = 0", "  }", "}") // no delay after a wrong password
	p := interop.Postfix(t, d)
	stopped := interop.Dovecot(t)
	stopped.Stop()
	at := func(proto, addr string, mode wire.TLSMode) Server {
		_, text, _ := net.SplitHostPort(addr)
		port, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return Server{Proto: proto, Host: "localhost", Port: port, TLS: mode, User: d.User, Secret: func(context.Context) (sasl.Credentials, error) {
			return sasl.Credentials{User: d.User, Password: d.Password}, nil
		}}
	}
	sound := func() DoctorOptions {
		return DoctorOptions{Net: onLoopback(t, d), Name: "mika", Address: "mika@fuji.test", Wait: 2 * time.Second, OutAndBack: true, Back: 20 * time.Second,
			Receive: at(IMAP, d.IMAPS, wire.TLSImplicit), Send: at(SMTP, p.Submission, wire.TLSStart)}
	}
	wrong := func(s *Server) {
		s.Secret = func(context.Context) (sasl.Credentials, error) {
			return sasl.Credentials{User: d.User, Password: "not this"}, nil
		}
	}
	for _, c := range []struct {
		name          string
		change        func(*DoctorOptions)
		receive, send string // rung and code; "" for sound
	}{
		{"sound, IMAP", func(*DoctorOptions) {}, "", ""},
		{"sound, POP3", func(o *DoctorOptions) { o.Receive = at(POP3, d.POP3S, wire.TLSImplicit) }, "", ""},
		{"sound, STARTTLS", func(o *DoctorOptions) {
			o.Receive, o.Send = at(IMAP, d.IMAP, wire.TLSStart), at(SMTP, p.Submissions, wire.TLSImplicit)
		}, "", ""},
		{"plain to a TLS port", func(o *DoctorOptions) {
			o.Receive, o.Send = at(IMAP, d.IMAPS, wire.TLSStart), at(SMTP, p.Submissions, wire.TLSStart)
			o.Wait = time.Second
		}, "greeting doctor.tls.mode", "greeting doctor.tls.mode"},
		{"TLS to a plain port", func(o *DoctorOptions) {
			o.Receive, o.Send = at(POP3, d.POP3, wire.TLSImplicit), at(SMTP, p.Submission, wire.TLSImplicit)
		}, "tls doctor.tls.mode", "tls doctor.tls.mode"},
		{"wrong protocol", func(o *DoctorOptions) {
			o.Receive, o.Send = at(POP3, d.IMAPS, wire.TLSImplicit), at(SMTP, d.IMAPS, wire.TLSImplicit)
		}, "greeting doctor.protocol", "greeting doctor.protocol"},
		{"another name", func(o *DoctorOptions) {
			resolve := o.Net.Resolve
			n := *o.Net
			n.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
				return resolve(ctx, strings.Replace(host, "mail.example.test", "localhost", 1))
			}
			o.Net, o.Receive.Host, o.Send.Host = &n, "mail.example.test", "mail.example.test"
		}, "tls doctor.certificate.use", "tls doctor.certificate.use"},
		{"expired", func(o *DoctorOptions) { o.Net.Now = func() time.Time { return time.Now().Add(48 * time.Hour) } },
			"tls doctor.certificate.expired", "tls doctor.certificate.expired"},
		{"nobody vouches", func(o *DoctorOptions) { o.Net.TLSRoots = interop.Certificate(t).Roots },
			"tls tls.unknown-authority", "tls tls.unknown-authority"},
		{"wrong password", func(o *DoctorOptions) { wrong(&o.Receive); wrong(&o.Send) },
			"login doctor.login.password", "login doctor.login.password"},
		{"refused recipient", func(o *DoctorOptions) { o.Address = "nobody@fuji.test" }, "", "roundtrip reason.nobody"},
		{"wrong port", func(o *DoctorOptions) { o.Receive.Port, o.Send.Port = 9, 9 }, "tcp dial.refused", "tcp dial.refused"},
		{"stopped", func(o *DoctorOptions) { o.Receive, o.Send.Host = at(IMAP, stopped.IMAPS, wire.TLSImplicit), "" }, "tcp dial.refused", ""},
	} {
		o := sound()
		c.change(&o)
		checkup := examined(t, o)
		for _, l := range []struct {
			Ladder
			want string
		}{{checkup.Receive, c.receive}, {checkup.Send, c.send}} {
			got := ""
			if f, broken := l.Answer(); broken {
				got = l.Rungs[l.Broken-1].Name + " " + f.Code
			}
			if got != l.want {
				t.Errorf("%s, %s: %q, want %q\n%s", c.name, l.Name, got, l.want, states(l.Ladder))
			}
		}
	}
}
