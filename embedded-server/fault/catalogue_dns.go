package fault

import "time"

// Name servers of the zones in which faults are met. fuji.test is not signed, tsuru.test is.
const (
	testServers  = "ns?.nic.test"
	fujiServers  = "ns?.fuji.test"
	tsuruServers = "ns?.tsuru.test"
)

// Who is written to in order to meet them.
const (
	inFuji   = "bob@fuji.test"
	inTsuru  = "hanako@tsuru.test"
	inSakura = "yuki@sakura.test"
)

// dnsCases are faults of the lookup of a domain's mail hosts.
func dnsCases() []Case {
	var all []Case
	for _, part := range [][]Case{serverCases(), secondServerCases(), transportCases(), delegationCases(), recordCases(), dnssecCases()} {
		all = append(all, part...)
	}
	return all
}

func fine(cause, why string) Truth { return Truth{Delivered, 0, Nobody, cause, why} }

// mx is a question for a domain's mail exchangers.
func mx(domain string) Match { return Match{Name: domain, Type: "MX"} }

// serverCases are faults that all servers of the zone have.
func serverCases() []Case {
	says := func(id, title string, do Action, cause, why string) Case {
		return Case{ID: id, Title: title, Rules: []Rule{{Host: fujiServers, Stage: Query, Do: do}}, To: inFuji,
			Truth: Truth{Deferred, 2, DNS, cause, why}}
	}
	return []Case{
		{ID: "dns.nxdomain", Title: "the domain does not exist", To: inFuji,
			Rules: []Rule{{Host: testServers, Stage: Query, Match: Match{Name: "*fuji.test"}, Do: Action{Reply: "NXDOMAIN"}}},
			Truth: Truth{Refused, 2, You, "the part right of the @ names no domain", "RFC 5321 5.1, RFC 3463 3.2"}},
		says("dns.servfail", "the name servers answer SERVFAIL", Action{Reply: "SERVFAIL"},
			"the zone's name servers fail, for now", "RFC 5321 5.1, RFC 1035 4.1.1"),
		says("dns.refused", "the name servers answer REFUSED", Action{Reply: "REFUSED"},
			"the zone's name servers refuse to answer", "RFC 5321 5.1, RFC 1035 4.1.1"),
		says("dns.silent", "the name servers do not answer", Action{Silent: true},
			"the zone's name servers are out of reach", "RFC 5321 5.1"),
		says("dns.garbage", "the name servers answer with 100 octets of noise", Action{Garbage: 100},
			"nothing that the zone's name servers say can be read", "RFC 5321 5.1, RFC 1035 4.1"),
		says("dns.lame", "the name servers know nothing of the zone and point to the root",
			Action{Answer: Answer{Authority: []string{". 3600 NS a.root.test."}}},
			"the domain is delegated to servers that do not hold its zone", "RFC 5321 5.1, RFC 1912 2.8"),
		says("dns.no-authority", "the name servers answer without authority and without records",
			Action{Reply: "NOERROR", Answer: Answer{NoAuthority: true}},
			"the domain is delegated to servers that do not hold its zone", "RFC 5321 5.1, RFC 1912 2.8"),
		{ID: "dns.slow", Title: "the name servers answer after 300 ms", To: inFuji,
			Rules: []Rule{{Host: fujiServers, Stage: Query, Do: Action{Delay: 300 * time.Millisecond}}},
			Truth: fine("an answer may take its time", "RFC 1035 7.2")},
	}
}

