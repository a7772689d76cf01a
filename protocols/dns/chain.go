package dns

import (
	"errors"
	"slices"
	"sync"
	"time"

	mdns "github.com/miekg/dns"
)

// maxBogusTries is how many servers of a zone are asked when what they say is bogus: one of them may hold an old copy.
const maxBogusTries = 3

// trust is what is proved of a zone's keys. It may be read when ready is closed.
type trust struct {
	ready    chan struct{}
	security Security
	keys     []zoneKey
}

// vouch begins to prove a zone's keys, once for all walks and beside them: the chain grows while the walk goes down.
func (k *walk) vouch(d *delegation) *trust {
	k.mu.Lock()
	defer k.mu.Unlock()
	if d.trust == nil {
		t := &trust{ready: make(chan struct{}), security: silentLink(d, question{d.zone, mdns.TypeDNSKEY}, errors.New("the check ended early"))}
		d.trust = t
		k.beside.Go(func() {
			defer close(t.ready)
			defer k.span.Recovered("the keys of " + d.zone)
			t.keys, t.security = k.establish(d)
			if k.ctx.Err() != nil { // the caller's hurry is no knowledge for the next walk
				k.mu.Lock()
				defer k.mu.Unlock()
				d.trust = nil
			}
		})
	}
	return d.trust
}

// trusted waits for a zone's keys.
func (k *walk) trusted(d *delegation) ([]zoneKey, Security) {
	t := k.vouch(d)
	select {
	case <-t.ready:
		return t.keys, t.security
	case <-k.ctx.Done():
		return nil, silentLink(d, question{d.zone, mdns.TypeDNSKEY}, k.ctx.Err())
	}
}

// silentLink is the outcome of a link that could not be had.
func silentLink(d *delegation, q question, err error) Security {
	return unproved{codeSilent, map[string]string{"said": err.Error()}}.at(d.zone, q)
}

// establish proves the keys of a zone by the DS records of its parent, or the root's by the trust anchor. The keys are
// asked for at once if the referral came with DS records.
func (k *walk) establish(d *delegation) ([]zoneKey, Security) {
	q := question{d.zone, mdns.TypeDNSKEY}
	early := sync.OnceValues(func() (learned, error) { return k.ask(d, q) })
	ask := early
	if len(k.anchors) > 0 && (d.parent == nil || len(setOf(d.proof, d.zone, mdns.TypeDS).records) > 0) {
		k.beside.Go(func() {
			defer k.span.Recovered("the keys of " + d.zone)
			early()
		})
	}
	signers, s := k.signers(d)
	if s.Status != Secure {
		return nil, s
	}
	for tries := 1; ; tries++ {
		got, err := ask()
		if err != nil {
			return nil, silentLink(d, q, err)
		}
		keys, why := k.checker().keys(setOf(got.answer, d.zone, mdns.TypeDNSKEY), d.zone, signers)
		if statusOf(why.code) != Bogus || why.ok() || !k.another(got, tries) {
			if d.parent == nil && why.code == codeDS {
				why.code = codeAnchor
			}
			return keys, why.at(d.zone, q)
		}
		ask = func() (learned, error) { return k.ask(d, q) }
	}
}

// another puts a server whose answer was bogus last, and tells whether there is one to ask instead.
func (k *walk) another(got learned, tries int) bool {
	k.blame(got.d, got.addr)
	return tries < maxBogusTries && tries < len(k.places(got.d))
}

// ask puts a question of the chain to the servers of a zone. A referral is a reply like any other here.
func (k *walk) ask(d *delegation, q question) (learned, error) {
	inner := *k
	inner.asked = q
	got, _, err := inner.askZone(d, q, q)
	return got, err
}

// signers gives the proved DS records of a zone: those that came with the referral, else those that the parent's servers
// give. That there are none makes the zone insecure, if it is proved.
func (k *walk) signers(d *delegation) ([]*mdns.DS, Security) {
	q := question{d.zone, mdns.TypeDS}
	if d.parent == nil {
		if len(k.anchors) == 0 {
			return nil, unproved{code: codeNoAnchor}.at(".", q)
		}
		return k.anchors, unproved{}.at(".", q)
	}
	// Whoever gave the referral may hold more than the zone that it was asked as: uk. and co.uk. are on the same servers.
	up := lastLabels(d.zone, mdns.CountLabel(d.zone)-1)
	parent, keys, s := k.holder(d.parent, signerIn(d.proof, up), up)
	if s.Status != Secure {
		return nil, s
	}
	signers, cut, why := k.checker().signersIn(d.proof, d.zone, parent.zone, keys)
	for tries := 1; !cut || why.bogus(); tries++ {
		got, err := k.ask(parent, q)
		if err != nil {
			return nil, silentLink(parent, q, err)
		}
		signers, cut, why = k.checker().signersIn(got.said(), d.zone, parent.zone, keys)
		if cut && !why.bogus() || !k.another(got, tries) {
			break
		}
	}
	if why.ok() && !cut {
		why.code = codeDenial // the parent refers to a zone that it proves not to be one
	}
	return signers, delegated(d.zone, parent.zone, why)
}

