package deed

import (
	"time"

	"todoku/diag/bounce"
	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// ExplainBounce explains a bounce, with what can be done about it from here. key is the message that reports it.
func ExplainBounce(words *text.Catalogue, now time.Time, at Place, key int64, b *session.Bounce) screen.ExplainFinding {
	e := screen.ExplainFinding{Finding: b.Finding(), Remedies: remedies(words, now, at, key, b)}
	if to := b.First().Recipient; to != "" {
		e.Prove = screen.Open{Name: screen.Tracer, With: screen.TracerArgs{Account: at.Account.Name, Targets: []string{to}}}
	}
	return e
}

// Came is a bounce that was read in order to be explained.
type Came struct {
	Key  int64
	Said *session.Bounce
}

// Explained is what follows when it was read.
func Explained(words *text.Catalogue, now time.Time, at Place, d jobs.Done[Came]) screen.Action {
	switch {
	case d.Err != nil:
		return screen.Say{Kind: screen.Fault, Text: text.F(words.Mailbox.ReadFail, d.Err), Err: d.Err}
	case d.Value.Said == nil:
		return screen.Say{Text: words.Mailbox.BounceSilent}
	}
	return ExplainBounce(words, now, at, d.Value.Key, d.Value.Said)
}

// maxRemedies is how many a sheet has.
const maxRemedies = 3

// remedies are at most three, the one that helps most first.
func remedies(words *text.Catalogue, now time.Time, at Place, key int64, b *session.Bounce) []screen.Remedy {
	w, f := words.Bounce, b.First()
	write := func(name text.Safe, correct string) screen.Remedy {
		return screen.Remedy{Name: name, Act: screen.Open{Name: screen.Compose,
			With: screen.ComposeArgs{Account: at.Account, Kind: session.DraftReturned, Key: key, Correct: correct}}}
	}
	var all []screen.Remedy
	if b.Suggest != "" {
		all = append(all, write(text.F(w.Change, b.Suggest), b.Suggest))
	}
	again := write(w.Again, "")
	ask := screen.Remedy{Name: text.F(w.Ask, named(words, f)), Act: screen.CopyText{Text: question(words, b)}}
	report := screen.Remedy{Name: w.Report, Act: screen.CopyText{Text: string(text.F(w.ToExpert, named(words, f), f.Host, f.Reply.String()))}}
	switch f.Next {
	case bounce.Wait:
		if !b.RetryUntil.IsZero() {
			all = append(all, screen.Remedy{Name: w.Until, Act: screen.Say{Text: text.F(w.UntilAt, words.Long(b.RetryUntil, now))}})
		}
		all = append(all, report)
	case bounce.AskProvider, bounce.ReadWords:
		all = append(all, report, again)
	case bounce.AskRecipient:
		all = append(all, ask, again)
	default:
		all = append(all, again, ask)
	}
	if open, ok := openSent(at, b.Sent); ok {
		all = append(all, screen.Remedy{Name: w.Open, Act: open})
	}
	return all[:min(len(all), maxRemedies)]
}

func named(words *text.Catalogue, f bounce.Failure) text.Safe {
	if f.Recipient == "" {
		return words.Bounce.Unnamed
	}
	return text.Clean(f.Recipient)
}

func question(words *text.Catalogue, b *session.Bounce) string {
	f := b.First()
	return string(text.F(words.Bounce.Letter, named(words, f), b.Original.Subject, words.Bounce.Reasons[string(f.Reading.Reason)]))
}

// openSent opens the message that came back.
func openSent(at Place, sent *session.Row) (screen.Open, bool) {
	if sent == nil {
		return screen.Open{}, false
	}
	place := mail.Folder{Name: sent.Folder, Role: mail.RoleSent}
	for _, f := range at.Folders {
		if f.Name == sent.Folder {
			place = f
		}
	}
	return screen.Open{Name: screen.Reader, With: screen.ReaderArgs{Account: at.Account, Folder: text.Clean(sent.Folder), Place: place,
		Keys: []int64{sent.Key}, Row: sent}}, true
}

// Returned says of a row whom a message did not reach, and why; empty if it says nothing of the kind. Of a message that
// was sent, whose recipient the list names, and where there is no room, it is only the reason.
func Returned(words *text.Catalogue, r session.Row, room int) text.Safe {
	if len(r.Returned) == 0 {
		return ""
	}
	w, first := words.Bounce, r.Returned[0]
	why := w.Reasons[string(first.Reason)]
	if !r.Bounced {
		return text.F(w.SentRow, why)
	}
	if first.Recipient == "" {
		return ""
	}
	for _, said := range []text.Safe{text.F(w.Row, others(words, r), why), text.F(w.SentRow, why)} {
		if text.Width(said) <= room {
			return said
		}
	}
	return why // the mark and the sender say the rest
}

// Remark is what is said when such a message is opened.
func Remark(words *text.Catalogue, r session.Row) text.Safe {
	w := words.Bounce
	return text.F(w.Remark, others(words, r), w.Reasons[string(r.Returned[0].Reason)])
}

func others(words *text.Catalogue, r session.Row) text.Safe {
	who := text.Clean(r.Returned[0].Recipient)
	if n := len(r.Returned) - 1; n > 0 {
		return text.F(words.Bounce.More, who, n)
	}
	return who
}

// BounceOf is the bounce that explains a row: the message itself, or what came back of it. here says that there is a row.
func BounceOf(r session.Row, here bool) (key int64, ok bool) {
	switch {
	case !here:
		return 0, false
	case r.Bounced:
		return r.Key, true
	}
	for _, back := range r.Returned {
		if back.Key != 0 {
			return back.Key, true
		}
	}
	return 0, false
}
