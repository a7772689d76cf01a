package fault

import "time"

// slowCases are slow within the limits of RFC 5321 section 4.5.3.2, or never answer.
func slowCases() []Case {
	return []Case{
		{ID: "smtp.slow-banner", Title: "the greeting comes after 8 seconds", To: inFuji, Rules: at(Connect, Action{Delay: 8 * time.Second}),
			Truth: fine("the host makes everybody wait before it greets", "RFC 5321 4.5.3.2.1")},
		{ID: "smtp.no-banner", Title: "the greeting never comes", To: inFuji, Rules: at(Connect, Action{Silent: true}),
			Truth: Truth{Deferred, 3, Recipient, "the host takes connections and says nothing", "RFC 5321 4.5.3.2.1, RFC 5321 3.8"}},
		{ID: "smtp.drip", Title: "every reply comes one octet in 200 ms", To: inFuji,
			Rules: append(at(Connect, Action{Drip: 200 * time.Millisecond}), at(Command, Action{Drip: 200 * time.Millisecond})...),
			Truth: fine("the host is slow, within every limit", "RFC 5321 4.5.3.2")},
		{ID: "smtp.tarpit", Title: "every command is answered after 2 seconds", To: inFuji, Rules: at(Command, Action{Delay: 2 * time.Second}),
			Truth: fine("the host is slow, within every limit", "RFC 5321 4.5.3.2")},
		{ID: "smtp.stall", Title: "the reply to the final dot comes after 30 seconds", To: inFuji, Rules: at(Accepted, Action{Delay: 30 * time.Second}),
			Truth: fine("the host takes its time with the message, within the limit of 10 minutes", "RFC 5321 4.5.3.2.6")},
		{ID: "smtp.stall-for-good", Title: "the message is kept, and the reply to the final dot never comes", To: inFuji, Rules: at(Accepted, Action{Silent: true}),
			Truth: Truth{Deferred, 3, Recipient, "the host keeps the message and does not say so: the next try makes a copy", "RFC 1047, RFC 5321 4.5.3.2.6"}},
	}
}

// dropCases end the connection where it may not end.
func dropCases() []Case {
	drop := func(id, title string, stage Stage, verb string, do Action) Case {
		do.Close = true
		return Case{ID: id, Title: title, To: inFuji, Rules: []Rule{{Host: fujiMX, Stage: stage, Match: Match{Verb: verb}, Do: do}},
			Truth: Truth{Deferred, 3, Recipient, "the host ends the connection in the middle of the dialogue", "RFC 5321 3.8"}}
	}
	all := []Case{
		drop("smtp.drop-connect", "the connection ends before the greeting", Connect, "", Action{}),
		drop("smtp.drop-ehlo", "the connection ends at EHLO and HELO", Helo, "", Action{}),
		drop("smtp.drop-starttls", "the connection ends at STARTTLS", Command, "STARTTLS", Action{}),
		drop("smtp.drop-mail", "the connection ends at MAIL", Mail, "", Action{}),
		drop("smtp.drop-rcpt", "the connection ends at RCPT", Rcpt, "", Action{}),
		drop("smtp.drop-data", "the connection ends at DATA", Data, "", Action{}),
		drop("smtp.drop-in-data", "the connection ends after 200 octets of the message", Data, "", Action{Octets: 200}),
		drop("smtp.drop-after-dot", "the connection ends after the final dot, and nothing is kept", EndOfData, "", Action{}),
	}
	kept := drop("smtp.drop-after-dot-kept", "the connection ends after the final dot, and the message is kept", Accepted, "", Action{})
	kept.Truth.Cause, kept.Truth.Why = "the host keeps the message and does not say so: the next try makes a copy", "RFC 1047, RFC 5321 3.8"
	return append(all, kept)
}

