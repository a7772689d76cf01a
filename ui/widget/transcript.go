package widget

import (
	"bytes"
	"slices"
	"strings"

	"todoku/internal/trace"
	"todoku/ui/text"
)

// EventMark says who spoke: C the client, S the server, = a fact.
func EventMark(e *trace.Event) text.Safe {
	ours := e.Kind == trace.KindSend || e.Kind == trace.KindData && e.Sent
	theirs := e.Kind == trace.KindRecv || e.Kind == trace.KindData && !e.Sent
	switch {
	case ours == theirs:
		return "="
	case ours == (e.Side != trace.SideServer):
		return "C"
	}
	return "S"
}

// EventLine words an event in one line: what was said, or what happened.
func EventLine(w text.WireWords, e *trace.Event) text.Safe {
	switch e.Kind {
	case trace.KindSend, trace.KindRecv:
		return text.Visible(bytes.TrimRight(e.Data, "\r\n"))
	case trace.KindData:
		head, _, _ := bytes.Cut(e.Data, []byte("\n"))
		return text.F(w.Octets, text.Size(e.Size)) + " " + text.Visible(bytes.TrimRight(head[:min(len(head), 200)], "\r"))
	case trace.KindTLS:
		return tlsLine(w, e)
	case trace.KindDial:
		return fact(w, text.F(w.Connect, e.Addr), e)
	case trace.KindClose:
		return fact(w, w.Closed, e)
	case trace.KindDropped:
		return text.F(w.Dropped, text.Num(int(e.Size)))
	case trace.KindDNS:
		return fact(w, dnsLine(w, e), e)
	}
	return fact(w, text.Clean(e.Name), e)
}

// dnsLine is the question, who was asked, and what the answer holds: only the data of records of the type asked for,
// with the type before it for others.
func dnsLine(w text.WireWords, e *trace.Event) text.Safe {
	asked := strings.Fields(e.Name)
	var answers []string
	for line := range strings.SplitSeq(string(e.Data[:min(len(e.Data), 2000)]), "\n") {
		f := strings.Fields(line)
		switch {
		case len(f) < 5: // no record of a zone file: an address
			answers = append(answers, strings.Join(f, " "))
		case len(asked) > 1 && slices.Contains(asked, f[3]):
			answers = append(answers, strings.Join(f[4:], " "))
		default:
			answers = append(answers, strings.Join(f[3:], " "))
		}
	}
	said := text.Clean(e.Name)
	if e.Addr != "" {
		said = text.F(w.AskedAt, e.Name, e.Addr)
	}
	if all := strings.Join(answers, ", "); all != "" {
		said += ": " + text.Clean(all)
	}
	return said
}

func fact(w text.WireWords, s text.Safe, e *trace.Event) text.Safe {
	if e.Error != "" {
		return s + "  " + text.F(w.Error, e.Error)
	}
	return s
}

func tlsLine(w text.WireWords, e *trace.Event) text.Safe {
	t := e.TLS
	if t == nil {
		return fact(w, "TLS", e)
	}
	if len(t.Chain) == 0 {
		return fact(w, text.F(w.TLSPlain, t.Version, t.SNI), e)
	}
	leaf := t.Chain[0]
	name := leaf.Subject
	if len(leaf.Names) > 0 {
		name = leaf.Names[0]
	}
	said := text.F(w.TLS, t.Version, t.Curve, name, CommonName(leaf.Issuer), leaf.NotAfter.Format("2006-01-02"))
	if !t.Verified {
		said += ", " + w.NotVerified
	}
	return fact(w, said, e)
}

// CommonName is the CN of a distinguished name, which is what people call an authority.
func CommonName(dn string) string {
	for part := range strings.SplitSeq(dn, ",") {
		if cn, ok := strings.CutPrefix(strings.TrimSpace(part), "CN="); ok {
			return cn
		}
	}
	return dn
}
