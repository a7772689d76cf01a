package fault

import "time"

// tlsCases are faults of certificates, and of the two ways of saying which are wanted: DANE and MTA-STS.
func tlsCases() []Case {
	var all []Case
	for _, part := range [][]Case{certificateCases(), daneCases(), policyHostCases()} {
		all = append(all, part...)
	}
	return all
}

// certificateCases show a bad certificate where MTA-STS, DANE or nobody wants a good one.
func certificateCases() []Case {
	show := func(kind Certificate, host string) Rule {
		return Rule{Host: host, Stage: TLS, Match: Match{Proto: "smtp"}, Do: Action{Certificate: kind}}
	}
	enforced := func(id, title string, kind Certificate, cause string) Case {
		return Case{ID: id, Title: title + ", and the MTA-STS policy is enforced", To: inFuji, Rules: []Rule{show(kind, fujiMX)},
			Truth: Truth{Deferred, 3, Recipient, cause, "RFC 8461 4.2, RFC 8461 5"}}
	}
	noPolicy := Rule{Host: fujiServers, Stage: Query, Match: Match{Name: "_mta-sts.fuji.test"}, Do: Action{Reply: "NXDOMAIN"}}
	return []Case{
		enforced("tls.expired", "the exchanger's certificate has expired", Expired, "the certificate of the exchanger is out of date"),
		enforced("tls.other-name", "the exchanger's certificate is for another host", OtherName, "the certificate is not for the exchanger"),
		enforced("tls.self-signed", "the exchanger's certificate is by nobody known", SelfSigned, "nobody known vouches for the certificate"),
		{ID: "tls.expired-opportunistic", Title: "the exchanger's certificate has expired, and no policy asks for one", To: inFuji,
			Rules: []Rule{show(Expired, fujiMX), noPolicy},
			Truth: fine("without a policy a bad certificate is better than none", "RFC 7435 3, RFC 3207 4.1")},
		{ID: "tls.other-key-dane", Title: "the exchangers show another key than their TLSA records name", To: inTsuru,
			Rules: []Rule{show(SelfSigned, "mx?.tsuru.test")},
			Truth: Truth{Deferred, 3, Recipient, "no exchanger has the key that its TLSA record names", "RFC 7672 2.2"}},
	}
}

// daneCases change the TLSA records.
func daneCases() []Case {
	const (
		digest   = "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"
		wrong    = " TLSA 3 1 1 " + digest
		unusable = " TLSA 1 1 1 " + digest // PKIX-EE (RFC 7672 section 3.1.3)
	)
	tlsa := func(mx, record string) Rule {
		owner := "_25._tcp." + mx
		return Rule{Host: "ns?." + mx[len("mx1."):], Stage: Query, Match: Match{Name: owner, Type: "TLSA"},
			Do: Action{Records: []string{owner + ". 300" + record}}}
	}
	every := func(do Action) []Rule {
		return []Rule{{Host: tsuruServers, Stage: Query, Match: Match{Name: "_25._tcp.*.tsuru.test", Type: "TLSA"}, Do: do}}
	}
	return []Case{
		{ID: "dane.mismatch", Title: "the TLSA records name other keys than the exchangers'", To: inTsuru,
			Rules: []Rule{tlsa("mx1.tsuru.test", wrong), tlsa("mx2.tsuru.test", wrong)},
			Truth: Truth{Deferred, 3, Recipient, "no exchanger has the key that its TLSA record names", "RFC 7672 2.2"}},
		{ID: "dane.first-mismatch", Title: "the first exchanger's TLSA record names another key", To: inTsuru,
			Rules: []Rule{tlsa("mx1.tsuru.test", wrong)},
			Truth: fine("the second exchanger has the key that its record names", "RFC 7672 2.2, RFC 5321 5.1")},
		{ID: "dane.unusable", Title: "the TLSA records are of a usage that mail knows nothing of", To: inTsuru,
			Rules: []Rule{tlsa("mx1.tsuru.test", unusable), tlsa("mx2.tsuru.test", unusable)},
			Truth: fine("records that cannot be used ask for TLS and for no certificate", "RFC 7672 2.2, RFC 7672 3.1.3")},
		{ID: "dane.not-signed", Title: "a TLSA record with another key, in a zone that is not signed", To: inFuji,
			Rules: []Rule{tlsa("mx1.fuji.test", wrong)},
			Truth: fine("a TLSA record that is not proved does not count", "RFC 7672 2.1.1, RFC 7672 2.2")},
		{ID: "dane.servfail", Title: "the TLSA records cannot be looked up", To: inTsuru, Rules: every(Action{Reply: "SERVFAIL"}),
			Truth: Truth{Deferred, 2, DNS, "whether the exchangers have TLSA records cannot be told", "RFC 7672 2.1.1, RFC 7672 2.2"}},
		{ID: "dane.bogus", Title: "the signatures of the TLSA records do not verify", To: inTsuru,
			Rules: every(Action{Answer: Answer{Signatures: WrongSigs}}),
			Truth: Truth{Deferred, 2, DNS, "the TLSA records cannot be trusted", "RFC 7672 2.1.1, RFC 7672 2.2"}},
	}
}

