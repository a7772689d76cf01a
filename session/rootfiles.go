package session

import (
	"errors"
	"io"
	"os"

	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// RootFiles name files that describe another root of the DNS: a company's, or a test's. Empty ones change nothing.
type RootFiles struct {
	Hints  string // root servers, as in IANA's named.root
	Anchor string // DS or DNSKEY records of the root
}

// netFrom is the session's net as it is seen from that root. An anchor belongs to its root: other hints without an anchor
// leave none.
func (s *Session) netFrom(root RootFiles) (*wire.Net, error) {
	n := *s.Net
	if root.Hints != "" {
		hints, err := readRootFile(root.Hints, dns.ParseRootHints)
		if err != nil {
			return nil, err
		}
		n.RootHints, n.TrustAnchor = hints, nil
	}
	if root.Anchor != "" {
		anchor, err := readRootFile(root.Anchor, dns.ParseTrustAnchor)
		if err != nil {
			return nil, err
		}
		n.TrustAnchor = anchor
	}
	return &n, nil
}

func readRootFile[T any](path string, parse func(io.Reader) (T, error)) (T, error) {
	f, err := os.Open(path)
	if err != nil {
		var none T
		return none, err
	}
	defer f.Close()
	got, err := parse(f)
	var bad *dns.RootFileError
	if errors.As(err, &bad) {
		code, args := bad.Explain()
		args["path"] = path
		err = &Error{code, args, err}
	}
	return got, err
}