// secondServerCases are faults of one server, which the other makes good.
func secondServerCases() []Case {
	first := func(id, title string, do Action, why string) Case {
		return Case{ID: id, Title: title, Rules: []Rule{{Host: "ns1.fuji.test", Stage: Query, Do: do}}, To: inFuji,
			Truth: fine("the second name server answers in place of the first", why)}
	}
	edns := first("dns.edns-dropped", "the first of two name servers does not answer questions with EDNS", Action{Silent: true}, "RFC 1034 5.3.3")
	edns.Rules[0].Match.EDNS = true
	return []Case{
		first("dns.first-servfail", "the first of two name servers answers SERVFAIL", Action{Reply: "SERVFAIL"}, "RFC 1034 5.3.3"),
		first("dns.first-silent", "the first of two name servers does not answer", Action{Silent: true}, "RFC 1034 5.3.3"),
		first("dns.first-lame", "the first of two name servers refuses, for it does not hold the zone", Action{Reply: "REFUSED"},
			"RFC 1034 5.3.3, RFC 1912 2.8"),
		edns,
		{ID: "dns.stale-secondary", Title: "the second name server still serves an older zone, with one more exchanger", To: inFuji,
			Rules: []Rule{
				{Host: "ns2.fuji.test", Stage: Query, Match: mx("fuji.test"), Do: Action{
					Records: []string{"fuji.test. 300 MX 10 mx1.fuji.test.", "fuji.test. 300 MX 20 mail.fuji.test."}}},
				{Host: "ns2.fuji.test", Stage: Query, Match: Match{Name: "fuji.test", Type: "SOA"}, Do: Action{
					Records: []string{"fuji.test. 300 SOA ns1.fuji.test. postmaster.nic.test. 2026110101 3600 600 604800 60"}}},
			},
			Truth: fine("either answer names the exchanger that takes the mail", "RFC 1034 4.3.5")},
	}
}

// transportCases are faults of datagrams, TCP and EDNS.
func transportCases() []Case {
	const soon = 100 * time.Millisecond
	cut := Rule{Host: fujiServers, Stage: Query, Match: Match{Proto: "udp"}, Do: Action{Reply: Truncated}}
	return []Case{
		{ID: "dns.truncated", Title: "answers by UDP are cut off", To: inFuji, Rules: []Rule{cut},
			Truth: fine("what does not fit into a datagram is asked for by TCP", "RFC 7766 5")},
		{ID: "dns.truncated-no-tcp", Title: "answers by UDP are cut off, and TCP is closed without one", To: inFuji,
			Rules: []Rule{cut, {Host: fujiServers, Stage: Query, Match: Match{Proto: "tcp"}, Do: Action{Close: true}}},
			Truth: Truth{Deferred, 2, DNS, "the answer does not fit into a datagram and TCP does not work", "RFC 7766 5, RFC 5321 5.1"}},
		{ID: "dns.wrong-id", Title: "an answer with another id comes first", To: inFuji,
			Rules: []Rule{{Host: fujiServers, Stage: Query, Match: Match{Proto: "udp"}, Do: Action{Delay: soon, Answer: Answer{First: WrongID}}}},
			Truth: fine("an answer to another question is passed over", "RFC 5452 9.1")},
		{ID: "dns.wrong-question", Title: "an answer to another question comes first", To: inFuji,
			Rules: []Rule{{Host: fujiServers, Stage: Query, Match: Match{Proto: "udp"}, Do: Action{Delay: soon, Answer: Answer{First: WrongQuestion}}}},
			Truth: fine("an answer to another question is passed over", "RFC 5452 9.1")},
		{ID: "dns.edns-formerr", Title: "questions with EDNS are answered FORMERR", To: inFuji,
			Rules: []Rule{{Host: fujiServers, Stage: Query, Match: Match{EDNS: true}, Do: Action{Reply: "FORMERR"}}},
			Truth: fine("who does not know EDNS is asked without it", "RFC 6891 7")},
		{ID: "dns.poison", Title: "answers bring addresses of other domains' hosts along", To: inFuji,
			Rules: []Rule{{Host: fujiServers, Stage: Query, Do: Action{Answer: Answer{Additional: []string{
				"mx1.tsuru.test. 300 A 203.0.113.66", "ns1.nic.test. 300 A 203.0.113.66", "a.root.test. 300 A 203.0.113.66"}}}}},
			Truth: fine("records that a server has no say in are not believed", "RFC 2181 5.4.1, RFC 5452 6")},
	}
}

