package sent

import (
	"slices"
	"strings"
	"time"

	"todoku/diag/explain"
	"todoku/session"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// verdict is what is known of a message at some moment, to be said in one sentence.
type verdict struct {
	words   *text.Catalogue
	now     time.Time
	sent    session.Sent
	failure error
	running bool
	asking  bool // whether it is to be sent again: nothing was sent
}

func (v verdict) lang() explain.Lang { return explain.Lang(v.words.Lang) }

// sentence says who must act first, then what happened.
func (v verdict) sentence() text.Safe {
	w := v.words.Compose
	of, refused := len(v.sent.Recipients), count(v.sent, "fail")
	next := text.Clock(v.sent.Next.In(v.now.Location()))
	switch {
	case v.running:
		return w.Sending
	case v.asking:
		return w.AskedFirst
	case v.failure != nil:
		return v.error(v.failure) + v.words.App.Between + w.NotSent
	case v.sent.State == "unknown":
		return w.Unknown
	case countBy(v.sent, isOpen) > 0:
		return v.cameBack()
	case v.sent.State == "claimed" || v.sent.State == "sending":
		return w.Elsewhere
	case refused > 0:
		return text.F(w.YouAct, refused, of, v.titles()) + v.others(refused)
	case v.sent.State == "queued" && v.sent.Error != nil:
		return v.error(explain.Found(*v.sent.Error)) + v.words.App.Between + text.F(w.TriesAgain, next)
	case v.sent.State == "queued":
		return text.F(w.Waits, next)
	case v.sent.State == "refused" && v.sent.Error != nil:
		return v.error(explain.Found(*v.sent.Error)) + v.words.App.Between + w.NotSent
	case v.sent.State == "refused":
		return w.GaveUp
	case countBy(v.sent, isLate) > 0:
		return v.late()
	case countBy(v.sent, isSentOn) > 0:
		return text.F(w.SentOn, countBy(v.sent, isSentOn))
	case count(v.sent, "warn") > 0:
		return text.F(w.WaitsFor, count(v.sent, "warn"), of, next) + v.others(count(v.sent, "warn"))
	}
	if v.sent.Server == "" {
		return w.NoRecord
	}
	return text.F(w.AllTaken, v.sent.Server, count(v.sent, "ok"), of)
}

// cameBack says who must act about the first recipient from whom the message came back, and how many there are.
func (v verdict) cameBack() text.Safe {
	said := text.F(v.words.Compose.CameBack, countBy(v.sent, isOpen), len(v.sent.Recipients))
	for _, r := range v.sent.Recipients {
		if isOpen(r) && r.Finding != nil {
			return v.error(explain.Found(*r.Finding)) + v.words.App.Between + said
		}
	}
	return said
}

// late says of how many it is not known whether they have the message, after a notice that it is late.
func (v verdict) late() text.Safe {
	trying := countBy(v.sent, func(r session.SentRecipient) bool { return isLate(r) && r.Came.Trying(v.now) })
	if n := countBy(v.sent, isLate); n > trying {
		return text.F(v.words.Compose.LateOnes, n-trying, len(v.sent.Recipients))
	}
	return text.F(v.words.Compose.NotYet, trying, len(v.sent.Recipients))
}

// error is an explanation in short: who must act, then what happened.
func (v verdict) error(err error) text.Safe {
	d := explain.Error(err, v.lang())
	return text.Clean(d.Act) + v.words.App.Between + text.Clean(d.Title)
}

// others says what became of the recipients that need nobody.
func (v verdict) others(but int) text.Safe {
	n := count(v.sent, "ok")
	switch {
	case n == 0 || n+but != len(v.sent.Recipients):
		return ""
	case n == 1:
		return v.words.App.Between + v.words.Compose.OtherTaken
	}
	return v.words.App.Between + text.F(v.words.Compose.OthersTaken, n)
}

// titles names what is wrong with the refused recipients, each thing once.
func (v verdict) titles() string {
	var all []string
	for _, r := range v.sent.Recipients {
		if r.State != "fail" || r.Finding == nil {
			continue
		}
		if title := explain.Finding(*r.Finding, v.lang()).Title; !slices.Contains(all, title) {
			all = append(all, title)
		}
	}
	return strings.Join(all, string(v.words.App.Between))
}

// say is the sentence for wherever the person is now.
func (v verdict) say() screen.Say {
	said := screen.Say{Kind: screen.Result, Text: v.sentence()}
	switch {
	case v.failure != nil:
		said.Kind, said.Err = screen.Fault, v.failure
	case v.sent.Error != nil:
		said.Kind = screen.Fault
	case count(v.sent, "fail") > 0:
		said.Kind = screen.Fault
		for _, r := range v.sent.Recipients {
			if r.Finding != nil && r.State == "fail" {
				said.Err = explain.Found(*r.Finding)
				break
			}
		}
	}
	return said
}
