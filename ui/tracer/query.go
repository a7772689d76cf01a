package tracer

import (
	"fmt"
	"strings"

	"todoku/diag/delivery"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// query shows the packets of a question: what was sent, what came back.
func (t *teller) query(h delivery.Hop) {
	w, q := t.words.Tracer, h.Query
	t.say(w.Glue, theme.Muted, w.Origins[string(q.Origin)])
	if q.Name != "" {
		edns := w.NoEDNS
		if q.EDNS {
			edns = w.EDNS
		}
		sent := text.F(w.Question, q.Name, q.Type) + ", " + w.NoRecursion + ", " + edns
		t.sayAt(w.Sent, theme.Sent, sent, t.octets(q.Sent))
	}
	if q.Try > 0 {
		t.say("", theme.Muted, text.F(w.TryOf, q.Try, q.Tries, text.Span(q.Limit)))
	}
	if q.Minimised {
		t.say("", theme.Muted, text.F(w.Minimised, q.For))
	}
	t.sayAt(w.Got, theme.Received, t.got(h), t.octets(q.Size))
	for _, x := range q.Extended {
		t.say("", theme.Warn, text.F(w.Extended, int(x.Code), x.Name, x.Text))
	}
	if len(q.Wrong) > 0 {
		t.say("", theme.Warn, text.F(w.Wrong, strings.Join(q.Wrong, ", ")))
	}
	t.records(w.Answer, q.Answer)
	if len(q.Answer) == 0 || t.full {
		t.records(w.Below, q.Authority)
	}
	if len(q.Answer) == 0 && q.Child != "" || t.full {
		t.records(w.Additional, q.Extra)
	}
}

const octetsInRow = 16

// packet shows a message as it went over the line.
func (t *teller) packet(mark text.Safe, octets []byte) {
	if len(octets) > 0 {
		t.blank()
	}
	for at := 0; at < len(octets); at += octetsInRow {
		row := octets[at:min(at+octetsInRow, len(octets))]
		t.talk(mark, text.F("%04x  %-*s  ", at, 3*octetsInRow, fmt.Sprintf("% x", row))+printable(row), "")
	}
}

// printable shows octets that are letters, and a dot for each other.
func printable(row []byte) text.Safe {
	shown := make([]byte, len(row))
	for i, c := range row {
		if shown[i] = c; c <= ' ' || c > '~' {
			shown[i] = '.'
		}
	}
	return text.Clean(string(shown))
}

func (t *teller) octets(n int) text.Safe {
	if n == 0 {
		return ""
	}
	return text.F(t.words.Tracer.Octets, text.Num(n))
}

// got sums a reply up: its rcode, whether it speaks with authority, and how much it holds.
func (t *teller) got(h delivery.Hop) text.Safe {
	w, q := t.words.Tracer, h.Query
	switch {
	case q.Rcode == "" && t.run.state(h) == delivery.Live:
		return w.Awaited
	case q.Rcode == "":
		return w.NoReply
	}
	said := text.Clean(q.Rcode) + ", "
	if q.AA {
		said += w.Authority
	} else {
		said += w.NotAuthority
	}
	if q.TC {
		said += ", " + w.Truncated
	}
	switch {
	case q.Child != "":
		said += ", " + text.F(w.RefersTo, q.Child)
	case len(q.Answer) == 0:
		said += ", " + w.NoRecords
	case len(q.Answer) == 1:
		said += ", " + w.OneRecord
	default:
		said += ", " + text.F(w.Answers, len(q.Answer))
	}
	return said
}

// records lists records as a zone file does, each once.
func (t *teller) records(label text.Safe, all []string) {
	var shown []text.Safe
	for _, r := range all {
		f := strings.Fields(r)
		if len(f) > 4 && f[2] == "IN" {
			f = append(f[:2:2], f[3:]...)
		}
		shown = addNew(shown, text.Clean(strings.Join(f, " ")))
	}
	for i, r := range shown {
		if i == keptRecords && !t.full {
			t.say("", theme.Muted, text.F("(+%d)", len(shown)-i))
			return
		}
		if i > 0 {
			label = ""
		}
		t.say(label, theme.Text, r)
	}
}
