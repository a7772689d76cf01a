package fault

import "time"

// Where the faults of the transfer are met: fuji.test has one mail exchanger and demands TLS by MTA-STS, tsuru.test has two
// and demands it by DANE.
const (
	fujiMX  = "mx1.fuji.test"
	tsuruMX = "mx?.tsuru.test"
)

// at is the rule of fuji.test's exchanger at a stage.
func at(stage Stage, do Action) []Rule { return []Rule{{Host: fujiMX, Stage: stage, Do: do}} }

// smtpCases are faults of the transfer to the recipient's mail hosts.
func smtpCases() []Case {
	var all []Case
	for _, part := range [][]Case{recipientCases(), policyCases(), laterCases(), startTLSCases(), slowCases(), dropCases(),
		brokenCases(), exchangerCases()} {
		all = append(all, part...)
	}
	return all
}

// recipientCases are answers about the mailbox.
func recipientCases() []Case {
	says := func(id, title, reply string, truth Truth) Case {
		return Case{ID: id, Title: title, Rules: at(Rcpt, Action{Reply: reply}), To: inFuji, Truth: truth}
	}
	unknown := Truth{Refused, 3, You, "the part left of the @ names no mailbox", "RFC 5321 4.2.3, RFC 3463 3.2"}
	return []Case{
		says("smtp.no-such-user", "550 5.1.1: the mailbox does not exist", "550 5.1.1 User unknown", unknown),
		says("smtp.no-such-user-bare", "550 without an enhanced code: the mailbox does not exist", "550 No such user here", unknown),
		says("smtp.no-such-user-null", "550 5.1.10: the mailbox does not exist, as Exchange says it",
			"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", unknown),
		says("smtp.no-such-user-denied", "550 5.4.1: the mailbox does not exist, in words of access",
			"550 5.4.1 Recipient address rejected: Access denied", unknown),
		says("smtp.bad-syntax", "553 5.1.3: the address is not understood", "553 5.1.3 Mailbox name not allowed",
			Truth{Refused, 3, You, "the address is written in a way that the host does not take", "RFC 5321 4.2.3, RFC 3463 3.2"}),
		says("smtp.moved", "551 5.1.6: the user has moved", "551 5.1.6 User not local; please try <bob@tsuru.test>",
			Truth{Refused, 3, You, "the mailbox is elsewhere, and the reply says where", "RFC 5321 3.4"}),
		says("smtp.mailbox-full", "452 4.2.2: the mailbox is full for now", "452 4.2.2 Mailbox full",
			Truth{Deferred, 3, Recipient, "the recipient's mailbox has no room", "RFC 5321 4.2.1, RFC 3463 3.3"}),
		says("smtp.mailbox-full-for-good", "552 5.2.2: the mailbox is full", "552 5.2.2 Mailbox full, quota exceeded",
			Truth{Refused, 3, Recipient, "the recipient's mailbox has no room", "RFC 5321 4.2.1, RFC 3463 3.3"}),
		says("smtp.mailbox-busy", "450 4.2.1: the mailbox takes nothing now", "450 4.2.1 The mailbox is busy or switched off for now",
			Truth{Deferred, 3, Recipient, "the mailbox is switched off or in use for now", "RFC 5321 4.2.3, RFC 3463 3.3"}),
		says("smtp.mailbox-disabled", "550 5.2.1: the mailbox is switched off", "550 5.2.1 Mailbox disabled, not accepting messages",
			Truth{Refused, 3, Recipient, "the mailbox is switched off", "RFC 5321 4.2.3, RFC 3463 3.3"}),
		says("smtp.too-many-recipients", "452 4.5.3: too many recipients in one transaction", "452 4.5.3 Too many recipients",
			Truth{Deferred, 3, Nobody, "the rest goes with another transaction", "RFC 5321 4.5.3.1.10"}),
	}
}

