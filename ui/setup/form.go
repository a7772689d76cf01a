package setup

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"todoku/diag/provider"
	"todoku/internal/config"
	"todoku/session"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// field is a row of the form.
type field int

const (
	receive field = iota
	incoming
	incomingTLS
	outgoing
	outgoingTLS
	user
	from
	secret
	fields
)

// form is what the account is made of, as it is typed. Of each protocol and each kind of secret the text is kept.
type form struct {
	at       field
	protocol string
	in       map[string]*widget.Input // "host:port" by protocol
	inTLS    map[string]string
	out      widget.Input
	outTLS   string
	user     widget.Input
	kind     string
	secrets  map[string]*widget.Input
}

// What is chosen among, in the order of the rows.
func protocols() []string { return []string{config.ReceiveIMAP, config.ReceivePOP3} }
func modes() []string     { return []string{config.TLSImplicit, config.TLSStartTLS} }
func kinds() []string {
	return []string{session.SecretKeyring, session.SecretCommand, session.SecretVariable, session.SecretToken}
}

// ports are those of each protocol by TLS mode (RFC 8314 section 7.3).
var ports = map[string]map[string]int{
	config.ReceiveIMAP: {config.TLSImplicit: 993, config.TLSStartTLS: 143},
	config.ReceivePOP3: {config.TLSImplicit: 995, config.TLSStartTLS: 110},
	"smtp":             {config.TLSImplicit: 465, config.TLSStartTLS: 587},
}

func newForm() form {
	f := form{protocol: config.ReceiveIMAP, kind: session.SecretKeyring, outTLS: config.TLSImplicit,
		in: map[string]*widget.Input{}, inTLS: map[string]string{}, secrets: map[string]*widget.Input{}}
	for _, p := range protocols() {
		f.in[p], f.inTLS[p] = &widget.Input{}, config.TLSImplicit
	}
	for _, k := range kinds() {
		f.secrets[k] = &widget.Input{}
	}
	return f
}

// fill begins the form with what was found; the secrets stay.
func (f *form) fill(found session.Found) {
	old := f.secrets
	*f = newForm()
	f.secrets = old
	set := func(in *widget.Input, mode *string, s session.FoundServer) {
		if s.Host != "" {
			in.Set(s.String())
			*mode = s.TLS
		}
	}
	for p, s := range map[string]session.FoundServer{config.ReceiveIMAP: found.IMAP, config.ReceivePOP3: found.POP3} {
		mode := f.inTLS[p]
		set(f.in[p], &mode, s)
		f.inTLS[p] = mode
	}
	set(&f.out, &f.outTLS, found.SMTP)
	if found.IMAP.Host == "" && found.POP3.Host != "" {
		f.protocol = config.ReceivePOP3
	}
	f.user.Set(found.Address)
	if p := found.Provider; p != nil && p.Login != nil {
		if local, _, ok := strings.Cut(found.Address, "@"); ok && p.Login.User == "local" {
			f.user.Set(local)
		}
		if slices.Equal(p.Login.Kinds, []string{provider.AuthOAuth}) {
			f.kind = session.SecretToken
		}
	}
	if found.Complete() {
		f.at = secret // all that is left to type
	}
}

// input is the text of the field under the cursor; nil where something is chosen.
func (f *form) input(at field) *widget.Input {
	switch at {
	case incoming:
		return f.in[f.protocol]
	case outgoing:
		return &f.out
	case user:
		return &f.user
	case secret:
		return f.secrets[f.kind]
	}
	return nil
}

// choice gives what the field chooses among, and what is chosen; nil where text is typed.
func (f *form) choice(at field) (all []string, now string) {
	switch at {
	case receive:
		return protocols(), f.protocol
	case incomingTLS:
		return modes(), f.inTLS[f.protocol]
	case outgoingTLS:
		return modes(), f.outTLS
	case from:
		return kinds(), f.kind
	}
	return nil, ""
}

// choose takes the next choice of the field under the cursor, or the one before. A usual port follows the TLS mode.
func (f *form) choose(by int) {
	all, now := f.choice(f.at)
	if all == nil {
		return
	}
	next := all[(slices.Index(all, now)+by+len(all))%len(all)]
	switch f.at {
	case receive:
		f.protocol = next
	case incomingTLS:
		f.inTLS[f.protocol] = next
		follow(f.in[f.protocol], ports[f.protocol], now, next)
	case outgoingTLS:
		f.outTLS = next
		follow(&f.out, ports["smtp"], now, next)
	case from:
		f.kind = next
	}
}

func follow(in *widget.Input, ports map[string]int, before, now string) {
	if host, port, err := net.SplitHostPort(in.Value()); err == nil && port == strconv.Itoa(ports[before]) {
		in.Set(net.JoinHostPort(host, strconv.Itoa(ports[now])))
	}
}

// label is what a field is called.
func (f *form) label(w text.SetupWords, at field) text.Safe {
	if at == secret {
		return w.Secrets[f.kind]
	}
	return map[field]text.Safe{receive: w.Receive, incoming: w.Incoming, incomingTLS: w.TLS, outgoing: w.Outgoing, outgoingTLS: w.TLS,
		user: w.User, from: w.From}[at]
}

// account is what the form says; lacking names the first field that says nothing of use, and the cursor goes there.
func (f *form) account(w text.SetupWords) (n session.NewAccount, lacking text.Safe) {
	for _, at := range []field{incoming, outgoing, user, secret} {
		if strings.TrimSpace(f.input(at).Value()) == "" {
			f.at = at
			return n, text.F(w.Lacking, strings.TrimSpace(string(f.label(w, at))))
		}
	}
	in := map[string]session.FoundServer{}
	for _, p := range protocols() { // the other one too, for the same mailbox by either
		if typed := f.in[p].Value(); typed != "" {
			var ok bool
			if in[p], ok = server(typed, f.inTLS[p], ports[p]); !ok {
				f.at, f.protocol = incoming, p
				return n, text.F(w.NoServer, w.Incoming)
			}
		}
	}
	out, ok := server(f.out.Value(), f.outTLS, ports["smtp"])
	if !ok {
		f.at = outgoing
		return n, text.F(w.NoServer, w.Outgoing)
	}
	return session.NewAccount{Receive: f.protocol, IMAP: in[config.ReceiveIMAP], POP3: in[config.ReceivePOP3], SMTP: out,
		User: strings.TrimSpace(f.user.Value()), Secret: session.NewSecret{Kind: f.kind, Value: f.secrets[f.kind].Value()}}, ""
}

// server reads "host" or "host:port".
func server(typed, mode string, ports map[string]int) (session.FoundServer, bool) {
	host, port := strings.TrimSpace(typed), ports[mode]
	if h, p, err := net.SplitHostPort(host); err == nil {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			return session.FoundServer{}, false
		}
		host, port = h, n
	}
	return session.FoundServer{Host: host, Port: port, TLS: mode}, host != "" && !strings.ContainsAny(host, " /@")
}
