package explain

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"todoku/protocols/wire"
)

// moreExactly gives an error of a connection the code of what its cause says beyond it: the peer's TLS alert, or what is
// wrong with its certificate.
func moreExactly(e *wire.Error) string {
	if alert, ok := alertOf(e.Err); ok && e.Code == wire.CodeTLSHandshake {
		return "tls.alert." + strconv.Itoa(alert)
	}
	if e.Code == wire.CodeTLSCertificate || e.Code == wire.CodeTLSAuthority {
		if what := certificateCode(e.Err); what != "" {
			return wire.CodeTLSCertificate + "." + what
		}
	}
	if e.Code == wire.CodeDialFailed {
		if code := socketCode(e.Err); code != "" {
			return code
		}
	}
	if code := onOwnPort[e.Code]; code != "" && slices.Contains(ownPorts[e.Proto], e.Port) {
		return code
	}
	return e.Code
}

// alertOf finds the alert with which the other side ended a handshake. Over TCP crypto/tls tells it only by its words.
func alertOf(err error) (number int, ok bool) {
	var alert tls.AlertError
	if errors.As(err, &alert) {
		return int(alert), true
	}
	var remote *net.OpError
	if errors.As(err, &remote) && remote.Op == "remote error" && remote.Err != nil {
		number, ok = alertsByWords()[remote.Err.Error()]
	}
	return number, ok
}

// alertsByWords numbers the alerts by how crypto/tls writes them.
var alertsByWords = sync.OnceValue(func() map[string]int {
	all := map[string]int{}
	for n := range 256 {
		all[tls.AlertError(n).Error()] = n
	}
	return all
})

// onOwnPort is what is the server's fault where the settings name the protocol's own port, and may be theirs elsewhere.
var onOwnPort = map[string]string{wire.CodeTLSNotOffered: "tls.not-offered.own-port", wire.CodeGarbled: "proto.garbled.own-port"}

// ownPorts are where a protocol lives (RFC 5321, 6409, 8314, 9051 and 1939).
var ownPorts = map[string][]int{"smtp": {25, 465, 587}, "imap": {143, 993}, "pop3": {110, 995}}

// invalid are the reasons that crypto/x509 gives; those that it names and no longer returns are left out.
var invalid = map[x509.InvalidReason]string{
	x509.NotAuthorizedToSign: "not-authority", x509.CANotAuthorizedForThisName: "name-constraint",
	x509.TooManyIntermediates: "path-length", x509.IncompatibleUsage: "usage", x509.NoValidChains: "no-chain",
}

func certificateCode(err error) string {
	var wrong x509.CertificateInvalidError
	var critical x509.UnhandledCriticalExtension
	var unknown x509.UnknownAuthorityError
	var roots x509.SystemRootsError
	switch {
	case errors.As(err, &wrong):
		return invalid[wrong.Reason]
	case errors.As(err, &critical):
		return "critical"
	case errors.As(err, &unknown):
		return whyUnknown(unknown.Error())
	case errors.As(err, &roots):
		return "no-roots"
	}
	return ""
}

// whyUnknown is why no authority is known where one of that name is. crypto/x509 tells it only by its words.
func whyUnknown(said string) string {
	weak, _, _ := strings.Cut(x509.InsecureAlgorithmError(x509.MD5WithRSA).Error(), x509.MD5WithRSA.String())
	switch {
	case strings.Contains(said, weak):
		return "algorithm"
	case strings.Contains(said, x509.ConstraintViolationError{}.Error()):
		return "not-authority"
	}
	return ""
}

// socketCodes are what the operating system says of a connection. Windows has numbers of its own (Winsock), and none for some.
var socketCodes = []struct {
	errno   syscall.Errno
	winsock syscall.Errno
	code    string
}{
	{syscall.ECONNREFUSED, 10061, "socket.econnrefused"},
	{syscall.ECONNRESET, 10054, "socket.econnreset"},
	{syscall.ECONNABORTED, 10053, "socket.econnaborted"},
	{syscall.ETIMEDOUT, 10060, "socket.etimedout"},
	{syscall.EHOSTUNREACH, 10065, "socket.ehostunreach"},
	{syscall.EHOSTDOWN, 10064, "socket.ehostdown"},
	{syscall.ENETUNREACH, 10051, "socket.enetunreach"},
	{syscall.ENETDOWN, 10050, "socket.enetdown"},
	{syscall.EPIPE, 0, "socket.epipe"},
	{syscall.EADDRINUSE, 10048, "socket.eaddrinuse"},
	{syscall.EADDRNOTAVAIL, 10049, "socket.eaddrnotavail"},
	{syscall.EAFNOSUPPORT, 10047, "socket.eafnosupport"},
	{syscall.EMFILE, 10024, "socket.emfile"},
	{syscall.ENFILE, 0, "socket.enfile"},
	{syscall.ENOBUFS, 10055, "socket.enobufs"},
	{syscall.EACCES, 10013, "socket.eacces"},
	{syscall.EPERM, 0, "socket.eperm"},
}

func socketCode(err error) string {
	for _, s := range socketCodes {
		if errors.Is(err, s.errno) || s.winsock != 0 && errors.Is(err, s.winsock) {
			return s.code
		}
	}
	return ""
}
