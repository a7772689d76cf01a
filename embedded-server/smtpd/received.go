package smtpd

import (
	"crypto/tls"
	"net"
	"strings"
)

// dateLayout is date-time of RFC 5322 section 3.3.
const dateLayout = "Mon, 2 Jan 2006 15:04:05 -0700"

// received builds our trace field (RFC 5321 section 4.4) with the protocol word of RFC 3848 and RFC 6531 and the TLS
// version, folded, ending with CRLF. The buffer has room for a common message.
func (c *conn) received() []byte {
	env := &c.tx.env
	b := make([]byte, 0, 1024+min(max(c.tx.size, 8<<10), 1<<20))
	b = append(b, "Received: from "+c.helo+" ("+c.peer()+")\r\n\tby "+c.srv.cfg.Hostname+" with "+c.protocol()...)
	if state := c.TLS(); state != nil {
		b = append(b, " ("+tls.VersionName(state.Version)+" "+tls.CipherSuiteName(state.CipherSuite)+")"...)
	}
	b = append(b, "\r\n\tid "+env.ID...)
	if len(env.To) == 1 {
		b = append(b, "\r\n\tfor <"+env.To[0].Addr+">"...)
	}
	b = append(b, "; "...)
	b = c.srv.cfg.Now().AppendFormat(b, dateLayout)
	return append(b, "\r\n"...)
}

// peer is the other side's address as a literal: "[192.0.2.10]" or "[IPv6:2001:db8::10]".
func (c *conn) peer() string {
	addr := c.RemoteAddr().String()
	if c.srv.cfg.PeerAddr != nil {
		addr = c.srv.cfg.PeerAddr(c.RemoteAddr())
	}
	if host, _, err := net.SplitHostPort(addr); err == nil {
		addr = host
	}
	if strings.Contains(addr, ":") {
		return "[IPv6:" + addr + "]"
	}
	return "[" + addr + "]"
}

// protocol is the word of RFC 3848: ESMTP, with S inside TLS and A after a login.
func (c *conn) protocol() string {
	if !c.esmtp {
		return "SMTP"
	}
	word := "ESMTP"
	if c.tx.env.UTF8 {
		word = "UTF8SMTP"
	}
	if c.Secure() {
		word += "S"
	}
	if c.user != "" {
		word += "A"
	}
	return word
}
