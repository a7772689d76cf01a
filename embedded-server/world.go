package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// worldVersion is the version of World's JSON form.
const worldVersion = 1

// World is everything that a program needs to live in a running sandbox. It is written to the world file, by which
// other processes join.
type World struct {
	Version int    `json:"version"`
	PID     int    `json:"pid"` // of the process that serves it
	Hosts   []Host `json:"hosts"`
	Users   []User `json:"users"`
	// Addresses maps "tcp 192.0.2.10:993" to the real listener, "127.0.0.1:49213". Nothing else can be dialled.
	Addresses   map[string]string `json:"addresses"`
	Resolver    string            `json:"resolver"` // the recursive resolver in the small Internet: "192.0.2.1:53"
	DNS         string            `json:"dns"`      // the same, as other programs reach it: "127.0.0.1:49200", UDP and TCP
	RootHints   []RootHint        `json:"root_hints"`
	TrustAnchor []string          `json:"trust_anchor"` // the root's DS records in zone-file form
	CAFile      string            `json:"ca_file"`
	CAPEM       string            `json:"ca_pem"`
}

// Host is one host and its real listeners, each "127.0.0.1:port" or "" if it does not offer the service.
type Host struct {
	Name        string `json:"name"`
	Address     string `json:"address"` // in the small Internet
	SMTP        string `json:"smtp,omitempty"`
	Submission  string `json:"submission,omitempty"`
	Submissions string `json:"submissions,omitempty"`
	IMAP        string `json:"imap,omitempty"`
	IMAPS       string `json:"imaps,omitempty"`
	POP3        string `json:"pop3,omitempty"`
	POP3S       string `json:"pop3s,omitempty"`
	DNS         string `json:"dns,omitempty"`
	HTTPS       string `json:"https,omitempty"`
}

// User is one who has a mailbox. The login name is the address.
type User struct {
	Address  string `json:"address"`
	Password string `json:"password"`
	Name     string `json:"name,omitempty"`
	Host     string `json:"host"` // where to log in and to submit
}

// RootHint is one DNS root server.
type RootHint struct {
	Name  string       `json:"name"`
	Addrs []netip.Addr `json:"addresses"`
}

// maxWorldFile bounds what ReadWorld reads, in octets.
const maxWorldFile = 1 << 20

// ReadWorld reads a world file. It accepts exactly what this version writes.
func ReadWorld(path string) (World, error) {
	f, err := os.Open(path)
	if err != nil {
		return World{}, fmt.Errorf("world file: %w: is the sandbox still running?", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxWorldFile+1))
	if err != nil {
		return World{}, fmt.Errorf("world file %s: %w", path, err)
	}
	if len(data) > maxWorldFile {
		return World{}, fmt.Errorf("world file %s: larger than %d octets: not a world file", path, maxWorldFile)
	}
	w, err := parseWorld(data)
	if err != nil {
		return World{}, fmt.Errorf("world file %s: %w", path, err)
	}
	return w, nil
}

func parseWorld(data []byte) (World, error) {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&head); err != nil {
		return World{}, fmt.Errorf("%w: not a world file, or cut off", err)
	}
	if head.Version != worldVersion {
		return World{}, fmt.Errorf("version %d, but this program reads version %d: use the same todoku for both", head.Version, worldVersion)
	}
	var w World
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return World{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return World{}, fmt.Errorf("something follows the end of the world")
	}
	return w, w.check()
}

// check refuses a map that leads out of this machine, for nothing in a sandbox may.
func (w World) check() error {
	for from, to := range w.Addresses {
		a, err := netip.ParseAddrPort(to)
		if err != nil || !a.Addr().IsLoopback() {
			return fmt.Errorf("address %q leads to %q, which is not on loopback", from, to)
		}
	}
	if len(w.Addresses) == 0 || len(w.Hosts) == 0 {
		return fmt.Errorf("no hosts or no addresses")
	}
	return nil
}

// write keeps the world in a file that only its owner can read, for it holds passwords. It appears whole or not at all.
func (w World) write(path string) error {
	data, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".world-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// RefusedError says that an address is not in the sandbox's map.
type RefusedError struct {
	Network string
	Address string
	Err     error // syscall.ECONNREFUSED if the host exists without that port, syscall.EHOSTUNREACH if there is no host
}

// Error says what can be done.
func (e *RefusedError) Error() string {
	if e.Err == syscall.ECONNREFUSED {
		return e.Network + " " + e.Address + ": connection refused: nothing listens at that port in the sandbox"
	}
	return e.Network + " " + e.Address + ": no route to host: the address is not in the sandbox, which reaches nothing else"
}

// Unwrap gives the system's error.
func (e *RefusedError) Unwrap() error { return e.Err }

// Dial connects to a literal address of the small Internet; network is "tcp" or "udp". A connection that it gives has
// the real addresses of its ends, and one to "udp" is a net.PacketConn.
func (w World) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	kind := strings.TrimRight(network, "46")
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("%s %s: the sandbox dials literal addresses, such as 192.0.2.10:993: look the name up first", network, address)
	}
	real, ok := w.Addresses[kind+" "+a.String()]
	if !ok {
		return nil, &RefusedError{Network: network, Address: address, Err: w.whyNot(a.Addr())}
	}
	return new(net.Dialer).DialContext(ctx, kind, real)
}

func (w World) whyNot(a netip.Addr) error {
	for key := range w.Addresses {
		_, at, _ := strings.Cut(key, " ")
		if have, err := netip.ParseAddrPort(at); err == nil && have.Addr() == a {
			return syscall.ECONNREFUSED
		}
	}
	return syscall.EHOSTUNREACH
}

// probeTime is how long Running waits for a listener on loopback, which answers at once or is not there.
const probeTime = 2 * time.Second

// Running reports whether the program that serves the world still does. One that is too busy to answer runs.
func (w World) Running(ctx context.Context) bool {
	conn, err := (&net.Dialer{Timeout: probeTime}).DialContext(ctx, "tcp", w.DNS)
	if err == nil {
		return conn.Close() == nil
	}
	var slow net.Error
	return ctx.Err() != nil || errors.As(err, &slow) && slow.Timeout()
}

// Owns reports whether the host, by name or address, belongs to the sandbox, so that it may be probed freely.
func (w World) Owns(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if a, err := netip.ParseAddr(host); err == nil {
		return w.whyNot(a) == syscall.ECONNREFUSED
	}
	return host == "test" || strings.HasSuffix(host, ".test")
}
