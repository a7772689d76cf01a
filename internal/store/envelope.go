package store

import (
	"encoding/binary"
	"errors"
	"time"

	"todoku/internal/mail"
)

// An envelope is kept as one value, because a list needs all of it and JSON would take longer to read than the row:
// a format byte, then strings with their length, lists with their count, and the date with its zone.
const envelopeFormat = 1

var errEnvelope = errors.New("the stored envelope is damaged")

func encodeEnvelope(e *mail.Envelope) []byte { return appendEnvelope(make([]byte, 0, 256), e) }

func appendEnvelope(b []byte, e *mail.Envelope) []byte {
	b = append(b, envelopeFormat)
	b = appendString(b, e.Subject)
	for _, list := range [][]mail.Address{e.From, e.Sender, e.ReplyTo, e.To, e.Cc, e.Bcc} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, a := range list {
			b = appendString(appendString(b, a.Name), a.Addr)
		}
	}
	b = appendDate(b, e.Date)
	b = appendString(b, e.MessageID)
	for _, list := range [][]string{e.InReplyTo, e.References} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, id := range list {
			b = appendString(b, id)
		}
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendDate writes seconds since 1970 and minutes east of UTC; the zero time is one byte.
func appendDate(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	_, offset := t.Zone()
	b = append(b, 1)
	b = binary.AppendVarint(b, t.Unix())
	return binary.AppendVarint(b, int64(offset/60))
}

func decodeEnvelope(b []byte) (mail.Envelope, error) {
	var e mail.Envelope
	r := envelopeReader{b: b}
	if r.byte() != envelopeFormat {
		return e, errEnvelope
	}
	e.Subject = r.string()
	for _, list := range []*[]mail.Address{&e.From, &e.Sender, &e.ReplyTo, &e.To, &e.Cc, &e.Bcc} {
		*list = r.addresses()
	}
	e.Date = r.date()
	e.MessageID = r.string()
	for _, list := range []*[]string{&e.InReplyTo, &e.References} {
		*list = r.strings()
	}
	if r.bad {
		return e, errEnvelope
	}
	return e, nil
}

// envelopeReader reads what encodeEnvelope wrote; after the first fault it gives zero values.
type envelopeReader struct {
	b   []byte
	bad bool
}

func (r *envelopeReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *envelopeReader) uvarint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *envelopeReader) varint() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *envelopeReader) string() string {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

// count is a list's length, which can never be more than the bytes left.
func (r *envelopeReader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

func (r *envelopeReader) addresses() []mail.Address {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]mail.Address, n)
	for i := range list {
		list[i] = mail.Address{Name: r.string(), Addr: r.string()}
	}
	return list
}

func (r *envelopeReader) strings() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.string()
	}
	return list
}

func (r *envelopeReader) date() time.Time {
	if r.byte() == 0 {
		return time.Time{}
	}
	sec, minutes := r.varint(), r.varint()
	if minutes == 0 {
		return time.Unix(sec, 0).UTC()
	}
	return time.Unix(sec, 0).In(time.FixedZone("", int(minutes)*60))
}
