package session

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"todoku/diag/explain"
	"todoku/diag/provider"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

const (
	findTime   = 10 * time.Second // for one question
	findOctets = 64 << 10         // of an autoconfig file
)

// FindOptions name the address whose servers are looked for.
type FindOptions struct {
	Address string
	Watch   func(Probe) // each question with its answer as it comes; may be nil
}

// Probe is one place that was asked, and what it said.
type Probe struct {
	What    string         `json:"what"`  // the question: a name with its type, an address of a page, "catalogue DOMAIN"
	State   trace.Level    `json:"state"` // pass: it says something; n/a: it says nothing; unknown: it could not be told
	Answer  string         `json:"answer,omitempty"`
	Finding *trace.Finding `json:"finding,omitempty"` // why it could not be told
}

// FoundServer is one server as the settings name it; Host is "" if none was found.
type FoundServer struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	TLS  string `json:"tls"` // "implicit" or "starttls"
}

func (s FoundServer) String() string { return net.JoinHostPort(s.Host, itoa(s.Port)) }

// Found is what was found of an address: servers as the settings name them, each from the first place that knew it.
type Found struct {
	Address  string             `json:"address"`
	Provider *provider.Provider `json:"provider,omitempty"`
	IMAP     FoundServer        `json:"imap"`
	POP3     FoundServer        `json:"pop3"`
	SMTP     FoundServer        `json:"smtp"`
	Probes   []Probe            `json:"probes"`
}

// Complete reports that mail can be read and sent with it.
func (f *Found) Complete() bool { return f.SMTP.Host != "" && f.IMAP.Host+f.POP3.Host != "" }

// finding is one search.
type finding struct {
	s     *Session
	span  *trace.Span
	watch func(Probe)
	Found
}

// FindSettings looks for the servers of an address: in the catalogue of providers, in the domain's SRV records (RFC 6186,
// RFC 8314), in its autoconfig file, and by its mail exchangers in the catalogue. It stops where mail can be read and sent;
// nobody but the domain itself is asked, and no password is needed.
func (s *Session) FindSettings(ctx context.Context, span *trace.Span, o FindOptions) (found Found, err error) {
	defer func() { span.End(err) }()
	list, err := mail.ParseAddressList(o.Address)
	if err != nil || len(list) != 1 {
		return found, fieldError("address", o.Address, err)
	}
	mailbox, err := list[0].Wire()
	if err != nil {
		return found, fieldError("address", o.Address, err)
	}
	if err := s.ended(ctx); err != nil {
		return found, err
	}
	f := &finding{s: s, span: span, watch: o.Watch, Found: Found{Address: list[0].Addr}}
	domain := strings.ToLower(mail.Address{Addr: mailbox}.Domain())
	for _, ask := range []func(context.Context, string){f.catalogue, f.services, f.autoconfig, f.exchangers} {
		if !f.Complete() && ctx.Err() == nil {
			ask(ctx, domain)
		}
	}
	return f.Found, ctx.Err()
}

func (f *finding) note(p Probe) {
	f.Probes = append(f.Probes, p)
	if f.watch != nil {
		f.watch(p)
	}
}

// failed notes a question that brought nothing: there is no such thing, or it could not be told.
func (f *finding) failed(what string, err error) {
	p := Probe{What: what, State: trace.NotApplicable}
	if why := explain.Find(err); !dns.Absent(err) && why.Code != wire.CodeDNSNotFound && !errors.Is(err, errNoPage) {
		p.State, p.Finding = trace.Unknown, &why
	}
	f.note(p)
}

// catalogue knows providers by their domains; nobody is asked.
func (f *finding) catalogue(_ context.Context, domain string) {
	what := "catalogue " + domain
	p, ok := provider.OfDomain(domain)
	if !ok {
		f.note(Probe{What: what, State: trace.NotApplicable})
		return
	}
	f.take(what, p)
}

func (f *finding) take(what string, p provider.Provider) {
	f.Provider = &p
	for at, from := range map[*FoundServer]*provider.Server{&f.IMAP: p.IMAP, &f.POP3: p.POP3, &f.SMTP: p.SMTP} {
		if from != nil && from.Host != "" {
			fill(at, FoundServer{Host: from.Host, Port: from.Port, TLS: from.TLS})
		}
	}
	f.note(Probe{What: what, State: trace.Pass, Answer: p.Name})
}

// fill takes a server where none is known yet, if it is one that can be spoken to in safety.
func fill(at *FoundServer, server FoundServer) bool {
	secure := server.TLS == config.TLSImplicit || server.TLS == config.TLSStartTLS
	if at.Host != "" || !secure || !hostPattern.MatchString(server.Host) || server.Port < 1 || server.Port > 65535 {
		return false
	}
	*at = server
	return true
}

