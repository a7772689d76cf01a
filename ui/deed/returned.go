package deed

import (
	"slices"
	"time"

	"todoku/session"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// IsReport says of a row that it is a mail system's report that a message did not arrive, or not yet.
func IsReport(r session.Row) bool {
	return r.Bounced || len(r.Returned) > 0 && r.Returned[0].Key == r.Key
}

// Failed says of a row that there is somebody whom a message did not reach, and to whom it was not sent again.
func Failed(r session.Row) bool {
	return r.Bounced || slices.ContainsFunc(r.Returned, open)
}

func open(r session.Returned) bool { return r.Failed() && r.Again == nil }

// leading is what is said of a row: first who was given up, then who waits, last to whom it was sent again.
func leading(r session.Row) session.Returned {
	rank := func(r session.Returned) int {
		switch {
		case open(r):
			return 0
		case !r.Failed():
			return 1
		}
		return 2
	}
	return slices.MinFunc(r.Returned, func(a, b session.Returned) int { return rank(a) - rank(b) })
}

// Returned says of a row whom a message did not reach, and why; empty if it says nothing of the kind. Of a message that
// was sent, whose recipient the list names, and where there is no room, it is only the reason.
func Returned(words *text.Catalogue, now time.Time, r session.Row, room int) text.Safe {
	if len(r.Returned) == 0 {
		return ""
	}
	w, first := words.Bounce, leading(r)
	short := Became(words, now, first)
	switch {
	case !IsReport(r):
		return short
	case first.Recipient == "":
		return ""
	}
	why := w.Reasons[string(first.Reason)]
	long := text.F(w.Row, others(words, r, first), why)
	if !first.Failed() {
		long, why = text.F(w.Delay, others(words, r, first), first.Host), short
	}
	for _, said := range []text.Safe{long, short} {
		if text.Width(said) <= room {
			return said
		}
	}
	return why // the mark and the sender say the rest
}

// Became says in short what became of one recipient.
func Became(words *text.Catalogue, now time.Time, r session.Returned) text.Safe {
	w := words.Bounce
	switch {
	case r.Again != nil:
		return text.F(w.AgainRow, r.Again.To)
	case r.Failed():
		return text.F(w.SentRow, w.Reasons[string(r.Reason)])
	case r.Trying(now):
		return text.F(w.SentWait, r.Host)
	}
	return text.F(w.WasLate, words.When(r.At, now))
}

// Remark is what is said when such a message is opened.
func Remark(words *text.Catalogue, now time.Time, r session.Row) text.Safe {
	w, first := words.Bounce, leading(r)
	who := others(words, r, first)
	switch {
	case first.Failed() && first.Again != nil:
		return text.F(w.Remark, who, w.Reasons[string(first.Reason)]) + words.App.Between + text.F(w.AgainTo, first.Again.To)
	case first.Failed():
		return text.F(w.Remark, who, w.Reasons[string(first.Reason)])
	case first.Trying(now):
		return text.F(w.Waits, who, first.Host)
	}
	return text.F(w.Late, who, words.Today(first.At, now))
}

func others(words *text.Catalogue, r session.Row, first session.Returned) text.Safe {
	who := text.Clean(first.Recipient)
	if n := len(r.Returned) - 1; n > 0 {
		return text.F(words.Bounce.More, who, n)
	}
	return who
}

// BounceOf is the report that explains a row: the message itself, or what came back of it. here says that there is a row.
func BounceOf(r session.Row, here bool) (key int64, ok bool) {
	switch {
	case !here:
		return 0, false
	case IsReport(r):
		return r.Key, true
	case len(r.Returned) > 0 && leading(r).Key != 0:
		return leading(r).Key, true
	}
	for _, back := range r.Returned {
		if back.Key != 0 {
			return back.Key, true
		}
	}
	return 0, false
}

// Fate opens what became of a message that was sent, recipient by recipient.
func Fate(at Place, key int64) screen.Open {
	return screen.Open{Name: screen.Sent, With: screen.SentArgs{Account: at.Account, Of: key}}
}
