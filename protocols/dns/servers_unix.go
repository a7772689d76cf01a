//go:build !windows

package dns

import (
	"net"

	mdns "github.com/miekg/dns"
)

// systemServers reads the nameserver lines of resolv.conf(5); none if there is no such file.
func systemServers() []string {
	conf, err := mdns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		return nil
	}
	var out []string
	for _, s := range conf.Servers {
		out = append(out, net.JoinHostPort(s, conf.Port))
	}
	return out
}