// brokenCases are hosts that do not speak as RFC 5321 has it, and odd ones that do.
func brokenCases() []Case {
	broken := Truth{Deferred, 3, Recipient, "what answers is not a mail host, or one out of order", "RFC 5321 4.2, RFC 5321 3.8"}
	return []Case{
		{ID: "smtp.not-smtp", Title: "an SSH server answers at port 25", To: inFuji, Truth: broken,
			Rules: at(Connect, Action{Reply: "SSH-2.0-OpenSSH_9.6", Close: true})},
		{ID: "smtp.garbage", Title: "2,000 octets of noise in place of the greeting", To: inFuji, Truth: broken,
			Rules: at(Connect, Action{Garbage: 2000, Close: true})},
		{ID: "smtp.endless-line", Title: "the greeting is a line without end", To: inFuji, Rules: at(Connect, Action{Reply: "220 ", Endless: true}),
			Truth: Truth{Deferred, 3, Recipient, "the greeting is longer than a reply may be", "RFC 5321 4.5.3.1.5"}},
		{ID: "smtp.no-service", Title: "554 in the greeting: there is no mail service here", To: inFuji,
			Rules: at(Connect, Action{Reply: "554 No SMTP service here", Close: true}),
			Truth: Truth{Refused, 3, Recipient, "the MX record leads to a host that takes no mail", "RFC 5321 3.1"}},
		{ID: "smtp.never-mail", Title: "521 5.3.2 in the greeting: the host takes no mail, ever", To: inFuji,
			Rules: at(Connect, Action{Reply: "521 5.3.2 This host does not accept mail", Close: true}),
			Truth: Truth{Refused, 3, Recipient, "the MX record leads to a host that takes no mail", "RFC 7504 3"}},
		{ID: "smtp.long-banner", Title: "the greeting has three lines", To: inFuji,
			Rules: at(Connect, Action{Reply: "220-mx1.fuji.test ESMTP\n220-No unsolicited mail\n220 Ready"}),
			Truth: fine("a greeting may have several lines", "RFC 5321 4.2")},
		{ID: "smtp.ehlo-refused", Title: "502 at EHLO, and HELO is taken", To: inTsuru,
			Rules: []Rule{{Host: tsuruMX, Stage: Helo, Match: Match{Verb: "EHLO"}, Do: Action{Reply: "502 5.5.1 EHLO not implemented"}}},
			Truth: Truth{Deferred, 3, Recipient, "without EHLO there is no STARTTLS, which the domain's TLSA records demand", "RFC 5321 3.2, RFC 7672 2.2"}},
		{ID: "smtp.helo-refused", Title: "550 5.7.1 at EHLO and HELO: the name of the sending host is refused", To: inFuji,
			Rules: at(Helo, Action{Reply: "550 5.7.1 Helo command rejected: host not found"}),
			Truth: Truth{Refused, 3, Provider, "the sending host gives a name that the other does not take", "RFC 5321 4.1.4, RFC 5321 4.2.1"}},
	}
}

// exchangerCases need more than one host or address.
func exchangerCases() []Case {
	down := Action{Reply: "421 4.3.2 Going down", Close: true}
	second := fine("the second exchanger takes what the first does not", "RFC 5321 5.1")
	gone := func(name, kind, address string) Rule {
		return Rule{Host: "ns?.fuji.test", Stage: Query, Match: Match{Name: name, Type: kind},
			Do: Action{Records: []string{name + ". 300 " + kind + " " + address}}}
	}
	return []Case{
		{ID: "mx.first-down", Title: "the first of two exchangers says 421", To: inTsuru, Truth: second,
			Rules: []Rule{{Host: "mx1.tsuru.test", Stage: Connect, Do: down}}},
		{ID: "mx.first-drops", Title: "the first of two exchangers drops every connection", To: inTsuru, Truth: second,
			Rules: []Rule{{Host: "mx1.tsuru.test", Stage: Connect, Do: Action{Close: true}}}},
		{ID: "mx.first-broken", Title: "the first of two exchangers answers every RCPT with 451", To: inTsuru, Truth: second,
			Rules: []Rule{{Host: "mx1.tsuru.test", Stage: Rcpt, Do: Action{Reply: "451 4.3.0 Local error in processing"}}}},
		{ID: "mx.first-refuses", Title: "the first of two exchangers says that the mailbox does not exist", To: inTsuru,
			Rules: []Rule{{Host: "mx1.tsuru.test", Stage: Rcpt, Do: Action{Reply: "550 5.1.1 User unknown"}}},
			Truth: Truth{Refused, 3, You, "a permanent reply ends it: the second exchanger is not asked", "RFC 5321 4.2.1, RFC 5321 5.1"}},
		{ID: "mx.all-down", Title: "both exchangers say 421", To: inTsuru, Rules: []Rule{{Host: tsuruMX, Stage: Connect, Do: down}},
			Truth: Truth{Deferred, 3, Nobody, "no exchanger takes mail now; they will be back", "RFC 5321 5.1, RFC 5321 4.5.4.1"}},
		{ID: "mx.v6-broken", Title: "nobody listens at the exchanger's IPv6 address", To: inFuji,
			Rules: []Rule{gone(fujiMX, "AAAA", "2001:db8::dead")},
			Truth: fine("the IPv4 address takes what the IPv6 address does not", "RFC 5321 5.1, RFC 5321 5.2")},
		{ID: "mx.nobody-listens", Title: "nobody listens at any address of the exchanger", To: inFuji,
			Rules: []Rule{gone(fujiMX, "A", "192.0.2.199"), gone(fujiMX, "AAAA", "2001:db8::dead")},
			Truth: Truth{Deferred, 3, Recipient, "the exchanger's addresses answer nobody", "RFC 5321 4.5.4.1, RFC 5321 5.1"}},
	}
}
