package sent

import (
	"slices"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	wide        = 100
	narrow      = 50
	maxSentence = 4 // rows of the sentence at most
	tookCells   = 6
	footer      = 3 // the copy, what only a trace can tell, a blank row
)

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.fitList()
}

// fitList gives the list what the rows around it leave.
func (s *Screen) fitList() {
	s.list.SetHeight(max((s.height-len(s.head())-footer)/s.rowHeight(), 1))
}

// SetFocus says whether the screen has the focus or the wire below it.
func (s *Screen) SetFocus(on bool) { s.blurred = !on }

// Title says what was sent and under which id the server keeps it.
func (s *Screen) Title(int) screen.Title {
	w := s.env.Words.Compose
	name := w.SentTitle
	switch {
	case s.running:
		name = w.Sending
	case s.failure != nil, s.open():
		name = w.OutboxTitle
	}
	t := screen.Title{Left: name + "  " + text.Clean(s.subject())}
	if s.sent.QueueID != "" {
		t.Right = text.F(w.QueuedAs, s.sent.QueueID, s.sent.Server)
	}
	return t
}

func (s *Screen) subject() string {
	subject := s.sent.Subject
	if s.args.Draft != nil {
		subject = s.args.Draft.Subject
	}
	if subject == "" {
		return string(s.env.Words.Compose.NoSubject)
	}
	return subject
}

// View draws the sentence, then a row a recipient; narrow, two.
func (s *Screen) View() screen.Frame {
	s.fitList()
	rows := s.head()
	var cursor *screen.Cell
	for _, i := range s.list.Visible() {
		here := int(i) == s.list.At()
		if here && !s.blurred {
			cursor = &screen.Cell{Y: len(rows)}
		}
		rows = append(rows, s.recipient(s.sent.Recipients[i], here)...)
	}
	if !s.running && s.sent.State != "" {
		rows = append(rows, s.tail()...)
	}
	for len(rows) < s.height {
		rows = append(rows, widget.Blank(s.width))
	}
	if cursor != nil && cursor.Y >= s.height {
		cursor = nil
	}
	return screen.Frame{Rows: rows[:s.height], Cursor: cursor}
}

func (s *Screen) line() *widget.Line { return widget.NewLine(s.env.Theme, s.width).Gap(1) }

// head is the sentence and, where there is room for it, the head of the matrix.
func (s *Screen) head() []string {
	var rows []string
	said := text.Wrap(s.verdict().sentence(), s.width-2)
	for _, l := range said[:min(len(said), maxSentence, max(s.height/3, 1))] {
		rows = append(rows, s.line().Put(s.role(), l).String())
	}
	if s.width < wide {
		return rows
	}
	l, c := s.line().Gap(2), columns(s.width)
	l.Cell(theme.Muted, s.env.Words.Compose.HeadTo, c[0])
	for i, step := range s.env.Words.Steps {
		l.Cell(theme.Muted, text.Num(i+1)+" "+step, c[i+1])
	}
	return append(rows, l.Put(theme.Muted, s.env.Words.Compose.Said).String())
}

// tail is the copy, what cannot be known, and the whole of the server's words where the matrix cuts them.
func (s *Screen) tail() []string {
	w := s.env.Words.Compose
	var rows []string
	if s.sent.State != "refused" {
		rows = append(rows, s.copyRow())
	}
	if count(s.sent, "ok") > countBy(s.sent, func(r session.SentRecipient) bool { return r.Came != nil }) {
		for _, l := range text.Wrap(w.OnlyTrace, s.width-2) {
			rows = append(rows, s.line().Put(theme.Muted, l).String())
		}
	}
	r, ok := s.current()
	if said := s.said(r); ok && r.Came == nil && text.Width(said) > s.saidRoom() {
		rows = append(rows, s.blank(), s.muted(text.F(w.SaidOf, r.Addr)))
		rows = append(rows, s.words(said)...)
	}
	if ok && r.Came != nil {
		rows = append(rows, s.cameRows(*r.Came)...)
	}
	return rows
}

