package session

import (
	"strings"

	"todoku/internal/config"
)

const (
	protocolIMAP = "imap"
	protocolPOP3 = "pop3"
	// twinMark joins an account's name and the other protocol: "alice by pop3" reads alice's mailbox over POP3 and
	// keeps its own local copy, so that both views are honest.
	twinMark = " by "
)

// configured are the accounts of the settings as they are now.
func (s *Session) configured() []config.Account {
	if now := s.reread.Load(); now != nil {
		return *now
	}
	return s.Config.Accounts
}

// rereadAccounts takes the accounts from the settings, which were changed from here. The error is an UnreadError.
func (s *Session) rereadAccounts() error {
	c, problems := config.Load(s.settings)
	if len(problems) > 0 {
		return &UnreadError{s.settings, &ConfigError{problems}}
	}
	s.reread.Store(&c.Accounts)
	return nil
}

// Accounts lists the configured accounts in order.
func (s *Session) Accounts() []Account {
	all := make([]Account, 0, len(s.configured()))
	for _, a := range s.configured() {
		all = append(all, describe(a, a.Receive))
	}
	return all
}

// Account finds an account or a twin by name; an address finds its account, too.
func (s *Session) Account(name string) (Account, bool) {
	a, protocol, ok := s.find(name)
	if !ok {
		return Account{}, false
	}
	return describe(a, protocol), true
}

// find gives the settings of an account or twin, and the protocol that reads it.
func (s *Session) find(name string) (config.Account, string, bool) {
	base, twin, isTwin := strings.Cut(name, twinMark)
	for _, a := range s.configured() {
		if a.Name != base && a.Address != base {
			continue
		}
		protocol := a.Receive
		if isTwin {
			protocol = twin
		}
		return a, protocol, protocol == a.Receive || offers(a, protocol)
	}
	return config.Account{}, "", false
}

func offers(a config.Account, protocol string) bool {
	switch protocol {
	case protocolIMAP:
		return a.IMAP.Host != ""
	case protocolPOP3:
		return a.POP3.Host != ""
	}
	return false
}

func describe(a config.Account, protocol string) Account {
	d := Account{Name: a.Name, Address: a.Address, FullName: a.FullName, Protocol: protocol}
	other := protocolPOP3
	if protocol == protocolPOP3 {
		other = protocolIMAP
	}
	if protocol != a.Receive {
		d.Name, d.Twin = a.Name+twinMark+protocol, a.Name
	} else if offers(a, other) {
		d.Twin = a.Name + twinMark + other
	}
	if received := serverOf(a, protocol); received.Host != "" {
		d.Receiving = hostPort(received)
	}
	if a.SMTP.Host != "" {
		d.Submission = hostPort(a.SMTP)
	}
	return d
}

// line is how to reach one of an account's servers.
type line struct {
	account config.Account
	server  config.Server
}

// receiving gives the protocol and the server that an account or twin reads from.
func (s *Session) receiving(name string) (line, string, error) {
	a, protocol, ok := s.find(name)
	if !ok {
		return line{}, "", NoSuchAccount(name)
	}
	return line{a, serverOf(a, protocol)}, protocol, nil
}

// serverOf is the server that an account reads from by a protocol.
func serverOf(a config.Account, protocol string) config.Server {
	if protocol == protocolPOP3 {
		return a.POP3
	}
	return a.IMAP
}
