package fault

// smtpCases are faults of the transfer to the recipient's mail hosts.
func smtpCases() []Case {
	return []Case{
		{
			ID: "smtp.no-such-user", Title: "550 5.1.1: the mailbox does not exist", To: "bob@fuji.test",
			Rules: []Rule{{Host: "mx?.fuji.test", Stage: Rcpt, Do: Action{Reply: "550 5.1.1 <bob@fuji.test>: User unknown"}}},
			Truth: Truth{Refused, 3, You, "the part left of the @ names no mailbox", "RFC 5321 4.2.1, RFC 3463 3.2"},
		},
	}
}
