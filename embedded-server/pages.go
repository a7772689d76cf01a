package sandbox

import (
	"fmt"
	"strings"

	"todoku/embedded-server/httpd"
)

// pages is what the HTTPS host says, by host name and path.
func (p *plan) pages() map[string]map[string]httpd.Page {
	all := make(map[string]map[string]httpd.Page)
	for _, d := range p.domains {
		policy := httpd.Page{Type: "text/plain; charset=utf-8", Body: policyText(d)}
		config := httpd.Page{Type: "text/xml; charset=utf-8", Body: autoconfigXML(d)}
		all["mta-sts."+d.name] = map[string]httpd.Page{"/.well-known/mta-sts.txt": policy}
		all["autoconfig."+d.name] = map[string]httpd.Page{"/mail/config-v1.1.xml": config}
		all[d.name] = map[string]httpd.Page{"/.well-known/autoconfig/mail/config-v1.1.xml": config}
	}
	return all
}

// policyText is the MTA-STS policy of RFC 8461 section 3.2.
func policyText(d domain) string {
	var b strings.Builder
	b.WriteString("version: STSv1\r\nmode: " + d.stsMode + "\r\n")
	for _, mx := range d.mx {
		b.WriteString("mx: " + mx + "\r\n")
	}
	b.WriteString("max_age: 86400\r\n")
	return b.String()
}

// autoconfigXML is the client configuration file of Thunderbird's autoconfig, version 1.1.
func autoconfigXML(d domain) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="%[1]s">
    <domain>%[1]s</domain>
    <displayName>%[1]s, in the todoku sandbox</displayName>
`, d.name)
	for _, s := range []struct {
		service
		tag, kind string
	}{
		{imapsService, "incomingServer", "imap"}, {imapService, "incomingServer", "imap"},
		{pop3sService, "incomingServer", "pop3"}, {pop3Service, "incomingServer", "pop3"},
		{submissionsService, "outgoingServer", "smtp"}, {submissionService, "outgoingServer", "smtp"},
	} {
		socket := "STARTTLS"
		if s.tls {
			socket = "SSL"
		}
		fmt.Fprintf(&b, `    <%[1]s type="%[2]s">
      <hostname>mail.%[3]s</hostname>
      <port>%[4]d</port>
      <socketType>%[5]s</socketType>
      <username>%%EMAILADDRESS%%</username>
      <authentication>password-cleartext</authentication>
    </%[1]s>
`, s.tag, s.kind, d.name, s.port, socket)
	}
	b.WriteString("  </emailProvider>\n</clientConfig>\n")
	return b.String()
}
