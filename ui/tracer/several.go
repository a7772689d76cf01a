package tracer

import (
	tea "charm.land/bubbletea/v2"

	"todoku/session"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// Several traces one target after another, each on a screen of its own, which its number shows. The view goes on to the
// next as long as the cursor follows the run.
type Several struct {
	all   []*Screen
	at    int // is shown
	begun int // how many have begun
}

// NewSeveral makes the screens of the targets that a command line names; consent holds for all recipients of a domain.
func NewSeveral(env *screen.Env, m Mail, recent *Recent, args screen.TracerArgs) *Several {
	s, consents := &Several{}, &session.Consents{Targets: args.Targets}
	for _, target := range args.Targets {
		one := args
		one.Targets = []string{target}
		sc := New(env, m, recent, one)
		sc.consents, sc.stays = consents, true
		s.all = append(s.all, sc)
	}
	return s
}

func (s *Several) shown() *Screen { return s.all[s.at] }

// Init begins the first run.
func (s *Several) Init() tea.Cmd {
	s.begun = 1
	return s.all[0].Init()
}

// Update gives keys and answers to the run that is shown, and what runs tell to all of them.
func (s *Several) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	var act screen.Action
	var cmd tea.Cmd
	switch m := msg.(type) {
	case screen.Press:
		if m.Verb == keys.Number {
			return s.show(m.N), nil
		}
		act, cmd = s.shown().Update(msg)
	case screen.Click, screen.Wheel, screen.Paste, screen.Answered, screen.Chosen, screen.Prompted, screen.Completing, screen.Returned:
		act, cmd = s.shown().Update(msg)
	default:
		act, cmd = s.tell(msg)
	}
	return act, tea.Batch(cmd, s.next())
}

// tell gives a message to every run. The one that asks something is shown: the answer is for it.
func (s *Several) tell(msg tea.Msg) (screen.Action, tea.Cmd) {
	var acts screen.All
	var cmds []tea.Cmd
	for i, one := range s.all {
		act, cmd := one.Update(msg)
		if _, asks := act.(screen.Ask); asks {
			s.at = i
		}
		if act != nil {
			acts = append(acts, act)
		}
		cmds = append(cmds, cmd)
	}
	return acts, tea.Batch(cmds...)
}

// next begins the run after the newest one, once that is over.
func (s *Several) next() tea.Cmd {
	newest := s.begun - 1
	if s.begun == len(s.all) || s.all[newest].run.running {
		return nil
	}
	if s.at == newest && s.shown().follow {
		s.at = s.begun
	}
	s.begun++
	return s.all[s.begun-1].Init()
}

// show goes to the run of a number.
func (s *Several) show(n int) screen.Action {
	w := s.shown().env.Words.Tracer
	switch {
	case n > len(s.all):
		return screen.Say{Text: text.F(w.NoSuchRun, n)}
	case n > s.begun:
		return screen.Say{Text: w.NotBegun}
	}
	s.at = n - 1
	return screen.Hush{}
}

// View draws the run that is shown.
func (s *Several) View() screen.Frame { return s.shown().View() }

// SetSize gives every run its cells.
func (s *Several) SetSize(width, height int) {
	for _, one := range s.all {
		one.SetSize(width, height)
	}
}

// SetFocus says whether the screen has the focus or the wire below it.
func (s *Several) SetFocus(on bool) {
	for _, one := range s.all {
		one.SetFocus(on)
	}
}

// Title says which of the runs is shown.
func (s *Several) Title(width int) screen.Title {
	t := s.shown().Title(width)
	t.Left = text.F(s.shown().env.Words.App.CountOf, s.at+1, len(s.all)) + "  " + t.Left
	return t
}

// Waiting says what the run that is shown waits for.
func (s *Several) Waiting() text.Safe { return s.shown().Waiting() }

// Help says what works now.
func (s *Several) Help() screen.Help {
	h := s.shown().Help()
	h.Verbs = append(h.Verbs, screen.Live{Verb: keys.Number, Label: s.shown().env.Words.Tracer.OtherRun, Key: text.F("1-%d", len(s.all)), Rank: 3})
	return h
}
