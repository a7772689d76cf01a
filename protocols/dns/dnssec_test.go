package dns

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	mdns "github.com/miekg/dns"

	"todoku/protocols/wire"
)

// signedTree is a root, test. and tsuru.test., each signed and on a server of its own.
type signedTree struct {
	root, test, tsuru []zoneOption
	lines             []string                   // more of tsuru.test.
	parent            []string                   // more of test.
	ds                func(*signedZone) []string // of tsuru.test. in test.; nil means the right one
	more              func(in internet, test *signedZone)
}

var tsuruLines = []string{
	goodMX, "mx1.tsuru.test. 300 A 192.0.2.25", "tsuru.test. 300 NS ns1.tsuru.test.", "ns1.tsuru.test. 300 A 192.0.2.53",
	"www.tsuru.test. 300 CNAME mx1.tsuru.test.", "*.wild.tsuru.test. 300 TXT \"anything\"", "a.b.empty.tsuru.test. 300 TXT \"here\"",
	"old.tsuru.test. 300 DNAME tsuru.test.",
}

// grow starts the tree and gives a walker that trusts its root.
func (s signedTree) grow(t *testing.T, o WalkOptions) (*Walker, func() []Hop) {
	t.Helper()
	tsuru := newSignedZone(t, "tsuru.test.", append(slices.Clone(tsuruLines), s.lines...), s.tsuru...)
	ds := []string{tsuru.ds()}
	if s.ds != nil {
		ds = s.ds(tsuru)
	}
	test := newSignedZone(t, "test.", slices.Concat([]string{"test. 300 NS ns.nic.test.", "ns.nic.test. 300 A 198.51.100.2",
		"tsuru.test. 300 NS ns1.tsuru.test.", "ns1.tsuru.test. 300 A 192.0.2.53"}, ds, s.parent), s.test...)
	up := []string{test.ds()}
	if test.unsigned {
		up = nil
	}
	root := newSignedZone(t, ".", append(up, ". 300 NS a.root.test.", "test. 300 NS ns.nic.test.", "ns.nic.test. 300 A 198.51.100.2"), s.root...)
	in := internet{"198.51.100.1": root.answer, "198.51.100.2": test.answer, "192.0.2.53": tsuru.answer}
	if s.more != nil {
		s.more(in, test)
	}
	if o.Net == nil {
		o.Net = &wire.Net{}
	}
	if o.Net.TrustAnchor == nil {
		o.Net.TrustAnchor = []string{root.ds()}
	}
	return walkerOn(t, in, o)
}

// noDS leaves the delegation of tsuru.test. without DS records.
func noDS(*signedZone) []string { return nil }

// wantProof fails unless the outcome is of the code, at the link.
func wantProof(t *testing.T, got Security, code, link string) {
	t.Helper()
	if got.Code != code || link != "" && got.Link != link || got.Status != statusOf(code) {
		t.Errorf("%+v, want %s at %q", got, code, link)
	}
}

func TestSecureAnswers(t *testing.T) {
	for name, tree := range map[string]signedTree{
		"NSEC":  {},
		"NSEC3": {root: []zoneOption{withNSEC3(0)}, test: []zoneOption{withNSEC3(5)}, tsuru: []zoneOption{withNSEC3(maxIterations)}},
		"mixed": {root: []zoneOption{withP384}, test: []zoneOption{withEd25519}},
		"RSA":   {root: []zoneOption{withRSA}, test: []zoneOption{withRSA}, tsuru: []zoneOption{withRSA}},
	} {
		t.Run(name, func(t *testing.T) {
			w, hops := tree.grow(t, WalkOptions{})
			for _, c := range []struct {
				name, rrtype string
				kind         Kind
			}{
				{"tsuru.test", "MX", ""}, {"www.tsuru.test", "A", ""}, {"x.y.wild.tsuru.test", "TXT", ""}, {"tsuru.test", "DS", ""}, {"mx1.old.tsuru.test", "A", ""},
				{"tsuru.test", "TXT", NoData}, {"mx1.tsuru.test", "AAAA", NoData}, {"b.empty.tsuru.test", "TXT", NoData},
				{"x.wild.tsuru.test", "A", NoData}, {"www.tsuru.test", "AAAA", NoData}, {"nobody.tsuru.test", "MX", NotFound},
				{"x.nobody.tsuru.test", "MX", NotFound}, {"nobody.test", "MX", NotFound}, {"fuji.tset", "MX", NotFound},
			} {
				got, err := w.Walk(t.Context(), c.name, c.rrtype)
				if c.kind == "" && err != nil {
					t.Errorf("%s %s: %v", c.name, c.rrtype, err)
				} else if c.kind != "" {
					wantKind(t, err, c.kind)
				}
				if got.DNSSEC.Status != Secure {
					t.Errorf("%s %s: %+v", c.name, c.rrtype, got.DNSSEC)
				}
			}
			keys := 0
			for _, h := range hops() {
				if h.Type == "DNSKEY" && strings.HasSuffix(h.For, " DNSKEY") && h.Outcome == Answers {
					keys++
				}
				if h.Type == "DS" && h.For != "tsuru.test DS" {
					t.Errorf("DS was asked for, though referrals bring it: %s at %s", h.For, h.Server)
				}
			}
			if keys != 3 {
				t.Errorf("keys were asked for %d times, want once for each zone", keys)
			}
		})
	}
}

func TestInsecureAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		tree signedTree
		code string
		link string
	}{
		"no DS, NSEC":    {signedTree{ds: noDS, tsuru: []zoneOption{withoutKeys}}, codeInsecure, "tsuru.test DS"},
		"no DS, NSEC3":   {signedTree{ds: noDS, test: []zoneOption{withNSEC3(1)}, tsuru: []zoneOption{withoutKeys}}, codeInsecure, "tsuru.test DS"},
		"no DS, opt-out": {signedTree{ds: noDS, test: []zoneOption{withOptOut}, tsuru: []zoneOption{withoutKeys}}, codeInsecure, "tsuru.test DS"},
		"signed island":  {signedTree{ds: noDS}, codeInsecure, "tsuru.test DS"},
		"whole TLD":      {signedTree{test: []zoneOption{withoutKeys}}, codeInsecure, "test DS"},
		"unknown algorithm": {signedTree{ds: func(*signedZone) []string {
			return []string{"tsuru.test. 300 DS 4711 16 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"}
		}}, codeAlgorithm, "tsuru.test DNSKEY"},
		"unknown digest": {signedTree{ds: func(*signedZone) []string {
			return []string{"tsuru.test. 300 DS 4711 13 99 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"}
		}}, codeAlgorithm, "tsuru.test DNSKEY"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := c.tree.grow(t, WalkOptions{})
			got, err := w.Walk(t.Context(), "tsuru.test", "MX")
			if err != nil {
				t.Fatal(err)
			}
			wantProof(t, got.DNSSEC, c.code, c.link)
			got, err = w.Walk(t.Context(), "nobody.tsuru.test", "MX")
			wantKind(t, err, NotFound)
			wantProof(t, got.DNSSEC, c.code, c.link)
		})
	}
}

// A name that may be an unsigned delegation, left out of the proof, is not proved to be absent.
func TestOptOutIsNoProof(t *testing.T) {
	w, _ := signedTree{test: []zoneOption{withOptOut}}.grow(t, WalkOptions{})
	got, err := w.Walk(t.Context(), "nobody.test", "MX")
	wantKind(t, err, NotFound)
	wantProof(t, got.DNSSEC, codeOptOut, "nobody.test MX")
}

// drop removes records of a type and their signatures from every section.
func drop(rrtype uint16) func(q, m *mdns.Msg) {
	return func(_, m *mdns.Msg) {
		is := func(rr mdns.RR) bool {
			sig, ok := rr.(*mdns.RRSIG)
			return rr.Header().Rrtype == rrtype || ok && sig.TypeCovered == rrtype
		}
		m.Answer, m.Ns = slices.DeleteFunc(m.Answer, is), slices.DeleteFunc(m.Ns, is)
	}
}

func nameIn(q *mdns.Msg) string { return mdns.CanonicalName(q.Question[0].Name) }

