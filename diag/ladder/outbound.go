package ladder

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// PortState is how a port of mail took an attempt to connect from this device.
type PortState string

const (
	PortOpen      PortState = "open"
	PortRefused   PortState = "refused"     // an answer came that nothing listens there
	PortSilent    PortState = "silent"      // no answer came at all
	PortUnreached PortState = "unreachable" // there is no way to the host
	PortUntried   PortState = "n/a"         // no host in question has it
	PortUnknown   PortState = "unknown"     // the time was over before, or the host's name gave no address
)

// Port is one of the ports that mail leaves by or is fetched by.
type Port struct {
	Port    int           `json:"port"`
	Host    string        `json:"host,omitempty"` // that it was tried with; empty if with none
	Addr    string        `json:"addr,omitempty"` // "192.0.2.10:587"
	State   PortState     `json:"state"`
	Used    bool          `json:"used,omitempty"` // the account's settings name it
	Elapsed time.Duration `json:"elapsed_ns,omitempty"`
}

func (p Port) name() string { return p.Host + ":" + strconv.Itoa(p.Port) }

// PortOf is what a knock says of a port.
func PortOf(k Knock) Port {
	p := Port{Port: k.Port, Host: k.Host, Addr: k.Addr, Elapsed: k.Elapsed, State: PortUnreached}
	switch {
	case k.Open():
		p.State = PortOpen
	case k.Silent():
		p.State = PortSilent
	case k.Code == wire.CodeDialRefused:
		p.State = PortRefused
	case k.Code == wire.CodeCancelled, k.Code == wire.CodeDNSFailed, k.Code == wire.CodeDNSNotFound, k.Code == "":
		p.State = PortUnknown
	}
	return p
}

// OwnTargets are the ports to try at an account's own servers: at each, those of its protocol.
func OwnTargets(own []Server) []Target {
	var all []Target
	for _, s := range own {
		if s.Host == "" {
			continue
		}
		for _, port := range mailPorts(s.Proto) {
			all = append(all, Target{Proto: s.Proto, Host: s.Host, Port: port})
		}
		if !slices.Contains(mailPorts(s.Proto), s.Port) {
			all = append(all, Target{Proto: s.Proto, Host: s.Host, Port: s.Port})
		}
	}
	return all
}

// OwnPorts is what becomes known of the ports of an account's own servers. Knocks were made to tell; dialled are those
// that a dialogue made, which says itself what it means that they failed. What the account does not use may be closed.
func OwnPorts(own []Server, knocks, dialled []Knock) ([]Port, trace.Finding) {
	var all, broken []Port
	for _, k := range knocks {
		p := PortOf(k)
		p.Used = slices.ContainsFunc(own, func(s Server) bool { return s.Host == p.Host && s.Port == p.Port })
		if p.Used && p.State != PortOpen && p.State != PortUnknown {
			broken = append(broken, p)
		}
		all = append(all, p)
	}
	for _, k := range dialled {
		p := PortOf(k)
		p.Used = true
		all = append(all, p)
	}
	for _, port := range allMailPorts() {
		if !slices.ContainsFunc(all, func(p Port) bool { return p.Port == port }) {
			all = append(all, Port{Port: port, State: PortUntried})
		}
	}
	slices.SortStableFunc(all, func(a, b Port) int { return cmp.Compare(a.Port, b.Port) })
	return all, ownFinding(all, broken)
}

func ownFinding(all, broken []Port) trace.Finding {
	args := portArgs(all)
	args["used"] = portNames(broken, func(Port) bool { return true })
	silent := func(p Port) bool { return p.State == PortSilent }
	open := func(p Port) bool { return p.State == PortOpen }
	switch {
	case slices.ContainsFunc(broken, silent) && slices.ContainsFunc(all, open):
		return finding("local.ports.filtered", trace.Warn, args)
	case len(broken) > 0:
		return finding("local.ports.closed", trace.Warn, args)
	case slices.ContainsFunc(all, open):
		return finding("local.ports", trace.Pass, args)
	case !slices.ContainsFunc(all, func(p Port) bool { return p.State != PortUntried }):
		return finding("local.ports.none", trace.NotApplicable, args)
	}
	return finding("local.ports.unknown", trace.Unknown, args)
}

// Exchangers is what the dialogues with exchangers told of port 25.
func Exchangers(dialled []Knock) ([]Port, trace.Finding) {
	var all []Port
	for _, k := range dialled {
		all = append(all, PortOf(k))
	}
	args := portArgs(all)
	switch {
	case len(all) == 0:
		return []Port{{Port: smtpPort, State: PortUntried}}, finding("local.port25.untried", trace.NotApplicable, args)
	case args["open"] != "":
		return all, finding("local.port25.reached", trace.Pass, args)
	case args["refused"] != "":
		return all, finding("local.port25.refused", trace.Unknown, args)
	}
	return all, finding("local.port25.unknown", trace.Unknown, args)
}

// portArgs lists ports by their state.
func portArgs(all []Port) map[string]string {
	args := map[string]string{}
	for name, state := range map[string]PortState{"open": PortOpen, "refused": PortRefused, "silent": PortSilent, "unreached": PortUnreached, "unknown": PortUnknown} {
		args[name] = portNames(all, func(p Port) bool { return p.State == state })
	}
	return args
}

// portNames lists the ports that pass, "mail.sakura.test:587, mail.sakura.test:993".
func portNames(all []Port, pass func(Port) bool) string {
	var names []string
	for _, p := range all {
		if pass(p) && !slices.Contains(names, p.name()) {
			names = append(names, p.name())
		}
	}
	return strings.Join(names, ", ")
}

// PortGroup are ports in one state, "465, 587".
type PortGroup struct {
	State   PortState
	Numbers string
}

// ByState groups ports by their state, those that are open first; one that is in several states stands in each.
func ByState(all []Port) []PortGroup {
	var groups []PortGroup
	for _, state := range []PortState{PortOpen, PortRefused, PortSilent, PortUnreached, PortUnknown, PortUntried} {
		var numbers []string
		for _, p := range all {
			if n := strconv.Itoa(p.Port); p.State == state && !slices.Contains(numbers, n) {
				numbers = append(numbers, n)
			}
		}
		if numbers != nil {
			groups = append(groups, PortGroup{state, strings.Join(numbers, ", ")})
		}
	}
	return groups
}
