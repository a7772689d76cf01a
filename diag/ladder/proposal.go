package ladder

import (
	"slices"
	"strconv"
	"strings"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// Proposal is what to set of one server, as a broken rung found it: it was tried. What is empty stays.
type Proposal struct {
	Proto string // of the server: IMAP, POP3 or SMTP
	Host  string
	Port  int
	TLS   wire.TLSMode
}

// Proposed gives what the finding of a broken rung proposes to set; false if that is nothing.
func Proposed(f trace.Finding) (Proposal, bool) {
	p := Proposal{Proto: strings.ToLower(f.Args["proto"])}
	use, _, _ := strings.Cut(f.Args["use"], ",") // the first of several
	switch f.Code {
	case "doctor.certificate.use":
		p.Host = use
	case "doctor.tls.mode":
		p.TLS = wire.TLSMode(f.Args["use_tls"])
		p.Port, _ = strconv.Atoi(f.Args["use_port"])
	case "doctor.port.blocked", "doctor.port.refused", "doctor.port25":
		p.Port, _ = strconv.Atoi(use[strings.LastIndexByte(use, ':')+1:])
		p.TLS = wire.TLSStart
		if at := slices.Index(mailPorts(p.Proto), p.Port); at < 0 {
			return p, false
		} else if at == 0 {
			p.TLS = wire.TLSImplicit
		}
	}
	return p, p.Host != "" || p.Port != 0 || p.TLS != ""
}