// policyCases are refusals of the sender, the sending host or the message.
func policyCases() []Case {
	says := func(id, title string, stage Stage, reply string, truth Truth) Case {
		do := Action{Reply: reply, Close: stage == Connect}
		return Case{ID: id, Title: title, Rules: at(stage, do), To: inFuji, Truth: truth}
	}
	listed := Truth{Refused, 3, Provider, "the address of the sending host is on a block list", "RFC 5321 7.9, RFC 3463 3.8"}
	tooLarge := Truth{Refused, 3, You, "the message is larger than the host takes", "RFC 1870 6.1, RFC 3463 3.4"}
	return []Case{
		says("smtp.relay-denied", "550 5.7.1: the exchanger does not take mail for its domain", Rcpt,
			"550 5.7.1 Relaying denied", Truth{Refused, 3, Recipient,
				"the MX record leads to a host that does not know the domain", "RFC 5321 5.1, RFC 5321 7.9"}),
		says("smtp.blocklisted", "554 5.7.1 in the greeting: the sending host is on a block list", Connect,
			"554 5.7.1 Service unavailable; client host blocked using dnsbl.test", listed),
		says("smtp.blocklisted-rcpt", "554 5.7.1 at RCPT: the sending host is on a block list", Rcpt,
			"554 5.7.1 Service unavailable; client host blocked using dnsbl.test", listed),
		says("smtp.spf-failed", "550 5.7.23: SPF does not allow the sending host", Mail, "550 5.7.23 SPF validation failed",
			Truth{Refused, 3, Provider, "the sender's domain does not name the sending host in its SPF record", "RFC 7208 8.4, RFC 7372 3.2"}),
		says("smtp.sender-refused", "550 5.1.8: the sender's domain cannot be looked up", Mail, "550 5.1.8 Sender domain must exist",
			Truth{Refused, 3, Provider, "the domain of the sender cannot be looked up", "RFC 3463 3.2"}),
		says("smtp.auth-required", "530 5.7.0: the exchanger wants a login of everybody", Mail, "530 5.7.0 Authentication required",
			Truth{Refused, 3, Recipient, "a mail exchanger that wants logins takes mail from nobody", "RFC 4954 6"}),
		says("smtp.too-large", "552 5.3.4 at MAIL: the message is too large", Mail, "552 5.3.4 Message size exceeds fixed limit", tooLarge),
		{ID: "smtp.size-limit", Title: "EHLO announces SIZE 100, and it is enforced", To: inFuji, Truth: tooLarge,
			Rules: at(Offer, Action{Size: 100})},
		says("smtp.content-refused", "554 5.7.1 after the final dot: the content is refused", EndOfData,
			"554 5.7.1 Message rejected as spam", Truth{Refused, 3, You, "the content looks like spam to the host", "RFC 5321 4.2.3, RFC 3463 3.8"}),
		says("smtp.system-refuses", "554 5.3.0 after the final dot: the transaction failed", EndOfData, "554 5.3.0 Transaction failed",
			Truth{Refused, 3, Recipient, "the recipient's system cannot keep the message", "RFC 5321 4.2.3, RFC 3463 3.4"}),
	}
}

