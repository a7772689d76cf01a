package mailbox

import (
	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	folderCells = 18
	listCells   = 46
	threePanes  = 120
	twoPanes    = 81
)

// panes gives the width of each pane, 0 for one that is not shown.
func (s *Screen) panes() (folders, list, reader int) {
	switch {
	case s.width >= threePanes:
		list = listCells + (s.width-threePanes)*2/5
		return folderCells, list, s.width - folderCells - list - 2
	case s.width >= twoPanes:
		list = min(listCells, s.width/2)
		return 0, list, s.width - list - 1
	}
	return 0, s.width, 0
}

// bodyRows is how many rows the panes have: all, or all but the rule above several.
func (s *Screen) bodyRows() int {
	if s.width >= twoPanes {
		return max(s.height-1, 1)
	}
	return max(s.height, 1)
}

// View draws the panes side by side.
func (s *Screen) View() screen.Frame {
	folders, list, reader := s.panes()
	rows := s.bodyRows()
	if reader == 0 {
		body, y := s.listRows(list)
		return screen.Frame{Rows: body, Cursor: s.cursor(0, y)}
	}
	var cols []widget.Column
	var widths []int
	x := 0
	if folders > 0 {
		cols = append(cols, widget.Column{Rows: s.folderRows(folders), Width: folders})
		widths = append(widths, folders)
		x = folders + 1
	}
	body, y := s.listRows(list)
	cols = append(cols, widget.Column{Rows: body, Width: list}, widget.Column{Rows: s.readerRows(reader), Width: reader})
	widths = append(widths, list, reader)
	out := append([]string{widget.HeadRule(s.env.Theme, widths...)}, widget.Columns(s.env.Theme, rows, cols...)...)
	switch s.pane {
	case folderPane:
		return screen.Frame{Rows: out, Cursor: s.cursor(0, 1+s.folderAt-s.folderTop())}
	case readerPane:
		return screen.Frame{Rows: out, Cursor: s.cursor(x+list+1, 1)}
	}
	return screen.Frame{Rows: out, Cursor: s.cursor(x, 1+y)}
}

func (s *Screen) cursor(x, y int) *screen.Cell {
	if s.blurred {
		return nil
	}
	return &screen.Cell{X: x, Y: y}
}

// listRows draws the rows on screen and says on which of them the cursor is.
func (s *Screen) listRows(width int) (rows []string, y int) {
	if s.list.Len() == 0 {
		return s.emptyRows(width), 0
	}
	cols := columnsFor(width)
	for i, key := range s.list.Visible() {
		rows = append(rows, s.listRow(key, s.list.Top()+i == s.list.At(), width, cols))
	}
	return rows, s.list.At() - s.list.Top()
}

func (s *Screen) emptyRows(width int) []string {
	w := s.env.Words.Mailbox
	said, role := text.Safe(""), theme.Muted
	switch {
	case s.failure != nil:
		said, role = text.F(w.ListFail, s.failure), theme.Fail
	case !s.loaded:
		return nil
	case s.limit != "":
		said = text.F(w.EmptyLimit, s.limit)
	default:
		said = w.Empty
	}
	var rows []string
	for _, l := range text.Wrap(said, width-4) {
		rows = append(rows, widget.NewLine(s.env.Theme, width).Gap(2).Put(role, l).String())
	}
	return rows
}

// columns is how a list row is divided at some width.
type columns struct {
	flags, date bool
	who, margin int
}

func columnsFor(width int) columns {
	switch {
	case width >= 70:
		return columns{flags: true, date: true, who: 18, margin: 2}
	case width >= 60:
		return columns{flags: true, date: true, who: 15, margin: 1}
	case width >= 44:
		return columns{flags: true, date: width < 47 || width >= 60, who: 13, margin: 1}
	}
	return columns{who: 12, margin: 0}
}

func (s *Screen) listRow(key int64, here bool, width int, cols columns) string {
	r, known := s.row(key)
	focused := s.pane == listPane && !s.blurred
	l := widget.NewLine(s.env.Theme, width).Selected(here && focused)
	role := theme.Text
	if known && !r.Flags.Has(mail.Seen) {
		role = theme.Unread
	}
	l.Put(theme.Text, cursorMark(here, focused))
	if cols.flags {
		l.Put(s.changeMark(r)).Put(role, answerMark(r)).Put(thingMark(r))
	}
	l.Gap(1)
	if !known {
		return l.String()
	}
	date := text.Safe("")
	if cols.date {
		date = s.env.Words.When(r.Envelope.Date, s.env.Now())
	}
	l.Cell(role, s.who(r), cols.who).Gap(1)
	room := l.Left() - cols.margin
	if date != "" {
		room -= text.Width(date) + 1
	}
	return l.Cell(role, s.gist(r, room), room).RightEnd(theme.Muted, date, cols.margin).String()
}

