package interop

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dnsTime is how long a name server may take from start to its first answer.
const dnsTime = 10 * time.Second

// Addresses of the hierarchy, each with port 53, as the glue of real zones needs.
const (
	RootServer = "127.0.53.1" // a.root.test: holds the root
	TLDServer  = "127.0.53.2" // ns.nic.test: holds test
	ZoneServer = "127.0.53.3" // ns1.host.test: holds all zones below
	Secondary  = "127.0.53.4" // ns2.host.test: the same
	LameServer = "127.0.53.5" // ns.lame.test: runs, and holds none
	Recursor   = "127.0.53.6" // a validating resolver that starts at RootServer
)

// Hierarchy is a DNS of its own, from the root down, served by NSD, signed by ldns and resolved by Unbound. Its mail
// exchangers have documentation addresses: whoever tests against it says where those lead.
type Hierarchy struct {
	AnchorFile string   // the root's DS record
	DelvAnchor string   // the same for delv
	HintsFile  string   // the root's servers, as named.root has them
	resolvConf string   // names the Recursor
	Anchor     []string // what AnchorFile holds
	dir        string
}

// zone is one zone of the hierarchy.
type zone struct {
	origin  string
	records string
	signer  []string // further arguments of ldns-signzone; nil leaves it unsigned
	servers []string
}

// signedZones hold everything that the comparison with other tools needs: a signed domain, an unsigned one, one whose
// signatures are over, and one of whose two servers holds nothing.
func signedZones() []zone {
	both := []string{ZoneServer, Secondary}
	const hosted = "@ NS ns1.host.test.\n@ NS ns2.host.test.\n"
	return []zone{
		{origin: "fuji.test", servers: both, signer: []string{}, records: hosted + "@ MX 10 mx1\n@ MX 20 mx2\nmx1 A 192.0.2.20\nmx2 A 192.0.2.21\n" +
			"alias CNAME mx1\n*.wild TXT \"any\"\n"},
		{origin: "tsuru.test", servers: both, records: hosted + "@ MX 10 mx1\nmx1 A 192.0.2.30\nnull MX 0 .\n"},
		{origin: "late.test", servers: both, signer: []string{"-i", "20200101000000", "-e", "20200201000000"}, records: hosted + "@ MX 10 mx1\nmx1 A 192.0.2.40\n"},
		{origin: "lame.test", servers: both[:1], records: "@ NS ns1.host.test.\n@ NS ns\nns A " + LameServer + "\n@ MX 10 mx1\nmx1 A 192.0.2.50\n"},
		{origin: "host.test", servers: both, records: hosted + "ns1 A " + ZoneServer + "\nns2 A " + Secondary + "\n"},
		{origin: "test", servers: []string{TLDServer}, signer: []string{"-n", "-p", "-t", "0"}, records: "@ NS ns.nic\nns.nic A " + TLDServer + "\na.root A " + RootServer +
			"\nfuji NS ns1.host\nfuji NS ns2.host\ntsuru NS ns1.host\ntsuru NS ns2.host\nlate NS ns1.host\nlate NS ns2.host\n" +
			"lame NS ns1.host\nlame NS ns.lame\nns.lame A " + LameServer + "\nhost NS ns1.host\nhost NS ns2.host\nns1.host A " + ZoneServer + "\nns2.host A " + Secondary + "\n"},
		{origin: ".", servers: []string{RootServer}, signer: []string{}, records: "@ NS a.root.test.\na.root.test. A " + RootServer + "\ntest. NS ns.nic.test.\nns.nic.test. A " + TLDServer + "\n"},
	}
}

// DNS starts the hierarchy. It listens on port 53 of addresses in 127.0.53.0/24, so only one can run at a time, and ends
// with the test.
func DNS(t testing.TB) *Hierarchy {
	t.Helper()
	nsd, unbound := Need(t, "nsd"), Need(t, "unbound")
	Need(t, "ldns-signzone")
	dir, err := os.MkdirTemp("", "dns")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := &Hierarchy{dir: dir, AnchorFile: filepath.Join(dir, "anchor"), HintsFile: filepath.Join(dir, "hints"),
		DelvAnchor: filepath.Join(dir, "delv"), resolvConf: filepath.Join(dir, "resolv.conf")}
	holds := map[string][]zone{LameServer: nil}
	below := "" // DS records of the zones that are ready
	for _, z := range signedZones() {
		if z.origin == "test" || z.origin == "." {
			z.records += below
			below = ""
		}
		ds, err := h.sign(z)
		if err != nil {
			t.Fatalf("zone %s: %v", z.origin, err)
		}
		below += ds
		for _, s := range z.servers {
			holds[s] = append(holds[s], z)
		}
	}
	h.Anchor = []string{strings.TrimSpace(below)}
	h.write(t, h.AnchorFile, below)
	f := strings.Fields(below) // . 3600 IN DS tag algorithm digest-type digest
	h.write(t, h.DelvAnchor, fmt.Sprintf("trust-anchors { . static-ds %s %s %s %q; };\n", f[4], f[5], f[6], f[7]))
	h.write(t, h.resolvConf, "nameserver "+Recursor+"\n")
	h.write(t, h.HintsFile, ". 3600000 NS a.root.test.\na.root.test. 3600000 A "+RootServer+"\n")
	for server, zones := range holds {
		h.serve(t, nsd, server, h.nsdConf(server, zones), "-d", "-c")
	}
	h.serve(t, unbound, Recursor, h.unboundConf(), "-d", "-c")
	return h
}