// onlyFor spoils answers to one name and type.
func onlyFor(name string, rrtype uint16, f func(q, m *mdns.Msg)) func(q, m *mdns.Msg) {
	return func(q, m *mdns.Msg) {
		if nameIn(q) == name && q.Question[0].Qtype == rrtype {
			f(q, m)
		}
	}
}

func forge(_, m *mdns.Msg) {
	for i, rr := range m.Answer {
		if mx, ok := rr.(*mdns.MX); ok {
			c := mdns.Copy(mx).(*mdns.MX)
			c.Mx = "mx.evil.test."
			m.Answer[i] = c
		}
	}
}

func TestBogusAnswers(t *testing.T) {
	wrongDS := func(*signedZone) []string {
		return []string{"tsuru.test. 300 DS 4711 13 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"}
	}
	for name, c := range map[string]struct {
		tree  signedTree
		asked string
		code  string
		link  string
	}{
		"expired":             {signedTree{tsuru: []zoneOption{validFor(-48*time.Hour, -time.Hour)}}, "tsuru.test", codeExpired, "tsuru.test DNSKEY"},
		"not valid yet":       {signedTree{tsuru: []zoneOption{validFor(time.Hour, 48*time.Hour)}}, "tsuru.test", codeEarly, "tsuru.test DNSKEY"},
		"expired at the root": {signedTree{root: []zoneOption{validFor(-48*time.Hour, -time.Hour)}}, "tsuru.test", codeClock, ". DNSKEY"},
		"expired at the TLD":  {signedTree{test: []zoneOption{validFor(-48*time.Hour, -time.Hour)}}, "tsuru.test", codeExpired, "test DNSKEY"},
		"not signed":          {signedTree{tsuru: []zoneOption{spoiled(drop(mdns.TypeRRSIG))}}, "tsuru.test", codeNoSignature, "tsuru.test DNSKEY"},
		"answer not signed":   {signedTree{tsuru: []zoneOption{spoiled(onlyFor("tsuru.test.", mdns.TypeMX, drop(mdns.TypeRRSIG)))}}, "tsuru.test", codeNoSignature, "tsuru.test MX"},
		"no keys":             {signedTree{tsuru: []zoneOption{withoutKeys}}, "tsuru.test", codeDS, "tsuru.test DNSKEY"},
		"wrong DS":            {signedTree{ds: wrongDS}, "tsuru.test", codeDS, "tsuru.test DNSKEY"},
		"forged":              {signedTree{tsuru: []zoneOption{spoiled(forge)}}, "tsuru.test", codeSignature, "tsuru.test MX"},
		"no proof of nodata":  {signedTree{tsuru: []zoneOption{spoiled(drop(mdns.TypeNSEC))}}, "mx1.tsuru.test", codeDenial, "mx1.tsuru.test MX"},
		"no proof of absence": {signedTree{tsuru: []zoneOption{spoiled(drop(mdns.TypeNSEC))}}, "nobody.tsuru.test", codeDenial, "nobody.tsuru.test MX"},
		"no NSEC3":            {signedTree{tsuru: []zoneOption{withNSEC3(1), spoiled(drop(mdns.TypeNSEC3))}}, "nobody.tsuru.test", codeDenial, "nobody.tsuru.test MX"},
		"DS taken away":       {signedTree{test: []zoneOption{spoiled(drop(mdns.TypeDS))}}, "tsuru.test", codeDenial, "tsuru.test DS"},
		"no proof without DS": {signedTree{ds: noDS, test: []zoneOption{spoiled(drop(mdns.TypeNSEC))}, tsuru: []zoneOption{withoutKeys}}, "tsuru.test", codeDenial, "tsuru.test DS"},
		"DNAME bent": {signedTree{tsuru: []zoneOption{spoiled(func(_, m *mdns.Msg) {
			for _, rr := range m.Answer {
				if c, ok := rr.(*mdns.CNAME); ok {
					c.Target = "evil.test."
				}
			}
		})}}, "x.old.tsuru.test", codeNoSignature, "x.old.tsuru.test DS"},
		"wildcard in the way": {signedTree{lines: []string{"*.tsuru.test. 300 MX 5 all.tsuru.test."}, tsuru: []zoneOption{spoiled(drop(mdns.TypeNSEC))}}, "any.tsuru.test", codeDenial, "any.tsuru.test MX"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := c.tree.grow(t, WalkOptions{})
			got, _ := w.Walk(t.Context(), c.asked, "MX")
			wantProof(t, got.DNSSEC, c.code, c.link)
			if got.DNSSEC.Extended().Code == 0 {
				t.Error("a resolver would say nothing more of it")
			}
		})
	}
}

