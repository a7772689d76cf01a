package tracer

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/session"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// Rows of the form that say how the next run is made.
const (
	setFrom = iota
	setVia
	setRcpt
	setCatchAll
	setSend
	setAll
	setRows
)

// settingCells is the column of what a row sets.
const settingCells = 24

// settings are how the next run is made, as the person sets it in the form.
type settings struct {
	options  session.TraceOptions
	from     widget.Input
	accounts []session.Account
}

func newSettings(o session.TraceOptions, accounts []session.Account) settings {
	s := settings{options: o, accounts: accounts}
	s.from.Set(o.From)
	return s
}

// key edits a row. Space turns on and off, or goes to the next account.
func (s *settings) key(row int, k tea.Key) {
	if row == setFrom {
		s.from.Key(k)
		return
	}
	if k.Code != tea.KeySpace {
		return
	}
	if row == setVia {
		s.nextAccount()
		return
	}
	on := s.flag(row)
	*on = !*on
}

func (s *settings) flag(row int) *bool {
	return map[int]*bool{setRcpt: &s.options.Rcpt, setCatchAll: &s.options.CatchAll, setSend: &s.options.Send, setAll: &s.options.All}[row]
}

// nextAccount goes from none by way of each account back to none.
func (s *settings) nextAccount() {
	next := 0
	if s.options.Via {
		for next < len(s.accounts) && s.accounts[next].Name != s.options.Account {
			next++
		}
		next++
	}
	if s.options.Via = next < len(s.accounts); s.options.Via {
		s.options.Account = s.accounts[next].Name
	}
}

// taken are the options of the next run. One that names the recipient goes as far as that.
func (s *settings) taken() session.TraceOptions {
	o := s.options
	o.From = strings.TrimSpace(s.from.Value())
	if o.Rcpt || o.CatchAll || o.Send {
		o.Stop = ""
	}
	return o
}

// row draws a row; x is where text is typed in it, -1 where none is.
func (s *settings) row(sc *Screen, n int, here bool) (drawn string, x int) {
	w := sc.env.Words.Tracer
	l := widget.NewLine(sc.env.Theme, sc.width).Selected(here).Gap(1)
	if here {
		l.Put(theme.Text, "> ")
	} else {
		l.Gap(2)
	}
	switch n {
	case setFrom:
		room := max(sc.width-settingCells-4, 8)
		typed, at := s.from.View(sc.env.Theme, room)
		return l.Cell(theme.Text, w.SetFrom, settingCells).Raw(typed, room).String(), 3 + settingCells + at
	case setVia:
		by := w.SetViaNone
		if s.options.Via {
			by = text.Clean(s.options.Account)
		}
		return l.Cell(theme.Text, w.SetVia, settingCells).Put(theme.Text, by).String(), -1
	}
	box := text.Safe("[ ] ")
	if *s.flag(n) {
		box = "[x] "
	}
	label := map[int]text.Safe{setRcpt: w.SetRcpt, setCatchAll: w.SetCatchAll, setSend: w.SetSend, setAll: w.SetAll}[n]
	return l.Put(theme.Text, box+label).String(), -1
}
