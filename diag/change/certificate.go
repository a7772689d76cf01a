package change

import (
	"cmp"
	"strings"
	"time"

	"todoku/diag/delivery"
	"todoku/internal/trace"
)

// tlsChanges compares handshakes: the leaf by its SHA-256, what it proves, the version. A certificate of the same names
// and issuer that lasts no less is renewed; any other is another.
func tlsChanges(a, b delivery.Hop) []Change {
	if a.TLS == nil || b.TLS == nil || len(a.TLS.Chain) == 0 || len(b.TLS.Chain) == 0 {
		return nil
	}
	var all []Change
	if a.TLS.Version != b.TLS.Version {
		level := trace.Pass
		if b.TLS.Version < a.TLS.Version {
			level = trace.Warn
		}
		all = append(all, Change{Code: "change.run.tls.version", What: "TLS", Was: a.TLS.Version, Now: b.TLS.Version, Level: level})
	}
	was, now := a.TLS.Chain[0], b.TLS.Chain[0]
	c := Change{What: "certificate", Was: certificate(a.TLS), Now: certificate(b.TLS), Level: trace.Warn}
	renewed := set(was.Names) == set(now.Names) && was.Issuer == now.Issuer && !now.NotAfter.Before(was.NotAfter)
	judged := a.TLS.Verified == b.TLS.Verified && a.TLS.Problem == b.TLS.Problem
	switch {
	case was.SHA256 == now.SHA256 && judged:
		return all
	case was.SHA256 == now.SHA256:
		c.Code = "change.run.tls.judged"
	case renewed && judged:
		c.Code, c.Level = "change.run.tls.renewed", trace.Pass
	default:
		c.Code = "change.run.tls.other"
	}
	if !judged && b.TLS.Verified {
		c.Level = trace.Pass
	}
	return append(all, c)
}

// certificate is a leaf in one line, with what is wrong with it.
func certificate(t *trace.TLSFacts) string {
	leaf := t.Chain[0]
	proves := "verified"
	if !t.Verified {
		proves = cmp.Or(t.Problem, "not verified")
	}
	return strings.Join([]string{set(leaf.Names), leaf.Issuer, leaf.NotAfter.UTC().Format(time.DateOnly), "SHA-256 " + leaf.SHA256[:min(16, len(leaf.SHA256))], proves}, "; ")
}
