package smtp

import "time"

// Limits are how long each reply is waited for. Zero fields mean the minimum that RFC 5321 section 4.5.3.2 asks of
// clients, so that slow, greylisting or tarpitting servers are not given up too early.
type Limits struct {
	Greeting time.Duration // 4.5.3.2.1
	Hello    time.Duration // not in the RFC; as MAIL
	Mail     time.Duration // 4.5.3.2.2
	Rcpt     time.Duration // 4.5.3.2.3
	Data     time.Duration // 4.5.3.2.4: until 354
	Block    time.Duration // 4.5.3.2.5: for each block of data to be taken
	Final    time.Duration // 4.5.3.2.6: after the final dot
	Quit     time.Duration // not in the RFC: nothing depends on the answer
}

func (t Limits) orDefaults() Limits {
	set := func(t *time.Duration, d time.Duration) {
		if *t <= 0 {
			*t = d
		}
	}
	set(&t.Greeting, 5*time.Minute)
	set(&t.Hello, 5*time.Minute)
	set(&t.Mail, 5*time.Minute)
	set(&t.Rcpt, 5*time.Minute)
	set(&t.Data, 2*time.Minute)
	set(&t.Block, 3*time.Minute)
	set(&t.Final, 10*time.Minute)
	set(&t.Quit, 5*time.Second)
	return t
}

// Limits of what a server may send and of what we send.
const (
	maxReplyLine  = 4 << 10  // octets; RFC 5321 section 4.5.3.1.5 says 512, servers of today exceed it
	maxReplyLines = 200      // lines of one reply
	maxReplyBytes = 64 << 10 // octets of one reply
	maxCommand    = 512      // octets of an AUTH line with its CRLF, RFC 5321 section 4.5.3.1.4 and RFC 4954 section 4
	maxRounds     = 12       // challenges of one AUTH exchange
	maxGroup      = 100      // RCPT commands sent before their replies are read: RFC 2920 section 3.1 warns of deadlock
	chunkSize     = 1 << 20  // octets of one BDAT
)
