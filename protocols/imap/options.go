package imap

import (
	"io"
	"net/netip"
	"time"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// Options says which server, how to prove who we are, and what to bound.
type Options struct {
	Net         *wire.Net
	Span        *trace.Span
	Host        string
	Port        int // 0 means 993 for implicit TLS, else 143
	TLS         wire.TLSMode
	Addrs       []netip.Addr // connect to these and look nothing up
	Credentials sasl.Credentials
	Auth        string // a mechanism's name, or "auto"; empty means "auto"
	// CharsetReader reads the charsets of encoded-words in structures; nil means mail.CharsetReader.
	CharsetReader func(charset string, r io.Reader) (io.Reader, error)
	// DecodeHeader makes a raw header value readable; nil means mail.DecodeHeader.
	DecodeHeader func(string) string
	// OnUpdate is told what the server says unasked. It runs in the reading goroutine: it must not block nor call
	// the Client.
	OnUpdate func(Update)
	// Name and Version are told to servers that offer ID (RFC 2971); an empty Name means "todoku".
	Name, Version string
	// Ignore are capabilities that the client acts without, as a client does that does not know them.
	Ignore []string
	Limits Limits
}

// Limits bounds what a server may make us wait for and hold. Zero fields mean the defaults.
type Limits struct {
	Greeting time.Duration // from connection to the end of the greeting; 30 s
	Reply    time.Duration // for the whole reply to an ordinary command; 60 s
	Search   time.Duration // for a SEARCH, which may read every body; 5 min
	Rate     int64         // octets a second below which a literal is too slow; 2 KiB/s
	Response int64         // octets of one response without its message literals; 256 KiB
	Message  int64         // octets of one message or part; 256 MiB
	Folders  int           // in one LIST; 20,000
	Messages int           // in one folder; 2,000,000
	Idle     time.Duration // how long one IDLE lasts before its link is proved again; 4 min (RFC 2177: under 29)
	Poll     time.Duration // between NOOPs where IDLE is missing; 60 s
	// Backoff is how long to wait before the try-th redial, from 1; nil doubles from 1 s to 60 s.
	Backoff func(try int) time.Duration
}

const (
	kib = 1 << 10
	mib = 1 << 20
)

func (o Options) withDefaults() Options {
	if o.Net == nil {
		o.Net = &wire.Net{}
	}
	if o.Port == 0 {
		o.Port = 143
		if o.TLS == wire.TLSImplicit {
			o.Port = 993
		}
	}
	if o.Auth == "" {
		o.Auth = "auto"
	}
	if o.CharsetReader == nil {
		o.CharsetReader = mail.CharsetReader
	}
	if o.DecodeHeader == nil {
		o.DecodeHeader = mail.DecodeHeader
	}
	if o.Name == "" {
		o.Name = "todoku"
	}
	o.Limits = o.Limits.withDefaults()
	return o
}

func (l Limits) withDefaults() Limits {
	l.Greeting = or(l.Greeting, 30*time.Second)
	l.Reply = or(l.Reply, time.Minute)
	l.Search = or(l.Search, 5*time.Minute)
	l.Rate = or(l.Rate, 2*kib)
	l.Response = or(l.Response, 256*kib)
	l.Message = or(l.Message, 256*mib)
	l.Folders = or(l.Folders, 20_000)
	l.Messages = or(l.Messages, 2_000_000)
	l.Idle = or(l.Idle, 4*time.Minute)
	l.Poll = or(l.Poll, time.Minute)
	if l.Backoff == nil {
		l.Backoff = doubling
	}
	return l
}

func or[T int | int64 | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// doubling waits 1, 2, 4 ... 60 seconds.
func doubling(try int) time.Duration {
	const most = time.Minute
	if try < 1 || try > 6 {
		return most
	}
	return time.Second << (try - 1)
}

// Update is something that the server said of the open folder without being asked (RFC 9051 section 7.4, 7.5).
type Update struct {
	Kind   UpdateKind
	Exists uint32     // messages in the folder after this update
	Seq    uint32     // for expunge and flags: the sequence number
	UID    uint32     // for flags: 0 when the server did not say
	Flags  mail.Flags // for flags
	ModSeq uint64     // for flags, with CONDSTORE
}

// UpdateKind is what happened.
type UpdateKind string

const (
	UpdateExists  UpdateKind = "exists"  // the number of messages changed
	UpdateExpunge UpdateKind = "expunge" // a message went
	UpdateFlags   UpdateKind = "flags"   // a message's flags changed
	UpdateReset   UpdateKind = "reset"   // the connection was made anew: sequence numbers start over
)
