package fault

// alice's submission server, at which her mail begins.
const sakuraMail = "mail.sakura.test"

// submitCases are faults of the first step: the sender is alice@sakura.test.
func submitCases() []Case {
	says := func(id, title string, stage Stage, reply string, truth Truth) Case {
		r := Rule{Host: sakuraMail, Stage: stage, Match: Match{Proto: "smtp"}, Do: Action{Reply: reply, Close: reply[:3] == "421"}}
		return Case{ID: "submit." + id, Title: title, Rules: []Rule{r}, To: inFuji, Truth: truth}
	}
	withheld := Case{ID: "submit.no-starttls", Title: "the submission server offers no STARTTLS", To: inFuji,
		Rules: []Rule{{Host: sakuraMail, Stage: Offer, Match: Match{Proto: "smtp"}, Do: Action{Withhold: []string{"STARTTLS"}}}},
		Truth: Truth{Deferred, 1, Provider, "a password must not pass in the clear: the message waits on the device", "RFC 8314 5"}}
	kept := Case{ID: "submit.drop-after-dot", Title: "the connection ends after the final dot, and the message is kept", To: inFuji,
		Rules: []Rule{{Host: sakuraMail, Stage: Accepted, Do: Action{Close: true}}},
		Truth: Truth{Deferred, 1, Provider, "the server keeps the message and does not say so: the next try makes a copy", "RFC 1047, RFC 5321 3.8"}}
	return []Case{withheld, kept,
		says("auth-failed", "535 5.7.8: user name or password wrong", Auth, "535 5.7.8 Authentication credentials invalid",
			Truth{Refused, 1, You, "the server does not take this user name and password", "RFC 4954 6"}),
		says("auth-mechanism", "534 5.7.9: this way to log in is too weak", Auth, "534 5.7.9 Authentication mechanism is too weak",
			Truth{Refused, 1, You, "the server wants another way to log in", "RFC 4954 6"}),
		says("auth-later", "454 4.7.0: logins cannot be checked now", Auth, "454 4.7.0 Temporary authentication failure",
			Truth{Deferred, 1, Provider, "the server cannot check passwords now", "RFC 4954 6"}),
		says("auth-required", "530 5.7.0: a login comes first", Mail, "530 5.7.0 Authentication required",
			Truth{Refused, 1, You, "the server takes mail from those who log in", "RFC 4954 6"}),
		says("busy", "421 4.3.2 in the greeting: the server takes nothing now", Connect, "421 4.3.2 Service not available, closing transmission channel",
			Truth{Deferred, 1, Nobody, "the server is busy or going down, and will be back", "RFC 5321 4.2.3"}),
		says("sender-refused", "553 5.7.1: the sender is not an address of the user", Mail, "553 5.7.1 Sender address rejected: not owned by user",
			Truth{Refused, 1, You, "the sender is not an address of the account", "RFC 6409 6.1"}),
		says("too-large", "552 5.3.4: the message is too large", Mail, "552 5.3.4 Message size exceeds fixed limit",
			Truth{Refused, 1, You, "the message is larger than the server takes", "RFC 1870 6.1, RFC 3463 3.4"}),
		says("relay-denied", "550 5.7.1: the server does not pass mail on", Rcpt, "550 5.7.1 Relaying denied",
			Truth{Refused, 1, You, "the server passes mail on for those who logged in", "RFC 5321 7.9"}),
		says("access-denied", "551: access denied", Rcpt, "551 Access denied",
			Truth{Refused, 1, You, "the server does not take this recipient from this user", "RFC 5321 4.2.3"}),
		says("unbalanced", "553 5.1.3: the address is not understood", Rcpt, "553 5.1.3 <bob@fuji.test... Unbalanced '<'",
			Truth{Refused, 1, You, "the address is written in a way that cannot be read", "RFC 5321 4.2.3, RFC 3463 3.2"}),
		says("name-server", "451 4.4.3: the domain could not be looked up", Rcpt, "451 4.4.3 fuji.test: Name server timeout",
			Truth{Deferred, 1, DNS, "the name servers of the recipient's domain did not answer the submission server", "RFC 3463 3.5, RFC 5321 5.1"}),
		says("host-unknown", "550 5.1.2: the domain does not exist", Rcpt, "550 5.1.2 fuji.test: Host unknown",
			Truth{Refused, 1, You, "the part right of the @ names no domain", "RFC 3463 3.2, RFC 5321 5.1"}),
		says("null-mx", "556 5.1.10: the domain takes no mail", Rcpt, "556 5.1.10 Recipient address has null MX",
			Truth{Refused, 1, You, "the domain says that it takes no mail", "RFC 7504 4, RFC 7505 4.1"}),
		says("user-unknown", "550 5.1.1: the mailbox does not exist", Rcpt, "550 5.1.1 User unknown",
			Truth{Refused, 1, You, "the part left of the @ names no mailbox", "RFC 5321 4.2.3, RFC 3463 3.2"}),
		says("local-error", "451 4.3.0 after the final dot: a fault of the server", EndOfData, "451 4.3.0 Temporary queue file write error",
			Truth{Deferred, 1, Provider, "the server has a fault for now", "RFC 5321 4.2.3, RFC 3463 3.4"}),
		says("service-unavailable", "554 after the final dot, and no reason", EndOfData, "554 Service unavailable",
			Truth{Refused, 1, Provider, "the server refuses the message and does not say why", "RFC 5321 4.2.3"}),
		says("wrapped", "554 after the final dot, around a 552 5.2.2 of the next server", EndOfData, "554 5.0.0 Service unavailable <<< 552 5.2.2 Mailbox full",
			Truth{Refused, 1, Recipient, "the next server says that the mailbox is full; the 554 passes that on", "RFC 3463 3.3, RFC 5321 4.2.3"}),
	}
}
