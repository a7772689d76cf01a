package reader

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// press does a verb.
func (s *Screen) press(p screen.Press) (screen.Action, tea.Cmd) {
	switch p.Verb {
	case keys.Down:
		s.scroll(1)
	case keys.Up:
		s.scroll(-1)
	case keys.PageDown, keys.Toggle:
		return s.page(1), nil
	case keys.PageUp:
		return s.page(-1), nil
	case keys.First:
		s.scroll(-len(s.body))
	case keys.Last:
		s.scroll(len(s.body))
	case keys.LeftDown:
		return s.goTo(s.at + 1)
	case keys.LeftUp:
		return s.goTo(s.at - 1)
	case keys.UnreadNext:
		return s.walk(1)
	case keys.UnreadPrev:
		return s.walk(-1)
	case keys.Back, keys.Quit:
		s.env.Jobs.Cancel(s.job)
		return screen.Back{With: screen.ReaderReturn{Key: s.key(), Changed: s.changed}}, nil
	case keys.Fold:
		if s.letter != nil && s.letter.Toggle() {
			s.set()
		}
	case keys.Headers:
		return s.turnHeaders()
	case keys.Charset:
		return s.nextCharset()
	case keys.Parts:
		return s.parts(), nil
	case keys.Number:
		return s.number(p.N), nil
	case keys.Find:
		return screen.Prompt{To: askFind{}, Label: s.env.Words.Mailbox.Find, Text: s.words}, nil
	case keys.HitNext:
		return s.find(1), nil
	case keys.HitPrev:
		return s.find(-1), nil
	case keys.CopyText:
		return s.copyText(), nil
	case keys.Explain:
		return s.explain()
	case keys.Trace:
		return deed.Trace(s.place(), s.row), nil
	case keys.Open:
		if s.args.Place.Role == mail.RoleSent {
			return deed.Fate(s.place(), s.key()), nil
		}
	default:
		return s.act(p.Verb)
	}
	return nil, nil
}

// act does the verbs that answer, or change the message.
func (s *Screen) act(v keys.Verb) (screen.Action, tea.Cmd) {
	kinds := map[keys.Verb]session.DraftKind{keys.Write: session.DraftNew, keys.Reply: session.DraftReply,
		keys.ReplyAll: session.DraftReplyAll, keys.ReplyList: session.DraftReplyList, keys.Forward: session.DraftForward}
	if kind, ok := kinds[v]; ok {
		args := screen.ComposeArgs{Account: s.args.Account, Kind: kind, Key: s.key()}
		if kind == session.DraftNew {
			args.Key = 0
		}
		return screen.Open{Name: screen.Compose, With: args}, nil
	}
	if slices.Contains(deed.Verbs(), v) {
		return s.deeds.Do(v, s.place(), []int64{s.key()}, func(f mail.Flags) bool { return s.row.Flags.Has(f) })
	}
	return nil, nil
}

// deedDone takes the end of a deed; a message that left the folder gives its place to the next.
func (s *Screen) deedDone(d jobs.Done[deed.Result]) (screen.Action, tea.Cmd) {
	act, mine := s.deeds.Done(d)
	if !mine || d.Err != nil {
		return act, nil
	}
	s.changed = true
	if !d.Value.Gone() {
		s.known = false
		return act, s.load()
	}
	s.args.Keys = slices.Delete(slices.Clone(s.args.Keys), s.at, s.at+1)
	if len(s.args.Keys) == 0 || s.at >= len(s.args.Keys) {
		return screen.All{screen.Back{With: screen.ReaderReturn{Changed: true}}, act}, nil
	}
	hush, cmd := s.goTo(s.at)
	return screen.All{hush, act}, cmd
}

// walked is the next unread message of the list.
type walked struct {
	key   int64
	found bool
}

// walk goes to the next unread message in a direction.
func (s *Screen) walk(step int) (screen.Action, tea.Cmd) {
	all, from := s.args.Keys, s.at+step
	s.env.Jobs.Cancel(s.walkJob)
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Mailbox.Find},
		func(ctx context.Context, c jobs.Control) (walked, error) {
			key, found, err := deed.Unread(ctx, c.Span, s.mail, all, from, step)
			return walked{key: key, found: found}, err
		})
	s.walkJob = id
	return nil, cmd
}

func (s *Screen) walkDone(d jobs.Done[walked]) (screen.Action, tea.Cmd) {
	if d.Job != s.walkJob {
		return nil, nil
	}
	s.walkJob = 0
	switch at := slices.Index(s.args.Keys, d.Value.key); {
	case errors.Is(d.Err, context.Canceled):
	case d.Err != nil:
		return screen.Say{Kind: screen.Fault, Text: text.F(s.env.Words.Mailbox.ListFail, d.Err), Err: d.Err}, nil
	case !d.Value.found || at < 0:
		return screen.Say{Text: s.env.Words.Mailbox.NoUnread}, nil
	default:
		return s.goTo(at)
	}
	return nil, nil
}