// delegated is the outcome of the link from a zone to the one below.
func delegated(child, parent string, why unproved) Security {
	at := parent
	if why.code == codeInsecure {
		at = child
	}
	s := why.at(at, question{child, mdns.TypeDS})
	s.Args["parent"] = shown(parent)
	return s
}

// signersIn reads what a parent zone says of a zone cut: DS records, or the proof that there are none. cut is false when
// it is proved that the name is no cut at all; the error is then empty.
func (c *checker) signersIn(said []mdns.RR, child, zone string, keys []zoneKey) (signers []*mdns.DS, cut bool, why unproved) {
	if set := setOf(said, child, mdns.TypeDS); len(set.records) > 0 {
		for _, rr := range set.records {
			signers = append(signers, rr.(*mdns.DS))
		}
		_, why = c.verify(set, zone, keys)
		return signers, true, why
	}
	d, why := c.denials(said, zone, keys)
	if !why.ok() {
		return nil, true, why
	}
	cut, known := d.delegates(child)
	switch {
	case c.capped:
		return nil, true, c.outcome(unprovedDenial)
	case !known:
		return nil, true, unproved{code: codeDenial}
	case cut:
		return nil, true, unproved{code: codeInsecure}
	}
	return nil, false, unproved{}
}

// within finds the zone that a name or a signer is in, below d, where the same servers hold both sides of a cut and so
// give no referral. Each name on the way down is asked for DS.
func (k *walk) within(d *delegation, name string) (*delegation, []zoneKey, Security) {
	keys, s := k.trusted(d)
	for n := mdns.CountLabel(d.zone) + 1; n <= mdns.CountLabel(name) && s.Status == Secure; n++ {
		child, link := k.cutAt(d, lastLabels(name, n), keys)
		switch {
		case link.Status != Secure:
			return d, nil, link
		case child != nil:
			d = child
			keys, s = k.trusted(d)
		}
	}
	return d, keys, s
}

// cutAt asks whether a zone cut is at the name; nil if there is none.
func (k *walk) cutAt(d *delegation, name string, keys []zoneKey) (*delegation, Security) {
	k.mu.Lock()
	known := k.inner[name]
	k.mu.Unlock()
	q := question{name, mdns.TypeDS}
	if known != nil && known.fresh(k.now()) {
		return known, unproved{}.at(d.zone, q)
	}
	got, err := k.ask(d, q)
	if err != nil {
		return nil, silentLink(d, q, err)
	}
	c := k.checker()
	if set := signedSet(got.answer, name, mdns.TypeCNAME); len(set.records) > 0 { // the name is an alias, so no cut
		_, why := c.verify(set, d.zone, keys)
		return nil, why.at(d.zone, q)
	}
	_, cut, why := c.signersIn(got.said(), name, d.zone, keys)
	if !why.ok() || !cut {
		return nil, delegated(name, d.zone, why)
	}
	child := &delegation{zone: name, servers: d.servers, parent: d, proof: got.said(), until: d.until}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.inner) < maxZones {
		k.inner[name] = child
	}
	return child, unproved{}.at(d.zone, q)
}

// checker begins to judge a reply.
func (k *walk) checker() *checker {
	return &checker{now: k.now(), proofs: &k.proofs, spend: func() bool { return k.checks.Add(1) <= k.limit*checksPerQuery }}
}

// now is the clock of the world.
func (w *Walker) now() time.Time {
	if w.stub.net.Now != nil {
		return w.stub.net.Now()
	}
	return time.Now()
}

// said is all that a reply holds but for additional records, which are never signed for themselves.
func (p reply) said() []mdns.RR { return slices.Concat(p.answer, p.authority) }

func (u unproved) bogus() bool { return !u.ok() && statusOf(u.code) == Bogus }

// signerOf is the zone that signed, as the signatures say; "" without any.
func signerOf(sigs []*mdns.RRSIG) string {
	if len(sigs) == 0 {
		return ""
	}
	return mdns.CanonicalName(sigs[0].SignerName)
}
