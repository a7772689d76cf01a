package dns

import (
	"strings"

	mdns "github.com/miekg/dns"
)

// nsec3s are the proved NSEC3 records of a reply, all of one set of parameters (RFC 5155 section 8.2).
type nsec3s struct {
	checker *checker
	zone    string
	records []*mdns.NSEC3
	owners  []string // the hash in each record's owner
}

// add keeps a record whose hash is known and whose parameters are those of the first one.
func (r *nsec3s) add(n *mdns.NSEC3) {
	hash, parent, found := strings.Cut(n.Hdr.Name, ".")
	if n.Hash != mdns.SHA1 || n.Flags > 1 || !found || parent != strings.TrimPrefix(r.zone, ".") {
		return
	}
	if len(r.records) > 0 && (n.Iterations != r.records[0].Iterations || n.Salt != r.records[0].Salt) {
		return
	}
	r.records, r.owners = append(r.records, n), append(r.owners, strings.ToUpper(hash))
}

// hash gives the hash of a name, "" when too many were asked for.
func (r *nsec3s) hash(name string) string {
	if h, ok := r.checker.hashed[name]; ok {
		return h
	}
	if len(r.checker.hashed) >= maxHashes {
		r.checker.capped = true
		return ""
	}
	h := mdns.HashName(name, mdns.SHA1, r.records[0].Iterations, r.records[0].Salt)
	if r.checker.hashed == nil {
		r.checker.hashed = map[string]string{}
	}
	r.checker.hashed[name] = h
	return h
}

func (r *nsec3s) match(name string) *mdns.NSEC3 {
	h := r.hash(name)
	for i, owner := range r.owners {
		if h != "" && owner == h {
			return r.records[i]
		}
	}
	return nil
}

func (r *nsec3s) covering(name string) *mdns.NSEC3 {
	h := r.hash(name)
	for i, owner := range r.owners {
		next := strings.ToUpper(r.records[i].NextDomain)
		between := owner < h && h < next
		atEnd := owner >= next && (h > owner || h < next)
		if h != "" && (between || atEnd) {
			return r.records[i]
		}
	}
	return nil
}

// closest proves the closest encloser of a name that does not exist (RFC 5155 section 8.3): the longest name above it
// that does, and the record that covers the name one label longer.
func (r *nsec3s) closest(name string) (encloser string, cover *mdns.NSEC3) {
	closer := name
	for labels := mdns.CountLabel(name) - 1; labels >= mdns.CountLabel(r.zone); labels-- {
		up := lastLabels(name, labels)
		if n := r.match(up); n != nil {
			b := bits(n.TypeBitMap)
			if b.cuts() || b.has(mdns.TypeDNAME) {
				return "", nil
			}
			return up, r.covering(closer)
		}
		if r.checker.capped {
			return "", nil
		}
		closer = up
	}
	return "", nil
}

func optsOut(n *mdns.NSEC3) bool { return n.Flags&1 != 0 }

func strength(cover *mdns.NSEC3) proof {
	if optsOut(cover) {
		return provedButOptOut
	}
	return proved
}

func (r *nsec3s) noName(name string) proof {
	encloser, cover := r.closest(name)
	if cover == nil || r.match(name) != nil || r.covering(wildcardOf(encloser)) == nil {
		return unprovedDenial
	}
	return strength(cover)
}

func (r *nsec3s) noData(name string, rrtype uint16) proof {
	if n := r.match(name); n != nil {
		return yes(bits(n.TypeBitMap).lacks(rrtype, name == "."))
	}
	encloser, cover := r.closest(name)
	if cover == nil {
		return unprovedDenial
	}
	if rrtype == mdns.TypeDS && optsOut(cover) {
		return provedButOptOut
	}
	wild := r.match(wildcardOf(encloser))
	if wild == nil || !bits(wild.TypeBitMap).lacks(rrtype, false) {
		return unprovedDenial
	}
	return strength(cover)
}

func (r *nsec3s) noCloser(name string, labels int) proof {
	cover := r.covering(lastLabels(name, labels+1))
	if cover == nil {
		return unprovedDenial
	}
	return strength(cover)
}

func (r *nsec3s) delegates(name string) (cut, known bool) {
	if n := r.match(name); n != nil {
		return bits(n.TypeBitMap).delegates()
	}
	_, cover := r.closest(name)
	return cover != nil && optsOut(cover), cover != nil
}