func (s *Screen) page(n int) screen.Action {
	if s.scroll(n * max(s.room()-1, 1)) {
		return nil
	}
	if n > 0 {
		return screen.Say{Text: s.env.Words.Reader.EndOfText}
	}
	return screen.Say{Text: s.env.Words.Reader.TopOfText}
}

func (s *Screen) bounceRead(d jobs.Done[deed.Came]) screen.Action {
	if d.Job != s.bounceJob {
		return nil
	}
	s.bounceJob = 0
	return deed.Explained(s.env.Words, s.env.Now(), s.place(), d)
}

func (s *Screen) place() deed.Place {
	return deed.Place{Account: s.args.Account, Folder: s.args.Place, Folders: s.folders, Book: s.mail}
}

// explain says why a message came back: this one, or what it reports of.
func (s *Screen) explain() (screen.Action, tea.Cmd) {
	if b := s.reading.Bounce; b != nil {
		return deed.ExplainBounce(s.env.Words, s.env.Now(), s.place(), s.key(), b), nil
	}
	key, ok := deed.BounceOf(s.row, s.known)
	if !ok {
		return screen.Say{Text: s.env.Words.Mailbox.NothingWrong}, nil
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Mailbox.Reading},
		func(ctx context.Context, c jobs.Control) (deed.Came, error) {
			reading, err := s.mail.Read(ctx, c.Span, session.ReadOptions{Key: key, Peek: true})
			return deed.Came{Key: key, Said: reading.Bounce}, err
		})
	s.bounceJob = id
	return nil, cmd
}

// turnHeaders shows the header short, all of it, or the raw source.
func (s *Screen) turnHeaders() (screen.Action, tea.Cmd) {
	w := s.env.Words.Reader
	s.mode = (s.mode + 1) % 3
	s.top = 0
	said := []text.Safe{w.HeadersShort, w.HeadersAll, w.HeadersRaw}[s.mode]
	return screen.Say{Text: said}, s.load()
}

// nextCharset reads the message with the next charset that could fit.
func (s *Screen) nextCharset() (screen.Action, tea.Cmd) {
	all := s.reading.Charsets
	if len(all) == 0 {
		return screen.Say{Text: s.env.Words.Reader.NoCharset}, nil
	}
	i := slices.IndexFunc(all, func(c string) bool { return strings.EqualFold(c, s.reading.Charset) })
	s.charset = all[(i+1)%len(all)]
	s.letter = nil
	return nil, s.load()
}

func (s *Screen) copyText() screen.Action {
	if s.mode == session.HeaderRaw {
		return screen.CopyText{Text: string(s.reading.Raw)}
	}
	return screen.CopyText{Text: s.reading.Text}
}

// askFind is the prompt for words; askSave that for a file name; askLink the question about a link; askPart the sheet of parts.
type (
	askFind struct{}
	askSave struct {
		key  int64
		part string
	}
	askLink struct{ url string }
	askPart struct{ parts []*mail.Part }
)

// number opens the file or link with that number: it asks first.
func (s *Screen) number(n int) screen.Action {
	w := s.env.Words.Reader
	for _, t := range s.things {
		if t.Number != n {
			continue
		}
		if t.Link != "" {
			return screen.Ask{To: askLink{url: t.Link}, Question: text.F(w.OpenLink, t.Link),
				Answers: []text.Safe{w.LinkKeep, w.LinkCopy}}
		}
		return s.askPath(t.Part, t.File)
	}
	return screen.Say{Text: text.F(w.NoNumber, n)}
}

func (s *Screen) askPath(part, name string) screen.Action {
	return screen.Prompt{To: askSave{key: s.key(), part: part}, Label: s.env.Words.Reader.SaveTo, Text: fileName(name)}
}

// fileName makes a name from outside fit for a file here: one path element, nothing hidden.
func fileName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, string(text.Clean(name)))
	clean = strings.TrimLeft(strings.TrimSpace(clean), ".")
	if clean == "" {
		return "part"
	}
	return clean
}

// parts lists the parts of the message in a sheet; one that is chosen is saved.
func (s *Screen) parts() screen.Action {
	c := screen.Choose{Title: s.env.Words.Reader.Parts}
	var ask askPart
	var walk func(p *mail.Part, depth int)
	walk = func(p *mail.Part, depth int) {
		if p == nil || depth > 20 || len(ask.parts) > 500 {
			return
		}
		name := text.Spaces(2*depth) + text.Clean(p.Type)
		if p.FileName != "" {
			name += "  " + text.Clean(p.FileName)
		}
		row := screen.Choice{Name: name, Key: text.Clean(p.Path), Off: len(p.Children) > 0}
		if p.Size > 0 {
			row.Note = text.Size(p.Size)
		}
		c.Rows = append(c.Rows, row)
		ask.parts = append(ask.parts, p)
		for _, child := range p.Children {
			walk(child, depth+1)
		}
	}
	walk(s.reading.Parts, 0)
	if len(c.Rows) == 0 {
		return screen.Say{Text: s.env.Words.Reader.NotStored}
	}
	c.To = ask
	return c
}

