package dnsd

import (
	"slices"
	"strings"

	"github.com/miekg/dns"

	"todoku/embedded-server/fault"
)

// silenced does what a rule wants before and instead of an answer, and reports whether none is to follow.
func (s *Server) silenced(w dns.ResponseWriter, req *dns.Msg, a *fault.Action) bool {
	if a == nil {
		return false
	}
	if a.Answer.First != "" {
		w.WriteMsg(forged(req, a.Answer.First))
	}
	if a.Wait(s.ctx) != nil {
		return true
	}
	if a.Garbage > 0 { // behind the right id, lest it is passed over as a stranger's
		w.Write(append([]byte{byte(req.Id >> 8), byte(req.Id)}, fault.Noise(a.Garbage)...))
	}
	if a.Close {
		w.Close()
	}
	return a.Silent || a.Close || a.Garbage > 0
}

// forged is an answer that does not belong to the question.
func forged(req *dns.Msg, how fault.Forgery) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(req)
	m.Authoritative = true
	q := &m.Question[0]
	switch how {
	case fault.WrongID:
		m.Id ^= 0x5555
	case fault.WrongQuestion:
		q.Name = "other." + strings.TrimPrefix(q.Name, ".")
	case fault.WrongCase:
		q.Name = strings.Map(otherCase, q.Name)
	}
	return m
}

func otherCase(r rune) rune {
	if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
		return r ^ 0x20
	}
	return r
}

// bent reports whether a rule made the answer up, and makes it: records, a response code by name, or nothing behind a
// TC. Otherwise the right answer is still to be given.
func (s *Server) bent(m *dns.Msg, q query, a *fault.Action) bool {
	code, hasCode := dns.StringToRcode[a.Reply]
	if a.Reply != fault.Truncated && !hasCode && len(a.Records) == 0 && len(a.Answer.Authority) == 0 {
		return false
	}
	m.Authoritative = s.cfg.Resolver == nil
	m.Answer, m.Ns = records(a.Records), records(a.Answer.Authority)
	m.Rcode = code
	z := s.zoneFor(q.name, q.qtype)
	switch {
	case a.Reply == fault.Truncated:
		m.Truncated = true
	case code != dns.RcodeNameError && code != dns.RcodeSuccess:
		m.Authoritative = false
	case z == nil || len(m.Answer) > 0:
	case len(m.Ns) > 0:
		s.refer(m, q)
	case code == dns.RcodeNameError:
		z.deny(m, q, omission{name: q.name})
	default:
		z.deny(m, q, omission{q.name, q.qtype})
	}
	return true
}

// refer makes a referral of an authority section with name servers of a zone below.
func (s *Server) refer(m *dns.Msg, q query) {
	i := slices.IndexFunc(m.Ns, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeNS })
	if i < 0 {
		return
	}
	m.Authoritative = false
	below := dns.CanonicalName(m.Ns[i].Header().Name)
	z := s.zoneFor(below, dns.TypeDS)
	signed := slices.ContainsFunc(m.Ns, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeDS })
	if q.do && !signed && z != nil && z.signer != nil && z.cut(below) == below {
		m.Ns = append(m.Ns, z.link(below)...)
	}
}

// complete signs an answer, right or made up, and does to it what else a rule wants.
func (s *Server) complete(m *dns.Msg, q query, a *fault.Action) {
	if a == nil {
		a = new(fault.Action)
	}
	m.Extra = append(m.Extra, records(a.Answer.Additional)...)
	explainFailure(m, a.Answer.Extended)
	if a.Answer.NoAuthority {
		m.Authoritative = false
	}
	if a.Answer.NoProof {
		m.Ns = slices.DeleteFunc(m.Ns, func(rr dns.RR) bool {
			t := rr.Header().Rrtype
			return t == dns.TypeNSEC || t == dns.TypeNSEC3
		})
	}
	if q.do && a.Answer.Signatures != fault.Unsigned {
		s.sign(m, a.Answer.Signatures)
	}
}

// explainFailure adds extended errors (RFC 8914 section 3) to an answer; shape drops them where EDNS was not asked with.
func explainFailure(m *dns.Msg, codes []int) {
	if len(codes) == 0 {
		return
	}
	if m.IsEdns0() == nil {
		m.SetEdns0(maxUDP, false)
	}
	opt := m.IsEdns0()
	for _, code := range codes {
		opt.Option = append(opt.Option, &dns.EDNS0_EDE{InfoCode: uint16(code)})
	}
}

// records reads what the rule's check has read before.
func records(lines []string) []dns.RR {
	var all []dns.RR
	for _, line := range lines {
		if rr, err := dns.NewRR(line); err == nil && rr != nil {
			all = append(all, rr)
		}
	}
	return all
}

// flawed is a signature with the fault that a rule wants.
func (z *Zone) flawed(set []dns.RR, how fault.Signatures) *dns.RRSIG {
	now := z.signer.now()
	if how == fault.ExpiredSigs {
		return z.makeSignature(set, now.Add(-2*signedBefore), now.Add(-signedBefore))
	}
	other := make([]dns.RR, 0, len(set))
	for _, rr := range set {
		rr = dns.Copy(rr)
		rr.Header().Class = dns.ClassCHAOS
		other = append(other, rr)
	}
	sig := z.makeSignature(other, now.Add(-signedBefore), now.Add(signedAfter))
	if sig != nil {
		sig.Hdr.Class = dns.ClassINET
	}
	return sig
}
