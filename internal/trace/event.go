// Package trace holds what was observed: one event type for every room, spans that order events, sinks that keep
// them, the recording connection and the redactor. Nothing here gives a meaning to an event; that is diag's work.
package trace

import (
	"encoding/json"
	"time"
)

// Kind says what sort of thing an Event reports.
type Kind string

const (
	KindOpen    Kind = "open"    // a span began; Name says what
	KindDNS     Kind = "dns"     // one DNS question and its answer
	KindDial    Kind = "dial"    // one TCP (or UDP) connection attempt; Elapsed is the connect time
	KindTLS     Kind = "tls"     // one TLS handshake; TLS holds its facts
	KindSend    Kind = "send"    // octets that Side sent as one line or one write
	KindRecv    Kind = "recv"    // octets that Side received as one line
	KindData    Kind = "data"    // bulk octets: a message, a literal; Sent says in which direction
	KindStep    Kind = "step"    // a named point in a walk; Name says which
	KindFinding Kind = "finding" // Finding is set
	KindNote    Kind = "note"    // a plain fact for the transcript, in Name
	KindClose   Kind = "close"   // a connection (Conn set) or a span ended; Error says why if it failed
	KindDropped Kind = "dropped" // a slow subscriber missed Size events
)

// Side tells whose end of the connection observed the event.
type Side string

const (
	SideClient Side = "client"
	SideServer Side = "server"
)

// Event is one observed fact. It is flat on purpose: transcripts, --json, recorded runs and tests read this one
// struct. Data holds raw octets (base64 in JSON), secrets already removed; at most 4 KiB of bulk data is kept,
// with Size and SHA256 of the whole (Size alone if nobody listened when it began).
type Event struct {
	Seq     int64         `json:"seq"`
	Time    time.Time     `json:"time"`
	Span    int64         `json:"span,omitempty"`
	Parent  int64         `json:"parent,omitempty"`
	Conn    string        `json:"conn,omitempty"`  // socket pair "client-server", the same text on both sides
	Lane    string        `json:"lane,omitempty"`  // "pop3", "imap" or a host
	Side    Side          `json:"side,omitempty"`  //
	Kind    Kind          `json:"kind"`            //
	Proto   string        `json:"proto,omitempty"` // "smtp", "imap", "pop3", "dns", "tls", "http"
	Addr    string        `json:"addr,omitempty"`  // peer in the person's terms: "mail.sakura.test:993"
	Name    string        `json:"name,omitempty"`  // KindData: "part" if more follows, "unfinished" if the connection ended in it
	Sent    bool          `json:"sent,omitempty"`  // KindData: Side sent it (else received); KindClose of a connection: Side closed it (else the peer)
	Data    []byte        `json:"data,omitempty"`
	Size    int64         `json:"size,omitempty"`
	SHA256  string        `json:"sha256,omitempty"`
	Elapsed time.Duration `json:"elapsed_ns,omitempty"` // for KindRecv: since the last octet sent
	Error   string        `json:"error,omitempty"`
	TLS     *TLSFacts     `json:"tls,omitempty"`
	Finding *Finding      `json:"finding,omitempty"`
	Try     int           `json:"try,omitempty"` // KindDNS: which try of how many it is, and how long it may wait
	Tries   int           `json:"tries,omitempty"`
	Limit   time.Duration `json:"limit_ns,omitempty"`
	Query   []byte        `json:"query,omitempty"` // KindDNS: the message as sent, where a query was
	Reply   []byte        `json:"reply,omitempty"` // KindDNS: the message as received
	Rule    string        `json:"rule,omitempty"`  // sandbox fault rule; server side only
}

// SchemaVersion is the version of Event's JSON form, written in the first line of every run file.
const SchemaVersion = 1

// TLSFacts is what one handshake proved (RFC 8446; names by RFC 6125).
type TLSFacts struct {
	Version  string      `json:"version"` // "TLS 1.3"
	Cipher   string      `json:"cipher"`
	Curve    string      `json:"curve,omitempty"`
	ALPN     string      `json:"alpn,omitempty"`
	SNI      string      `json:"sni,omitempty"`
	Verified bool        `json:"verified"`
	Problem  string      `json:"problem,omitempty"` // why it would not verify, as a code; only where any certificate is taken
	Chain    []CertFacts `json:"chain,omitempty"`   // leaf first
}

// CertFacts is one certificate of a chain.
type CertFacts struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names,omitempty"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	SHA256    string    `json:"sha256"`
	DER       []byte    `json:"der,omitempty"` // the certificate itself, for who matches keys and chains (RFC 6698); left out if it is huge
}

// Level is how well something is known and what it means: pass, warn, fail, not applicable, unknown.
type Level string

const (
	Pass          Level = "pass"
	Warn          Level = "warn"
	Fail          Level = "fail"
	NotApplicable Level = "n/a"
	Unknown       Level = "unknown"
)

// Finding is a stable code and its facts, without a sentence: diag/explain has the words, in English and Japanese.
type Finding struct {
	Code  string            `json:"code"`
	Level Level             `json:"level"`
	Args  map[string]string `json:"args,omitempty"`
}

// JSON encodes the event as one line without a line end.
func (e Event) JSON() ([]byte, error) {
	line, err := json.Marshal(e)
	return Escaped(line), err
}

// Sink takes events. Emit must not block and must be safe for concurrent use.
type Sink interface {
	Emit(Event)
}

// audience is what a sink has whose events may go nowhere at times. Sinks without it are always heard.
type audience interface {
	heard() bool
}

func heard(s Sink) bool {
	a, ok := s.(audience)
	return !ok || a.heard()
}

// Discard drops every event.
var Discard Sink = discard{}

type discard struct{}

func (discard) Emit(Event) {}

func (discard) heard() bool { return false }
