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
// the newest server stamped, now where it did not or lies in the future.
func RowOf(raw []byte, now time.Time) Message {
	m := Message{Size: int64(len(raw))}
	var a arrival
	var c content
	for s := newHeaderScanner(raw); ; { // once: a first sync over POP3 spends a third of its reading here
		name, value, ok := s.next()
		if !ok {
			break
		}
		m.Envelope.set(name, value)
		a.set(name, value)
		c.set(name, value)
	}
	received, ok := a.time()
	if !ok || received.After(now.Add(clockSlack)) {
		received = now
	}
	m.Received, m.HasFile = received, c.guessFile()
	return m
}