// laterCases pass with time.
func laterCases() []Case {
	says := func(id, title string, stage Stage, reply string, truth Truth) Case {
		do := Action{Reply: reply, Close: reply[:3] == "421"}
		return Case{ID: id, Title: title, Rules: at(stage, do), To: inFuji, Truth: truth}
	}
	system := Truth{Deferred, 3, Recipient, "the recipient's system has a fault for now", "RFC 5321 4.2.3, RFC 3463 3.4"}
	return []Case{
		{ID: "smtp.greylist", Title: "451 4.7.1 for 300 seconds: greylisting by host, sender and recipient", To: inFuji,
			Rules: []Rule{{Host: fujiMX, Stage: Rcpt, Greylist: 300 * time.Second, Do: Action{Reply: "451 4.7.1 Greylisted, try again in 300 seconds"}}},
			Truth: Truth{Deferred, 3, Nobody, "the host makes those wait whom it does not know; the next try after 300 seconds passes", "RFC 6647 2.4, RFC 5321 4.5.4.1"}},
		says("smtp.busy", "421 4.3.2 in the greeting: the host takes nothing now", Connect, "421 4.3.2 Service not available, closing transmission channel",
			Truth{Deferred, 3, Nobody, "the host is busy or going down, and will be back", "RFC 5321 4.2.3"}),
		says("smtp.too-many-connections", "421 4.7.0 in the greeting: too many connections from one host", Connect,
			"421 4.7.0 Too many concurrent connections from this client", Truth{Deferred, 3, Nobody, "the sending host has too many connections open", "RFC 5321 4.2.3"}),
		{ID: "smtp.rate-limit", Title: "421 4.7.0 for more than 3 connections a minute from one host", To: inFuji, Warm: 3,
			Rules: []Rule{{Host: fujiMX, Stage: Connect, Rate: 3, Per: time.Minute, Do: Action{Reply: "421 4.7.0 Connection rate limit exceeded", Close: true}}},
			Truth: Truth{Deferred, 3, Nobody, "the sending host connects too often", "RFC 5321 4.2.3"}},
		says("smtp.local-error", "451 4.3.0 at RCPT: a fault of the recipient's system", Rcpt, "451 4.3.0 Requested action aborted: local error in processing", system),
		says("smtp.local-error-eod", "451 4.3.0 after the final dot: a fault of the recipient's system", EndOfData, "451 4.3.0 Temporary queue file write error", system),
		says("smtp.disk-full", "452 4.3.1: the disk of the recipient's system is full", Mail, "452 4.3.1 Insufficient system storage", system),
		{ID: "smtp.fifty-fifty", Title: "451 4.3.0 for half of the recipients, by seed 5", To: inFuji,
			Rules: []Rule{{Host: fujiMX, Stage: Rcpt, Percent: 50, Seed: 5, Do: Action{Reply: "451 4.3.0 Try again"}}}, Truth: system},
	}
}

// startTLSCases are about whether TLS is to be had; certificates have their own.
func startTLSCases() []Case {
	sts := Truth{Deferred, 3, Recipient, "the domain demands TLS, and its host offers none", "RFC 8461 5"}
	dane := Truth{Deferred, 3, Recipient, "the domain's TLSA records demand TLS, and its hosts offer none", "RFC 7672 2.2"}
	withheld := Action{Withhold: []string{"STARTTLS"}}
	return []Case{
		{ID: "smtp.no-starttls", Title: "EHLO offers no STARTTLS, and the MTA-STS policy demands it", To: inFuji, Truth: sts, Rules: at(Offer, withheld)},
		{ID: "smtp.no-starttls-dane", Title: "EHLO offers no STARTTLS, and TLSA records demand it", To: inTsuru, Truth: dane,
			Rules: []Rule{{Host: tsuruMX, Stage: Offer, Do: withheld}}},
		{ID: "smtp.tls-unavailable", Title: "454 4.7.0: TLS is offered and not to be had now", To: inFuji, Truth: sts,
			Rules: []Rule{{Host: fujiMX, Stage: Command, Match: Match{Verb: "STARTTLS"}, Do: Action{Reply: "454 4.7.0 TLS not available due to temporary reason"}}}},
		{ID: "smtp.starttls-required", Title: "530 5.7.0 outside TLS: mail is taken inside TLS only", To: inFuji,
			Rules: []Rule{{Host: fujiMX, Stage: Mail, Match: Match{Clear: true}, Do: Action{Reply: "530 5.7.0 Must issue a STARTTLS command first"}}},
			Truth: fine("the host wants TLS, and offers it", "RFC 3207 4")},
		{ID: "smtp.starttls-required-withheld", Title: "530 5.7.0: TLS is demanded and not offered", To: inFuji, Truth: sts,
			Rules: append(at(Offer, withheld), at(Mail, Action{Reply: "530 5.7.0 Must issue a STARTTLS command first"})...)},
	}
}
