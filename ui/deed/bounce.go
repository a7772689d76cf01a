package deed

import (
	"context"
	"slices"
	"time"

	"todoku/diag/bounce"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// AddressBook is who forgets an address.
type AddressBook interface {
	Forget(context.Context, *trace.Span, session.ForgetOptions) (session.Forgotten, error)
}

// ExplainBounce explains a bounce, with what can be done about it from here. key is the message that reports it.
func ExplainBounce(words *text.Catalogue, now time.Time, at Place, key int64, b *session.Bounce) screen.ExplainFinding {
	e := screen.ExplainFinding{Finding: b.Finding(), Likely: likely(words, now, b), Remedies: remedies(words, now, at, key, b)}
	if to := b.First().Recipient; to != "" {
		e.Prove = screen.Open{Name: screen.Tracer, With: screen.TracerArgs{Account: at.Account.Name, Targets: []string{to}}}
	}
	return e
}

// likely is what the mail that is here tells of the cause: an address that is known, a letter away; or that this one worked.
func likely(words *text.Catalogue, now time.Time, b *session.Bounce) (all []text.Safe) {
	w, f := words.Bounce, b.First()
	if near := b.SuggestKnown; b.Suggest != "" && near.Wrote == 1 {
		all = append(all, text.F(w.Once, b.Suggest))
	} else if b.Suggest != "" && near.Wrote > 1 {
		all = append(all, text.F(w.Typing, b.Suggest, near.Wrote))
	}
	if f.Action != "failed" || f.Next == bounce.Change {
		return all
	}
	if b.Known.Wrote > 0 {
		all = append(all, text.F(w.Wrote, f.Recipient, b.Known.Wrote, words.When(b.Known.Last, now)))
	}
	if !b.Known.Heard.IsZero() {
		all = append(all, text.F(w.Heard, f.Recipient, words.When(b.Known.Heard, now)))
	}
	return all
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
	o := session.ComposeOptions{Account: at.Account.Name, Kind: session.DraftReturned, Key: key}
	if len(b.Recipients) == 1 {
		o.Only = f.Recipient
	}
	again := screen.Remedy{Name: w.Again, Act: SendAgain(at.Account, o)}
	edit := screen.Remedy{Name: w.Edit, Act: screen.Open{Name: screen.Compose, With: screen.ComposeArgs{Account: at.Account, Kind: o.Kind, Key: key, Only: o.Only}}}
	ask := screen.Remedy{Name: text.F(w.Ask, named(words, f)), Act: screen.CopyText{Text: question(words, b)}}
	report := screen.Remedy{Name: w.Report, Act: screen.CopyText{Text: string(text.F(w.ToExpert, named(words, f), f.Host, f.Reply.String()))}}
	var all []screen.Remedy
	switch f.Next {
	case bounce.Wait:
		if !b.RetryUntil.IsZero() {
			all = append(all, screen.Remedy{Name: w.Until, Act: screen.Say{Text: text.F(w.UntilAt, words.Long(b.RetryUntil, now))}})
		}
		all = append(all, report)
	case bounce.Correct:
		if b.Suggest == "" {
			all = append(all, edit)
		}
		if all = append(all, ask); f.Recipient != "" && at.Book != nil {
			all = append(all, Forget(words, at, f.Recipient))
		}
	case bounce.Change:
		all = append(all, edit, ask)
	case bounce.AskProvider, bounce.ReadWords:
		all = append(all, report, again)
	case bounce.AskRecipient:
		all = append(all, ask, again)
	default:
		all = append(all, again, ask)
	}
	if o.Correct = b.Suggest; o.Correct != "" {
		all = slices.Insert(all, 0, screen.Remedy{Name: text.F(w.Change, b.Suggest), Act: SendAgain(at.Account, o)})
	}
	if open, ok := openSent(at, b.Sent); ok {
		all = append(all, screen.Remedy{Name: w.Open, Act: open})
	}
	return all[:min(len(all), maxRemedies)]
}

// SendAgain asks whether what came back is sent once more.
func SendAgain(account session.Account, o session.ComposeOptions) screen.Open {
	return screen.Open{Name: screen.Sent, With: screen.SentArgs{Account: account, Again: &o}}
}

// Forget takes an address out of the address book, and what came back from it out of what is said before a message leaves.
func Forget(words *text.Catalogue, at Place, address string) screen.Remedy {
	w, o := words.Bounce, session.ForgetOptions{Account: at.Account.Name, Address: address}
	return screen.Remedy{Name: text.F(w.Forget, address), Act: screen.Perform{Call: func(ctx context.Context, span *trace.Span) screen.Say {
		done, err := at.Book.Forget(ctx, span, o)
		switch {
		case err != nil:
			return screen.Say{Kind: screen.Fault, Text: text.Clean(err.Error()), Err: err}
		case done.Count == 0:
			return screen.Say{Kind: screen.Result, Text: text.F(w.Unknown, address)}
		}
		return screen.Say{Kind: screen.Result, Text: text.F(w.Forgot, address)}
	}}}
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