func (s *Screen) blank() string { return widget.Blank(s.width) }

func (s *Screen) muted(said text.Safe) string { return s.line().Put(theme.Muted, said).String() }

// words are somebody's words, whole.
func (s *Screen) words(said text.Safe) (rows []string) {
	for _, l := range text.Wrap(said, s.width-4) {
		rows = append(rows, s.line().Gap(2).Put(theme.Text, l).String())
	}
	return rows
}

func (s *Screen) role() theme.Role {
	switch {
	case s.failure != nil, s.refused() > 0, s.sent.State == "refused", countBy(s.sent, isOpen) > 0:
		return theme.Fail
	case s.sent.State == "unknown", s.sent.State == "queued", countBy(s.sent, isLate) > 0:
		return theme.Warn
	}
	return theme.Title
}

// columns gives the cells of address, submission, DNS, transfer and pick-up where the matrix is drawn.
func columns(width int) [5]int {
	extra := min(max(width-120, 0)/2, 24)
	return [5]int{28 + extra, 18, 11, 12, 11}
}

func (s *Screen) rowHeight() int {
	if s.width < wide {
		return 2
	}
	return 1
}

// saidRoom is how many cells the server's words have in the matrix.
func (s *Screen) saidRoom() int {
	if s.width < wide {
		return s.width - 5
	}
	n := s.width - 3
	for _, c := range columns(s.width) {
		n -= c
	}
	return n
}

// recipient draws one row of the matrix. What happened after submission cannot be seen from here.
func (s *Screen) recipient(r session.SentRecipient, here bool) []string {
	l := widget.NewLine(s.env.Theme, s.width).Selected(here && !s.blurred).Gap(1)
	mark := text.Safe("  ")
	switch {
	case here && s.blurred:
		mark = "- "
	case here:
		mark = "> "
	}
	state, role := s.env.Words.Levels[r.State], widget.StateRole(r.State)
	l.Put(theme.Text, mark)
	if s.width < wide {
		at := 0
		if r.Came != nil {
			state, role, at = s.worst(*r.Came)
		}
		step := text.Num(at+1) + " " + s.env.Words.Steps[at]
		if s.width < narrow {
			step = text.Num(at + 1)
		}
		room := l.Left() - text.Width(step) - widget.StateCells - tookCells - 4
		l.Cell(theme.Text, text.Clean(r.Addr), room).Gap(1).Put(theme.Muted, step).Gap(1).Cell(role, state, widget.StateCells).Gap(1)
		second := s.line().Gap(4).Put(theme.Muted, s.said(r))
		return []string{l.CellRight(theme.Muted, s.took(r), tookCells).String(), second.String()}
	}
	c := columns(s.width)
	l.Cell(theme.Text, text.Clean(r.Addr), c[0]-1).Gap(1)
	l.Cell(role, state, 8).CellRight(theme.Muted, s.took(r), 7).Gap(c[1] - 15)
	for i, later := range laterStates(r) {
		role := theme.Muted
		if later == "fail" || later == "warn" {
			role = widget.StateRole(later)
		}
		l.Cell(role, s.env.Words.Levels[later], c[2+i])
	}
	return []string{l.Put(theme.Text, s.said(r)).String()}
}

// took is how long the answer took; of a refusal, to which command it was given.
func (s *Screen) took(r session.SentRecipient) text.Safe {
	switch {
	case r.State == "fail" || r.State == "warn":
		return text.Clean(r.Verb)
	case r.Elapsed > 0:
		return text.Span(r.Elapsed)
	}
	return ""
}

// worst is the step that a report names, with its state; the submission, where it names none.
func (s *Screen) worst(r session.Returned) (state text.Safe, role theme.Role, at int) {
	states := cameStates(r)
	for i, st := range states {
		if st == "fail" || st == "warn" {
			return s.env.Words.Levels[st], widget.StateRole(st), i
		}
	}
	return s.env.Words.Levels[states[0]], widget.StateRole(states[0]), 0
}

