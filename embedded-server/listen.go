package sandbox

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

// FixedPorts is how many ports, from Options.Port on, a sandbox with fixed ports takes: one for each service of each
// host, in the order of World.Hosts and of Host's fields.
const FixedPorts = 36

// bound is one service's listener; packets is the UDP side of DNS, on the same port number.
type bound struct {
	machine machine
	service service
	tcp     net.Listener
	packets net.PacketConn
}

// listenAll opens every listener on loopback: free ports, or the fixed range that begins at first.
func (p *plan) listenAll(first int) ([]*bound, error) {
	var all []*bound
	for _, m := range p.machines {
		for _, s := range m.services {
			port := 0
			if first > 0 {
				port = first + len(all)
			}
			b, err := listen(m, s, port)
			if err != nil {
				closeAll(all)
				return nil, err
			}
			all = append(all, b)
		}
	}
	return all, nil
}

// sameNumberTries is how often another free port is taken because its number is in use for UDP.
const sameNumberTries = 20

func listen(m machine, s service, port int) (*bound, error) {
	var last error
	for range sameNumberTries {
		l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return nil, taken(m, s, port, err)
		}
		b := &bound{machine: m, service: s, tcp: l}
		if s != dnsService {
			return b, nil
		}
		if b.packets, last = net.ListenPacket("udp4", l.Addr().String()); last == nil {
			return b, nil
		}
		l.Close()
		if port != 0 {
			break
		}
	}
	return nil, taken(m, s, port, last)
}

func taken(m machine, s service, port int, err error) error {
	if port == 0 {
		return fmt.Errorf("sandbox: no free port for %s of %s: %w", s.name, m.name, err)
	}
	return fmt.Errorf("sandbox: port %d for %s of %s: %w: choose another first port, or none for free ones", port, s.name, m.name, err)
}

func closeAll(all []*bound) error {
	var errs []error
	for _, b := range all {
		errs = append(errs, b.tcp.Close())
		if b.packets != nil {
			errs = append(errs, b.packets.Close())
		}
	}
	return errors.Join(errs...)
}

// describe makes the part of the world that follows from the listeners.
func (p *plan) describe(all []*bound) World {
	w := World{Version: worldVersion, PID: os.Getpid(), Users: p.users, Addresses: make(map[string]string)}
	index := make(map[string]int)
	for _, b := range all {
		i, ok := index[b.machine.name]
		if !ok {
			i = len(w.Hosts)
			index[b.machine.name] = i
			w.Hosts = append(w.Hosts, Host{Name: b.machine.name, Address: b.machine.v4})
		}
		real := b.tcp.Addr().String()
		*w.Hosts[i].field(b.service) = real
		for _, a := range b.machine.addrs() {
			at := net.JoinHostPort(a.String(), strconv.Itoa(b.service.port))
			w.Addresses["tcp "+at] = real
			if b.packets != nil {
				w.Addresses["udp "+at] = real
			}
		}
		if b.service == dnsService {
			w.nameServer(b, real)
		}
	}
	return w
}

// nameServer notes the resolver and the root servers.
func (w *World) nameServer(b *bound, real string) {
	switch {
	case b.machine.name == resolverName:
		w.Resolver, w.DNS = net.JoinHostPort(b.machine.v4, "53"), real
	case len(b.machine.zones) > 0 && b.machine.zones[0] == ".":
		w.RootHints = append(w.RootHints, RootHint{Name: b.machine.name, Addrs: b.machine.addrs()})
	}
}

func (h *Host) field(s service) *string {
	switch s {
	case smtpService:
		return &h.SMTP
	case submissionService:
		return &h.Submission
	case submissionsService:
		return &h.Submissions
	case imapService:
		return &h.IMAP
	case imapsService:
		return &h.IMAPS
	case pop3Service:
		return &h.POP3
	case pop3sService:
		return &h.POP3S
	case dnsService:
		return &h.DNS
	}
	return &h.HTTPS
}
