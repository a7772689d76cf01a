package compare

import (
	"net"
	"strconv"
	"strings"

	"todoku/diag/provider"
	"todoku/internal/trace"
)

// Hint is what the catalogue of providers knows of the account's. It proves nothing: the offers are what was asked. Where
// both disagree a finding of level warn says so.
type Hint struct {
	Provider string           `json:"provider"`
	POP3     *provider.Server `json:"pop3,omitempty"`
	IMAP     *provider.Server `json:"imap,omitempty"`
	Findings []trace.Finding  `json:"findings"`        // what it says of each protocol, with its month, and where it is contradicted
	Notes    []provider.Note  `json:"notes,omitempty"` // oddities, each with its month
}

// HintOf holds what the catalogue says of the account's provider against what its servers told. nil where it knows no
// provider, or nothing of POP3 and IMAP there.
func HintOf(address string, offers []Offer) *Hint {
	p, known := providerOf(address, offers)
	if !known || p.POP3 == nil && p.IMAP == nil {
		return nil
	}
	h := &Hint{Provider: p.Name, POP3: p.POP3, IMAP: p.IMAP, Notes: p.Notes}
	for _, o := range offers {
		if s := Hinted(p, o.Protocol); s != nil {
			h.Findings = append(h.Findings, hinted(p.Name, *s, o)...)
		}
	}
	return h
}

// providerOf finds the provider by the servers that are configured, else by the address.
func providerOf(address string, offers []Offer) (provider.Provider, bool) {
	for _, o := range offers {
		if host, _, err := net.SplitHostPort(o.Server); err == nil && o.State != NA {
			if p, known := provider.OfServer(host); known {
				return p, true
			}
		}
	}
	_, domain, _ := strings.Cut(address, "@")
	return provider.OfDomain(domain)
}

// Hinted is what the catalogue says of a provider's server for a protocol; nil if it says nothing.
func Hinted(p provider.Provider, protocol Protocol) *provider.Server {
	if protocol == POP3 {
		return p.POP3
	}
	return p.IMAP
}

// hinted says what the catalogue says, and where the server contradicts it.
func hinted(name string, s provider.Server, o Offer) []trace.Finding {
	args := map[string]string{"provider": name, "protocol": strings.ToUpper(string(o.Protocol)), "dated": s.Dated, "asked": o.Server,
		"server": net.JoinHostPort(s.Host, strconv.Itoa(s.Port))}
	answered := o.Capabilities != nil
	if s.Offered == "no" {
		all := []trace.Finding{said("compare.hint.none", trace.Pass, args)}
		if answered {
			all = append(all, said("compare.hint.answers", trace.Warn, args))
		}
		return all
	}
	all := []trace.Finding{said("compare.hint.offers", trace.Pass, args)}
	if s.SwitchOn {
		all[0].Code = "compare.hint.switch"
	}
	switch {
	case !answered && o.State != Unknown:
		all = append(all, said("compare.hint.silent", trace.Warn, args))
	case answered && o.Server != args["server"]:
		all = append(all, said("compare.hint.elsewhere", trace.Pass, args))
	}
	return all
}
