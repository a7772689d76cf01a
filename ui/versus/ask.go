package versus

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/compare"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// asked is the run's question whether one message may be fetched from a server that is not ours.
type asked struct {
	run      *run
	question compare.Question
	answer   func(bool)
}

// What the notice row and the sheets ask for.
type (
	askConsent struct{ answer func(bool) }
	askScript  struct{}
	askAnswer  struct{}
	askNumber  struct{ row int }
)

// consent waits, in the run's goroutine, for what the person says. Who is elsewhere is not asked, and nothing is fetched.
func consent(ctx context.Context, runner *jobs.Runner, r *run, q compare.Question) bool {
	if r.left.Load() {
		return false
	}
	yes, err := jobs.Ask(ctx, runner, func(answer func(bool)) tea.Msg { return asked{r, q, answer} })
	return err == nil && yes
}

// ask puts the question into the notice row; the first answer fetches nothing.
func (s *Screen) ask(a asked) screen.Action {
	w := s.env.Words.Versus
	s.asking = &a
	return screen.Ask{To: askConsent{a.answer}, Question: text.F(w.AskFetch, a.question.Subject, text.Size(a.question.Octets)),
		Answers: []text.Safe{w.FetchNot, w.FetchOne}}
}

// choose asks for another script where a run is shown, elsewhere for the person's own answers.
func (s *Screen) choose() screen.Action {
	if s.part != onLanes && s.part != onTalk {
		return s.chooseAnswer(0)
	}
	w := s.env.Words.Versus
	rows := make([]screen.Choice, 0, len(s.scripts)+1)
	at := 0
	for i := range s.scripts {
		name, means := s.menuRow(i + 1)
		rows = append(rows, screen.Choice{Name: name, Note: means})
		if s.run.script.Name == s.scripts[i].Name {
			at = i
		}
	}
	return screen.Choose{To: askScript{}, Title: w.OtherScript, Rows: append(rows, s.modeRow()), At: at}
}

// modeRow turns between good clients and naive ones.
func (s *Screen) modeRow() screen.Choice {
	w := s.env.Words.Versus
	if s.mode == compare.Good {
		return screen.Choice{Name: w.BeNaive, Note: w.NaiveNote}
	}
	return screen.Choice{Name: w.BeGood, Note: w.GoodNote}
}

// Rows of the sheet of answers.
const (
	rowDevices = iota
	rowShared
	rowHere
	rowThere
	rowOffline
	rowBoth // is asked of the servers
	rowDone
)

func (s *Screen) chooseAnswer(at int) screen.Action {
	w := s.env.Words.Versus
	a := s.answers
	room := func(octets int64) text.Safe {
		if octets == 0 {
			return w.NotSaid
		}
		return text.Size(octets)
	}
	devices := w.NotSaid
	if a.Devices > 0 {
		devices = text.Num(a.Devices)
	}
	yes := map[bool]text.Safe{true: w.Yes, false: w.No}
	rows := []screen.Choice{{Name: w.Devices, Note: devices}, {Name: w.Shared, Note: yes[a.Shared]}, {Name: w.RoomHere, Note: room(a.RoomHere)},
		{Name: w.RoomThere, Note: room(a.RoomThere)}, {Name: w.Offline, Note: yes[a.Offline]},
		{Name: w.Both, Note: s.bothOffered(), Off: true}, {Name: w.AnswersDone, Note: w.AnswersDoneNote}}
	return screen.Choose{To: askAnswer{}, Title: w.ChangeAnswers, Rows: rows, At: at}
}

// bothOffered says whether the provider offers both protocols: what the servers said, as far as they were asked.
func (s *Screen) bothOffered() text.Safe {
	w := s.env.Words
	if s.run == nil || s.run.report == nil || len(s.run.report.Offers) == 0 {
		return w.Versus.BothAsked
	}
	var said []string
	for _, o := range s.run.report.Offers {
		said = append(said, string(w.Versus.Protocols[string(o.Protocol)]+" "+w.Levels[string(o.State)]))
	}
	return text.Clean(strings.Join(said, string(w.Versus.Comma)))
}

