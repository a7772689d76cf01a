package ladder

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// insecure says why no TLS came about: another mode on this port, another name or time in the certificate, or no mail
// server at all.
func (v *visit) insecure(ctx context.Context, span *trace.Span, err error) Outcome {
	var e *wire.Error
	if !errors.As(err, &e) {
		return v.explained(err)
	}
	switch e.Code {
	case wire.CodeTLSPlainPeer, wire.CodeTLSClosed, wire.CodeSilent, wire.CodeSlow:
		if speaks(e.Got) == "HTTP" {
			return v.portal(e.Got)
		}
		if v.TLS == wire.TLSImplicit {
			return v.otherMode(ctx, span, err, wire.TLSStart, v.Port)
		}
	case wire.CodeTLSNotOffered:
		return v.otherMode(ctx, span, err, wire.TLSImplicit, mailPorts(v.Proto)[0])
	case wire.CodeTLSName:
		return v.misnamed(ctx, span, err)
	case wire.CodeTLSExpired:
		return v.outOfTime(ctx, span, err)
	}
	return v.explained(err)
}

// mute says why no greeting came that this protocol knows: the port begins with TLS, or something else listens there.
func (v *visit) mute(ctx context.Context, span *trace.Span, err error) Outcome {
	var e *wire.Error
	if !errors.As(err, &e) {
		return v.explained(err)
	}
	switch e.Code {
	case wire.CodeSilent, wire.CodeTLSPort, wire.CodeTLSPeer, wire.CodeClosed:
		if v.TLS != wire.TLSImplicit {
			return v.otherMode(ctx, span, err, wire.TLSImplicit, v.Port)
		}
	case wire.CodeGarbled:
		said := trace.Visible([]byte(v.firstLine(ctx, span))) // the error holds the end of it
		switch other := speaks(said); other {
		case "HTTP":
			return v.portal(said)
		case "", strings.ToUpper(v.Proto):
		default:
			return v.broken("doctor.protocol", map[string]string{"speaks": other, "said": said})
		}
	}
	return v.explained(err)
}

// speaks names the protocol of a server's first words; "" for none that is known.
func speaks(got string) string {
	switch {
	case strings.HasPrefix(got, "HTTP/"):
		return "HTTP"
	case strings.HasPrefix(got, "* OK"), strings.HasPrefix(got, "* PREAUTH"), strings.HasPrefix(got, "* BYE"):
		return "IMAP"
	case strings.HasPrefix(got, "+OK"), strings.HasPrefix(got, "-ERR"):
		return "POP3"
	case strings.HasPrefix(got, "220"), strings.HasPrefix(got, "421"), strings.HasPrefix(got, "554"):
		return "SMTP"
	case strings.HasPrefix(got, "SSH-"):
		return "SSH"
	}
	return ""
}

func (v *visit) portal(got string) Outcome {
	return v.broken("doctor.portal", map[string]string{"said": got, "names": ""})
}

// otherMode tries the other TLS mode, and names it only if the server holds it.
func (v *visit) otherMode(ctx context.Context, span *trace.Span, err error, mode wire.TLSMode, port int) Outcome {
	a := v.at(span)
	a.mode, a.port = mode, port
	if !v.holds(ctx, a) {
		return v.explained(err)
	}
	facts := map[string]string{"have": fmt.Sprintf("tls = %q", string(v.TLS)), "use": fmt.Sprintf("tls = %q", string(mode)), "said": err.Error(),
		"use_tls": string(mode)}
	if port != v.Port {
		facts["use"] += fmt.Sprintf(", port = %d", port)
		facts["use_port"] = strconv.Itoa(port)
	}
	return v.broken("doctor.tls.mode", facts)
}

// holds reports that the server can be reached otherwise: greeting and TLS, up to where a login could begin.
func (v *visit) holds(ctx context.Context, a address) bool {
	s, err := connect(ctx, v.Proto, a)
	if err != nil {
		return false
	}
	defer s.close()
	if _, err := s.greet(ctx); err != nil {
		return false
	}
	return a.mode != wire.TLSStart || s.secure(ctx) == nil
}
