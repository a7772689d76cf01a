package ladder

import (
	"context"
	"maps"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// visit is the way up one server, from its name to its mailbox.
type visit struct {
	*examination
	Server
	addrs   []netip.Addr
	session session // from the rung on that connects
	offer   offer
}

func newVisit(e *examination, s Server) *visit { return &visit{examination: e, Server: s} }

func (v *visit) leave() {
	if v.session != nil {
		v.session.close()
	}
}

// steps are the rungs above the line. With STARTTLS the greeting comes before TLS.
func (v *visit) steps() []Step {
	if v.Host == "" {
		return []Step{{Name: "server", Try: func(context.Context, *trace.Span) Outcome {
			return Outcome{Finding: v.found("doctor.none", trace.NotApplicable, nil)}
		}}}
	}
	place := v.Host + ":" + strconv.Itoa(v.Port)
	steps := []Step{{"name", v.Host, v.lookUp}, {"tcp", place, v.knockAt}}
	if v.TLS == wire.TLSImplicit {
		steps = append(steps, Step{"tls", place, v.handshake}, Step{"greeting", place, v.greet})
	} else {
		steps = append(steps, Step{"greeting", place, v.connectAndGreet}, Step{"tls", place, v.secure})
	}
	steps = append(steps, Step{"capabilities", place, v.capabilities}, Step{"login", v.User, v.logIn})
	if v.Proto == SMTP {
		return append(steps, Step{"sender", v.Address, v.look})
	}
	return append(steps, Step{"mailbox", v.Proto, v.look})
}

// found makes a finding about this server.
func (v *visit) found(code string, level trace.Level, more map[string]string) trace.Finding {
	args := map[string]string{"host": v.Host, "server": v.Host, "port": strconv.Itoa(v.Port), "proto": strings.ToUpper(v.Proto), "user": v.User,
		"account": v.Name, "step": "4"}
	if v.Proto == SMTP {
		args["step"] = "1"
	}
	maps.Copy(args, more)
	return trace.Finding{Code: code, Level: level, Args: args}
}

func (v *visit) ok(code string, more map[string]string) Outcome {
	return Outcome{Finding: v.found(code, trace.Pass, more)}
}

func (v *visit) broken(code string, more map[string]string) Outcome {
	return Outcome{Finding: v.found(code, trace.Fail, more)}
}

// explained is what an error means, with the place where it happened.
func (v *visit) explained(err error) Outcome {
	f := explain.Find(err)
	return Outcome{Finding: v.found(f.Code, trace.Fail, f.Args)}
}

// at is this server, for another try with another mode, name or port.
func (v *visit) at(span *trace.Span) address {
	return address{net: v.Net, span: span, host: v.Host, port: v.Port, mode: v.TLS, addrs: v.addrs, waits: v.Wait, auth: v.Auth, account: v.Address, size: v.Size}
}

func (v *visit) lookUp(ctx context.Context, span *trace.Span) Outcome {
	addrs, err := wire.Lookup(ctx, wire.Options{Net: v.Net, Span: span, Proto: v.Proto, Host: v.Host, Port: v.Port})
	if err != nil {
		return v.explained(err)
	}
	v.addrs = addrs
	return v.ok("doctor.name", map[string]string{"addrs": addrList(addrs)})
}

func (v *visit) knockAt(ctx context.Context, span *trace.Span) Outcome {
	k := Knocks(ctx, span, v.Net, []Target{{Host: v.Host, Port: v.Port, Addrs: v.addrs}})[0]
	if k.Open() {
		return v.ok("doctor.tcp", map[string]string{"addr": k.Addr})
	}
	return v.unreached(ctx, span, k)
}

// handshake connects with TLS from the first octet.
func (v *visit) handshake(ctx context.Context, span *trace.Span) Outcome {
	s, err := connect(ctx, v.Proto, v.at(span))
	if err != nil {
		return v.insecure(ctx, span, err)
	}
	v.session = s
	return v.secured()
}

// secure asks for TLS on a connection that began without.
func (v *visit) secure(ctx context.Context, span *trace.Span) Outcome {
	if v.TLS == wire.TLSNone {
		return Outcome{Finding: v.found("doctor.tls.none", trace.NotApplicable, nil)}
	}
	if err := v.session.secure(ctx); err != nil {
		return v.insecure(ctx, span, err)
	}
	return v.secured()
}

func (v *visit) secured() Outcome {
	facts := map[string]string{}
	if f := v.session.tls(); f != nil {
		facts["version"], facts["cipher"] = f.Version, f.Cipher
		if len(f.Chain) > 0 {
			facts["names"], facts["issuer"] = strings.Join(f.Chain[0].Names, " "), f.Chain[0].Issuer
			facts["until"] = f.Chain[0].NotAfter.UTC().Format(time.DateOnly)
		}
	}
	return v.ok("doctor.tls", facts)
}

func (v *visit) connectAndGreet(ctx context.Context, span *trace.Span) Outcome {
	s, err := connect(ctx, v.Proto, v.at(span))
	if err != nil {
		return v.explained(err)
	}
	v.session = s
	return v.greet(ctx, span)
}

func (v *visit) greet(ctx context.Context, span *trace.Span) Outcome {
	said, err := v.session.greet(ctx)
	if err != nil {
		return v.mute(ctx, span, err)
	}
	return v.ok("doctor.greeting", map[string]string{"said": said})
}

func (v *visit) capabilities(ctx context.Context, _ *trace.Span) Outcome {
	var err error
	if v.offer, err = v.session.offers(ctx); err != nil {
		return v.explained(err)
	}
	return v.ok("doctor.capabilities", map[string]string{"offers": strings.Join(v.offer.names, ", "), "mechanisms": strings.Join(v.offer.mechanisms, " ")})
}

func (v *visit) logIn(ctx context.Context, _ *trace.Span) Outcome {
	creds, err := v.Secret(ctx)
	if err == nil {
		err = v.session.login(ctx, creds)
	}
	if err != nil {
		return v.shutOut(err, creds)
	}
	return v.ok("doctor.login", nil)
}

func (v *visit) look(ctx context.Context, _ *trace.Span) Outcome {
	facts, err := v.session.look(ctx)
	if v.Proto == SMTP {
		return v.sender(facts, err)
	}
	if err != nil {
		return v.explained(err)
	}
	return v.room(ctx, v.ok("doctor.mailbox", facts))
}