// A denial must not be taken from where it does not belong.
func TestDenialsOutOfPlace(t *testing.T) {
	other := newSignedZone(t, "tsuru.test.", tsuruLines)
	nsecAt := func(z *signedZone, name string) []mdns.RR {
		rr := z.gap(name)
		return z.signed([]mdns.RR{rr}, rr.Header().Name)
	}
	keys := []zoneKey{{other.key, other.key.KeyTag()}}
	spend := func() bool { return true }
	for name, c := range map[string]struct {
		said     []mdns.RR
		q        question
		nxdomain bool
		ok       bool
	}{
		"right":               {slices.Concat(nsecAt(other, "nobody.tsuru.test."), nsecAt(other, "*.tsuru.test.")), question{"nobody.tsuru.test.", mdns.TypeMX}, true, true},
		"no wildcard proof":   {nsecAt(other, "zzz.tsuru.test."), question{"zzz.tsuru.test.", mdns.TypeMX}, true, false},
		"another gap":         {nsecAt(other, "zzz.tsuru.test."), question{"nobody.tsuru.test.", mdns.TypeMX}, true, false},
		"type is there":       {nsecAt(other, "tsuru.test."), question{"tsuru.test.", mdns.TypeMX}, false, false},
		"alias is there":      {nsecAt(other, "www.tsuru.test."), question{"www.tsuru.test.", mdns.TypeMX}, false, false},
		"DS by the child":     {nsecAt(other, "tsuru.test."), question{"tsuru.test.", mdns.TypeDS}, false, false},
		"empty name, not gap": {nsecAt(other, "empty.tsuru.test."), question{"empty.tsuru.test.", mdns.TypeMX}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			c2 := &checker{now: time.Now(), proofs: new(proofs), spend: spend}
			if why := c2.absent(c.said, c.q, c.nxdomain, "tsuru.test.", keys); why.ok() != c.ok {
				t.Errorf("%+v", why)
			}
		})
	}
}

// The servers of a zone may hold a zone below it: no referral tells that there is a cut.
func TestZonesOfTheSameServer(t *testing.T) {
	for name, c := range map[string]struct {
		options []zoneOption
		code    string
	}{"signed": {nil, codeSecure}, "unsigned": {[]zoneOption{withoutKeys}, codeInsecure}} {
		t.Run(name, func(t *testing.T) {
			sub := newSignedZone(t, "fuji.test.", []string{"fuji.test. 300 MX 10 mx.fuji.test.", "fuji.test. 300 NS ns.nic.test."}, c.options...)
			deep := newSignedZone(t, "deep.fuji.test.", []string{"deep.fuji.test. 300 MX 10 mx.deep.fuji.test."}, c.options...)
			sub.add("deep.fuji.test. 300 NS ns.deep.fuji.test.")
			sub.add("ns.deep.fuji.test. 300 A 192.0.2.99")
			if !deep.unsigned {
				sub.add(deep.ds())
			}
			lines := []string{"fuji.test. 300 NS ns.nic.test."}
			if !sub.unsigned {
				lines = append(lines, sub.ds())
			}
			w, _ := signedTree{parent: lines, more: func(in internet, test *signedZone) {
				in["192.0.2.99"] = deep.answer
				in["198.51.100.2"] = func(n string, q *mdns.Msg) *mdns.Msg {
					if mdns.IsSubDomain("fuji.test.", nameIn(q)) && !(nameIn(q) == "fuji.test." && q.Question[0].Qtype == mdns.TypeDS) {
						return sub.answer(n, q)
					}
					return test.answer(n, q)
				}
			}}.grow(t, WalkOptions{})
			got, err := w.Walk(t.Context(), "fuji.test", "MX")
			if err != nil {
				t.Fatal(err)
			}
			wantProof(t, got.DNSSEC, c.code, "")
			got, err = w.Walk(t.Context(), "nobody.fuji.test", "MX")
			wantKind(t, err, NotFound)
			wantProof(t, got.DNSSEC, c.code, "")
			if got, err = w.Walk(t.Context(), "deep.fuji.test", "MX"); err != nil {
				t.Fatal(err)
			}
			wantProof(t, got.DNSSEC, c.code, "")
		})
	}
}

