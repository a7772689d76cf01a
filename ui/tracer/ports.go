package tracer

import (
	"todoku/diag/delivery"
	"todoku/diag/ladder"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// Cells of the table of ports: its number, how it took the attempt, and with whom or why not.
const (
	portNumberAt = 1
	portStateAt  = 7
	portHostAt   = 19
)

// ports lists the ports of mail that a hop tried, one a line.
func (t *teller) ports(h delivery.Hop) {
	for _, p := range h.Ports {
		l := line{pieces: []piece{
			{portNumberAt, theme.Text, text.Num(p.Port)},
			{portStateAt, portRole(p), t.words.Tracer.PortStates[string(p.State)]},
			{portHostAt, theme.Text, text.Cut(t.portWith(p), t.width-portHostAt-10)},
		}}
		if p.State != ladder.PortUntried {
			l.right = text.Span(p.Elapsed)
		}
		t.add(l)
	}
}

// portWith says with whom a port was tried, or why with nobody.
func (t *teller) portWith(p ladder.Port) text.Safe {
	w := t.words.Tracer
	switch {
	case p.State == ladder.PortUntried && p.Port == delivery.SMTPPort:
		return w.NoExchanger
	case p.State == ladder.PortUntried:
		return w.NoServer
	case p.Used:
		return text.Clean(p.Host) + w.InSettings
	}
	return text.Clean(p.Host)
}

// portRole colours what matters: a port that the account does not use may be closed.
func portRole(p ladder.Port) theme.Role {
	switch {
	case p.State == ladder.PortOpen:
		return theme.Ok
	case p.Used && p.State != ladder.PortUnknown:
		return theme.Warn
	}
	return theme.Muted
}