// answer takes the answers to what the screen asked.
func (s *Screen) answer(msg tea.Msg) (screen.Action, tea.Cmd) {
	if cmd, mine := s.deeds.Answer(msg); mine {
		return nil, cmd
	}
	switch m := msg.(type) {
	case screen.Answered:
		if ask, ok := m.To.(askLink); ok && m.N == 2 {
			return screen.CopyText{Text: ask.url}, nil
		}
	case screen.Chosen:
		if ask, ok := m.To.(askPart); ok && m.Index >= 0 {
			p := ask.parts[m.Index]
			name := p.FileName
			if name == "" {
				name = "part-" + p.Path
			}
			return s.askPath(p.Path, name), nil
		}
	case screen.Prompted:
		return s.prompted(m)
	}
	return nil, nil
}

func (s *Screen) prompted(m screen.Prompted) (screen.Action, tea.Cmd) {
	if !m.OK || m.Text == "" {
		return nil, nil
	}
	switch ask := m.To.(type) {
	case askFind:
		s.words = m.Text
		return s.find(0), nil
	case askSave:
		id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Reader.SaveTo},
			func(ctx context.Context, c jobs.Control) (string, error) {
				path, err := s.mail.SaveFile(ctx, c.Span, session.SaveFileOptions{Key: ask.key, Part: ask.part, Path: m.Text})
				if full, aerr := filepath.Abs(path); aerr == nil && err == nil {
					path = full // the folder todoku was started in is not on the screen
				}
				return path, err
			})
		s.saveJob = id
		return nil, cmd
	}
	return nil, nil
}

func (s *Screen) saved(d jobs.Done[string]) screen.Action {
	if d.Job != s.saveJob {
		return nil
	}
	s.saveJob = 0
	w := s.env.Words.Reader
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(w.SaveFail, d.Err), Err: d.Err}
	}
	return screen.Say{Kind: screen.Result, Text: text.F(w.Saved, d.Value)}
}

// find brings the next row that holds the words to the top; 0 begins with the row that is there now.
func (s *Screen) find(n int) screen.Action {
	if s.words == "" {
		return screen.Prompt{To: askFind{}, Label: s.env.Words.Mailbox.Find}
	}
	want := strings.ToLower(s.words)
	step := 1
	if n < 0 {
		step = -1
	}
	for i := 0; i < len(s.body); i++ {
		at := ((s.hit+step*i+n)%len(s.body) + len(s.body)) % len(s.body)
		if strings.Contains(strings.ToLower(ansi.Strip(s.body[at])), want) {
			s.hit = at
			s.top = 0
			s.scroll(at)
			return nil
		}
	}
	return screen.Say{Text: text.F(s.env.Words.Reader.NoHit, s.words)}
}

// Subject is the account whose message is read.
func (s *Screen) Subject() screen.About { return screen.About{Account: s.args.Account.Name} }

// Help lists what works now, in the order of the footer.
func (s *Screen) Help() screen.Help {
	w := s.env.Words.Reader
	h := screen.Help{Name: w.Name, Verbs: []screen.Live{
		{Verb: keys.Toggle, Label: w.PageOn, Rank: 1},
		{Verb: keys.LeftDown, Key: "J/K", Label: w.OtherMessage, Rank: 3},
		{Verb: keys.Reply, Rank: 2}, {Verb: keys.ReplyAll, Label: w.All, Rank: 9}, {Verb: keys.Forward, Rank: 10},
		{Verb: keys.Number, Label: w.OpenThing, Rank: 7}, {Verb: keys.Parts, Rank: 4}, {Verb: keys.Headers, Rank: 8},
		{Verb: keys.Trace, Rank: 5}, {Verb: keys.Wire, Rank: 6},
		{Verb: keys.Write}, {Verb: keys.ReplyList}, {Verb: keys.Delete}, {Verb: keys.Archive}, {Verb: keys.Save},
		{Verb: keys.Copy}, {Verb: keys.Flag}, {Verb: keys.Unread}, {Verb: keys.Undo}, {Verb: keys.Charset},
		{Verb: keys.Fold}, {Verb: keys.CopyText}, {Verb: keys.Explain}, {Verb: keys.Find}, {Verb: keys.HitNext}, {Verb: keys.HitPrev},
		{Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.PageDown}, {Verb: keys.PageUp}, {Verb: keys.First},
		{Verb: keys.Last}, {Verb: keys.UnreadNext}, {Verb: keys.UnreadPrev},
	}}
	if s.args.Place.Role == mail.RoleSent {
		i := slices.IndexFunc(h.Verbs, func(l screen.Live) bool { return l.Verb == keys.Reply })
		h.Verbs[i].Rank = 0 // one's own mail is seldom answered
		h.Verbs = slices.Insert(h.Verbs, i, screen.Live{Verb: keys.Open, Label: w.Fate, Rank: 2})
	}
	for _, t := range s.things {
		h.About = t.Label()
		break
	}
	return h
}