// One of two servers holds an old copy: a resolver asks the other.
func TestBogusServerIsPassedBy(t *testing.T) {
	for i := range 4 {
		w, _ := signedTree{parent: []string{"tsuru.test. 300 NS ns2.tsuru.test.", "ns2.tsuru.test. 300 A 192.0.2.54"},
			tsuru: []zoneOption{spoiled(forge)},
			more: func(in internet, _ *signedZone) {
				bad := in["192.0.2.53"]
				in["192.0.2.54"] = func(n string, q *mdns.Msg) *mdns.Msg {
					m := bad(n, q)
					for _, rr := range m.Answer {
						if mx, ok := rr.(*mdns.MX); ok {
							mx.Mx = "mx1.tsuru.test."
						}
					}
					return m
				}
			}}.grow(t, WalkOptions{Seed: uint64(i + 1)})
		got, err := w.Walk(t.Context(), "tsuru.test", "MX")
		if err != nil || got.DNSSEC.Status != Secure || !strings.Contains(got.Records[0], "mx1.tsuru.test") {
			t.Errorf("%+v %v", got, err)
		}
	}
}

// Keys and signatures that do not fit into a datagram come over TCP.
func TestSignedAnswersOverTCP(t *testing.T) {
	w, hops := signedTree{more: func(in internet, _ *signedZone) {
		for addr, whole := range in {
			in[addr] = func(network string, q *mdns.Msg) *mdns.Msg {
				m := whole(network, q)
				if network == "udp" {
					m.Truncate(mdns.MinMsgSize)
					m.Truncated = true
				}
				return m
			}
		}
	}}.grow(t, WalkOptions{})
	got, err := w.Walk(t.Context(), "tsuru.test", "MX")
	if err != nil || got.DNSSEC.Status != Secure {
		t.Errorf("%+v %v", got.DNSSEC, err)
	}
	for _, h := range hops() {
		if h.Network == "udp" && h.Outcome != Truncates || h.Network == "tcp" && h.Outcome == Truncates {
			t.Errorf("%s %s: %s", h.Network, h.For, h.Outcome)
		}
	}
}

func TestValidationCanBeLeftOut(t *testing.T) {
	w, hops := signedTree{}.grow(t, WalkOptions{Plain: true})
	got, err := w.Walk(t.Context(), "tsuru.test", "MX")
	if err != nil || got.DNSSEC.Code != codeUnchecked || len(hops()) != 3 {
		t.Errorf("%+v %v after %v", got.DNSSEC, err, outcomes(hops()))
	}
}

func TestAnchors(t *testing.T) {
	w, _ := signedTree{}.grow(t, WalkOptions{Net: &wire.Net{TrustAnchor: internetAnchor[:]}})
	got, err := w.Walk(t.Context(), "tsuru.test", "MX")
	if err != nil {
		t.Fatal(err)
	}
	wantProof(t, got.DNSSEC, codeAnchor, ". DNSKEY")
	if n := len(anchors(TrustAnchor(nil))); n != 2 {
		t.Errorf("%d anchors of the Internet", n)
	}
	if TrustAnchor(&wire.Net{RootHints: []wire.RootHint{{Name: "a.root.test"}}}) != nil {
		t.Error("another root is held to the Internet's keys")
	}
}

// A walk that was cancelled leaves nothing behind that the next one would believe.
func TestCancelledProofIsForgotten(t *testing.T) {
	w, _ := signedTree{}.grow(t, WalkOptions{})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Walk(gone, "tsuru.test", "MX"); err == nil {
		t.Fatal("a cancelled walk found something")
	}
	got, err := w.Walk(t.Context(), "tsuru.test", "MX")
	if err != nil || got.DNSSEC.Status != Secure {
		t.Errorf("%+v %v", got.DNSSEC, err)
	}
}
