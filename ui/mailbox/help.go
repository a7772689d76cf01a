package mailbox

import (
	"todoku/ui/deed"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// Subject is the account whose mail is listed.
func (s *Screen) Subject() screen.About { return screen.About{Account: s.acct.Name} }

// Help lists what works now, in the order of the footer.
func (s *Screen) Help() screen.Help {
	w := s.env.Words.Mailbox
	h := screen.Help{Name: w.Name}
	twin := screen.Live{Verb: keys.Twin, Rank: 10}
	if other, ok := s.mail.Account(s.acct.Twin); ok && s.acct.Twin != "" {
		twin.Label = text.F(w.ByProtocol, protocol(other.Protocol))
	} else {
		twin.Off = text.F(w.NoTwin, s.acct.Name)
	}
	read := screen.Live{Verb: keys.Open, Rank: 1}
	if s.pane == folderPane {
		read.Label = w.OpenFolder
	}
	h.Verbs = []screen.Live{read,
		{Verb: keys.Reply, Rank: 2}, {Verb: keys.Write, Rank: 3}, {Verb: keys.Delete, Rank: 4}, {Verb: keys.Save, Rank: 8},
		{Verb: keys.Find, Rank: 5}, {Verb: keys.Trace, Rank: 6}, {Verb: keys.Explain, Rank: 9},
		{Verb: keys.Wire, Rank: 7}, twin,
		{Verb: keys.ReplyAll}, {Verb: keys.ReplyList}, {Verb: keys.Forward}, {Verb: keys.Archive}, {Verb: keys.Copy},
		{Verb: keys.Flag}, {Verb: keys.Unread}, {Verb: keys.Toggle}, {Verb: keys.Range}, {Verb: keys.Pattern},
		{Verb: keys.Limit}, {Verb: keys.Order}, {Verb: keys.Undo}, {Verb: keys.Again}, {Verb: keys.Change},
		{Verb: keys.Accounts}, {Verb: keys.Sandbox}, {Verb: keys.Beside, Label: w.CompareKey}, {Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.LeftDown}, {Verb: keys.LeftUp},
		{Verb: keys.First}, {Verb: keys.Last}, {Verb: keys.PageDown}, {Verb: keys.PageUp}, {Verb: keys.Left},
		{Verb: keys.Right}, {Verb: keys.UnreadNext}, {Verb: keys.UnreadPrev}, {Verb: keys.HitNext}, {Verb: keys.HitPrev},
	}
	switch r, ok := s.current(); {
	case ok && r.Bounced:
		h.About = w.AboutBounce
	case ok && len(r.Returned) > 0:
		h.About = deed.Remark(s.env.Words, s.env.Now(), r)
	}
	return h
}
