package fault

import "time"

// Where the faults of the pick-up are met. The message is in the mailbox by then.
const (
	atHome   = "alice@sakura.test" // who reads by IMAP
	fujiMail = "mail.fuji.test"
)

// pickUp is the truth of a fault of the fourth step: the message was delivered, and cannot be read.
func pickUp(who, cause, why string) Truth { return Truth{Delivered, 4, who, cause, why} }

// pop3Cases are met by bob's mailbox.
func pop3Cases() []Case {
	on := func(id, title string, stage Stage, do Action, truth Truth) Case {
		r := Rule{Host: fujiMail, Stage: stage, Match: Match{Proto: "pop3"}, Do: do}
		return Case{ID: "pop3." + id, Title: title, Rules: []Rule{r}, To: inFuji, Truth: truth}
	}
	return []Case{
		on("in-use", "-ERR [IN-USE]: another session has the maildrop", Auth, Action{Reply: "-ERR [IN-USE] Do you have another POP session running?"},
			pickUp(Nobody, "another session has the maildrop, and will end", "RFC 2449 8.1.2")),
		on("login-delay", "-ERR [LOGIN-DELAY]: logins come too often", Auth, Action{Reply: "-ERR [LOGIN-DELAY] minimum time between mail checks violation"},
			pickUp(Nobody, "the server wants more time between logins", "RFC 2449 8.1.1, RFC 2449 6.5")),
		on("sys-temp", "-ERR [SYS/TEMP]: a fault of the server that may pass", Auth, Action{Reply: "-ERR [SYS/TEMP] the maildrop cannot be opened now"},
			pickUp(Provider, "the server has a fault for now", "RFC 3206 4")),
		on("sys-perm", "-ERR [SYS/PERM]: a fault of the server that somebody must mend", Auth, Action{Reply: "-ERR [SYS/PERM] the maildrop is damaged"},
			pickUp(Provider, "the server has a fault that does not pass by itself", "RFC 3206 4")),
		on("auth", "-ERR [AUTH]: user name or password wrong", Auth, Action{Reply: "-ERR [AUTH] invalid user or password"},
			pickUp(You, "the server does not take this user name and password", "RFC 3206 5")),
		on("drop-before-quit", "the connection ends at QUIT, and nothing is deleted", Quit, Action{Close: true},
			pickUp(Provider, "without the update state nothing is deleted", "RFC 1939 6")),
		on("drop-in-retr", "the connection ends after 200 octets of RETR", Retr, Action{Close: true, Octets: 200},
			pickUp(Provider, "the server ends the connection in the middle of a message", "RFC 1939 3, RFC 1939 6")),
		on("uidl-changed", "every login finds other unique-ids", Auth, Action{Renumber: true},
			pickUp(Provider, "a unique-id must stay with its message: all mail looks new", "RFC 1939 7")),
		on("no-uidl", "the server has no UIDL", Offer, Action{Withhold: []string{"UIDL"}},
			fine("UIDL is optional: new messages are told by their content", "RFC 1939 7")),
		on("no-banner", "the greeting never comes", Connect, Action{Silent: true},
			pickUp(Provider, "the server takes connections and says nothing", "RFC 1939 4")),
		on("garbage", "2,000 octets of noise in place of the greeting", Connect, Action{Garbage: 2000, Close: true},
			pickUp(Provider, "what answers is not a POP3 server, or one out of order", "RFC 1939 3")),
		on("tarpit", "every command is answered after 2 seconds", Command, Action{Delay: 2 * time.Second},
			fine("the server is slow", "RFC 1939 3")),
	}
}

// imapCases are met by alice's mailbox.
func imapCases() []Case {
	on := func(id, title string, stage Stage, do Action, truth Truth) Case {
		r := Rule{Host: sakuraMail, Stage: stage, Match: Match{Proto: "imap"}, Do: do}
		return Case{ID: "imap." + id, Title: title, Rules: []Rule{r}, To: atHome, Truth: truth}
	}
	bye := on("bye-in-fetch", "BYE between the messages of a FETCH", Message, Action{Reply: "BYE [UNAVAILABLE] Going down", Close: true},
		pickUp(Provider, "the server goes down while it sends mail", "RFC 9051 7.1.5"))
	bye.Rules[0].Every = 3
	return []Case{bye,
		on("drop-in-fetch", "the connection ends after 1,000 octets of a FETCH", Fetch, Action{Close: true, Octets: 1000},
			pickUp(Provider, "the server ends the connection in the middle of an answer", "RFC 9051 7")),
		on("uidvalidity", "every SELECT finds another UIDVALIDITY", Select, Action{Renumber: true},
			fine("what is known of the folder's UIDs is void: it is read anew", "RFC 9051 2.3.1.1")),
		on("overquota", "NO [OVERQUOTA]: APPEND finds no room", Append, Action{Reply: "NO [OVERQUOTA] No room in the mailbox"},
			pickUp(You, "the mailbox has no room for the copy", "RFC 5530 3, RFC 9051 7.1")),
		on("unavailable", "NO [UNAVAILABLE]: logins cannot be checked now", Auth, Action{Reply: "NO [UNAVAILABLE] User's backend down for maintenance"},
			pickUp(Provider, "a part of the server is down for now", "RFC 5530 3, RFC 9051 7.1")),
		on("login-refused", "NO [AUTHENTICATIONFAILED]: user name or password wrong", Auth, Action{Reply: "NO [AUTHENTICATIONFAILED] Authentication failed"},
			pickUp(You, "the server does not take this user name and password", "RFC 5530 3, RFC 9051 7.1")),
		on("bad-bodystructure", "BODYSTRUCTURE with a bracket too many", Fetch, Action{Replace: Replace{"BODYSTRUCTURE (", "BODYSTRUCTURE (("}},
			pickUp(Provider, "the server's answer does not follow the grammar", "RFC 9051 7.5.2, RFC 9051 9")),
		on("idle-silent", "IDLE is taken, and nothing is told in it", Idle, Action{Reply: "+ idling"},
			pickUp(Provider, "the server must tell of new mail while it idles", "RFC 9051 6.3.13")),
		on("idle-dead", "IDLE gets no answer at all", Idle, Action{Silent: true},
			pickUp(Provider, "the server does not answer a command that it offers", "RFC 9051 6.3.13")),
		on("no-idle", "the server has no IDLE", Offer, Action{Withhold: []string{"IDLE", "IMAP4rev2"}},
			fine("IDLE is an extension: new mail is asked for", "RFC 2177 1")),
		on("select-refused", "NO [SERVERBUG]: folders cannot be opened", Select, Action{Reply: "NO [SERVERBUG] Internal error"},
			pickUp(Provider, "the server has a fault", "RFC 5530 3, RFC 9051 7.1")),
		on("no-banner", "the greeting never comes", Connect, Action{Silent: true},
			pickUp(Provider, "the server takes connections and says nothing", "RFC 9051 7.1")),
		on("garbage", "2,000 octets of noise in place of the greeting", Connect, Action{Garbage: 2000, Close: true},
			pickUp(Provider, "what answers is not an IMAP server, or one out of order", "RFC 9051 9")),
	}
}
