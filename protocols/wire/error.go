package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Error is what a connection failed of. It holds facts; diag/explain has the sentences.
type Error struct {
	Code  string        // one of the Code constants, or a protocol's own
	Proto string        // "smtp", "imap", "pop3"
	Host  string        // as configured
	Port  int           //
	Addr  string        // the address tried, "192.0.2.10:993"; empty before one was chosen
	Step  string        // what was being done: "greeting", "LOGIN"
	Want  string        // what was waited for: "a tagged reply"
	Got   string        // the last octets that came, bounded, control bytes made visible
	After time.Duration // since the step began
	Bytes int64         // octets received in the step
	Err   error         // the cause, may be nil
}

// Codes of what can go wrong on any connection.
const (
	CodeDNSFailed       = "dns.failed"       // the lookup gave no answer
	CodeDNSNotFound     = "dns.notfound"     // the name does not exist or has no address
	CodeDialRefused     = "dial.refused"     // nothing listens there
	CodeDialTimeout     = "dial.timeout"     // no answer to the connection attempt
	CodeDialNoRoute     = "dial.noroute"     // this device has no way to addresses of that family
	CodeDialUnreachable = "dial.unreachable" // a router on the way cannot reach the host
	CodeDialFailed      = "dial.failed"      // any other reason
	CodeTLSHandshake    = "tls.handshake"    // any other reason
	CodeTLSName         = "tls.name"         // the certificate is for other names
	CodeTLSExpired      = "tls.expired"      // expired, or not valid yet
	CodeTLSAuthority    = "tls.unknown-authority"
	CodeTLSRoots        = "tls.certificate.no-roots" // this device has no authorities to verify with
	CodeTLSCertificate  = "tls.certificate"          // not usable for another reason, such as name constraints
	CodeTLSVersion      = "tls.version"              // no protocol version in common
	CodeTLSClosed       = "tls.closed"               // the peer closed during the handshake
	CodeTLSPlainPeer    = "tls.plain-peer"           // the peer speaks plain text on a TLS port
	CodeTLSPeer         = "tls.peer"                 // the peer speaks TLS where plain text was expected
	CodeTLSPort         = "tls.port"                 // silent where plain text was expected, on a port that begins with TLS
	CodeTLSNotOffered   = "tls.not-offered"          // the server does not offer STARTTLS
	CodeTLSRefused      = "tls.refused"              // the server refused STARTTLS
	CodeTLSInjected     = "tls.injected"             // octets arrived before the handshake
	CodeSilent          = "wire.silent"              // nothing came in time
	CodeSlow            = "wire.slow"                // something came, but not all of it in time
	CodeFlood           = "wire.flood"               // more came than any right answer has
	CodeClosed          = "wire.closed"              // the peer closed, or the connection broke
	CodeCancelled       = "wire.cancelled"           // the person or the program gave up
	CodeStalled         = "wire.stalled"             // the peer takes no more octets
	CodeAuthPlaintext   = "auth.plaintext"           // a secret would have gone over the network in plain text
	CodeAuthRefused     = "auth.refused"             // the server refused the credentials
	CodeAuthNone        = "auth.none"                // no mechanism that both sides know and the configuration permits
	CodeGarbled         = "proto.garbled"            // not the protocol
	CodePreauth         = "proto.preauth"            // PREAUTH where STARTTLS was required
	CodeGreeting        = "proto.greeting"           // the server's first words refuse
	CodeArgument        = "proto.argument"           // a command argument holds CR, LF or NUL
)

// Error gives the facts in the order step, code, place, cause.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Proto != "" {
		b.WriteString(e.Proto + " ")
	}
	if e.Host != "" {
		b.WriteString(net.JoinHostPort(e.Host, strconv.Itoa(e.Port)) + " ")
	}
	if e.Step != "" {
		b.WriteString(e.Step + ": ")
	}
	b.WriteString(e.Code)
	if e.Want != "" {
		fmt.Fprintf(&b, ", waited for %s", e.Want)
	}
	if e.After > 0 {
		fmt.Fprintf(&b, ", after %s and %d octets", e.After.Round(time.Millisecond), e.Bytes)
	}
	if e.Got != "" {
		fmt.Fprintf(&b, ", got %q", e.Got)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout reports whether time ran out.
func (e *Error) Timeout() bool {
	switch e.Code {
	case CodeSilent, CodeSlow, CodeStalled, CodeDialTimeout:
		return true
	}
	return false
}

// Temporary is false: a connection that failed is closed.
func (e *Error) Temporary() bool { return false }

// CleanArg refuses CR, LF and NUL in a command argument, where they would begin another command.
func CleanArg(s string) error {
	if i := strings.IndexAny(s, "\r\n\x00"); i >= 0 {
		return &Error{Code: CodeArgument, Err: fmt.Errorf("octet %d is %#02x; remove line ends and NUL from the argument", i, s[i])}
	}
	return nil
}

// dialCode classifies a failed connection attempt.
func dialCode(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return CodeCancelled
	case isRefused(err):
		return CodeDialRefused
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err), errors.Is(err, wsaETIMEDOUT):
		return CodeDialTimeout
	case isErrno(err, syscall.ENETUNREACH, wsaENETUNREACH), isErrno(err, syscall.EADDRNOTAVAIL, wsaEADDRNOTAVAIL),
		isErrno(err, syscall.EAFNOSUPPORT, wsaEAFNOSUPPORT):
		return CodeDialNoRoute
	case isErrno(err, syscall.EHOSTUNREACH, wsaEHOSTUNREACH):
		return CodeDialUnreachable
	}
	return CodeDialFailed
}

// Windows reports these numbers where syscall's names stand for others.
const (
	wsaEAFNOSUPPORT  = syscall.Errno(10047)
	wsaEADDRNOTAVAIL = syscall.Errno(10049)
	wsaENETUNREACH   = syscall.Errno(10051)
	wsaETIMEDOUT     = syscall.Errno(10060)
	wsaECONNREFUSED  = syscall.Errno(10061)
	wsaEHOSTUNREACH  = syscall.Errno(10065)
)

func isRefused(err error) bool { return isErrno(err, syscall.ECONNREFUSED, wsaECONNREFUSED) }

func isErrno(err error, posix, windows syscall.Errno) bool {
	return errors.Is(err, posix) || errors.Is(err, windows)
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func isReset(err error) bool {
	return isErrno(err, syscall.ECONNRESET, syscall.Errno(10054)) || isErrno(err, syscall.EPIPE, syscall.Errno(10053))
}
