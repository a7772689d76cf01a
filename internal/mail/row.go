package mail

import "time"

// clockSlack is how far in the future a server's stamp is believed.
const clockSlack = 24 * time.Hour

// HeaderOf gives the header of a whole message, with the blank line that ends it. It is empty if the message begins with
// its body.
func HeaderOf(raw []byte) []byte {
	s := newHeaderScanner(raw)
	for {
		if _, _, ok := s.next(); !ok {
			return raw[:s.body()]
		}
	}
}

// RowOf makes the list row of a whole message that no server described, such as one fetched over POP3. Received is what
// the newest server stamped, now where it did not or lies in the future. mayReport is false where the header proves that
// the message is no report of a mail system.
func RowOf(raw []byte, now time.Time) (m Message, mayReport bool) {
	m.Size = int64(len(raw))
	var c content
	for s := newHeaderScanner(raw); ; { // once: a first sync over POP3 spends a third of its reading here
		name, value, ok := s.next()
		if !ok {
			break
		}
		if m.Received.IsZero() {
			m.Received = stampOf(name, value)
		}
		mayReport = mayReport || tellsReport(name, value)
		m.Envelope.set(name, value)
		c.set(name, value)
	}
	if m.Received.IsZero() {
		m.Received = m.Envelope.Date
	}
	if m.Received.IsZero() || m.Received.After(now.Add(clockSlack)) {
		m.Received = now
	}
	m.HasFile = c.guessFile()
	return m, mayReport
}