// delegationCases are faults between the parent and the zone.
func delegationCases() []Case {
	leads := func(domain string, servers ...string) Rule {
		var ns []string
		for _, s := range servers {
			ns = append(ns, domain+". 300 NS "+s+".")
		}
		return Rule{Host: testServers, Stage: Query, Match: Match{Name: "*" + domain}, Do: Action{Answer: Answer{Authority: ns}}}
	}
	return []Case{
		{ID: "dns.missing-glue", Title: "the parent names servers inside the zone and not their addresses", To: inFuji,
			Rules: []Rule{leads("fuji.test", "ns1.fuji.test", "ns2.fuji.test")},
			Truth: Truth{Deferred, 2, DNS, "the addresses of the zone's servers are only known to themselves", "RFC 1034 4.2.1, RFC 9471 2"}},
		{ID: "dns.ns-cycle", Title: "two zones whose servers are only in each other", To: inFuji,
			Rules: []Rule{leads("fuji.test", "ns1.tsuru.test"), leads("tsuru.test", "ns1.fuji.test")},
			Truth: Truth{Deferred, 2, DNS, "each zone's server can only be found with the other's", "RFC 1034 4.2.2, RFC 5321 5.1"}},
		{ID: "dns.no-such-server", Title: "the parent names a server that does not exist", To: inFuji,
			Rules: []Rule{leads("fuji.test", "ns9.nic.test")},
			Truth: Truth{Deferred, 2, DNS, "no server of the zone has an address", "RFC 1912 2.8, RFC 5321 5.1"}},
	}
}

// recordCases are records that do not lead to a mail host.
func recordCases() []Case {
	says := func(id, title string, do Action, truth Truth) Case {
		return Case{ID: id, Title: title, Rules: []Rule{{Host: fujiServers, Stage: Query, Match: mx("fuji.test"), Do: do}}, To: inFuji, Truth: truth}
	}
	loop := []string{"fuji.test. 300 CNAME loop.fuji.test.", "loop.fuji.test. 300 CNAME fuji.test."}
	nothing := func(t string) Rule {
		return Rule{Host: fujiServers, Stage: Query, Match: Match{Name: "fuji.test", Type: t}, Do: Action{Reply: "NOERROR"}}
	}
	return []Case{
		{ID: "dns.nodata", Title: "the domain has neither MX nor address records", To: inFuji,
			Rules: []Rule{nothing("MX"), nothing("A"), nothing("AAAA")},
			Truth: Truth{Refused, 2, You, "the part right of the @ names a domain without mail", "RFC 5321 5.1, RFC 3463 3.2"}},
		{ID: "dns.implicit-mx", Title: "no MX record, and the domain's own address takes mail", To: inSakura,
			Rules: []Rule{
				{Host: "ns?.sakura.test", Stage: Query, Match: mx("sakura.test"), Do: Action{Reply: "NOERROR"}},
				{Host: "ns?.sakura.test", Stage: Query, Match: Match{Name: "sakura.test", Type: "A"}, Do: Action{Records: []string{"sakura.test. 300 A 192.0.2.11"}}}},
			Truth: fine("without MX records the domain is its own exchanger", "RFC 5321 5.1")},
		says("dns.null-mx", "the domain says that it takes no mail", Action{Records: []string{"fuji.test. 300 MX 0 ."}},
			Truth{Refused, 2, You, "the domain takes no mail, and says so", "RFC 7505 3"}),
		says("dns.mx-no-such-host", "the MX record names a host that does not exist", Action{Records: []string{"fuji.test. 300 MX 10 mx9.fuji.test."}},
			Truth{Refused, 2, DNS, "no exchanger of the domain has an address", "RFC 5321 5.1"}),
		says("dns.mx-no-address", "the MX record names a host without an address", Action{Records: []string{"fuji.test. 300 MX 10 _dmarc.fuji.test."}},
			Truth{Refused, 2, DNS, "no exchanger of the domain has an address", "RFC 5321 5.1"}),
		{ID: "dns.cname-loop", Title: "the domain is an alias of an alias of itself", To: inFuji,
			Rules: []Rule{
				{Host: fujiServers, Stage: Query, Match: mx("fuji.test"), Do: Action{Records: loop}},
				{Host: fujiServers, Stage: Query, Match: Match{Name: "loop.fuji.test"}, Do: Action{Records: loop[1:]}}},
			Truth: Truth{Deferred, 2, DNS, "the aliases lead round in circles", "RFC 1034 5.2.2, RFC 5321 5.1"}},
		{ID: "dns.mx-to-cname", Title: "the MX record names an alias", To: inSakura,
			Rules: []Rule{
				{Host: "ns?.sakura.test", Stage: Query, Match: mx("sakura.test"), Do: Action{Records: []string{"sakura.test. 300 MX 10 alias.sakura.test."}}},
				{Host: "ns?.sakura.test", Stage: Query, Match: Match{Name: "alias.sakura.test"}, Do: Action{Records: []string{"alias.sakura.test. 300 CNAME mx1.sakura.test."}}},
			},
			Truth: fine("an alias is not allowed here, yet its host takes the mail", "RFC 2181 10.3, RFC 5321 5.1, RFC 7672 2.2.3")},
	}
}

