package reader

import (
	"bytes"

	"todoku/internal/mail"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const wide = 100

// head is how many rows stand above the text: subject, who, path, auth and the rule, fewer when narrow or short.
func (s *Screen) head() int {
	if s.width >= wide && s.height >= 12 {
		return 5
	}
	return 3
}

// room is how many rows the text has: all but the header's and, if there is anything to open, the row of things.
func (s *Screen) room() int {
	n := s.height - s.head()
	if len(s.things) > 0 {
		n--
	}
	return max(n, 1)
}

// Title says which message of which folder this is; narrow, its subject too.
func (s *Screen) Title(width int) screen.Title {
	w := s.env.Words
	at := s.args.Folder + "  " + text.F(w.Reader.At, text.Num(s.at+1), text.Num(len(s.args.Keys)))
	if width >= wide && s.head() == 5 { // else the subject has no row of its own
		t := screen.Title{Left: text.Clean(s.args.Account.Address) + "  " + protocol(s.args.Account.Protocol) + "  " + at}
		if n := s.args.Place.Unread; n > 0 {
			t.Right = text.F(w.Reader.New, text.Num(n))
		}
		return t
	}
	return screen.Title{Left: at + "  " + s.subject(), Right: w.Brief(s.row.Envelope.Date, s.env.Now())}
}

func protocol(p string) text.Safe {
	switch p {
	case "imap":
		return "IMAP"
	case "pop3":
		return "POP3"
	}
	return text.Clean(p)
}

func (s *Screen) subject() text.Safe {
	if !s.known {
		return ""
	}
	if s.row.Envelope.Subject == "" {
		return s.env.Words.Mailbox.NoSubject
	}
	return text.Clean(s.row.Envelope.Subject)
}

// View draws header, text and things.
func (s *Screen) View() screen.Frame {
	var rows []string
	if s.head() == 5 {
		rows = s.wideHead()
	} else {
		rows = s.narrowHead()
	}
	rows = append(rows, s.textRows()...)
	if len(s.things) > 0 && s.ready {
		for len(rows) < s.height-1 {
			rows = append(rows, widget.Blank(s.width))
		}
		rows = append(rows, s.thingRow())
	}
	f := screen.Frame{Rows: rows}
	if !s.blurred {
		f.Cursor = &screen.Cell{X: 0, Y: min(s.head(), s.height-1)}
	}
	return f
}

func (s *Screen) line() *widget.Line { return widget.NewLine(s.env.Theme, s.width).Gap(1) }

func (s *Screen) wideHead() []string {
	w, e := s.env.Words, s.row.Envelope
	date := w.Long(e.Date, s.env.Now())
	who := s.line().Put(theme.Muted, w.Reader.From+"  ").Put(theme.Text, widget.Person(first(e.From)))
	if len(e.To) > 0 {
		who.Put(theme.Muted, "    "+w.Reader.To+"  ").Put(theme.Text, widget.Addresses(e.To))
	}
	if len(e.Cc) > 0 {
		who.Put(theme.Muted, "    "+w.Reader.Cc+"  ").Put(theme.Text, widget.Addresses(e.Cc))
	}
	return []string{
		s.line().Put(theme.Title, text.Cut(s.subject(), s.width-4-text.Width(date))).RightEnd(theme.Muted, date, 1).String(),
		who.String(),
		s.pathRow(true),
		s.authRow(),
		widget.RuleRow(s.env.Theme, s.width, "", ""),
	}
}

func (s *Screen) narrowHead() []string {
	w, e := s.env.Words, s.row.Envelope
	who := s.line().Put(theme.Muted, w.Reader.From+"  ").Put(theme.Text, widget.Person(first(e.From)))
	who.Put(theme.Muted, "   "+w.Reader.To+"  ").Put(theme.Text, s.folded(e))
	return []string{who.String(), s.pathRow(false), widget.RuleRow(s.env.Theme, s.width, "", "")}
}

// folded writes the recipients as "you + 1".
func (s *Screen) folded(e mail.Envelope) text.Safe {
	w := s.env.Words.Reader
	others, me := 0, false
	for _, a := range append(append([]mail.Address(nil), e.To...), e.Cc...) {
		if a.Addr == s.args.Account.Address {
			me = true
			continue
		}
		others++
	}
	switch {
	case !me:
		return widget.Addresses(e.To)
	case others == 0:
		return w.You
	}
	return text.F(w.YouPlus, others)
}

// pathRow draws the four steps of the way here.
func (s *Screen) pathRow(long bool) string {
	w := s.env.Words
	l := s.line().Put(theme.Muted, w.Reader.Path+"  ")
	if !s.ready {
		return l.String()
	}
	if len(s.reading.Path.Hops) == 0 {
		return l.Put(theme.Muted, w.Reader.PathNone).String()
	}
	total := text.Span(s.reading.Path.Total)
	steps := widget.PathSteps(w, s.reading.Path)
	if s.width < 70 && !long {
		return l.Put(theme.Text, total+"  ").Put(theme.Muted, text.F(w.Reader.AuthPane, w.Levels["unknown"])).String()
	}
	if long && l.Used()+s.longWidth(steps)+text.Width(total)+1 > s.width {
		long = false
	}
	for i, st := range steps {
		role := theme.Text
		switch {
		case st.Slow:
			role = theme.Warn
		case !st.Known:
			role = theme.Muted
		}
		switch {
		case long:
			l.Put(role, st.Long).Put(theme.Muted, "   ")
		case i < len(steps)-1:
			l.Put(role, st.Short).Put(theme.Muted, "  >  ")
		default:
			l.Put(role, st.Short).Put(theme.Muted, "   ")
		}
	}
	if s.head() == 5 {
		return l.Put(theme.Text, total).String()
	}
	return l.Put(theme.Muted, "   "+text.F(w.Reader.AuthPane, w.Levels["unknown"])).String()
}

func (s *Screen) longWidth(steps [4]widget.Step) int {
	n := 0
	for _, st := range steps {
		n += text.Width(st.Long) + 3
	}
	return n
}

func (s *Screen) authRow() string {
	l := s.line().Put(theme.Muted, s.env.Words.Reader.Auth+"  ")
	if !s.ready {
		return l.String()
	}
	return l.Put(theme.Text, widget.Auth(s.env.Words, s.reading)).String()
}

// textRows draws the rows of text on screen, or why there are none.
func (s *Screen) textRows() []string {
	w := s.env.Words
	said, role := text.Safe(""), theme.Muted
	switch {
	case s.failure != nil:
		said, role = text.F(w.Mailbox.ReadFail, s.failure), theme.Fail
	case !s.ready && s.known && !s.row.Stored:
		said = text.F(w.Reader.Fetching, text.Size(s.row.Size))
	case s.ready && len(s.body) == 0:
		said = w.Reader.NoText
	}
	if said != "" {
		var rows []string
		for _, l := range text.Wrap(said, s.width-2) {
			rows = append(rows, s.line().Put(role, l).String())
		}
		return rows
	}
	return s.body[min(s.top, len(s.body)):min(s.top+s.room(), len(s.body))]
}

// thingRow lists what a number opens, then what the text is made from.
func (s *Screen) thingRow() string {
	w := s.env.Words.Reader
	l := s.line()
	most := s.width / 2
	if len(s.things) == 1 {
		most = s.width - 2
	}
	for _, t := range s.things {
		label := t.Label()
		if text.Width(label) > l.Left()-1 && l.Used() > 1 {
			break
		}
		l.Put(theme.Accent, text.Cut(label, most)).Gap(4)
	}
	if s.reading.FromHTML {
		note := w.HTML
		if s.reading.Remote > 0 {
			note += ", " + text.F(w.Remote, s.reading.Remote)
		}
		l.Put(theme.Muted, note)
	}
	return l.String()
}

// fieldRows draws every header field.
func (s *Screen) fieldRows() []string {
	var rows []string
	for _, f := range s.reading.Header {
		name := text.Clean(f.Name)
		for i, part := range text.Wrap(text.Clean(f.Value), max(s.width-24, 20)) {
			l := s.line()
			if i == 0 {
				l.Put(theme.Muted, text.Cut(name, 20))
			}
			rows = append(rows, l.To(22).Put(theme.Text, part).String())
		}
	}
	return append(rows, widget.RuleRow(s.env.Theme, s.width, "", ""))
}

// rawRows draws the source as it came, controls made visible.
func (s *Screen) rawRows() []string {
	var rows []string
	for line := range bytes.SplitSeq(s.reading.Raw, []byte("\n")) {
		for _, part := range text.Wrap(text.Visible(bytes.TrimSuffix(line, []byte("\r"))), s.width-2) {
			rows = append(rows, s.line().Put(theme.Text, part).String())
		}
	}
	return rows
}

func first(list []mail.Address) mail.Address {
	if len(list) == 0 {
		return mail.Address{}
	}
	return list[0]
}