// changeAnswer changes one answer and shows all again.
func (s *Screen) changeAnswer(row int) (screen.Action, tea.Cmd) {
	w := s.env.Words.Versus
	switch row {
	case rowShared:
		s.answers.Shared = !s.answers.Shared
	case rowOffline:
		s.answers.Offline = !s.answers.Offline
	case rowDevices:
		return screen.Prompt{To: askNumber{row}, Label: w.Devices}, nil
	case rowHere:
		return screen.Prompt{To: askNumber{row}, Label: w.RoomHere + " (GB)"}, nil
	case rowThere:
		return screen.Prompt{To: askNumber{row}, Label: w.RoomThere + " (GB)"}, nil
	default:
		return nil, s.askAgain()
	}
	return s.chooseAnswer(row), nil
}

// askAgain has the script run with the new answers, where an answer by others stands.
func (s *Screen) askAgain() tea.Cmd {
	if s.part != onAnswer || s.run.report.Answers == s.answers {
		return nil
	}
	return s.start(s.newRun(s.run.script), goal{})
}

// numbered takes a number that was typed: devices, or gigabytes.
func (s *Screen) numbered(row int, typed string) screen.Action {
	const giga, most = 1e9, 1e6
	n, err := strconv.ParseFloat(strings.TrimSpace(typed), 64)
	if err != nil || !(n >= 0 && n <= most) {
		return screen.Say{Text: text.F(s.env.Words.Versus.NoNumber, typed)}
	}
	switch row {
	case rowDevices:
		s.answers.Devices = int(n)
	case rowHere:
		s.answers.RoomHere = int64(n * giga)
	case rowThere:
		s.answers.RoomThere = int64(n * giga)
	}
	return s.chooseAnswer(row)
}

// saidAnswers are the person's answers, below the answer of the comparison.
func (s *Screen) saidAnswers() text.Safe {
	w, a := s.env.Words.Versus, s.answers
	var said []string
	add := func(yes bool, what text.Safe) {
		if yes {
			said = append(said, string(what))
		}
	}
	add(a.Devices == 1, w.OneDevice)
	add(a.Devices > 1, text.F(w.ManyDevices, text.Num(a.Devices)))
	add(a.Shared, w.IsShared)
	add(a.RoomHere > 0, text.F(w.HasHere, text.Size(a.RoomHere)))
	add(a.RoomThere > 0, text.F(w.HasThere, text.Size(a.RoomThere)))
	add(a.Offline, w.IsOffline)
	if len(said) == 0 {
		return w.NoAnswers
	}
	return text.F(w.Answers, strings.Join(said, string(w.Comma)))
}

// answered takes the answers to what the screen asked.
func (s *Screen) answered(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case screen.Answered:
		if q, ok := m.To.(askConsent); ok {
			s.asking = nil
			q.answer(m.N == 2)
		}
	case screen.Chosen:
		return s.chosen(m)
	case screen.Prompted:
		return s.prompted(m)
	}
	return nil, nil
}

// chosen takes a row of a sheet. Leaving the answers is taking them.
func (s *Screen) chosen(m screen.Chosen) (screen.Action, tea.Cmd) {
	switch m.To.(type) {
	case askAnswer:
		return s.changeAnswer(m.Index)
	case askScript:
		return nil, s.otherScript(m.Index)
	}
	return nil, nil
}

// prompted takes what was typed.
func (s *Screen) prompted(m screen.Prompted) (screen.Action, tea.Cmd) {
	typed := m.OK && m.Text != ""
	switch ask := m.To.(type) {
	case askLine:
		if typed {
			return s.typedLine(m.Text), nil
		}
	case askNumber:
		if typed {
			return s.numbered(ask.row, m.Text), nil
		}
		return s.chooseAnswer(ask.row), nil
	}
	return nil, nil
}

// otherScript runs the script that was chosen, or the same one with the other kind of clients.
func (s *Screen) otherScript(row int) tea.Cmd {
	script := s.run.script
	switch {
	case row < 0:
		return nil
	case row < len(s.scripts):
		script = s.scripts[row]
	case s.mode == compare.Good:
		s.mode = compare.Naive
	default:
		s.mode = compare.Good
	}
	return s.start(s.newRun(script), goal{})
}
