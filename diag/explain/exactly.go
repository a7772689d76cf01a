package explain

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strconv"
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
	if e.Code == wire.CodeTLSCertificate {
		if what := certificateCode(e.Err); what != "" {
			return e.Code + "." + what
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

var invalid = map[x509.InvalidReason]string{
	x509.NotAuthorizedToSign: "not-authority", x509.CANotAuthorizedForThisName: "name-constraint",
	x509.TooManyIntermediates: "path-length", x509.IncompatibleUsage: "usage", x509.NameMismatch: "chain-names",
	x509.NameConstraintsWithoutSANs: "no-names", x509.UnconstrainedName: "name-constraint", x509.TooManyConstraints: "many-constraints",
	x509.CANotAuthorizedForExtKeyUsage: "usage", x509.NoValidChains: "no-chain",
}

func certificateCode(err error) string {
	var wrong x509.CertificateInvalidError
	var weak x509.InsecureAlgorithmError
	var critical x509.UnhandledCriticalExtension
	var constraint x509.ConstraintViolationError
	var roots x509.SystemRootsError
	switch {
	case errors.As(err, &wrong):
		return invalid[wrong.Reason]
	case errors.As(err, &weak):
		return "algorithm"
	case errors.As(err, &critical):
		return "critical"
	case errors.As(err, &constraint):
		return "not-authority"
	case errors.As(err, &roots):
		return "no-roots"
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