// dnssecCases are faults of a signed zone.
func dnssecCases() []Case {
	bogus := func(id, title, cause, why string, rules ...Rule) Case {
		for i := range rules {
			rules[i].Stage = Query
		}
		return Case{ID: id, Title: title, Rules: rules, To: inTsuru, Truth: Truth{Deferred, 2, DNS, cause, why}}
	}
	with := func(s Signatures) Rule { return Rule{Host: tsuruServers, Do: Action{Answer: Answer{Signatures: s}}} }
	const otherDS = "tsuru.test. 300 DS 12345 13 2 E2D3C916F6DEEAC73294E8268FB5885044A833FC5459588F4A9184CFC41A5766"
	return []Case{
		bogus("dns.bogus", "the zone's signatures do not verify", "what the zone says cannot be trusted", "RFC 4035 5.5, RFC 7672 2.1.1", with(WrongSigs)),
		bogus("dns.expired", "the zone's signatures ended a month ago", "the zone's signatures are out of date", "RFC 4035 5.3.1, RFC 7672 2.1.1", with(ExpiredSigs)),
		bogus("dns.unsigned", "the zone's signatures are missing", "the parent says that the zone is signed, and it is not",
			"RFC 4035 5.2, RFC 7672 2.1.1", with(Unsigned)),
		bogus("dns.no-denial", "that there is no MX record is not proved", "what the zone says cannot be trusted", "RFC 4035 5.4, RFC 7672 2.1.1",
			Rule{Host: tsuruServers, Match: mx("tsuru.test"), Do: Action{Reply: "NOERROR", Answer: Answer{NoProof: true}}}),
		bogus("dns.ds-mismatch", "the parent's DS record names a key that the zone has not", "the parent vouches for another key than the zone's",
			"RFC 4035 5.2, RFC 7672 2.1.1",
			Rule{Host: testServers, Match: Match{Name: "tsuru.test", Type: "DS"}, Do: Action{Records: []string{otherDS}}},
			Rule{Host: testServers, Match: Match{Name: "*tsuru.test"}, Do: Action{Answer: Answer{
				Authority:  []string{"tsuru.test. 300 NS ns1.tsuru.test.", "tsuru.test. 300 NS ns2.tsuru.test.", otherDS},
				Additional: []string{"ns1.tsuru.test. 300 A 192.0.2.53", "ns2.tsuru.test. 300 A 192.0.2.54"}}}}),
	}
}