// laterStates is what is known of the steps after submission.
func laterStates(r session.SentRecipient) [3]string {
	if r.Came != nil {
		states := cameStates(*r.Came)
		return [3]string(states[1:])
	}
	later := "wait"
	switch r.State {
	case "ok", "unknown":
		later = "unknown"
	case "fail":
		later = "n/a"
	}
	return [3]string{later, later, later}
}

// said is what a report said later, else the submission server's reply.
func (s *Screen) said(r session.SentRecipient) text.Safe {
	if r.Came != nil {
		if long := s.told(*r.Came); text.Width(long) <= s.saidRoom() {
			return long
		}
		short := deed.Became(s.env.Words, s.env.Now(), *r.Came)
		if isLate(r) && text.Width(short) > s.saidRoom() {
			return s.env.Words.Bounce.Trying // below the matrix stands who does
		}
		return short
	}
	if r.Reply == "" || r.Code == 0 {
		return s.env.Words.Compose.NothingSaid
	}
	return text.Clean(r.Reply)
}

func (s *Screen) copyRow() string {
	w := s.env.Words.Compose
	l := s.line().Cell(theme.Muted, w.Copy, 7)
	how := w.CopyOnDisk
	if s.args.Account.Protocol == "imap" {
		how = w.CopyAppend
	}
	switch s.sent.CopyState {
	case trace.Pass:
		return l.Put(theme.Text, text.F(w.CopyOK, s.env.Words.Roles[string(mail.RoleSent)], how)).String()
	case trace.Fail:
		return l.Put(theme.Warn, w.CopyFail).String()
	}
	return l.Put(theme.Muted, w.CopyWait).String()
}

// Subject is the recipient under the cursor, and whose message it is.
func (s *Screen) Subject() screen.About {
	r, _ := s.current()
	return screen.About{Account: s.sent.Account, Target: r.Addr}
}

// Help says what works now.
func (s *Screen) Help() screen.Help {
	w := s.env.Words.Compose
	correct := screen.Live{Verb: keys.Number, Label: w.CorrectKey, Key: "1", Rank: 2}
	if !s.correctable() {
		correct.Rank, correct.Off = 0, w.NothingToCorrect
	}
	numbers := []screen.Live{correct}
	if r, ok := s.current(); ok && r.Came != nil && r.Came.Failed() {
		numbers = []screen.Live{{Verb: keys.Number, Label: w.AgainKey, Key: "1", Rank: 2}, {Verb: keys.Number, Label: w.EditKey, Key: "2", Rank: 3}}
		if r.Came.Again != nil {
			numbers = []screen.Live{{Verb: keys.Number, Label: w.AgainKey, Key: "1", Rank: 3}, {Verb: keys.Number, Label: w.ShowKey, Key: "3", Rank: 2}}
		}
	}
	again := screen.Live{Verb: keys.Again, Label: w.RetryKey, Rank: 2}
	back := screen.Live{Verb: keys.Delete, Label: w.TakeBackKey, Rank: 3}
	if !s.open() {
		again.Rank, again.Off, back.Rank, back.Off = 0, w.NotWaiting, 0, w.NotWaiting
	}
	if s.correctable() {
		again.Rank = 0
	}
	return screen.Help{Name: w.SentTitle, About: s.verdict().sentence(), Verbs: slices.Concat([]screen.Live{
		{Verb: keys.Open, Label: w.DialogueKey, Rank: 5}, {Verb: keys.Explain, Rank: 1}}, numbers, []screen.Live{again, back,
		{Verb: keys.Trace, Rank: 4}, {Verb: keys.Wire, Rank: 7}, {Verb: keys.CopyText, Rank: 8}, {Verb: keys.Back, Rank: 6},
		{Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.First}, {Verb: keys.Last},
	})}
}