// policyHostCases change the MTA-STS policy or what serves it.
func policyHostCases() []Case {
	const otherHost = "version: STSv1\r\nmode: enforce\r\nmx: mx9.example.test\r\nmax_age: 86400\r\n"
	page := func(domain string, do Action) []Rule {
		return []Rule{{Host: "web.nic.test", Stage: HTTP, Match: Match{To: "mta-sts." + domain}, Do: do}}
	}
	none := func(id, title string, do Action, why string) Case {
		return Case{ID: id, Title: title, To: inFuji, Rules: page("fuji.test", do),
			Truth: fine("without a policy that can be had, mail goes as if there were none", why)}
	}
	certificate := func(id, title string, kind Certificate) Case {
		c := none(id, title, Action{}, "RFC 8461 3.3, RFC 8461 5.1")
		c.Rules = []Rule{{Host: "web.nic.test", Stage: TLS, Do: Action{Certificate: kind}}}
		return c
	}
	return []Case{
		{ID: "sts.other-hosts", Title: "the enforced MTA-STS policy names other exchangers", To: inFuji,
			Rules: page("fuji.test", Action{Page: Page{Body: otherHost}}),
			Truth: Truth{Deferred, 3, Recipient, "the policy does not name the domain's own exchanger", "RFC 8461 4.1, RFC 8461 5"}},
		{ID: "sts.testing", Title: "an MTA-STS policy in testing names other exchangers", To: inSakura,
			Rules: page("sakura.test", Action{Page: Page{Body: "version: STSv1\r\nmode: testing\r\nmx: mx9.example.test\r\nmax_age: 86400\r\n"}}),
			Truth: fine("a policy in testing is reported on and not enforced", "RFC 8461 5")},
		{ID: "sts.slow", Title: "the policy comes after one second", To: inFuji, Rules: page("fuji.test", Action{Delay: time.Second}),
			Truth: fine("the policy holds, and the exchanger meets it", "RFC 8461 3.3")},
		none("sts.not-found", "the policy is announced and not there", Action{Reply: "404"}, "RFC 8461 3.3, RFC 8461 5.1"),
		none("sts.unavailable", "the policy host answers 503", Action{Reply: "503"}, "RFC 8461 3.3, RFC 8461 5.1"),
		none("sts.moved", "the policy has moved", Action{Reply: "301", Page: Page{Location: "https://web.nic.test/.well-known/mta-sts.txt"}}, "RFC 8461 3.3"),
		none("sts.too-large", "the policy is of 1 MiB", Action{Page: Page{Pad: 1 << 20}}, "RFC 8461 3.3"),
		none("sts.no-policy", "the page is no policy", Action{Page: Page{Body: "<html>Under construction</html>"}}, "RFC 8461 3.2"),
		none("sts.dropped", "the policy host closes the connection", Action{Close: true}, "RFC 8461 3.3, RFC 8461 5.1"),
		certificate("sts.host-expired", "the policy host's certificate has expired", Expired),
		certificate("sts.host-other-name", "the policy host's certificate is for another host", OtherName),
		certificate("sts.host-self-signed", "the policy host's certificate is by nobody known", SelfSigned),
	}
}
