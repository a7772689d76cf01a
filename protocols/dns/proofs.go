package dns

import (
	"crypto/sha256"
	"sync"

	mdns "github.com/miekg/dns"
)

// maxProofs bounds the proofs that are remembered, 32 octets each.
const maxProofs = 50_000

// proofs remembers which signatures over which records held under which keys, so that a denial which many domains of one
// registry share is checked once. Whether a signature is in its time is no part of it.
type proofs struct {
	mu   sync.Mutex
	held map[[sha256.Size]byte]struct{}
}

// verify checks a signature, or remembers it; spend takes what a check costs and tells whether it may be made.
func (p *proofs) verify(set rrset, sig *mdns.RRSIG, key *mdns.DNSKEY, spend func() bool) (held, checked bool) {
	id, whole := proofID(append([]mdns.RR{sig, key}, set.records...))
	if whole && p.has(id) {
		return true, true
	}
	if !spend() {
		return false, false
	}
	if sig.Verify(key, set.records) != nil {
		return false, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if whole && len(p.held) < maxProofs {
		if p.held == nil {
			p.held = map[[sha256.Size]byte]struct{}{}
		}
		p.held[id] = struct{}{}
	}
	return true, true
}

func (p *proofs) has(id [sha256.Size]byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.held[id]
	return ok
}

// proofID is a digest of the records as they are on the wire; whole is false if one cannot be written.
func proofID(records []mdns.RR) (id [sha256.Size]byte, whole bool) {
	sum := sha256.New()
	for _, rr := range records {
		wire := make([]byte, mdns.Len(rr)+1)
		n, err := mdns.PackRR(mdns.Copy(rr), wire, 0, nil, false) // packing writes a length into the record, which others read
		if err != nil {
			return id, false
		}
		sum.Write(wire[:n]) // a record tells its own length, so two lists never read the same
	}
	sum.Sum(id[:0])
	return id, true
}