// hostPattern is a name that may stand in the settings: it came from outside.
var hostPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)

// services asks for the domain's SRV records, TLS from the start first (RFC 8314 section 5.1).
func (f *finding) services(ctx context.Context, domain string) {
	for _, service := range []struct {
		name, tls string
		at        *FoundServer
	}{
		{"imaps", config.TLSImplicit, &f.IMAP}, {"imap", config.TLSStartTLS, &f.IMAP}, {"pop3s", config.TLSImplicit, &f.POP3},
		{"submissions", config.TLSImplicit, &f.SMTP}, {"submission", config.TLSStartTLS, &f.SMTP},
	} {
		if service.at.Host != "" || ctx.Err() != nil {
			continue
		}
		what := "_" + service.name + "._tcp." + domain + " SRV"
		short, cancel := context.WithTimeout(ctx, findTime)
		got, err := f.s.resolves(f.span).LookupSRV(short, service.name, "tcp", domain)
		cancel()
		if err != nil {
			f.failed(what, err)
			continue
		}
		p := Probe{What: what, State: trace.NotApplicable}
		for _, h := range got.Hosts {
			server := FoundServer{Host: h.Host, Port: int(h.Port), TLS: service.tls}
			if fill(service.at, server) {
				p.State, p.Answer = trace.Pass, server.String()
			}
		}
		f.note(p)
	}
}

// clientConfig is what is read of Thunderbird's autoconfig format, version 1.1.
type clientConfig struct {
	Incoming []configServer `xml:"emailProvider>incomingServer"`
	Outgoing []configServer `xml:"emailProvider>outgoingServer"`
}

type configServer struct {
	Type   string `xml:"type,attr"`
	Host   string `xml:"hostname"`
	Port   int    `xml:"port"`
	Socket string `xml:"socketType"`
}

// autoconfig fetches the domain's own configuration file; the mail address is not told.
func (f *finding) autoconfig(ctx context.Context, domain string) {
	for _, page := range []string{"https://autoconfig." + domain + "/mail/config-v1.1.xml", "https://" + domain + "/.well-known/autoconfig/mail/config-v1.1.xml"} {
		if f.Complete() || ctx.Err() != nil {
			return
		}
		c, err := f.fetch(ctx, page)
		if err != nil {
			f.failed(page, err)
			continue
		}
		var all []string
		for _, server := range append(c.Incoming, c.Outgoing...) {
			at := map[string]*FoundServer{"imap": &f.IMAP, "pop3": &f.POP3, "smtp": &f.SMTP}[strings.ToLower(server.Type)]
			tls := map[string]string{"SSL": config.TLSImplicit, "STARTTLS": config.TLSStartTLS}[strings.ToUpper(strings.TrimSpace(server.Socket))]
			is := FoundServer{Host: strings.TrimSpace(server.Host), Port: server.Port, TLS: tls}
			if at != nil && fill(at, is) {
				all = append(all, is.String())
			}
		}
		p := Probe{What: page, State: trace.Pass, Answer: strings.Join(all, ", ")}
		if len(all) == 0 {
			p.State = trace.NotApplicable
		}
		f.note(p)
	}
}

var errNoPage = errors.New("there is no such page")

func (f *finding) fetch(ctx context.Context, page string) (c clientConfig, err error) {
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	client := wire.HTTP(ctx, f.s.watched(f.span), f.span)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return c, err
	}
	reply, err := wire.Ask(client, request)
	if err != nil {
		if u, ok := err.(*url.Error); ok {
			err = u.Err
		}
		return c, err
	}
	defer reply.Body.Close()
	switch reply.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return c, errNoPage
	default:
		return c, fmt.Errorf("HTTP %s", reply.Status)
	}
	return c, xml.NewDecoder(io.LimitReader(reply.Body, findOctets)).Decode(&c)
}

// exchangers looks the domain's mail exchangers up in the catalogue: whose they are, is where the mailbox is.
func (f *finding) exchangers(ctx context.Context, domain string) {
	what := domain + " MX"
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	got, err := f.s.resolves(f.span).LookupMX(ctx, domain)
	if err != nil {
		f.failed(what, err)
		return
	}
	for _, h := range got.Hosts {
		if p, ok := provider.OfExchanger(h.Host); ok {
			f.take(what+" "+h.Host, p)
			return
		}
	}
	p := Probe{What: what, State: trace.NotApplicable}
	if len(got.Hosts) > 0 {
		p.Answer = got.Hosts[0].Host
	}
	f.note(p)
}