// Dig runs dig with the Recursor as the system's resolver, which it asks for the addresses of name servers.
func (h *Hierarchy) Dig(t testing.TB, args ...string) string {
	t.Helper()
	Need(t, "dig")
	Need(t, "unshare")
	const script = `mount --bind "$0" /etc/resolv.conf && exec dig "$@"`
	out, err := exec.Command("unshare", append([]string{"-m", "sh", "-c", script, h.resolvConf}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("dig %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// Delv runs delv, which validates what the Recursor gives from the root's key. Its exit status does not count.
func (h *Hierarchy) Delv(t testing.TB, args ...string) string {
	t.Helper()
	Need(t, "delv")
	out, _ := exec.Command("delv", append([]string{"@" + Recursor, "-a", h.DelvAnchor}, args...)...).CombinedOutput()
	return string(out)
}

func (h *Hierarchy) write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// sign writes the file of a zone and gives the DS record for the zone above, "" if it is unsigned.
func (h *Hierarchy) sign(z zone) (ds string, err error) {
	origin := strings.TrimSuffix(z.origin, ".") + "."
	text := fmt.Sprintf("$ORIGIN %s\n$TTL 300\n@ SOA ns1.host.test. postmaster.host.test. 1 3600 600 604800 60\n%s", origin, z.records)
	file := h.file(z)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil || z.signer == nil {
		return "", err
	}
	key, err := h.run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", origin)
	if err != nil {
		return "", err
	}
	key = strings.TrimSpace(key)
	if _, err := h.run("ldns-signzone", append(append([]string{"-o", origin, "-f", file}, z.signer...), file, key)...); err != nil {
		return "", err
	}
	return h.run("ldns-key2ds", "-n", "-2", key+".key")
}

func (h *Hierarchy) file(z zone) string { return filepath.Join(h.dir, "zone-"+z.origin) }

func (h *Hierarchy) run(program string, args ...string) (string, error) {
	c := exec.Command(program, args...)
	c.Dir = h.dir
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, said.Bytes())
	}
	return string(out), nil
}

func (h *Hierarchy) nsdConf(server string, zones []zone) string {
	var b strings.Builder
	at := filepath.Join(h.dir, server)
	fmt.Fprintf(&b, "server:\n ip-address: %s\n port: 53\n username: \"\"\n chroot: \"\"\n zonesdir: \"\"\n database: \"\"\n server-count: 1\n"+
		" pidfile: \"\"\n xfrdfile: %q\n xfrdir: %q\n zonelistfile: %q\nremote-control:\n control-enable: no\n", server, at+".xfrd", h.dir, at+".list")
	for _, z := range zones {
		fmt.Fprintf(&b, "zone:\n name: %q\n zonefile: %q\n", z.origin, h.file(z))
	}
	return b.String()
}

func (h *Hierarchy) unboundConf() string {
	return fmt.Sprintf("server:\n interface: %s\n port: 53\n access-control: 127.0.0.0/8 allow\n do-not-query-localhost: no\n username: \"\"\n chroot: \"\"\n"+
		" directory: %q\n pidfile: \"\"\n use-syslog: no\n logfile: \"\"\n do-ip6: no\n root-hints: %q\n trust-anchor-file: %q\n local-zone: \"test.\" nodefault\n ede: yes\n"+
		" module-config: \"validator iterator\"\nremote-control:\n control-enable: no\n", Recursor, h.dir, h.HintsFile, h.AnchorFile)
}

// serve runs a name server until the test ends, and waits until it answers.
func (h *Hierarchy) serve(t testing.TB, bin, server, conf string, args ...string) {
	t.Helper()
	file := filepath.Join(h.dir, "conf-"+server)
	h.write(t, file, conf)
	var said bytes.Buffer
	c := exec.Command(bin, append(args, file)...)
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { c.Wait(); close(ended) }()
	t.Cleanup(func() {
		c.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(dnsTime):
			c.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s on %s says:\n%s", filepath.Base(bin), server, said.String())
		}
	})
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(dnsTime); ; <-look.C {
		if conn, err := net.Dial("tcp", net.JoinHostPort(server, "53")); err == nil {
			conn.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s on %s ended: %s", bin, server, said.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer on %s", bin, server)
		}
	}
}
