package dns

import (
	"net/netip"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
)

const (
	adapterBuffer    = 15 << 10 // what the documentation of GetAdaptersAddresses advises to begin with
	maxAdapterBuffer = 1 << 20
)

// systemServers lists the DNS servers of the adapters that are up, each once; none if the system does not tell.
func systemServers() []string {
	const flags = windows.GAA_FLAG_SKIP_UNICAST | windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST
	size := uint32(adapterBuffer)
	for size <= maxAdapterBuffer {
		buf := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&buf[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, flags, 0, first, &size)
		if err == nil {
			return adapterServers(first)
		}
		if err != windows.ERROR_BUFFER_OVERFLOW || size <= uint32(len(buf)) {
			return nil
		}
	}
	return nil
}

func adapterServers(first *windows.IpAdapterAddresses) []string {
	var out []string
	for a := first; a != nil; a = a.Next {
		if a.OperStatus != windows.IfOperStatusUp {
			continue
		}
		for d := a.FirstDnsServerAddress; d != nil; d = d.Next {
			addr, ok := netip.AddrFromSlice(d.Address.IP())
			// Adapters without a setting list fec0:0:0:ffff::1 to 3, which nobody answers.
			if !ok || netip.MustParsePrefix("fec0::/10").Contains(addr) || addr.Is6() && addr.IsLinkLocalUnicast() {
				continue
			}
			server := netip.AddrPortFrom(addr.Unmap(), 53).String()
			if !slices.Contains(out, server) {
				out = append(out, server)
			}
		}
	}
	return out
}