func cursorMark(here, focused bool) text.Safe {
	switch {
	case here && focused:
		return ">"
	case here:
		return "-"
	}
	return " "
}

func (s *Screen) changeMark(r session.Row) (theme.Role, text.Safe) {
	switch {
	case s.marked(r.Key):
		return theme.Accent, "x"
	case r.Pending:
		return theme.Pending, "~"
	}
	return theme.Text, " "
}

func answerMark(r session.Row) text.Safe {
	switch {
	case r.ID == "" && r.Envelope.Date.IsZero():
		return " "
	case !r.Flags.Has(mail.Seen):
		return "N"
	case r.Flags.Has(mail.Answered):
		return "r"
	case r.Flags.Has(mail.Forwarded):
		return "f"
	}
	return " "
}

func thingMark(r session.Row) (theme.Role, text.Safe) {
	switch {
	case deed.Failed(r):
		return theme.Fail, "!"
	case len(r.Returned) > 0:
		return theme.Warn, "!"
	case r.Flags.Has(mail.Flagged):
		return theme.Warn, "*"
	case r.HasFile:
		return theme.Muted, "+"
	}
	return theme.Text, " "
}

// who is the sender; in folders of what we wrote, the recipient.
func (s *Screen) who(r session.Row) text.Safe {
	from := r.Envelope.From
	if s.folder.Role == mail.RoleSent || s.folder.Role == mail.RoleDrafts {
		from = r.Envelope.To
	}
	if len(from) == 0 {
		return s.env.Words.Mailbox.NoSender
	}
	if from[0].Name != "" {
		return text.Clean(from[0].Name)
	}
	return text.Clean(from[0].Addr)
}

// gist is the subject; of what came back, and of a bounce, it is that first.
func (s *Screen) gist(r session.Row, room int) text.Safe {
	back := deed.Returned(s.env.Words, s.env.Now(), r, room)
	switch {
	case back == "":
		return s.subject(r)
	case deed.IsReport(r):
		return back
	}
	return back + "  " + s.subject(r)
}

func (s *Screen) subject(r session.Row) text.Safe {
	if r.Envelope.Subject == "" {
		return s.env.Words.Mailbox.NoSubject
	}
	return text.Clean(r.Envelope.Subject)
}

// readerRows draws the message beside the list: subject, who, path and text.
func (s *Screen) readerRows(width int) []string {
	p := &s.preview
	r, ok := s.current()
	if !ok || s.list.Len() == 0 {
		return nil
	}
	th := s.env.Theme
	line := func(role theme.Role, left, right text.Safe) string {
		l := widget.NewLine(th, width).Gap(1)
		room := width - 2
		if right != "" {
			room -= text.Width(right) + 1
		}
		return l.Put(role, text.Cut(left, room)).RightEnd(theme.Muted, right, 1).String()
	}
	rows := []string{
		line(theme.Title, s.subject(r), ""),
		line(theme.Text, widget.Person(firstOf(r.Envelope.From)), s.env.Words.Today(r.Envelope.Date, s.env.Now())),
		line(theme.Muted, widget.Recipients(s.env.Words, r.Envelope), ""),
	}
	switch {
	case p.failure != nil:
		rows = append(rows, widget.Blank(width))
		for _, l := range text.Wrap(text.F(s.env.Words.Mailbox.ReadFail, p.failure), width-2) {
			rows = append(rows, line(theme.Fail, l, ""))
		}
		return rows
	case !p.ready:
		return rows
	}
	rows = append(rows, line(theme.Muted, widget.PathBrief(s.env.Words, p.reading), ""), widget.Blank(width))
	if back := deed.Returned(s.env.Words, s.env.Now(), r, width-2); back != "" {
		role := theme.Warn
		if deed.Failed(r) {
			role = theme.Fail
		}
		rows[len(rows)-1] = line(role, back, "")
		rows = append(rows, widget.Blank(width))
	}
	room := s.bodyRows() - len(rows)
	things := widget.Things(s.env.Words, p.reading)
	for i := p.top; i < len(p.body) && i < p.top+room; i++ {
		rows = append(rows, p.body[i])
	}
	for i := 0; i < len(things) && len(rows) < s.bodyRows(); i++ {
		rows = append(rows, line(theme.Accent, things[i].Label(), ""))
	}
	return rows
}

func firstOf(list []mail.Address) mail.Address {
	if len(list) == 0 {
		return mail.Address{}
	}
	return list[0]
}
